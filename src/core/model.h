// The model of a database: what train stores and sample needs. Plain values; holds trees, histograms, bins and shapes, never a source row
// (kept reference tables apart, whose rows are public by decision).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/codec.h"
#include "core/tree.h"

namespace relsynth::core {

// Where a feature of a row comes from.
struct FeatureRef {
  enum class Kind : uint8_t {
    Own,             // column `column` of this row, drawn before
    Parent,          // column `column` of the parent along foreign key position `fk` (missing_code without one); along a self reference
                     // only for rows below a root
    Grandparent,     // column `column` of the driver's parent's driver's parent (fk = how many driver steps up, 2 or more)
    Previous,        // column `column` of the previous row of the group
    Position,        // in the group, 1-based, capped at 254
    GroupSize,       // capped at 254
    Remaining,       // rows of the group that follow, capped at 254
    Depth,           // along the self reference at position `fk`, 0 for a root, capped at 254
    Children,        // rows that refer to this one along the self reference at position `fk`, itself apart, capped at 254
    Siblings,        // the same of the row that this one refers to (missing_code for rows that refer to none or to themselves) ...
    Sibling,         // ... and which of them this one is in the order of the rows, 1-based
    HasParent,       // 1 if foreign key position `fk` is not NULL, else 0
    Choice,          // the choice code (see ForeignKeyModel::choice) of foreign key position `fk` of this row
    PreviousChoice,  // the same of the previous row of the group
    Rule,            // which alternative of its rule column `column` of this row took (rules.h)
    OwnStep,         // from the previous row's code of column `column` to this row's, drawn before
    // The rows of the group before this one, of column `column`; missing_code without any (history.h):
    Usual,  // the mean of ordered codes, else the most frequent one
    Last,   // the last one that is not NULL
    // The time that orders the group, in the previous row:
    Calendar,     // `fk` 0 its day of the month, 1 days left of the month, 2 its day of the week
    Pace,         // time from there to the column's end, by rows of the group that are left
    OwnCalendar,  // the same time in this row, drawn before: `fk` 0, 1 and 2 as of Calendar, 3 time since the previous row
    // The driver's parent's children along another foreign key `fk` of the schema, drawn before (sisters.h): of column `column` the first
    // and the last row's, and the usual one; the last row's choice at foreign key position `column`; their number.
    SisterFirst,
    SisterLast,
    SisterUsual,
    SisterChoice,
    SisterCount,
    SisterSpan,  // from the first row's time that orders the group to the last row's column `column`
    Span  // from its base to the time column `column` of the driver's parent; of the row itself for numbers of its children (spans.h)
  };
  Kind kind = Kind::Own;
  int fk = -1;
  int column = -1;
  bool operator==(const FeatureRef &) const = default;
};

// A number of the row (up 0) or of its driver's parent (1) that a linear base counts; beyond its span it counts as the end of that.
struct LinearTerm {
  int column = -1, up = 0;
  double weight = 0, low = 0, high = 0;
};

// Weights of the values of a time (clock.h), by which one of several draws is taken.
struct Calendar {
  std::vector<float> places;                // per code of the column, four parts of it each; empty: none
  std::array<std::vector<float>, 3> parts;  // per part of the date
  std::vector<float> paces;                 // per step as part of the way that is left to the column's end
  // How the rows of a group go on from its first one to the column's end: the way that is left by the share of its rows that are left, as part
  // of the whole way, at even steps; and the standard deviation of a row's step, in mean steps, as far as later ones do not make up for it.
  std::vector<float> course;
  double sway = 0;  // 0: anyhow
};

// A column's difference to its base, drawn in place of the value where there is a base: order and gaps hold to the unit, which codes of
// the values cannot tell. Codes: 1 + i for bin i of the differences, then those of `as_such`, then two a partner: its value, and less that.
struct Relative {
  BaseRef base;
  NumberCodec differences;                        // value - base, in the column's units; no bins: the base is but a bound
  std::vector<Code> as_such;                      // codes of the column itself for values that mean none, such as the year 9999
  bool never_below = false, never_above = false;  // the base, in any training row
  std::vector<Code> no_base;                      // codes of the base's column that are no base: the year 9999 of the row before
  std::vector<int> partners;                      // columns of the row that the difference may equal: balance - previous = +-amount
  bool first_rows = false;                        // learned from the first rows of groups alone
  std::vector<LinearTerm> terms;                  // of a linear base: intercept and weighted numbers
  double intercept = 0;
  Calendar calendar = {};  // of times relative to the row before
  std::vector<FeatureRef> features;
  Conditional conditional;
};

// A rule with the step that tells which of its alternatives a row takes; codes as in rules.h.
struct RuleModel {
  Rule rule;
  std::vector<FeatureRef> features;
  Conditional conditional;  // none where it always holds; Lookup: the column's code where `lookup` has none
  // Lookup: per code of the input (per text where these share codes) the code that follows, missing_code for any; and the values that
  // follow, where the codes are ranges.
  std::vector<Code> lookup;
  ValueColumn values;
};

// Whether a column is NULL, per code of another column of the row: 0 no, 1 yes, 2 either.
struct Presence {
  int column = -1;
  std::vector<uint8_t> null_at;  // 256
};

// How often a row has the value that the last row of its kind in its group had (recall.h).
struct RecallModel {
  struct Share {
    uint32_t kind = 0;
    double share = 0;
  };
  std::vector<int> kinds;     // columns whose codes are the kind
  std::vector<Share> shares;  // ascending kinds
  double share = 0;           // of other kinds; 0: never
  uint32_t kind_of(const std::vector<std::vector<Code>> &codes, size_t row) const;
  double share_of(uint32_t kind) const;
};

// How coarsely a number is given (grain.h), drawn after its code: 1 for the column's own grid, 2 + i for grids[i].
struct GrainModel {
  std::vector<NumberCodec::Grid> grids;
  std::vector<FeatureRef> features;
  Conditional conditional;
};

// One step of drawing a row: a column, or the parent of a choice key.
struct ColumnModel {
  int column = -1;  // -1: the choice key at position `fk`
  int fk = -1;
  std::vector<FeatureRef> features;
  Conditional conditional;
  std::optional<Relative> relative = {};
  std::optional<RuleModel> rule = {};
  Presence presence = {};
  std::optional<Relative> chain = {};    // to the row before, where there is one with a value; takes precedence
  std::optional<GrainModel> grain = {};  // of values drawn by their codes
  std::optional<Relative> guard = {};    // the base or bound of all rows, where `relative` is of the first ones
  RecallModel recall = {};
  std::vector<float> again = {};  // per code: its weight where an earlier row of the group has it (recurrence.h); empty: none differs
};

// Number of children of a parent along a driver edge, or as the learned degree along a further one.
struct CountModel {
  // A number of children, how many parents have it, and the code that stands for it and its neighbours in `conditional`.
  struct Step {
    uint32_t count = 0, parents = 0;
    Code code = 1;
  };
  std::vector<Step> steps;           // ascending; smoothed where a count would tell of one parent
  uint32_t steady = UINT32_MAX;      // counts above are drawn with noise: few parents have so many
  std::vector<FeatureRef> features;  // seen from the PARENT row: Own, Choice, Parent (driver only), Grandparent, Position, GroupSize
  Conditional conditional;
  double mean = 0;  // children per parent over the whole source
};

// Which parents the rows of a Further key go to: parents fall into blocks by what they are like, what is known of a row decides the block.
struct BlockModel {
  struct Column {
    FeatureRef ref;              // seen from the PARENT row, as in CountModel
    std::vector<Code> class_of;  // 256
    int classes = 1;
  };
  std::vector<Column> columns;       // empty: any parent will do
  std::vector<Code> block_of;        // per combination of classes, the last column's counting fastest: code of the block, from 1
  int blocks = 0;                    // so that codes are 1 .. blocks
  std::vector<FeatureRef> features;  // of the row: as null_features
  Conditional conditional;           // target: the code of the parent's block
};

// Rows whose parents along two keys to the same table are one (bill to, ship to).
struct SameParent {
  int fk = -1;       // position of the key that is assigned first
  double share = 0;  // of the rows where both are set, chance apart
};

// How often a row goes to the parent of an earlier row with the same parent along another key. Codes: another one, that of the row before (of those that have
// one), or that of some row before that.
inline constexpr Code other_parent = 1, row_before = 2, earlier_row = 3;
struct RepeatModel {
  int by = -1;                       // position of that key: the driver, or a Further one that is assigned before
  std::vector<FeatureRef> features;  // as null_features, and the two below
  Conditional conditional;           // without a tree: no more often than by chance
};
// Different parents of the group so far, and rows since the last change.
inline constexpr FeatureRef distinct_before{FeatureRef::Kind::Own, -1, -2}, run_before{FeatureRef::Kind::Own, -1, -3};

// A self reference to earlier rows of the driver's group (an answer to a comment on the same post), row by row: how deep the row is, and which
// of the rows so far that are one less deep it refers to.
inline constexpr Code deepest_code = 64;  // and all deeper
inline constexpr size_t most_back = 64;   // and all further back
struct GroupTreeModel {
  std::vector<FeatureRef> depth_features, back_features;  // as null_features, and the four below
  Conditional depth;                                      // 1 + the depth
  Conditional back;                                       // 1: the last of these rows ...
  bool empty() const { return depth.tree.nodes.empty(); }
};
inline constexpr FeatureRef depth_before{FeatureRef::Kind::Own, -1, -4};    // of the row before
inline constexpr FeatureRef deepest_before{FeatureRef::Kind::Own, -1, -5};  // of all rows before
inline constexpr FeatureRef depth_now{FeatureRef::Kind::Own, -1, -6};
inline constexpr FeatureRef above_before{FeatureRef::Kind::Own, -1, -7};  // how many rows before are one less deep

// Two ways from a row to one ancestor: along keys from the row, and along the foreign key and keys from there (none: the parent itself). Both
// are foreign key positions of the tables on the way.
struct PathRule {
  std::vector<int> own, other;
  double share = 0;  // of the rows that have both, where they meet
};

// One foreign key of a table.
struct ForeignKeyModel {
  FkRole role = FkRole::Driver;
  CountModel children;                    // per parent row
  double null_share = 0;                  // over the whole source
  std::vector<FeatureRef> null_features;  // Further: NULL or not, given what is known of the row when parents are chosen
  Conditional null_conditional;           // target: 0 NULL, 1 not
  BlockModel block;                       // Further, dealt
  std::vector<SameParent> same;           // Further, dealt
  RepeatModel repeat;                     // Further
  std::vector<PathRule> paths;            // Further: ancestors that agree
  // Choice: a Further key to a kept or external table. A step of TableModel::columns tells which parents the rows go to, in place of blocks.
  // Code 0: NULL; code 1 + i: the kept row choice_rows[i]; code 254: one of the other kept rows, by other_weight.
  bool choice = false;
  std::vector<int32_t> choice_rows;     // at most 253, the most frequent parents
  std::vector<uint32_t> choice_counts;  // their numbers of children
  std::vector<float> other_weight;      // per kept row of the parent, 0 for those in choice_rows; empty when code 254 is never drawn
  // Self: the forest's shape.
  std::vector<double> depth_share;  // share by depth of the rows that have a root above; [0] roots; sums to 1; [254] all deeper
  double self_loop_share = 0;       // share of roots that refer to themselves instead of NULL
  double cyclic_share = 0;          // share of all rows that no root is above of: on cycles longer than one, or below such
  GroupTreeModel group_tree;        // where TablePlan::group_tree is this key; takes precedence
  std::vector<CountModel> fan_out;  // per depth (last one for all deeper): children of a row, self-loops apart, without features
};

// The time between two columns of a row, as codes for its children; or between those of the first and the last row of a group.
struct SpanModel {
  int column = -1, base = -1;
  NumberCodec differences;
  std::vector<double> open;  // ends that stand for none, such as the year 9999 ...
  double until = 0;          // ... and for which the end of the data counts
};

struct TableModel {
  TableRole role = TableRole::Learn;
  size_t source_rows = 0;
  std::vector<Codec> codecs;                  // per column; Encoding::None where there is none
  std::vector<ForeignKeyModel> foreign_keys;  // per Table::foreign_keys position
  std::vector<ColumnModel> columns;           // in drawing order
  std::vector<SpanModel> spans, group_spans;
  // Keep and External: the rows.
  std::vector<std::vector<std::string>> kept;  // per column, exact texts; empty for External columns that no key needs
  std::vector<std::vector<uint8_t>> kept_nulls;
  std::vector<ValueColumn> kept_values;            // typed values of the columns that keys need
  std::vector<std::vector<Code>> kept_codes;       // for children's features
  std::vector<std::vector<int32_t>> kept_parents;  // per foreign key position: row numbers in the kept parent
};

struct Model {
  std::vector<TableModel> tables;  // per Schema::tables
};

}  // namespace relsynth::core
