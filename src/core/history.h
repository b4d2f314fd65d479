// history: what the rows of a group so far say of the next one, beyond the row before: the usual value, the last one that is not NULL, the
// calendar. One definition for train, over the sample's groups, and sample, row by row as they are drawn;
// O(1) a row.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

#include "core/clock.h"
#include "core/model.h"
#include "core/trainset.h"

namespace relsynth::core {

// Whether a feature is one of these.
inline bool is_history(FeatureRef::Kind kind) { return kind >= FeatureRef::Kind::Usual && kind <= FeatureRef::Kind::Pace; }

// The step from one code to another: the difference of ordered ones, else whether they differ.
Code step_code(Code from, Code to, bool ordered);

// The last value of a column's codec, but for one that stands for none: the year 9999.
double end_of(const NumberCodec &codec);

// Of the table's columns.
struct HistoryColumn {
  bool ordered = false;
  TypeClass cls = TypeClass::Int;
  double end = 0;  // end_of()
};

// OwnCalendar, by its parts, of a row at `now`, in days; `before` is the time of the previous row, if any.
std::array<Code, day_parts + 1> own_day_codes(double now, double before);

// A row of a group: codes per column, values per column (those that Calendar and Pace ask for).
struct HistoryRow {
  const std::vector<Code> &codes;
  const std::vector<double> &values;
};

// The features of a table's rows that `refs` ask for, kept up to date over the rows of a group.
class GroupHistory {
 public:
  GroupHistory() = default;
  // `recurring`: columns whose codes so far had() tells.
  GroupHistory(const std::vector<FeatureRef> &refs, const std::vector<HistoryColumn> &columns, const std::vector<int> &recurring = {});

  bool empty() const { return columns_.empty() && recurring_.empty(); }
  void begin();                               // a new group
  void add(const HistoryRow &row);            // the next row of the group
  Code feature(size_t i, size_t left) const;  // number `i` of the refs, for the row to come, from which on there are `left` in the group
  const std::bitset<256> &had(size_t i) const {
    return recurring_[i].codes;
  }  // by rows of the group, number `i` of `recurring`; NULL apart

 private:
  // What one feature goes by.
  struct Column {
    FeatureRef ref;
    HistoryColumn of;
    Code value = missing_code, mode = missing_code;
    uint32_t values = 0;
    uint64_t sum = 0;
    double last = 0;
    size_t counts = 0;  // of unordered Usual: place in counts_
  };
  struct Recurring {
    int column = -1;
    std::bitset<256> codes;
  };
  void count(Column &c, Code code);

  std::vector<Column> columns_;
  std::vector<Recurring> recurring_;
  std::vector<uint32_t> counts_;   // of codes in the group, 256 a column
  std::vector<uint32_t> counted_;  // places that are not 0
};

// History candidates of a step that is drawn after the columns `before`.
std::vector<FeatureRef> history_candidates(const TrainSet &set, int table, const std::vector<int> &before);

// Codes of such features for every row of the table, in the order of `refs`.
std::vector<std::vector<Code>> history_codes(const TrainSet &set, int table, const std::vector<FeatureRef> &refs);

}  // namespace relsynth::core
