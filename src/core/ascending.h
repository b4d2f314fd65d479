// ascending: the time at which rows came to be, in tables that are numbered as they came: users by id and created_at. Input: settled roles and
// encodings, sample; output: ColumnPlan::ascending. Such a column is drawn along the numbers instead of by chance.
#pragma once

#include <vector>

#include "core/codec.h"
#include "core/data.h"
#include "core/plan.h"
#include "core/schema.h"

namespace relsynth::core {

// Finds the column of a table that stands on its own, and moves it to the front of the drawing order: what follows knows how old the row is.
// Failing that, a foreign key: towns numbered department by department.
void find_ascending(Plan &plan, const Schema &schema, const SourceData &data, int table);

// The values of such a column by the share of the rows that lie below.
class Ascent {
 public:
  explicit Ascent(const Codec &codec);
  // `share` in [0, 1]; the value's code with it, null_code where there is none.
  double value_at(double share, Code &code) const;

 private:
  const NumberCodec &codec_;
  std::vector<double> below_;  // rows up to every bin, of all
};

}  // namespace relsynth::core
