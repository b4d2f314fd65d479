// allowed: the constraints of a target's column -> integers that it takes, for keys that are numbered.
#include "pg/allowed.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "pg/interrupt.h"
#include "pg/spi.h"

namespace relsynth::pg {

namespace {

constexpr int64_t longest_gap = 1 << 21;  // values in a row that are refused before the search goes elsewhere
constexpr size_t most_starts = 16;

struct Conditions {
  std::string column, type;        // quoted; the base type
  std::vector<std::string> texts;  // SQL conditions on the column, or on "value"
  int64_t low = INT64_MIN, high = INT64_MAX;
};

Conditions read_conditions(uint32_t relation, const std::string &column) {
  const std::vector<Text> of{std::to_string(relation), column};
  const std::string domains =
      "WITH RECURSIVE d AS (SELECT a.attnum, t.* FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
      " WHERE a.attrelid = $1::pg_catalog.oid AND a.attname = $2"
      " UNION ALL SELECT d.attnum, t.* FROM d JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype WHERE d.typtype = 'd') ";
  Conditions out;
  for (const TextRow &row : query(domains + "SELECT pg_catalog.format_type(oid, NULL), attnum FROM d WHERE typtype <> 'd'", of))
    out.type = row[0].value_or("bigint");
  out.column = quote_name(column);
  const std::string sql =
      domains +
      "SELECT pg_catalog.pg_get_expr(k.conbin, k.conrelid) FROM pg_catalog.pg_constraint k, d WHERE k.contype = 'c' AND d.typtype IS NOT "
      "NULL"
      " AND (k.contypid = d.oid OR (k.conrelid = $1::pg_catalog.oid AND k.conkey = ARRAY[d.attnum]))"
      " AND pg_catalog.to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'"
      " UNION SELECT '(' || pg_catalog.string_agg('(' || coalesce(pg_catalog.pg_get_partition_constraintdef(i.inhrelid), 'true') || ')',"
      " ' OR ') || ')' FROM pg_catalog.pg_partitioned_table p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.partrelid, d"
      " WHERE p.partrelid = $1::pg_catalog.oid AND p.partstrat <> 'h' AND p.partnatts = 1 AND p.partattrs[0] = d.attnum AND d.typtype <> "
      "'d'"
      " HAVING count(*) > 0 ORDER BY 1";
  for (const TextRow &row : query(sql, of))
    if (row[0]) out.texts.push_back(*row[0]);
  if (out.type == "smallint") out.low = INT16_MIN, out.high = INT16_MAX;
  if (out.type == "integer") out.low = INT32_MIN, out.high = INT32_MAX;
  if (out.type == "oid") out.low = 0, out.high = UINT32_MAX;
  return out;
}

// Whole numbers that the conditions name: where a range of accepted values may begin.
std::set<int64_t> constants(const Conditions &conditions) {
  std::set<int64_t> found;
  for (const std::string &text : conditions.texts)
    for (size_t at = 0; at < text.size();) {
      const size_t begin = text.find_first_of("0123456789", at);
      if (begin == std::string::npos) break;
      at = std::min(text.find_first_not_of("0123456789", begin), text.size());
      if (at - begin > 18) continue;
      const int64_t value = std::stoll(text.substr(begin, at - begin));
      found.insert(begin > 0 && text[begin - 1] == '-' ? -value : value);
    }
  return found;
}

class Search {
 public:
  Search(const Conditions &conditions, size_t rows) : conditions_(conditions), rows_(rows) {}

  // Takes accepted values from `start` on, upwards or downwards, until there are enough or a long gap follows.
  void walk(int64_t start, bool up) {
    int64_t width = std::max<int64_t>(4096, static_cast<int64_t>(std::min<size_t>(rows_, 1 << 20)) * 2), gap = 0;
    for (int64_t at = start; values.size() < rows_ && gap < longest_gap;) {
      check_interrupts();
      if (at < conditions_.low || at > conditions_.high) return;
      const int64_t room = up ? conditions_.high - std::max<int64_t>(at, 0) : std::min<int64_t>(at, 0) - conditions_.low;
      const int64_t step = std::min(width - 1, room), last = up ? at + step : at - step;
      gap = take(at, last, up) ? 0 : gap + width;
      if (step < width - 1) return;
      at = up ? last + 1 : last - 1;
      width = std::min<int64_t>(width * 2, 1 << 20);
    }
  }
  bool enough() const { return values.size() >= rows_; }

  std::vector<int64_t> values;

 private:
  bool take(int64_t from, int64_t to, bool up) {
    std::string where;
    for (const std::string &text : conditions_.texts) where += (where.empty() ? "(" : " AND (") + text + ")";
    const std::string candidate = "relsynth_n::" + conditions_.type;
    const std::string value = conditions_.column == "value" ? "" : ", " + candidate + " AS value";
    bool any = false;
    for (const TextRow &row :
         query("SELECT relsynth_n FROM (SELECT relsynth_n, " + candidate + " AS " + conditions_.column + value +
                   " FROM pg_catalog.generate_series($1::bigint, $2::bigint, $3::bigint) relsynth_n OFFSET 0) c WHERE " + where +
                   " LIMIT $4::bigint",
               {std::to_string(from), std::to_string(to), up ? "1" : "-1", std::to_string(rows_ - values.size() + seen_.size())})) {
      const int64_t v = std::stoll(row[0].value());
      any = true;
      if (!enough() && seen_.insert(v).second) values.push_back(v);
    }
    return any;
  }

  const Conditions &conditions_;
  size_t rows_;
  std::unordered_set<int64_t> seen_;
};

}  // namespace

std::vector<int64_t> allowed_values(uint32_t relation, const std::string &column, int64_t first, size_t rows) {
  const Conditions conditions = read_conditions(relation, column);
  if (conditions.texts.empty() || rows == 0) return {};
  Search search(conditions, rows);
  search.walk(first, true);
  if (search.enough() && search.values.back() == first + static_cast<int64_t>(rows) - 1) return {};
  const std::set<int64_t> starts = constants(conditions);
  size_t tried = 0;
  for (int64_t start : starts)
    if (start > first && !search.enough() && ++tried <= most_starts) search.walk(start, true);
  if (first > 1) return search.values;  // rows that are there may have any value below
  if (!search.enough()) search.walk(0, false);
  tried = 0;
  for (auto start = starts.rbegin(); start != starts.rend(); ++start)
    for (int64_t begin : {*start, -*start})
      if (begin <= 0 && !search.enough() && ++tried <= most_starts) search.walk(begin, false);
  return search.values;
}

}  // namespace relsynth::pg
