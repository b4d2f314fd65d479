#include "core/histogram.h"

#include <algorithm>
#include <memory>
#include <numbers>
#include <numeric>

namespace relsynth::core {

const std::array<double, tabled_logs> &n_log_n_table() {
  static const auto table = [] {
    auto t = std::make_unique<std::array<double, tabled_logs>>();
    for (size_t i = 1; i < tabled_logs; ++i) (*t)[i] = static_cast<double>(i) * std::log(static_cast<double>(i));
    return t;
  }();
  return *table;
}

const std::array<double, tabled_logs> &n_log_n_steps() {
  static const auto table = [] {
    auto t = std::make_unique<std::array<double, tabled_logs>>();
    for (uint32_t i = 1; i < tabled_logs; ++i) (*t)[i] = n_log_n(i) - n_log_n(i - 1);
    return t;
  }();
  return *table;
}

namespace {

// Cuts `codes` (in order) into at most `limit` runs of equal mass; numbers them from `first`. Returns the number of runs.
int cut_by_mass(std::span<const Code> codes, std::span<const uint32_t> counts, int limit, int first, std::vector<Code> &class_of) {
  double left = 0;  // mass not yet given to a closed run
  for (Code c : codes) left += counts[c];
  int runs = 0;
  double mass = 0;
  for (Code code : codes) {
    double count = counts[code], target = left / (limit - runs);
    bool full = mass > 0 && runs + 1 < limit && (mass >= target || mass + count - target > target - mass);
    if (full) {
      left -= mass;
      mass = 0;
      ++runs;
    }
    mass += count;
    class_of[code] = static_cast<Code>(first + runs);
  }
  return codes.empty() ? 0 : runs + 1;
}

}  // namespace

std::vector<Code> coarse_classes(std::span<const uint32_t> counts, bool ordered, int limit, int &classes) {
  std::vector<Code> class_of(256, 0), codes;
  for (size_t c = 1; c < counts.size(); ++c)
    if (counts[c] > 0) codes.push_back(static_cast<Code>(c));
  int first = !counts.empty() && counts[null_code] > 0 ? 1 : 0;
  limit = std::clamp(limit, 2, 128);
  if (codes.size() <= static_cast<size_t>(limit)) {
    for (size_t i = 0; i < codes.size(); ++i) class_of[codes[i]] = static_cast<Code>(first + i);
    classes = std::max(1, first + static_cast<int>(codes.size()));
    return class_of;
  }
  if (!ordered) std::stable_sort(codes.begin(), codes.end(), [&](Code a, Code b) { return counts[a] > counts[b]; });
  classes = first + cut_by_mass(codes, counts, limit, first, class_of);
  return class_of;
}

namespace {

// The rows of a node on two sides; slots move from right to left and the likelihood of both follows.
class Sweep {
 public:
  explicit Sweep(std::span<const uint32_t> node) : node_(node) {
    for (uint32_t n : node) rows_ += n;
    for (uint32_t n : node) base_ += n_log_n(n);
    node_sum_ = base_;
    base_ -= n_log_n(rows_);
    reset();
  }

  void reset() {
    for (size_t k = 0; k < node_.size(); ++k) {
      left_[k] = 0;
      left_term_[k] = 0;
      right_term_[k] = n_log_n(node_[k]);
    }
    left_rows_ = 0;
    left_sum_ = 0;
    right_sum_ = node_sum_;
  }

  void move(const ClassTable &table, int slot) {
    if (table.by_rows)
      move_rows(table.rows[slot], table.totals[slot]);
    else
      move_counts(table.counts[slot], table.totals[slot]);
  }

  uint32_t left_rows() const { return left_rows_; }
  uint32_t right_rows() const { return rows_ - left_rows_; }
  double gain() const { return left_sum_ - n_log_n(left_rows_) + right_sum_ - n_log_n(right_rows()) - base_; }

 private:
  void move_rows(const Code *classes, uint32_t total) {
    for (uint32_t i = 0; i < total; ++i) {
      const Code k = classes[i];
      right_sum_ -= n_log_n_step(node_[k] - left_[k]);
      left_sum_ += n_log_n_step(++left_[k]);
    }
    left_rows_ += total;
  }

