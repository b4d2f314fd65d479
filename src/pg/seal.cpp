// What comes after the load: constraints and indexes, marks on them, statistics objects, foreign keys.
#include <algorithm>

#include "pg/structure.h"

namespace relsynth::pg {

namespace {

using Statements = std::vector<core::Statement>;

std::string quote(const std::string &name) { return core::quote_identifier(name); }

struct Index {
  Oid32 oid = 0, table = 0, parent = 0;
  std::string schema, name, definition, constraint;
  std::vector<std::string> options;
  bool clustered = false, replica_identity = false;
};

// A statement with the name of the index in the target between two texts.
core::Statement with_name(const std::string &before, const Index &i, const std::string &after) {
  return {before + after, core::Statement::Kind::Plain, {i.schema, i.name}, before.size()};
}

std::vector<Index> read_indexes(const Structure &s) {
  auto rows = query(
      "SELECT i.indexrelid, i.indrelid, coalesce(h.inhparent, 0), n.nspname, c.relname, pg_get_indexdef(i.indexrelid),"
      " pg_get_constraintdef(k.oid), c.reloptions, i.indisclustered, i.indisreplident AND t.relreplident = 'i'"
      " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = "
      "c.relnamespace"
      " LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid"
      " LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')"
      " WHERE i.indrelid IN (SELECT unnest($1::oid[])) ORDER BY i.indisprimary DESC, k.oid IS NULL, i.indisunique DESC, 4, 5",
      {s.table_oids()});
  std::vector<Index> out;
  for (const TextRow &r : rows) {
    Index i;
    i.oid = to_oid(r[0]);
    i.table = to_oid(r[1]);
    i.parent = to_oid(r[2]);
    i.schema = to_string(r[3]);
    i.name = to_string(r[4]);
    i.definition = to_string(r[5]);
    i.constraint = to_string(r[6]);
    i.options = parse_array(r[7]);
    i.clustered = is_true(r[8]);
    i.replica_identity = is_true(r[9]);
    out.push_back(i);
  }
  return out;
}

// Depth below the top of the partition tree: partitions are attached from the bottom up.
int depth(const Structure &s, Oid32 table) {
  int d = 0;
  for (const TableDefinition *t = &s.tables.at(table); t->partition && !t->parents.empty(); t = &s.tables.at(t->parents[0])) ++d;
  return d;
}

core::Statement create_index(const Structure &s, const Index &i) {
  const TableDefinition &t = s.tables.at(i.table);
  if (!i.constraint.empty()) return with_name("ALTER TABLE ONLY " + t.name + " ADD CONSTRAINT ", i, " " + i.constraint);
  size_t at = i.definition.find(" INDEX ") + 7;
  size_t end = i.definition.find(" ON ", at + (i.definition[at] == '"' ? i.name.size() : 0));
  return with_name(i.definition.substr(0, at), i, i.definition.substr(end));
}

std::string index_options(const Index &i) {
  std::string out;
  for (const std::string &o : i.options) {
    size_t eq = o.find('=');
    out += (out.empty() ? "" : ", ") + quote(o.substr(0, eq)) + "=" + quote_literal(eq == std::string::npos ? "true" : o.substr(eq + 1));
  }
  return out;
}

void add_index(const Structure &s, const Index &i, Statements &out) {
  const TableDefinition &t = s.tables.at(i.table);
  out.push_back(create_index(s, i));
  if (!i.constraint.empty() && !i.options.empty())
    out.push_back({"ALTER INDEX " + name_of(i.schema, i.name) + " SET (" + index_options(i) + ")"});
  if (i.clustered && t.kind != 'p') out.push_back(with_name("ALTER TABLE ONLY " + t.name + " CLUSTER ON ", i, ""));
  if (i.replica_identity) out.push_back(with_name("ALTER TABLE ONLY " + t.name + " REPLICA IDENTITY USING INDEX ", i, ""));
}

void add_indexes(const Structure &s, std::vector<core::Definition::Index> &names, Statements &out) {
  std::vector<Index> indexes = read_indexes(s);
  std::map<Oid32, const Index *> by_oid;
  for (const Index &i : indexes) {
    const Object &table = s.objects[s.find("pg_class", i.table)];
    names.push_back({{i.schema, i.name}, s.homes.at({table.schema, table.name})});
    by_oid[i.oid] = &i;
  }
  std::vector<std::pair<int, std::string>> attachments;
  for (const Index &i : indexes) {
    add_index(s, i, out);
    auto parent = by_oid.find(i.parent);
    if (parent == by_oid.end()) continue;
    attachments.emplace_back(-depth(s, i.table), "ALTER INDEX " + name_of(parent->second->schema, parent->second->name) +
                                                     " ATTACH PARTITION " + name_of(i.schema, i.name));
  }
  std::stable_sort(attachments.begin(), attachments.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
  for (const auto &[d, sql] : attachments) out.push_back({sql});
}

void add_column_statistics(const Structure &s, Statements &out) {
  auto rows = query(
      "SELECT n.nspname, c.relname, a.attnum, a.attstattarget FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
      " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = i.indexrelid"
      " WHERE i.indrelid IN (SELECT unnest($1::oid[])) AND a.attstattarget >= 0 AND a.attnum <= i.indnkeyatts AND i.indkey[a.attnum - 1] = "
      "0 ORDER BY "
      "1, 2, 3",
      {s.table_oids()});
  for (const TextRow &r : rows)
    out.push_back({"ALTER INDEX " + name_of(to_string(r[0]), to_string(r[1])) + " ALTER COLUMN " + to_string(r[2]) + " SET STATISTICS " +
                   to_string(r[3])});
  for (const auto &[oid, t] : s.tables) {
    if (t.replica_identity == "f") out.push_back({"ALTER TABLE ONLY " + t.name + " REPLICA IDENTITY FULL"});
    if (t.replica_identity == "n") out.push_back({"ALTER TABLE ONLY " + t.name + " REPLICA IDENTITY NOTHING"});
  }
}

void add_statistics_objects(Structure &s, Statements &out) {
  auto rows = query(
      "SELECT n.nspname, x.stxname, pg_get_statisticsobjdef(x.oid), nullif(x.stxstattarget, -1), tn.nspname, t.relname"
      " FROM pg_statistic_ext x JOIN pg_namespace n ON n.oid = x.stxnamespace JOIN pg_class t ON t.oid = x.stxrelid"
      " JOIN pg_namespace tn ON tn.oid = t.relnamespace WHERE x.stxrelid IN (SELECT unnest($1::oid[])) ORDER BY 1, 2",
      {s.table_oids()});
  for (const TextRow &r : rows) {
    core::QualifiedName name{to_string(r[0]), to_string(r[1])};
    s.homes.emplace(name, s.homes.at({to_string(r[4]), to_string(r[5])}));
    out.push_back({to_string(r[2])});
    if (r[3]) out.push_back({"ALTER STATISTICS " + name_of(name.first, name.second) + " SET STATISTICS " + *r[3]});
  }
}

// Foreign keys. Those of partitions come with their table's, unless they have names of their own: then they are made first, and the
// table's finds and adopts them.
void add_foreign_keys(const Structure &s, Statements &out) {
  auto rows = query(
      "SELECT k.conrelid, k.conname, pg_get_constraintdef(k.oid), k.confrelid, coalesce(p.conrelid, 0), p.conname"
      " FROM pg_constraint k LEFT JOIN pg_constraint p ON p.oid = k.conparentid"
      " WHERE k.contype = 'f' AND k.conrelid IN (SELECT unnest($1::oid[])) AND p.conrelid IS DISTINCT FROM k.conrelid ORDER BY 1, 2",
      {s.table_oids()});
  std::vector<std::pair<int, std::string>> keys;
  for (const TextRow &r : rows) {
    Oid32 table = to_oid(r[0]), parent_table = to_oid(r[4]);
    if (s.left_out.count(to_oid(r[3]))) continue;
    bool inherited = s.tables.count(parent_table) > 0;
    if (inherited && to_string(r[5]) == to_string(r[1])) continue;
    std::string definition = to_string(r[2]);
    if (definition.ends_with(" NOT VALID")) definition.resize(definition.size() - 10);
    const TableDefinition &t = s.tables.at(table);
    keys.emplace_back(-depth(s, table), "ALTER TABLE " + t.name + " ADD CONSTRAINT " + quote(to_string(r[1])) + " " + definition);
  }
  std::stable_sort(keys.begin(), keys.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
  for (const auto &[d, sql] : keys) out.push_back({sql});
}

}  // namespace

std::vector<core::Statement> seal_statements(Structure &s, std::vector<core::Definition::Index> &indexes) {
  Statements out;
  add_indexes(s, indexes, out);
  add_column_statistics(s, out);
  add_statistics_objects(s, out);
  for (const auto &[oid, t] : s.tables)
    if (!t.partition || t.parents.empty())
      out.push_back({"ANALYZE " + t.name});  // takes the partitions too, and lets foreign keys be checked with good plans
  add_foreign_keys(s, out);
  for (core::Statement &comment : comment_statements(s)) out.push_back(std::move(comment));
  return out;
}

}  // namespace relsynth::pg
