#include "core/distinct.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/keys.h"
#include "core/rules.h"

namespace relsynth::core {

namespace {

constexpr size_t least_rows = 20;
constexpr double least_expected = 10;                 // pairs of rows that would be alike by chance: e^-10 that there are none
constexpr double most_again = 0.01;                   // of the rows that share both parents with an earlier one, ...
constexpr double chance_factor = 10;                  // which by chance would be so many times as many
constexpr double least_filled = 0.5;                  // of a grid
constexpr size_t least_values = 3, least_shared = 3;  // of an axis, and rows of each on average
constexpr size_t least_groups = 10;                   // of several rows
constexpr double numbered = 0.95;                     // of them

// Sum of the squared shares of values: the chance that two rows are alike.
template <class Values>
double alike(const Values &values) {
  std::unordered_map<uint64_t, double> counts;
  for (auto v : values) ++counts[static_cast<uint64_t>(v)];
  double squares = 0, n = static_cast<double>(values.size());
  for (const auto &[value, count] : counts) squares += count * count;
  return n > 0 ? squares / (n * n) : 0;
}

bool contains(const std::vector<int> &v, int x) { return std::find(v.begin(), v.end(), x) != v.end(); }

// A unique key over columns of these foreign keys alone.
bool declared(const Table &table, const ForeignKey &a, const ForeignKey &b) {
  return std::any_of(table.keys.begin(), table.keys.end(), [&](const UniqueKey &key) {
    return key.plain() && std::all_of(key.columns.begin(), key.columns.end(),
                                      [&](int c) { return contains(a.child_columns, c) || contains(b.child_columns, c); });
  });
}

bool share_columns(const ForeignKey &a, const ForeignKey &b) {
  return std::any_of(a.child_columns.begin(), a.child_columns.end(), [&](int c) { return contains(b.child_columns, c); });
}

// Some exceptions apart: a driver who took over another car.
bool hardly_alike(std::span<const int32_t> a, std::span<const int32_t> b) {
  std::vector<int32_t> as, bs;
  HashSet seen;
  double again = 0;
  for (size_t r = 0; r < std::min(a.size(), b.size()); ++r) {
    if (a[r] < 0 || b[r] < 0) continue;
    again += !seen.insert(mix((static_cast<uint64_t>(a[r]) << 32 | static_cast<uint64_t>(b[r])) + 1));
    as.push_back(a[r]);
    bs.push_back(b[r]);
  }
  const double n = static_cast<double>(as.size());
  if (as.size() < least_rows || again > most_again * n) return false;
  return n * n / 2 * alike(as) * alike(bs) >= least_expected + chance_factor * again;
}

}  // namespace

void find_distinct(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  TablePlan &p = plan.tables[table];
  const Table &t = schema.tables[table];
  const SourceTable &source = data.tables[table];
  p.distinct.clear();
  p.grids.clear();
  if (p.role != TableRole::Learn) return;
  auto usable = [&](size_t f) {
    return (p.fk_roles[f] == FkRole::Driver || p.fk_roles[f] == FkRole::Further) && source.parents[f].size() == source.rows;
  };
  for (size_t a = 0; a < t.foreign_keys.size(); ++a)
    for (size_t b = a + 1; b < t.foreign_keys.size(); ++b) {
      const ForeignKey &one = schema.foreign_keys[t.foreign_keys[a]], &other = schema.foreign_keys[t.foreign_keys[b]];
      if (!usable(a) || !usable(b) || declared(t, one, other) || share_columns(one, other)) continue;
      plan.check();
      if (hardly_alike(source.parents[a], source.parents[b])) p.distinct.push_back({static_cast<int>(a), static_cast<int>(b)});
    }
}

namespace {

constexpr size_t most_once = 2;  // of a table

// Values as numbers, -1 for NULL.
std::vector<int32_t> numbered_values(const Column &type, const SourceColumn &values) {
  std::unordered_map<uint64_t, int32_t> numbers;
  std::vector<int32_t> out;
  out.reserve(values.size());
  for (size_t r = 0; r < values.size(); ++r)
    out.push_back(values.nulls[r] ? -1
                                  : numbers.try_emplace(hash_value(values, r, type), static_cast<int32_t>(numbers.size())).first->second);
  return out;
}

}  // namespace

void find_once(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  TablePlan &p = plan.tables[table];
  const Table &t = schema.tables[table];
  const SourceTable &source = data.tables[table];
  if (p.role != TableRole::Learn) return;
  size_t found = 0;
  for (int c : p.column_order) {
    if (p.columns[c].encoding != Encoding::Category || source.columns[c].size() != source.rows || found == most_once) continue;
    if (without_rule(plan, schema, table, c)) continue;
    plan.check();
    const std::vector<int32_t> values = numbered_values(t.columns[c], source.columns[c]);
    for (size_t f = 0; f < t.foreign_keys.size(); ++f) {
      const bool dealt = p.fk_roles[f] == FkRole::Driver || p.fk_roles[f] == FkRole::Further;
      std::vector<int> columns = schema.foreign_keys[t.foreign_keys[f]].child_columns;
      columns.insert(columns.begin(), c);
      auto within = [&](const UniqueKey &key) {
        return key.plain() && std::all_of(key.columns.begin(), key.columns.end(), [&](int k) { return contains(columns, k); });
      };
      if (!dealt || source.parents[f].size() != source.rows || std::any_of(t.keys.begin(), t.keys.end(), within)) continue;
      if (!hardly_alike(source.parents[f], values)) continue;
      p.grids.push_back({std::move(columns)});
      p.columns[c].reason += "; once per row of " + schema.tables[schema.foreign_keys[t.foreign_keys[f]].parent].name;
      ++found;
      break;
    }
  }
}

bool numbers_groups(std::span<const int32_t> parents, const SourceColumn &values) {
  if (values.repr != Repr::Int || values.size() != parents.size()) return false;
  std::vector<std::pair<int32_t, int64_t>> rows;
  rows.reserve(parents.size());
  for (size_t r = 0; r < parents.size(); ++r) {
    if (parents[r] < 0 || values.nulls[r]) return false;
    rows.emplace_back(parents[r], values.ints[r]);
  }
  std::sort(rows.begin(), rows.end());
  size_t several = 0, right = 0;
  for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    bool counts = true;
    for (; end < rows.size() && rows[end].first == rows[begin].first; ++end)
      counts &= rows[end].second == static_cast<int64_t>(end - begin + 1);
    several += end - begin > 1;
    right += end - begin > 1 && counts;
    if (end - begin == 1 && !counts) return false;
  }
  return several >= least_groups && static_cast<double>(right) >= numbered * static_cast<double>(several);
}

