// rules: numbers that are sums, differences, products or ratios of other numbers of the row.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <unordered_set>

#include "core/relative.h"
#include "core/rules.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t glance = 24;
constexpr size_t least_rows = 50;        // with a value
constexpr uint32_t least_entities = 20;  // of these
constexpr size_t least_distinct = 5;     // values
constexpr size_t least_active = 10;      // rows in which every input bears on the value
constexpr size_t most_columns = 24, most_for_three = 14, most_run = 12;
constexpr size_t most_of_parents = 8;  // columns

using Use = Rule::Use;

double used(double x, Use use) {
  switch (use) {
    case Use::Times: return x;
    case Use::Over: return x == 0 ? NAN : 1 / x;
    case Use::Less: return 1 - x;
    case Use::LessPercent: return 1 - x / 100;
    case Use::More: return 1 + x;
    case Use::MorePercent: return 1 + x / 100;
  }
  return NAN;
}

// Microseconds, and days, in the units that a span of time may be counted in.
constexpr double second = 1e6;
constexpr std::array<double, 7> units_of_time{second, 60 * second, 3600 * second, 86400 * second, 7 * 86400 * second, 1e3, 1};
constexpr std::array<double, 2> units_of_days{1, 7};

class FormulaSearch {
 public:
  FormulaSearch(const Schema &schema, const SourceData &data, const std::vector<RuleWay> &ways, int table, int column,
                const std::vector<int> &inputs)
      : schema_(schema),
        data_(data),
        source_(data.tables[table]),
        type_(schema.tables[table].columns[column]),
        values_(source_.columns[column]) {
    for (int c : inputs) add(ways[0], c);
    own_ = inputs_.size();
    size_t stride = std::max<size_t>(1, source_.rows / (4 * glance));
    for (size_t r = 0; r < source_.rows && rows_.size() < glance; r += stride)
      if (!std::isnan(value(r))) rows_.push_back(static_cast<uint32_t>(r));
  }
  // Takes a column of a row that the rows lead to for an input, too.
  void add(const RuleWay &way, int column) {
    const bool room = inputs_.size() < most_columns + (way.path.empty() ? 0 : most_of_parents);
    if (room)
      inputs_.push_back(
          {{way.path, column}, &way, &data_.tables[way.table].columns[column], schema_.tables[way.table].columns[column].cls});
  }
  Rule sum_of_two_or_three(bool differences);
  Rule sum_of_run();
  Rule product(bool ratios);
  Rule span();

 private:
  struct Input {
    RuleInput ref;
    const RuleWay *way;
    const SourceColumn *values;
    TypeClass cls;
  };
  double value(size_t row) const { return number_at(values_, row, type_.cls); }
  double at(size_t input, size_t row) const {
    const Input &i = inputs_[input];
    const int32_t there = i.way->at(row);
    return there < 0 ? NAN : number_at(*i.values, static_cast<size_t>(there), i.cls);
  }
  bool holds(const Rule &rule, const std::vector<size_t> &set, size_t row) const {
    double result = formula_value(rule, [&](size_t i) { return at(set[i], row); });
    return is_multiple(type_, values_, value(row), result, 1);
  }
  bool active(const Rule &rule, const std::vector<size_t> &set, size_t row) const;
  // Whether it holds in all rows; fills the evidence.
  bool confirm(Rule &rule, const std::vector<size_t> &set) const;
  bool test(Rule &rule, const std::vector<size_t> &set) const {
    return rows_.size() >= 8 && std::all_of(rows_.begin(), rows_.end(), [&](uint32_t r) { return holds(rule, set, r); }) &&
           confirm(rule, set);
  }
  Rule made(Rule::Kind kind, const std::vector<size_t> &set) const {
    Rule rule;
    rule.kind = kind;
    for (size_t i : set) rule.inputs.push_back(inputs_[i].ref);
    rule.factors.assign(set.size(), 1);
    rule.uses.assign(set.size(), Use::Times);
    return rule;
  }
  // Of parents alone nothing of the row's own follows.
  bool mixed(const std::vector<size_t> &set) const {
    return std::any_of(set.begin(), set.end(), [&](size_t i) { return i < own_; });
  }

