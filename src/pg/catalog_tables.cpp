// catalog, part 1: schema names -> logical tables with columns and resolved types.
#include <algorithm>
#include <set>

#include "pg/catalog_parts.h"
#include "pg/encoding.h"
#include "pg/guard.h"

namespace relsynth::pg {

namespace {

using core::TypeClass;

// Not tables of the user's: partitions are part of their table, and what an extension made belongs to the extension.
const char *const table_columns =
    "SELECT c.oid, n.nspname, c.relname, c.relkind,"
    " pg_catalog.has_table_privilege(c.oid, 'SELECT') OR NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid"
    "  AND a.attnum > 0 AND NOT a.attisdropped AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')),"
    " pg_catalog.has_any_column_privilege(c.oid, 'SELECT'),"
    " c.relkind <> 'p' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid),"
    " pg_catalog.row_security_active(c.oid), pg_catalog.obj_description(c.oid, 'pg_class')"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";

const char *const chosen_filter =
    " WHERE n.nspname IN (SELECT pg_catalog.unnest($1::pg_catalog.text[])) AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    "  AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e')";

Found found_of(const TextRow &row, bool external) {
  Found found;
  found.oid = to_oid(row[0]);
  found.schema = to_string(row[1]);
  found.name = to_string(row[2]);
  found.kind = to_char(row[3]);
  found.external = external;
  found.readable = is_true(row[external ? 5 : 4]);
  found.only = is_true(row[6]);
  found.row_security = is_true(row[7]);
  found.comment = to_string(row[8]);
  return found;
}

bool matches(const Found &table, const std::vector<std::string> &patterns) {
  for (const std::string &p : patterns)
    if (core::like(table.name, p) || core::like(table.schema + "." + table.name, p)) return true;
  return false;
}

// The tables of `roots` and their partitions -> the root's oid.
std::map<uint32_t, uint32_t> roots_of(const std::vector<Found> &tables) {
  std::vector<uint32_t> oids;
  for (const Found &t : tables) oids.push_back(t.oid);
  std::map<uint32_t, uint32_t> root;
  for (const TextRow &row :
       query("WITH RECURSIVE tree(root, oid) AS (SELECT o, o FROM pg_catalog.unnest($1::pg_catalog.oid[]) o UNION ALL"
             " SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid AND NOT i.inhdetachpending"
             " JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition) SELECT oid, root FROM tree",
             {oid_array(oids)}))
    root[to_oid(row[0])] = to_oid(row[1]);
  return root;
}

// Parents in other schemas that foreign keys of the chosen relations lead to, and tables that declared relationships name by their full name;
// partitions stand for their table. What the config leaves out of the chosen schemas stays out.
std::vector<Found> find_outside(const std::vector<std::string> &names, const std::map<uint32_t, uint32_t> &chosen,
                                const core::Config &config) {
  std::vector<uint32_t> oids;
  for (const auto &entry : chosen) oids.push_back(entry.first);
  std::vector<std::string> named;
  for (const core::RelationshipConfig &r : config.relationships) named.push_back(r.parent_table);
  std::string filter =
      " WHERE c.oid NOT IN (SELECT pg_catalog.unnest($1::pg_catalog.oid[])) AND ((n.nspname NOT IN (SELECT "
      "pg_catalog.unnest($3::pg_catalog.text[])) AND c.oid IN (SELECT "
      "coalesce(pg_catalog.pg_partition_root(f.confrelid), f.confrelid)"
      " FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid IN (SELECT "
      "pg_catalog.unnest($1::pg_catalog.oid[]))))"
      " OR (c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND n.nspname || '.' || c.relname IN (SELECT "
      "pg_catalog.unnest($2::pg_catalog.text[]))))";
  std::vector<Found> found;
  for (const TextRow &row : query(table_columns + filter, {oid_array(oids), text_array(named), text_array(names)}))
    found.push_back(found_of(row, true));
  return found;
}

// A type as far as columns need it.
struct Type {
  char kind = 'b', category = 'X';  // typtype, typcategory
  uint32_t base = 0;
  int32_t typmod = -1;
  bool not_null = false;
  std::string name;
  std::vector<std::string> labels;
};
using Types = std::map<uint32_t, Type>;

Types read_types(const std::string &relations) {
  Types types;
  for (const TextRow &row :
       query("WITH RECURSIVE used(oid) AS (SELECT DISTINCT atttypid FROM pg_catalog.pg_attribute WHERE attrelid IN (SELECT "
             "pg_catalog.unnest($1::pg_catalog.oid[]))"
             " AND attnum > 0 AND NOT attisdropped UNION SELECT t.typbasetype FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid"
             " WHERE t.typtype = 'd') SELECT t.oid, t.typtype, t.typcategory, t.typbasetype, t.typtypmod, t.typnotnull, t.typname,"
             " (SELECT pg_catalog.array_agg(e.enumlabel::pg_catalog.text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e"
             "  WHERE e.enumtypid = t.oid) FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid",
             {relations})) {
    Type &t = types[to_oid(row[0])];
    t.kind = to_char(row[1]);
    t.category = to_char(row[2]);
    t.base = to_oid(row[3]);
    t.typmod = to_int(row[4]);
    t.not_null = is_true(row[5]);
    t.name = to_string(row[6]);
    for (const std::string &label : parse_array(row[7])) t.labels.push_back(utf8_of(label));
  }
  return types;
}

// Built-in types that have a class of their own.
const std::map<uint32_t, TypeClass> builtin_classes = {
    {BOOLOID, TypeClass::Bool},
    {INT2OID, TypeClass::Int},
    {INT4OID, TypeClass::Int},
    {INT8OID, TypeClass::Int},
    {OIDOID, TypeClass::Int},
    {NUMERICOID, TypeClass::Numeric},
    {FLOAT4OID, TypeClass::Float},
    {FLOAT8OID, TypeClass::Float},
    {MONEYOID, TypeClass::Money},
    {DATEOID, TypeClass::Date},
    {TIMEOID, TypeClass::Time},
    {TIMETZOID, TypeClass::TimeTz},
    {TIMESTAMPOID, TypeClass::Timestamp},
    {TIMESTAMPTZOID, TypeClass::TimestampTz},
    {INTERVALOID, TypeClass::Interval},
    {TEXTOID, TypeClass::Text},
    {VARCHAROID, TypeClass::Text},
    {BPCHAROID, TypeClass::Text},
    {NAMEOID, TypeClass::Text},
    {CHAROID, TypeClass::Text},
    {UUIDOID, TypeClass::Uuid},
    {JSONOID, TypeClass::Json},
    {JSONBOID, TypeClass::Json},
    {XMLOID, TypeClass::Xml},
    {BYTEAOID, TypeClass::Bytea},
    {BITOID, TypeClass::Bit},
    {VARBITOID, TypeClass::Bit},
    {INETOID, TypeClass::Network},
    {CIDROID, TypeClass::Network},
    {MACADDROID, TypeClass::Network},
    {MACADDR8OID, TypeClass::Network},
    {POINTOID, TypeClass::Geometric},
    {LSEGOID, TypeClass::Geometric},
    {PATHOID, TypeClass::Geometric},
    {BOXOID, TypeClass::Geometric},
    {POLYGONOID, TypeClass::Geometric},
    {LINEOID, TypeClass::Geometric},
    {CIRCLEOID, TypeClass::Geometric},
    {TSVECTOROID, TypeClass::TextSearch},
    {TSQUERYOID, TypeClass::TextSearch},
};

// citext is known by its name and its binary coercibility to text's category; it lives in any schema.
bool is_citext(const Type &type) { return type.kind == 'b' && type.category == 'S' && type.name == "citext"; }

TypeClass class_of(uint32_t oid, const Type &type) {
  auto builtin = builtin_classes.find(oid);
  if (builtin != builtin_classes.end()) return builtin->second;
  switch (type.kind) {
    case 'e': return TypeClass::Enum;
    case 'r': return TypeClass::Range;
    case 'm': return TypeClass::Multirange;
    case 'c': return TypeClass::Composite;
    default: break;
  }
  if (is_citext(type)) return TypeClass::Text;
  return type.category == 'A' ? TypeClass::Array : TypeClass::Other;
}

// Follows domains to the base type: its typmod is the innermost domain's, NOT NULL holds at any level.
void resolve_type(core::Column &column, const Types &types) {
  uint32_t oid = column.type_oid;
  const Type *type = &types.at(oid);
  column.domain = type->kind == 'd';
  while (type->kind == 'd') {
    column.typmod = type->typmod;
    column.not_null = column.not_null || type->not_null;
    oid = type->base;
    type = &types.at(oid);
  }
  column.base_oid = oid;
  column.cls = class_of(oid, *type);
  column.labels = type->labels;
  column.case_insensitive = column.case_insensitive || is_citext(*type);
}

// Lengths and precision out of the type modifier, as the types' own typmodout functions read them.
void read_typmod(core::Column &column) {
  int32_t typmod = column.typmod, header = VARHDRSZ;
  column.blank_padded = column.base_oid == BPCHAROID;
  if (column.base_oid == NAMEOID) column.max_length = NAMEDATALEN - 1;
  if (column.base_oid == CHAROID) column.max_length = 1;
  if ((column.base_oid == VARCHAROID || column.base_oid == BPCHAROID) && typmod >= header) column.max_length = typmod - header;
  if ((column.base_oid == BITOID || column.base_oid == VARBITOID) && typmod >= 0) column.max_length = typmod;
  if (column.base_oid == NUMERICOID && typmod >= header) {
    column.precision = ((typmod - header) >> 16) & 0xffff;
    column.scale = (((typmod - header) & 0x7ff) ^ 1024) - 1024;
  }
}

core::Column column_of_row(const TextRow &row, const Types &types) {
  core::Column column;
  column.name = to_string(row[1]);
  column.type_name = to_string(row[2]);
  column.type_oid = to_oid(row[3]);
  column.typmod = to_int(row[4]);
  column.attnum = static_cast<int16_t>(to_int(row[5]));
  column.not_null = is_true(row[6]);
  column.identity = to_char(row[7]);
  column.generated = to_char(row[8]);
  column.has_default = is_true(row[9]) && !column.generated;
  column.serial = column.identity || is_true(row[10]);
  column.case_insensitive = is_true(row[11]);
  column.comment = to_string(row[12]);
  resolve_type(column, types);
  read_typmod(column);
  column.serial = column.serial && column.cls == TypeClass::Int;
  return column;
}

core::Table table_of(const Found &found) {
  core::Table table;
  table.schema = found.schema;
  table.name = found.name;
  table.oid = found.oid;
  table.kind = found.kind == 'p' ? core::TableKind::Partitioned : found.kind == 'f' ? core::TableKind::Foreign : core::TableKind::Plain;
  table.external = found.external;
  table.only = found.only;
  table.row_security = found.row_security;
  table.comment = found.comment;
  return table;
}

}  // namespace

FoundTables find_tables(const std::vector<std::string> &names, const core::Config &config) {
  FoundTables result;
  for (const TextRow &row : query(std::string(table_columns) + chosen_filter, {text_array(names)})) {
    Found found = found_of(row, false);
    if ((config.include.empty() || matches(found, config.include)) && !matches(found, config.exclude)) result.tables.push_back(found);
  }
  std::map<uint32_t, uint32_t> roots = roots_of(result.tables);
  for (Found &found : find_outside(names, roots, config)) result.tables.push_back(std::move(found));
  std::sort(result.tables.begin(), result.tables.end(),
            [](const Found &a, const Found &b) { return std::tie(a.external, a.schema, a.name) < std::tie(b.external, b.schema, b.name); });
  std::map<uint32_t, int> position;
  for (size_t i = 0; i < result.tables.size(); ++i) position[result.tables[i].oid] = static_cast<int>(i);
  for (const auto &[oid, root] : roots_of(result.tables)) result.logical[oid] = position.at(root);
  return result;
}

std::vector<core::Table> read_tables(const FoundTables &found) {
  std::vector<core::Table> tables;
  std::map<uint32_t, int> position;
  std::vector<uint32_t> oids;
  for (const Found &f : found.tables) {
    position[f.oid] = static_cast<int>(tables.size());
    oids.push_back(f.oid);
    tables.push_back(table_of(f));
  }
  std::string relations = oid_array(oids);
  Types types = read_types(relations);
  for (const TextRow &row :
       query("SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid, a.atttypmod, a.attnum,"
             " a.attnotnull, a.attidentity, a.attgenerated, a.atthasdef, pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%',"
             " NOT co.collisdeterministic, pg_catalog.col_description(a.attrelid, a.attnum)"
             " FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
             " LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation WHERE a.attrelid IN (SELECT "
             "pg_catalog.unnest($1::pg_catalog.oid[]))"
             " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum",
             {relations}))
    tables[position.at(to_oid(row[0]))].columns.push_back(column_of_row(row, types));
  return tables;
}

}  // namespace relsynth::pg
