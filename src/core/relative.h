// relative: columns drawn as a difference to another one's value, their base: shipped three days after ordered, a child's date after its
// parent's, a salary after the last one. settle chooses the bases, train learns the differences, sample adds them to the bases it drew (relative_draw.h).
#pragma once

#include <cmath>
#include <vector>

#include "core/model.h"
#include "core/trainset.h"

namespace relsynth::core {

// Whole numbers up to here are exact as double; larger ones have no differences.
inline constexpr double largest_exact = 9007199254740992.0;                       // 2^53
inline bool is_exact(double value) { return std::fabs(value) <= largest_exact; }  // false for NaN

// A value as a number: NaN for NULL, infinity for infinite dates and times.
template <class Values>
double number_at(const Values &values, size_t row, TypeClass cls) {
  if (values.nulls[row]) return NAN;
  if (values.repr == Repr::Float) return values.floats[row];
  int64_t value = values.ints[row];
  if (is_calendar(cls) && (value == INT64_MAX || value == INT64_MIN)) return value > 0 ? INFINITY : -INFINITY;
  return static_cast<double>(value);
}

// A base's value in the units of a column relative to it: days for a date, microseconds for a timestamp. NaN where it is of no use.
double in_units(double base, TypeClass from, TypeClass to);

// The point of the column's grid that differences count from: the base itself where it lies on the grid.
double grid_base(double base, const NumberCodec &codec, TypeClass cls);

// Ranks of time columns to draw them by: how many others are earlier in most rows that have both, or known far more often.
std::vector<double> order_times(const Table &table, const SourceTable &source, const std::vector<int> &columns);

// Sets the bases of a table's columns, whose encodings and order stand, and says so in their reasons. A base is a column of the row drawn
// before or one of the driver's parents': it is known in nearly every row, and the differences spread far less than the values, or, of
// times, no more than these and all to the same side. Beside it a chain: a column of the row before in the group, which train tries.
void choose_bases(Plan &plan, const Schema &schema, const SourceData &data, int table);

// Training rows that have a difference, and its code.
struct Differences {
  std::vector<uint32_t> rows;
  std::vector<Code> codes;
};

// Values at an end that stand for none rather than for a time or a quantity: infinity, the year 9999.
std::vector<double> outlying_values(const SourceColumn &values, TypeClass cls);

// Fills a Relative whose base, partners and first_rows are set, but for features and conditional.
Differences learn_differences(const TrainSet &set, int table, int column, const std::vector<Codec> &codecs, Relative &relative);

// Whether differences to the row before tell more of other entities' values than the present way of drawing these does: the value's codes,
// or the differences to another base.
bool chain_tells_more(const TrainSet &set, int table, int column, const std::vector<Codec> &codecs, const Relative &chain,
                      const Differences &chained, const Relative *other, const Differences &others, const TreeOptions &options,
                      const Poll &poll);

// Share of the draws by the value alone that lie on the wrong side of the same column of the row before; 0 for another column.
double wrong_side(const TrainSet &set, int table, int column, const Relative &bound, const TreeOptions &options, const Poll &poll);

}  // namespace relsynth::core
