#include "core/boost.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "core/lanes.h"

namespace relsynth::core {

namespace {

constexpr int most_rounds = 24, patience = 4;
constexpr double rate = 0.25;         // of what a tree says that is taken
constexpr double least_gain = 0.004;  // nats a row that boosting has to bring
constexpr double hessian_prior = 10;  // added to the second derivatives in a leaf
constexpr float most_step = 1.5f;     // of a leaf, before the rate
constexpr int most_depth = 3;
constexpr size_t most_tried = 16;  // features
constexpr int sketched = 5;        // outputs that splits look at, in place of all classes (Iosipoi & Vakhrushev 2022)

// Sums over rows: sketched gradients, rows, entities.
struct Sums {
  Lanes<8> v = Lanes<8>::zero();
  void add(const Sums &o) { v += o.v; }
  void take(const Sums &o) { v -= o.v; }
  float rows() const { return v[sketched]; }
  float entities() const { return v[sketched + 1]; }
  double score() const {
    double s = 0;
    for (int i = 0; i < sketched; ++i) s += static_cast<double>(v[i]) * v[i];
    return s / (rows() + hessian_prior);
  }
};

struct Cut {
  double gain = 0;
  int feature = -1;
  std::array<uint64_t, 4> goes_left{};
};

// Class shares of some rows while trees are added.
class Margins {
 public:
  Margins(const BoostRows &from, const CoarseTarget &coarse)
      : rows_(from.rows), coarse_(coarse), classes_(static_cast<size_t>(coarse.classes)), width_(whole_lanes<8>(classes_)) {
    now_.assign(rows_.size() * width_, 0);
    for (size_t i = 0; i < rows_.size(); ++i) std::copy_n(&from.shares[i * classes_], classes_, &now_[i * width_]);
  }

  size_t size() const { return rows_.size(); }
  size_t width() const { return width_; }  // of a row's shares, the last ones of no class
  uint32_t row(size_t i) const { return rows_[i]; }
  const float *now(size_t i) const { return &now_[i * width_]; }
  Code true_class(size_t i) const { return coarse_.class_of_row[row(i)]; }

  void add(const std::vector<Feature> &features, const BoostedTree &tree) {
    std::vector<float> factors(static_cast<size_t>(tree.tree.leaves) * width_, 0);
    for (size_t i = 0; i < tree.values.size(); ++i) factors[i / classes_ * width_ + i % classes_] = std::exp(tree.values[i]);
    for (size_t i = 0; i < size(); ++i) {
      int n = 0;
      while (tree.tree.nodes[n].feature >= 0) {
        const Tree::Node &node = tree.tree.nodes[n];
        n = node.left_has(features[node.feature].codes[row(i)]) ? node.left : node.right;
      }
      multiply(&now_[i * width_], &factors[static_cast<size_t>(tree.tree.nodes[n].leaf) * width_]);
    }
  }

  double mean_log() const {
    double sum = 0;
    for (size_t i = 0; i < size(); ++i) sum += std::log(std::max(1e-9f, now(i)[true_class(i)]));
    return size() > 0 ? sum / static_cast<double>(size()) : 0;
  }

 private:
  // Shares that sum to 1 again.
  void multiply(float *shares, const float *factors) const {
    auto sum = Lanes<8>::zero();
    for (size_t k = 0; k < width_; k += 8) {
      auto s = Lanes<8>::at(shares + k);
      sum += s.multiply(factors + k);
      s.store(shares + k);
    }
    const float scale = 1 / sum.sum();
    for (size_t k = 0; k < width_; k += 8) (Lanes<8>::at(shares + k) *= scale).store(shares + k);
  }

  std::span<const uint32_t> rows_;
  const CoarseTarget &coarse_;
  size_t classes_, width_;
  std::vector<float> now_;
};

class Booster {
 public:
  Booster(const std::vector<Feature> &features, const FitRows &rows, const CoarseTarget &coarse, const BoostRows &grown,
          const TreeOptions &options)
      : features_(features), classes_(static_cast<size_t>(coarse.classes)), margins_(grown, coarse), options_(options) {
    std::map<uint32_t, float> rows_of;
    for (uint32_t r : grown.rows) rows_of[rows.entity.empty() ? r : rows.entity[r]] += 1;
    for (uint32_t r : grown.rows) worth_.push_back(1 / rows_of[rows.entity.empty() ? r : rows.entity[r]]);
    for (const Feature &feature : features) {
      std::vector<Code> &codes = codes_.emplace_back();
      codes.reserve(grown.rows.size());
      for (uint32_t r : grown.rows) codes.push_back(feature.codes[r]);
      highest_.push_back(codes.empty() ? Code{0} : *std::max_element(codes.begin(), codes.end()));
    }
    sketch_.resize(margins_.size());
    order_.resize(margins_.size());
    moved_.resize(margins_.size());
    tried_.resize(features.size());
    std::iota(tried_.begin(), tried_.end(), 0);
  }

