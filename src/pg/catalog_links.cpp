// catalog, part 3: foreign keys, from pg_constraint and from config "relationships".
#include <algorithm>
#include <set>

#include "core/implied.h"
#include "pg/catalog_parts.h"

namespace relsynth::pg {

namespace {

namespace state = core::sqlstate;

std::string describe(const core::Schema &schema, const core::ForeignKey &fk) {
  return "foreign key \"" + fk.name + "\" of table \"" + schema.tables[fk.child].qualified() + "\"";
}

// Same child columns to the same parent columns, in whatever order they are written.
std::vector<std::pair<int, int>> pairs(const core::ForeignKey &fk) {
  std::vector<std::pair<int, int>> out;
  for (size_t i = 0; i < fk.child_columns.size(); ++i) out.emplace_back(fk.child_columns[i], fk.parent_columns[i]);
  std::sort(out.begin(), out.end());
  return out;
}

bool same_link(const core::ForeignKey &a, const core::ForeignKey &b) {
  return a.child == b.child && a.parent == b.parent && a.only_to == b.only_to && pairs(a) == pairs(b);
}

// Columns by name: attribute numbers differ between partitions.
bool name_columns(const core::Table &table, const std::vector<std::string> &names, std::vector<int> &columns) {
  for (const std::string &name : names) {
    int c = table.column_index(name);
    if (c < 0) return false;
    columns.push_back(c);
  }
  return !columns.empty();
}

core::ForeignKey foreign_key_of(core::Schema &schema, const FoundTables &found, const TextRow &row) {
  core::ForeignKey fk;
  auto child = found.logical.find(to_oid(row[1])), parent = found.logical.find(to_oid(row[2]));
  if (child == found.logical.end()) return fk;
  if (parent == found.logical.end()) {
    schema.lost.push_back({to_string(row[0]), to_string(row[10]), child->second});
    return fk;
  }
  fk.child = child->second;
  fk.parent = parent->second;
  fk.name = to_string(row[0]);
  fk.match_full = to_char(row[3]) == 'f';
  fk.deferrable = is_true(row[4]);
  fk.on_delete = to_char(row[5]);
  fk.validated = is_true(row[6]);
  if (schema.tables[fk.child].oid != to_oid(row[1])) fk.only_in = to_string(row[11]);
  if (schema.tables[fk.parent].oid != to_oid(row[2])) fk.only_to = {to_string(row[12]), to_string(row[13])};
  if (!name_columns(schema.tables[fk.child], parse_array(row[7]), fk.child_columns) ||
      !name_columns(schema.tables[fk.parent], parse_array(row[8]), fk.parent_columns))
    fk.child = -1;
  return fk;
}

// Rows of a constraint's copies on partitions carry conparentid and are left out; what a partition has of its own is lifted to its table.
std::vector<TextRow> constraint_rows(const core::Schema &schema, const FoundTables &found) {
  std::vector<uint32_t> relations;
  for (const auto &[oid, index] : found.logical)
    if (!schema.tables[index].external) relations.push_back(oid);
  return query(
      "SELECT conname, conrelid, confrelid, confmatchtype, condeferrable, confdeltype,"
      " convalidated OR pg_catalog.to_jsonb(con) ->> 'conenforced' = 'false',"
      " (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY k.n) FROM pg_catalog.unnest(conkey) WITH ORDINALITY k(attnum, n)"
      "  JOIN pg_catalog.pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.attnum),"
      " (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY k.n) FROM pg_catalog.unnest(confkey) WITH ORDINALITY k(attnum, n)"
      "  JOIN pg_catalog.pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.attnum),"
      " pg_catalog.to_jsonb(con) ->> 'conperiod' = 'true', confrelid::pg_catalog.regclass::pg_catalog.text,"
      " conrelid::pg_catalog.regclass::pg_catalog.text, (SELECT nspname FROM pg_catalog.pg_namespace n WHERE n.oid = p.relnamespace), "
      "p.relname"
      " FROM pg_catalog.pg_constraint con JOIN pg_catalog.pg_class c ON c.oid = conrelid JOIN pg_catalog.pg_class p ON p.oid = confrelid"
      " WHERE contype = 'f' AND conparentid = 0 AND conrelid IN (SELECT pg_catalog.unnest($1::pg_catalog.oid[])) ORDER BY "
      "c.relispartition, conname, con.conrelid",
      {oid_array(relations)});
}

bool known(const core::Schema &schema, const core::ForeignKey &fk) {
  return std::any_of(schema.foreign_keys.begin(), schema.foreign_keys.end(), [&](const auto &k) { return same_link(k, fk); });
}

// A name that no other foreign key of the table has: those of partitions may repeat, declared ones have none.
std::string free_name(const core::Schema &schema, int child, const std::string &wish) {
  std::string name = wish;
  auto taken = [&](const auto &k) { return k.child == child && k.name == name; };
  for (int n = 1; std::any_of(schema.foreign_keys.begin(), schema.foreign_keys.end(), taken); ++n) name = wish + std::to_string(n);
  return name;
}

void read_constraints(core::Schema &schema, const FoundTables &found, core::Problems &problems) {
  for (const TextRow &row : constraint_rows(schema, found)) {
    core::ForeignKey fk = foreign_key_of(schema, found, row);
    if (fk.child < 0) continue;
    if (is_true(row[9])) {
      problems.push_back({state::feature_not_supported, describe(schema, fk) + " is temporal", "Keys with PERIOD are not supported.",
                          "Exclude one of its tables."});
      continue;
    }
    if (known(schema, fk)) continue;
    fk.name = free_name(schema, fk.child, fk.name);
    schema.foreign_keys.push_back(std::move(fk));
  }
}

// Classes whose values can be compared across types.
int comparison_group(core::TypeClass cls) {
  if (cls == core::TypeClass::Numeric || cls == core::TypeClass::Float) return static_cast<int>(core::TypeClass::Int);
  return static_cast<int>(cls);
}

bool unique_columns(const core::Table &table, std::vector<int> columns) {
  std::sort(columns.begin(), columns.end());
  return std::any_of(table.keys.begin(), table.keys.end(), [&](const core::UniqueKey &key) {
    std::vector<int> of_key = key.columns;
    std::sort(of_key.begin(), of_key.end());
    return key.plain() && of_key == columns;
  });
}

int declared_table(const core::Schema &schema, const std::string &name, core::Problems &problems) {
  int t = core::find_table(schema, name);
  if (t >= 0) return t;
  std::vector<std::string> names;
  for (const core::Table &table : schema.tables) names.push_back(table.name);
  std::string near = core::nearest(name, names);
  problems.push_back({state::undefined_table,
                      "relationship names table \"" + name + (t == -1 ? "\", which does not exist" : "\", which is ambiguous"),
                      {},
                      t == -2        ? "Write schema.table."
                      : near.empty() ? ""
                                     : "Perhaps you meant \"" + near + "\"."});
  return -1;
}

bool declared_columns(const core::Table &table, const std::vector<std::string> &names, std::vector<int> &columns,
                      core::Problems &problems) {
  size_t before = problems.size();
  std::vector<std::string> candidates;
  for (const core::Column &c : table.columns) candidates.push_back(c.name);
  for (const std::string &name : names) {
    columns.push_back(table.column_index(name));
    if (columns.back() >= 0) continue;
    std::string near = core::nearest(name, candidates);
    problems.push_back({state::undefined_column,
                        "relationship names column \"" + name + "\", which table \"" + table.qualified() + "\" lacks",
                        {},
                        near.empty() ? "" : "Perhaps you meant \"" + near + "\"."});
  }
  return problems.size() == before;
}

// What the server would ask of a foreign key.
void check_declared(const core::Schema &schema, const core::ForeignKey &fk, core::Problems &problems) {
  const core::Table &child = schema.tables[fk.child], &parent = schema.tables[fk.parent];
  std::string link = "relationship from \"" + child.qualified() + "\" to \"" + parent.qualified() + "\"";
  if (fk.child_columns.size() != fk.parent_columns.size() || fk.child_columns.empty()) {
    problems.push_back({state::invalid_parameter_value, link + " needs as many columns on both sides", {}, {}});
    return;
  }
  for (size_t i = 0; i < fk.child_columns.size(); ++i) {
    const core::Column &a = child.columns[fk.child_columns[i]], &b = parent.columns[fk.parent_columns[i]];
    if (comparison_group(a.cls) == comparison_group(b.cls) && (a.cls != core::TypeClass::Other || a.base_oid == b.base_oid)) continue;
    problems.push_back({state::invalid_parameter_value,
                        link + " compares columns of different types",
                        "Column \"" + a.name + "\" is of type " + a.type_name + ", \"" + b.name + "\" of type " + b.type_name + ".",
                        {}});
  }
  if (!unique_columns(parent, fk.parent_columns))
    problems.push_back({state::invalid_parameter_value,
                        link + " leads to columns without a unique key",
                        {},
                        "Create a unique index on the columns of \"" + parent.qualified() + "\" that are referenced."});
}

void declare(core::Schema &schema, const core::RelationshipConfig &config, core::Problems &problems) {
  size_t before = problems.size();
  core::ForeignKey fk;
  fk.declared = true;
  fk.child = declared_table(schema, config.child_table, problems);
  fk.parent = declared_table(schema, config.parent_table, problems);
  if (fk.child < 0 || fk.parent < 0) return;
  if (schema.tables[fk.child].external) {
    problems.push_back(
        {state::invalid_parameter_value, "relationship starts at table \"" + config.child_table + "\", which is not chosen", {}, {}});
    return;
  }
  bool named = declared_columns(schema.tables[fk.child], config.child_columns, fk.child_columns, problems);
  named = declared_columns(schema.tables[fk.parent], config.parent_columns, fk.parent_columns, problems) && named;
  if (named) check_declared(schema, fk, problems);
  if (problems.size() > before || known(schema, fk)) return;
  std::string wish = schema.tables[fk.child].name;
  for (const std::string &c : config.child_columns) wish += "_" + c;
  fk.name = free_name(schema, fk.child, wish + "_fkey");
  schema.foreign_keys.push_back(std::move(fk));
}

void check_outside(const core::Schema &schema, core::Problems &problems) {
  for (const core::ForeignKey &fk : schema.foreign_keys) {
    const core::Table &parent = schema.tables[fk.parent];
    if (!parent.external) continue;
    problems.push_back(
        {state::feature_not_supported,
         describe(schema, fk) + " leads to table \"" + parent.qualified() + "\", which is not among the chosen tables",
         {},
         "Add the table, exclude \"" + schema.tables[fk.child].name + "\", or set \"outside\": \"reference\" in the config."});
  }
}

}  // namespace

void read_foreign_keys(core::Schema &schema, const FoundTables &found, const core::Config &config, core::Problems &problems) {
  read_constraints(schema, found, problems);
  for (const core::RelationshipConfig &relationship : config.relationships) declare(schema, relationship, problems);
  if (!config.reference_outside) check_outside(schema, problems);
  for (core::ForeignKey &fk : schema.foreign_keys) {
    const core::Table &child = schema.tables[fk.child];
    fk.nullable = std::any_of(fk.child_columns.begin(), fk.child_columns.end(), [&](int c) { return !child.columns[c].not_null; });
  }
  core::set_aside_implied(schema);
  std::sort(schema.foreign_keys.begin(), schema.foreign_keys.end(),
            [](const auto &a, const auto &b) { return std::tie(a.child, a.name) < std::tie(b.child, b.name); });
  for (size_t i = 0; i < schema.foreign_keys.size(); ++i)
    schema.tables[schema.foreign_keys[i].child].foreign_keys.push_back(static_cast<int>(i));
}

}  // namespace relsynth::pg
