#include "core/ordinal.h"

#include <algorithm>
#include <unordered_map>

#include "core/rules.h"
#include "core/trainset.h"

namespace relsynth::core {

namespace {

constexpr size_t least_later = 20;    // rows numbered 2 and above
constexpr double right_share = 0.95;  // of them, and of all rows

using Numbers = std::unordered_map<int32_t, int32_t>;

bool may_count(const Column &column, const ColumnPlan &plan, const SourceColumn &values) {
  if (column.cls != TypeClass::Int || plan.encoding != Encoding::Number || plan.ascending || values.repr != Repr::Int) return false;
  for (size_t r = 0; r < values.size(); ++r)
    if (values.nulls[r] || values.ints[r] < 1) return false;
  return values.size() > 0;
}

// Whether the values count the rows of each group that have one parent.
bool counts(const std::vector<uint32_t> &rows, const std::vector<int32_t> &up, const std::vector<int32_t> &parents,
            const SourceColumn &values) {
  Numbers numbers;
  size_t later = 0, right = 0, later_right = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t r = rows[i];
    if (up[r] < 0 || parents[r] < 0) return false;
    if (i > 0 && up[r] != up[rows[i - 1]]) numbers.clear();
    const int32_t number = ++numbers[parents[r]];
    const bool same = values.ints[r] == number;
    right += same;
    later += number > 1;
    later_right += number > 1 && same;
  }
  auto enough = [](size_t of, size_t all) { return static_cast<double>(of) >= right_share * static_cast<double>(all); };
  return later >= least_later && enough(later_right, later) && enough(right, rows.size());
}

}  // namespace

void find_ordinals(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  TablePlan &p = plan.tables[table];
  const Table &t = schema.tables[table];
  const SourceTable &source = data.tables[table];
  if (p.role != TableRole::Learn || p.driver < 0 || source.parents[p.driver].size() != source.rows) return;
  std::vector<uint32_t> rows;
  std::vector<int> found;
  for (int c : p.column_order) {
    if (without_rule(plan, schema, table, c) || !may_count(t.columns[c], p.columns[c], source.columns[c])) continue;
    plan.check();
    if (rows.empty()) rows = grouped_rows(schema, plan, data, table);
    for (size_t f = 0; f < p.fk_roles.size() && p.columns[c].within < 0; ++f) {
      const ForeignKey &key = schema.foreign_keys[t.foreign_keys[f]];
      if (p.fk_roles[f] != FkRole::Further || source.parents[f].size() != source.rows) continue;
      if (!counts(rows, source.parents[p.driver], source.parents[f], source.columns[c])) continue;
      p.columns[c].within = static_cast<int>(f);
      p.columns[c].reason += "; numbers the rows of a group with the same row of " + schema.tables[key.parent].name;
      found.push_back(c);
    }
  }
  for (int c : found) {
    std::erase(p.column_order, c);
    p.column_order.insert(p.column_order.begin(), c);
  }
}

void count_ordinals(World &world, int table) {
  TableState &state = world.tables[table];
  const TablePlan &plan = world.plan.tables[table];
  state.ordinals.resize(plan.columns.size());
  for (size_t c = 0; c < plan.columns.size(); ++c) {
    if (plan.columns[c].within < 0) continue;
    const std::vector<int32_t> &up = state.parents[plan.driver], &parents = state.parents[plan.columns[c].within];
    if (up.size() != state.rows || parents.size() != state.rows) continue;
    Numbers numbers;
    for (size_t r = 0; r < state.rows; ++r) {
      if (r > 0 && (up[r] < 0 || up[r] != up[r - 1])) numbers.clear();
      state.ordinals[c].push_back(parents[r] < 0 ? 1 : ++numbers[parents[r]]);
    }
  }
}

}  // namespace relsynth::core