  BoostedTree tree(int round) {
    sketch(round);
    std::iota(order_.begin(), order_.end(), 0u);
    if (round == 0) screen();
    BoostedTree out;
    out.tree.nodes.emplace_back();
    split(out, 0, 0, static_cast<uint32_t>(order_.size()), 0);
    return out;
  }

  Margins &margins() { return margins_; }

 private:
  // Gradients of the likelihood by the logarithms of the class shares, on a few random directions.
  void sketch(int round) {
    Stream random(0, hash_name("boost"), static_cast<uint64_t>(round), Purpose::Train);
    std::vector<Lanes<8>> direction(classes_, Lanes<8>::zero());
    for (Lanes<8> &d : direction)
      for (int j = 0; j < sketched; ++j) d.set(j, static_cast<float>(random.uniform() + random.uniform() + random.uniform() - 1.5) * 2);
    for (size_t i = 0; i < margins_.size(); ++i) {
      const float *p = margins_.now(i);
      Lanes<8> s = direction[margins_.true_class(i)];
      for (size_t k = 0; k < classes_; ++k) {
        Lanes<8> expected = direction[k];
        s -= expected *= p[k];
      }
      s.set(sketched, 1);
      s.set(sketched + 1, worth_[i]);
      sketch_[i].v = s;
    }
  }

  // Features that say most to begin with; the others are not tried again.
  void screen() {
    if (tried_.size() <= most_tried) return;
    std::vector<std::pair<double, int>> gains;
    gains.reserve(tried_.size());
    for (int f : tried_) gains.emplace_back(-best_cut(f, 0, static_cast<uint32_t>(order_.size())).gain, f);
    std::sort(gains.begin(), gains.end());
    tried_.clear();
    for (size_t i = 0; i < most_tried; ++i) tried_.push_back(gains[i].second);
    std::sort(tried_.begin(), tried_.end());
  }

  bool enough(const Sums &side) const { return side.entities() >= static_cast<float>(options_.min_entities); }

  // The best threshold of codes in `order`.
  void sweep(std::span<const int> order, const std::array<Sums, 256> &bins, const Sums &all, int feature, Cut &best) const {
    Sums left, right = all;
    for (size_t i = 0; i + 1 < order.size(); ++i) {
      left.add(bins[order[i]]);
      right.take(bins[order[i]]);
      if (!enough(left) || !enough(right)) continue;
      double gain = left.score() + right.score() - all.score();
      if (gain <= best.gain) continue;
      best.gain = gain;
      best.feature = feature;
      best.goes_left = {};
      for (size_t j = 0; j <= i; ++j) best.goes_left[order[j] >> 6] |= uint64_t{1} << (order[j] & 63);
      if (!features_[feature].ordered) continue;
      for (int c = 0; c < order[i]; ++c) best.goes_left[c >> 6] |= uint64_t{1} << (c & 63);
    }
  }

  Cut best_cut(int f, uint32_t begin, uint32_t end) {
    const std::vector<Code> &codes = codes_[f];
    std::array<Sums, 256> &bins = bins_;
    std::fill_n(bins.begin(), highest_[f] + 1, Sums());
    Sums all;
    for (uint32_t i = begin; i < end; ++i) bins[codes[order_[i]]].add(sketch_[order_[i]]);
    std::vector<int> seen;
    for (int c = 0; c <= highest_[f]; ++c)
      if (bins[c].rows() > 0) {
        seen.push_back(c);
        all.add(bins[c]);
      }
    Cut best;
    if (seen.size() < 2) return best;
    if (features_[f].ordered) {
      sweep(seen, bins, all, f, best);
      return best;
    }
    for (int j = 0; j < 2; ++j) {  // in the order of two of the directions
      auto mean = [&](int c) { return bins[c].v[j] / (bins[c].rows() + static_cast<float>(hessian_prior)); };
      std::sort(seen.begin(), seen.end(), [&](int a, int b) { return mean(a) != mean(b) ? mean(a) < mean(b) : a < b; });
      sweep(seen, bins, all, f, best);
    }
    return best;
  }

