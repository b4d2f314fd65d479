#include "core/score_trees.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace relsynth::core {

namespace {

struct Sums {
  float gradient = 0, weight = 0;
};

struct Total {
  double gradient = 0, weight = 0;
  void add(const Sums &s) {
    gradient += s.gradient;
    weight += s.weight;
  }
  Total minus(const Total &o) const { return {gradient - o.gradient, weight - o.weight}; }
};

constexpr size_t small_node = 48;  // rows up to which sorting them costs less than a histogram of all codes

struct Cut {
  double gain = 0;
  int feature = -1;
  Code most = 0;
  bool null_left = false;
};

}  // namespace

// Grows the trees of one fit. Features of the rows lie row by row, so that a histogram reads memory in order.
class ScoreGrower {
 public:
  ScoreGrower(ScoreTrees &model, const std::vector<std::vector<Code>> &features, std::span<const uint32_t> rows,
              std::span<const float> target, const ScoreOptions &options)
      : model_(model), options_(options), width_(features.size()), rows_(rows.size()) {
    offset_.push_back(0);
    for (const std::vector<Code> &feature : features) {
      Code most = 0;
      for (uint32_t r : rows) most = std::max(most, feature[r]);
      offset_.push_back(offset_.back() + most + 1u);
    }
    codes_.resize(rows_ * width_);
    for (size_t f = 0; f < width_; ++f)
      for (size_t i = 0; i < rows_; ++i) codes_[i * width_ + f] = features[f][rows[i]];
    for (uint32_t r : rows) target_.push_back(target[r]);
    double mean = 0;
    for (float t : target_) mean += t;
    mean /= static_cast<double>(std::max<size_t>(1, rows_));
    model_.base_ = options_.loss == Loss::Squared ? mean : 0;
    score_.assign(rows_, static_cast<float>(model_.base_));
    sums_.resize(rows_);
    order_.resize(rows_);
    moved_.resize(rows_);
    model_.gain_.assign(width_, 0);
  }

  void grow(const Poll &poll) {
    for (int round = 0; round < options_.rounds; ++round) {
      if (poll) poll();
      derive();
      std::iota(order_.begin(), order_.end(), 0u);
      nodes_ = &model_.trees_.emplace_back();
      nodes_->emplace_back();
      Histogram all(rows_ > small_node ? offset_.back() : 0);
      if (rows_ > small_node) fill(all, 0, rows_);
      Total total;
      for (size_t i = 0; i < rows_; ++i) total.add(sums_[i]);
      split(0, 0, rows_, 0, std::move(all), total);
      if (nodes_->size() == 1 && std::abs((*nodes_)[0].value) < 1e-9f) {
        model_.trees_.pop_back();
        return;
      }
    }
  }

 private:
  using Histogram = std::vector<Sums>;

  void derive() {
    for (size_t i = 0; i < rows_; ++i) {
      if (options_.loss == Loss::Squared) {
        sums_[i] = {score_[i] - target_[i], 1};
        continue;
      }
      const float p = 1 / (1 + std::exp(-score_[i]));
      sums_[i] = {p - target_[i], std::max(p * (1 - p), 1e-7f)};
    }
  }

  void fill(Histogram &histogram, size_t begin, size_t end) const {
    for (size_t i = begin; i < end; ++i) {
      const Sums s = sums_[order_[i]];
      const Code *codes = &codes_[order_[i] * width_];
      for (size_t f = 0; f < width_; ++f) {
        Sums &cell = histogram[offset_[f] + codes[f]];
        cell.gradient += s.gradient;
        cell.weight += s.weight;
      }
    }
  }

  void take(Histogram &histogram, size_t begin, size_t end) const {
    for (size_t i = begin; i < end; ++i) {
      const Sums s = sums_[order_[i]];
      const Code *codes = &codes_[order_[i] * width_];
      for (size_t f = 0; f < width_; ++f) {
        Sums &cell = histogram[offset_[f] + codes[f]];
        cell.gradient -= s.gradient;
        cell.weight -= s.weight;
      }
    }
  }

  double worth(const Total &t) const { return t.gradient * t.gradient / (t.weight + options_.shrinkage); }

  // Sweeps over cells of ascending codes (next() gives them, NULL first) and keeps the best threshold.
  template <class Next>
  void sweep(size_t feature, const Total &null, const Total &all, const Next &next, Cut &best) const {
    const double before = worth(all);
    for (bool null_left : {false, true}) {
      if (null_left && null.weight <= 0) break;
      Total left = null_left ? null : Total{};
      size_t at = 0;
      Code code;
      Sums sums;
      while (next(at, code, sums)) {
        left.add(sums);
        if (left.weight < options_.least_weight) continue;
        const Total right = all.minus(left);
        if (right.weight < options_.least_weight) break;
        const double gain = worth(left) + worth(right) - before;
        if (gain > best.gain + 1e-9) best = {gain, static_cast<int>(feature), code, null_left};
      }
    }
  }

  Cut best_cut(const Histogram &histogram, const Total &all) const {
    Cut best;
    for (size_t f = 0; f < width_; ++f) {
      const uint32_t begin = offset_[f], codes = offset_[f + 1] - begin;
      Total null;
      null.add(histogram[begin]);
      sweep(
          f, null, all,
          [&](size_t &at, Code &code, Sums &sums) {
            if (++at >= codes) return false;
            code = static_cast<Code>(at);
            sums = histogram[begin + at];
            return true;
          },
          best);
    }
    return best;
  }

