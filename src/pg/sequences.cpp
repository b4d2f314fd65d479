// Tables of the target -> statements that set the sequences of their columns past the data.
#include <algorithm>

#include "pg/structure.h"

namespace relsynth::pg {

namespace {

struct Use {
  std::string table, column, type;  // table qualified and quoted; type: N integers, F numeric and floats, S text
};

std::string list(const std::vector<Oid32> &oids) {
  std::string out = "{";
  for (Oid32 o : oids) out += (out.size() > 1 ? "," : "") + std::to_string(o);
  return out + "}";
}

// Column -> sequence: identity, or a default with nextval().
std::map<core::QualifiedName, std::vector<Use>> read_uses(const std::vector<Oid32> &relations) {
  auto rows = query(
      "WITH RECURSIVE p(oid) AS (SELECT unnest($1::oid[]) UNION SELECT i.inhrelid FROM p JOIN pg_inherits i ON i.inhparent = p.oid"
      "  JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition),"
      " base(oid, root, category) AS (SELECT oid, oid, typcategory::text FROM pg_type WHERE typtype <> 'd'"
      "  UNION ALL SELECT t.oid, b.root, b.category FROM base b JOIN pg_type t ON t.typbasetype = b.oid AND t.typtype = 'd')"
      "SELECT n.nspname, c.relname, a.attname, CASE WHEN b.root IN (700, 701, 1700) THEN 'F' ELSE b.category END, pg_get_expr(d.adbin, "
      "d.adrelid), sn.nspname, sc.relname"
      " FROM p JOIN pg_class c ON c.oid = p.oid JOIN pg_namespace n ON n.oid = c.relnamespace"
      " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
      " JOIN base b ON b.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
      " LEFT JOIN (pg_depend x JOIN pg_class sc ON sc.oid = x.objid AND sc.relkind = 'S' JOIN pg_namespace sn ON sn.oid = sc.relnamespace)"
      "  ON x.classid = 'pg_class'::regclass AND x.refclassid = 'pg_class'::regclass AND x.refobjid = c.oid AND x.refobjsubid = a.attnum"
      "  AND x.deptype = 'i' AND a.attidentity <> ''"
      " WHERE b.category IN ('N', 'S') AND (sc.oid IS NOT NULL OR d.oid IS NOT NULL) ORDER BY 1, 2, a.attnum",
      {list(relations)});
  std::map<core::QualifiedName, std::vector<Use>> out;
  for (const TextRow &r : rows) {
    core::QualifiedName sequence{to_string(r[5]), to_string(r[6])};
    if (!r[6] && !core::nextval_sequence(to_string(r[4]), sequence)) continue;
    if (sequence.first.empty()) sequence.first = to_string(r[0]);  // looked up when it runs: here, if anywhere
    out[sequence].push_back({name_of(to_string(r[0]), to_string(r[1])), core::quote_identifier(to_string(r[2])), to_string(r[3])});
  }
  return out;
}

// The value of a row that the sequence must pass: text columns count where they are plain numbers.
std::string value_of(const Use &u) {
  if (u.type != "S") return u.column;
  return "CASE WHEN " + u.column + " ~ '^-?[0-9]{1,18}$' THEN " + u.column + "::bigint END";
}

std::string set_statement(const std::string &sequence, bool rising, const std::string &low, const std::string &high,
                          const std::vector<Use> &uses) {
  std::string all;
  for (const Use &u : uses) {
    std::string extreme = std::string("SELECT ") + (rising ? "max(" : "min(") + value_of(u) + ")::numeric AS v FROM " + u.table;
    // NaN and infinities are no values of a sequence.
    if (u.type == "F") extreme += " WHERE " + u.column + "::float8 > '-Infinity' AND " + u.column + "::float8 < 'Infinity'";
    all += (all.empty() ? "" : " UNION ALL ") + extreme;
  }
  std::string limit = rising ? "least(max(v), " + high + ")" : "greatest(min(v), " + low + ")";
  std::string further = rising ? " > " : " < ";
  std::string whole = std::string(rising ? "ceil(" : "floor(") + limit + ")";
  return "SELECT pg_catalog.setval(" + quote_literal(sequence) + "::regclass, m.v::bigint, true) FROM (SELECT " + whole + " AS v FROM (" +
         all + ") AS e) AS m, " + sequence + " AS s WHERE m.v BETWEEN " + low + " AND " + high + " AND (m.v" + further +
         "s.last_value OR (m.v = s.last_value AND NOT s.is_called))";
}

}  // namespace

std::vector<std::string> sequence_statements(const std::vector<Oid32> &relations) {
  std::vector<std::string> out;
  for (const auto &[sequence, uses] : read_uses(relations)) {
    auto rows = query(
        "SELECT q.seqincrement > 0, q.seqmin, q.seqmax FROM pg_sequence q JOIN pg_class c ON c.oid = q.seqrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
        {sequence.first, sequence.second});
    if (rows.size() != 1) continue;
    out.push_back(
        set_statement(name_of(sequence.first, sequence.second), is_true(rows[0][0]), to_string(rows[0][1]), to_string(rows[0][2]), uses));
  }
  return out;
}

}  // namespace relsynth::pg
