// Tables of the source -> CREATE TABLE and what must follow it before rows come: settings of columns, CHECK constraints, defaults, and the
// link to parents. Partitions are made as tables of their own and attached, so that each keeps its column order.
#include <algorithm>

#include "pg/structure.h"

namespace relsynth::pg {

namespace {

std::string quote(const std::string &name) { return core::quote_identifier(name); }

std::string without_not_valid(std::string definition) {
  const std::string suffix = " NOT VALID";
  if (definition.ends_with(suffix)) definition.resize(definition.size() - suffix.size());
  return definition;
}

// "fillfactor=70" -> fillfactor='70'
std::string option(const std::string &text, const std::string &prefix) {
  size_t eq = text.find('=');
  return prefix + quote(text.substr(0, eq)) + "=" + quote_literal(eq == std::string::npos ? "true" : text.substr(eq + 1));
}

void read_table_rows(Structure &s) {
  auto rows = query(
      "SELECT c.oid, c.relkind, c.relpersistence, c.relispartition, pg_get_expr(c.relpartbound, c.oid),"
      " CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, CASE WHEN c.relkind <> 'f' THEN c.reloptions END, toast.reloptions,"
      " CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,"
      " ARRAY(SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno), c.relreplident"
      " FROM pg_class c LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid WHERE c.oid IN (SELECT unnest($1::oid[]))",
      {s.table_oids()});
  for (const TextRow &r : rows) {
    TableDefinition &t = s.tables.at(to_oid(r[0]));
    const Object &o = s.objects[s.find("pg_class", t.oid)];
    t.name = name_of(o.schema, o.name);
    t.kind = to_string(r[1])[0];
    t.unlogged = to_string(r[2]) == "u";
    t.partition = is_true(r[3]);
    t.bound = to_string(r[4]);
    t.partition_key = to_string(r[5]);
    t.options = parse_array(r[6]);
    t.toast_options = parse_array(r[7]);
    t.of_type = to_string(r[8]);
    for (const std::string &parent : parse_array(r[9]))
      if (s.tables.count(to_oid(parent))) t.parents.push_back(to_oid(parent));
    t.replica_identity = to_string(r[10]);
  }
}

std::string identity_options(const TextRow &r, size_t at) {
  return "START WITH " + to_string(r[at]) + " INCREMENT BY " + to_string(r[at + 1]) + " MINVALUE " + to_string(r[at + 2]) + " MAXVALUE " +
         to_string(r[at + 3]) + " CACHE " + to_string(r[at + 4]) + (is_true(r[at + 5]) ? " CYCLE" : " NO CYCLE");
}

TableColumn column_of(const TextRow &r) {
  TableColumn c;
  c.name = to_string(r[1]);
  c.attnum = std::stoi(*r[2]);
  c.type = to_string(r[3]);
  c.collation = to_string(r[4]);
  c.not_null = is_true(r[5]);
  c.identity = r[6] && !r[6]->empty() ? (*r[6])[0] : 0;
  c.generated = r[7] && !r[7]->empty() ? (*r[7])[0] : 0;
  c.expression = to_string(r[8]);
  c.local = is_true(r[9]);
  c.storage = to_string(r[10]);
  c.compression = to_string(r[11]);
  c.statistics = to_string(r[12]);
  c.options = parse_array(r[13]);
  c.not_null_name = to_string(r[14]);
  c.no_inherit = is_true(r[15]);
  if (r[16]) c.sequence = "SEQUENCE NAME " + name_of(*r[16], to_string(r[17])) + " " + identity_options(r, 18);
  return c;
}

void read_columns(Structure &s) {
  auto rows = query(
      "SELECT a.attrelid, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod),"
      " CASE WHEN a.attcollation <> t.typcollation THEN (SELECT quote_ident(n.nspname) || '.' || quote_ident(k.collname)"
      "   FROM pg_collation k JOIN pg_namespace n ON n.oid = k.collnamespace WHERE k.oid = a.attcollation) END,"
      " a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attislocal,"
      " CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'm' THEN 'MAIN' WHEN 'e' THEN 'EXTERNAL'"
      "   ELSE 'EXTENDED' END END,"
      " CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END, nullif(a.attstattarget, -1), a.attoptions,"
      " n.conname, n.connoinherit, sn.nspname, sc.relname, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle"
      " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
      " LEFT JOIN pg_constraint n ON n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey[1] = a.attnum"
      " LEFT JOIN (pg_depend p JOIN pg_class sc ON sc.oid = p.objid AND sc.relkind = 'S' JOIN pg_namespace sn ON sn.oid = sc.relnamespace"
      "   JOIN pg_sequence q ON q.seqrelid = sc.oid) ON p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass"
      "   AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype = 'i' AND a.attidentity <> ''"
      " WHERE a.attrelid IN (SELECT unnest($1::oid[])) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 3",
      {s.table_oids()});
  for (const TextRow &r : rows) s.tables.at(to_oid(r[0])).columns.push_back(column_of(r));
}

const TableColumn *find_column(const TableDefinition &t, const std::string &name) {
  for (const TableColumn &c : t.columns)
    if (c.name == name) return &c;
  return nullptr;
}

// Whether CREATE TABLE (own columns) INHERITS (parents) would give the columns of the source in their order.
bool same_order_by_inheritance(const Structure &s, const TableDefinition &t) {
  std::vector<std::string> order;
  auto put = [&](const std::string &name) {
    if (std::find(order.begin(), order.end(), name) == order.end()) order.push_back(name);
  };
  for (Oid32 p : t.parents)
    for (const TableColumn &c : s.tables.at(p).columns) put(c.name);
  size_t inherited = order.size();
  for (const TableColumn &c : t.columns) {
    if (!c.local && std::find(order.begin(), order.begin() + inherited, c.name) == order.begin() + inherited) return false;
    put(c.name);
  }
  if (order.size() != t.columns.size()) return false;
  for (size_t i = 0; i < order.size(); ++i)
    if (order[i] != t.columns[i].name) return false;
  return true;
}

void link_parents(Structure &s) {
  for (auto &[oid, t] : s.tables) {
    t.inherits_clause = !t.partition && !t.parents.empty() && t.of_type.empty() && same_order_by_inheritance(s, t);
    int child = s.find(t.inherits_clause ? "pg_class" : "attach", oid);
    for (Oid32 p : t.parents) s.objects[child].needs.push_back(s.find("pg_class", p));
  }
}

std::string column_clause(const TableDefinition &t, const TableColumn &c) {
  std::string out = quote(c.name);
  if (t.of_type.empty()) {
    out += " " + c.type;
    if (!c.compression.empty()) out += " COMPRESSION " + c.compression;
    if (!c.collation.empty()) out += " COLLATE " + c.collation;
  } else {
    out += " WITH OPTIONS";
  }
  if (c.not_null) {
    if (!c.not_null_name.empty()) out += " CONSTRAINT " + quote(c.not_null_name);
    out += c.no_inherit ? " NOT NULL NO INHERIT" : " NOT NULL";
  }
  if (c.generated) out += " GENERATED ALWAYS AS (" + c.expression + (c.generated == 'v' ? ") VIRTUAL" : ") STORED");
  if (c.identity && !c.sequence.empty())
    out += std::string(" GENERATED ") + (c.identity == 'a' ? "ALWAYS" : "BY DEFAULT") + " AS IDENTITY (" + c.sequence + ")";
  return out;
}

std::string with_options(const TableDefinition &t) {
  std::string out;
  for (const std::string &o : t.options) out += (out.empty() ? "" : ", ") + option(o, "");
  for (const std::string &o : t.toast_options) out += (out.empty() ? "" : ", ") + option(o, "toast.");
  return out.empty() ? "" : " WITH (" + out + ")";
}

std::string create_table(const Structure &s, const TableDefinition &t) {
  std::string out = std::string("CREATE ") + (t.unlogged ? "UNLOGGED " : "") + "TABLE " + t.name;
  std::string columns;
  for (const TableColumn &c : t.columns) {
    if (t.inherits_clause && !c.local) continue;
    if (!t.of_type.empty() && !c.not_null && !c.generated && !c.identity) continue;
    columns += (columns.empty() ? "" : ", ") + column_clause(t, c);
  }
  if (!t.of_type.empty()) out += " OF " + t.of_type;
  if (t.of_type.empty() || !columns.empty()) out += " (" + columns + ")";
  if (t.inherits_clause) {
    std::string parents;
    for (Oid32 p : t.parents) parents += (parents.empty() ? "" : ", ") + s.tables.at(p).name;
    out += " INHERITS (" + parents + ")";
  }
  if (!t.partition_key.empty()) out += " PARTITION BY " + t.partition_key;
  return out + with_options(t);
}

// Settings that CREATE TABLE has no words for, and those of inherited columns that differ from the parents'.
std::string alter_columns(const Structure &s, const TableDefinition &t) {
  std::string out;
  auto add = [&](const TableColumn &c, const std::string &action) {
    out += (out.empty() ? "" : ", ") + ("ALTER COLUMN " + quote(c.name) + " " + action);
  };
  for (const TableColumn &c : t.columns) {
    if (!c.storage.empty()) add(c, "SET STORAGE " + c.storage);
    if (!c.compression.empty() && (!t.of_type.empty() || (t.inherits_clause && !c.local))) add(c, "SET COMPRESSION " + c.compression);
    if (!c.statistics.empty()) add(c, "SET STATISTICS " + c.statistics);
    for (const std::string &o : c.options)
      if (o.starts_with("n_distinct")) add(c, "SET (" + option(o, "") + ")");
    if (!t.inherits_clause || c.local) continue;
    bool not_null = false;
    for (Oid32 p : t.parents) {
      const TableColumn *parent = find_column(s.tables.at(p), c.name);
      not_null = not_null || (parent && parent->not_null && !parent->no_inherit);
    }
    if (c.not_null != not_null) add(c, c.not_null ? "SET NOT NULL" : "DROP NOT NULL");
  }
  return out.empty() ? "" : "ALTER TABLE ONLY " + t.name + " " + out;
}

std::string alter_defaults(const TableDefinition &t) {
  std::string out;
  for (const TableColumn &c : t.columns) {
    if (c.generated || c.identity) continue;
    std::string action;
    if (!c.expression.empty())
      action = "SET DEFAULT " + c.expression;
    else if (t.inherits_clause && !c.local)
      action = "DROP DEFAULT";
    else
      continue;
    out += (out.empty() ? "" : ", ") + ("ALTER COLUMN " + quote(c.name) + " " + action);
  }
  return out.empty() ? "" : "ALTER TABLE ONLY " + t.name + " " + out;
}

void attach(Structure &s, const TableDefinition &t) {
  std::vector<std::string> &out = s.objects[s.find("attach", t.oid)].statements;
  if (t.inherits_clause) return;
  for (Oid32 p : t.parents) {
    const std::string &parent = s.tables.at(p).name;
    if (t.partition)
      out.push_back("ALTER TABLE ONLY " + parent + " ATTACH PARTITION " + t.name + " " + t.bound);
    else
      out.push_back("ALTER TABLE ONLY " + t.name + " INHERIT " + parent);
  }
}

// CHECK constraints; those that come with CREATE TABLE ... INHERITS, or will come when the parent gets its own, are not named again.
void define_checks(Structure &s) {
  auto rows = query(
      "SELECT conrelid, conname, pg_get_constraintdef(oid), conislocal OR coninhcount = 0 FROM pg_constraint"
      " WHERE contype = 'c' AND conrelid IN (SELECT unnest($1::oid[])) ORDER BY conrelid, conname",
      {s.table_oids()});
  std::map<Oid32, std::string> actions;
  for (const TextRow &r : rows) {
    Oid32 oid = to_oid(r[0]);
    if (s.tables.at(oid).inherits_clause && !is_true(r[3])) continue;
    std::string &out = actions[oid];
    out += (out.empty() ? "" : ", ") + ("ADD CONSTRAINT " + quote(to_string(r[1])) + " " + without_not_valid(to_string(r[2])));
  }
  for (const auto &[oid, text] : actions)
    s.objects[s.find("checks", oid)].statements.push_back("ALTER TABLE " + s.tables.at(oid).name + " " + text);
}

}  // namespace

void read_tables(Structure &s) {
  read_table_rows(s);
  read_columns(s);
  link_parents(s);
}

void define_tables(Structure &s) {
  for (const auto &[oid, t] : s.tables) {
    std::vector<std::string> &table = s.objects[s.find("pg_class", oid)].statements;
    table.push_back(create_table(s, t));
    std::string settings = alter_columns(s, t);
    if (!settings.empty()) table.push_back(settings);
    std::string defaults = alter_defaults(t);
    if (!defaults.empty()) s.objects[s.find("defaults", oid)].statements.push_back(defaults);
    attach(s, t);
  }
  define_checks(s);
}

}  // namespace relsynth::pg
