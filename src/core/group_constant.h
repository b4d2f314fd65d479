// Columns that are the same in all rows of a driver's group: drawn with its first row, copied by the others, texts letter by letter.
#pragma once

#include "core/data.h"
#include "core/plan.h"
#include "core/schema.h"

namespace relsynth::core {

// Sets ColumnPlan::constant of a table's columns, whose encodings stand, and says so in their reasons.
void find_constants(Plan &plan, const Schema &schema, const SourceData &data, int table);

}  // namespace relsynth::core
