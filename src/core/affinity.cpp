// affinity: world + learned blocks -> leaf of every row, block of every parent; weights and totals -> whole numbers; slots for the rows.
#include "core/affinity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace relsynth::core {

namespace {

constexpr size_t chunk = 8192;
constexpr int most_fits = 50;
constexpr double unlikely = 1e-6;    // share of the blocks' mean that every block keeps in a leaf, so that any totals can be met
constexpr double too_little = 0.02;  // rows of a block expected in a leaf below which rounding gives it none

std::vector<uint32_t> leaves_of(const World &world, int table, const std::vector<FeatureRef> &features, const Tree &tree) {
  const TableState &state = world.tables[table];
  std::vector<FeatureSource> sources;
  sources.reserve(features.size());
  for (const FeatureRef &ref : features) sources.push_back(resolve(world, table, ref, false));
  std::vector<uint32_t> leaf(state.rows);
  parallel_for((state.rows + chunk - 1) / chunk, world.options.threads, world.options.poll, [&](size_t i) {
    std::vector<Code> x(sources.size() + 1);
    for (size_t row = i * chunk; row < std::min(state.rows, (i + 1) * chunk); ++row) {
      Place place = place_of(state, row);
      for (size_t s = 0; s < sources.size(); ++s) x[s] = feature_code(sources[s], place);
      leaf[row] = static_cast<uint32_t>(tree.leaf(x.data()));
    }
  });
  return leaf;
}

std::vector<uint8_t> blocks_of(const World &world, int parent, const BlockModel &model) {
  const TableState &state = world.tables[parent];
  std::vector<FeatureSource> sources;
  for (const BlockModel::Column &column : model.columns) sources.push_back(resolve(world, parent, column.ref, true));
  std::vector<uint8_t> block(state.rows);
  parallel_for((state.rows + chunk - 1) / chunk, world.options.threads, world.options.poll, [&](size_t i) {
    for (size_t row = i * chunk; row < std::min(state.rows, (i + 1) * chunk); ++row) {
      Place place = place_of(state, row);
      size_t at = 0;
      for (size_t s = 0; s < sources.size(); ++s)
        at = at * static_cast<size_t>(model.columns[s].classes) + model.columns[s].class_of[feature_code(sources[s], place)];
      block[row] = static_cast<uint8_t>(model.block_of[at] - 1);
    }
  });
  return block;
}

}  // namespace

Affinity find_affinity(const World &world, int table, int fk) {
  const ForeignKeyModel &model = world.model.tables[table].foreign_keys[fk];
  const ColumnModel *step = world.choice_step(table, fk);
  const std::vector<FeatureRef> &features = step ? step->features : model.block.features;
  const Conditional &conditional = step ? step->conditional : model.block.conditional;
  Affinity affinity;
  if ((!step && model.block.columns.empty()) || conditional.tree.leaves < 2) return affinity;
  affinity.leaf = leaves_of(world, table, features, conditional.tree);
  if (step) {
    // Every choice is a block of its own.
    affinity.block = world.choice_code[table][fk];
    for (uint8_t &block : affinity.block) --block;
    affinity.blocks = choice_other;
  } else {
    affinity.block = blocks_of(world, world.key(table, fk).parent, model.block);
    affinity.blocks = static_cast<size_t>(model.block.blocks);
  }
  affinity.leaves = static_cast<size_t>(conditional.tree.leaves);
  for (int leaf = 0; leaf < conditional.tree.leaves; ++leaf) {
    std::vector<double> p = conditional.distribution(leaf);
    for (size_t b = 0; b < affinity.blocks; ++b) affinity.weight.push_back(p[b + 1] + unlikely / static_cast<double>(affinity.blocks));
  }
  return affinity;
}

namespace {

// A leaf x block table of weights that becomes one of counts.
class TableFitter {
 public:
  TableFitter(std::vector<double> &weights, const std::vector<uint32_t> &leaf_total, const std::vector<uint32_t> &block_total)
      : weights_(weights), leaf_total_(leaf_total), block_total_(block_total), leaves_(leaf_total.size()), blocks_(block_total.size()) {}

  void scale() {
    for (int i = 0; i < most_fits; ++i) {
      scale_blocks();
      if (scale_leaves() < 1e-3) break;
    }
  }

