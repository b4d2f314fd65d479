// Objects of the source schemas and the edges of pg_depend between them -> which are wanted, and the order of their creation.
#include <algorithm>
#include <functional>
#include <queue>

#include "pg/structure.h"

namespace relsynth::pg {

namespace {

const char *const no_extension = "NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.objid = x.oid AND e.deptype = 'e' AND e.classid = ";

std::string own(const std::string &catalog) { return std::string(no_extension) + "'pg_catalog." + catalog + "'::regclass)"; }

// Tables with all their partitions, wherever those stand.
void read_relations(Structure &s, const std::vector<Oid32> &tables) {
  std::string oids = "{";
  for (Oid32 t : tables) oids += (oids.size() > 1 ? "," : "") + std::to_string(t);
  oids += "}";
  auto rows = query(
      "WITH RECURSIVE p(oid, root) AS (SELECT o, o FROM unnest($1::oid[]) o"
      "  UNION SELECT i.inhrelid, p.root FROM p JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid"
      "  WHERE c.relispartition),"
      " r AS (SELECT oid, min(root::int8) AS root FROM p GROUP BY oid)"
      "SELECT c.oid, n.nspname, c.relname, c.reltype, coalesce(t.typarray, 0), rn.nspname"
      " FROM r JOIN pg_class c ON c.oid = r.oid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_type t ON t.oid = c.reltype"
      " JOIN pg_class rc ON rc.oid = r.root::oid JOIN pg_namespace rn ON rn.oid = rc.relnamespace ORDER BY 2, 3",
      {oids});
  for (const TextRow &r : rows) {
    Oid32 oid = to_oid(r[0]);
    const std::string &schema = to_string(r[1]), &name = to_string(r[2]);
    int table = s.add(Object::Table, "pg_class", oid, schema, name, "table " + name_of(schema, name));
    s.at[{"pg_type", to_oid(r[3])}] = table;
    s.at[{"pg_type", to_oid(r[4])}] = table;
    s.tables[oid].oid = oid;
    s.homes[{schema, name}] = s.is_source(schema) ? schema : to_string(r[5]);
    s.relation_names.insert({schema, name});
    for (auto [kind, catalog] :
         {std::pair{Object::Checks, "checks"}, {Object::Attach, "attach"}, {Object::Defaults, "defaults"}, {Object::Seal, "seal"}}) {
      int part = s.add(kind, catalog, oid, schema, name, "table " + name_of(schema, name));
      s.objects[part].needs.push_back(table);
    }
    s.objects[s.find("attach", oid)].needs.push_back(s.find("checks", oid));
  }
  s.at.erase({"pg_type", 0});
}

// Tables that are not copied, views, and kinds of objects that relsynth does not copy.
void read_unsupported(Structure &s) {
  auto rows = query(
      "SELECT 'pg_class', x.oid, x.reltype, coalesce(t.typarray, 0), pg_describe_object('pg_class'::regclass, x.oid, 0), x.relkind"
      "  FROM pg_class x LEFT JOIN pg_type t ON t.oid = x.reltype"
      "  WHERE x.relnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE nspname = ANY ($1::text[]))) AND x.relkind IN "
      "('r','p','f','v','m') AND x.oid NOT IN (SELECT unnest($2::oid[])) AND " +
          own("pg_class") +
          " UNION ALL SELECT 'pg_operator', x.oid, 0, 0, pg_describe_object('pg_operator'::regclass, x.oid, 0), ''"
          "  FROM pg_operator x WHERE x.oprnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE nspname = ANY ($1::text[]))) AND " +
          own("pg_operator") +
          " UNION ALL SELECT 'pg_opclass', x.oid, 0, 0, pg_describe_object('pg_opclass'::regclass, x.oid, 0), ''"
          "  FROM pg_opclass x WHERE x.opcnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE nspname = ANY ($1::text[]))) AND " +
          own("pg_opclass") +
          " UNION ALL SELECT 'pg_ts_parser', x.oid, 0, 0, pg_describe_object('pg_ts_parser'::regclass, x.oid, 0), ''"
          "  FROM pg_ts_parser x WHERE x.prsnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE nspname = ANY ($1::text[]))) AND " +
          own("pg_ts_parser") +
          " UNION ALL SELECT 'pg_ts_template', x.oid, 0, 0, pg_describe_object('pg_ts_template'::regclass, x.oid, 0), ''"
          "  FROM pg_ts_template x WHERE x.tmplnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE nspname = ANY ($1::text[]))) "
          "AND " +
          own("pg_ts_template"),
      {array_of(s.sources), s.table_oids()});
  for (const TextRow &r : rows) {
    Oid32 oid = to_oid(r[1]);
    int object = s.add(Object::Unsupported, to_string(r[0]), oid, "", "", to_string(r[4]));
    if (to_string(r[0]) != "pg_class") continue;
    s.at[{"pg_type", to_oid(r[2])}] = object;
    s.at[{"pg_type", to_oid(r[3])}] = object;
    s.left_out.insert(oid);
  }
  s.at.erase({"pg_type", 0});
}

// Sequences; those of identity columns are part of their table.
void read_sequences(Structure &s) {
  auto rows = query(
      "SELECT x.oid, n.nspname, x.relname, d.deptype, coalesce(d.refobjid, 0), a.attname"
      " FROM pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace"
      " LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = x.oid AND d.refclassid = 'pg_class'::regclass"
      "  AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')"
      " LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
      " WHERE x.relkind = 'S' AND (x.relnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE nspname = ANY ($1::text[]))) OR "
      "(d.deptype = 'i' AND d.refobjid IN (SELECT unnest($2::oid[]))))"
      " AND " +
          own("pg_class") + " ORDER BY 2, 3",
      {array_of(s.sources), s.table_oids()});
  for (const TextRow &r : rows) {
    const std::string &schema = to_string(r[1]), &name = to_string(r[2]);
    int table = s.find("pg_class", to_oid(r[4]));
    bool copied = table >= 0 && s.objects[table].kind == Object::Table;
    if (to_string(r[3]) == "i") {
      if (!copied) continue;
      s.at[{"pg_class", to_oid(r[0])}] = table;
      s.homes[{schema, name}] = s.homes[{s.objects[table].schema, s.objects[table].name}];
      s.relation_names.insert({schema, name});
      continue;
    }
    int sequence = s.add(Object::Sequence, "pg_class", to_oid(r[0]), schema, name, "sequence " + name_of(schema, name));
    if (!copied) {
      s.objects[sequence].wanted = !r[3];  // one of a table left out is wanted only if a default uses it
      continue;
    }
    s.objects[sequence].wanted = true;
    int defaults = s.find("defaults", to_oid(r[4]));
    s.objects[defaults].needs.push_back(sequence);
    s.objects[defaults].statements.push_back("ALTER SEQUENCE " + name_of(schema, name) + " OWNED BY " +
                                             name_of(s.objects[table].schema, s.objects[table].name) + "." +
                                             core::quote_identifier(to_string(r[5])));
  }
}

void read_types(Structure &s) {
  auto rows = query(
      "SELECT x.oid, n.nspname, x.typname, x.typtype, x.typarray, x.typrelid, coalesce(r.rngmultitypid, 0), coalesce(m.typarray, 0), "
      "m.typname"
      " FROM pg_type x JOIN pg_namespace n ON n.oid = x.typnamespace LEFT JOIN pg_class c ON c.oid = x.typrelid"
      " LEFT JOIN pg_range r ON r.rngtypid = x.oid LEFT JOIN pg_type m ON m.oid = r.rngmultitypid"
      " WHERE n.nspname = ANY ($1::text[]) AND (x.typtype IN ('e', 'd', 'r') OR c.relkind = 'c'"
      "  OR (x.typtype IN ('b', 'p') AND NOT EXISTS (SELECT 1 FROM pg_type el WHERE el.typarray = x.oid))) AND " +
          own("pg_type") + " ORDER BY 2, 3",
      {array_of(s.sources)});
  for (const TextRow &r : rows) {
    const std::string &kind = to_string(r[3]), &schema = to_string(r[1]), &name = to_string(r[2]);
    bool copies = kind != "b" && kind != "p";
    int type = s.add(copies ? Object::Type : Object::Unsupported, "pg_type", to_oid(r[0]), schema, name, "type " + name_of(schema, name));
    for (int alias : {4, 6, 7}) s.at[{"pg_type", to_oid(r[alias])}] = type;
    s.at[{"pg_class", to_oid(r[5])}] = type;
    if (kind == "c") s.relation_names.insert({schema, name});
    if (r[8]) s.homes[{schema, *r[8]}] = schema;  // the multirange
  }
  s.at.erase({"pg_type", 0});
  s.at.erase({"pg_class", 0});
}

// Functions; the constructors of range types are part of their type.
void read_functions(Structure &s) {
  auto rows = query(
      "SELECT x.oid, n.nspname, x.proname, x.prokind, pg_describe_object('pg_proc'::regclass, x.oid, 0), coalesce(d.refobjid, 0),"
      " CASE WHEN x.prosqlbody IS NULL AND l.lanname NOT IN ('c', 'internal') THEN x.prosrc END"
      " FROM pg_proc x JOIN pg_namespace n ON n.oid = x.pronamespace JOIN pg_language l ON l.oid = x.prolang"
      " LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = x.oid AND d.deptype = 'i' AND d.refclassid = "
      "'pg_type'::regclass"
      " WHERE n.nspname = ANY ($1::text[]) AND " +
          own("pg_proc") + " ORDER BY 2, 3, 1",
      {array_of(s.sources)});
  std::map<std::string, std::vector<int>> by_name;
  std::vector<std::pair<int, std::string>> bodies;
  for (const TextRow &r : rows) {
    int type = s.find("pg_type", to_oid(r[5]));
    if (type >= 0) {
      s.at[{"pg_proc", to_oid(r[0])}] = type;
      continue;
    }
    bool copies = to_string(r[3]) != "a";
    int f =
        s.add(copies ? Object::Function : Object::Unsupported, "pg_proc", to_oid(r[0]), to_string(r[1]), to_string(r[2]), to_string(r[4]));
    if (!copies) continue;
    by_name[to_string(r[2])].push_back(f);
    if (r[6]) bodies.emplace_back(f, *r[6]);
  }
  for (const auto &[f, body] : bodies) {
    for (const std::string &word : core::identifiers(body)) {
      auto it = by_name.find(word);
      if (it == by_name.end()) continue;
      for (int mentioned : it->second)
        if (mentioned != f) s.objects[f].mentions.push_back(mentioned);
    }
  }
}

void read_others(Structure &s) {
  struct Source {
    Object::Kind kind;
    const char *catalog, *schema, *name, *label;
  };
  for (const Source &c : {Source{Object::Collation, "pg_collation", "collnamespace", "collname", "collation "},
                          Source{Object::Dictionary, "pg_ts_dict", "dictnamespace", "dictname", "text search dictionary "},
                          Source{Object::Configuration, "pg_ts_config", "cfgnamespace", "cfgname", "text search configuration "}}) {
    auto rows = query(std::string("SELECT x.oid, n.nspname, x.") + c.name + " FROM " + c.catalog + " x JOIN pg_namespace n ON n.oid = x." +
                          c.schema + " WHERE n.nspname = ANY ($1::text[]) AND " + own(c.catalog) + " ORDER BY 2, 3, 1",
                      {array_of(s.sources)});
    for (const TextRow &r : rows)
      s.add(c.kind, c.catalog, to_oid(r[0]), to_string(r[1]), to_string(r[2]), c.label + name_of(to_string(r[1]), to_string(r[2])));
  }
}

// Defaults, constraints, indexes and statistics objects stand for the part of their table that they belong to.
void read_parts(Structure &s) {
  auto rows = query(
      "SELECT 'pg_attrdef', d.oid, CASE WHEN a.attgenerated = '' THEN 'defaults' ELSE 'pg_class' END, d.adrelid, ''"
      "  FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid IN (SELECT "
      "unnest($1::oid[]))"
      " UNION ALL SELECT 'pg_constraint', oid, CASE contype WHEN 'c' THEN 'checks' WHEN 'n' THEN 'pg_class' ELSE 'seal' END, conrelid, ''"
      "  FROM pg_constraint WHERE conrelid IN (SELECT unnest($1::oid[])) AND contype <> 'f'"
      " UNION ALL SELECT 'pg_class', indexrelid, 'seal', indrelid, '' FROM pg_index WHERE indrelid IN (SELECT unnest($1::oid[]))"
      " UNION ALL SELECT 'pg_statistic_ext', oid, 'seal', stxrelid, '' FROM pg_statistic_ext WHERE stxrelid IN (SELECT unnest($1::oid[]))"
      " UNION ALL SELECT 'pg_constraint', oid, 'domain', contypid, conname FROM pg_constraint"
      "  WHERE contype = 'c' AND contypid IN (SELECT unnest($2::oid[])) ORDER BY 1, 2",
      {s.table_oids(), s.oids(Object::Type, false)});
  for (const TextRow &r : rows) {
    if (to_string(r[2]) != "domain") {
      s.at[{to_string(r[0]), to_oid(r[1])}] = s.find(to_string(r[2]), to_oid(r[3]));
      continue;
    }
    int domain = s.find("pg_type", to_oid(r[3]));
    std::string schema = s.objects[domain].schema, name = s.objects[domain].name;
    int check = s.add(Object::DomainCheck, "pg_constraint", to_oid(r[1]), schema, name,
                      "constraint " + to_string(r[4]) + " of domain " + name_of(schema, name));
    s.objects[check].needs.push_back(domain);
    s.objects[domain].mentions.push_back(check);
  }
}

// A canonical function takes the range type that it belongs to: it gets a shell of the type first.
void read_shells(Structure &s) {
  auto rows = query(
      "SELECT rngtypid, rngcanonical::oid FROM pg_range WHERE rngtypid IN (SELECT unnest($1::oid[])) AND rngcanonical <> 0 ORDER BY 1",
      {s.oids(Object::Type, false)});
  for (const TextRow &r : rows) {
    int type = s.find("pg_type", to_oid(r[0])), function = s.find("pg_proc", to_oid(r[1]));
    if (function < 0) continue;
    std::string schema = s.objects[type].schema, name = s.objects[type].name;
    int shell = s.add(Object::Shell, "shell", to_oid(r[0]), schema, name, s.objects[type].label);
    s.objects[shell].statements.push_back("CREATE TYPE " + name_of(schema, name));
    s.objects[type].needs.push_back(shell);
    s.objects[function].needs.push_back(shell);
    for (int &n : s.objects[function].needs)
      if (n == type) n = shell;
  }
}

bool counts(const Structure &s, int from, int to, const std::string &from_catalog, const std::string &to_catalog) {
  if (from < 0 || to < 0 || from == to) return false;
  Object::Kind a = s.objects[from].kind, b = s.objects[to].kind;
  if (a == Object::Sequence || b == Object::Seal) return false;  // owned by; functions that need a key for GROUP BY
  if (a == Object::Table && from_catalog == "pg_class" && to_catalog == "pg_class") return false;  // inheritance: see read_tables
  return true;
}

void read_edges(Structure &s) {
  std::string oids = "{";
  for (const auto &[key, object] : s.at) {
    if (key.first.starts_with("pg_")) oids += (oids.size() > 1 ? "," : "") + std::to_string(key.second);
  }
  oids += "}";
  auto rows = query(
      "SELECT classid::regclass, objid, refclassid::regclass, refobjid FROM pg_depend"
      " WHERE objid IN (SELECT unnest($1::oid[])) AND refobjid >= 16384 AND deptype IN ('n', 'a', 'i') ORDER BY 1, 2, 3, 4",
      {oids});
  for (const TextRow &r : rows) {
    int from = s.find(to_string(r[0]), to_oid(r[1])), to = s.find(to_string(r[2]), to_oid(r[3]));
    if (counts(s, from, to, to_string(r[0]), to_string(r[2]))) s.objects[from].needs.push_back(to);
  }
}

// The first object that stands in the way of copying `object`, or -1.
int obstacle(const Structure &s, int object, std::vector<int8_t> &seen) {
  if (s.objects[object].kind == Object::Unsupported) return object;
  if (seen[object]) return -1;
  seen[object] = 1;
  for (int n : s.objects[object].needs) {
    int found = obstacle(s, n, seen);
    if (found >= 0) return found;
  }
  return -1;
}

bool copyable(const Structure &s, int object) {
  std::vector<int8_t> seen(s.objects.size(), 0);
  return obstacle(s, object, seen) < 0;
}

class Wanting {
 public:
  Wanting(Structure &s, core::Problems &problems) : s_(s), problems_(problems), done_(s.objects.size(), 0) {}

