// bounds: columns that are never above, or never below, another number or time of their row or of one of its parents: the mean between the
// lowest and the highest, docks that are free among all of a station, an item after its product. Input: settled order, sample; output:
// ColumnPlan::bounds; held by drawing again.
#pragma once

#include <vector>

#include "core/rule_draw.h"

namespace relsynth::core {

// Sets the bounds of a table's columns, whose order, rules and bases stand.
void find_bounds(Plan &plan, const Schema &schema, const SourceData &data, int table);

// "at most max_humidity".
std::string describe(const Bound &bound, const Schema &schema, int table);
std::string evidence(const Bound &bound);

// The bounds of one column of a table whose structure stands.
class BoundDraw {
 public:
  BoundDraw(const World &world, int table, int column);
  bool any() const { return !bounds_.empty(); }

  // Whether the row's value lies within all bounds that are there; NULL does.
  bool holds(const Block &block, size_t r) const;
  // Puts the value nearest to the row's that does, if there is one, and returns its code.
  Code put_within(Block &block, size_t r) const;

  bool reads_column(int column) const;

 private:
  double limit(const Bound &bound, const Block &block, size_t r) const;

  const World &world_;
  const std::vector<Bound> &bounds_;
  int table_, column_;
  const Column &type_;
  const Codec &codec_;
  NumberLimits limits_;
  ValueEncoder encoder_;
};

}  // namespace relsynth::core
