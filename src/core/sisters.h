// sisters: what a parent's other child tables, drawn before, say of its next children: their number, their first and last rows, the time
// between these, their usual values. One definition for train, over the sample's groups, and sample, row by row as blocks are kept.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "core/history.h"
#include "core/model.h"
#include "core/spans.h"
#include "core/trainset.h"

namespace relsynth::core {

// Whether a feature is one of these.
inline bool is_sister(FeatureRef::Kind kind) {
  return kind == FeatureRef::Kind::SisterFirst || kind == FeatureRef::Kind::SisterLast || kind == FeatureRef::Kind::SisterUsual ||
         kind == FeatureRef::Kind::SisterChoice || kind == FeatureRef::Kind::SisterCount || kind == FeatureRef::Kind::SisterSpan;
}

// Such a feature in maps: kind, foreign key, column.
using SisterKey = std::array<int, 3>;
inline SisterKey sister_key(const FeatureRef &ref) { return {static_cast<int>(ref.kind), ref.fk, ref.column}; }

// What it is for a parent that has no such children.
inline Code without_sisters(FeatureRef::Kind kind) { return kind == FeatureRef::Kind::SisterCount ? Code{0} : missing_code; }

// The features of one parent that `refs` ask for, all of one child table, from its rows in their order.
class SisterGroup {
 public:
  // `ordered`: per column of the child table.
  SisterGroup(std::vector<FeatureRef> refs, const std::vector<uint8_t> &ordered, const Table &table, const std::vector<SpanModel> &spans);
  const std::vector<FeatureRef> &refs() const { return refs_; }
  void begin();
  // The next row: its codes per column, and per foreign key position those of its choices; the columns that have its values.
  template <class Columns>
  void add(const std::vector<Code> &codes, const std::vector<Code> &choices, const Columns &columns, size_t row) {
    if (rows_ == 0)
      for (size_t i = 0; i < spans_.size(); ++i) starts_[i] = spans_[i].start(columns, row);
    for (size_t i = 0; i < spans_.size(); ++i) span_codes_[i] = spans_[i].between(starts_[i], spans_[i].end(columns, row));
    add_codes(codes, choices);
  }
  Code feature(size_t i) const { return features_[i]; }

 private:
  void add_codes(const std::vector<Code> &codes, const std::vector<Code> &choices);

  std::vector<FeatureRef> refs_;
  GroupHistory usual_;              // of the SisterUsual ones
  std::vector<SpanEncoder> spans_;  // of the SisterSpan ones
  std::vector<double> starts_;
  std::vector<Code> span_codes_;
  size_t rows_ = 0;
  std::vector<Code> features_;
};

// The tables that are drawn before a table and have its driver's parent, the last ones of them.
std::vector<int> sisters_of(const Plan &plan, const Schema &schema, int table);

// The children of `parent` along a driver that are drawn before `before` (all: -1): features of the parent's row, and of its next children.
std::vector<FeatureRef> sister_candidates(const TrainSet &set, int parent, int before);

// Sets TrainTable::sisters of the parents of a child table; codes and choices stand. `spans`: of its groups.
void find_sisters(TrainSet &set, int child, const std::vector<SpanModel> &spans);

}  // namespace relsynth::core
