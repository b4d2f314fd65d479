// A rule found in the data: what a column follows from. Found by rules.h at settle(), learned by train, followed by rule_draw.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace relsynth::core {

// A value that a rule reads.
struct RuleInput {
  std::vector<int> path;  // foreign key positions, each of the table that those before lead to; empty: the row itself
  int column = -1;        // -1: the row reached, whatever its values (Lookup)
  // A driver's foreign key of the schema: not the row reached but one of its group there. Of a Member any; of a Copy the one that has the third
  // input's value as the row has the second's or, with one input, the last, for rows that are the last of their own, or the `first` one, for
  // rows that are the first.
  int sister = -1;
  bool first = false;
  bool operator==(const RuleInput &) const = default;
};

struct Rule {
  enum class Kind : uint8_t {
    None,
    Copy,      // the input's value, or `factors` of it
    Lookup,    // a function of the one input
    Sum,       // inputs times `factors`, 1 or -1, added up
    Product,   // inputs multiplied, each as `uses` has it
    DatePart,  // `part` of the one input, a date or timestamp (date_part.h)
    Member,    // one of the input's values in the sister rows of the same parent (rule_member.h)
    Total      // over the rows that refer to this one: their number, or the sum of a product of their columns
  };
  enum class Use : uint8_t { Times, Over, Less, LessPercent, More, MorePercent };  // x, 1/x, 1-x, 1-x/100, 1+x, 1+x/100
  Kind kind = Kind::None;
  std::vector<RuleInput> inputs;
  std::vector<double> factors;  // Copy: of the input's value; 1: the value as it is
  bool or_null = false;         // Copy: one alternative more than factors, NULL
  std::vector<Use> uses;        // Product, Total
  size_t part = 0;              // DatePart
  int child_key = -1;           // Total: the foreign key of the schema
  std::vector<int> child_columns;
  enum class Empty : uint8_t { Own, Zero, Null } empty = Empty::Own;  // Total: where no row refers to it
  bool always = false;                                                // in every row; else a step of its own tells in which
  // Evidence in the sample.
  size_t rows = 0;      // where it applies
  size_t entities = 0;  // that these rows are of
  double share = 0;     // of the rows where it could apply
  // Whether it is a copy of the sister row that another column of the row names, a Member as a rule.
  bool named() const { return kind == Kind::Copy && inputs.size() == 3; }
  // Whether it has to do with every row of the table, not the first or last ones of groups alone.
  bool everywhere() const { return kind != Kind::None && (inputs.empty() || inputs[0].sister < 0 || kind == Kind::Member || named()); }
};

// Another number or time, of the row or of one of its parents, that the column is never above or never below.
struct Bound {
  RuleInput input;
  bool above = false;  // the column is never below
  size_t rows = 0, entities = 0;
};

// Another column of the row that tells whether a column is NULL.
struct PresenceRule {
  int column = -1;
  bool by_null = false;  // only by whether that column is NULL
  size_t rows = 0, entities = 0;
};

// Columns of the row by whose values it is of one kind with others of its group, the last of which had the column's value in many rows.
struct RecallRule {
  std::vector<int> kinds;         // none: all rows of a group are of one kind
  size_t rows = 0, entities = 0;  // that have a value again; 0: no such rule
  double share = 0;               // of those that could
};

}  // namespace relsynth::core
