// ordinal: numbers that count the rows of a group 1, 2, 3 ... which share the parent along a second foreign key: a driver's stops in a race, a
// patient's visits to one doctor. Input of settle: roles and encodings, sample; output: ColumnPlan::within. Input of sample: the parents of
// all rows; output: TableState::ordinals.
#pragma once

#include "core/plan.h"
#include "core/world.h"

namespace relsynth::core {

// Finds such columns of a table and moves them to the front of the drawing order: they follow from the parents alone.
void find_ordinals(Plan &plan, const Schema &schema, const SourceData &data, int table);

// Numbers the rows of a table whose parents are known.
void count_ordinals(World &world, int table);

}  // namespace relsynth::core
