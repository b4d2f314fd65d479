// Which foreign key drives a table, who writes its columns, what orders its rows.
#include "core/roles.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/lookup.h"
#include "core/name_tokens.h"

namespace relsynth::core {

namespace {

constexpr double few_persons =
    40;  // roots that a person must be, to be worth counting everything below in them: leaves need 20 on both sides
constexpr double few_entities = 200;  // the same for other roots
constexpr double part_of_rows = 50;   // rows of a group whose parent leads their key, up to which they are parts of the parent

const ForeignKey &fk_at(const Schema &schema, int table, size_t position) {
  return schema.foreign_keys[schema.tables[table].foreign_keys[position]];
}

bool contains(const std::vector<int> &columns, int column) { return std::find(columns.begin(), columns.end(), column) != columns.end(); }

// Whether `columns` are, in any order, the first columns of the key.
bool leads(const UniqueKey &key, const std::vector<int> &columns) {
  if (key.columns.size() < columns.size()) return false;
  for (size_t i = 0; i < columns.size(); ++i)
    if (!contains(columns, key.columns[i])) return false;
  return true;
}

bool leads_primary(const Table &table, const ForeignKey &fk) {
  const UniqueKey *primary = table.primary_key();
  return primary && leads(*primary, fk.child_columns);
}

bool leads_other(const Table &table, const ForeignKey &fk) {
  for (const UniqueKey &key : table.keys)
    if (!key.primary && key.plain() && key.columns.size() > fk.child_columns.size() && leads(key, fk.child_columns)) return true;
  return false;
}

bool chosen(const Schema &schema, const Plan &plan, int table, const ForeignKey &fk) {
  const TableConfig *config = config_of(plan.config, schema, table);
  return config && config->driver == fk.name;
}

// The root that the rows of `table` hang on, and how many of its rows have any there.
struct Root {
  int table;
  double entities;
};

Root root_of(const Schema &schema, const Plan &plan, int table, const Counts &counts) {
  double entities = counts.rows[table];
  while (plan.tables[table].driver >= 0) {
    int fk = schema.tables[table].foreign_keys[plan.tables[table].driver];
    table = schema.foreign_keys[fk].parent;
    entities = std::min({entities, counts.groups[fk], counts.rows[table]});
  }
  return {table, entities};
}

// Thresholds of model and privacy count entities. A handful of parents with many rows each (stores, regions) would leave the model next to
// nothing to go by: such a parent is chosen like any further one, unless the rows are parts of it.
bool worth_driving(const Schema &schema, const Plan &plan, int table, size_t position, const Counts &counts) {
  int fk = schema.tables[table].foreign_keys[position];
  const ForeignKey &key = schema.foreign_keys[fk];
  double rows = counts.rows[table], groups = counts.groups[fk];
  if (rows <= 2 * groups || chosen(schema, plan, table, key)) return true;
  Root root = root_of(schema, plan, key.parent, counts);
  if (std::min(root.entities, groups) >= (counts.personal[root.table] ? few_persons : few_entities)) return true;
  const Table &t = schema.tables[table];
  return rows <= part_of_rows * groups && (leads_primary(t, key) || leads_other(t, key));
}

bool may_drive(const Schema &schema, const Plan &plan, int table, size_t position, const Counts &counts) {
  const ForeignKey &fk = fk_at(schema, table, position);
  return !fk.self() && !plan.graph.cut[schema.tables[table].foreign_keys[position]] && plan.tables[fk.parent].role == TableRole::Learn &&
         worth_driving(schema, plan, table, position, counts);
}

// A key such as (tenant_id) beside (tenant_id, customer_id): the longer one implies the shorter.
bool implied_by_another(const Schema &schema, const Plan &plan, int table, size_t position, const Counts &counts) {
  const std::vector<int> &mine = fk_at(schema, table, position).child_columns;
  for (size_t i = 0; i < schema.tables[table].foreign_keys.size(); ++i) {
    const ForeignKey &other = fk_at(schema, table, i);
    if (i == position || other.nullable || other.child_columns.size() <= mine.size()) continue;
    if (!may_drive(schema, plan, table, i, counts)) continue;
    if (std::all_of(mine.begin(), mine.end(), [&](int c) { return contains(other.child_columns, c); })) return true;
  }
  return false;
}

// How well the mean group size suits: about ten rows have a history and leave many groups. Unknown sizes suit least.
double group_fit(double children, double parents) {
  constexpr double ideal = 10;
  if (!(children > 0) || !(parents > 0)) return -1e9;
  return -std::fabs(std::log(children / parents / ideal));
}

bool integral(const Column &column, double rows) {
  if (column.cls == TypeClass::Int) return true;
  return column.cls == TypeClass::Numeric && column.scale == 0 && column.precision > 0 && column.precision <= 15 &&
         std::pow(10.0, column.precision) - 1 >= rows;
}

bool in_any_key(const Table &table, int column) {
  for (const UniqueKey &key : table.keys)
    if (contains(key.columns, column)) return true;
  return false;
}

bool alone_in_key(const Table &table, int column, bool primary_only) {
  for (const UniqueKey &key : table.keys)
    if (key.plain() && key.columns.size() == 1 && key.columns[0] == column && (key.primary || !primary_only)) return true;
  return false;
}

// A plain key of the driver's columns and this one.
bool counts_in_group(const Table &table, const std::vector<int> &driver_columns, int column) {
  if (contains(driver_columns, column)) return false;
  for (const UniqueKey &key : table.keys)
    if (key.plain() && key.columns.size() == driver_columns.size() + 1 && contains(key.columns, column) &&
        std::all_of(driver_columns.begin(), driver_columns.end(), [&](int c) { return contains(key.columns, c); }))
      return true;
  return false;
}

int place_of(FkRole role) {
  switch (role) {
    case FkRole::Driver: return 0;
    case FkRole::Further: return 1;
    case FkRole::Self: return 2;
    default: return 3;
  }
}

// Of the foreign keys that hold the column, the position of the one that writes it; -1 none.
int writer_of(const Schema &schema, const TablePlan &plan, int table, int column) {
  int best = -1;
  auto key = [&](int i) {
    const ForeignKey &fk = fk_at(schema, table, i);
    return std::make_tuple(place_of(plan.fk_roles[i]), fk.nullable, -static_cast<int>(fk.child_columns.size()), fk.name);
  };
  for (size_t i = 0; i < schema.tables[table].foreign_keys.size(); ++i) {
    int position = static_cast<int>(i);
    if (contains(fk_at(schema, table, i).child_columns, column) && (best < 0 || key(position) < key(best))) best = position;
  }
  return best;
}

ColumnPlan role_of(const Schema &schema, const TablePlan &plan, int table, int c, double rows) {
  const Table &t = schema.tables[table];
  const Column &column = t.columns[c];
  ColumnPlan out;
  out.unique = alone_in_key(t, c, false);
  out.foreign_key = writer_of(schema, plan, table, c);
  auto is = [&](ColumnRole role, std::string reason) {
    out.role = role;
    out.reason = std::move(reason);
    return out;
  };
  if (column.generated) return is(ColumnRole::Generated, column.generated == 'v' ? "virtual generated column" : "stored generated column");
  if (out.foreign_key >= 0) return is(ColumnRole::ForeignKey, "column of foreign key " + fk_at(schema, table, out.foreign_key).name);
  if (integral(column, rows)) {
    if (column.identity) return is(ColumnRole::Serial, "identity column");
    if (column.serial) return is(ColumnRole::Serial, "default from a sequence");
    if (alone_in_key(t, c, true)) return is(ColumnRole::Serial, "integer primary key");
    if (plan.driver >= 0 && counts_in_group(t, fk_at(schema, table, plan.driver).child_columns, c))
      return is(ColumnRole::LineNumber, "key together with the driver");
  }
  if (column.cls == TypeClass::Uuid && alone_in_key(t, c, false)) return is(ColumnRole::Uuid, "key of its own");
  if (column.cls == TypeClass::Uuid && column.has_default && in_any_key(t, c)) return is(ColumnRole::Uuid, "part of a key, with a default");
  return is(ColumnRole::Model, out.unique ? "natural key" : "");
}

// Words in the name of a time column that is no time of the row's event.
bool names_other_time(const std::string &name) {
  std::string lower = name;
  for (char &c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const char *word : {"birth", "dob", "updat", "modif", "chang", "expir", "delet", "due", "until", "valid_to", "end"})
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

// The time column that orders rows best, -1 none: part of a key with a foreign key; else the first one NOT NULL of the kind asked for.
int time_column(const Table &table, const TablePlan &plan, bool of_event) {
  auto modelled = [&](int c) { return c >= 0 && is_calendar(table.columns[c].cls) && plan.columns[c].role == ColumnRole::Model; };
  for (const UniqueKey &key : table.keys) {
    bool with_fk = std::any_of(key.columns.begin(), key.columns.end(),
                               [&](int c) { return c >= 0 && plan.columns[c].role == ColumnRole::ForeignKey; });
    for (int c : key.columns)
      if (of_event && with_fk && modelled(c)) return c;
  }
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Column &column = table.columns[i];
    if (modelled(static_cast<int>(i)) && column.not_null && names_other_time(column.name) != of_event) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

const TableConfig *config_of(const Config &config, const Schema &schema, int table) {
  const Table &t = schema.tables[table];
  auto at = config.tables.find(t.qualified());
  if (at == config.tables.end()) at = config.tables.find(t.name);
  return at != config.tables.end() && find_table(schema, at->first) == table ? &at->second : nullptr;
}

Counts estimate_counts(const Schema &schema) {
  Counts counts;
  for (const Table &t : schema.tables) {
    counts.rows.push_back(t.estimated_rows);
    counts.personal.push_back(about_persons(t, {}));
  }
  counts.shortcut.assign(schema.foreign_keys.size(), 0);
  for (const ForeignKey &fk : schema.foreign_keys) {
    double rows = counts.rows[fk.child], groups = 0;
    for (int c : fk.child_columns) {
      double distinct = schema.tables[fk.child].columns[c].distinct;
      groups = std::max(groups, distinct < 0 ? -distinct * rows : distinct);
    }
    double most = std::min(rows, counts.rows[fk.parent]);
    counts.groups.push_back(groups > 0 ? std::min(groups, most) : most);
  }
  return counts;
}

bool about_persons(const Table &table, const SourceTable &data) {
  if (names_persons(table)) return true;
  int signs = 0;  // one may mislead: the name of a place, a shop's telephone
  for (size_t c = 0; c < table.columns.size() && signs < 2; ++c) {
    std::string why;
    SourceColumn none;
    none.repr = repr_of(table.columns[c].cls);
    signs += looks_personal(table, table.columns[c], c < data.columns.size() ? data.columns[c] : none, why);
  }
  return signs >= 2;
}

int choose_driver(const Schema &schema, const Plan &plan, int table, const Counts &counts) {
  const Table &t = schema.tables[table];
  int best = -1;
  auto score = [&](int position) {
    const ForeignKey &fk = fk_at(schema, table, position);
    return std::make_tuple(chosen(schema, plan, table, fk), !plan.tables[fk.parent].keep_candidate,
                           !implied_by_another(schema, plan, table, position, counts) && !counts.shortcut[t.foreign_keys[position]],
                           leads_primary(t, fk), !fk.nullable, leads_other(t, fk),
                           group_fit(counts.rows[table], counts.groups[t.foreign_keys[position]]), fk.on_delete == 'c');
  };
  for (size_t i = 0; i < t.foreign_keys.size(); ++i) {
    if (!may_drive(schema, plan, table, i, counts)) continue;
    int position = static_cast<int>(i);
    if (best < 0 || score(position) > score(best) ||
        (score(position) == score(best) && fk_at(schema, table, i).name < fk_at(schema, table, best).name))
      best = position;
  }
  return best;
}

void assign_fk_roles(const Schema &schema, Plan &plan, int table) {
  const Table &t = schema.tables[table];
  TablePlan &p = plan.tables[table];
  p.fk_roles.assign(t.foreign_keys.size(), FkRole::Further);
  for (size_t i = 0; i < t.foreign_keys.size(); ++i) {
    if (plan.graph.cut[t.foreign_keys[i]]) p.fk_roles[i] = FkRole::Cut;
    if (fk_at(schema, table, i).self()) p.fk_roles[i] = FkRole::Self;
    if (static_cast<int>(i) == p.driver) p.fk_roles[i] = FkRole::Driver;
  }
}

void assign_column_roles(const Schema &schema, Plan &plan, int table, const std::vector<double> &rows) {
  TablePlan &p = plan.tables[table];
  p.columns.clear();
  for (size_t c = 0; c < schema.tables[table].columns.size(); ++c)
    p.columns.push_back(role_of(schema, p, table, static_cast<int>(c), wanted_rows(p, rows[table])));
}

std::vector<int> choose_order(const Schema &schema, const Plan &plan, int table) {
  const Table &t = schema.tables[table];
  const TablePlan &p = plan.tables[table];
  std::vector<int> order;
  auto add = [&](int c) {
    if (c >= 0 && !contains(order, c)) order.push_back(c);
  };
  if (const TableConfig *config = config_of(plan.config, schema, table))
    for (const std::string &name : config->order_by) add(t.column_index(name));
  if (order.empty()) add(time_column(t, p, true));
  // Rows of the same time follow their number: the order is then the same however the rows are read.
  for (ColumnRole role : {ColumnRole::LineNumber, ColumnRole::Serial})
    for (size_t c = 0; c < p.columns.size(); ++c)
      if (p.columns[c].role == role) add(static_cast<int>(c));
  if (order.empty()) add(time_column(t, p, false));
  return order;
}

double wanted_rows(const TablePlan &plan, double rows) { return plan.rows ? static_cast<double>(*plan.rows) : rows * plan.scale; }

}  // namespace relsynth::core
