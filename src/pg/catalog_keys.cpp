// catalog, part 2: unique and exclusion keys, checks.
#include <algorithm>
#include <set>

#include "core/listed.h"
#include "pg/catalog_parts.h"
#include "pg/encoding.h"

namespace relsynth::pg {

namespace {

constexpr size_t most_listed = 250;  // codes of a category

std::map<uint32_t, int> positions(const core::Schema &schema) {
  std::map<uint32_t, int> position;
  for (size_t i = 0; i < schema.tables.size(); ++i) position[schema.tables[i].oid] = static_cast<int>(i);
  return position;
}

std::string tables_array(const core::Schema &schema) {
  std::vector<uint32_t> oids;
  for (const core::Table &t : schema.tables) oids.push_back(t.oid);
  return oid_array(oids);
}

void read_own_keys(core::Schema &schema) {
  std::map<uint32_t, int> position = positions(schema);
  // An index that is not valid proves nothing: it is one that failed to build, or one of a partitioned table that partitions lack.
  for (const TextRow &row : query(
           "SELECT i.indrelid, c.relname, i.indisprimary, i.indnullsnotdistinct, i.indpred IS NOT NULL, i.indisexclusion,"
           " i.indnkeyatts, i.indkey::pg_catalog.text FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
           " WHERE i.indrelid IN (SELECT pg_catalog.unnest($1::pg_catalog.oid[])) AND (i.indisunique OR i.indisexclusion) AND i.indisvalid",
           {tables_array(schema)})) {
    core::Table &table = schema.tables[position.at(to_oid(row[0]))];
    core::UniqueKey key;
    key.name = to_string(row[1]);
    key.primary = is_true(row[2]);
    key.nulls_not_distinct = is_true(row[3]);
    key.partial = is_true(row[4]);
    key.exclusion = is_true(row[5]);
    std::vector<int> attnums = parse_int_vector(row[7]);
    attnums.resize(to_int(row[6]));  // INCLUDE columns follow
    for (int attnum : attnums) key.columns.push_back(column_of(table, attnum));
    table.keys.push_back(std::move(key));
  }
}

bool covers(const std::vector<int> &columns, const core::UniqueKey &key) {
  if (!key.plain()) return false;
  for (int c : key.columns)
    if (std::find(columns.begin(), columns.end(), c) == columns.end()) return false;
  return true;
}

bool has_duplicates(const core::Table &table, const core::UniqueKey &key) {
  std::string columns, not_null;
  for (int c : key.columns) {
    std::string name = quote_name(table.columns[c].name);
    columns += (columns.empty() ? "" : ", ") + name;
    not_null += (not_null.empty() ? "" : " AND ") + name + " IS NOT NULL";
  }
  return !query("SELECT 1 FROM " + from_clause(table) + " WHERE " + not_null + " GROUP BY " + columns + " HAVING count(*) > 1 LIMIT 1")
              .empty();
}

// Keys that partitions have of their own, a primary key without the partition column, say. Values usually are unique over all partitions
// then, and the key is taken as the table's. Where they are not, it counts as partial: each partition's affair.
void lift_partition_keys(core::Schema &schema, const FoundTables &found) {
  std::vector<uint32_t> partitions;
  for (const auto &[oid, index] : found.logical)
    if (oid != schema.tables[index].oid) partitions.push_back(oid);
  if (partitions.empty()) return;
  for (const TextRow &row :
       query("SELECT i.indrelid, c.relname, i.indisprimary, i.indnullsnotdistinct, (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text"
             " ORDER BY k.n) FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY k(attnum, n)"
             " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.n <= i.indnkeyatts)"
             " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
             " WHERE i.indrelid IN (SELECT pg_catalog.unnest($1::pg_catalog.oid[])) AND i.indisunique AND i.indisvalid AND NOT "
             "i.indisexclusion"
             " AND NOT c.relispartition AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY c.relname, i.indrelid",
             {oid_array(partitions)})) {
    core::Table &table = schema.tables[found.logical.at(to_oid(row[0]))];
    core::UniqueKey key;
    key.name = to_string(row[1]);
    key.primary = is_true(row[2]) && std::none_of(table.keys.begin(), table.keys.end(), [](const auto &k) { return k.primary; });
    key.nulls_not_distinct = is_true(row[3]);
    for (const std::string &name : parse_array(row[4])) key.columns.push_back(table.column_index(name));
    for (int c : key.columns) key.primary = key.primary && table.columns[c].not_null;
    bool known = std::any_of(table.keys.begin(), table.keys.end(),
                             [&](const auto &k) { return covers(key.columns, k) || (k.partial && k.columns == key.columns); });
    if (known || table.external) continue;
    if (has_duplicates(table, key)) key.primary = false, key.partial = true;
    table.keys.push_back(std::move(key));
  }
}

}  // namespace

void read_keys(core::Schema &schema, const FoundTables &found) {
  read_own_keys(schema);
  lift_partition_keys(schema, found);
  for (core::Table &table : schema.tables)
    std::sort(table.keys.begin(), table.keys.end(),
              [](const core::UniqueKey &a, const core::UniqueKey &b) { return a.primary != b.primary ? a.primary : a.name < b.name; });
}

// Texts that a check or a domain lists: the schema's, whoever the rows are about.
void read_listed(core::Schema &schema) {
  auto list = [](core::Column &column, const std::string &expression) {
    if (column.cls != core::TypeClass::Text || column.case_insensitive) return;
    std::vector<std::string> texts = core::listed_texts(utf8_of(expression));
    if (texts.size() <= most_listed && column.labels.empty()) column.labels = std::move(texts);
  };
  std::vector<uint32_t> domains;
  for (core::Table &table : schema.tables) {
    for (const core::Check &check : table.checks)
      if (check.columns.size() == 1) list(table.columns[check.columns[0]], check.expression);
    for (const core::Column &column : table.columns)
      if (column.domain && column.cls == core::TypeClass::Text) domains.push_back(column.type_oid);
  }
  if (domains.empty()) return;
  for (const TextRow &row : query("SELECT contypid, pg_catalog.pg_get_expr(conbin, 0) FROM pg_catalog.pg_constraint WHERE contype = 'c'"
                                  " AND contypid IN (SELECT pg_catalog.unnest($1::pg_catalog.oid[])) ORDER BY contypid, conname",
                                  {oid_array(domains)}))
    for (core::Table &table : schema.tables)
      for (core::Column &column : table.columns)
        if (column.type_oid == to_oid(row[0])) list(column, to_string(row[1]));
}

void read_checks(core::Schema &schema) {
  std::map<uint32_t, int> position = positions(schema);
  // NOT ENFORCED (from version 18 on) promises nothing, so that no row breaks it: validated.
  for (const TextRow &row : query("SELECT conrelid, conname, conkey::pg_catalog.text, pg_catalog.pg_get_expr(conbin, conrelid),"
                                  " convalidated OR pg_catalog.to_jsonb(con) ->> 'conenforced' = 'false' FROM pg_catalog.pg_constraint con"
                                  " WHERE contype = 'c' AND conrelid IN (SELECT pg_catalog.unnest($1::pg_catalog.oid[]))",
                                  {tables_array(schema)})) {
    core::Table &table = schema.tables[position.at(to_oid(row[0]))];
    if (table.external) continue;
    core::Check check;
    check.name = to_string(row[1]);
    for (int attnum : parse_int_vector(row[2])) {
      int column = column_of(table, attnum);
      if (column >= 0) check.columns.push_back(column);
    }
    check.expression = to_string(row[3]);
    check.validated = is_true(row[4]);
    table.checks.push_back(std::move(check));
  }
  read_listed(schema);
  for (core::Table &table : schema.tables)
    std::sort(table.checks.begin(), table.checks.end(), [](const auto &a, const auto &b) { return a.name < b.name; });
}

}  // namespace relsynth::pg
