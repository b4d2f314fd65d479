// rules: columns that repeat the value of another one, of the row or of a parent, or fixed multiples of it.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "core/number_codec.h"
#include "core/relative.h"
#include "core/rules.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t glance = 64;  // rows on which a pair of columns must look alike to be measured
constexpr double glance_share = 0.25;
constexpr size_t least_groups = 10;   // distinct parents, or entities, where the rule applies
constexpr double least_bits = 40;     // of surprise that the equality is, were the columns independent
constexpr double least_share = 0.5;   // of the rows, where it is not all
constexpr double least_kappa = 0.5;   // agreement beyond chance (Cohen 1960)
constexpr size_t least_distinct = 5;  // values, where it is not all
constexpr size_t most_factors = 6;
constexpr double least_factor = 0.02;  // share of the rows
constexpr size_t most_measured = 50000;

// A column seen along a way, beside the one that may follow it.
struct Pair {
  const RuleWay *way;
  int base;
  const Cells *bases;
};

class CopySearch {
 public:
  CopySearch(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column)
      : plan_(plan),
        schema_(schema),
        data_(data),
        table_(table),
        column_(column),
        type_(schema.tables[table].columns[column]),
        values_(data.tables[table].columns[column]),
        valued_(static_cast<size_t>(std::count(values_.nulls.begin(), values_.nulls.end(), uint8_t{0}))) {}
  void look(const RuleWay &way);
  const Rule &best() const { return best_; }

 private:
  bool may_follow(const RuleWay &way, int base) const;
  bool alike(const RuleWay &way, int base) const;
  void count();
  void measure(const Pair &pair);
  void measure_factors(const Pair &pair);
  bool surprising(const Pair &pair, bool always) const;
  double chance(const Pair &pair) const;
  void take(Rule rule);
  size_t valued_along(const RuleWay &way) const;
  size_t step() const { return (values_.size() + most_measured - 1) / most_measured; }
  // Numbers of a row and its base; NaN where there is none.
  double own(size_t row) const { return number_at(values_, row, type_.cls); }
  double base_of(const Pair &pair, size_t row) const;
  bool multiple(double value, double base, double factor) const { return is_multiple(type_, values_, value, base, factor); }
  std::vector<double> factors_of(const Pair &pair, size_t stride, double share) const;
  uint32_t group(const RuleWay &way, size_t row) const {
    return way.path.empty() ? entity_of(data_.tables[table_].entity, row) : static_cast<uint32_t>(way.at(row));
  }

  const Plan &plan_;
  const Schema &schema_;
  const SourceData &data_;
  int table_, column_;
  const Column &type_;
  const SourceColumn &values_;
  std::optional<Cells> cells_;                     // made when a column looks like it
  std::unordered_map<uint64_t, uint32_t> counts_;  // rows per value
  size_t valued_;
  Rule best_;
};

bool CopySearch::may_follow(const RuleWay &way, int base) const {
  const Column &type = schema_.tables[way.table].columns[base];
  if (!is_read(data_, way.table, base) || !same_kind(type, type_) || type.generated) return false;
  const ColumnPlan &p = plan_.tables[way.table].columns[base];
  bool modelled = p.role == ColumnRole::Model && p.encoding != Encoding::None && p.encoding != Encoding::Constant;
  if (way.path.empty()) return modelled && base < column_;
  // What a table outside the chosen schemas holds is not for the target.
  return modelled ? plan_.tables[way.table].role != TableRole::External : plan_.tables[way.table].role == TableRole::Keep;
}

bool CopySearch::alike(const RuleWay &way, int base) const {
  const SourceColumn &bases = data_.tables[way.table].columns[base];
  const Column &type = schema_.tables[way.table].columns[base];
  size_t seen = 0, equal = 0, stride = std::max<size_t>(1, values_.size() / (4 * glance));
  for (size_t r = 0; r < values_.size() && seen < glance; r += stride) {
    int32_t up = way.at(r);
    if (up < 0 || values_.nulls[r]) continue;
    ++seen;
    equal += hash_value(bases, static_cast<size_t>(up), type) == hash_value(values_, r, type_);
  }
  return static_cast<double>(equal) >= glance_share * static_cast<double>(seen);
}

