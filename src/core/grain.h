// grain: how coarsely a number is given - whole hundreds, prices on .99, times on the quarter hour - as a draw of its own, given the row: cash
// comes in hundreds, transfers to the cent. Input: a number column's codec and sample; output: grids, and the grid that each row lies on.
#pragma once

#include <vector>

#include "core/codec.h"
#include "core/trainset.h"

namespace relsynth::core {

// Grids that many values lie on, beyond what the next finer one gives by chance; coarse ones first.
struct Grains {
  std::vector<NumberCodec::Grid> grids;
  // Rows whose code is a range, and the first grid that each lies on: 2 + its number, 1 for none.
  std::vector<uint32_t> rows;
  std::vector<Code> codes;
};
Grains find_grains(const TrainSet &set, int table, int column, const Codec &codec);

// Whether the code stands for a range of values, so that the grain matters.
bool is_range(const NumberCodec &codec, Code code);

// A value of a range that lies on the grid of code `grain`, or on the next finer one that has a point there.
double draw_grained(const NumberCodec &codec, Code code, const std::vector<NumberCodec::Grid> &grids, Code grain, Stream &random);

}  // namespace relsynth::core
