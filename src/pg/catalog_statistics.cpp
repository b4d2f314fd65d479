// catalog, part 4: row estimates and numbers of distinct values; and the small helpers that the parts share.
#include <algorithm>

#include "core/data.h"

#include "pg/catalog_parts.h"
#include "pg/guard.h"

namespace relsynth::pg {

namespace {

constexpr double small_pages = 2000;  // up to here rows are counted when nobody has analyzed the table

// One relation with storage, or a foreign table.
struct Storage {
  bool foreign = false;
  double rows = 0, analyzed_pages = 0, pages = 0;
  bool known() const { return foreign ? rows > 0 : pages == 0 || (rows > 0 && analyzed_pages > 0); }
  // As the planner does: the density seen by ANALYZE times the pages of today.
  double estimate() const { return foreign || pages == 0 ? rows : rows / analyzed_pages * pages; }
};

std::vector<std::vector<Storage>> read_storage(const FoundTables &found) {
  std::vector<std::vector<Storage>> storage(found.tables.size());
  for (const TextRow &row :
       query("SELECT oid, relkind, reltuples, relpages, CASE relkind WHEN 'f' THEN 0 ELSE pg_catalog.pg_relation_size(oid)::float8"
             " / pg_catalog.current_setting('block_size')::float8 END FROM pg_catalog.pg_class"
             " WHERE oid IN (SELECT pg_catalog.unnest($1::pg_catalog.oid[])) AND relkind <> 'p'",
             {oid_array(found.relations())})) {
    Storage s;
    s.foreign = to_char(row[1]) == 'f';
    s.analyzed_pages = to_double(row[3]);
    s.pages = to_double(row[4]);
    s.rows = s.foreign || s.pages > 0 ? std::max(0.0, to_double(row[2])) : 0;
    storage[found.logical.at(to_oid(row[0]))].push_back(s);
  }
  return storage;
}

// Bytes of a row by its types, as far as types tell.
double guess_width(const core::Table &table) {
  double width = 28;  // tuple header and line pointer
  for (const core::Column &c : table.columns) width += core::repr_of(c.cls) == core::Repr::Text ? 32 : 8;
  return width;
}

double estimate_rows(const core::Table &table, const std::vector<Storage> &storage) {
  double rows = 0, pages = 0;
  bool known = true, foreign = false;
  for (const Storage &s : storage) {
    known = known && s.known();
    foreign = foreign || (s.foreign && !s.known());
    pages += s.pages;
    rows += s.known() ? s.estimate() : s.pages * (BLCKSZ - 24) / guess_width(table);
  }
  if (known || (pages >= small_pages && !foreign)) return rows;
  return to_double(query("SELECT count(*) FROM " + from_clause(table)).at(0).at(0));
}

void read_distinct(core::Schema &schema) {
  std::map<std::pair<std::string, std::string>, core::Table *> tables;
  std::vector<std::string> schemas;
  for (core::Table &table : schema.tables) {
    tables[{table.schema, table.name}] = &table;
    if (std::find(schemas.begin(), schemas.end(), table.schema) == schemas.end()) schemas.push_back(table.schema);
  }
  for (const TextRow &row : query("SELECT schemaname, tablename, attname, inherited, n_distinct FROM pg_catalog.pg_stats"
                                  " WHERE schemaname IN (SELECT pg_catalog.unnest($1::pg_catalog.text[]))",
                                  {text_array(schemas)})) {
    auto found = tables.find({to_string(row[0]), to_string(row[1])});
    if (found == tables.end() || is_true(row[3]) != (found->second->kind == core::TableKind::Partitioned)) continue;
    int c = found->second->column_index(to_string(row[2]));
    if (c >= 0) found->second->columns[c].distinct = to_double(row[4]);
  }
}

}  // namespace

std::vector<uint32_t> FoundTables::relations() const {
  std::vector<uint32_t> oids;
  for (const auto &entry : logical) oids.push_back(entry.first);
  return oids;
}

std::string oid_array(const std::vector<uint32_t> &oids) {
  std::string out = "{";
  for (uint32_t oid : oids) out += (out.size() > 1 ? "," : "") + std::to_string(oid);
  return out + "}";
}

std::string text_array(const std::vector<std::string> &texts) {
  std::string out = "{";
  for (const std::string &text : texts) {
    out += out.size() > 1 ? ",\"" : "\"";
    for (char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

std::string from_clause(const core::Table &table) { return (table.only ? "ONLY " : "") + quote_name(table.schema, table.name); }

int column_of(const core::Table &table, int attnum) {
  for (size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].attnum == attnum) return static_cast<int>(c);
  return -1;
}

std::string list_names(const std::vector<std::string> &names) {
  std::string out;
  for (const std::string &name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

void read_statistics(core::Schema &schema, const FoundTables &found) {
  std::vector<std::vector<Storage>> storage = read_storage(found);
  for (size_t t = 0; t < schema.tables.size(); ++t) schema.tables[t].estimated_rows = estimate_rows(schema.tables[t], storage[t]);
  read_distinct(schema);
}

}  // namespace relsynth::pg