  void split(BoostedTree &out, int node, uint32_t begin, uint32_t end, int depth) {
    Cut best;
    if (depth < most_depth && end - begin >= 2 * options_.min_entities)
      for (int f : tried_) {
        Cut cut = best_cut(f, begin, end);
        if (cut.gain > best.gain) best = cut;
      }
    if (best.feature < 0) return leaf(out, node, begin, end);
    Tree::Node &here = out.tree.nodes[node];
    here.feature = best.feature;
    here.goes_left = best.goes_left;
    const std::vector<Code> &codes = codes_[best.feature];
    uint32_t middle = begin, moved = 0;
    for (uint32_t i = begin; i < end; ++i) {
      bool left = here.left_has(codes[order_[i]]);
      (left ? order_[middle++] : moved_[moved++]) = order_[i];
    }
    std::copy_n(moved_.begin(), moved, order_.begin() + middle);
    int left = static_cast<int>(out.tree.nodes.size());
    here.left = left;
    here.right = left + 1;
    out.tree.nodes.resize(out.tree.nodes.size() + 2);
    split(out, left, begin, middle, depth + 1);
    split(out, left + 1, middle, end, depth + 1);
  }

  // Newton's step for every class by its own.
  void leaf(BoostedTree &out, int node, uint32_t begin, uint32_t end) {
    std::vector<float> first(margins_.width(), 0), second(margins_.width(), 0);
    for (uint32_t i = begin; i < end; ++i) {
      const float *shares = margins_.now(order_[i]);
      for (size_t k = 0; k < margins_.width(); k += 8) {
        const auto p = Lanes<8>::at(shares + k);
        auto gradient = Lanes<8>::at(&first[k]), hessian = Lanes<8>::at(&second[k]), square = p;
        (gradient -= p).store(&first[k]);
        ((hessian += p) -= square *= p).store(&second[k]);
      }
      first[margins_.true_class(order_[i])] += 1;
    }
    out.tree.nodes[node].leaf = out.tree.leaves++;
    for (size_t k = 0; k < classes_; ++k)
      out.values.push_back(static_cast<float>(rate) *
                           std::clamp(first[k] / (second[k] + static_cast<float>(hessian_prior)), -most_step, most_step));
  }

  const std::vector<Feature> &features_;
  size_t classes_;
  Margins margins_;
  const TreeOptions &options_;
  std::vector<std::vector<Code>> codes_;  // per feature: of the rows grown on
  std::vector<Code> highest_;             // of these
  std::vector<float> worth_;              // of a row: one over the rows of its entity, so that sums are entities at most
  std::vector<Sums> sketch_;
  std::array<Sums, 256> bins_;  // of one feature at a time
  std::vector<uint32_t> order_, moved_;
  std::vector<int> tried_;
};

}  // namespace

std::vector<BoostedTree> boost(const std::vector<Feature> &features, const FitRows &rows, const CoarseTarget &coarse,
                               const BoostRows &grown, const BoostRows &held, int rounds, const TreeOptions &options, const Poll &poll) {
  Booster booster(features, rows, coarse, grown, options);
  Margins left_out(held, coarse);
  std::vector<BoostedTree> trees;
  auto worth = [&] {
    double seen = booster.margins().mean_log(), unseen = left_out.mean_log();
    return unseen - options.discretion * (seen - unseen);
  };
  bool fixed = rounds > 0;
  double start = fixed ? 0 : worth(), best = start;
  size_t kept = 0;
  for (int round = 0; round < (fixed ? rounds : most_rounds); ++round) {
    if (poll) poll();
    trees.push_back(booster.tree(round));
    if (trees.back().tree.leaves < 2) {
      trees.pop_back();
      break;
    }
    booster.margins().add(features, trees.back());
    if (fixed) continue;
    left_out.add(features, trees.back());
    double now = worth();
    if (now > best) best = now, kept = trees.size();
    if (trees.size() >= kept + patience || (round == patience - 1 && best < start + least_gain / 4)) break;
  }
  if (!fixed) trees.resize(best < start + least_gain ? 0 : kept);
  return trees;
}

void add_boosted(const std::vector<BoostedTree> &trees, std::span<const float> shares, const Code *x, float *weights) {
  std::fill_n(weights, shares.size(), 0.0f);
  for (const BoostedTree &tree : trees) {
    const float *values = &tree.values[static_cast<size_t>(tree.tree.leaf(x)) * shares.size()];
    for (size_t k = 0; k < shares.size(); ++k) weights[k] += values[k];
  }
  for (size_t k = 0; k < shares.size(); ++k) weights[k] = shares[k] * std::exp(weights[k]);
}

}  // namespace relsynth::core