namespace {

std::vector<uint64_t> hashes_of(const Table &table, const SourceColumn &values, int column) {
  std::vector<uint64_t> hashes;
  hashes.reserve(values.size());
  for (size_t r = 0; r < values.size(); ++r) hashes.push_back(hash_value(values, r, table.columns[column]));
  return hashes;
}

size_t distinct_of(const std::vector<uint64_t> &hashes) {
  HashSet seen;
  for (uint64_t h : hashes) seen.insert(h == 0 ? 1 : h);
  return seen.size();
}

// Rows and values of the axis that is looked at.
struct Axis {
  std::vector<uint64_t> hashes;
  size_t values = 0;
};

bool makes_grid(const Axis &axis, const std::vector<uint64_t> &other) {
  if (other.size() != axis.hashes.size()) return false;
  double cells = static_cast<double>(distinct_of(other)) * static_cast<double>(axis.values), rows = static_cast<double>(other.size());
  if (cells < rows || rows < least_filled * cells) return false;
  HashSet seen;
  for (size_t r = 0; r < other.size(); ++r)
    if (!seen.insert(combine(axis.hashes[r], other[r]) | 1)) return false;
  return true;
}

}  // namespace

bool is_axis(const Schema &schema, Plan &plan, const SourceData &data, int table, int column) {
  const Table &t = schema.tables[table];
  const SourceTable &source = data.tables[table];
  Axis axis{hashes_of(t, source.columns[column], column), 0};
  axis.values = distinct_of(axis.hashes);
  if (axis.values < least_values || axis.hashes.size() < least_shared * axis.values) return false;
  for (const UniqueKey &key : t.keys) {
    if (!key.plain() || key.columns.size() < 2 || !contains(key.columns, column)) continue;
    std::vector<uint64_t> rest(source.rows, 1);
    for (int c : key.columns) {
      if (c == column || source.columns[c].size() != source.rows) continue;
      for (size_t r = 0; r < source.rows; ++r) rest[r] = combine(rest[r], hash_value(source.columns[c], r, t.columns[c]));
    }
    if (makes_grid(axis, rest)) return true;
  }
  auto grid = [&](std::vector<int> others) {
    others.insert(others.begin(), column);
    plan.tables[table].grids.push_back({std::move(others)});
    return true;
  };
  for (size_t f = 0; f < source.parents.size(); ++f) {
    std::vector<uint64_t> rest(source.parents[f].begin(), source.parents[f].end());
    if (makes_grid(axis, rest)) return grid(schema.foreign_keys[t.foreign_keys[f]].child_columns);
  }
  for (size_t c = 0; c < t.columns.size(); ++c) {
    if (static_cast<int>(c) == column || source.columns[c].size() != source.rows) continue;
    plan.check();
    std::vector<uint64_t> rest = hashes_of(t, source.columns[c], static_cast<int>(c));
    if (makes_grid(axis, rest)) return grid({static_cast<int>(c)});
  }
  return false;
}

}  // namespace relsynth::core
