// train, numbers of children: children per parent -> their distribution, whole up to the heaviest parents, and the codes that a conditional
// predicts. Rank-size: how much the few largest have is a property of the table and is kept; what a single one has is not told.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/train_keys.h"

namespace relsynth::core {

namespace {

constexpr int most_count_codes = 253;  // besides that of no children

// Children of one entity among those of a parent: more than this share tells of the entity.
constexpr double most_of_one = 0.5;

constexpr double exceptions = 0.15;  // so many times as many parents as have one count: their own counts are exceptions
constexpr double as_good = 0.1;      // of a count: as good as the same

// Smooths the counts of parents that nothing stands behind but themselves.
class CountSmoother {
 public:
  CountSmoother(std::vector<uint32_t> &counts, std::span<const uint32_t> entity, const std::vector<uint8_t> &backed, uint32_t least)
      : counts_(counts), entity_(entity), least_(least) {
    order_.resize(counts.size());
    std::iota(order_.begin(), order_.end(), 0u);
    std::stable_sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) { return counts[a] < counts[b]; });
    steady_ = level(order_);
    if (!backed.empty()) order_.erase(std::remove_if(order_.begin(), order_.end(), [&](uint32_t i) { return backed[i]; }), order_.end());
  }

  // Largest count that enough entities among all parents reach.
  uint32_t steady() const { return steady_; }

  void run() {
    uint32_t top = level(order_);
    size_t end = order_.size();
    while (end > 0 && counts_[order_[end - 1]] > top) --end;
    smooth_tail(end, top);
    // To have no children tells nothing.
    size_t first = 0;
    while (first < end && counts_[order_[first]] == 0) ++first;
    for (size_t begin = first; begin < end; begin = smooth_bin(begin, end)) {
    }
  }

 private:
  uint32_t level(const std::vector<uint32_t> &order) const {
    std::set<uint32_t> entities;
    for (size_t i = order.size(); i-- > 0;) {
      entities.insert(entity_[order[i]]);
      if (entities.size() >= least_) return counts_[order[i]];
    }
    return 0;
  }

  // Positions [begin, result) of the order hold all parents of some counts, of enough entities; the last bin has at least as many.
  size_t bin_end(size_t begin, size_t end) const {
    std::set<uint32_t> entities;
    size_t i = begin;
    while (i < end && entities.size() < least_) {
      uint32_t count = counts_[order_[i]];
      for (; i < end && counts_[order_[i]] == count; ++i)
        if (entities.size() < least_) entities.insert(entity_[order_[i]]);
    }
    return i;
  }

  // Where nearly all parents of a bin have one and the same count, only the few others, which come before them, are smoothed.
  size_t few_before_many(size_t begin, size_t stop) const {
    size_t many = stop;
    while (many > begin && counts_[order_[many - 1]] == counts_[order_[stop - 1]]) --many;
    return many - begin < exceptions * static_cast<double>(stop - many) && stop - many >= least_ ? many : stop;
  }

  // A few counts below one that many have: that one where they are near to it, else rounded.
  void round_few(size_t begin, size_t many) {
    double common = counts_[order_[many]];
    for (size_t i = begin; i < many; ++i) {
      double count = counts_[order_[i]], unit = std::max(1.0, std::pow(10, std::floor(std::log10(count / 5))));
      bool near = common - count <= std::max(1.0, as_good * common);
      counts_[order_[i]] = static_cast<uint32_t>(near ? common : std::round(count / unit) * unit);
    }
  }

  // Counts of a bin come to lie on a power curve from the lowest to the highest, which keeps their sum.
  size_t smooth_bin(size_t begin, size_t end) {
    size_t stop = bin_end(begin, end);
    size_t many = few_before_many(begin, stop);
    if (many < stop) {
      round_few(begin, many);
      return stop;
    }
    if (stop < end && bin_end(stop, end) == end && counts_[order_[stop]] != counts_[order_[end - 1]]) {
      std::set<uint32_t> rest;
      for (size_t i = stop; i < end && rest.size() < least_; ++i) rest.insert(entity_[order_[i]]);
      if (rest.size() < least_) stop = end;
    }
    double low = counts_[order_[begin]], high = counts_[order_[stop - 1]], n = static_cast<double>(stop - begin);
    if (low == high) return stop;
    double mean = 0;
    for (size_t i = begin; i < stop; ++i) mean += counts_[order_[i]] / n;
    double power = (high - low) / (mean - low) - 1;
    put(
        begin, stop, [&](double p) { return low + (high - low) * std::pow(p, power); }, mean * n);
    return stop;
  }

  // The few above `top`: quantiles of a generalized Pareto distribution with the mean and the spread of what they have more than it
  // (peaks over a threshold, Pickands 1975; fitted by moments, Hosking and Wallis 1987).
  void smooth_tail(size_t begin, uint32_t top) {
    double n = static_cast<double>(order_.size() - begin), mean = 0, variance = 0;
    if (n == 0) return;
    for (size_t i = begin; i < order_.size(); ++i) mean += (counts_[order_[i]] - top) / n;
    for (size_t i = begin; i < order_.size(); ++i) variance += std::pow(counts_[order_[i]] - top - mean, 2) / n;
    double shape = variance > 0 ? std::clamp(0.5 * (1 - mean * mean / variance), -1.0, 0.45) : -1.0;
    double scale = mean * (1 - shape);
    auto excess = [&](double p) {
      return std::fabs(shape) < 1e-6 ? -std::log1p(-p) * scale : scale / shape * (std::pow(1 - p, -shape) - 1);
    };
    double sum = 0;
    for (double i = 0.5; i < n; ++i) sum += excess(i / n);
    put(
        begin, order_.size(), [&](double p) { return top + excess(p) * mean * n / sum; }, (top + mean) * n);
  }