  // The same from the rows themselves.
  Cut best_cut(size_t begin, size_t end, const Total &all) {
    Cut best;
    for (size_t f = 0; f < width_; ++f) {
      Total null;
      sorted_.clear();
      for (size_t i = begin; i < end; ++i) {
        const Code code = codes_[order_[i] * width_ + f];
        if (code == null_code)
          null.add(sums_[order_[i]]);
        else
          sorted_.emplace_back(code, order_[i]);
      }
      std::sort(sorted_.begin(), sorted_.end());
      sweep(
          f, null, all,
          [&](size_t &at, Code &code, Sums &sums) {
            if (at >= sorted_.size()) return false;
            code = sorted_[at].first;
            sums = {};
            for (; at < sorted_.size() && sorted_[at].first == code; ++at) {
              sums.gradient += sums_[sorted_[at].second].gradient;
              sums.weight += sums_[sorted_[at].second].weight;
            }
            return true;
          },
          best);
    }
    return best;
  }

  void split(int node, size_t begin, size_t end, int depth, Histogram histogram, const Total &all) {
    const bool small = end - begin <= small_node;
    const Cut cut = depth >= options_.depth ? Cut{} : small ? best_cut(begin, end, all) : best_cut(histogram, all);
    if (cut.feature < 0) return leaf(node, begin, end, all);
    model_.gain_[cut.feature] += cut.gain;
    const int left = static_cast<int>(nodes_->size());
    nodes_->resize(nodes_->size() + 2);
    (*nodes_)[node] = {cut.feature, left, cut.most, cut.null_left, 0};
    const size_t middle = partition(cut, begin, end);
    Total of_left;
    for (size_t i = begin; i < middle; ++i) of_left.add(sums_[order_[i]]);
    // The histogram of the smaller side is counted, that of the larger one is what is left of the parent's.
    const bool smaller_left = middle - begin <= end - middle;
    const size_t from = smaller_left ? begin : middle, to = smaller_left ? middle : end;
    Histogram counted;
    if (depth + 1 < options_.depth && end - begin - (to - from) > small_node) {
      if (to - from > small_node) {
        counted.resize(offset_.back());
        fill(counted, from, to);
        for (size_t i = 0; i < histogram.size(); ++i) {
          histogram[i].gradient -= counted[i].gradient;
          histogram[i].weight -= counted[i].weight;
        }
      } else {
        take(histogram, from, to);
      }
    }
    Histogram &of_left_side = smaller_left ? counted : histogram, &of_right_side = smaller_left ? histogram : counted;
    split(left, begin, middle, depth + 1, std::move(of_left_side), of_left);
    split(left + 1, middle, end, depth + 1, std::move(of_right_side), all.minus(of_left));
  }

  size_t partition(const Cut &cut, size_t begin, size_t end) {
    size_t left = begin, right = 0;
    for (size_t i = begin; i < end; ++i) {
      const uint32_t r = order_[i];
      const Code c = codes_[r * width_ + static_cast<size_t>(cut.feature)];
      if (c == null_code ? cut.null_left : c <= cut.most)
        order_[left++] = r;
      else
        moved_[right++] = r;
    }
    std::copy_n(moved_.begin(), right, order_.begin() + static_cast<ptrdiff_t>(left));
    return left;
  }

  void leaf(int node, size_t begin, size_t end, const Total &all) {
    const float value = static_cast<float>(-options_.rate * all.gradient / (all.weight + options_.shrinkage));
    (*nodes_)[node].value = value;
    for (size_t i = begin; i < end; ++i) score_[order_[i]] += value;
  }

  ScoreTrees &model_;
  const ScoreOptions &options_;
  size_t width_, rows_;
  std::vector<uint32_t> offset_;  // of each feature's codes in a histogram
  std::vector<Code> codes_;
  std::vector<float> target_, score_;
  std::vector<Sums> sums_;
  std::vector<uint32_t> order_, moved_;
  std::vector<std::pair<Code, uint32_t>> sorted_;
  std::vector<ScoreTrees::Node> *nodes_ = nullptr;
};

void ScoreTrees::fit(const std::vector<std::vector<Code>> &features, std::span<const uint32_t> rows, std::span<const float> target,
                     const ScoreOptions &options, const Poll &poll) {
  trees_.clear();
  ScoreGrower(*this, features, rows, target, options).grow(poll);
}

double ScoreTrees::score(const std::vector<std::vector<Code>> &features, uint32_t row) const {
  double sum = base_;
  for (const std::vector<Node> &tree : trees_) {
    int n = 0;
    while (tree[n].feature >= 0) {
      const Code c = features[tree[n].feature][row];
      n = (c == null_code ? tree[n].null_left : c <= tree[n].most) ? tree[n].left : tree[n].left + 1;
    }
    sum += tree[n].value;
  }
  return sum;
}

std::vector<double> ScoreTrees::importance() const {
  std::vector<double> out = gain_;
  const double all = std::accumulate(out.begin(), out.end(), 0.0);
  for (double &g : out) g = all > 0 ? g / all : 0;
  return out;
}

double area_under_curve(std::span<const double> scores, std::span<const float> target) {
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return scores[a] < scores[b]; });
  double above = 0, zeros = 0, ones = 0;
  for (size_t i = 0; i < order.size();) {
    double tied_zeros = 0, tied_ones = 0;
    const double score = scores[order[i]];
    for (; i < order.size() && scores[order[i]] == score; ++i) (target[order[i]] > 0.5f ? tied_ones : tied_zeros) += 1;
    above += tied_ones * (zeros + tied_zeros / 2);
    zeros += tied_zeros;
    ones += tied_ones;
  }
  return zeros > 0 && ones > 0 ? above / (zeros * ones) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace relsynth::core
