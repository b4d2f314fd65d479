#include "core/portrait.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>

#include "core/civil.h"
#include "core/metrics.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t bins = 26, most_bars = 9, most_paired = 12, paired_rows = 5000;
constexpr int paired_levels = 10;

const SideTable &table_of(const Comparison &c, size_t side, int table) { return c.sides[side].tables[static_cast<size_t>(table)]; }

// Values that a histogram is of: numbers, or lengths of texts; NaN for none.
std::vector<double> measured(const Comparison &c, size_t side, int table, int column) {
  const ComparedValues &values = table_of(c, side, table).columns[static_cast<size_t>(column)];
  if (!values.numbers.empty() || values.levels.empty()) return values.numbers;
  const std::vector<std::string> &texts = c.levels[static_cast<size_t>(table)][static_cast<size_t>(column)].texts;
  std::vector<double> out;
  out.reserve(values.levels.size());
  for (int32_t level : values.levels) out.push_back(level < 0 ? no_score : static_cast<double>(texts[static_cast<size_t>(level)].size()));
  return out;
}

// The rows with a value in its order, of one value by their entities.
std::vector<uint32_t> in_order(const std::vector<double> &values, const std::vector<uint32_t> &entity) {
  std::vector<uint32_t> rows;
  for (uint32_t r = 0; r < values.size(); ++r)
    if (std::isfinite(values[r])) rows.push_back(r);
  std::sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
    if (values[a] != values[b]) return values[a] < values[b];
    return entity_of(entity, a) < entity_of(entity, b);
  });
  return rows;
}

// All rows, those of an entity one after the other, as Support counts them.
std::vector<uint32_t> entity_by_entity(size_t rows, const std::vector<uint32_t> &entity) {
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  pairs.reserve(rows);
  for (uint32_t r = 0; r < rows; ++r) pairs.emplace_back(entity_of(entity, r), r);
  std::sort(pairs.begin(), pairs.end());
  std::vector<uint32_t> out;
  out.reserve(rows);
  for (const auto &pair : pairs) out.push_back(pair.second);
  return out;
}

// The value that so many entities have, counted from one end of the rows in order: a bound that tells of none alone.
template <class At>
double bound_of(const std::vector<double> &values, const std::vector<uint32_t> &entity, At at, At end, uint32_t least) {
  std::vector<uint32_t> seen;
  for (; at != end; ++at) {
    const uint32_t e = entity_of(entity, *at);
    if (std::find(seen.begin(), seen.end(), e) == seen.end()) seen.push_back(e);
    if (seen.size() >= least) return values[*at];
  }
  return no_score;
}

// Both sides' shares in equal parts of [low, high]; parts that too few entities of the source have stay empty on its side.
struct Shares {
  std::vector<double> of;
  std::vector<Support> support;
};
Shares shares_of(const std::vector<double> &values, const std::vector<uint32_t> &entity, double low, double high, size_t parts) {
  Shares out{std::vector<double>(parts, 0), std::vector<Support>(parts)};
  double all = 0;
  for (uint32_t r : entity_by_entity(values.size(), entity)) {
    if (!std::isfinite(values[r])) continue;
    const double place = high > low ? (values[r] - low) / (high - low) * static_cast<double>(parts) : 0;
    const size_t part = static_cast<size_t>(std::clamp(place, 0.0, static_cast<double>(parts) - 1));
    ++out.of[part];
    ++all;
    out.support[part].add(entity_of(entity, r));
  }
  for (double &share : out.of) share /= std::max(1.0, all);
  return out;
}

std::string label_of(const ComparedColumn &column, double value, double span) {
  if (column.kind != ValueKind::Time) return decimals(value, span >= 20 || value == std::floor(value) ? 0 : span >= 0.5 ? 2 : 4);
  const auto date = civil_of(static_cast<int64_t>(std::floor(value / 86400)), TypeClass::Date);
  if (!date) return "–";
  char out[32];
  std::snprintf(out, sizeof(out), "%04d-%02d-%02d", date->year, date->month, date->day);
  return out;
}

