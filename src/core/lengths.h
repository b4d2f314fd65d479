// Lengths of the parts of texts: those that enough entities share, and what the others are like together.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/random.h"
#include "core/weighted.h"

namespace relsynth::core {

// Lengths that are not shared are drawn between those that are, or beyond them with the mean distance that enough entities have together.
struct Lengths {
  Weighted<uint32_t> shared;
  uint64_t between = 0, below = 0, above = 0;  // rows with others
  uint32_t low = 0, high = 0;                  // the shared ones nearest to the ends
  double mean_below = 0, mean_above = 0;       // distance beyond low - 1 and high + 1

  bool empty() const { return shared.empty(); }
  uint32_t draw(Stream &random) const;
};

// From (length, entity), in the order of entities.
Lengths learn_lengths(const std::vector<std::pair<uint32_t, uint32_t>> &lengths, uint32_t threshold);

}  // namespace relsynth::core