  const Schema &schema_;
  const SourceData &data_;
  const SourceTable &source_;
  const Column &type_;
  const SourceColumn &values_;
  std::vector<Input> inputs_;  // those of the row first
  size_t own_ = 0;
  std::vector<uint32_t> rows_;  // of a first glance
};

bool FormulaSearch::active(const Rule &rule, const std::vector<size_t> &set, size_t row) const {
  for (size_t i = 0; i < set.size(); ++i) {
    double x = at(set[i], row);
    if (rule.kind == Rule::Kind::Sum ? x == 0 : used(x, rule.uses[i]) == 1 || x == 0) return false;
  }
  return true;
}

bool FormulaSearch::confirm(Rule &rule, const std::vector<size_t> &set) const {
  std::unordered_set<uint32_t> entities;
  std::unordered_set<double> values;
  size_t active_rows = 0, open = 0;
  std::vector<size_t> bearing(rule.inputs.size(), 0);
  for (size_t r = 0; r < source_.rows; ++r) {
    double own = value(r);
    bool known = std::none_of(set.begin(), set.end(), [&](size_t i) { return std::isnan(at(i, r)); });
    if (std::isnan(own)) {
      open += known;
      continue;
    }
    if (!known || !holds(rule, set, r)) return false;
    ++rule.rows;
    if (values.size() < least_distinct) values.insert(own);
    entities.insert(entity_of(source_.entity, r));
    active_rows += active(rule, set, r);
    for (size_t i = 0; i < bearing.size(); ++i) bearing[i] += at(set[i], r) != 0;
  }
  rule.entities = entities.size();
  rule.share = 1;
  rule.always = open == 0;
  bool borne = std::all_of(bearing.begin(), bearing.end(), [&](size_t n) { return n >= least_active; });
  return rule.rows >= least_rows && rule.entities >= least_entities && values.size() >= least_distinct && borne &&
         (active_rows >= least_active || rule.inputs.size() > 3);
}

Rule FormulaSearch::sum_of_two_or_three(bool differences) {
  size_t n = inputs_.size();
  std::vector<std::vector<size_t>> sets;
  for (size_t a = 0; a < own_; ++a)
    for (size_t b = a + 1; b < n; ++b) sets.push_back({a, b});
  for (size_t a = 0; a < own_ && own_ <= most_for_three; ++a)
    for (size_t b = a + 1; b < own_; ++b)
      for (size_t c = b + 1; c < own_; ++c) sets.push_back({a, b, c});
  for (const std::vector<size_t> &set : sets) {
    unsigned signs = 1u << set.size();
    // Of sums with a parent's column none is the other way round: what is the parent's does not follow from the row.
    const bool parents = set.back() >= own_;
    if (differences && parents) continue;
    for (unsigned minus = differences ? 1 : 0; minus < (differences || parents ? signs - 1 : 1); ++minus) {
      Rule rule = made(Rule::Kind::Sum, set);
      for (size_t i = 0; i < set.size(); ++i) rule.factors[i] = minus >> i & 1 ? -1 : 1;
      if (test(rule, set)) return rule;
    }
  }
  return {};
}

// All of four and more columns side by side.
Rule FormulaSearch::sum_of_run() {
  for (size_t length = std::min(most_run, own_); length >= 4; --length)
    for (size_t first = 0; first + length <= own_; ++first) {
      std::vector<size_t> set(length);
      std::iota(set.begin(), set.end(), first);
      Rule rule = made(Rule::Kind::Sum, set);
      if (test(rule, set)) return rule;
    }
  return {};
}

