// Input: grown trees; output: pruned ones, and options chosen on entities that were left out while growing.
#include "core/prune.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/histogram.h"

namespace relsynth::core {

std::vector<uint8_t> leaves_at(const GrownTree &grown, double penalty) {
  std::vector<double> worth(grown.nodes.size(), 0);
  std::vector<uint8_t> leaf(grown.nodes.size(), 1);
  for (size_t n = grown.nodes.size(); n-- > 0;) {
    const GrownTree::Node &node = grown.nodes[n];
    if (node.feature < 0) continue;
    worth[n] = std::max(0.0, node.gain - std::max(0.0, penalty) * node.cost + worth[node.left] + worth[node.right]);
    leaf[n] = worth[n] <= 0;
  }
  for (size_t n = 0; n < grown.nodes.size(); ++n) {
    const GrownTree::Node &node = grown.nodes[n];
    if (node.feature >= 0 && leaf[n]) leaf[node.left] = leaf[node.right] = 1;
  }
  return leaf;
}

std::vector<double> shares_of(const GrownTree &grown, double shrinkage) {
  size_t k = static_cast<size_t>(grown.classes);
  std::vector<double> shares(grown.nodes.size() * k, 0.0);
  auto fill = [&](size_t n, size_t parent, double weight) {
    const GrownTree::Node &node = grown.nodes[n];
    double total = node.end - node.begin + weight;
    for (size_t c = 0; c < k; ++c) {
      double prior = weight > 0 ? weight * shares[parent * k + c] : 0;
      shares[n * k + c] = total > 0 ? (grown.counts[n * k + c] + prior) / total : 1.0 / grown.classes;
    }
  };
  fill(0, 0, 0);
  for (size_t n = 0; n < grown.nodes.size(); ++n) {
    const GrownTree::Node &node = grown.nodes[n];
    if (node.feature < 0) continue;
    for (int child : {node.left, node.right}) fill(child, n, shrinkage * grown.nodes[child].effect);
  }
  return shares;
}

PrunedTree prune(const GrownTree &grown, double penalty) {
  std::vector<uint8_t> leaf = leaves_at(grown, penalty);
  PrunedTree out;
  std::vector<std::pair<int, int>> todo{{0, 0}};  // grown node, its node in the tree
  out.tree.nodes.emplace_back();
  while (!todo.empty()) {
    auto [from, to] = todo.back();
    todo.pop_back();
    if (leaf[from]) {
      out.tree.nodes[to].leaf = out.tree.leaves++;
      out.places.push_back(from);
      continue;
    }
    const GrownTree::Node &node = grown.nodes[from];
    int left = static_cast<int>(out.tree.nodes.size());
    out.tree.nodes.resize(out.tree.nodes.size() + 2);
    Tree::Node &split = out.tree.nodes[to];
    split.feature = node.feature;
    split.left = left;
    split.right = left + 1;
    split.goes_left = node.goes_left;
    todo.push_back({node.right, left + 1});
    todo.push_back({node.left, left});
  }
  return out;
}

CoarseTarget::CoarseTarget(const FitRows &rows, int limit) {
  std::vector<uint32_t> counts(256, 0);
  for (Code code : rows.target) ++counts[code];
  class_of = coarse_classes(counts, rows.target_ordered, limit, classes);
  class_of_row.resize(rows.target.size());
  std::transform(rows.target.begin(), rows.target.end(), class_of_row.begin(), [&](Code code) { return class_of[code]; });
}

namespace {

constexpr std::array<double, 10> penalties{1, 1.5, 2, 3, 4, 6, 9, 14, 22, 40};
constexpr std::array<double, 6> shrinkages{0.1, 0.3, 1, 3, 10, 30};
constexpr std::array<double, 6> cell_shrinkages{1, 3, 10, 30, 100, 1000};
constexpr size_t most_tuned_rows = 40000;  // that trees are grown on to choose
constexpr size_t few_rows = 6000;          // up to which every entity is left out once
constexpr uint32_t least_entities = 30;
constexpr int most_classes = 128;
constexpr double least_gain = 0.01;  // nats a row that twice the classes have to bring

using Counts = std::array<uint32_t, 256>;

// One division into rows to grow on and rows left out, and the tree grown.
class Fold {
 public:
  Fold(const std::vector<Feature> &features, const FitRows &rows, const CoarseTarget &coarse, std::span<const uint32_t> grown_on,
       std::span<const uint32_t> held, const TreeOptions &options, const Poll &poll)
      : rows_(rows), coarse_(coarse), held_(held) {
    tree_ = grow_tree(features, coarse.class_of_row, coarse.classes, rows.target_ordered, rows.entity, grown_on, options, poll);
    size_t k = static_cast<size_t>(coarse.classes);
    held_counts_.assign(tree_.nodes.size() * k, 0);
    for (uint32_t r : held_) {
      int place = tree_.place(features, r);
      places_.push_back(place);
      ++held_counts_[place * k + coarse.class_of_row[r]];
    }
    for (size_t n = tree_.nodes.size(); n-- > 0;) {
      const GrownTree::Node &node = tree_.nodes[n];
      if (node.feature < 0) continue;
      for (size_t c = 0; c < k; ++c) held_counts_[n * k + c] = held_counts_[node.left * k + c] + held_counts_[node.right * k + c];
    }
    for (uint32_t r : tree_.rows) {
      ++root_[rows.target[r]];
      ++root_class_[coarse.class_of_row[r]];
    }
  }

