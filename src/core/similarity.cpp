#include "core/similarity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace relsynth::core {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr int bins = 10;
constexpr size_t most_levels = 50;
constexpr double steady_share = 0.99, strong_r = 0.5, strong_v = 0.3;

void drop_missing(std::vector<double> &values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
}

// Rows of each level; levels are dense, so that a vector does.
std::vector<double> shares(const std::vector<int32_t> &levels, size_t &known) {
  std::vector<double> out;
  known = 0;
  for (int32_t level : levels) {
    if (level < 0) continue;
    if (out.size() <= static_cast<size_t>(level)) out.resize(static_cast<size_t>(level) + 1);
    ++out[level];
    ++known;
  }
  for (double &share : out) share /= static_cast<double>(known);
  return out;
}

bool nearly_constant(const std::vector<double> &numbers) {
  std::vector<double> values = numbers;
  drop_missing(values);
  if (values.size() < 3) return true;
  std::sort(values.begin(), values.end());
  size_t most = 0, run = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    run = i > 0 && values[i] == values[i - 1] ? run + 1 : 1;
    most = std::max(most, run);
  }
  return static_cast<double>(most) > steady_share * static_cast<double>(values.size());
}

void code_numbers(PairColumn &column) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (double v : column.real.numbers)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  if (low > high) return;  // no value: codes stay 0
  if (low == high) high = low + 1;
  column.codes = bins + 1;
  auto code = [&](double v) {
    if (!std::isfinite(v)) return static_cast<uint8_t>(bins);
    return static_cast<uint8_t>(std::clamp(std::floor((v - low) / (high - low) * bins), 0.0, bins - 1.0));
  };
  for (double v : column.real.numbers) column.real_codes.push_back(code(v));
  for (double v : column.other.numbers) column.other_codes.push_back(code(v));
}

void code_levels(PairColumn &column) {
  std::unordered_map<int32_t, size_t> rows;
  for (int32_t level : column.real.levels)
    if (level >= 0) ++rows[level];
  std::vector<std::pair<int32_t, size_t>> order(rows.begin(), rows.end());
  std::sort(order.begin(), order.end(),
            [](const auto &a, const auto &b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  order.resize(std::min(order.size(), most_levels));
  std::unordered_map<int32_t, uint8_t> code;
  for (size_t i = 0; i < order.size(); ++i) code[order[i].first] = static_cast<uint8_t>(i);
  const uint8_t rest = static_cast<uint8_t>(order.size()), null = static_cast<uint8_t>(rest + 1);
  column.codes = null + 1;
  auto code_of = [&](int32_t level) {
    if (level < 0) return null;
    auto it = code.find(level);
    return it == code.end() ? rest : it->second;
  };
  for (int32_t level : column.real.levels) column.real_codes.push_back(code_of(level));
  for (int32_t level : column.other.levels) column.other_codes.push_back(code_of(level));
}

std::vector<double> contingency(const std::vector<uint8_t> &a, const std::vector<uint8_t> &b, int width, int height) {
  std::vector<double> table(static_cast<size_t>(width) * static_cast<size_t>(height), 0);
  for (size_t i = 0; i < a.size(); ++i) ++table[static_cast<size_t>(a[i]) * static_cast<size_t>(height) + b[i]];
  for (double &cell : table) cell /= static_cast<double>(std::max<size_t>(1, a.size()));
  return table;
}

double cramers_v(const std::vector<double> &table, int width, int height) {
  std::vector<double> rows(static_cast<size_t>(width), 0), columns(static_cast<size_t>(height), 0);
  for (int i = 0; i < width; ++i)
    for (int j = 0; j < height; ++j) {
      rows[i] += table[static_cast<size_t>(i * height + j)];
      columns[j] += table[static_cast<size_t>(i * height + j)];
    }
  auto used = [](const std::vector<double> &sums) { return std::count_if(sums.begin(), sums.end(), [](double s) { return s > 0; }); };
  const auto least = std::min(used(rows), used(columns)) - 1;
  if (least <= 0) return 0;
  double chi = 0;
  for (int i = 0; i < width; ++i)
    for (int j = 0; j < height; ++j) {
      const double expected = rows[i] * columns[j];
      if (expected > 0) chi += std::pow(table[static_cast<size_t>(i * height + j)] - expected, 2) / expected;
    }
  return std::sqrt(chi / static_cast<double>(least));
}

}  // namespace

double ks_complement(std::vector<double> a, std::vector<double> b) {
  drop_missing(a);
  drop_missing(b);
  if (a.empty()) return nothing;
  if (b.empty()) return 0;
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double most = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const double v = std::min(a[i], b[j]);
    while (i < a.size() && a[i] == v) ++i;
    while (j < b.size() && b[j] == v) ++j;
    most = std::max(
        most, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) - static_cast<double>(j) / static_cast<double>(b.size())));
  }
  return 1 - most;
}

double tv_complement(const std::vector<int32_t> &a, const std::vector<int32_t> &b) {
  size_t of_a, of_b;
  std::vector<double> p = shares(a, of_a), q = shares(b, of_b);
  if (of_a == 0) return nothing;
  if (of_b == 0) return 0;
  p.resize(std::max(p.size(), q.size()));
  q.resize(p.size());
  double distance = 0;
  for (size_t i = 0; i < p.size(); ++i) distance += std::abs(p[i] - q[i]);
  return 1 - distance / 2;
}

double similarity(const Series &a, const Series &b) {
  return a.numeric ? ks_complement(a.numbers, b.numbers) : tv_complement(a.levels, b.levels);
}

double correlation(const std::vector<double> &a, const std::vector<double> &b) {
  double n = 0, mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {  // Welford's update, so that large values lose nothing
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) continue;
    ++n;
    const double da = a[i] - mean_a, db = b[i] - mean_b;
    mean_a += da / n;
    mean_b += db / n;
    aa += da * (a[i] - mean_a);
    bb += db * (b[i] - mean_b);
    ab += da * (b[i] - mean_b);
  }
  if (n < 3 || aa <= 0 || bb <= 0) return nothing;
  return ab / std::sqrt(aa * bb);
}

PairColumn pair_column(Series real, Series other) {
  PairColumn out{std::move(real), std::move(other), false, 0, {}, {}};
  if (out.real.numeric) {
    out.steady = nearly_constant(out.real.numbers);
    code_numbers(out);
  } else {
    code_levels(out);
  }
  return out;
}

std::optional<PairScore> pair_score(const PairColumn &a, const PairColumn &b) {
  if (a.real.numeric && b.real.numeric) {
    if (a.steady || b.steady) return {};
    const double real = correlation(a.real.numbers, b.real.numbers), other = correlation(a.other.numbers, b.other.numbers);
    if (!std::isfinite(real)) return {};
    return PairScore{std::isfinite(other) ? 1 - std::abs(real - other) / 2 : 0.5, std::abs(real) > strong_r, true};
  }
  if (a.codes == 0 || b.codes == 0 || a.other_codes.empty()) return {};
  const std::vector<double> real = contingency(a.real_codes, b.real_codes, a.codes, b.codes);
  const std::vector<double> other = contingency(a.other_codes, b.other_codes, a.codes, b.codes);
  double distance = 0;
  for (size_t i = 0; i < real.size(); ++i) distance += std::abs(real[i] - other[i]);
  return PairScore{1 - distance / 2, cramers_v(real, a.codes, b.codes) > strong_v, false};
}

}  // namespace relsynth::core