Rule FormulaSearch::product(bool ratios) {
  const std::vector<Use> last =
      ratios ? std::vector<Use>{Use::Over} : std::vector<Use>{Use::Times, Use::Less, Use::LessPercent, Use::More, Use::MorePercent};
  size_t n = inputs_.size();
  auto tried = [&](const std::vector<size_t> &set, Use use, Rule &rule) {
    if (!mixed(set)) return false;
    rule = made(Rule::Kind::Product, set);
    rule.uses.back() = use;
    return test(rule, set);
  };
  Rule rule;
  for (size_t a = 0; a < n; ++a)
    for (size_t b = 0; b < n; ++b)
      for (Use use : last)
        if (a != b && (use != Use::Times || b > a) && tried({a, b}, use, rule)) return rule;
  for (size_t a = 0; a < n && n <= most_for_three && !ratios; ++a)
    for (size_t b = a + 1; b < n; ++b)
      for (size_t c = 0; c < n; ++c)
        for (Use use : last)
          if (c != a && c != b && (use != Use::Times || c > b) && tried({a, b, c}, use, rule)) return rule;
  return {};
}

// The time from one input to another in some unit: days of a stay, minutes of a call.
Rule FormulaSearch::span() {
  for (size_t a = 0; a < inputs_.size(); ++a)
    for (size_t b = 0; b < inputs_.size(); ++b) {
      const bool days = inputs_[a].cls == TypeClass::Date;
      if (a == b || days != (inputs_[b].cls == TypeClass::Date) || !mixed({a, b})) continue;
      for (double unit : days ? std::span<const double>(units_of_days) : std::span<const double>(units_of_time)) {
        Rule rule = made(Rule::Kind::Sum, {a, b});
        rule.factors = {1 / unit, -1 / unit};
        if (test(rule, {a, b})) return rule;
      }
    }
  return {};
}

// Quantities of the parents.
std::vector<int> quantities_along(const Plan &plan, const Schema &schema, const SourceData &data, const RuleWay &way) {
  std::vector<int> out;
  if (way.path.size() != 1) return out;
  for (size_t c = 0; c < schema.tables[way.table].columns.size(); ++c)
    if (is_quantity(schema.tables[way.table].columns[c].cls) && is_number(plan, schema, data, way.table, static_cast<int>(c)))
      out.push_back(static_cast<int>(c));
  return out;
}

}  // namespace

double formula_value(const Rule &rule, const std::function<double(size_t)> &input) {
  double result = rule.kind == Rule::Kind::Product ? 1 : 0;
  for (size_t i = 0; i < rule.inputs.size(); ++i) {
    if (rule.kind == Rule::Kind::Product)
      result *= used(input(i), rule.uses[i]);
    else
      result += rule.factors[i] * input(i);
  }
  return result;
}

Rule find_formula(const Plan &plan, const Schema &schema, const SourceData &data, const std::vector<RuleWay> &ways, int table, int column,
                  const std::vector<int> &inputs, bool inverse) {
  FormulaSearch search(schema, data, ways, table, column, inputs);
  for (const RuleWay &way : ways)
    for (int c : quantities_along(plan, schema, data, way)) search.add(way, c);
  Rule rule = search.sum_of_two_or_three(inverse);
  if (rule.kind == Rule::Kind::None && !inverse) rule = search.sum_of_run();
  if (rule.kind == Rule::Kind::None) rule = search.product(inverse);
  return rule;
}

Rule find_span(const Plan &plan, const Schema &schema, const SourceData &data, const std::vector<RuleWay> &ways, int table, int column,
               const std::vector<int> &times) {
  FormulaSearch search(schema, data, ways, table, column, times);
  for (const RuleWay &way : ways)
    if (way.path.size() == 1)
      for (size_t c = 0; c < schema.tables[way.table].columns.size(); ++c)
        if (is_time(schema.tables[way.table].columns[c].cls) && is_number(plan, schema, data, way.table, static_cast<int>(c)))
          search.add(way, static_cast<int>(c));
  return search.span();
}

}  // namespace relsynth::core
