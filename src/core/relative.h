// relative: columns drawn as a difference to another one's value, their base: shipped three days after ordered, a child's date after its
// parent's. settle chooses the bases, train learns the differences, sample adds them to the bases it drew (relative_draw.h).
#pragma once

#include <cmath>
#include <vector>

#include "core/model.h"
#include "core/trainset.h"

namespace relsynth::core {

// Whole numbers up to here are exact as double; larger ones have no differences.
inline constexpr double largest_exact = 9007199254740992.0;  // 2^53

bool is_time(TypeClass cls);

// A value as a number: NaN for NULL, infinity for infinite dates and times.
template <class Values>
double number_at(const Values &values, size_t row, TypeClass cls) {
  if (values.nulls[row]) return NAN;
  if (values.repr == Repr::Float) return values.floats[row];
  bool infinite = cls == TypeClass::Date || cls == TypeClass::Timestamp || cls == TypeClass::TimestampTz;
  int64_t value = values.ints[row];
  if (infinite && (value == INT64_MAX || value == INT64_MIN)) return value > 0 ? INFINITY : -INFINITY;
  return static_cast<double>(value);
}

// A base's value in the units of a column relative to it: days for a date, microseconds for a timestamp. NaN where it is of no use.
double in_units(double base, TypeClass from, TypeClass to);

// The point of the column's grid that differences count from: the base itself where it lies on the grid.
double grid_base(double base, const NumberCodec &codec, TypeClass cls);

// Ranks of time columns to draw them by: how many others are earlier in most rows that have both.
std::vector<double> order_times(const Table &table, const SourceTable &source, const std::vector<int> &columns);

// Sets the bases of a table's columns, whose encodings and order stand, and says so in their reasons. A base is a column of the row drawn
// before or one of the driver's parents': it is known in nearly every row, and the differences spread far less than the values, or, of
// times, no more than these and all to the same side.
void choose_bases(Plan &plan, const Schema &schema, const SourceData &data, int table);

// Training rows that have a difference, and its code.
struct Differences {
  std::vector<uint32_t> rows;
  std::vector<Code> codes;
};

// Fills a Relative whose base is set, but for features and conditional.
Differences learn_differences(const TrainSet &set, int table, int column, const Codec &codec, Relative &relative);

}  // namespace relsynth::core
