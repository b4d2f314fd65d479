// Input: grown trees; output: pruned ones, and options chosen on entities that were left out while growing.
#include "core/prune.h"

#include <algorithm>
#include <array>
#include <cmath>

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
    std::copy(node.goes_left.begin(), node.goes_left.end(), split.goes_left);
    todo.push_back({node.right, left + 1});
    todo.push_back({node.left, left});
  }
  return out;
}

namespace {

constexpr std::array<double, 10> penalties{1, 1.5, 2, 3, 4, 6, 9, 14, 22, 40};
constexpr std::array<double, 4> shrinkages{1, 3, 10, 30};
constexpr std::array<double, 6> cell_shrinkages{1, 3, 10, 30, 100, 1000};
constexpr size_t most_tuned_rows = 64000;  // that trees are grown on to choose
constexpr size_t few_rows = 6000;          // up to which every entity is left out once
constexpr uint32_t least_entities = 30;

using Counts = std::array<uint32_t, 256>;

// One division into rows to grow on and rows left out, and the tree grown.
class Fold {
 public:
  Fold(const std::vector<Feature> &features, const FitRows &rows, std::span<const uint32_t> grown_on, std::span<const uint32_t> held,
       const TreeOptions &options, const Poll &poll)
      : rows_(rows), held_(held.begin(), held.end()) {
    tree_ = grow_tree(features, rows.class_of_row, rows.classes, rows.target_ordered, rows.entity, grown_on, options, poll);
    size_t k = static_cast<size_t>(rows.classes);
    held_counts_.assign(tree_.nodes.size() * k, 0);
    for (uint32_t r : held_) {
      int place = tree_.place(features, r);
      places_.push_back(place);
      ++held_counts_[place * k + rows.class_of_row[r]];
    }
    for (size_t n = tree_.nodes.size(); n-- > 0;) {
      const GrownTree::Node &node = tree_.nodes[n];
      if (node.feature < 0) continue;
      for (size_t c = 0; c < k; ++c) held_counts_[n * k + c] = held_counts_[node.left * k + c] + held_counts_[node.right * k + c];
    }
    for (uint32_t r : tree_.rows) {
      ++root_[rows.target[r]];
      ++root_class_[rows.class_of_row[r]];
      class_of_[rows.target[r]] = rows.class_of_row[r];
    }
  }

  // What options are worth: mean log-likelihood of the rows held, less `discretion` times what rows grown on have more.
  struct Worth {
    double held = 0, grown = 0;
    double of(double discretion) const { return held - discretion * (grown - held); }
  };
  // Of the rows' classes, per penalty.
  void add_classes(double shrinkage, std::span<Worth> sums) const {
    std::vector<double> shares = shares_of(tree_, shrinkage);
    std::vector<Worth> own(tree_.nodes.size());
    size_t k = static_cast<size_t>(rows_.classes);
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
        ++classes[rows_.class_of_row[tree_.rows[i]]];
      }
      for (uint32_t r : held_in[n]) ++held[rows_.target[r]];
      for (int code = 0; code < 256; ++code)
        if (root_[code] > 0 && codes[code] + held[code] > 0) add_code(code, codes, classes, held[code], sums);
    });
  }

 private:
  void add_code(int code, const Counts &codes, const Counts &classes, uint32_t held, std::span<Worth> sums) const {
    Code k = class_of_[code];
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
  std::vector<uint32_t> held_;
  std::vector<int> places_;  // of the held rows
  GrownTree tree_;
  std::vector<uint32_t> held_counts_;  // nodes x classes
  Counts root_{}, root_class_{};
  std::array<Code, 256> class_of_{};
};

// Which fold leaves an entity out, of `folds`.
uint32_t fold_of(const FitRows &rows, uint32_t row, uint32_t folds) {
  return static_cast<uint32_t>(mix(rows.entity.empty() ? row : rows.entity[row]) % folds);
}

}  // namespace

TreeOptions tuned(const std::vector<Feature> &features, const FitRows &rows, const TreeOptions &options, const Poll &poll) {
  TreeOptions chosen = options;
  size_t n = rows.target.size();
  std::vector<uint32_t> entities(rows.entity.begin(), rows.entity.end());
  std::sort(entities.begin(), entities.end());
  size_t distinct = rows.entity.empty() ? n : std::unique(entities.begin(), entities.end()) - entities.begin();
  if (distinct < least_entities || rows.classes < 2 || features.empty()) return chosen;
  // Of many rows only some are looked at, one in `divisions`-th of which is left out.
  bool few = n <= few_rows;
  uint32_t parts = few ? 3 : 4, divisions = static_cast<uint32_t>(std::max<size_t>(1, n / most_tuned_rows)) * parts;
  TreeOptions growing = options;
  growing.penalty = penalties.front();
  std::vector<Fold> folds;
  folds.reserve(parts);
  for (uint32_t fold = 0; fold < (few ? parts : 1); ++fold) {
    std::vector<uint32_t> grown_on, held;
    for (uint32_t r = 0; r < n; ++r) {
      uint32_t part = fold_of(rows, r, divisions);
      if (part < parts) (part == fold ? held : grown_on).push_back(r);
    }
    if (!held.empty() && !grown_on.empty()) folds.emplace_back(features, rows, grown_on, held, growing, poll);
  }
  double best = -INFINITY;
  for (double shrinkage : shrinkages) {
    std::array<Fold::Worth, penalties.size()> sums{};
    for (const Fold &fold : folds) fold.add_classes(shrinkage, sums);
    for (size_t p = 0; p < penalties.size(); ++p) {
      double worth = sums[p].of(options.discretion);
      if (worth > best) best = worth, chosen.penalty = penalties[p], chosen.shrinkage = shrinkage;
    }
  }
  std::array<Fold::Worth, cell_shrinkages.size()> cells{};
  for (const Fold &fold : folds) fold.add_cells(chosen.penalty, cells);
  best = -INFINITY;
  for (size_t s = 0; s < cells.size(); ++s) {
    double worth = cells[s].of(options.discretion);
    if (worth > best) best = worth, chosen.cell_shrinkage = cell_shrinkages[s];
  }
  return chosen;
}

}  // namespace relsynth::core
