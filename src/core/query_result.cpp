#include "core/query_result.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

namespace relsynth::core {

namespace {

using Cell = std::optional<std::string>;
using Key = std::pair<std::vector<Cell>, size_t>;  // values of the key, how often they came before

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::string ten_digits(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

double number(const Cell &cell) { return cell ? std::strtod(cell->c_str(), nullptr) : not_a_number; }

// |target - source| / |source|; 1 where that does not exist and they are not the same.
double relative_error(const Cell &source, const Cell &target) {
  if (source == target) return 0;
  const double s = number(source), t = number(target);
  if (s == t || (source && target && std::isnan(s) && std::isnan(t))) return 0;
  const double error = std::abs(t - s) / std::abs(s);
  return std::isfinite(error) ? error : 1;
}

// Which columns name a row.
struct KeyColumns {
  std::vector<size_t> columns;
  std::set<size_t> set() const { return {columns.begin(), columns.end()}; }
};

bool names_every_row(const QueryResult &result, size_t column) {
  std::set<Cell> seen;
  for (const auto &row : result.rows)
    if (!seen.insert(row[column]).second) return false;
  return true;
}

KeyColumns choose_key(const QueryResult &source, const QueryResult &target) {
  KeyColumns key;
  for (size_t c = 0; c < source.columns.size(); ++c)
    if (!source.columns[c].number || !target.columns[c].number) key.columns.push_back(c);
  if (key.columns.empty() && source.columns.size() > 1 && names_every_row(source, 0) && names_every_row(target, 0)) key.columns = {0};
  return key;
}

std::map<Key, size_t> rows_by_key(const QueryResult &result, const KeyColumns &columns) {
  std::map<std::vector<Cell>, size_t> times;
  std::map<Key, size_t> out;
  for (size_t r = 0; r < result.rows.size(); ++r) {
    std::vector<Cell> key;
    for (size_t c : columns.columns) key.push_back(result.rows[r][c]);
    const size_t before = times[key]++;
    out.emplace(Key{std::move(key), before}, r);
  }
  return out;
}

// "mean 12.5 of 4"
std::string summary(const QueryResult &result, size_t column) {
  double sum = 0;
  size_t n = 0;
  for (const auto &row : result.rows)
    if (row[column]) sum += number(row[column]), ++n;
  return n ? "mean " + ten_digits(sum / static_cast<double>(n)) + " of " + std::to_string(n) : std::string("none");
}

std::vector<ResultDifference> compare_one_row(const QueryResult &source, const QueryResult &target) {
  std::vector<ResultDifference> out;
  for (size_t c = 0; c < source.columns.size(); ++c) {
    const Cell &s = source.rows[0][c], &t = target.rows[0][c];
    ResultDifference d{source.columns[c].name, s.value_or("NULL"), t.value_or("NULL"), not_a_number, {}};
    if (s == t || (source.columns[c].number && target.columns[c].number))
      d.relative_error = relative_error(s, t);
    else
      d.detail = "differs; not a number";
    out.push_back(std::move(d));
  }
  return out;
}

std::string list_columns(const QueryResult &result, const KeyColumns &key) {
  std::string out;
  for (size_t c : key.columns) out += (out.empty() ? "" : ", ") + result.columns[c].name;
  return out.empty() ? "rows matched by position" : "rows matched by " + out;
}

std::vector<ResultDifference> compare_many_rows(const QueryResult &source, const QueryResult &target) {
  const KeyColumns key = choose_key(source, target);
  const std::map<Key, size_t> there = rows_by_key(target, key);
  std::vector<double> sums(source.columns.size());
  size_t common = 0;
  for (const auto &[k, row] : rows_by_key(source, key)) {
    auto it = there.find(k);
    if (it == there.end()) continue;
    ++common;
    for (size_t c = 0; c < sums.size(); ++c) sums[c] += relative_error(source.rows[row][c], target.rows[it->second][c]);
  }
  const size_t lost = source.rows.size() - common, added = target.rows.size() - common;
  std::string detail = list_columns(source, key);
  if (lost + added) detail += "; " + std::to_string(lost) + " only in the source, " + std::to_string(added) + " only in the target";
  if (!source.whole || !target.whole) {
    const QueryResult &longer = source.whole ? target : source;
    detail += "; only the first " + std::to_string(longer.rows.size()) + " rows were read";
  }
  std::vector<ResultDifference> out;
  const std::string rows = std::to_string(source.rows.size()), target_rows = std::to_string(target.rows.size());
  out.push_back({"rows", rows, target_rows, relative_error(rows, target_rows), detail});
  const double keys = static_cast<double>(common + lost + added);
  const std::set<size_t> naming = key.set();
  for (size_t c = 0; c < sums.size(); ++c)
    if (!naming.count(c))
      out.push_back({source.columns[c].name, summary(source, c), summary(target, c),
                     keys > 0 ? (sums[c] + static_cast<double>(lost + added)) / keys : 0, detail});
  return out;
}

}  // namespace

std::vector<ResultDifference> compare_results(const QueryResult &source, const QueryResult &target) {
  bool alike = source.columns.size() == target.columns.size();
  for (size_t c = 0; alike && c < source.columns.size(); ++c) alike = source.columns[c].name == target.columns[c].name;
  if (!alike) {
    ResultDifference d{"columns", std::to_string(source.columns.size()), std::to_string(target.columns.size()), not_a_number,
                       "the columns of the result differ in number or name"};
    return {d};
  }
  if (source.rows.size() == 1 && target.rows.size() == 1 && !source.columns.empty()) return compare_one_row(source, target);
  return compare_many_rows(source, target);
}

}  // namespace relsynth::core
