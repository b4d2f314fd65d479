// rules: columns that repeat values which a sister, another child table of the driver's parent, has in its rows of the same parent: a payment
// goes to the payee of one of the account's standing orders, and has its amount. The column that tells which row that is, a Member, comes
// first; others copy from the row that it names. Input: settled encodings, sample; output: ColumnPlan::rule, the codes that train learns, and
// what of a sister the drawing of rows reads.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/random.h"
#include "core/rules.h"

namespace relsynth::core {

struct World;

// The different values of a sister's column in the rows of each parent, with the first row of each, in the order of the rows.
class MemberPool {
 public:
  explicit MemberPool(size_t parents) : groups_(parents) {}
  // The next row; those of one parent come one after the other.
  void add(size_t parent, uint64_t value, uint32_t row);
  size_t size(int64_t parent) const { return has(parent) ? groups_[static_cast<size_t>(parent)].size : 0; }
  // The number of a value; -1 where there is none.
  int32_t find(int64_t parent, uint64_t value) const;
  uint32_t row(int64_t parent, size_t i) const { return rows_[groups_[static_cast<size_t>(parent)].begin + i]; }

 private:
  struct Group {
    uint32_t begin = 0, size = 0;
  };
  bool has(int64_t parent) const { return parent >= 0 && static_cast<size_t>(parent) < groups_.size(); }
  std::vector<Group> groups_;
  std::vector<uint32_t> rows_;
  std::unordered_map<uint64_t, uint32_t> numbers_;  // by value and parent
};

// Alternatives of a Member: rule_first + how many values further than the last one that a row of the group had, and one for all further away.
inline constexpr int32_t no_member = -1;
Code member_code(size_t values, int32_t last, int32_t now);
// The number of the value that an alternative stands for; `values` > 0.
int32_t member_at(Code alternative, size_t values, int32_t last, Stream &random);

// Moves sisters before those whose rows name theirs, roles standing but no encodings yet.
void order_sisters(Plan &plan, const Schema &schema, const SourceData &data);

// Sets rules of columns that have none; `others` are those that they may get otherwise, which must hold in fewer rows.
void find_members(Plan &plan, const Schema &schema, const SourceData &data, int table, const std::map<int, Rule> &others);

// The step's code for every row of the training set.
std::vector<Code> member_codes(const TrainSet &set, int table, int column);

// The way to the sister rows that a column of the rows names.
RuleWay named_way(const Plan &plan, const Schema &schema, const SourceData &data, int table, const Rule &rule);

// Of drawn rows: the values of the sister's column that the rule goes by.
MemberPool drawn_pool(const World &world, int table, const Rule &rule);

// "one of the values of orders.payee", "copy of orders.amount where payee is orders.payee".
std::string describe_member(const Rule &rule, const Schema &schema, int table);

}  // namespace relsynth::core
