// history: what the rows of a group so far say of the next one, beyond the row before: the usual value, the last one that is not NULL. One
// definition for train, over the sample's groups, and sample, row by row as they are drawn; O(1) a row.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model.h"
#include "core/trainset.h"

namespace relsynth::core {

// Whether a feature is one of these: Usual, Last.
inline bool is_history(FeatureRef::Kind kind) { return kind == FeatureRef::Kind::Usual || kind == FeatureRef::Kind::Last; }

// The step from one code to another: the difference of ordered ones, else whether they differ.
Code step_code(Code from, Code to, bool ordered);

// The features of a table's rows that `refs` ask for, kept up to date over the rows of a group.
class GroupHistory {
 public:
  GroupHistory() = default;
  // `ordered`: per column of the table.
  GroupHistory(const std::vector<FeatureRef> &refs, const std::vector<uint8_t> &ordered);

  bool empty() const { return columns_.empty(); }
  void begin();                              // a new group
  void add(const std::vector<Code> &codes);  // the next row of the group: its codes per column
  Code feature(size_t i) const;              // number `i` of the refs, for the row to come

 private:
  // What one feature goes by.
  struct Column {
    FeatureRef ref;
    bool ordered = false;
    Code value = missing_code, mode = missing_code;
    uint32_t values = 0;
    uint64_t sum = 0;
    size_t counts = 0;  // of unordered Usual: place in counts_
  };
  void count(Column &c, Code code);

  std::vector<Column> columns_;
  std::vector<uint32_t> counts_;   // of codes in the group, 256 a column
  std::vector<uint32_t> counted_;  // places that are not 0
};

// History candidates of a step that is drawn after the columns `before`.
std::vector<FeatureRef> history_candidates(const TrainSet &set, int table, const std::vector<int> &before);

// Codes of such features for every row of the table, in the order of `refs`.
std::vector<std::vector<Code>> history_codes(const TrainSet &set, int table, const std::vector<FeatureRef> &refs);

}  // namespace relsynth::core
