// explain: the plan as rows for the user. Input: Schema, Plan (before or after settle), problems; output: one row per decision.
#include <algorithm>

#include "core/bounds.h"
#include "core/plan.h"
#include "core/recall.h"
#include "core/rules.h"

namespace relsynth::core {

namespace {

std::string joined(const std::vector<std::string> &parts, const char *between = ", ") {
  std::string out;
  for (const std::string &part : parts) out += (out.empty() ? "" : between) + part;
  return out;
}

std::string counted(size_t n, const std::string &noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

class Explainer {
 public:
  Explainer(const Schema &schema, const Plan &plan) : schema_(schema), plan_(plan) {}
  std::vector<ExplainRow> explain(const Problems &problems);

 private:
  std::string name(int table) const {
    const Table &t = schema_.tables[table];
    return schema_.names.size() > 1 || t.external ? t.qualified() : t.name;
  }
  void add(const std::string &object, const char *kind, std::string decision, std::string reason) {
    rows_.push_back({position_, table_ < 0 ? "" : name(table_), object, kind, std::move(decision), std::move(reason)});
  }
  void summary();
  void table();
  void foreign_key(size_t position);
  void implied(const ForeignKey &fk);
  void column(size_t c);
  void key(const UniqueKey &key);
  void notes(const std::vector<Problem> &notes, const char *kind);
  std::string why_cut(const ForeignKey &fk) const;

  const Schema &schema_;
  const Plan &plan_;
  std::vector<ExplainRow> rows_;
  int position_ = 0, table_ = -1;
};

void Explainer::summary() {
  size_t external = 0, kept = 0;
  for (size_t t = 0; t < schema_.tables.size(); ++t) {
    external += plan_.tables[t].role == TableRole::External;
    kept += plan_.tables[t].role == TableRole::Keep;
  }
  std::string decision = counted(schema_.tables.size() - external, "table") + ", " +
                         counted(schema_.foreign_keys.size() + schema_.implied.size(), "foreign key") + ", " +
                         counted(plan_.graph.cycles.size(), "cycle");
  if (kept) decision += ", " + std::to_string(kept) + " kept as they are";
  if (external) decision += ", " + std::to_string(external) + " outside";
  size_t deepest = 0;
  for (int d : plan_.graph.depth) deepest = std::max(deepest, static_cast<size_t>(d));
  add(joined(schema_.names), "schema", decision, "at most " + counted(deepest, "step") + " from a table without parents");
}

void Explainer::table() {
  const TablePlan &p = plan_.tables[table_];
  const Table &t = schema_.tables[table_];
  std::string decision = p.keep_candidate && p.role == TableRole::Learn ? "learn or keep" : name_of(p.role);
  std::vector<std::string> why;
  if (!p.reason.empty()) why.push_back(p.reason);
  if (p.role == TableRole::Learn) {
    if (p.rows) why.push_back(counted(static_cast<size_t>(*p.rows), "row") + " by config");
    if (p.driver >= 0) {
      const ForeignKey &fk = schema_.foreign_keys[t.foreign_keys[p.driver]];
      why.push_back("rows come in groups per row of " + name(fk.parent));
    } else {
      why.emplace_back("rows stand on their own");
    }
    std::vector<std::string> order;
    for (int c : p.order_by) order.push_back(t.columns[c].name);
    if (!order.empty()) why.push_back("ordered by " + joined(order));
  }
  add("", "table", decision, joined(why, "; "));
}

std::string Explainer::why_cut(const ForeignKey &fk) const {
  std::string why = "closes a cycle; assigned when both tables are there";
  if (fk.nullable) return why + "; may be NULL, so it is the cheapest to cut";
  return why;
}

void Explainer::foreign_key(size_t position) {
  const ForeignKey &fk = schema_.foreign_keys[schema_.tables[table_].foreign_keys[position]];
  const TablePlan &p = plan_.tables[table_];
  std::string why;
  if (p.role == TableRole::Keep || p.role == TableRole::External) return add(fk.name, "foreign key", "as it is", "to " + name(fk.parent));
  FkRole role = p.fk_roles[position];
  switch (role) {
    case FkRole::Driver: why = "groups, their sizes and order are learned per parent"; break;
    case FkRole::Further:
      why = plan_.tables[fk.parent].role == TableRole::Learn ? "parent chosen for rows that are there"
                                                             : "parent chosen among rows that are kept";
      break;
    case FkRole::Self:
      why = "roots, depth and fan-out are learned";
      if (plan_.tables[table_].group_tree == static_cast<int>(position)) why = "to earlier rows of the group, as deep as learned";
      if (tree_key(plan_, table_) == static_cast<int>(position)) why += "; rows follow the one above";
      break;
    case FkRole::Cut: why = why_cut(fk); break;
  }
  why = "to " + name(fk.parent) + "; " + why + (fk.nullable ? "; nullable" : "; NOT NULL");
  if (fk.declared) why += "; declared by config";
  add(fk.name, "foreign key", name_of(role), why);
}

void Explainer::implied(const ForeignKey &fk) {
  add(fk.name, "foreign key", implied_role,
      "to " + name(fk.parent) + (fk.self() ? "; every row refers to itself" : "; holds by the other keys of its cycle, row by row"));
}

void Explainer::column(size_t c) {
  const ColumnPlan &p = plan_.tables[table_].columns[c];
  if (plan_.tables[table_].role == TableRole::Keep || plan_.tables[table_].role == TableRole::External) return;
  std::string decision = name_of(p.role);
  if (p.encoding != Encoding::None) decision += std::string(": ") + name_of(p.encoding);
  add(schema_.tables[table_].columns[c].name, "column", decision, p.reason);
  if (p.rule.kind != Rule::Kind::None)
    add(schema_.tables[table_].columns[c].name, "rule", describe(p.rule, schema_, table_), evidence(p.rule));
  for (const Bound &bound : p.bounds)
    add(schema_.tables[table_].columns[c].name, "rule", describe(bound, schema_, table_), evidence(bound));
  if (p.presence.column >= 0)
    add(schema_.tables[table_].columns[c].name, "rule", describe(p.presence, schema_, table_), evidence(p.presence));
  if (p.recall.rows > 0)
    add(schema_.tables[table_].columns[c].name, "rule", describe_recall(p.recall, schema_, table_), evidence(p.recall));
}

// How rows come to satisfy a key.
void Explainer::key(const UniqueKey &key) {
  if (plan_.tables[table_].role == TableRole::Keep || plan_.tables[table_].role == TableRole::External)
    return add(key.name, "constraint", "as it is", "rows are taken over");
  if (!key.plain()) {
    std::string what = key.exclusion ? "exclusion constraint" : key.partial ? "partial unique index" : "unique index on an expression";
    return add(key.name, "constraint", "checked and redrawn", what + ", tested by the server's own operators");
  }
  bool fresh = false, counted_rows = false, parents = true;
  std::vector<std::string> columns;
  for (int c : key.columns) {
    ColumnRole role = plan_.tables[table_].columns[c].role;
    fresh = fresh || role == ColumnRole::Serial || role == ColumnRole::Uuid;
    counted_rows = counted_rows || role == ColumnRole::LineNumber;
    parents = parents && role == ColumnRole::ForeignKey;
    columns.push_back(schema_.tables[table_].columns[c].name);
  }
  std::string what = (key.primary ? "primary key (" : "unique (") + joined(columns) + ")";
  if (fresh) return add(key.name, "constraint", "fresh keys", what);
  if (counted_rows) return add(key.name, "constraint", "numbered within the group", what);
  if (parents) return add(key.name, "constraint", "different parents", what + "; checked and redrawn");
  add(key.name, "constraint", "checked and redrawn", what);
}

void Explainer::notes(const std::vector<Problem> &notes, const char *kind) {
  position_ = 0;
  table_ = -1;
  for (const Problem &p : notes) add("", kind, p.message, p.detail + (p.detail.empty() || p.hint.empty() ? "" : " ") + p.hint);
}

std::vector<ExplainRow> Explainer::explain(const Problems &problems) {
  summary();
  for (int t : plan_.order) {
    table_ = t;
    ++position_;
    table();
    for (size_t i = 0; i < plan_.tables[t].fk_roles.size(); ++i) foreign_key(i);
    for (const ForeignKey &fk : schema_.implied)
      if (fk.child == t) implied(fk);
    for (size_t c = 0; c < plan_.tables[t].columns.size(); ++c) column(c);
    for (const UniqueKey &k : schema_.tables[t].keys) key(k);
    if (plan_.tables[t].role != TableRole::Learn) continue;
    for (const Check &check : schema_.tables[t].checks) add(check.name, "constraint", "checked and redrawn", check.expression);
  }
  notes(problems, "problem");
  notes(plan_.notes, "note");
  return std::move(rows_);
}

}  // namespace

std::vector<ExplainRow> explain(const Schema &schema, const Plan &plan, const Problems &problems) {
  return Explainer(schema, plan).explain(problems);
}

const char *name_of(TableRole role) {
  switch (role) {
    case TableRole::Learn: return "learn";
    case TableRole::Keep: return "keep";
    case TableRole::External: return "external";
    case TableRole::Skip: return "skip";
  }
  return "";
}

const char *name_of(FkRole role) {
  switch (role) {
    case FkRole::Driver: return "driver";
    case FkRole::Further: return "further";
    case FkRole::Self: return "self";
    case FkRole::Cut: return "cut";
  }
  return "";
}

const char *name_of(ColumnRole role) {
  switch (role) {
    case ColumnRole::Model: return "model";
    case ColumnRole::ForeignKey: return "foreign key";
    case ColumnRole::Serial: return "serial";
    case ColumnRole::LineNumber: return "line number";
    case ColumnRole::Uuid: return "uuid";
    case ColumnRole::Generated: return "generated";
  }
  return "";
}

const char *name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::None: return "none";
    case Encoding::Constant: return "constant";
    case Encoding::Number: return "number";
    case Encoding::Category: return "category";
    case Encoding::Pattern: return "pattern";
    case Encoding::Structure: return "structure";
  }
  return "";
}

}  // namespace relsynth::core
