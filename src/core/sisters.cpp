#include "core/sisters.h"

#include <algorithm>

#include "core/features.h"

namespace relsynth::core {

using Kind = FeatureRef::Kind;

namespace {

constexpr ptrdiff_t most_sisters = 6;  // child tables that a row looks at, the last ones drawn

std::vector<FeatureRef> usual_of(const std::vector<FeatureRef> &refs) {
  std::vector<FeatureRef> out;
  for (const FeatureRef &ref : refs)
    if (ref.kind == Kind::SisterUsual) out.push_back({Kind::Usual, -1, ref.column});
  return out;
}

std::vector<HistoryColumn> columns_of(const std::vector<uint8_t> &ordered) {
  std::vector<HistoryColumn> columns(ordered.size());
  for (size_t c = 0; c < ordered.size(); ++c) columns[c].ordered = ordered[c] != 0;
  return columns;
}

std::vector<SpanEncoder> encoders_of(const std::vector<FeatureRef> &refs, const Table &table, const std::vector<SpanModel> &spans) {
  std::vector<SpanEncoder> out;
  for (const FeatureRef &ref : refs)
    for (const SpanModel &span : spans)
      if (ref.kind == Kind::SisterSpan && span.column == ref.column) out.emplace_back(table, span);
  return out;
}

// All that a parent may be told of the rows of one child table.
std::vector<FeatureRef> features_of(const TrainSet &set, int child) {
  const TrainTable &t = set.tables[child];
  int key = set.schema.tables[child].foreign_keys[set.plan.tables[child].driver];
  std::vector<FeatureRef> out{{Kind::SisterCount, key, -1}};
  for (int c : t.group_spans) out.push_back({Kind::SisterSpan, key, c});
  for (int f = 0; f < set.keys(child); ++f)
    if (!t.choice[f].empty()) out.push_back({Kind::SisterChoice, key, f});
  for (int c : set.plan.tables[child].column_order) {
    if (t.codes[c].empty()) continue;
    out.push_back({Kind::SisterLast, key, c});
    if (t.chained == 0) continue;  // at most one row a parent
    out.push_back({Kind::SisterFirst, key, c});
    out.push_back({Kind::SisterUsual, key, c});
  }
  return out;
}

}  // namespace

SisterGroup::SisterGroup(std::vector<FeatureRef> refs, const std::vector<uint8_t> &ordered, const Table &table,
                         const std::vector<SpanModel> &spans)
    : refs_(std::move(refs)),
      usual_(usual_of(refs_), columns_of(ordered)),
      spans_(encoders_of(refs_, table, spans)),
      starts_(spans_.size(), NAN),
      span_codes_(spans_.size(), missing_code),
      features_(refs_.size(), missing_code) {}

void SisterGroup::begin() {
  rows_ = 0;
  usual_.begin();
}

void SisterGroup::add_codes(const std::vector<Code> &codes, const std::vector<Code> &choices) {
  ++rows_;
  static const std::vector<double> no_values;  // only the calendar asks for them
  usual_.add({codes, no_values});
  size_t usual = 0, span = 0;
  for (size_t i = 0; i < refs_.size(); ++i) {
    int c = refs_[i].column;
    switch (refs_[i].kind) {
      case Kind::SisterCount: features_[i] = count_code(rows_); break;
      case Kind::SisterChoice: features_[i] = choices[c]; break;
      case Kind::SisterUsual: features_[i] = usual_.feature(usual++, 0); break;
      case Kind::SisterSpan: features_[i] = span_codes_[span++]; break;
      case Kind::SisterFirst:
        if (rows_ == 1) features_[i] = codes[c];
        break;
      default: features_[i] = codes[c]; break;
    }
  }
}

namespace {

// Tables with the driver's parent `parent` that are drawn before another one.
std::vector<int> children_before(const Plan &plan, const Schema &schema, int parent, int before) {
  std::vector<int> out;
  for (int t : plan.order) {
    if (t == before) break;
    const TablePlan &p = plan.tables[t];
    if (p.role == TableRole::Learn && p.driver >= 0 && schema.foreign_keys[schema.tables[t].foreign_keys[p.driver]].parent == parent)
      out.push_back(t);
  }
  if (std::ssize(out) > most_sisters) out.erase(out.begin(), out.end() - most_sisters);
  return out;
}

}  // namespace

std::vector<int> sisters_of(const Plan &plan, const Schema &schema, int table) {
  int driver = plan.tables[table].driver;
  if (driver < 0) return {};
  return children_before(plan, schema, schema.foreign_keys[schema.tables[table].foreign_keys[driver]].parent, table);
}

std::vector<FeatureRef> sister_candidates(const TrainSet &set, int parent, int before) {
  std::vector<FeatureRef> out;
  for (int sister : children_before(set.plan, set.schema, parent, before)) {
    std::vector<FeatureRef> own = features_of(set, sister);
    out.insert(out.end(), own.begin(), own.end());
  }
  return out;
}

void find_sisters(TrainSet &set, int child, const std::vector<SpanModel> &spans) {
  for (const SpanModel &span : spans) set.tables[child].group_spans.push_back(span.column);
  const TrainTable &t = set.tables[child];
  const ForeignKey &key = set.key(child, set.plan.tables[child].driver);
  std::vector<FeatureRef> refs = features_of(set, child);
  SisterGroup group(refs, t.ordered, set.schema.tables[child], spans);
  size_t parents = set.tables[key.parent].rows;
  std::vector<std::vector<Code>> found;
  found.reserve(refs.size());
  for (const FeatureRef &ref : refs) found.emplace_back(parents, without_sisters(ref.kind));
  std::vector<Code> codes(t.codes.size(), null_code), choices(t.choice.size(), null_code);
  std::span<const int32_t> parent_of = set.parents(child, set.plan.tables[child].driver);
  for (uint32_t row : t.group_rows) {
    if (static_cast<size_t>(parent_of[row]) >= parents) continue;
    if (t.previous[row] < 0) group.begin();
    for (size_t c = 0; c < codes.size(); ++c)
      if (!t.codes[c].empty()) codes[c] = t.codes[c][row];
    for (size_t f = 0; f < choices.size(); ++f)
      if (!t.choice[f].empty()) choices[f] = t.choice[f][row];
    group.add(codes, choices, set.data.tables[child].columns, row);
    if (t.remaining[row] != 0) continue;
    for (size_t i = 0; i < refs.size(); ++i) found[i][parent_of[row]] = group.feature(i);
  }
  for (size_t i = 0; i < refs.size(); ++i) set.tables[key.parent].sisters[sister_key(refs[i])] = std::move(found[i]);
}

}  // namespace relsynth::core
