// Comments of the source -> COMMENT commands, in source names.
#include "pg/structure.h"

namespace relsynth::pg {

namespace {

std::string quote(const std::string &name) { return core::quote_identifier(name); }

std::string is(const Text &text) { return " IS " + quote_literal(to_string(text)); }

void relations(const Structure &s, std::vector<core::Statement> &out) {
  auto rows = query(
      "SELECT c.relkind, n.nspname, c.relname, a.attname, d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid"
      " JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND "
      "d.objsubid > 0"
      " WHERE d.classoid = 'pg_class'::regclass AND (c.oid IN (SELECT unnest($1::oid[]))"
      "  OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT unnest($1::oid[])))"
      "  OR c.oid IN (SELECT unnest($2::oid[])) OR c.reltype IN (SELECT unnest($3::oid[]))"
      "  OR (c.relkind = 'S' AND c.oid IN (SELECT objid FROM pg_depend WHERE classid = 'pg_class'::regclass AND refclassid = "
      "'pg_class'::regclass"
      "               AND refobjid IN (SELECT unnest($1::oid[])) AND deptype = 'i')))"
      " ORDER BY 2, 3, d.objsubid",
      {s.table_oids(), s.oids(Object::Sequence), s.oids(Object::Type)});
  for (const TextRow &r : rows) {
    std::string name = name_of(to_string(r[1]), to_string(r[2]));
    const std::string &kind = to_string(r[0]);
    if (r[3])
      out.push_back({"COMMENT ON COLUMN " + name + "." + quote(*r[3]) + is(r[4])});
    else
      out.push_back({(kind == "S"                  ? "COMMENT ON SEQUENCE "
                      : kind == "i" || kind == "I" ? "COMMENT ON INDEX "
                                                   : "COMMENT ON TABLE ") +
                     name + is(r[4])});
  }
}

void constraints(const Structure &s, std::vector<core::Statement> &out) {
  auto rows = query(
      "SELECT coalesce(n.nspname, tn.nspname), coalesce(c.relname, t.typname), k.conname, d.description, k.contypid <> 0, k.contype, "
      "i.relname,"
      " f.oid, ic.nspname FROM pg_description d JOIN pg_constraint k ON k.oid = d.objoid LEFT JOIN pg_class c ON c.oid = k.conrelid"
      " LEFT JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_type t ON t.oid = k.contypid"
      " LEFT JOIN pg_namespace tn ON tn.oid = t.typnamespace LEFT JOIN pg_class f ON f.oid = k.confrelid AND k.contype = 'f'"
      " LEFT JOIN pg_class i ON i.oid = k.conindid AND k.contype IN ('p', 'u', 'x') LEFT JOIN pg_namespace ic ON ic.oid = i.relnamespace"
      " WHERE d.classoid = 'pg_constraint'::regclass AND (k.conrelid IN (SELECT unnest($1::oid[])) OR k.contypid IN (SELECT "
      "unnest($2::oid[]))) ORDER BY 1, 2, 3",
      {s.table_oids(), s.oids(Object::Type)});
  for (const TextRow &r : rows) {
    if (r[7] && s.left_out.count(to_oid(r[7]))) continue;
    const std::string head = "COMMENT ON CONSTRAINT ";
    const std::string tail = std::string(" ON ") + (is_true(r[4]) ? "DOMAIN " : "") + name_of(to_string(r[0]), to_string(r[1])) + is(r[3]);
    if (r[6])
      out.push_back({head + tail, core::Statement::Kind::Plain, {to_string(r[8]), *r[6]}, head.size()});  // named as its index
    else
      out.push_back({head + quote(to_string(r[2])) + tail});
  }
}

void others(const Structure &s, std::vector<core::Statement> &out) {
  auto rows = query(
      "SELECT d.description, i.type, i.identity FROM pg_description d, pg_identify_object(d.classoid, d.objoid, 0) i"
      " WHERE d.objsubid = 0 AND ((d.classoid = 'pg_type'::regclass AND d.objoid IN (SELECT unnest($1::oid[])))"
      "  OR (d.classoid = 'pg_proc'::regclass AND d.objoid IN (SELECT unnest($2::oid[])))"
      "  OR (d.classoid = 'pg_collation'::regclass AND d.objoid IN (SELECT unnest($3::oid[])))"
      "  OR (d.classoid = 'pg_ts_dict'::regclass AND d.objoid IN (SELECT unnest($4::oid[])))"
      "  OR (d.classoid = 'pg_ts_config'::regclass AND d.objoid IN (SELECT unnest($5::oid[])))"
      "  OR (d.classoid = 'pg_statistic_ext'::regclass AND d.objoid IN (SELECT oid FROM pg_statistic_ext WHERE stxrelid = ANY "
      "($6::oid[]))))"
      " ORDER BY 2, 3",
      {s.oids(Object::Type), s.oids(Object::Function), s.oids(Object::Collation), s.oids(Object::Dictionary), s.oids(Object::Configuration),
       s.table_oids()});
  for (const TextRow &r : rows) {
    std::string type = to_string(r[1]);
    if (type == "composite type") type = "type";
    if (type == "statistics object") type = "statistics";
    out.push_back({"COMMENT ON " + type + " " + to_string(r[2]) + is(r[0])});
  }
}

}  // namespace

std::vector<core::Statement> comment_statements(const Structure &s) {
  std::vector<core::Statement> out;
  relations(s, out);
  constraints(s, out);
  others(s, out);
  return out;
}

}  // namespace relsynth::pg
