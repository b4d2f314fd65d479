#include "core/ascending.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/number_codec.h"
#include "core/relative.h"

namespace relsynth::core {

namespace {

constexpr size_t least_rows = 50, least_steps = 20, least_parents = 3;
constexpr double rising_share = 0.98;  // of neighbours by number

// Share of neighbours by number where the value does not fall; 0 where it hardly ever rises.
double rising(const std::vector<uint32_t> &order, const SourceColumn &values) {
  size_t steps = 0, kept = 0;
  for (size_t i = 1; i < order.size(); ++i) {
    const int64_t before = values.ints[order[i - 1]], after = values.ints[order[i]];
    kept += after >= before;
    steps += after > before;
  }
  return steps < least_steps ? 0 : static_cast<double>(kept) / static_cast<double>(order.size() - 1);
}

// The same of parents' places in their table.
double rising(const std::vector<uint32_t> &order, const std::vector<int32_t> &parents) {
  size_t steps = 0, kept = 0;
  if (parents.size() != order.size() || std::any_of(parents.begin(), parents.end(), [](int32_t p) { return p < 0; })) return 0;
  for (size_t i = 1; i < order.size(); ++i) {
    kept += parents[order[i]] >= parents[order[i - 1]];
    steps += parents[order[i]] > parents[order[i - 1]];
  }
  return steps < least_parents ? 0 : static_cast<double>(kept) / static_cast<double>(order.size() - 1);
}

// The foreign key whose parents' order the rows follow; -1 none.
int sorted_by(const Plan &plan, const SourceData &data, int table, const std::vector<uint32_t> &order) {
  const std::vector<FkRole> &roles = plan.tables[table].fk_roles;
  auto stays = [](FkRole role) { return role == FkRole::Further; };
  if (!std::all_of(roles.begin(), roles.end(), stays)) return -1;
  for (size_t f = 0; f < roles.size(); ++f)
    if (rising(order, data.tables[table].parents[f]) >= rising_share) return static_cast<int>(f);
  return -1;
}

bool has_nulls(const SourceColumn &values) { return std::find(values.nulls.begin(), values.nulls.end(), uint8_t{1}) != values.nulls.end(); }

}  // namespace

void find_ascending(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  TablePlan &p = plan.tables[table];
  const SourceTable &source = data.tables[table];
  if (p.role != TableRole::Learn || p.driver >= 0 || source.rows < least_rows) return;
  auto serial = std::find_if(p.columns.begin(), p.columns.end(), [](const ColumnPlan &c) { return c.role == ColumnRole::Serial; });
  if (serial == p.columns.end()) return;
  const SourceColumn &numbers = source.columns[static_cast<size_t>(serial - p.columns.begin())];
  if (numbers.size() != source.rows || numbers.repr != Repr::Int) return;
  std::vector<uint32_t> order(source.rows);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return numbers.ints[a] < numbers.ints[b]; });
  int best = -1;
  double most = 0;
  for (int c : p.column_order) {
    const SourceColumn &values = source.columns[c];
    const bool time = is_calendar(schema.tables[table].columns[c].cls) && p.columns[c].encoding == Encoding::Number;
    if (!time || p.columns[c].unique || has_nulls(values)) continue;
    plan.check();
    if (double share = rising(order, values); share >= rising_share && share > most) most = share, best = c;
  }
  if (best < 0) {
    p.sorted_by = sorted_by(plan, data, table, order);
    return;
  }
  p.columns[best].ascending = true;
  p.columns[best].reason += "; rises with " + schema.tables[table].columns[static_cast<size_t>(serial - p.columns.begin())].name;
  std::erase(p.column_order, best);
  p.column_order.insert(p.column_order.begin(), best);
}

Ascent::Ascent(const Codec &codec) : codec_(codec.number) {
  double sum = 0;
  for (size_t i = 0; i < codec_.bins.size(); ++i) below_.push_back(sum += i + 1 < codec.counts.size() ? codec.counts[i + 1] : 0);
}

double Ascent::value_at(double share, Code &code) const {
  code = null_code;
  if (below_.empty() || below_.back() <= 0) return NAN;
  const double rows = share * below_.back();
  const size_t i = std::min(static_cast<size_t>(std::upper_bound(below_.begin(), below_.end(), rows) - below_.begin()), below_.size() - 1);
  const NumberCodec::Bin &bin = codec_.bins[i];
  code = static_cast<Code>(1 + i);
  const double before = i == 0 ? 0 : below_[i - 1], of = below_[i] - before;
  const double u = of > 0 ? std::clamp((rows - before) / of, 0.0, 1.0) * 4 : 0;
  const int q = std::min(3, static_cast<int>(u));
  const double raw = bin.quantiles[q] + (u - q) * (bin.quantiles[q + 1] - bin.quantiles[q]);
  return bin.low == bin.high ? bin.low : std::clamp(snap(raw, codec_.step, codec_.origin), bin.low, bin.high);
}

}  // namespace relsynth::core