void CopySearch::count() {
  if (cells_) return;
  cells_.emplace(values_, type_);
  for (size_t r = 0; r < values_.size(); ++r)
    if (!values_.nulls[r]) ++counts_[cells_->at(r)];
}

// How likely equal values are among independent columns.
double CopySearch::chance(const Pair &pair) const {
  std::unordered_map<uint64_t, size_t> bases;
  size_t rows = 0;
  for (size_t r = 0; r < values_.size(); r += step()) {
    int32_t up = pair.way->at(r);
    uint64_t base = up < 0 ? hash_null : pair.bases->at(static_cast<size_t>(up));
    if (base == hash_null) continue;
    ++bases[base];
    ++rows;
  }
  double sum = 0;  // of products, in any order: no result depends on its last digits
  for (const auto &[value, n] : counts_)
    if (auto found = bases.find(value); found != bases.end()) sum += static_cast<double>(n) * static_cast<double>(found->second);
  return sum / std::max(1.0, static_cast<double>(valued_) * static_cast<double>(rows));
}

// Whether the equal values are more than independent columns would have; rows of one group count once.
bool CopySearch::surprising(const Pair &pair, bool always) const {
  std::unordered_set<uint64_t> seen, groups, distinct;
  double bits = 0;
  for (size_t r = 0; r < values_.size() && (bits < least_bits || groups.size() < least_groups || distinct.size() < least_distinct); ++r) {
    int32_t up = pair.way->at(r);
    uint64_t value = cells_->at(r);
    if (up < 0 || value == hash_null || pair.bases->at(static_cast<size_t>(up)) != value) continue;
    if (!seen.insert(combine(value, group(*pair.way, r))).second) continue;
    groups.insert(group(*pair.way, r));
    distinct.insert(value);
    bits += std::log2(static_cast<double>(valued_) / counts_.at(value));
  }
  return bits >= least_bits && groups.size() >= least_groups && (always || distinct.size() >= least_distinct);
}

void CopySearch::take(Rule rule) {
  auto score = [](const Rule &r) { return std::make_tuple(r.share, r.always, -static_cast<double>(r.factors.size())); };
  if (best_.kind == Rule::Kind::None || score(rule) > score(best_)) best_ = std::move(rule);
}

// Rows with a value that the way has to do with.
size_t CopySearch::valued_along(const RuleWay &way) const {
  if (way.sister < 0) return valued_;
  size_t n = 0;
  for (size_t r = 0; r < values_.size(); ++r) n += way.at(r) != unknown_parent && !values_.nulls[r];
  return n;
}

void CopySearch::measure(const Pair &pair) {
  size_t known = 0, equal = 0, both = 0, equal_values = 0;
  std::unordered_set<uint32_t> entities;
  for (size_t r = 0; r < values_.size(); ++r) {
    int32_t up = pair.way->at(r);
    if (up < 0) continue;
    uint64_t base = pair.bases->at(static_cast<size_t>(up)), value = cells_->at(r);
    ++known;
    equal += base == value;
    if (base == hash_null || value == hash_null) continue;
    ++both;
    equal_values += base == value;
    if (base == value) entities.insert(entity_of(data_.tables[table_].entity, r));
  }
  const size_t valued = valued_along(*pair.way);
  bool always = equal == known && 2 * both >= valued;
  double share = both == 0 ? 0 : static_cast<double>(equal_values) / static_cast<double>(both);
  if (!always) {
    double q = chance(pair);
    if (share < least_share || share - q < least_kappa * (1 - q) || 2 * both < valued || is_time(type_.cls)) return;
  }
  if (!surprising(pair, always)) return;
  Rule rule;
  rule.kind = Rule::Kind::Copy;
  rule.inputs = {{pair.way->path, pair.base, pair.way->sister, pair.way->first}};
  rule.factors = {1};
  rule.always = always;
  rule.rows = always ? equal : equal_values;
  rule.entities = entities.size();
  rule.share = always ? 1 : share;
  take(std::move(rule));
}

double CopySearch::base_of(const Pair &pair, size_t row) const {
  int32_t up = pair.way->at(row);
  if (up < 0) return NAN;
  const Column &type = schema_.tables[pair.way->table].columns[pair.base];
  return number_at(data_.tables[pair.way->table].columns[pair.base], static_cast<size_t>(up), type.cls);
}