  void want(int object, int because) {
    Object &o = s_.objects[object];
    if (done_[object]) return;
    done_[object] = 1;
    if (o.kind == Object::Unsupported) {
      std::string by = because >= 0 ? s_.objects[because].label : "the schema";
      std::string cannot = s_.left_out.count(o.oid) && o.label.starts_with("table ") ? "cannot leave out " : "cannot copy ";
      problems_.push_back({core::sqlstate::feature_not_supported, cannot + o.label, "It is needed by " + by + ".",
                           "Exclude the tables that need it with \"exclude\" in the configuration."});
      return;
    }
    o.wanted = true;
    for (int n : std::vector<int>(o.needs)) want(n, object);
    for (int m : std::vector<int>(o.mentions))
      if (copyable(s_, m)) want(m, object);
  }

 private:
  Structure &s_;
  core::Problems &problems_;
  std::vector<int8_t> done_;
};

void choose(Structure &s, core::Problems &problems) {
  Wanting wanting(s, problems);
  int n = static_cast<int>(s.objects.size());
  for (int i = 0; i < n; ++i) {
    Object::Kind kind = s.objects[i].kind;
    bool of_table =
        kind == Object::Table || kind == Object::Checks || kind == Object::Attach || kind == Object::Defaults || kind == Object::Seal;
    if (of_table || (kind == Object::Sequence && s.objects[i].wanted)) wanting.want(i, -1);
  }
  for (int i = 0; i < n; ++i)
    if (s.objects[i].kind == Object::Type && !s.objects[i].wanted && copyable(s, i)) wanting.want(i, -1);
  for (const Object &o : s.objects)
    if (o.wanted && o.kind != Object::Table && s.is_source(o.schema)) {
      s.homes.emplace(core::QualifiedName{o.schema, o.name}, o.schema);
      if (o.kind == Object::Sequence) s.relation_names.insert({o.schema, o.name});
    }
}

}  // namespace

int Structure::add(Object::Kind kind, const std::string &catalog, Oid32 oid, const std::string &schema, const std::string &name,
                   const std::string &label) {
  Object o;
  o.kind = kind;
  o.oid = oid;
  o.schema = schema;
  o.name = name;
  o.label = label;
  objects.push_back(o);
  int position = static_cast<int>(objects.size()) - 1;
  at[{catalog, oid}] = position;
  return position;
}

std::string Structure::oids(Object::Kind kind, bool wanted) const {
  std::string out = "{";
  for (const Object &o : objects)
    if (o.kind == kind && (o.wanted || !wanted)) out += (out.size() > 1 ? "," : "") + std::to_string(o.oid);
  return out + "}";
}

std::string Structure::table_oids() const {
  std::string out = "{";
  for (const auto &[oid, table] : tables) out += (out.size() > 1 ? "," : "") + std::to_string(oid);
  return out + "}";
}

bool Structure::is_source(const std::string &schema) const { return std::find(sources.begin(), sources.end(), schema) != sources.end(); }

std::string array_of(const std::vector<std::string> &names) {
  std::string out = "{";
  for (const std::string &name : names) {
    out += out.size() > 1 ? ",\"" : "\"";
    for (char c : name) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

std::string name_of(const std::string &schema, const std::string &name) {
  return core::quote_identifier(schema) + "." + core::quote_identifier(name);
}

Structure read_structure(const core::Schema &schema, core::Problems &problems) {
  Structure s;
  s.sources = schema.names;
  std::vector<Oid32> tables;
  for (const core::Table &t : schema.tables)
    if (!t.external) tables.push_back(t.oid);
  read_relations(s, tables);
  read_unsupported(s);
  read_sequences(s);
  read_types(s);
  read_functions(s);
  read_others(s);
  read_parts(s);
  read_tables(s);
  read_edges(s);
  read_shells(s);
  choose(s, problems);
  return s;
}

std::vector<int> creation_order(const Structure &s) {
  std::vector<int> waiting(s.objects.size(), 0), order;
  std::vector<std::vector<int>> needed_by(s.objects.size());
  using Key = std::pair<int, int>;  // kind, position: both as read, so the order is the same every time
  std::priority_queue<Key, std::vector<Key>, std::greater<Key>> ready;
  size_t wanted = 0;
  for (int i = 0; i < static_cast<int>(s.objects.size()); ++i) {
    const Object &o = s.objects[i];
    if (!o.wanted) continue;
    ++wanted;
    for (int n : o.needs) {
      if (n == i || !s.objects[n].wanted) continue;
      needed_by[n].push_back(i);
      ++waiting[i];
    }
    if (waiting[i] == 0) ready.push({o.kind, i});
  }
  while (!ready.empty()) {
    int i = ready.top().second;
    ready.pop();
    order.push_back(i);
    for (int b : needed_by[i])
      if (--waiting[b] == 0) ready.push({s.objects[b].kind, b});
  }
  if (order.size() == wanted) return order;
  std::string circle;
  for (size_t i = 0; i < s.objects.size(); ++i)
    if (s.objects[i].wanted && waiting[i] > 0 && circle.find(s.objects[i].label) == std::string::npos)
      circle += (circle.empty() ? "" : ", ") + s.objects[i].label;
  throw core::Error(core::sqlstate::feature_not_supported, "definitions of the source schema depend on one another in a circle",
                    "Among: " + circle + ".");
}

}  // namespace relsynth::pg
