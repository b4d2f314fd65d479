// distinct: what no two rows share though no unique key of the schema says so. Input: sample, roles of the foreign keys; output: what holds in
// all rows of the sample where chance would have broken it many times.
#pragma once

#include <span>
#include <vector>

#include "core/plan.h"

namespace relsynth::core {

// TablePlan::distinct: a person joins a group, rates a film, takes a course once.
void find_distinct(Plan &plan, const Schema &schema, const SourceData &data, int table);

// Adds to TablePlan::grids what a parent's rows have at most once: a film's genres. Encodings stand.
void find_once(Plan &plan, const Schema &schema, const SourceData &data, int table);

// Whether the values number the rows of the driver's groups 1, 2, 3 ..., in any order.
bool numbers_groups(std::span<const int32_t> parents, const SourceColumn &values);

// Whether a column and the rest of a row's place make a grid: for at least half of all combinations of its values with those of a foreign
// key, of another column or of the rest of a unique key there is one row, and none has two. Its values then come before the row's others.
// A grid that no unique key states is added to TablePlan::grids.
bool is_axis(const Schema &schema, Plan &plan, const SourceData &data, int table, int column);

}  // namespace relsynth::core