// Factors of two decimals that rows share, the most frequent first.
std::vector<double> CopySearch::factors_of(const Pair &pair, size_t stride, double share) const {
  std::map<long, size_t> rows;
  size_t all = 0;
  for (size_t r = 0; r < values_.size(); r += stride) {
    double value = own(r), base = base_of(pair, r);
    if (!(std::fabs(value) < largest_exact) || !(std::fabs(base) < largest_exact) || base == 0 || value == 0) continue;
    ++all;
    double factor = value / base * 100;
    if (std::fabs(factor) < 1e6 && multiple(value, base, std::nearbyint(factor) / 100)) ++rows[std::lround(factor)];
  }
  std::vector<std::pair<size_t, long>> sorted;
  for (const auto &[factor, n] : rows)
    if (n >= 3 && static_cast<double>(n) >= share * static_cast<double>(all)) sorted.emplace_back(n, -factor);
  std::sort(sorted.rbegin(), sorted.rend());
  std::vector<double> factors;
  for (size_t i = 0; i < std::min(sorted.size(), most_factors); ++i) factors.push_back(-static_cast<double>(sorted[i].second) / 100);
  return factors;
}

void CopySearch::measure_factors(const Pair &pair) {
  if (factors_of(pair, std::max<size_t>(1, values_.size() / (4 * glance)), glance_share / 2).empty()) return;
  Rule rule;
  rule.factors = factors_of(pair, step(), least_factor);
  if (rule.factors.empty() || (rule.factors.size() == 1 && rule.factors[0] == 1)) return;
  std::unordered_set<uint32_t> entities, groups;
  std::unordered_set<double> values;
  size_t both = 0, known = 0, nulls = 0, by_chance = 0, n = values_.size();
  auto any = [&](double value, double base) {
    return std::any_of(rule.factors.begin(), rule.factors.end(), [&](double f) { return multiple(value, base, f); });
  };
  for (size_t r = 0; r < n; ++r) {
    double value = own(r), base = base_of(pair, r);
    known += pair.way->at(r) >= 0;
    nulls += pair.way->at(r) >= 0 && std::isnan(value) && std::isnan(base);
    if (std::isnan(value) || std::isnan(base)) continue;
    ++both;
    by_chance += any(value, base_of(pair, (r + n / 2 + 1) % n));
    if (!any(value, base)) continue;
    ++rule.rows;
    if (value == 0) continue;
    entities.insert(entity_of(data_.tables[table_].entity, r));
    groups.insert(group(*pair.way, r));
    values.insert(value);
  }
  rule.share = static_cast<double>(rule.rows) / std::max(1.0, static_cast<double>(both));
  double q = static_cast<double>(by_chance) / std::max(1.0, static_cast<double>(both));
  rule.always = rule.factors.size() == 1 && rule.rows == both && both + nulls == known;
  if (rule.share < least_share || rule.share - q < least_kappa * (1 - q) || 2 * both < valued_) return;
  if (groups.size() < least_groups || values.size() < least_distinct || rule.rows < 2 * least_groups) return;
  rule.kind = Rule::Kind::Copy;
  rule.inputs = {{pair.way->path, pair.base}};
  rule.entities = entities.size();
  take(std::move(rule));
}

void CopySearch::look(const RuleWay &way) {
  const Table &t = schema_.tables[way.table];
  bool amount = type_.cls == TypeClass::Numeric || type_.cls == TypeClass::Float || type_.cls == TypeClass::Money;
  for (int c = 0; c < static_cast<int>(t.columns.size()); ++c) {
    if (!may_follow(way, c)) continue;
    plan_.check();
    if (alike(way, c)) {
      count();
      const Cells bases(data_.tables[way.table].columns[c], t.columns[c]);
      measure({&way, c, &bases});
    }
    if (amount && way.sister < 0 && is_quantity(t.columns[c].cls) && !best_.always) measure_factors({&way, c, nullptr});
  }
}

}  // namespace

Rule find_copy(const Plan &plan, const Schema &schema, const SourceData &data, const std::vector<RuleWay> &ways, int table, int column) {
  CopySearch search(plan, schema, data, table, column);
  for (const RuleWay &way : ways) search.look(way);
  return search.best();
}

}  // namespace relsynth::core