  GrownTree take_tree() { return std::move(tree_); }

  // What options are worth: mean log-likelihood of the rows held, less `discretion` times what rows grown on have more.
  struct Worth {
    double held = 0, grown = 0;
    double of(double discretion) const { return held - discretion * (grown - held); }
  };
  // Of the rows' classes, per penalty.
  void add_classes(double shrinkage, std::span<Worth> sums) const {
    std::vector<double> shares = shares_of(tree_, shrinkage);
    std::vector<Worth> own(tree_.nodes.size());
    size_t k = static_cast<size_t>(coarse_.classes);
    for (size_t n = 0; n < own.size(); ++n)
      for (size_t c = 0; c < k; ++c) {
        size_t cell = n * k + c;
        if (root_class_[c] == 0 || shares[cell] <= 0) continue;
        double log = std::log(shares[cell]);
        own[n].held += held_counts_[cell] * log / static_cast<double>(held_.size());
        own[n].grown += tree_.counts[cell] * log / static_cast<double>(tree_.rows.size());
      }
    for (size_t p = 0; p < penalties.size(); ++p) {
      std::vector<uint8_t> leaf = leaves_at(tree_, penalties[p]);
      for_leaves(leaf, [&](int n) {
        sums[p].held += own[n].held;
        sums[p].grown += own[n].grown;
      });
    }
  }

  // The same of codes within their classes, per cell shrinkage.
  void add_cells(double penalty, std::span<Worth> sums) const {
    std::vector<uint8_t> leaf = leaves_at(tree_, penalty);
    std::vector<int> leaf_of(tree_.nodes.size(), -1);
    std::vector<std::vector<uint32_t>> held_in(tree_.nodes.size());
    for (size_t n = 0; n < leaf.size(); ++n) {
      const GrownTree::Node &node = tree_.nodes[n];
      if (leaf_of[n] < 0 && leaf[n]) leaf_of[n] = static_cast<int>(n);
      if (node.feature >= 0) leaf_of[node.left] = leaf_of[node.right] = leaf_of[n];
    }
    for (size_t i = 0; i < held_.size(); ++i) held_in[leaf_of[places_[i]]].push_back(held_[i]);
    for_leaves(leaf, [&](int n) {
      Counts codes{}, classes{}, held{};
      for (uint32_t i = tree_.nodes[n].begin; i < tree_.nodes[n].end; ++i) {
        ++codes[rows_.target[tree_.rows[i]]];
        ++classes[coarse_.class_of_row[tree_.rows[i]]];
      }
      for (uint32_t r : held_in[n]) ++held[rows_.target[r]];
      for (int code = 0; code < 256; ++code)
        if (root_[code] > 0 && codes[code] + held[code] > 0) add_code(code, codes, classes, held[code], sums);
    });
  }

 private:
  void add_code(int code, const Counts &codes, const Counts &classes, uint32_t held, std::span<Worth> sums) const {
    Code k = coarse_.class_of[code];
    double in_root = static_cast<double>(root_[code]) / root_class_[k];
    for (size_t s = 0; s < cell_shrinkages.size(); ++s) {
      double log = std::log((codes[code] + cell_shrinkages[s] * in_root) / (classes[k] + cell_shrinkages[s]));
      sums[s].held += held * log / static_cast<double>(held_.size());
      sums[s].grown += codes[code] * log / static_cast<double>(tree_.rows.size());
    }
  }

  template <class Each>
  void for_leaves(const std::vector<uint8_t> &leaf, Each each) const {
    std::vector<int> todo{0};
    while (!todo.empty()) {
      int n = todo.back();
      todo.pop_back();
      if (leaf[n]) {
        each(n);
      } else {
        todo.push_back(tree_.nodes[n].left);
        todo.push_back(tree_.nodes[n].right);
      }
    }
  }

