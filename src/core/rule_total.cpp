// rules: numbers of a row that count or add up what the rows that refer to it hold.
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/relative.h"
#include "core/rules.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t least_parents = 30;  // with rows that refer to them
constexpr size_t least_several = 10;  // with two and more
constexpr size_t least_distinct = 5;  // values
constexpr size_t most_columns = 8;    // of the child

using Use = Rule::Use;

class TotalSearch {
 public:
  TotalSearch(const Plan &plan, const Schema &schema, const SourceData &data, int table)
      : plan_(plan), schema_(schema), data_(data), table_(table) {}
  // Gathers the rows that refer to each row; false where no total can be held along the key.
  bool gather(int key);
  // The total that a column is over them.
  Rule of(int column);

 private:
  std::vector<int> amounts(int child) const;
  bool holds(const Rule &rule, size_t parent) const;
  bool test(Rule &rule) const;
  double at(const Rule &rule, size_t i, size_t row) const {
    int child = schema_.foreign_keys[rule.child_key].child, c = rule.child_columns[i];
    return number_at(data_.tables[child].columns[c], row, schema_.tables[child].columns[c].cls);
  }

  const Plan &plan_;
  const Schema &schema_;
  const SourceData &data_;
  int table_;
  int key_ = -1, column_ = -1;
  std::vector<std::vector<uint32_t>> children_;  // per row of the table
  std::vector<uint8_t> whole_;                   // all of them are in the sample
};

bool TotalSearch::gather(int key) {
  key_ = key;
  const ForeignKey &fk = schema_.foreign_keys[key];
  if (fk.self() || plan_.tables[fk.child].role != TableRole::Learn) return false;
  const std::vector<int> &mine = schema_.tables[fk.child].foreign_keys;
  size_t f = static_cast<size_t>(std::find(mine.begin(), mine.end(), key) - mine.begin());
  for (FkRole role : plan_.tables[fk.child].fk_roles)
    if (role == FkRole::Cut || role == FkRole::Self) return false;
  const SourceTable &child = data_.tables[fk.child];
  if (f >= child.parents.size() || child.parents[f].size() != child.rows) return false;
  children_.assign(data_.tables[table_].rows, {});
  for (uint32_t r = 0; r < child.rows; ++r)
    if (int32_t p = child.parents[f][r]; p >= 0 && static_cast<size_t>(p) < children_.size()) children_[p].push_back(r);
  const auto &counts = data_.tables[table_].children;
  whole_.assign(children_.size(), child.rows >= child.total_rows);
  if (static_cast<size_t>(key) < counts.size() && counts[key].size() == whole_.size())
    for (size_t p = 0; p < whole_.size(); ++p) whole_[p] = counts[key][p] == children_[p].size();
  return true;
}

std::vector<int> TotalSearch::amounts(int child) const {
  std::vector<int> out;
  for (int c = 0; c < static_cast<int>(schema_.tables[child].columns.size()) && out.size() < most_columns; ++c) {
    const Column &column = schema_.tables[child].columns[c];
    if (is_quantity(column.cls) && !column.generated && is_read(data_, child, c) &&
        plan_.tables[child].columns[c].role == ColumnRole::Model)
      out.push_back(c);
  }
  return out;
}

bool TotalSearch::holds(const Rule &rule, size_t parent) const {
  double sum = 0;
  for (uint32_t r : children_[parent]) {
    double share = total_share(rule, [&](size_t i) { return at(rule, i, r); });
    if (!std::isnan(share)) sum += share;
  }
  const Column &type = schema_.tables[table_].columns[column_];
  const SourceColumn &values = data_.tables[table_].columns[column_];
  return is_multiple(type, values, number_at(values, parent, type.cls), sum, 1);
}

bool TotalSearch::test(Rule &rule) const {
  plan_.check();
  size_t parents = 0, several = 0, empty = 0, zero = 0, null = 0;
  std::unordered_set<double> values;
  std::unordered_set<uint32_t> entities;
  for (size_t p = 0; p < children_.size(); ++p) {
    if (!whole_[p]) continue;
    double value = number_at(data_.tables[table_].columns[column_], p, schema_.tables[table_].columns[column_].cls);
    if (children_[p].empty()) {
      ++empty;
      zero += value == 0;
      null += std::isnan(value);
      continue;
    }
    if (!holds(rule, p)) return false;
    ++parents;
    several += children_[p].size() > 1 && value != 0;
    if (values.size() < least_distinct) values.insert(value);
    entities.insert(entity_of(data_.tables[table_].entity, p));
  }
  if (parents < least_parents || several < least_several || values.size() < least_distinct) return false;
  rule.empty = zero == empty ? Rule::Empty::Zero : null == empty ? Rule::Empty::Null : Rule::Empty::Own;
  rule.rows = parents;
  rule.entities = entities.size();
  rule.share = 1;
  rule.always = true;
  return true;
}

Rule TotalSearch::of(int column) {
  column_ = column;
  const std::vector<int> columns = amounts(schema_.foreign_keys[key_].child);
  std::vector<std::pair<std::vector<int>, std::vector<Use>>> forms{{{}, {}}};
  for (int a : columns) forms.push_back({{a}, {Use::Times}});
  for (size_t a = 0; a < columns.size(); ++a)
    for (size_t b = a + 1; b < columns.size(); ++b) forms.push_back({{columns[a], columns[b]}, {Use::Times, Use::Times}});
  for (size_t a = 0; a < columns.size(); ++a)
    for (size_t b = a + 1; b < columns.size(); ++b)
      for (int c : columns)
        for (Use use : {Use::Less, Use::LessPercent})
          if (c != columns[a] && c != columns[b]) forms.push_back({{columns[a], columns[b], c}, {Use::Times, Use::Times, use}});
  for (const auto &[child_columns, uses] : forms) {
    Rule rule;
    rule.kind = Rule::Kind::Total;
    rule.child_key = key_;
    rule.child_columns = child_columns;
    rule.uses = uses;
    if (test(rule)) return rule;
  }
  return {};
}

}  // namespace

double total_share(const Rule &rule, const std::function<double(size_t)> &input) {
  double product = 1;
  for (size_t i = 0; i < rule.child_columns.size(); ++i) {
    double x = input(i);
    product *= rule.uses[i] == Use::Less ? 1 - x : rule.uses[i] == Use::LessPercent ? 1 - x / 100 : x;
  }
  return product;
}

std::vector<std::pair<int, Rule>> find_totals(const Plan &plan, const Schema &schema, const SourceData &data, int table,
                                              std::vector<int> columns) {
  std::vector<std::pair<int, Rule>> out;
  const Table &t = schema.tables[table];
  std::erase_if(columns, [&](int c) {
    return std::any_of(t.keys.begin(), t.keys.end(),
                       [&](const UniqueKey &k) { return std::find(k.columns.begin(), k.columns.end(), c) != k.columns.end(); });
  });
  if (columns.empty() || data.tables[table].rows < least_parents) return out;
  TotalSearch search(plan, schema, data, table);
  for (size_t f = 0; f < schema.foreign_keys.size(); ++f) {
    if (schema.foreign_keys[f].parent != table || !search.gather(static_cast<int>(f))) continue;
    for (int c : std::vector<int>(columns)) {
      Rule rule = search.of(c);
      if (rule.kind == Rule::Kind::None) continue;
      out.emplace_back(c, std::move(rule));
      std::erase(columns, c);
    }
  }
  return out;
}

}  // namespace relsynth::core
