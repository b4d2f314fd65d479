// rules: numbers that are sums, differences, products or ratios of other numbers of the row.
#include <algorithm>
#include <cmath>
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

class FormulaSearch {
 public:
  FormulaSearch(const Schema &schema, const SourceData &data, int table, int column, std::vector<int> inputs)
      : schema_(schema), source_(data.tables[table]), table_(table), column_(column), inputs_(std::move(inputs)) {
    if (inputs_.size() > most_columns) inputs_.resize(most_columns);
    size_t stride = std::max<size_t>(1, source_.rows / (4 * glance));
    for (size_t r = 0; r < source_.rows && rows_.size() < glance; r += stride)
      if (!std::isnan(at(column_, r))) rows_.push_back(static_cast<uint32_t>(r));
  }
  Rule sum_of_two_or_three(bool differences);
  Rule sum_of_run();
  Rule product(bool ratios);

 private:
  double at(int column, size_t row) const { return number_at(source_.columns[column], row, schema_.tables[table_].columns[column].cls); }
  bool holds(const Rule &rule, size_t row) const {
    double value = at(column_, row), result = formula_value(rule, [&](size_t i) { return at(rule.inputs[i].column, row); });
    return is_multiple(schema_.tables[table_].columns[column_], source_.columns[column_], value, result, 1);
  }
  bool active(const Rule &rule, size_t row) const;
  // Whether it holds in all rows; fills the evidence.
  bool confirm(Rule &rule) const;
  bool test(Rule &rule) const {
    return rows_.size() >= 8 && std::all_of(rows_.begin(), rows_.end(), [&](uint32_t r) { return holds(rule, r); }) && confirm(rule);
  }
  Rule made(Rule::Kind kind, const std::vector<int> &columns) const {
    Rule rule;
    rule.kind = kind;
    for (int c : columns) rule.inputs.push_back({{}, c});
    rule.factors.assign(columns.size(), 1);
    rule.uses.assign(columns.size(), Use::Times);
    return rule;
  }

  const Schema &schema_;
  const SourceTable &source_;
  int table_, column_;
  std::vector<int> inputs_;
  std::vector<uint32_t> rows_;  // of a first glance
};

bool FormulaSearch::active(const Rule &rule, size_t row) const {
  for (size_t i = 0; i < rule.inputs.size(); ++i) {
    double x = at(rule.inputs[i].column, row);
    if (rule.kind == Rule::Kind::Sum ? x == 0 : used(x, rule.uses[i]) == 1 || x == 0) return false;
  }
  return true;
}

bool FormulaSearch::confirm(Rule &rule) const {
  std::unordered_set<uint32_t> entities;
  std::unordered_set<double> values;
  size_t active_rows = 0, open = 0;
  std::vector<size_t> bearing(rule.inputs.size(), 0);
  for (size_t r = 0; r < source_.rows; ++r) {
    double value = at(column_, r);
    bool known = std::all_of(rule.inputs.begin(), rule.inputs.end(), [&](const RuleInput &i) { return !std::isnan(at(i.column, r)); });
    if (std::isnan(value)) {
      open += known;
      continue;
    }
    if (!known || !holds(rule, r)) return false;
    ++rule.rows;
    if (values.size() < least_distinct) values.insert(value);
    entities.insert(entity_of(source_.entity, r));
    active_rows += active(rule, r);
    for (size_t i = 0; i < bearing.size(); ++i) bearing[i] += at(rule.inputs[i].column, r) != 0;
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
  std::vector<std::vector<int>> sets;
  for (size_t a = 0; a < n; ++a)
    for (size_t b = a + 1; b < n; ++b) sets.push_back({inputs_[a], inputs_[b]});
  for (size_t a = 0; a < n && n <= most_for_three; ++a)
    for (size_t b = a + 1; b < n; ++b)
      for (size_t c = b + 1; c < n; ++c) sets.push_back({inputs_[a], inputs_[b], inputs_[c]});
  for (const std::vector<int> &set : sets) {
    unsigned signs = 1u << set.size();
    for (unsigned minus = differences ? 1 : 0; minus < (differences ? signs - 1 : 1); ++minus) {
      Rule rule = made(Rule::Kind::Sum, set);
      for (size_t i = 0; i < set.size(); ++i) rule.factors[i] = minus >> i & 1 ? -1 : 1;
      if (test(rule)) return rule;
    }
  }
  return {};
}

// All of four and more columns side by side.
Rule FormulaSearch::sum_of_run() {
  for (size_t length = std::min(most_run, inputs_.size()); length >= 4; --length)
    for (size_t first = 0; first + length <= inputs_.size(); ++first) {
      Rule rule = made(Rule::Kind::Sum,
                       {inputs_.begin() + static_cast<ptrdiff_t>(first), inputs_.begin() + static_cast<ptrdiff_t>(first + length)});
      if (test(rule)) return rule;
    }
  return {};
}

Rule FormulaSearch::product(bool ratios) {
  const std::vector<Use> last =
      ratios ? std::vector<Use>{Use::Over} : std::vector<Use>{Use::Times, Use::Less, Use::LessPercent, Use::More, Use::MorePercent};
  size_t n = inputs_.size();
  for (size_t a = 0; a < n; ++a)
    for (size_t b = 0; b < n; ++b)
      for (Use use : last) {
        if (a == b || (use == Use::Times && b < a)) continue;
        Rule rule = made(Rule::Kind::Product, {inputs_[a], inputs_[b]});
        rule.uses[1] = use;
        if (test(rule)) return rule;
      }
  for (size_t a = 0; a < n && n <= most_for_three && !ratios; ++a)
    for (size_t b = a + 1; b < n; ++b)
      for (size_t c = 0; c < n; ++c)
        for (Use use : last) {
          if (c == a || c == b || (use == Use::Times && c < b)) continue;
          Rule rule = made(Rule::Kind::Product, {inputs_[a], inputs_[b], inputs_[c]});
          rule.uses[2] = use;
          if (test(rule)) return rule;
        }
  return {};
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

Rule find_formula(const Schema &schema, const SourceData &data, int table, int column, const std::vector<int> &inputs, bool inverse) {
  FormulaSearch search(schema, data, table, column, inputs);
  Rule rule = search.sum_of_two_or_three(inverse);
  if (rule.kind == Rule::Kind::None && !inverse) rule = search.sum_of_run();
  if (rule.kind == Rule::Kind::None) rule = search.product(inverse);
  return rule;
}

}  // namespace relsynth::core