  // Gives positions [begin, end) the values of a curve over (0, 1), rounded so that they sum to about `sum`.
  template <class Curve>
  void put(size_t begin, size_t end, const Curve &curve, double sum) {
    double n = static_cast<double>(end - begin), all = 0, before = 0;
    for (double i = 0.5; i < n; ++i) all += curve(i / n);
    double factor = all > 0 ? sum / all : 1, carried = 0;
    for (size_t i = begin; i < end; ++i) {
      carried += factor * curve((static_cast<double>(i - begin) + 0.5) / n);
      double count = std::clamp(std::round(carried - before), 0.0, 4e9);
      counts_[order_[i]] = static_cast<uint32_t>(count);
      before += count;
    }
  }

  std::vector<uint32_t> &counts_;
  std::span<const uint32_t> entity_;
  uint32_t least_, steady_ = 0;
  std::vector<uint32_t> order_;  // parents by count; those with enough behind them left out
};

// Runs of equal counts, ascending, and their codes: one for no children, the others of about equal mass.
std::vector<CountModel::Step> make_steps(std::vector<uint32_t> counts) {
  std::sort(counts.begin(), counts.end());
  std::vector<CountModel::Step> steps;
  for (uint32_t count : counts) {
    if (steps.empty() || steps.back().count != count) steps.push_back({count, 0, 1});
    ++steps.back().parents;
  }
  size_t first = !steps.empty() && steps[0].count == 0 ? 1 : 0;
  double left = static_cast<double>(counts.size()) - (first ? steps[0].parents : 0), mass = 0;
  int code = first ? 2 : 1, last = code + most_count_codes - 1;
  for (size_t i = first; i < steps.size(); ++i) {
    steps[i].code = static_cast<Code>(code);
    mass += steps[i].parents;
    bool each = steps.size() - first <= most_count_codes;
    if (code == last || (!each && mass < left / (last - code + 1))) continue;
    left -= mass;
    mass = 0;
    ++code;
  }
  return steps;
}

}  // namespace

std::vector<Code> learn_counts(const TrainSet &set, int parent, const std::vector<uint32_t> &counts, const std::vector<uint32_t> &rows,
                               const std::vector<uint8_t> &backed, CountModel &model) {
  const TrainTable &table = set.tables[parent];
  std::vector<uint32_t> smooth = counts, entity;
  entity.reserve(counts.size());
  for (uint32_t r : rows) entity.push_back(table.entity[r]);
  if (rows.empty()) entity = table.entity;
  entity.resize(counts.size(), 0);
  CountSmoother smoother(smooth, entity, backed,
                         least_support(set.plan.min_count, static_cast<uint32_t>(std::min<size_t>(counts.size(), table.entities))));
  // Kept rows are public: so is how often others refer to them, where enough do.
  model.steady = set.fixed(parent) ? UINT32_MAX : smoother.steady();
  smoother.run();
  model.steps = make_steps(smooth);
  model.mean = counts.empty() ? 0 : std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
  std::vector<Code> codes;
  codes.reserve(smooth.size());
  for (uint32_t count : smooth) {
    auto step = std::lower_bound(model.steps.begin(), model.steps.end(), count,
                                 [](const CountModel::Step &s, uint32_t wanted) { return s.count < wanted; });
    codes.push_back(step->code);
  }
  return codes;
}

std::vector<uint8_t> backed_parents(const TrainSet &set, int child, int fk) {
  const ForeignKey &key = set.key(child, fk);
  size_t n = set.tables[key.parent].rows;
  // Children are of their driver's parent's entity.
  if (set.plan.tables[child].fk_roles[fk] == FkRole::Driver) return std::vector<uint8_t>(n, 0);
  std::span<const int32_t> parents = set.parents(child, fk);
  std::vector<uint32_t> counts(n, 0), parents_with;
  for (int32_t p : parents)
    if (p >= 0 && static_cast<size_t>(p) < n) ++counts[p];
  for (uint32_t count : counts) {
    if (parents_with.size() <= count) parents_with.resize(count + 1, 0);
    ++parents_with[count];
  }
  // A count that many parents have needs nothing behind it.
  uint32_t least = least_support(set.plan.min_count, set.tables[child].entities);
  std::vector<std::pair<int32_t, uint32_t>> pairs;
  for (size_t r = 0; r < parents.size(); ++r) {
    bool there = parents[r] >= 0 && static_cast<size_t>(parents[r]) < n;
    if (there && counts[parents[r]] >= least && parents_with[counts[parents[r]]] < 2 * least)
      pairs.emplace_back(parents[r], set.tables[child].entity[r]);
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<uint8_t> backed(n, 0);
  for (size_t i = 0, end = 0; i < pairs.size(); i = end) {
    size_t entities = 0, most = 0, begin = i;
    while (end < pairs.size() && pairs[end].first == pairs[i].first) {
      size_t run = end;
      while (end < pairs.size() && pairs[end] == pairs[run]) ++end;
      ++entities;
      most = std::max(most, end - run);
    }
    backed[pairs[i].first] = entities >= least && static_cast<double>(most) <= most_of_one * static_cast<double>(end - begin);
  }
  return backed;
}

}  // namespace relsynth::core
