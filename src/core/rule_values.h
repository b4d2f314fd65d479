// rules: the sample as the search for rules reads it: values as 64-bit keys, and ways to the rows of other tables.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data.h"
#include "core/plan.h"
#include "core/rule.h"
#include "core/schema.h"

namespace relsynth::core {

// Keys of a column's values, equal for equal values; hash_null for NULL.
class Cells {
 public:
  Cells(const SourceColumn &values, const Column &type);
  uint64_t at(size_t row) const {
    if (values_->nulls[row]) return hash_null;
    return values_->repr == Repr::Text ? pool_[values_->ids[row]] : hash_value(*values_, row, *type_);
  }
  size_t size() const { return values_->size(); }

 private:
  const SourceColumn *values_;
  const Column *type_;
  std::vector<uint64_t> pool_;
};

// Rows of a table as seen from those of another along foreign keys, or the rows themselves.
struct RuleWay {
  std::vector<int> path;
  int sister = -1;  // these as in RuleInput
  bool first = false;
  int table = -1;
  std::vector<int32_t> rows;  // row reached; no_parent and unknown_parent where the way ends; empty: the row itself
  int32_t at(size_t row) const { return rows.empty() ? static_cast<int32_t>(row) : rows[row]; }
};

// All ways from a learned table to rows that are known when its rows are drawn, the table's own rows first, at most `most_steps` steps long.
std::vector<RuleWay> rule_ways(const Plan &plan, const Schema &schema, const SourceData &data, int table, size_t most_steps);

// The ways from the last rows of a table's groups to the last rows of their sisters' (sisters.h) groups, and from the first to the first.
std::vector<RuleWay> sister_ways(const Plan &plan, const Schema &schema, const SourceData &data, int table);

// The way to an input, whatever the roles of its keys.
RuleWay way_to(const Plan &plan, const Schema &schema, const SourceData &data, int table, const RuleInput &input);

// Whether a value of one column can be a value of the other.
bool same_kind(const Column &a, const Column &b);

// Whether columns of this kind are numbers that can be multiplied.
bool is_quantity(TypeClass cls);

// Whether a value is a multiple of another one, rounded to what the column stores. False for NaN.
bool is_multiple(const Column &type, const SourceColumn &values, double value, double base, double factor);

// Whether the sample holds the column's values, one per row.
bool is_read(const SourceData &data, int table, int column);

// Whether the column's values are numbers or times that the sample holds and that rows have: kept ones, or drawn as numbers.
bool is_number(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column);

// The rows of a table, those of an entity one after the other.
std::vector<uint32_t> by_entity(const SourceTable &source);

// What an input is called from a table: "city", "customers.city".
std::string name_of(const Schema &schema, int table, const RuleInput &input);

// The table that an input is of.
int table_of(const Schema &schema, int table, const RuleInput &input);

}  // namespace relsynth::core
