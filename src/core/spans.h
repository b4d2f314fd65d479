// spans: how long a parent's time between two of its dates is, for its children: nights of a stay, months of a subscription. The dates' own
// codes are too coarse to tell. Input: settled bases, sample; output: codes as features, for train over the sample and for sample row by row.
#pragma once

#include <algorithm>
#include <vector>

#include "core/model.h"
#include "core/number_codec.h"
#include "core/relative.h"
#include "core/trainset.h"

namespace relsynth::core {

// Learns the spans of a table whose rows drive others, and sets TrainTable::spans.
std::vector<SpanModel> learn_spans(TrainSet &set, int table);

// Learns those of a table's groups: from the time that orders them in the first row to the times of the last one. For the sisters.
std::vector<SpanModel> learn_group_spans(const TrainSet &set, int table);

// Codes of a span for rows of any kind of block.
class SpanEncoder {
 public:
  SpanEncoder(const Table &table, const SpanModel &span)
      : span_(span), encoder_(span.differences), cls_(table.columns[span.column].cls), base_cls_(table.columns[span.base].cls) {}
  int column() const { return span_.column; }
  // Both ends in the units of the later one; NaN where there is none.
  template <class Columns>
  double start(const Columns &columns, size_t row) const {
    return in_units(number_at(columns[span_.base], row, base_cls_), base_cls_, cls_);
  }
  template <class Columns>
  double end(const Columns &columns, size_t row) const {
    const double value = number_at(columns[span_.column], row, cls_);
    return std::find(span_.open.begin(), span_.open.end(), value) == span_.open.end() ? value : span_.until;
  }
  // missing_code where one end is not there.
  Code between(double start, double end) const { return is_exact(end - start) ? encoder_.encode(end - start) : missing_code; }
  template <class Columns>
  Code at(const Columns &columns, size_t row) const {
    return between(start(columns, row), end(columns, row));
  }

 private:
  const SpanModel &span_;
  NumberEncoder encoder_;
  TypeClass cls_, base_cls_;
};

}  // namespace relsynth::core
