// verify, part 2: definitions of both schemas as the server prints them, those of the source with the target's names, and what differs.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "pg/catalog_parts.h"
#include "pg/verify.h"

namespace relsynth::pg {

namespace {

struct Definition {
  std::string schema, table, kind, name, text;
  bool named = true;  // compared by its name; else by what it says
};

// Every object of the schemas $1 with what defines it. `table` is empty for what belongs to none; named: names are kept.
const char *const definitions =
    "WITH rel AS (SELECT c.*, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE n.nspname IN (SELECT unnest($1::text[])) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"
    "   AND d.objid = c.oid AND d.deptype = 'e')),"
    " tab AS (SELECT * FROM rel WHERE relkind IN ('r', 'p', 'f')),"
    " col AS (SELECT t.nspname, t.relname, a.*, row_number() OVER (PARTITION BY t.oid ORDER BY a.attnum) AS place FROM tab t"
    "  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped)"
    // tables and columns
    " SELECT nspname, relname, 'table', relname, concat_ws(' ', CASE relpersistence WHEN 'u' THEN 'unlogged' END,"
    "  CASE WHEN relkind = 'p' THEN 'partitioned by ' || pg_get_partkeydef(oid) END, pg_get_expr(relpartbound, oid)), true FROM tab"
    " UNION ALL SELECT t.nspname, t.relname, 'inheritance', i.inhparent::regclass::text, i.inhseqno::text, true"
    "  FROM tab t JOIN pg_inherits i ON i.inhrelid = t.oid"
    " UNION ALL SELECT nspname, relname, 'column', attname, 'number ' || place, true FROM col"
    " UNION ALL SELECT nspname, relname, 'type', attname, format_type(atttypid, atttypmod), true FROM col"
    " UNION ALL SELECT nspname, relname, 'not null', attname, 'not null', true FROM col WHERE attnotnull"
    " UNION ALL SELECT nspname, relname, CASE WHEN attgenerated = '' THEN 'default' ELSE 'generated' END, attname,"
    "  concat_ws(' ', pg_get_expr(d.adbin, d.adrelid), nullif(attgenerated, '')), true"
    "  FROM col JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum"
    " UNION ALL SELECT nspname, relname, 'identity', attname, CASE attidentity WHEN 'a' THEN 'always' ELSE 'by default' END, true FROM col"
    "  WHERE attidentity <> ''"
    " UNION ALL SELECT nspname, relname, 'collation', attname, attcollation::regcollation::text, true FROM col JOIN pg_type t ON"
    "  t.oid = atttypid WHERE attcollation <> t.typcollation"
    // constraints and indexes
    " UNION ALL SELECT t.nspname, t.relname, CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'"
    "   WHEN 'c' THEN 'check' ELSE 'exclude' END, k.conname, regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''), false"
    "  FROM tab t JOIN pg_constraint k ON k.conrelid = t.oid WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')"
    "   AND NOT EXISTS (SELECT FROM pg_constraint up WHERE up.oid = k.conparentid AND up.conrelid = k.conrelid)"
    " UNION ALL SELECT t.nspname, t.relname, CASE WHEN i.indisunique THEN 'unique' ELSE 'index' END, c.relname,"
    "   regexp_replace(pg_get_indexdef(i.indexrelid), '^(CREATE (?:UNIQUE )?INDEX) .*? ON (ONLY )?.*? USING', '\\1 \\2USING'), false"
    "  FROM tab t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid"
    "  WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = t.oid AND k.contype IN ('p', 'u', "
    "'x'))"
    // what else there is
    " UNION ALL SELECT t.nspname, t.relname, 'comment', coalesce(a.attname, t.relname), d.description, true FROM rel t"
    "  JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = t.oid"
    "  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE t.relkind IN ('r', 'p', 'f', 'S')"
    " UNION ALL SELECT t.nspname, t.relname, 'comment', 'constraint ' || k.conname, d.description, true FROM tab t"
    "  JOIN pg_constraint k ON k.conrelid = t.oid JOIN pg_description d ON d.classoid = 'pg_constraint'::regclass AND d.objoid = k.oid"
    " UNION ALL SELECT r.nspname, '', 'sequence', r.relname, concat_ws(' ', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement,"
    "  s.seqmin, s.seqmax, s.seqcache, s.seqcycle), true FROM rel r JOIN pg_sequence s ON s.seqrelid = r.oid"
    " UNION ALL SELECT n.nspname, '', 'enum', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder), true FROM pg_type t"
    "  JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid WHERE n.nspname IN (SELECT unnest($1::text[]))"
    "  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')"
    "  GROUP BY 1, 4"
    " UNION ALL SELECT n.nspname, '', 'domain', t.typname, concat_ws(' ', format_type(t.typbasetype, t.typtypmod),"
    "  CASE WHEN t.typnotnull THEN 'not null' END, t.typdefault, (SELECT string_agg(pg_get_constraintdef(k.oid), '; ' ORDER BY"
    "  pg_get_constraintdef(k.oid)) FROM pg_constraint k WHERE k.contypid = t.oid)), true FROM pg_type t"
    "  JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname IN (SELECT unnest($1::text[])) AND t.typtype = 'd'"
    "  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')"
    " ORDER BY 1, 2, 3, 4, 5";

// What of the target is not proven.
const char *const unproven =
    "SELECT n.nspname, t.relname, CASE k.contype WHEN 'f' THEN 'foreign key' ELSE 'check' END,"
    " regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''), k.conname FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid"
    " JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname IN (SELECT unnest($1::text[])) AND NOT k.convalidated"
    " AND coalesce(to_jsonb(k) ->> 'conenforced', 'true') = 'true'"
    " UNION ALL SELECT n.nspname, t.relname, 'index', '', c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
    " WHERE n.nspname IN (SELECT unnest($1::text[])) AND NOT (i.indisvalid AND i.indisready)";

using Key = std::tuple<std::string, std::string, std::string, std::string>;  // schema of the target, table, kind, name or text

class Differences {
 public:
  explicit Differences(const Counterparts &counterparts) : counterparts_(counterparts) {}

