#include "core/rule_values.h"

#include <cmath>

#include "core/sisters.h"
#include "core/support.h"
#include "core/trainset.h"

namespace relsynth::core {

namespace {

constexpr size_t most_ways = 64;

int parent_of(const Schema &schema, int table, int fk) { return schema.foreign_keys[schema.tables[table].foreign_keys[fk]].parent; }

bool fixed(const Plan &plan, int table) {
  return plan.tables[table].role == TableRole::Keep || plan.tables[table].role == TableRole::External;
}

// Parents along the key are known when rows further down are drawn: self references of learned tables and cut keys may come later.
bool usable(const Plan &plan, const Schema &schema, const SourceData &data, int table, int fk) {
  const std::vector<std::vector<int32_t>> &parents = data.tables[table].parents;
  if (static_cast<size_t>(fk) >= parents.size() || parents[fk].size() != data.tables[table].rows) return false;
  int parent = parent_of(schema, table, fk);
  if (plan.tables[parent].role == TableRole::Skip) return false;
  if (fixed(plan, table)) return fixed(plan, parent);
  FkRole role = plan.tables[table].fk_roles[fk];
  return role == FkRole::Driver || role == FkRole::Further;
}

// One step more.
RuleWay extended(const RuleWay &way, const std::vector<int32_t> &parents, size_t rows, int fk, int parent) {
  RuleWay out;
  out.path = way.path;
  out.path.push_back(fk);
  out.table = parent;
  out.rows.reserve(rows);
  for (size_t r = 0; r < rows; ++r) {
    int32_t here = way.at(r);
    out.rows.push_back(here < 0 ? here : static_cast<size_t>(here) < parents.size() ? parents[here] : unknown_parent);
  }
  return out;
}

}  // namespace

Cells::Cells(const SourceColumn &values, const Column &type) : values_(&values), type_(&type) {
  if (values.repr != Repr::Text) return;
  pool_.reserve(values.pool.size());
  for (const std::string &text : values.pool) pool_.push_back(hash_text(text, type));
}

std::vector<RuleWay> rule_ways(const Plan &plan, const Schema &schema, const SourceData &data, int table, size_t most_steps) {
  std::vector<RuleWay> ways(1);
  ways[0].table = table;
  for (size_t i = 0; i < ways.size() && ways.size() < most_ways; ++i) {
    if (ways[i].path.size() >= most_steps) continue;
    int here = ways[i].table;
    for (int f = 0; f < static_cast<int>(schema.tables[here].foreign_keys.size()) && ways.size() < most_ways; ++f)
      if (usable(plan, schema, data, here, f))
        ways.push_back(extended(ways[i], data.tables[here].parents[f], data.tables[table].rows, f, parent_of(schema, here, f)));
  }
  return ways;
}

namespace {

// The way to the last (first) rows of the groups in `sister` of the same parents, from the last (first) rows of the table's own.
RuleWay sister_way(const Plan &plan, const Schema &schema, const SourceData &data, int table, int sister, bool first) {
  const int driver = plan.tables[table].driver;
  RuleWay way;
  way.path = {driver};
  way.table = sister;
  way.sister = schema.tables[sister].foreign_keys[plan.tables[sister].driver];
  way.first = first;
  const std::vector<int32_t> &parents = data.tables[table].parents[driver];
  const std::vector<int32_t> &others = data.tables[sister].parents[plan.tables[sister].driver];
  std::vector<int32_t> ends(data.tables[parent_of(schema, table, driver)].rows, no_parent);
  for (uint32_t r : end_rows(schema, plan, data, sister, first))
    if (static_cast<size_t>(others[r]) < ends.size()) ends[others[r]] = static_cast<int32_t>(r);
  way.rows.assign(data.tables[table].rows, unknown_parent);
  for (uint32_t r : end_rows(schema, plan, data, table, first))
    if (static_cast<size_t>(parents[r]) < ends.size()) way.rows[r] = ends[parents[r]];
  return way;
}

}  // namespace

std::vector<RuleWay> sister_ways(const Plan &plan, const Schema &schema, const SourceData &data, int table) {
  std::vector<RuleWay> ways;
  for (int sister : sisters_of(plan, schema, table)) {
    for (bool first : {false, true}) {
      plan.check();
      ways.push_back(sister_way(plan, schema, data, table, sister, first));
    }
  }
  return ways;
}

RuleWay way_to(const Plan &plan, const Schema &schema, const SourceData &data, int table, const RuleInput &input) {
  if (input.sister >= 0) return sister_way(plan, schema, data, table, schema.foreign_keys[input.sister].child, input.first);
  RuleWay way;
  way.table = table;
  for (int fk : input.path)
    way = extended(way, data.tables[way.table].parents[fk], data.tables[table].rows, fk, parent_of(schema, way.table, fk));
  return way;
}

bool is_multiple(const Column &type, const SourceColumn &values, double value, double base, double factor) {
  double half_unit = type.cls == TypeClass::Numeric ? 0.5 * std::pow(10, -values.decimals) : type.cls == TypeClass::Float ? 0 : 0.5;
  return std::fabs(value - base * factor) <= half_unit + (type.cls == TypeClass::Float ? 1e-6 : 1e-9) * std::fabs(value);
}

bool is_quantity(TypeClass cls) {
  return cls == TypeClass::Int || cls == TypeClass::Numeric || cls == TypeClass::Float || cls == TypeClass::Money;
}

bool same_kind(const Column &a, const Column &b) {
  auto number = [](const Column &c) { return c.cls == TypeClass::Int || c.cls == TypeClass::Numeric || c.cls == TypeClass::Float; };
  if (number(a) && number(b)) return true;
  if (a.cls != b.cls) return false;
  return a.cls == TypeClass::Text || repr_of(a.cls) != Repr::Text || a.base_oid == b.base_oid;
}

bool is_read(const SourceData &data, int table, int column) {
  const SourceTable &source = data.tables[table];
  return static_cast<size_t>(column) < source.columns.size() && source.columns[column].size() == source.rows;
}

bool is_number(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column) {
  const ColumnPlan &p = plan.tables[table].columns[column];
  const Column &type = schema.tables[table].columns[column];
  if (!is_read(data, table, column) || type.generated || repr_of(type.cls) == Repr::Text) return false;
  if (plan.tables[table].role == TableRole::Keep) return true;
  return plan.tables[table].role == TableRole::Learn && p.role == ColumnRole::Model && p.encoding == Encoding::Number;
}

std::vector<uint32_t> by_entity(const SourceTable &source) {
  return rows_by_entity(std::vector<uint8_t>(source.rows, 0), source.entity, source.entities);
}

int table_of(const Schema &schema, int table, const RuleInput &input) {
  if (input.sister >= 0) return schema.foreign_keys[input.sister].child;
  for (int fk : input.path) table = parent_of(schema, table, fk);
  return table;
}

std::string name_of(const Schema &schema, int table, const RuleInput &input) {
  const Table &t = schema.tables[table_of(schema, table, input)];
  if (input.column < 0) return t.name;
  if (input.sister >= 0) return (input.first ? "the first " : "the last ") + t.name + "." + t.columns[input.column].name;
  return input.path.empty() ? t.columns[input.column].name : t.name + "." + t.columns[input.column].name;
}

}  // namespace relsynth::core
