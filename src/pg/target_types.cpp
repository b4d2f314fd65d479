// Types, functions, sequences, collations and text search objects of the source -> the commands that make them.
#include <algorithm>

#include "pg/structure.h"

namespace relsynth::pg {

namespace {

std::string quote(const std::string &name) { return core::quote_identifier(name); }

std::string object_name(const Object &o) { return name_of(o.schema, o.name); }

Object &object(Structure &s, const std::string &catalog, const Text &oid) { return s.objects[s.find(catalog, to_oid(oid))]; }

void define_enums(Structure &s, const std::string &types) {
  auto rows = query(
      "SELECT t.oid, coalesce((SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = "
      "t.oid), '')"
      " FROM pg_type t WHERE t.typtype = 'e' AND t.oid IN (SELECT unnest($1::oid[]))",
      {types});
  for (const TextRow &r : rows) {
    Object &o = object(s, "pg_type", r[0]);
    o.statements.push_back("CREATE TYPE " + object_name(o) + " AS ENUM (" + to_string(r[1]) + ")");
  }
}

void define_domains(Structure &s, const std::string &types) {
  auto rows = query(
      "SELECT t.oid, format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typcollation <> b.typcollation THEN"
      "   (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.collname) FROM pg_collation c JOIN pg_namespace n ON n.oid = "
      "c.collnamespace"
      "    WHERE c.oid = t.typcollation) END, pg_get_expr(t.typdefaultbin, 0), t.typnotnull,"
      "   (SELECT k.conname FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'n')"
      " FROM pg_type t JOIN pg_type b ON b.oid = t.typbasetype WHERE t.typtype = 'd' AND t.oid IN (SELECT unnest($1::oid[]))",
      {types});
  for (const TextRow &r : rows) {
    Object &o = object(s, "pg_type", r[0]);
    std::string sql = "CREATE DOMAIN " + object_name(o) + " AS " + to_string(r[1]);
    if (r[2]) sql += " COLLATE " + *r[2];
    if (r[3]) sql += " DEFAULT " + *r[3];
    if (is_true(r[4])) sql += (r[5] ? " CONSTRAINT " + quote(*r[5]) : "") + " NOT NULL";
    o.statements.push_back(sql);
  }
  auto checks = query(
      "SELECT oid, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND contypid IN (SELECT unnest($1::oid[])) "
      "ORDER BY 1",
      {types});
  for (const TextRow &r : checks) {
    Object &o = object(s, "pg_constraint", r[0]);
    std::string definition = to_string(r[2]);
    if (definition.ends_with(" NOT VALID")) definition.resize(definition.size() - 10);
    o.statements.push_back("ALTER DOMAIN " + object_name(o) + " ADD CONSTRAINT " + quote(to_string(r[1])) + " " + definition);
  }
}

void define_composites(Structure &s, const std::string &types) {
  auto rows = query(
      "SELECT t.oid, coalesce(string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) ||"
      "   CASE WHEN a.attcollation <> b.typcollation THEN ' COLLATE ' || (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.collname)"
      "     FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation) ELSE '' END,"
      "   ', ' ORDER BY a.attnum), '')"
      " FROM pg_type t LEFT JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped"
      " LEFT JOIN pg_type b ON b.oid = a.atttypid WHERE t.typtype = 'c' AND t.oid IN (SELECT unnest($1::oid[])) GROUP BY t.oid",
      {types});
  for (const TextRow &r : rows) {
    Object &o = object(s, "pg_type", r[0]);
    o.statements.push_back("CREATE TYPE " + object_name(o) + " AS (" + to_string(r[1]) + ")");
  }
}

void define_ranges(Structure &s, const std::string &types) {
  auto rows = query(
      "SELECT r.rngtypid, format_type(r.rngsubtype, NULL), (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.opcname)"
      "   FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace WHERE c.oid = r.rngsubopc),"
      " (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.collname) FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace"
      "   WHERE c.oid = r.rngcollation), CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::text END,"
      " CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::text END, mn.nspname, m.typname"
      " FROM pg_range r LEFT JOIN pg_type m ON m.oid = r.rngmultitypid LEFT JOIN pg_namespace mn ON mn.oid = m.typnamespace"
      " WHERE r.rngtypid IN (SELECT unnest($1::oid[]))",
      {types});
  for (const TextRow &r : rows) {
    Object &o = object(s, "pg_type", r[0]);
    std::string sql =
        "CREATE TYPE " + object_name(o) + " AS RANGE (SUBTYPE = " + to_string(r[1]) + ", SUBTYPE_OPCLASS = " + to_string(r[2]);
    if (r[3]) sql += ", COLLATION = " + *r[3];
    if (r[4]) sql += ", CANONICAL = " + *r[4];
    if (r[5]) sql += ", SUBTYPE_DIFF = " + *r[5];
    if (r[7]) sql += ", MULTIRANGE_TYPE_NAME = " + name_of(to_string(r[6]), *r[7]);
    o.statements.push_back(sql + ")");
  }
}

void define_collations(Structure &s) {
  auto rows = query(
      "SELECT oid, CASE collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,"
      " coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'), collcollate, collctype, collisdeterministic,"
      " to_jsonb(c) ->> 'collicurules' FROM pg_collation c WHERE oid IN (SELECT unnest($1::oid[]))",
      {s.oids(Object::Collation)});
  for (const TextRow &r : rows) {
    Object &o = object(s, "pg_collation", r[0]);
    std::string sql = "CREATE COLLATION " + object_name(o) + " (PROVIDER = " + to_string(r[1]);
    if (r[2])
      sql += ", LOCALE = " + quote_literal(*r[2]);
    else
      sql += ", LC_COLLATE = " + quote_literal(to_string(r[3])) + ", LC_CTYPE = " + quote_literal(to_string(r[4]));
    if (!is_true(r[5])) sql += ", DETERMINISTIC = false";
    if (r[6]) sql += ", RULES = " + quote_literal(*r[6]);
    o.statements.push_back(sql + ")");
  }
}

void define_text_search(Structure &s) {
  auto dictionaries = query(
      "SELECT d.oid, quote_ident(n.nspname) || '.' || quote_ident(t.tmplname), d.dictinitoption FROM pg_ts_dict d"
      " JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace n ON n.oid = t.tmplnamespace WHERE d.oid IN (SELECT "
      "unnest($1::oid[]))",
      {s.oids(Object::Dictionary)});
  for (const TextRow &r : dictionaries) {
    Object &o = object(s, "pg_ts_dict", r[0]);
    o.statements.push_back("CREATE TEXT SEARCH DICTIONARY " + object_name(o) + " (TEMPLATE = " + to_string(r[1]) +
                           (r[2] ? ", " + *r[2] : "") + ")");
  }
  auto configurations = query(
      "SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(p.prsname) FROM pg_ts_config c JOIN pg_ts_parser p ON p.oid = c.cfgparser"
      " JOIN pg_namespace n ON n.oid = p.prsnamespace WHERE c.oid IN (SELECT unnest($1::oid[]))",
      {s.oids(Object::Configuration)});
  for (const TextRow &r : configurations) {
    Object &o = object(s, "pg_ts_config", r[0]);
    o.statements.push_back("CREATE TEXT SEARCH CONFIGURATION " + object_name(o) + " (PARSER = " + to_string(r[1]) + ")");
  }
  auto mappings = query(
      "SELECT m.mapcfg, (SELECT quote_ident(alias) FROM ts_token_type(c.cfgparser) WHERE tokid = m.maptokentype),"
      " string_agg(quote_ident(n.nspname) || '.' || quote_ident(d.dictname), ', ' ORDER BY m.mapseqno)"
      " FROM pg_ts_config_map m JOIN pg_ts_config c ON c.oid = m.mapcfg JOIN pg_ts_dict d ON d.oid = m.mapdict"
      " JOIN pg_namespace n ON n.oid = d.dictnamespace WHERE m.mapcfg IN (SELECT unnest($1::oid[])) GROUP BY 1, 2, m.maptokentype ORDER BY "
      "1, "
      "m.maptokentype",
      {s.oids(Object::Configuration)});
  for (const TextRow &r : mappings) {
    Object &o = object(s, "pg_ts_config", r[0]);
    o.statements.push_back("ALTER TEXT SEARCH CONFIGURATION " + object_name(o) + " ADD MAPPING FOR " + to_string(r[1]) + " WITH " +
                           to_string(r[2]));
  }
}

}  // namespace

void define_types(Structure &s) {
  std::string types = s.oids(Object::Type);
  define_enums(s, types);
  define_domains(s, types);
  define_composites(s, types);
  define_ranges(s, types);
  define_collations(s);
  define_text_search(s);
}

void define_functions(Structure &s) {
  std::set<std::string> copied;
  for (const auto &[name, home] : s.homes) copied.insert(name.second);
  auto rows = query(
      "SELECT p.oid, pg_get_functiondef(p.oid), p.oid::regprocedure, CASE WHEN p.prosqlbody IS NULL AND l.lanname NOT IN ('c', 'internal')"
      "  AND p.prokind <> 'p' AND NOT EXISTS (SELECT 1 FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%') THEN p.prosrc END"
      " FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.oid IN (SELECT unnest($1::oid[]))",
      {s.oids(Object::Function)});
  for (const TextRow &r : rows) {
    std::vector<std::string> &out = object(s, "pg_proc", r[0]).statements;
    out.push_back(to_string(r[1]));
    if (!r[3]) continue;
    // With the source's search paths the names in the body would lead to the source, or nowhere.
    std::vector<std::string> words = core::identifiers(*r[3], true);
    bool names_copied = std::any_of(words.begin(), words.end(), [&](const std::string &w) { return copied.count(w) > 0; });
    if (names_copied) out.push_back("ALTER ROUTINE " + to_string(r[2]) + " SET search_path = ");  // which is the target's affair
  }
}

void define_sequences(Structure &s) {
  auto rows = query(
      "SELECT q.seqrelid, format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle,"
      " c.relpersistence FROM pg_sequence q JOIN pg_class c ON c.oid = q.seqrelid WHERE q.seqrelid IN (SELECT unnest($1::oid[]))",
      {s.oids(Object::Sequence)});
  for (const TextRow &r : rows) {
    Object &o = object(s, "pg_class", r[0]);
    std::string sql = to_string(r[8]) == "u" ? "CREATE UNLOGGED SEQUENCE " : "CREATE SEQUENCE ";
    o.statements.push_back(sql + object_name(o) + " AS " + to_string(r[1]) + " START WITH " + to_string(r[2]) + " INCREMENT BY " +
                           to_string(r[3]) + " MINVALUE " + to_string(r[4]) + " MAXVALUE " + to_string(r[5]) + " CACHE " + to_string(r[6]) +
                           (is_true(r[7]) ? " CYCLE" : " NO CYCLE"));
  }
}

}  // namespace relsynth::pg
