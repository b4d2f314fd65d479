// verify, part 1: rows of the target that break a constraint of the source, counted by the server.
#include <algorithm>
#include <set>

#include "pg/catalog_parts.h"
#include "pg/guard.h"
#include "pg/interrupt.h"
#include "pg/scope.h"
#include "pg/verify.h"

namespace relsynth::pg {

namespace {

// Relations of the source schemas: tables, partitions at every level, foreign tables; not those of extensions. $1: the schemas.
const char *const relations =
    "rel AS (SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, coalesce(pg_partition_root(c.oid), c.oid) AS root"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN (SELECT unnest($1::text[]))"
    " AND c.relkind IN ('r', 'p', 'f') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"
    " AND d.deptype = 'e'))";

class Counter {
 public:
  explicit Counter(const Counterparts &counterparts) : counterparts_(counterparts) { read_targets(); }

  std::vector<VerifyRow> count() {
    keys();
    foreign_keys();
    checks();
    exclusions();
    not_null();
    domains();
    return std::move(rows_);
  }

 private:
  std::vector<TextRow> ask(const std::string &sql) const { return query(sql, {text_array(keys_of(counterparts_.schemas))}); }

  // Columns of every relation of the targets, and the parent of every partition of the sources.
  void read_targets() {
    for (const TextRow &row :
         query("SELECT n.nspname, c.relname, a.attname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
               " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
               " WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname IN (SELECT unnest($1::text[]))",
               {text_array(values_of(counterparts_.schemas))})) {
      const core::QualifiedName table{to_string(row[0]), to_string(row[1])};
      columns_[table].insert(to_string(row[2]));
      if (to_char(row[3]) == 'p') partitioned_.insert(table);
    }
    for (const TextRow &row : ask("WITH " + std::string(relations) +
                                  " SELECT rel.nspname, rel.relname, n.nspname, c.relname, c.relispartition, rel.relkind = 'p' FROM rel"
                                  " LEFT JOIN pg_class c ON c.oid = rel.root LEFT JOIN pg_namespace n ON n.oid = c.relnamespace"))
      root_[{to_string(row[0]), to_string(row[1])}] = {to_string(row[2]), to_string(row[3])};
  }

  std::string shown(const core::QualifiedName &table) const {
    return counterparts_.schemas.size() > 1 ? table.first + "." + table.second : table.second;
  }

  // The target's relation for one of the source; that of its partitioned table where it lacks the partition; none.
  std::optional<core::QualifiedName> there(const core::QualifiedName &table) const {
    auto schema = counterparts_.schemas.find(table.first);
    if (schema == counterparts_.schemas.end()) return table;  // outside: it is referred to where it stands
    core::QualifiedName target{schema->second, table.second};
    if (columns_.count(target)) return target;
    auto root = root_.find(table);
    if (root == root_.end() || root->second == table) return {};
    return there(root->second);
  }

  std::string moved(const std::string &sql) const { return core::repoint(sql, counterparts_.present); }

  // One constraint: counts with `sql` made for the target's relation and columns, in a subtransaction: an expression may not run there.
  template <class Make>
  void add(const core::QualifiedName &table, const std::string &kind, const std::string &name, const std::vector<std::string> &columns,
           Make make) {
    VerifyRow row{shown(table), kind, name, {}, {}, true};
    const std::optional<core::QualifiedName> target = there(table);
    if (!target)
      row.problem = "table is missing in the target";
    else
      for (const std::string &c : columns)
        if (auto it = columns_.find(*target); it != columns_.end() && !it->second.count(c)) row.problem = "column is missing in the target";
    if (row.problem.empty()) count_one(make(*target), row);
    rows_.push_back(std::move(row));
  }

  static void count_one(const std::string &sql, VerifyRow &row) {
    check_interrupts();
    struct Ask {
      const char *sql;
      int64_t count;
    } ask{sql.c_str(), 0};
    ErrorData *error = in_subtransaction(
        [](void *p) {
          Ask *a = static_cast<Ask *>(p);
          int code = SPI_execute(a->sql, true, 0);
          if (code < 0 || SPI_processed != 1) elog(ERROR, "query failed: %s", SPI_result_code_string(code));
          bool null;
          a->count = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
          SPI_freetuptable(SPI_tuptable);
        },
        &ask);
    if (!error)
      row.violations = ask.count;
    else if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_INSUFFICIENT_RESOURCES)
      throw Error(error);
    else
      row.problem = std::string("cannot be counted: ") + error->message;
  }

  // The relation's own rows and its partitions', not those of tables that inherit from it: keys say nothing of them, and they have the
  // rest themselves.
  std::string own(const core::QualifiedName &target, const std::string &alias) const {
    return (columns_.count(target) && !partitioned_.count(target) ? "ONLY " : "") + from(target, alias);
  }
  static std::string from(const core::QualifiedName &target, const std::string &alias) {
    return quote_name(target.first, target.second) + " AS " + quote_name(alias);
  }