ColumnPortrait histogram_of(const Comparison &c, int table, int column, const PortraitOptions &options) {
  ColumnPortrait out;
  const ComparedColumn &what = c.layout.tables[static_cast<size_t>(table)].columns[static_cast<size_t>(column)];
  const std::vector<double> source = measured(c, 0, table, column), target = measured(c, 1, table, column);
  const std::vector<uint32_t> &entity = table_of(c, 0, table).entity;
  const std::vector<uint32_t> rows = in_order(source, entity);
  // The outer hundredths stretch the scale and say little: they go to the last parts.
  const size_t trim = rows.size() / 200;
  const double low = bound_of(source, entity, rows.begin() + static_cast<ptrdiff_t>(trim), rows.end(), options.least_entities);
  const double high = bound_of(source, entity, rows.rbegin() + static_cast<ptrdiff_t>(trim), rows.rend(), options.least_entities);
  if (!std::isfinite(low) || !std::isfinite(high) || low > high) return out;
  out.empty = false;
  const size_t parts =
      what.kind == ValueKind::Time || high - low >= bins ? bins : std::clamp<size_t>(static_cast<size_t>(high - low) + 1, 2, bins);
  const Shares first = shares_of(source, entity, low, high, parts);
  out.histogram.first = first.of;
  for (size_t i = 0; i < parts; ++i)
    if (first.support[i].entities < options.least_entities) out.histogram.first[i] = 0;
  out.histogram.second = shares_of(target, table_of(c, 1, table).entity, low, high, parts).of;
  out.histogram.title = what.name;
  out.histogram.low = label_of(what, low, high - low);
  out.histogram.high = label_of(what, high, high - low) + (what.kind == ValueKind::Text ? " bytes" : "");
  return out;
}

ColumnPortrait bars_of(const Comparison &c, int table, int column, const PortraitOptions &options) {
  ColumnPortrait out;
  out.is_bars = true;
  const std::vector<std::string> &texts = c.levels[static_cast<size_t>(table)][static_cast<size_t>(column)].texts;
  std::vector<Support> support(texts.size());
  std::array<std::vector<double>, 2> counts{std::vector<double>(texts.size(), 0), std::vector<double>(texts.size(), 0)};
  std::array<double, 2> all{0, 0};
  for (size_t side = 0; side < 2; ++side) {
    const std::vector<int32_t> &levels = table_of(c, side, table).columns[static_cast<size_t>(column)].levels;
    const std::vector<uint32_t> &entity = table_of(c, side, table).entity;
    for (uint32_t r : entity_by_entity(levels.size(), entity)) {
      if (levels[r] < 0) continue;
      const auto level = static_cast<size_t>(levels[r]);
      ++counts[side][level];
      ++all[side];
      if (side == 0) support[level].add(entity_of(entity, r));
    }
  }
  std::vector<size_t> order;
  for (size_t i = 0; i < texts.size(); ++i)
    if (support[i].entities >= options.least_entities) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return counts[0][a] > counts[0][b]; });
  order.resize(std::min(order.size(), most_bars));
  if (order.empty() || all[0] == 0) return out;
  out.empty = false;
  std::array<double, 2> rest{1, 1};
  for (size_t i : order) {
    out.bars.labels.push_back(texts[i]);
    for (size_t side = 0; side < 2; ++side) {
      const double share = counts[side][i] / std::max(1.0, all[side]);
      (side == 0 ? out.bars.first : out.bars.second).push_back(share);
      rest[side] -= share;
    }
  }
  if (std::max(rest[0], rest[1]) > 1e-9) {
    out.bars.labels.push_back("(others)");
    out.bars.first.push_back(std::max(0.0, rest[0]));
    out.bars.second.push_back(std::max(0.0, rest[1]));
  }
  out.bars.title = c.layout.tables[static_cast<size_t>(table)].columns[static_cast<size_t>(column)].name;
  return out;
}

}  // namespace