  void move_counts(const uint32_t *counts, uint32_t total) {
    for (size_t k = 0; k < node_.size(); ++k) {
      if (counts[k] == 0) continue;
      left_[k] += counts[k];
      double l = n_log_n(left_[k]), r = n_log_n(node_[k] - left_[k]);
      left_sum_ += l - left_term_[k];
      right_sum_ += r - right_term_[k];
      left_term_[k] = l;
      right_term_[k] = r;
    }
    left_rows_ += total;
  }

  std::span<const uint32_t> node_;
  uint32_t rows_ = 0, left_rows_ = 0;
  double base_ = 0, node_sum_ = 0, left_sum_ = 0, right_sum_ = 0;
  std::array<uint32_t, 256> left_;
  std::array<double, 256> left_term_, right_term_;
};

// The best cut found so far: the first `cut` slots of an order, plus special slots, go left.
struct Cut {
  double gain = 0;
  int slots = 0;
  bool null_left = false, missing_left = false, left_larger = false;
};

void consider(const Sweep &sweep, SideRows min_rows, const Cut &here, Cut &best) {
  if (sweep.left_rows() < min_rows.left || sweep.right_rows() < min_rows.right) return;
  double gain = sweep.gain();
  if (gain <= best.gain) return;
  best = here;
  best.gain = gain;
  best.left_larger = sweep.left_rows() > sweep.right_rows();
}

// Cuts over `order` (slots); the sweep already holds what goes left in any case.
void sweep_order(const ClassTable &table, std::span<const int> order, SideRows min_rows, Cut here, Sweep &sweep, Cut &best) {
  consider(sweep, min_rows, here, best);
  for (size_t i = 0; i < order.size() && sweep.right_rows() >= min_rows.right; ++i) {
    sweep.move(table, order[i]);
    here.slots = static_cast<int>(i) + 1;
    consider(sweep, min_rows, here, best);
  }
}

Split split_ordered(const ClassTable &table, std::span<const uint32_t> node, SideRows min_rows) {
  int null_slot = table.codes[0] == null_code ? 0 : -1;
  int missing_slot = table.codes[table.slots - 1] == missing_code ? table.slots - 1 : -1;
  std::array<int, 256> order;
  int ordinary = 0;
  for (int s = 0; s < table.slots; ++s)
    if (s != null_slot && s != missing_slot) order[ordinary++] = s;
  Sweep sweep(node);
  Cut best;
  for (int variant = 0; variant < 4; ++variant) {
    Cut here{.null_left = (variant & 1) != 0, .missing_left = (variant & 2) != 0};
    if ((here.null_left && null_slot < 0) || (here.missing_left && missing_slot < 0)) continue;
    if (variant > 0) sweep.reset();
    if (here.null_left) sweep.move(table, null_slot);
    if (here.missing_left) sweep.move(table, missing_slot);
    sweep_order(table, {order.data(), static_cast<size_t>(ordinary)}, min_rows, here, sweep, best);
  }
  Split split{.gain = best.gain};
  if (best.gain <= 0) return split;
  int threshold = best.slots > 0 ? table.codes[order[best.slots - 1]] : 0;
  for (int c = 1; c <= threshold; ++c) split.set_left(static_cast<Code>(c));
  if (null_slot >= 0 ? best.null_left : best.left_larger) split.set_left(null_code);
  if (missing_slot >= 0 ? best.missing_left : best.left_larger) split.set_left(missing_code);
  return split;
}

// Mean class of every slot.
void mean_class(const ClassTable &table, std::array<double, 256> &score) {
  for (int s = 0; s < table.slots; ++s) {
    double sum = 0;
    for (int k = 0; k < table.classes; ++k) sum += static_cast<double>(k) * table.counts[s][k];
    score[s] = sum / table.totals[s];
  }
}

// Projects every slot's class shares, less the node's, on `direction`.
void project(const ClassTable &table, std::span<const double> share, std::span<const double> direction, std::array<double, 256> &score) {
  double mean = 0;
  for (int k = 0; k < table.classes; ++k) mean += share[k] * direction[k];
  for (int s = 0; s < table.slots; ++s) {
    double sum = 0;
    for (int k = 0; k < table.classes; ++k) sum += table.counts[s][k] * direction[k];
    score[s] = sum / table.totals[s] - mean;
  }
}

// First principal component of the slots' class shares, slots weighted by rows (Coppersmith, Hong & Hosking 1999), by power iteration
// from the slot that is furthest from the node.
void principal_score(const ClassTable &table, std::span<const uint32_t> node, std::array<double, 256> &score) {
  std::array<double, 256> share{}, direction{};
  double rows = std::accumulate(node.begin(), node.end(), 0.0), furthest = -1;
  for (int k = 0; k < table.classes; ++k) share[k] = node[k] / rows;
  for (int s = 0; s < table.slots; ++s) {
    double distance = 0;
    for (int k = 0; k < table.classes; ++k) {
      double d = static_cast<double>(table.counts[s][k]) / table.totals[s] - share[k];
      distance += d * d;
    }
    if (distance * table.totals[s] <= furthest) continue;
    furthest = distance * table.totals[s];
    for (int k = 0; k < table.classes; ++k) direction[k] = static_cast<double>(table.counts[s][k]) / table.totals[s] - share[k];
  }
  constexpr int iterations = 4;
  for (int i = 0; i < iterations; ++i) {
    project(table, share, direction, score);
    std::array<double, 256> next{};
    double total = 0, norm = 0;
    for (int s = 0; s < table.slots; ++s) {
      total += score[s] * table.totals[s];
      for (int k = 0; k < table.classes; ++k) next[k] += score[s] * table.counts[s][k];
    }
    for (int k = 0; k < table.classes; ++k) next[k] -= total * share[k];
    for (int k = 0; k < table.classes; ++k) norm += next[k] * next[k];
    if (norm <= 0) break;
    for (int k = 0; k < table.classes; ++k) direction[k] = next[k] / std::sqrt(norm);
  }
  project(table, share, direction, score);
}

Split split_unordered(const ClassTable &table, std::span<const uint32_t> node, bool target_ordered, SideRows min_rows) {
  std::array<double, 256> score;
  std::array<int, 256> order;
  auto present = std::count_if(node.begin(), node.end(), [](uint32_t n) { return n > 0; });
  // Codes sorted by how they turned out split noise well, too: B standard normal scores cut at zero explain 2/pi*B/2 nats, the first
  // component of B x K of them (sqrt(B) + sqrt(K))^2 in place of B.
  bool moment = target_ordered || present <= 2;
  double codes = table.slots - 1,
         freedom = (moment ? codes : codes + 2 * std::sqrt(codes * static_cast<double>(present))) / std::numbers::pi;
  if (moment) {
    mean_class(table, score);
  } else {
    principal_score(table, node, score);
  }
  std::iota(order.begin(), order.begin() + table.slots, 0);
  std::sort(order.begin(), order.begin() + table.slots, [&](int a, int b) { return score[a] != score[b] ? score[a] < score[b] : a < b; });
  Sweep sweep(node);
  Cut best;
  sweep_order(table, {order.data(), static_cast<size_t>(table.slots)}, min_rows, {}, sweep, best);
  Split split{.gain = best.gain, .freedom = freedom};
  if (best.gain <= 0) return split;
  if (best.left_larger) split.goes_left.fill(~uint64_t{0});
  for (int i = 0; i < table.slots; ++i) {
    Code c = table.codes[order[i]];
    split.goes_left[c >> 6] &= ~(uint64_t{1} << (c & 63));
    if (i < best.slots) split.set_left(c);
  }
  return split;
}

}  // namespace

Split best_split(const ClassTable &table, std::span<const uint32_t> node, bool feature_ordered, bool target_ordered, SideRows min_rows) {
  if (table.slots < 2) return {};
  min_rows = {std::max(min_rows.left, 1u), std::max(min_rows.right, 1u)};
  return feature_ordered ? split_ordered(table, node, min_rows) : split_unordered(table, node, target_ordered, min_rows);
}

}  // namespace relsynth::core