  // Primary and unique keys, whether or not a constraint stands behind the index.
  void keys() {
    for (const TextRow &row :
         ask("WITH " + std::string(relations) +
             " SELECT rel.nspname, rel.relname, coalesce(k.conname, ic.relname), CASE WHEN i.indisprimary THEN 'primary key' ELSE 'unique' "
             "END,"
             " ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts) n),"
             " pg_get_expr(i.indpred, i.indrelid), i.indnullsnotdistinct"
             " FROM rel JOIN pg_index i ON i.indrelid = rel.oid JOIN pg_class ic ON ic.oid = i.indexrelid"
             " LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = rel.oid AND k.contype IN ('p', 'u')"
             " WHERE i.indisunique AND NOT i.indisexclusion AND NOT ic.relispartition ORDER BY 1, 2, i.indisprimary DESC, 3")) {
      const core::QualifiedName table{to_string(row[0]), to_string(row[1])};
      std::string list;
      for (const std::string &part : parse_array(row[4])) list += (list.empty() ? "" : ", ") + moved(part);
      std::string where = row[5] ? "(" + moved(*row[5]) + ")" : "true";
      if (!is_true(row[6])) where += " AND num_nulls(" + list + ") = 0";
      add(table, to_string(row[3]), to_string(row[2]), {}, [&](const core::QualifiedName &target) {
        return "SELECT coalesce(sum(n - 1), 0)::bigint FROM (SELECT count(*) AS n FROM " + own(target, table.second) + " WHERE " + where +
               " GROUP BY " + list + " HAVING count(*) > 1) AS doubles";
      });
    }
  }

  void foreign_keys() {
    for (const TextRow &row :
         ask("WITH " + std::string(relations) +
             " SELECT rel.nspname, rel.relname, k.conname, pn.nspname, p.relname, k.confmatchtype = 'f',"
             " ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, o) JOIN pg_attribute a ON a.attrelid = k.conrelid"
             "  AND a.attnum = u.n ORDER BY u.o),"
             " ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, o) JOIN pg_attribute a ON a.attrelid = k.confrelid"
             "  AND a.attnum = u.n ORDER BY u.o), to_jsonb(k) ->> 'conperiod' = 'true'"
             " FROM rel JOIN pg_constraint k ON k.conrelid = rel.oid AND k.contype = 'f' AND k.conparentid = 0"
             " JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace ORDER BY 1, 2, 3"))
      foreign_key(row);
  }

  void foreign_key(const TextRow &row) {
    const core::QualifiedName table{to_string(row[0]), to_string(row[1])}, parent{to_string(row[3]), to_string(row[4])};
    const std::vector<std::string> columns = parse_array(row[6]), referenced = parse_array(row[7]);
    const std::optional<core::QualifiedName> parent_there = there(parent);
    if (!parent_there || is_true(row[8])) {
      rows_.push_back({shown(table),
                       "foreign key",
                       to_string(row[2]),
                       {},
                       parent_there ? "cannot be counted: the key is temporal" : "table " + shown(parent) + " is missing in the target",
                       true});
      return;
    }
    std::string match, list;
    for (size_t i = 0; i < columns.size(); ++i) {
      match += std::string(i ? " AND " : "") + "p." + quote_name(referenced[i]) + " = c." + quote_name(columns[i]);
      list += (i ? ", c." : "c.") + quote_name(columns[i]);
    }
    const std::string orphan =
        "num_nulls(" + list + ") = 0 AND NOT EXISTS (SELECT FROM " + own(*parent_there, "p") + " WHERE " + match + ")";
    const std::string half = "num_nulls(" + list + ") BETWEEN 1 AND " + std::to_string(columns.size() - 1);
    add(table, "foreign key", to_string(row[2]), columns, [&](const core::QualifiedName &target) {
      std::string sql = "SELECT count(*) FROM " + own(target, "c") + " WHERE " + orphan;
      if (!is_true(row[5])) return sql;
      return "SELECT (" + sql + ") + (SELECT count(*) FROM " + own(target, "c") + " WHERE " + half + ")";
    });
  }

  void checks() {
    for (const TextRow &row : ask("WITH " + std::string(relations) +
                                  " SELECT rel.nspname, rel.relname, k.conname, pg_get_expr(k.conbin, k.conrelid), k.connoinherit"
                                  " FROM rel JOIN pg_constraint k ON k.conrelid = rel.oid AND k.contype = 'c'"
                                  " WHERE k.coninhcount = 0 ORDER BY 1, 2, 3")) {
      const core::QualifiedName table{to_string(row[0]), to_string(row[1])};
      add(table, "check", to_string(row[2]), {}, [&](const core::QualifiedName &target) {
        return "SELECT count(*) FROM " + (is_true(row[4]) ? own(target, table.second) : from(target, table.second)) + " WHERE NOT (" +
               moved(to_string(row[3])) + ")";
      });
    }
  }