ColumnPortrait portray_column(const Comparison &comparison, int table, int column, const PortraitOptions &options) {
  if (options.poll) options.poll();
  const ValueKind kind = comparison.layout.tables[static_cast<size_t>(table)].columns[static_cast<size_t>(column)].kind;
  if (kind == ValueKind::Key) return {};
  return kind == ValueKind::Category ? bars_of(comparison, table, column, options) : histogram_of(comparison, table, column, options);
}

Curves portray_link(const Comparison &comparison, int link, const PortraitOptions &options) {
  const ComparedLink &key = comparison.layout.links[static_cast<size_t>(link)];
  const std::vector<int> &children = comparison.layout.tables[static_cast<size_t>(key.parent)].children;
  const size_t at = static_cast<size_t>(std::find(children.begin(), children.end(), link) - children.begin());
  Curves out;
  out.title = key.label;
  double most = 0;
  for (size_t side = 0; side < 2; ++side) {
    const SideTable &parent = table_of(comparison, side, key.parent);
    if (at >= parent.counts.size() || parent.counts[at].empty()) continue;
    std::vector<uint32_t> counts = parent.counts[at];
    std::sort(counts.begin(), counts.end());
    // How many the heaviest parents of the source have is not shown.
    if (side == 0 && counts.size() < 2 * static_cast<size_t>(options.least_entities)) return {};
    if (side == 0) most = counts[counts.size() - options.least_entities];
    const auto n = static_cast<double>(counts.size());
    std::vector<std::pair<double, double>> &points = side == 0 ? out.first : out.second;
    const size_t step = std::max<size_t>(1, counts.size() / 120);
    for (size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > most) break;
      if ((i + 1 < counts.size() && counts[i + 1] == counts[i]) || (i % step != 0 && i + 1 < counts.size() && counts[i] > 20)) continue;
      points.emplace_back(counts[i], static_cast<double>(i + 1) / n);
    }
  }
  return out;
}

double cramers_v(const std::vector<int> &a, const std::vector<int> &b, int levels) {
  std::vector<double> both(static_cast<size_t>(levels) * static_cast<size_t>(levels), 0), of_a(static_cast<size_t>(levels), 0), of_b = of_a;
  double n = 0;
  for (size_t r = 0; r < a.size(); ++r) {
    if (a[r] < 0 || b[r] < 0) continue;
    ++both[static_cast<size_t>(a[r] * levels + b[r])];
    ++of_a[static_cast<size_t>(a[r])];
    ++of_b[static_cast<size_t>(b[r])];
    ++n;
  }
  auto used = [](const std::vector<double> &counts) {
    return static_cast<double>(std::count_if(counts.begin(), counts.end(), [](double c) { return c > 0; }));
  };
  const double k = used(of_a), l = used(of_b);
  if (n < 2 || k < 2 || l < 2) return no_score;
  double chi = 0;
  for (int i = 0; i < levels; ++i)
    for (int j = 0; j < levels; ++j) {
      const double expected = of_a[static_cast<size_t>(i)] * of_b[static_cast<size_t>(j)] / n;
      if (expected > 0) chi += std::pow(both[static_cast<size_t>(i * levels + j)] - expected, 2) / expected;
    }
  const double phi = std::max(0.0, chi / n - (k - 1) * (l - 1) / (n - 1));
  const double kk = k - (k - 1) * (k - 1) / (n - 1), ll = l - (l - 1) * (l - 1) / (n - 1);
  return std::min(kk, ll) <= 1 ? no_score : std::min(1.0, std::sqrt(phi / (std::min(kk, ll) - 1)));
}

