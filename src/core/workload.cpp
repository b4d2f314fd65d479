#include "core/workload.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/repoint.h"

namespace relsynth::core {

namespace {

constexpr double few_values = 50;  // of a column to group by
constexpr size_t most_groups = 3;  // columns of a table to group by

bool is_number(const Column &column) {
  return column.cls == TypeClass::Int || column.cls == TypeClass::Numeric || column.cls == TypeClass::Float;
}

// Columns that point to rows or name them say nothing in themselves.
std::set<int> key_columns(const Schema &schema, const Table &table) {
  std::set<int> keys;
  for (int fk : table.foreign_keys) keys.insert(schema.foreign_keys[fk].child_columns.begin(), schema.foreign_keys[fk].child_columns.end());
  for (const UniqueKey &key : table.keys)
    if (key.primary || (key.plain() && key.columns.size() == 1)) keys.insert(key.columns.begin(), key.columns.end());
  return keys;
}

bool has_few_values(const Table &table, const Column &column) {
  if (column.cls == TypeClass::Bool || column.cls == TypeClass::Enum || !column.labels.empty()) return true;
  if (column.cls != TypeClass::Text && !is_number(column)) return false;
  const double distinct = column.distinct < 0 ? -column.distinct * table.estimated_rows : column.distinct;
  return distinct > 1 && distinct <= few_values;
}

std::vector<std::string> groupable(const Schema &schema, const Table &table) {
  const std::set<int> keys = key_columns(schema, table);
  std::vector<std::string> out;
  for (size_t c = 0; c < table.columns.size() && out.size() < most_groups; ++c)
    if (!keys.count(static_cast<int>(c)) && has_few_values(table, table.columns[c])) out.push_back(quote_identifier(table.columns[c].name));
  return out;
}

// The first column to take an average of, or none.
std::string measure(const Schema &schema, const Table &table) {
  const std::set<int> keys = key_columns(schema, table);
  for (size_t c = 0; c < table.columns.size(); ++c)
    if (!keys.count(static_cast<int>(c)) && is_number(table.columns[c])) return quote_identifier(table.columns[c].name);
  return {};
}

std::string from(const Table &table) { return (table.only ? "ONLY " : "") + quote_identifier(table.name); }

std::string join(const Schema &schema, const ForeignKey &fk) {
  const Table &child = schema.tables[fk.child], &parent = schema.tables[fk.parent];
  std::string on;
  for (size_t i = 0; i < fk.child_columns.size(); ++i)
    on += (i ? " AND c." : "c.") + quote_identifier(child.columns[fk.child_columns[i]].name) + " = p." +
          quote_identifier(parent.columns[fk.parent_columns[i]].name);
  const std::vector<std::string> groups = groupable(schema, parent);
  const std::string number = measure(schema, child);
  return "SELECT " + (groups.empty() ? "" : "p." + groups[0] + ", ") + "count(*)" + (number.empty() ? "" : ", avg(c." + number + ")") +
         " FROM " + from(child) + " AS c JOIN " + from(parent) + " AS p ON " + on + (groups.empty() ? "" : " GROUP BY p." + groups[0]);
}

}  // namespace

std::vector<std::string> default_workload(const Schema &schema) {
  std::array<std::vector<std::string>, 3> kinds;  // counts, groups, joins
  std::set<std::string> seen;
  std::vector<bool> found(schema.tables.size());  // by its name alone: of two schemas' tables, the first
  for (const std::string &name : schema.names)
    for (size_t t = 0; t < schema.tables.size(); ++t)
      if (schema.tables[t].schema == name && !schema.tables[t].external) found[t] = seen.insert(schema.tables[t].name).second;
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    const Table &table = schema.tables[t];
    if (!found[t]) continue;
    kinds[0].push_back("SELECT count(*) FROM " + from(table));
    for (const std::string &column : groupable(schema, table))
      kinds[1].push_back("SELECT " + column + ", count(*) FROM " + from(table) + " GROUP BY " + column);
    for (int fk : table.foreign_keys)
      if (found[schema.foreign_keys[fk].parent]) kinds[2].push_back(join(schema, schema.foreign_keys[fk]));
  }
  std::vector<std::string> out;
  for (size_t i = 0; i < std::max({kinds[0].size(), kinds[1].size(), kinds[2].size()}); ++i)
    for (const std::vector<std::string> &kind : kinds)
      if (i < kind.size() && out.size() < workload_size) out.push_back(kind[i]);
  return out;
}

}  // namespace relsynth::core