  std::vector<VerifyRow> find() {
    std::vector<Definition> source = read(keys_of(counterparts_.schemas)), target = read(values_of(counterparts_.schemas));
    for (Definition &d : source) move(d);
    std::multimap<Key, const Definition *> left;
    for (const Definition &d : target) left.emplace(key_of(d), &d);
    std::map<Key, std::string> source_names;  // of constraints: the target's may differ
    for (const Definition &d : source) {
      if (!d.named) source_names[key_of(d)] = d.name;
      auto it = left.find(key_of(d));
      if (it == left.end()) {
        if (!whole_missing(d)) add(d, "missing in the target");
        continue;
      }
      if (it->second->text != d.text) add(d, "is " + said(*it->second) + ", not " + said(d));
      left.erase(it);
    }
    for (const auto &[key, d] : left)
      if (d->kind == "table" || d->table.empty() || known_.count({d->schema, d->table})) add(*d, "not in the source");
    not_proven(source_names);
    depends_on_source();
    return std::move(rows_);
  }

 private:
  static std::vector<Definition> read(const std::vector<std::string> &schemas) {
    std::vector<Definition> out;
    for (const TextRow &row : query(definitions, {text_array(schemas)}))
      out.push_back({to_string(row[0]), to_string(row[1]), to_string(row[2]), to_string(row[3]), to_string(row[4]), is_true(row[5])});
    return out;
  }

  // Gives a definition of the source the names it has in the target; comments are the user's own text.
  void move(Definition &d) {
    if (d.kind == "table") known_.insert({counterparts_.schemas.at(d.schema), d.table});
    if (d.kind != "comment") d.text = core::repoint(d.text, counterparts_.names);
    if (d.kind == "inheritance") d.name = core::repoint(d.name, counterparts_.names);
    source_schema_[{counterparts_.schemas.at(d.schema), d.table}] = d.schema;
    d.schema = counterparts_.schemas.at(d.schema);
  }

  static Key key_of(const Definition &d) { return {d.schema, d.table, d.kind, d.named ? d.name : d.text}; }

  static std::string said(const Definition &d) { return d.text.empty() ? "plain" : d.text; }

  // Of a table that is missing as a whole, only that is told.
  bool whole_missing(const Definition &d) const {
    return d.kind != "table" && !d.table.empty() && known_.count({d.schema, d.table}) && !counterparts_.present.count(from(d));
  }
  core::QualifiedName from(const Definition &d) const { return {source_schema_.at({d.schema, d.table}), d.table}; }

  std::string shown(const std::string &schema, const std::string &table) const {
    if (table.empty() || counterparts_.schemas.size() < 2) return table;
    auto it = source_schema_.find({schema, table});
    return (it == source_schema_.end() ? schema : it->second) + "." + table;
  }

  void add(const Definition &d, const std::string &problem) { rows_.push_back({shown(d.schema, d.table), d.kind, d.name, {}, problem}); }

  void not_proven(const std::map<Key, std::string> &source_names) {
    for (const TextRow &row : query(unproven, {text_array(values_of(counterparts_.schemas))})) {
      const std::string schema = to_string(row[0]), table = to_string(row[1]), kind = to_string(row[2]);
      auto name = source_names.find({schema, table, kind, to_string(row[3])});
      rows_.push_back({shown(schema, table), kind, name == source_names.end() ? to_string(row[4]) : name->second, {}, "NOT VALID"});
    }
  }

  void depends_on_source() {
    for (const TextRow &row : query("SELECT DISTINCT n.nspname, c.relname, pg_describe_object(d.refclassid, d.refobjid, 0)"
                                    " FROM pg_depend d JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid"
                                    " JOIN pg_namespace n ON n.oid = c.relnamespace"
                                    " LEFT JOIN pg_class p ON d.refclassid = 'pg_class'::regclass AND p.oid = d.refobjid"
                                    " LEFT JOIN pg_type y ON d.refclassid = 'pg_type'::regclass AND y.oid = d.refobjid"
                                    " JOIN pg_namespace pn ON pn.oid = coalesce(p.relnamespace, y.typnamespace)"
                                    " WHERE n.nspname IN (SELECT unnest($1::text[])) AND pn.nspname IN (SELECT unnest($2::text[]))"
                                    " AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.refclassid AND e.objid = d.refobjid"
                                    "  AND e.deptype = 'e') ORDER BY 1, 2, 3",
                                    {text_array(values_of(counterparts_.schemas)), text_array(keys_of(counterparts_.schemas))}))
      rows_.push_back({shown(to_string(row[0]), to_string(row[1])), "dependency", to_string(row[2]), {}, "depends on the source"});
  }

  const Counterparts &counterparts_;
  std::set<core::QualifiedName> known_;                       // tables of the source, under the target's schema
  std::map<core::QualifiedName, std::string> source_schema_;  // by the target's schema and the table
  std::vector<VerifyRow> rows_;
};

}  // namespace

std::vector<VerifyRow> compare_definitions(const Counterparts &counterparts) { return Differences(counterparts).find(); }

}  // namespace relsynth::pg
