#include "core/rules.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "core/date_part.h"
#include "core/relative.h"
#include "core/rule_member.h"

namespace relsynth::core {

namespace {

constexpr size_t most_steps = 2;   // along foreign keys
constexpr size_t least_rows = 20;  // that a rule is looked for in

std::string factor_text(double factor) {
  std::string text = std::to_string(factor);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

// Moves columns behind the columns of the row that their rules read; the order stays as it was otherwise. What a column is a function of comes
// forward, so that others may follow the function: sales the promotion, which follows from the day.
std::vector<int> in_order(const TablePlan &plan) {
  std::vector<int> out;
  auto placed = [&](int c) { return std::find(out.begin(), out.end(), c) != out.end(); };
  auto ready = [&](int c) {
    const std::vector<RuleInput> &inputs = plan.columns[c].rule.inputs;
    return std::all_of(inputs.begin(), inputs.end(), [&](const RuleInput &i) { return !i.path.empty() || placed(i.column); });
  };
  std::vector<int> left = plan.column_order;
  while (!left.empty()) {
    auto next = left.begin();
    for (size_t steps = 0; steps < left.size() && !ready(*next) && plan.columns[*next].rule.kind == Rule::Kind::Lookup; ++steps)
      next = std::find(left.begin(), left.end(), plan.columns[*next].rule.inputs[0].column);
    if (!ready(*next)) next = std::find_if(left.begin(), left.end(), ready);
    if (next == left.end()) next = left.begin();
    out.push_back(*next);
    left.erase(next);
  }
  return out;
}

}  // namespace

std::string percent_text(double share) {
  double tenths = std::floor(share * 1000);  // never more than there is
  std::string text = std::to_string(static_cast<int>(tenths / 10));
  int rest = static_cast<int>(tenths) % 10;
  return rest == 0 ? text : text + "." + std::to_string(rest);
}

bool without_rule(const Plan &plan, const Schema &schema, int table, int column) {
  const Table &t = schema.tables[table];
  const std::vector<std::string> &names = plan.config.without_rules;
  return std::any_of(names.begin(), names.end(), [&](const std::string &name) {
    return name == t.name + "." + t.columns[column].name || name == t.qualified() + "." + t.columns[column].name;
  });
}

namespace {

// Whether half of the rows have a value that another one has.
bool values_repeat(const SourceColumn &values, const Column &type) {
  const Cells cells(values, type);
  std::unordered_map<uint64_t, uint32_t> rows;
  for (size_t r = 0; r < values.size(); ++r) ++rows[cells.at(r)];
  size_t alone = 0;
  for (const auto &[value, n] : rows) alone += n == 1;
  return 2 * alone <= values.size();
}

// Whether `column` is drawn from `other`, by its rule or by those of what it reads.
bool rests_on(const TablePlan &plan, int column, int other) {
  if (column == other) return true;
  const std::vector<RuleInput> &inputs = plan.columns[column].rule.inputs;
  return std::any_of(inputs.begin(), inputs.end(),
                     [&](const RuleInput &i) { return i.path.empty() && i.column >= 0 && rests_on(plan, i.column, other); });
}

class RuleFinder {
 public:
  RuleFinder(Plan &plan, const Schema &schema, const SourceData &data, int table)
      : plan_(plan), schema_(schema), data_(data), table_(table), p_(plan.tables[table]) {
    for (int c : p_.column_order)
      if (p_.columns[c].encoding != Encoding::Constant && p_.columns[c].encoding != Encoding::None) columns_.push_back(c);
  }
  void find() {
    for (int c : columns_) {
      plan_.check();
      if (values_repeat(data_.tables[table_].columns[c], schema_.tables[table_].columns[c])) repeated_.push_back(c);
    }
    const std::vector<RuleWay> ways = rule_ways(plan_, schema_, data_, table_, most_steps);
    std::vector<int> numbers;
    for (int c : columns_)
      if (wanted(c) && is_number(c)) numbers.push_back(c);
    for (auto &[c, rule] : find_totals(plan_, schema_, data_, table_, numbers)) take_total(c, std::move(rule));
    for (int c : columns_)
      if (wanted(c) && p_.columns[c].rule.kind == Rule::Kind::None) p_.columns[c].rule = find_copy(plan_, schema_, data_, ways, table_, c);
    find_in_sisters();
    for (int c : columns_)
      if (wanted(c) && p_.columns[c].rule.kind == Rule::Kind::None)
        p_.columns[c].rule = find_date_part(plan_, schema_, data_, table_, c, times_beside(c));
    find_formulas(ways);
    for (int c : columns_)
      if (wanted(c) && p_.columns[c].rule.kind == Rule::Kind::None)
        p_.columns[c].rule = find_lookup(plan_, schema_, data_, ways, table_, c, lookup_inputs(c));
    dates_first();
    p_.column_order = in_order(p_);
    find_presences();
  }