  std::vector<uint32_t> round(Stream &random) {
    counts_.assign(leaves_ * blocks_, 0);
    carry_.assign(blocks_, 0);
    std::vector<uint32_t> order(leaves_);
    std::iota(order.begin(), order.end(), 0u);
    for (size_t i = leaves_; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (uint32_t leaf : order) round_leaf(leaf);
    repair();
    return std::move(counts_);
  }

 private:
  void scale_blocks() {
    std::vector<double> sums(blocks_, 0);
    for (size_t i = 0; i < weights_.size(); ++i) sums[i % blocks_] += weights_[i];
    for (size_t i = 0; i < weights_.size(); ++i) weights_[i] *= sums[i % blocks_] > 0 ? block_total_[i % blocks_] / sums[i % blocks_] : 0;
  }

  // Returns by how much the largest leaf was off, of its total.
  double scale_leaves() {
    double off = 0;
    for (size_t l = 0; l < leaves_; ++l) {
      double *row = &weights_[l * blocks_], sum = std::accumulate(row, row + blocks_, 0.0);
      double factor = sum > 0 ? leaf_total_[l] / sum : 0;
      if (leaf_total_[l] > 0) off = std::max(off, std::fabs(sum / leaf_total_[l] - 1));
      for (size_t b = 0; b < blocks_; ++b) row[b] *= factor;
    }
    return off;
  }

  // Whole numbers that sum to the leaf's total; what they miss or exceed is carried on to the next leaf.
  void round_leaf(size_t l) {
    const double *weight = &weights_[l * blocks_];
    uint32_t *count = &counts_[l * blocks_];
    int64_t left = leaf_total_[l];
    std::vector<std::pair<double, size_t>> wanted;
    for (size_t b = 0; b < blocks_; ++b) {
      carry_[b] += weight[b];
      if (weight[b] < too_little) continue;
      count[b] = static_cast<uint32_t>(std::max(0.0, std::floor(carry_[b])));
      left -= count[b];
      wanted.emplace_back(carry_[b] - count[b], b);
    }
    if (left != 0) settle(l, left, wanted);
    for (size_t b = 0; b < blocks_; ++b) carry_[b] -= count[b];
  }

  void settle(size_t l, int64_t left, std::vector<std::pair<double, size_t>> &wanted) {
    uint32_t *count = &counts_[l * blocks_];
    if (wanted.empty()) {
      const double *weight = &weights_[l * blocks_];
      wanted.emplace_back(0, static_cast<size_t>(std::max_element(weight, weight + blocks_) - weight));
    }
    std::sort(wanted.begin(), wanted.end(),
              [](const auto &a, const auto &b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    for (size_t i = 0; left > 0; i = (i + 1) % wanted.size(), --left) ++count[wanted[i].second];
    while (left < 0)
      for (size_t i = wanted.size(); i-- > 0 && left < 0;) {
        if (count[wanted[i].second] == 0) continue;
        --count[wanted[i].second];
        ++left;
      }
  }

  // Moves rows from blocks that got too many to those that got too few, in the leaf where that costs least.
  void repair() {
    std::vector<int64_t> missing(block_total_.begin(), block_total_.end());
    for (size_t i = 0; i < counts_.size(); ++i) missing[i % blocks_] -= counts_[i];
    size_t from = 0;
    for (size_t to = 0; to < blocks_; ++to)
      while (missing[to] > 0) {
        while (missing[from] >= 0) ++from;
        move(from, to);
        ++missing[from];
        --missing[to];
      }
  }

  void move(size_t from, size_t to) {
    size_t best = SIZE_MAX;
    double best_gain = -std::numeric_limits<double>::infinity();
    for (size_t l = 0; l < leaves_; ++l) {
      size_t at = l * blocks_;
      if (counts_[at + from] == 0) continue;
      // Of the logarithm of the table's likelihood.
      double gain = std::log((weights_[at + to] + 1e-12) / (counts_[at + to] + 1.0)) -
                    std::log((weights_[at + from] + 1e-12) / static_cast<double>(counts_[at + from]));
      if (gain <= best_gain) continue;
      best_gain = gain;
      best = at;
    }
    --counts_[best + from];
    ++counts_[best + to];
  }

  std::vector<double> &weights_;
  const std::vector<uint32_t> &leaf_total_, &block_total_;
  size_t leaves_, blocks_;
  std::vector<uint32_t> counts_;
  std::vector<double> carry_;  // per block: what leaves so far should have had less what they have
};

template <class T>
void shuffle(T *begin, size_t n, Stream &random) {
  for (size_t i = n; i > 1; --i) std::swap(begin[i - 1], begin[random.below(i)]);
}

// Positions 0 .. n-1 ordered by class; begin[k] is the first of class k. `classes` are numbered anew, those that occur only.
struct Sorted {
  std::vector<uint32_t> order, begin, classes;
  template <class ClassOf>
  Sorted(size_t n, size_t all, ClassOf class_of) : order(n) {
    if (all > 4 * n) {
      std::iota(order.begin(), order.end(), 0u);
      std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return class_of(a) < class_of(b); });
    } else {
      std::vector<uint32_t> next(all + 1, 0);
      for (size_t i = 0; i < n; ++i) ++next[class_of(i) + 1];
      for (size_t k = 0; k < all; ++k) next[k + 1] += next[k];
      for (size_t i = 0; i < n; ++i) order[next[class_of(i)]++] = static_cast<uint32_t>(i);
    }
    for (size_t i = 0; i < n; ++i) {
      uint32_t k = static_cast<uint32_t>(class_of(order[i]));
      if (!classes.empty() && classes.back() == k) continue;
      classes.push_back(k);
      begin.push_back(static_cast<uint32_t>(i));
    }
    begin.push_back(static_cast<uint32_t>(n));
  }
  std::vector<uint32_t> totals() const {
    std::vector<uint32_t> out;
    for (size_t k = 0; k < classes.size(); ++k) out.push_back(begin[k + 1] - begin[k]);
    return out;
  }
};

}  // namespace

void scale_table(std::vector<double> &weights, const std::vector<uint32_t> &leaf_total, const std::vector<uint32_t> &block_total) {
  TableFitter(weights, leaf_total, block_total).scale();
}

std::vector<uint32_t> fit_table(std::vector<double> &weights, const std::vector<uint32_t> &leaf_total,
                                const std::vector<uint32_t> &block_total, Stream &random) {
  TableFitter fitter(weights, leaf_total, block_total);
  fitter.scale();
  return fitter.round(random);
}

double bend(const Affinity &affinity, const std::vector<uint32_t> &leaf_total, const std::vector<uint32_t> &block_total) {
  std::vector<double> weights = affinity.weight;
  scale_table(weights, leaf_total, block_total);
  double g = 0;
  for (size_t l = 0; l < affinity.leaves; ++l) {
    const double *before = &affinity.weight[l * affinity.blocks], *after = &weights[l * affinity.blocks];
    const double sum = std::accumulate(before, before + affinity.blocks, 0.0);
    for (size_t b = 0; b < affinity.blocks; ++b)
      if (after[b] > 0) g += 2 * after[b] * std::log(after[b] * sum / (before[b] * leaf_total[l]));
  }
  return g;
}

void match_slots(const Affinity &affinity, const std::vector<uint32_t> &rows, std::vector<int32_t> &slots, Stream &random) {
  size_t n = std::min(rows.size(), slots.size());
  shuffle(slots.data(), slots.size(), random);
  slots.resize(n);
  Sorted by_leaf(n, affinity.leaves, [&](size_t i) { return affinity.leaf[rows[i]]; });
  Sorted by_block(n, affinity.blocks, [&](size_t i) { return affinity.block[slots[i]]; });
  std::vector<double> weights;
  for (uint32_t leaf : by_leaf.classes)
    for (uint32_t block : by_block.classes) weights.push_back(affinity.weight[leaf * affinity.blocks + block]);
  std::vector<uint32_t> counts = fit_table(weights, by_leaf.totals(), by_block.totals(), random), next = by_block.begin;
  std::vector<int32_t> out(n);
  size_t blocks = by_block.classes.size();
  for (size_t l = 0; l < by_leaf.classes.size(); ++l) {
    shuffle(&by_leaf.order[by_leaf.begin[l]], by_leaf.begin[l + 1] - by_leaf.begin[l], random);
    const uint32_t *row = &by_leaf.order[by_leaf.begin[l]];
    for (size_t b = 0; b < blocks; ++b)
      for (uint32_t k = 0; k < counts[l * blocks + b]; ++k) out[*row++] = slots[by_block.order[next[b]++]];
  }
  slots = std::move(out);
}

}  // namespace relsynth::core
