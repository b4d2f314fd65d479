#include "core/rules.h"

#include <algorithm>
#include <cmath>

#include "core/relative.h"

namespace relsynth::core {

namespace {

constexpr size_t most_steps = 2;   // along foreign keys
constexpr size_t least_rows = 20;  // that a rule is looked for in

std::string percent(double share) {
  double tenths = std::floor(share * 1000);  // never more than there is
  std::string text = std::to_string(static_cast<int>(tenths / 10));
  int rest = static_cast<int>(tenths) % 10;
  return rest == 0 ? text : text + "." + std::to_string(rest);
}

std::string factor_text(double factor) {
  std::string text = std::to_string(factor);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

// Moves columns behind the columns of the row that their rules read; the order stays as it was otherwise.
std::vector<int> in_order(const TablePlan &plan) {
  std::vector<int> out;
  auto placed = [&](int c) { return std::find(out.begin(), out.end(), c) != out.end(); };
  auto ready = [&](int c) {
    const std::vector<RuleInput> &inputs = plan.columns[c].rule.inputs;
    return std::all_of(inputs.begin(), inputs.end(), [&](const RuleInput &i) { return !i.path.empty() || placed(i.column); });
  };
  std::vector<int> left = plan.column_order;
  while (!left.empty()) {
    auto next = std::find_if(left.begin(), left.end(), ready);
    if (next == left.end()) next = left.begin();
    out.push_back(*next);
    left.erase(next);
  }
  return out;
}

bool without_rule(const Plan &plan, const Schema &schema, int table, int column) {
  const Table &t = schema.tables[table];
  const std::vector<std::string> &names = plan.config.without_rules;
  return std::any_of(names.begin(), names.end(), [&](const std::string &name) {
    return name == t.name + "." + t.columns[column].name || name == t.qualified() + "." + t.columns[column].name;
  });
}

}  // namespace

void find_rules(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  TablePlan &p = plan.tables[table];
  if (p.role != TableRole::Learn || data.tables[table].rows < least_rows || !plan.config.rules) return;
  const std::vector<RuleWay> ways = rule_ways(plan, schema, data, table, most_steps);
  for (int c : p.column_order) {
    ColumnPlan &column = p.columns[c];
    if (column.encoding == Encoding::Constant || column.encoding == Encoding::None || without_rule(plan, schema, table, c)) continue;
    column.rule = find_copy(plan, schema, data, ways, table, c);
  }
  p.column_order = in_order(p);
}

std::string describe(const Rule &rule, const Schema &schema, int table) {
  if (rule.kind == Rule::Kind::None) return {};
  std::string base = name_of(schema, table, rule.inputs[0]);
  if (rule.factors == std::vector<double>{1}) return "copy of " + base;
  std::string text;
  for (double factor : rule.factors) text += (text.empty() ? "" : " or ") + factor_text(factor);
  return text + " times " + base;
}

std::string evidence(const Rule &rule) {
  std::string of = rule.always ? "in all " + std::to_string(rule.rows) + " rows" : "in " + percent(rule.share) + " % of the rows";
  return of + ", " + std::to_string(rule.entities) + (rule.entities == 1 ? " entity" : " entities");
}

std::vector<Code> rule_codes(const TrainSet &set, int table, int column) {
  const Rule &rule = set.plan.tables[table].columns[column].rule;
  const SourceColumn &values = set.data.tables[table].columns[column];
  const Column &type = set.schema.tables[table].columns[column];
  std::vector<Code> codes(values.size(), rule_unknown);
  if (rule.kind == Rule::Kind::None || rule.inputs.empty()) return {};
  const RuleInput &input = rule.inputs[0];
  int there = table_at(set.schema, table, input.path);
  if (!is_read(set.data, there, input.column)) return {};
  RuleWay way = way_along(set.schema, set.data, table, input.path);
  const Column &base_type = set.schema.tables[there].columns[input.column];
  const SourceColumn &base_values = set.data.tables[there].columns[input.column];
  Cells cells(values, type), bases(base_values, base_type);
  for (size_t r = 0; r < values.size(); ++r) {
    int32_t up = way.at(r);
    if (up < 0) continue;
    codes[r] = rule_own;
    size_t b = static_cast<size_t>(up);
    for (size_t f = 0; f < rule.factors.size() && codes[r] == rule_own; ++f) {
      bool holds = rule.factors[f] == 1 ? cells.at(r) == bases.at(b)
                                        : is_multiple(type, values, number_at(values, r, type.cls),
                                                      number_at(base_values, b, base_type.cls), rule.factors[f]);
      if (holds || (values.nulls[r] && base_values.nulls[b])) codes[r] = static_cast<Code>(rule_first + f);
    }
  }
  return codes;
}

}  // namespace relsynth::core