  const FitRows &rows_;
  const CoarseTarget &coarse_;
  std::span<const uint32_t> held_;
  std::vector<int> places_;  // of the held rows
  GrownTree tree_;
  std::vector<uint32_t> held_counts_;  // nodes x classes
  Counts root_{}, root_class_{};
};

size_t distinct_entities(const FitRows &rows) {
  if (rows.entity.empty()) return rows.target.size();
  std::vector<uint32_t> entities(rows.entity.begin(), rows.entity.end());
  std::sort(entities.begin(), entities.end());
  return static_cast<size_t>(std::unique(entities.begin(), entities.end()) - entities.begin());
}

}  // namespace

std::vector<Division> divide(const FitRows &rows) {
  if (distinct_entities(rows) < least_entities) return {};
  size_t n = rows.target.size();
  bool few = n <= few_rows;
  uint32_t parts = few ? 3 : 4, divisions = static_cast<uint32_t>(std::max<size_t>(1, n / most_tuned_rows)) * parts;
  std::vector<Division> out(few ? parts : 1);
  for (uint32_t r = 0; r < n; ++r) {
    uint32_t part = static_cast<uint32_t>(mix(rows.entity.empty() ? r : rows.entity[r]) % divisions);
    for (uint32_t fold = 0; part < parts && fold < out.size(); ++fold) (part == fold ? out[fold].held : out[fold].grown_on).push_back(r);
  }
  std::erase_if(out, [](const Division &d) { return d.held.empty() || d.grown_on.empty(); });
  return out;
}

std::vector<float> shares_at(const GrownTree &grown, const TreeOptions &options, const std::vector<Feature> &features,
                             std::span<const uint32_t> rows) {
  std::vector<uint8_t> leaf = leaves_at(grown, options.penalty);
  std::vector<double> shares = shares_of(grown, options.shrinkage);
  size_t k = static_cast<size_t>(grown.classes);
  std::vector<float> out;
  out.reserve(rows.size() * k);
  for (uint32_t row : rows) {
    size_t n = 0;
    while (!leaf[n]) {
      const GrownTree::Node &node = grown.nodes[n];
      n = static_cast<size_t>(node.left_has(features[node.feature].codes[row]) ? node.left : node.right);
    }
    for (size_t c = 0; c < k; ++c) out.push_back(static_cast<float>(shares[n * k + c]));
  }
  return out;
}

namespace {

// Sets `options` to the best ones at this number of classes; returns what they are worth.
double choose(const std::vector<Feature> &features, const FitRows &rows, const CoarseTarget &coarse, const std::vector<Division> &divisions,
              TreeOptions &options, GrownTree &first, const Poll &poll) {
  TreeOptions growing = options;
  growing.penalty = penalties.front();
  std::vector<Fold> folds;
  folds.reserve(divisions.size());
  for (const Division &d : divisions) folds.emplace_back(features, rows, coarse, d.grown_on, d.held, growing, poll);
  double best = -INFINITY, best_cells = -INFINITY;
  for (double shrinkage : shrinkages) {
    std::array<Fold::Worth, penalties.size()> sums{};
    for (const Fold &fold : folds) fold.add_classes(shrinkage, sums);
    for (size_t p = 0; p < penalties.size(); ++p) {
      double worth = sums[p].of(options.discretion);
      if (worth > best) best = worth, options.penalty = penalties[p], options.shrinkage = shrinkage;
    }
  }
  std::array<Fold::Worth, cell_shrinkages.size()> cells{};
  for (const Fold &fold : folds) fold.add_cells(options.penalty, cells);
  for (size_t s = 0; s < cells.size(); ++s) {
    double worth = cells[s].of(options.discretion);
    if (worth > best_cells) best_cells = worth, options.cell_shrinkage = cell_shrinkages[s];
  }
  first = folds.front().take_tree();
  return (best + best_cells) / static_cast<double>(folds.size());
}

}  // namespace

Tuned tuned(const std::vector<Feature> &features, const FitRows &rows, const TreeOptions &options, const Poll &poll) {
  Tuned chosen{options, {}, {}};
  if (features.empty()) return chosen;
  const std::vector<Division> divisions = divide(rows);
  if (divisions.empty()) return chosen;
  chosen.division = divisions.front();
  double best = -INFINITY;
  for (int limit = options.classes, before = 1; limit <= most_classes; limit *= 2) {
    const CoarseTarget coarse(rows, limit);
    if (coarse.classes <= before) break;
    before = coarse.classes;
    TreeOptions here = options;
    GrownTree first;
    double worth = choose(features, rows, coarse, divisions, here, first, poll);
    here.classes = limit;
    if (worth < best + least_gain) break;
    best = worth;
    chosen.options = here;
    chosen.without = std::move(first);
  }
  return chosen;
}

}  // namespace relsynth::core
