// encode, numbers: observed values -> NumberCodec, and a code -> a value on the column's grid.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/codec.h"

namespace relsynth::core {

// 10 to the n, without the library where numbers are drawn by the million.
inline double power_of_ten(int n) {
  static constexpr double powers[] = {1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                      1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  return n >= -9 && n <= 22 ? powers[n + 9] : std::pow(10, n);
}

// What the column's type allows.
struct NumberLimits {
  double low = -1.7e308, high = 1.7e308;
  double unit = 0;        // the type's own grid: 1 for integers, 10^-scale for numerics; 0 none
  int decimals = 0;       // digits to print
  bool integral = false;  // Repr::Int
  bool single = false;    // float4
  bool clock = false;     // microseconds: grids are days, hours, minutes ...
  bool calendar = false;  // days: a week is a grid
  bool infinite = false;  // INT64_MIN and INT64_MAX are infinities
};
NumberLimits limits_of(const Column &column, int decimals_seen);

// One finite value of one row.
struct Observation {
  double value;
  uint32_t entity;
};

// Learns spikes, bins and grid; at most `max_bins` bins. No edge lies beyond the `threshold`-th entity from either end.
NumberCodec make_number(std::vector<Observation> values, const NumberLimits &limits, uint32_t threshold, int max_bins);

// Finds the grid (step, origin, coarser grids) of sorted values. `distinct` is sorted by value.
struct ValueRun {
  double value;
  uint32_t rows, entities;
  uint32_t begin, end;  // of its observations
  bool spike;
};
void find_grid(NumberCodec &codec, const std::vector<ValueRun> &distinct, const NumberLimits &limits, uint32_t threshold);

// Nearest point of the grid.
double snap(double value, double step, double origin);

// The codec of a number column, NULLs and special values included.
void learn_number(Codec &codec, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &rows,
                  const std::vector<uint32_t> &entity, uint32_t threshold);

// Value -> code; built once for many values.
class NumberEncoder {
 public:
  explicit NumberEncoder(const NumberCodec &codec);
  Code encode(double value) const;  // NaN and infinities too

 private:
  struct Place {
    double low, high;
    Code code;
  };
  std::vector<Place> spikes_, ranges_;
  Code nan_ = 1, minus_infinity_ = 1, infinity_ = 1;
};
Code encode_int(const NumberEncoder &encoder, int64_t value, bool infinite);

// A value of a bin, by its quantiles alone; a value without what floating point adds to a decimal.
double draw_within(const NumberCodec::Bin &bin, Stream &random);
double on_decimals(double value, const NumberCodec &codec);

// A value of a code; of the whole span (for keys), widened by `attempt`.
double draw_number(const NumberCodec &codec, Code code, Stream &random);
double draw_widened(const NumberCodec &codec, const NumberLimits &limits, int attempt, Stream &random);
double number_capacity(const NumberCodec &codec, const NumberLimits &limits);

// Stores a drawn number in a column of Repr::Int or Repr::Float, within the type's range.
void store_number(double value, const NumberLimits &limits, ValueColumn &out, size_t row);

}  // namespace relsynth::core