  // EXCLUDE, and keys WITHOUT OVERLAPS: rows that have another one that conflicts.
  void exclusions() {
    for (const TextRow &row :
         ask("WITH " + std::string(relations) +
             " SELECT rel.nspname, rel.relname, k.conname,"
             " ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts) n),"
             " ARRAY(SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) FROM unnest(k.conexclop) WITH ORDINALITY u(op, at)"
             "  JOIN pg_operator o ON o.oid = u.op JOIN pg_namespace n ON n.oid = o.oprnamespace ORDER BY u.at),"
             " pg_get_expr(i.indpred, i.indrelid), CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' ELSE 'exclude' END"
             " FROM rel JOIN pg_constraint k ON k.conrelid = rel.oid JOIN pg_index i ON i.indexrelid = k.conindid"
             " WHERE i.indisexclusion AND k.contype IN ('p', 'u', 'x') AND k.conparentid = 0 ORDER BY 1, 2, 3")) {
      const core::QualifiedName table{to_string(row[0]), to_string(row[1])};
      const std::vector<std::string> parts = parse_array(row[3]), operators = parse_array(row[4]);
      std::string list, conflict;
      for (size_t i = 0; i < parts.size(); ++i) {
        const std::string n = std::to_string(i);
        list += ", (" + moved(parts[i]) + ") AS e" + n;
        conflict += " AND a.e" + n + " " + operators[i] + " b.e" + n;
      }
      add(table, to_string(row[6]), to_string(row[2]), {}, [&](const core::QualifiedName &target) {
        const std::string side = "(SELECT tableoid AS r, ctid AS c" + list + " FROM " + own(target, table.second) +
                                 (row[5] ? " WHERE " + moved(*row[5]) : "") + ")";
        return "SELECT count(*) FROM " + side + " AS a WHERE EXISTS (SELECT FROM " + side + " AS b WHERE (a.r, a.c) <> (b.r, b.c)" +
               conflict + ")";
      });
    }
  }

  void not_null() {
    for (const TextRow &row : ask("WITH " + std::string(relations) +
                                  " SELECT rel.nspname, rel.relname, a.attname FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid"
                                  " AND a.attnum > 0 AND NOT a.attisdropped WHERE a.attnotnull AND NOT rel.relispartition"
                                  " ORDER BY 1, 2, a.attnum")) {
      const core::QualifiedName table{to_string(row[0]), to_string(row[1])};
      const std::string column = to_string(row[2]);
      add(table, "not null", column, {column}, [&](const core::QualifiedName &target) {
        return "SELECT count(*) FROM " + own(target, table.second) + " WHERE num_nulls(" + quote_name(column) + ") = 1";
      });
    }
  }

  // Checks and NOT NULL of domains, at every level, on the columns of the domain; VALUE is a column's name in the query.
  void domains() {
    for (const TextRow &row :
         ask("WITH RECURSIVE " + std::string(relations) +
             ", chain AS (SELECT rel.nspname, rel.relname, a.attname, a.attnum, a.atttypid AS typ, a.atttypmod AS typmod FROM rel"
             " JOIN pg_attribute a ON a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE NOT rel.relispartition"
             " UNION ALL SELECT c.nspname, c.relname, c.attname, c.attnum, t.typbasetype, t.typtypmod FROM chain c"
             "  JOIN pg_type t ON t.oid = c.typ WHERE t.typtype = 'd'),"
             " base AS (SELECT c.* FROM chain c JOIN pg_type t ON t.oid = c.typ WHERE t.typtype <> 'd')"
             " SELECT c.nspname, c.relname, c.attname, t.typname || ' ' || k.name, k.expression, format_type(b.typ, b.typmod)"
             " FROM chain c JOIN base b USING (nspname, relname, attname) JOIN pg_type t ON t.oid = c.typ AND t.typtype = 'd',"
             " LATERAL (SELECT conname, pg_get_expr(conbin, 0) FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'"
             "  UNION ALL SELECT 'not null', 'num_nulls(VALUE) = 0' WHERE t.typnotnull) k(name, expression)"
             " ORDER BY 1, 2, c.attnum, 4")) {
      const core::QualifiedName table{to_string(row[0]), to_string(row[1])};
      const std::string column = to_string(row[2]);
      add(table, "domain", column + ": " + to_string(row[3]), {column}, [&](const core::QualifiedName &target) {
        return "SELECT count(*) FROM (SELECT " + quote_name(column) + "::" + moved(to_string(row[5])) + " AS value FROM " +
               own(target, table.second) + ") AS v WHERE NOT (" + moved(to_string(row[4])) + ")";
      });
    }
  }

  const Counterparts &counterparts_;
  std::map<core::QualifiedName, std::set<std::string>> columns_;  // of the targets
  std::set<core::QualifiedName> partitioned_;                     // of the targets
  std::map<core::QualifiedName, core::QualifiedName> root_;       // of the sources
  std::vector<VerifyRow> rows_;
};

}  // namespace

std::vector<VerifyRow> count_violations(const Counterparts &counterparts) { return Counter(counterparts).count(); }

}  // namespace relsynth::pg
