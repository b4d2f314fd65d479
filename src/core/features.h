// features: the meaning of FeatureRef, shared by train (over the sample's rows) and sample (over generated rows), and which features every
// step of a table's model may look at.
//
// A row "without a driver's parent" (no driver, NULL driver, or a parent outside the sample) is a group of one: Position 1, GroupSize 1,
// Previous and PreviousChoice missing_code, Parent and Grandparent along the driver missing_code.
// Depth is missing_code for rows that no root is above of (they lie on a cycle or hang below one).
// Order of events in a row: driver and Further parents and the Self parent (hence Depth), then the choice keys in the order of
// TableModel::columns (each makes its parent known at once), then the columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "core/data.h"
#include "core/model.h"
#include "core/plan.h"

namespace relsynth::core {

// Position (1-based), GroupSize and Depth as a code.
constexpr Code count_code(size_t n) { return static_cast<Code>(n < 254 ? n : 254); }

// Depth along a self reference; negative: no root above.
constexpr Code depth_code(int depth) { return depth < 0 ? missing_code : count_code(static_cast<size_t>(depth)); }

// HasParent: whether the foreign key is NULL; a parent that is not in the sample counts as one.
constexpr Code has_parent_code(int32_t parent) { return parent == no_parent ? 0 : 1; }

// Codes of a choice key: null_code, 1 + i for ForeignKeyModel::choice_rows[i], choice_other for the rest of the kept rows.
inline constexpr Code choice_other = 254;
inline constexpr size_t max_choices = 253;

// A choice key: a Further key whose parent's rows are kept, so that the parent itself is drawn as a code among the columns.
inline bool is_choice(const Schema &schema, const Plan &plan, int table, int position) {
  const ForeignKey &key = schema.foreign_keys[schema.tables[table].foreign_keys[position]];
  TableRole parent = plan.tables[key.parent].role;
  return plan.tables[table].fk_roles[position] == FkRole::Further && (parent == TableRole::Keep || parent == TableRole::External);
}

// Whether the codes of a feature ascend with a quantity (splits are thresholds) or are mere names.
constexpr bool counts_something(FeatureRef::Kind kind) {
  return kind == FeatureRef::Kind::Position || kind == FeatureRef::Kind::GroupSize || kind == FeatureRef::Kind::Depth ||
         kind == FeatureRef::Kind::HasParent;
}

}  // namespace relsynth::core
