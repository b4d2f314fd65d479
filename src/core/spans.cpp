#include "core/spans.h"

#include <algorithm>
#include <cmath>

#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr int most_bins = 100;
constexpr size_t most_spans = 3, least_rows = 50;

bool drives(const TrainSet &set, int table) {
  return std::any_of(set.plan.order.begin(), set.plan.order.end(), [&](int t) {
    const TablePlan &p = set.plan.tables[t];
    return p.role == TableRole::Learn && p.driver >= 0 && set.key(t, p.driver).parent == table;
  });
}

}  // namespace

std::vector<SpanModel> learn_spans(TrainSet &set, int table) {
  std::vector<SpanModel> spans;
  if (!drives(set, table)) return spans;
  const Table &t = set.schema.tables[table];
  const SourceTable &source = set.data.tables[table];
  const TablePlan &plan = set.plan.tables[table];
  for (int c : plan.column_order) {
    const ColumnPlan &p = plan.columns[c];
    const bool based = p.base.column >= 0 && p.base.up == 0 && p.encoding == Encoding::Number;
    if (!based || !is_time(t.columns[c].cls) || spans.size() >= most_spans) continue;
    SpanModel span{c, p.base.column, {}};
    const std::vector<double> none = outlying_values(source.columns[c], t.columns[c].cls);
    std::vector<Observation> observed;
    for (size_t r = 0; r < source.rows; ++r) {
      const double end = number_at(source.columns[c], r, t.columns[c].cls);
      const TypeClass from = t.columns[span.base].cls;
      const double length = end - in_units(number_at(source.columns[span.base], r, from), from, t.columns[c].cls);
      if (!(std::fabs(length) <= largest_exact) || std::find(none.begin(), none.end(), end) != none.end()) continue;
      observed.push_back({length, entity_of(set.tables[table].entity, r)});
    }
    if (observed.size() < least_rows) continue;
    NumberLimits limits = limits_of(t.columns[c], 0);
    limits.low = -limits.high;
    limits.infinite = false;
    span.differences =
        make_number(std::move(observed), limits, support_threshold(set.tables[table].entities, set.plan.min_count, false), most_bins);
    spans.push_back(std::move(span));
  }
  for (const SpanModel &span : spans) {
    const SpanEncoder encoder(t, span);
    std::vector<Code> &codes = set.tables[table].spans[span.column];
    codes.reserve(source.rows);
    for (size_t r = 0; r < source.rows; ++r) codes.push_back(encoder.at(source.columns, r));
  }
  return spans;
}

}  // namespace relsynth::core