 private:
  bool wanted(int column) const {
    plan_.check();
    return !without_rule(plan_, schema_, table_, column);
  }
  // Columns that repeat what any of a sister's rows has, and first and last rows that copy its first and last ones.
  void find_in_sisters() {
    const std::vector<RuleWay> sisters = sister_ways(plan_, schema_, data_, table_);
    std::map<int, Rule> copies;
    for (int c : columns_)
      if (wanted(c) && p_.columns[c].rule.kind == Rule::Kind::None) copies[c] = find_copy(plan_, schema_, data_, sisters, table_, c);
    find_members(plan_, schema_, data_, table_, copies);
    for (auto &[c, rule] : copies)
      if (p_.columns[c].rule.kind == Rule::Kind::None) p_.columns[c].rule = std::move(rule);
  }
  bool is_number(int column) const {
    return p_.columns[column].encoding == Encoding::Number && is_quantity(schema_.tables[table_].columns[column].cls);
  }
  std::vector<int> possible_inputs(int column, bool numbers) const {
    std::vector<int> out;
    for (int c : columns_)
      if (!rests_on(p_, c, column) && (!numbers || is_number(c))) out.push_back(c);
    if (numbers) std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<int> lookup_inputs(int column) const {
    std::vector<int> out = possible_inputs(column, false);
    std::erase_if(out, [&](int c) { return std::find(repeated_.begin(), repeated_.end(), c) == repeated_.end(); });
    return out;
  }
  // Totals of totals are not held: a row of the child would have to wait, too.
  void take_total(int column, Rule rule) {
    p_.columns[column].rule = std::move(rule);
    for (TablePlan &other : plan_.tables)
      for (ColumnPlan &c : other.columns) {
        const std::vector<int> &read = c.rule.child_columns;
        bool ours = c.rule.kind == Rule::Kind::Total && schema_.foreign_keys[c.rule.child_key].child == table_;
        if (ours && std::find(read.begin(), read.end(), column) != read.end()) c.rule = {};
      }
  }
  // What stands last in the table is taken to follow from what stands before.
  void find_formulas(const std::vector<RuleWay> &ways) {
    std::vector<int> last_first = columns_;
    std::sort(last_first.rbegin(), last_first.rend());
    for (bool inverse : {false, true})
      for (int c : last_first) {
        Rule &rule = p_.columns[c].rule;
        if (!is_number(c) || !wanted(c) || (rule.kind != Rule::Kind::None && rule.always)) continue;
        if (rule.kind == Rule::Kind::Sum || rule.kind == Rule::Kind::Product || rule.kind == Rule::Kind::DatePart) continue;
        Rule found = find_formula(plan_, schema_, data_, ways, table_, c, possible_inputs(c, true), inverse);
        if (found.kind == Rule::Kind::None && !inverse) found = find_span(plan_, schema_, data_, ways, table_, c, times_beside(c));
        if (found.kind != Rule::Kind::None) rule = found;
      }
  }
  // Dates that other columns have parts of come first, with the times before them: the parts tell more than the dates' codes.
  void dates_first() {
    std::vector<int> &order = p_.column_order;
    auto is_part = [&](int c) { return p_.columns[c].rule.kind == Rule::Kind::DatePart; };
    auto time = [&](int c) { return is_time(schema_.tables[table_].columns[c].cls); };
    auto last = order.end();
    for (auto at = order.begin(); at != order.end(); ++at)
      if (std::any_of(order.begin(), order.end(), [&](int c) { return is_part(c) && p_.columns[c].rule.inputs[0].column == *at; }))
        last = at + 1;
    if (last == order.end() && std::none_of(order.begin(), order.end(), is_part)) return;
    auto others = std::stable_partition(order.begin(), last, time);
    std::stable_partition(others, order.end(), is_part);
  }
  std::vector<int> times_beside(int column) const {
    std::vector<int> out = possible_inputs(column, false);
    std::erase_if(out,
                  [&](int c) { return !is_time(schema_.tables[table_].columns[c].cls) || p_.columns[c].encoding != Encoding::Number; });
    return out;
  }
  void find_presences() {
    std::vector<int> before;
    for (int c : p_.column_order) {
      const Rule &rule = p_.columns[c].rule;  // that which leaves rows to a draw of their own
      bool open = (rule.kind == Rule::Kind::None || rule.kind == Rule::Kind::Member || rule.named()) && wanted(c);
      if (open && std::find(columns_.begin(), columns_.end(), c) != columns_.end())
        p_.columns[c].presence = find_presence(plan_, schema_, data_, table_, c, before);
      before.push_back(c);
    }
  }

  Plan &plan_;
  const Schema &schema_;
  const SourceData &data_;
  int table_;
  TablePlan &p_;
  std::vector<int> columns_, repeated_;  // modelled; those whose values come again
};

}  // namespace

void find_rules(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  if (plan.tables[table].role != TableRole::Learn || data.tables[table].rows < least_rows || !plan.config.rules) return;
  RuleFinder(plan, schema, data, table).find();
}

namespace {

std::string product_of(const Rule &rule, const std::vector<std::string> &names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += rule.uses[i] == Rule::Use::Over ? " / " : " * ";
    const bool less = rule.uses[i] == Rule::Use::Less || rule.uses[i] == Rule::Use::LessPercent;
    const bool percent = rule.uses[i] == Rule::Use::LessPercent || rule.uses[i] == Rule::Use::MorePercent;
    const bool plain = rule.uses[i] == Rule::Use::Times || rule.uses[i] == Rule::Use::Over;
    if (!plain) text += less ? "(1 - " : "(1 + ";
    text += names[i];
    if (!plain) text += percent ? " / 100)" : ")";
  }
  return text;
}

std::string describe_product(const Rule &rule, const Schema &schema, int table) {
  std::vector<std::string> names;
  for (const RuleInput &input : rule.inputs) names.push_back(name_of(schema, table, input));
  return product_of(rule, names);
}

std::string describe_total(const Rule &rule, const Schema &schema) {
  const Table &child = schema.tables[schema.foreign_keys[rule.child_key].child];
  std::vector<std::string> names;
  for (int c : rule.child_columns) names.push_back(child.columns[c].name);
  return names.empty() ? "number of its rows in " + child.name : "sum of " + product_of(rule, names) + " over its rows in " + child.name;
}

// What a span of time is counted in: microseconds, or days of two dates, by how many make one.
std::string unit_of(double factor, bool days) {
  const std::vector<std::pair<double, const char *>> units =
      days ? std::vector<std::pair<double, const char *>>{{7, "weeks"}}
           : std::vector<std::pair<double, const char *>>{{1, "microseconds"}, {1e3, "milliseconds"}, {1e6, "seconds"},   {6e7, "minutes"},
                                                          {3.6e9, "hours"},    {8.64e10, "days"},     {6.048e11, "weeks"}};
  for (const auto &[many, name] : units)
    if (std::fabs(factor * many - 1) < 1e-6) return std::string(", in ") + name;
  return {};
}

std::string describe_sum(const Rule &rule, const Schema &schema, int table) {
  std::string plus, minus;
  const Column &first = schema.tables[table_of(schema, table, rule.inputs[0])].columns[rule.inputs[0].column];
  const std::string unit = is_time(first.cls) ? unit_of(rule.factors[0], first.cls == TypeClass::Date) : "";
  for (size_t i = 0; i < rule.inputs.size(); ++i) {
    std::string name = name_of(schema, table, rule.inputs[i]);
    if (rule.factors[i] < 0)
      minus += " - " + name;
    else
      plus += (plus.empty() ? "" : " + ") + name;
  }
  return plus + minus + unit;
}

}  // namespace

std::string describe(const Rule &rule, const Schema &schema, int table) {
  if (rule.kind == Rule::Kind::None) return {};
  if (rule.kind == Rule::Kind::Total) return describe_total(rule, schema);
  if (rule.kind == Rule::Kind::Sum) return describe_sum(rule, schema, table);
  if (rule.kind == Rule::Kind::Product) return describe_product(rule, schema, table);
  if (rule.kind == Rule::Kind::Member || rule.named()) return describe_member(rule, schema, table);
  std::string base = name_of(schema, table, rule.inputs[0]);
  if (rule.kind == Rule::Kind::DatePart) return date_part_name(rule.part) + (" " + base);
  if (rule.kind == Rule::Kind::Lookup) return "function of " + base;
  if (rule.factors == std::vector<double>{1}) return "copy of " + base;
  std::string text;
  for (double factor : rule.factors) text += (text.empty() ? "" : " or ") + factor_text(factor);
  return text + " times " + base;
}

std::string evidence(const Rule &rule) {
  if (rule.kind == Rule::Kind::Member) {
    return std::to_string(rule.rows) + " rows, " + percent_text(rule.share) + " % of those with a value, " + std::to_string(rule.entities) +
           " entities";
  }
  std::string of = rule.always ? "in all " + std::to_string(rule.rows) + " rows" : "in " + percent_text(rule.share) + " % of the rows";
  return of + ", " + std::to_string(rule.entities) + (rule.entities == 1 ? " entity" : " entities");
}

std::string describe(const PresenceRule &rule, const Schema &schema, int table) {
  if (rule.column < 0) return {};
  const std::string &other = schema.tables[table].columns[rule.column].name;
  return rule.by_null ? "NULL as " + other + " is or is not" : "NULL or not by values of " + other;
}

std::string evidence(const PresenceRule &rule) {
  return "in " + std::to_string(rule.rows) + " rows, " + std::to_string(rule.entities) + (rule.entities == 1 ? " entity" : " entities");
}

namespace {

// Lookups and formulas: whether all inputs are there, and the value.
std::vector<Code> function_codes(const TrainSet &set, int table, int column, const Rule &rule) {
  const SourceTable &source = set.data.tables[table];
  std::vector<Code> codes(source.rows, rule_first);
  for (const RuleInput &input : rule.inputs) {
    const RuleWay way = way_to(set.plan, set.schema, set.data, table, input);
    const SourceTable &there = set.data.tables[way.table];
    for (size_t r = 0; r < codes.size(); ++r)
      if (way.at(r) < 0 || (input.column >= 0 && there.columns[input.column].nulls[static_cast<size_t>(way.at(r))] != 0))
        codes[r] = rule_unknown;
  }
  bool follows = rule.kind == Rule::Kind::Lookup;
  for (size_t r = 0; r < codes.size(); ++r)
    if (!follows && codes[r] == rule_first && source.columns[column].nulls[r]) codes[r] = rule_own;
  return codes;
}

}  // namespace

std::vector<Code> rule_codes(const TrainSet &set, int table, int column) {
  const Rule &rule = set.plan.tables[table].columns[column].rule;
  const SourceColumn &values = set.data.tables[table].columns[column];
  const Column &type = set.schema.tables[table].columns[column];
  std::vector<Code> codes(values.size(), rule_unknown);
  if (rule.kind == Rule::Kind::None || rule.inputs.empty()) return {};
  if (rule.kind == Rule::Kind::Member) return member_codes(set, table, column);
  if (rule.kind != Rule::Kind::Copy) return function_codes(set, table, column, rule);
  const RuleInput &input = rule.inputs[0];
  int there = table_of(set.schema, table, input);
  if (!is_read(set.data, there, input.column)) return {};
  const RuleWay way =
      rule.named() ? named_way(set.plan, set.schema, set.data, table, rule) : way_to(set.plan, set.schema, set.data, table, input);
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
    if (rule.or_null && codes[r] == rule_own && values.nulls[r]) codes[r] = static_cast<Code>(rule_first + rule.factors.size());
  }
  return codes;
}

}  // namespace relsynth::core
