// recall: values that a group's rows have again, kind by kind: an account's pensions all come from one other account, a customer's orders
// mostly go to the address of the last one. Of a column that has too many values for the conditional to know them. Input: settled encodings
// and rules, sample; output: ColumnPlan::recall; for train, how often a value comes again; for sample, the values that came last.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model.h"
#include "core/rule.h"
#include "core/trainset.h"

namespace relsynth::core {

// Sets ColumnPlan::recall of a table's columns; rules, constants and bases stand.
void find_recalls(Plan &plan, const Schema &schema, const SourceData &data, int table);

// How often the rows of each kind have the last value of their kind again.
RecallModel learn_recall(const TrainSet &set, int table, int column);

// The last value of every kind in a group, of one column.
class Recalled {
 public:
  struct Value {
    uint32_t kind = 0;
    ValueColumn value;  // one row
    Code code = null_code;
  };
  void clear() { values_.clear(); }
  const Value *find(uint32_t kind) const;
  void put(uint32_t kind, const ValueColumn &values, size_t row, Code code);

 private:
  std::vector<Value> values_;
};

// "as in the last row of the group with the same operation, k_symbol".
std::string describe_recall(const RecallRule &recall, const Schema &schema, int table);
std::string evidence(const RecallRule &recall);

}  // namespace relsynth::core