namespace {

// Codes of a column on both sides: tenths of the source's values, or its most frequent levels and the rest.
std::array<std::vector<int>, 2> codes_of(const Comparison &c, int table, int column, const std::array<std::vector<uint32_t>, 2> &rows) {
  std::array<std::vector<int>, 2> out;
  auto values = [&](size_t side) -> const ComparedValues & { return table_of(c, side, table).columns[static_cast<size_t>(column)]; };
  if (is_numeric(c.layout.tables[static_cast<size_t>(table)].columns[static_cast<size_t>(column)].kind)) {
    std::vector<double> sorted, cuts;
    for (uint32_t r : rows[0])
      if (std::isfinite(values(0).numbers[r])) sorted.push_back(values(0).numbers[r]);
    std::sort(sorted.begin(), sorted.end());
    for (int i = 1; i < paired_levels && !sorted.empty(); ++i)
      cuts.push_back(sorted[sorted.size() * static_cast<size_t>(i) / static_cast<size_t>(paired_levels)]);
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    for (size_t side = 0; side < 2; ++side)
      for (uint32_t r : rows[side]) {
        const double v = values(side).numbers[r];
        out[side].push_back(std::isfinite(v) ? static_cast<int>(std::upper_bound(cuts.begin(), cuts.end(), v) - cuts.begin()) : -1);
      }
    return out;
  }
  std::map<int32_t, size_t> counts;
  for (uint32_t r : rows[0]) ++counts[values(0).levels[r]];
  std::vector<std::pair<size_t, int32_t>> order;
  for (const auto &[level, n] : counts)
    if (level >= 0) order.emplace_back(n, level);
  std::sort(order.rbegin(), order.rend());
  std::map<int32_t, int> code;
  for (size_t i = 0; i < order.size(); ++i) code[order[i].second] = static_cast<int>(std::min<size_t>(i, paired_levels - 1));
  for (size_t side = 0; side < 2; ++side)
    for (uint32_t r : rows[side]) {
      const int32_t level = values(side).levels[r];
      auto found = code.find(level);
      out[side].push_back(level < 0 ? -1 : found == code.end() ? paired_levels - 1 : found->second);
    }
  return out;
}

}  // namespace

PairPortrait portray_pairs(const Comparison &comparison, int table, const PortraitOptions &options) {
  PairPortrait out;
  const ComparedTable &what = comparison.layout.tables[static_cast<size_t>(table)];
  std::array<std::vector<uint32_t>, 2> rows;
  for (size_t side = 0; side < 2; ++side) {
    std::vector<uint32_t> all(table_of(comparison, side, table).rows);
    std::iota(all.begin(), all.end(), 0u);
    rows[side] = some_rows(all, paired_rows, 7);
  }
  if (rows[0].size() < options.least_entities || rows[1].empty()) return out;
  std::vector<std::array<std::vector<int>, 2>> codes;
  for (size_t c = 0; c < what.columns.size() && codes.size() < most_paired; ++c) {
    if (!is_paired(what.columns[c].kind)) continue;
    if (options.poll) options.poll();
    auto both = codes_of(comparison, table, static_cast<int>(c), rows);
    if (*std::max_element(both[0].begin(), both[0].end()) == *std::min_element(both[0].begin(), both[0].end())) continue;  // one value
    codes.push_back(std::move(both));
    out.source.names.push_back(what.columns[c].name);
  }
  if (codes.size() < 2) return {};
  const size_t n = codes.size();
  out.source.title = "source";
  out.target = out.difference = out.source;
  out.target.title = "synthetic";
  out.difference.title = "synthetic less source";
  out.difference.differences = true;
  for (auto *map : {&out.source, &out.target, &out.difference}) map->values.assign(n * n, no_score);
  for (size_t i = 0; i < n; ++i)
    for (size_t k = 0; k < i; ++k) {
      const double a = cramers_v(codes[i][0], codes[k][0], paired_levels), b = cramers_v(codes[i][1], codes[k][1], paired_levels);
      out.source.values[i * n + k] = out.source.values[k * n + i] = a;
      out.target.values[i * n + k] = out.target.values[k * n + i] = b;
      out.difference.values[i * n + k] = out.difference.values[k * n + i] = b - a;
    }
  auto none = [](double v) { return std::isnan(v); };
  return std::all_of(out.source.values.begin(), out.source.values.end(), none) ? PairPortrait{} : out;
}

}  // namespace relsynth::core
