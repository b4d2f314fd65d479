// features: the meaning of FeatureRef, shared by train (over the sample's rows) and sample (over generated rows), and which features every
// step of a table's model may look at.
//
// A row "without a driver's parent" (no driver, NULL driver, or a parent outside the sample) is a group of one: Position 1, GroupSize 1, Remaining 0,
// Previous and PreviousChoice missing_code, Parent and Grandparent along the driver missing_code.
// Depth is missing_code for rows that no root is above of (they lie on a cycle or hang below one).
// Order of events in a row: driver and Further parents and the Self parent (hence the place in the tree), then the choice keys in the order of
// TableModel::columns, then the columns. All parents of all rows are known before the first column of the first row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/data.h"
#include "core/model.h"
#include "core/plan.h"

namespace relsynth::core {

// Position (1-based), GroupSize, Remaining and Depth as a code.
constexpr Code count_code(size_t n) { return static_cast<Code>(n < 254 ? n : 254); }

// Depth along a self reference; negative: no root above.
constexpr Code depth_code(int depth) { return depth < 0 ? missing_code : count_code(static_cast<size_t>(depth)); }

// Where the rows stand among those of the row that they refer to (FeatureRef::Kind); empty but for self references.
struct TreePlaces {
  std::vector<Code> children, siblings, sibling;
};

// Places of rows that refer to rows of their own table; `counts`: children of each, where more is known of them than `parents` says.
TreePlaces tree_places(std::span<const int32_t> parents, std::vector<uint32_t> counts = {});

// The self reference along which rows come after those that they refer to, so that these are drawn before them: the first one of a table
// whose rows stand on their own, or TablePlan::group_tree. -1: none.
int tree_key(const Plan &plan, int table);

// HasParent: whether the foreign key is NULL; a parent that is not in the sample counts as one.
constexpr Code has_parent_code(int32_t parent) { return parent == no_parent ? 0 : 1; }

// Codes of a choice key: null_code, 1 + i for ForeignKeyModel::choice_rows[i], choice_other for the rest of the kept rows.
inline constexpr Code choice_other = 254;
inline constexpr size_t max_choices = 253;

// A choice key: a Further key whose parent's rows are kept, so that the parent itself is a code.
inline bool is_choice(const Schema &schema, const Plan &plan, int table, int position) {
  const ForeignKey &key = schema.foreign_keys[schema.tables[table].foreign_keys[position]];
  TableRole parent = plan.tables[key.parent].role;
  return plan.tables[table].fk_roles[position] == FkRole::Further && (parent == TableRole::Keep || parent == TableRole::External);
}

// Where a row stands in its group.
inline bool is_place(FeatureRef::Kind kind) {
  return kind == FeatureRef::Kind::Position || kind == FeatureRef::Kind::GroupSize || kind == FeatureRef::Kind::Remaining;
}

// Where a row stands in the tree of a self reference.
inline bool is_tree_place(FeatureRef::Kind kind) {
  using Kind = FeatureRef::Kind;
  return kind == Kind::Depth || kind == Kind::Children || kind == Kind::Siblings || kind == Kind::Sibling;
}

// What follows is train's alone.
struct TrainSet;
inline constexpr size_t most_features = 48;          // of one step; more candidates are screened
inline constexpr size_t most_screened_rows = 20000;  // that screening looks at
inline constexpr size_t least_chained = 100;         // rows after the first of their group, for features of the rows before

// Features that a step drawing `column` (or the choice key `fk` when column is -1) of a table may look at: everything drawn before.
std::vector<FeatureRef> step_candidates(const TrainSet &set, int table, int column, int fk);

// Features for whether the Further key at position `fk` is NULL: what the driver and the Further keys before it tell.
std::vector<FeatureRef> null_candidates(const TrainSet &set, int table, int fk);

// Features of a parent row for the number of its children in `child`, for which other child tables come before it.
std::vector<FeatureRef> count_candidates(const TrainSet &set, int parent, int child);

// Whether the codes of a feature ascend with a quantity, so that splits are thresholds.
bool is_ordered(const TrainSet &set, int table, const FeatureRef &ref);

// The feature's code for every row of the table, where it is held anyway (Own, Choice, Position, GroupSize, Remaining, Depth, Rule, history);
// else nullptr.
const Code *held_codes(const TrainSet &set, int table, const FeatureRef &ref);

// The feature's codes for some rows of the table, or for all when `rows` is empty.
std::vector<Code> feature_codes(const TrainSet &set, int table, const FeatureRef &ref, std::span<const uint32_t> rows = {});

// Keeps the most_features candidates with the highest mutual information with the target's coarse classes on a sample of rows, less
// what the same classes tell when shuffled, since features of many codes explain a lot by chance; order kept. The target is that of the
// rows `target_rows`, or of all.
std::vector<FeatureRef> screen(const TrainSet &set, int table, std::vector<FeatureRef> candidates, std::span<const Code> target,
                               bool target_ordered, int classes, std::span<const uint32_t> target_rows = {});

// Drops the features that no node asks for.
void drop_unused(std::vector<FeatureRef> &features, Conditional &conditional);

}  // namespace relsynth::core
