#include "core/group_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "core/similarity.h"

namespace relsynth::core {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr size_t least_rows = 10, least_pairs = 20;

struct Moments {
  double n = 0, mean = 0, square = 0;  // square: sum of squared distances to the mean
  void add(double v) {
    ++n;
    const double d = v - mean;
    mean += d / n;
    square += d * (v - mean);
  }
};

size_t group_count(const std::vector<int32_t> &groups) {
  int32_t most = -1;
  for (int32_t g : groups) most = std::max(most, g);
  return static_cast<size_t>(most + 1);
}

bool follows(const std::vector<int32_t> &groups, size_t i) { return groups[i] >= 0 && groups[i] == groups[i - 1]; }

}  // namespace

double intraclass_correlation(const std::vector<double> &values, const std::vector<int32_t> &groups) {
  std::vector<Moments> of(group_count(groups));
  Moments all;
  for (size_t i = 0; i < values.size(); ++i) {
    if (groups[i] < 0 || !std::isfinite(values[i])) continue;
    of[groups[i]].add(values[i]);
    all.add(values[i]);
  }
  double k = 0, squares = 0, between = 0, within = 0;
  for (const Moments &m : of) {
    if (m.n == 0) continue;
    ++k;
    squares += m.n * m.n;
    between += m.n * (m.mean - all.mean) * (m.mean - all.mean);
    within += m.square;
  }
  if (all.n < least_rows || k < 2 || all.n <= k) return nothing;
  between /= k - 1;
  within /= all.n - k;
  const double size = (all.n - squares / all.n) / (k - 1), total = between + (size - 1) * within;
  return total > 0 ? std::clamp((between - within) / total, -1.0, 1.0) : nothing;
}

double sibling_agreement(const std::vector<int32_t> &levels, const std::vector<int32_t> &groups) {
  std::vector<double> rows(group_count(groups), 0);
  std::map<std::pair<int32_t, int32_t>, double> cells;
  std::unordered_map<int32_t, double> margin;
  double all = 0;
  for (size_t i = 0; i < levels.size(); ++i) {
    if (groups[i] < 0 || levels[i] < 0) continue;
    ++rows[groups[i]];
    ++cells[{groups[i], levels[i]}];
    ++margin[levels[i]];
    ++all;
  }
  double pairs = 0, same = 0, chance = 0;
  for (double n : rows) pairs += n * (n - 1);
  for (const auto &[cell, n] : cells) same += n * (n - 1);
  for (const auto &[level, n] : margin) chance += n / all * n / all;
  if (all < least_rows || pairs == 0 || chance >= 1) return nothing;
  return (same / pairs - chance) / (1 - chance);
}

double lag_correlation(const std::vector<double> &values, const std::vector<int32_t> &groups, bool centred) {
  std::vector<Moments> of(group_count(groups));
  for (size_t i = 0; centred && i < values.size(); ++i)
    if (groups[i] >= 0 && std::isfinite(values[i])) of[groups[i]].add(values[i]);
  std::vector<double> before, after;
  for (size_t i = 1; i < values.size(); ++i) {
    if (!follows(groups, i) || !std::isfinite(values[i]) || !std::isfinite(values[i - 1])) continue;
    const double mean = centred ? of[groups[i]].mean : 0;
    before.push_back(values[i - 1] - mean);
    after.push_back(values[i] - mean);
  }
  return before.size() > least_pairs ? correlation(before, after) : nothing;
}

double lag_agreement(const std::vector<int32_t> &levels, const std::vector<int32_t> &groups) {
  size_t pairs = 0, same = 0;
  for (size_t i = 1; i < levels.size(); ++i) {
    if (!follows(groups, i)) continue;
    ++pairs;
    same += levels[i] >= 0 && levels[i] == levels[i - 1];
  }
  return pairs > least_pairs ? static_cast<double>(same) / static_cast<double>(pairs) : nothing;
}

std::vector<double> steps_within(const std::vector<double> &values, const std::vector<int32_t> &groups) {
  std::vector<double> out;
  for (size_t i = 1; i < values.size(); ++i)
    if (follows(groups, i) && std::isfinite(values[i]) && std::isfinite(values[i - 1])) out.push_back(values[i] - values[i - 1]);
  return out;
}

Extents extents_of(const std::vector<double> &values, const std::vector<int32_t> &groups) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> least(group_count(groups), infinity), most(least.size(), -infinity);
  for (size_t i = 0; i < values.size(); ++i) {
    if (groups[i] < 0 || !std::isfinite(values[i])) continue;
    least[groups[i]] = std::min(least[groups[i]], values[i]);
    most[groups[i]] = std::max(most[groups[i]], values[i]);
  }
  Extents out;
  for (size_t g = 0; g < least.size(); ++g)
    if (least[g] <= most[g]) out.first.push_back(least[g]), out.span.push_back(most[g] - least[g]);
  return out;
}

}  // namespace relsynth::core
