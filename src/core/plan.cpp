// plan: what is done with every table, foreign key and column, before any row is read; every problem at once.
#include "core/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/roles.h"

namespace relsynth::core {

namespace {

constexpr double most_candidate_rows = 1000;  // of a reference table

std::string in_quotes(const std::string &name) { return "\"" + name + "\""; }

std::string joined(const std::vector<std::string> &names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

class Planner {
 public:
  Planner(const Schema &schema, Plan &plan, Problems &problems) : schema_(schema), plan_(plan), problems_(problems) {}
  void plan(const PlanOptions &options);
  void retarget(double scale);

 private:
  // Adds a problem unless it is known already: check_config() may have run before.
  void problem(Problem p) {
    if (std::find(problems_.begin(), problems_.end(), p) == problems_.end()) problems_.push_back(std::move(p));
  }
  void invalid(std::string message, std::string detail = {}, std::string hint = {}) {
    problem({sqlstate::invalid_parameter_value, std::move(message), std::move(detail), std::move(hint)});
  }
  std::string name(int table) const {
    const Table &t = schema_.tables[table];
    return in_quotes(schema_.names.size() > 1 || t.external ? t.qualified() : t.name);
  }
  void options(const PlanOptions &options);
  void row_targets(double scale);
  void keep_named();
  void find_candidates();
  bool may_be_reference(int table) const;
  void check_kept(int table);
  void check_driver(int table);
  void check_rows(int table);
  void check_generated(int table);
  void notes();
  void note_table(int table);

  const Schema &schema_;
  Plan &plan_;
  Problems &problems_;
};

void Planner::options(const PlanOptions &options) {
  if (!std::isfinite(options.scale) || options.scale <= 0)
    invalid("scale must be a number greater than 0", {}, "Use 1 for as many rows as the source has.");
  plan_.sample_rows = plan_.config.sample_rows > 0 ? plan_.config.sample_rows : options.sample_rows;
  plan_.min_count = plan_.config.min_count > 0 ? plan_.config.min_count : options.min_count;
}

void Planner::row_targets(double scale) {
  for (size_t t = 0; t < schema_.tables.size(); ++t) {
    const TableConfig *config = config_of(plan_.config, schema_, static_cast<int>(t));
    TablePlan &p = plan_.tables[t];
    p.scale = scale * (config && config->scale ? *config->scale : 1.0);
    p.rows = config ? config->rows : std::nullopt;
  }
}

void Planner::keep_named() {
  for (size_t t = 0; t < schema_.tables.size(); ++t) {
    const Table &table = schema_.tables[t];
    TablePlan &p = plan_.tables[t];
    if (table.external) {
      p.role = TableRole::External;
      p.reason = "outside the chosen schemas, referenced where it stands";
      continue;
    }
    for (const std::string &pattern : plan_.config.keep) {
      if (!like(table.name, pattern) && !like(table.qualified(), pattern)) continue;
      p.role = TableRole::Keep;
      p.reason = "named in config key \"keep\"";
    }
  }
}

// By the catalog alone, its parents apart: small, and another table refers to it.
bool Planner::may_be_reference(int table) const {
  const TablePlan &p = plan_.tables[table];
  const TableConfig *config = config_of(plan_.config, schema_, table);
  if (p.role != TableRole::Learn || schema_.tables[table].estimated_rows > most_candidate_rows) return false;
  if (config && (config->rows || config->scale)) return false;
  for (const ForeignKey &fk : schema_.implied)  // needs the rows of the table that it leads to, all of them
    if (fk.child == table && !fk.self()) return false;
  bool referenced = false;
  for (const ForeignKey &fk : schema_.foreign_keys) {
    if (fk.parent != table || fk.self()) continue;
    const TableConfig *child = config_of(plan_.config, schema_, fk.child);
    if (child && child->driver == fk.name) return false;
    referenced = true;
  }
  return referenced;
}

// Kept rows refer to rows that are kept themselves, so that a table with a learned parent is none; until nothing changes.
void Planner::find_candidates() {
  if (!plan_.config.keep_lookups) return;
  for (size_t t = 0; t < schema_.tables.size(); ++t) plan_.tables[t].keep_candidate = may_be_reference(static_cast<int>(t));
  for (bool changed = true; changed;) {
    changed = false;
    for (const ForeignKey &fk : schema_.foreign_keys) {
      TablePlan &child = plan_.tables[fk.child];
      const TablePlan &parent = plan_.tables[fk.parent];
      if (!child.keep_candidate || fk.self() || parent.keep_candidate || parent.role != TableRole::Learn) continue;
      child.keep_candidate = false;
      changed = true;
    }
  }
}

void Planner::check_kept(int table) {
  if (plan_.tables[table].role != TableRole::Keep) return;
  for (int f : schema_.tables[table].foreign_keys) {
    const ForeignKey &fk = schema_.foreign_keys[f];
    if (fk.self() || plan_.tables[fk.parent].role != TableRole::Learn) continue;
    invalid("table " + name(table) + " cannot be kept because it refers to table " + name(fk.parent) + ", which is learned",
            "Foreign key " + in_quotes(fk.name) + " leads from one to the other.", "Add " + name(fk.parent) + " to config key \"keep\".");
  }
}

void Planner::check_driver(int table) {
  const TableConfig *config = config_of(plan_.config, schema_, table);
  if (!config || config->driver.empty()) return;
  if (plan_.tables[table].role != TableRole::Learn)
    return invalid("config gives a driver for table " + name(table) + ", which is not learned", plan_.tables[table].reason + ".");
  for (int f : schema_.tables[table].foreign_keys) {
    const ForeignKey &fk = schema_.foreign_keys[f];
    if (fk.name != config->driver) continue;
    std::string message = "foreign key " + in_quotes(fk.name) + " cannot drive table " + name(table);
    std::string hint =
        "Choose another foreign key in " + in_quotes("tables." + schema_.tables[table].name + ".driver") + " or leave it out.";
    if (fk.self())
      invalid(message, "It refers to the table itself.", hint);
    else if (plan_.graph.cut[f])
      invalid(message, "It closes a cycle of tables and is assigned last.", hint);
    else if (plan_.tables[fk.parent].role != TableRole::Learn)
      invalid(message, "Table " + name(fk.parent) + " is not learned: " + plan_.tables[fk.parent].reason + ".", hint);
  }
}

void Planner::check_rows(int table) {
  const TableConfig *config = config_of(plan_.config, schema_, table);
  const TablePlan &p = plan_.tables[table];
  if (p.role != TableRole::Learn) {
    if (config && (config->rows || config->scale))
      invalid("config gives a number of rows for table " + name(table) + ", which is not learned",
              p.role == TableRole::Keep ? "Its rows are taken over as they are." : "It is outside the chosen schemas.",
              "Leave out \"rows\" and \"scale\" of the table.");
    return;
  }
  if (wanted_rows(p, schema_.tables[table].estimated_rows) > std::numeric_limits<int32_t>::max())
    invalid("table " + name(table) + " would have more than 2147483647 rows", {}, "Choose a smaller scale.");
}

// The server computes generated columns when a row is written: nothing can choose a parent by them, nor copy their values before.
void Planner::check_generated(int table) {
  if (plan_.tables[table].role != TableRole::Learn) return;
  auto generated = [&](int t, int c) { return schema_.tables[t].columns[c].generated != 0; };
  for (int f : schema_.tables[table].foreign_keys) {
    const ForeignKey &fk = schema_.foreign_keys[f];
    bool child = std::all_of(fk.child_columns.begin(), fk.child_columns.end(), [&](int c) { return generated(table, c); });
    bool parent = plan_.tables[fk.parent].role == TableRole::Learn &&
                  std::any_of(fk.parent_columns.begin(), fk.parent_columns.end(), [&](int c) { return generated(fk.parent, c); });
    if (child || parent)
      problem({sqlstate::feature_not_supported,
               "foreign key " + in_quotes(fk.name) + " of table " + name(table) +
                   (child ? " has only generated columns" : " refers to a generated column"),
               {},
               "Exclude table " + name(table) + "."});
  }
}

void Planner::note_table(int table) {
  const Table &t = schema_.tables[table];
  auto note = [&](std::string message, std::string detail) { plan_.notes.push_back({"00000", std::move(message), std::move(detail), {}}); };
  if (t.row_security)
    note("table " + name(table) + " has row-level security", "It is trained on the rows that the policies show to the current user.");
  if (!t.external && !t.primary_key()) note("table " + name(table) + " has no primary key", {});
  for (const LostKey &lost : schema_.lost)
    if (lost.child == table)
      note("foreign key " + in_quotes(lost.name) + " of table " + name(table) + " is left out",
           "It leads to table " + lost.parent + ", which the config leaves out; its columns are learned like others.");
  for (int f : t.foreign_keys) {
    const ForeignKey &fk = schema_.foreign_keys[f];
    if (schema_.tables[fk.parent].external)
      note("foreign key " + in_quotes(fk.name) + " of table " + name(table) + " leads out of the chosen schemas",
           "It refers to the rows of table " + schema_.tables[fk.parent].qualified() + " where they stand.");
    if (fk.declared)
      note("foreign key " + in_quotes(fk.name) + " of table " + name(table) + " is declared by config",
           "The catalog has no such constraint, nor will the target.");
  }
}

void Planner::notes() {
  for (const std::vector<int> &cycle : plan_.graph.cycles) {
    std::vector<std::string> tables, cut;
    for (int t : cycle) tables.push_back(name(t));
    for (size_t f = 0; f < schema_.foreign_keys.size(); ++f) {
      const ForeignKey &fk = schema_.foreign_keys[f];
      if (plan_.graph.cut[f] && std::find(cycle.begin(), cycle.end(), fk.child) != cycle.end())
        cut.push_back(in_quotes(fk.name) + " of table " + name(fk.child));
    }
    plan_.notes.push_back(
        {"00000", "tables " + joined(tables) + " refer to each other in a cycle", "Assigned last: foreign key " + joined(cut) + ".", {}});
  }
  for (int t : plan_.order) note_table(t);
}

void Planner::plan(const PlanOptions &given) {
  Counts counts = estimate_counts(schema_);
  Problems named;
  check_config(plan_.config, schema_, named);
  for (Problem &p : named) problem(std::move(p));
  options(given);
  row_targets(given.scale);
  keep_named();
  find_candidates();
  for (int t : plan_.graph.order)
    if (plan_.tables[t].role != TableRole::Skip) plan_.order.push_back(t);
  for (int t : plan_.graph.order) {
    TablePlan &p = plan_.tables[t];
    if (p.role == TableRole::Learn) p.driver = choose_driver(schema_, plan_, t, counts);
    assign_fk_roles(schema_, plan_, t);
    assign_column_roles(schema_, plan_, t, counts.rows);
    p.order_by = choose_order(schema_, plan_, t);
    if (p.keep_candidate) p.reason = "may be a reference table: small, and others refer to it";
  }
  for (int t : plan_.order) {
    check_kept(t);
    check_driver(t);
    check_rows(t);
    check_generated(t);
  }
  notes();
}

void Planner::retarget(double scale) {
  row_targets(scale);
  for (int t : plan_.order) check_rows(t);
}

// The name under which a config has the table, or "".
std::string name_in(const Config &config, const Schema &schema, int table) {
  for (const auto &[name, entry] : config.tables)
    if (find_table(schema, name) == table) return name;
  return "";
}

}  // namespace

void set_row_targets(Plan &plan, const Schema &schema, const Config &config, double scale, Problems &problems) {
  for (const auto &[name, entry] : config.tables) {
    const int table = find_table(schema, name);
    if (table < 0 || (!entry.rows && !entry.scale)) continue;
    const std::string known = name_in(plan.config, schema, table);
    TableConfig &own = plan.config.tables[known.empty() ? name : known];
    own.rows = entry.rows;
    own.scale = entry.scale;
  }
  Planner(schema, plan, problems).retarget(scale);
}

Plan make_plan(const Schema &schema, Graph graph, const Config &config, const PlanOptions &options, Problems &problems) {
  Plan plan;
  plan.graph = std::move(graph);
  plan.config = config;
  plan.tables.resize(schema.tables.size());
  Planner(schema, plan, problems).plan(options);
  return plan;
}

}  // namespace relsynth::core
