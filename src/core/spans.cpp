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

namespace {

// A span between two columns, the times that stand for none and the end of the data; what lengths there are is left to learn.
SpanModel span_between(const TrainSet &set, int table, int base, int column) {
  SpanModel span{column, base, {}, {}, 0};
  const SourceColumn &ends = set.data.tables[table].columns[column];
  const TypeClass cls = set.schema.tables[table].columns[column].cls;
  span.open = outlying_values(ends, cls);
  double until = -INFINITY;
  for (size_t r = 0; r < ends.size(); ++r) {
    const double end = number_at(ends, r, cls);
    if (is_exact(end) && std::find(span.open.begin(), span.open.end(), end) == span.open.end()) until = std::max(until, end);
  }
  span.until = until;
  return span;
}

// False where there are too few lengths.
bool learn_lengths(const TrainSet &set, int table, std::vector<Observation> observed, SpanModel &span) {
  std::erase_if(observed, [](const Observation &o) { return !is_exact(o.value); });
  if (observed.size() < least_rows) return false;
  NumberLimits limits = limits_of(set.schema.tables[table].columns[span.column], 0);
  limits.low = -limits.high;
  limits.infinite = false;
  span.differences =
      make_number(std::move(observed), limits, support_threshold(set.tables[table].entities, set.plan.min_count, false), most_bins);
  return true;
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
    SpanModel span = span_between(set, table, p.base.column, c);
    const SpanEncoder ends(t, span);
    std::vector<Observation> observed;
    for (size_t r = 0; r < source.rows; ++r)
      observed.push_back({ends.end(source.columns, r) - ends.start(source.columns, r), entity_of(set.tables[table].entity, r)});
    if (learn_lengths(set, table, std::move(observed), span)) spans.push_back(std::move(span));
  }
  for (const SpanModel &span : spans) {
    const SpanEncoder encoder(t, span);
    std::vector<Code> &codes = set.tables[table].spans[span.column];
    codes.reserve(source.rows);
    for (size_t r = 0; r < source.rows; ++r) codes.push_back(encoder.at(source.columns, r));
  }
  return spans;
}

std::vector<SpanModel> learn_group_spans(const TrainSet &set, int table) {
  std::vector<SpanModel> spans;
  const Table &t = set.schema.tables[table];
  const TrainTable &rows = set.tables[table];
  const TablePlan &plan = set.plan.tables[table];
  const std::vector<SourceColumn> &columns = set.data.tables[table].columns;
  auto is_end = [&](int c) {
    return is_calendar(t.columns[c].cls) && plan.columns[c].encoding == Encoding::Number && !rows.codes[c].empty();
  };
  if (plan.order_by.empty() || !is_end(plan.order_by[0])) return spans;
  for (int c : plan.column_order) {
    if (!is_end(c) || spans.size() >= most_spans) continue;
    SpanModel span = span_between(set, table, plan.order_by[0], c);
    const SpanEncoder ends(t, span);
    std::vector<Observation> observed;
    double start = NAN;
    for (uint32_t r : rows.group_rows) {
      if (rows.previous[r] < 0) start = ends.start(columns, r);
      if (rows.remaining[r] == 0) observed.push_back({ends.end(columns, r) - start, entity_of(rows.entity, r)});
    }
    if (learn_lengths(set, table, std::move(observed), span)) spans.push_back(std::move(span));
  }
  return spans;
}

}  // namespace relsynth::core
