// fit_conditional: codes of a column and of its features -> Conditional; drawing from one.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/boost.h"
#include "core/grow.h"
#include "core/histogram.h"
#include "core/prune.h"
#include "core/support.h"
#include "core/tree.h"

namespace relsynth::core {

namespace {

constexpr size_t most_boosted = 16000;   // rows that boosted trees are grown on
constexpr size_t most_shares = 1 << 19;  // rows x classes of these
constexpr size_t least_boosted = 500;
constexpr double lookahead = 0.5;  // of the penalty: a split that costs too much may lead to ones that pay for both

using Cells = std::span<const Conditional::Cell>;
using Counts = std::array<uint32_t, 256>;

Cells leaf_cells(const Conditional &c, int leaf, int k) {
  size_t at = static_cast<size_t>(leaf) * c.classes + k;
  return {c.cells.data() + c.cell_begin[at], c.cells.data() + c.cell_begin[at + 1]};
}

Cells root_cells(const Conditional &c, int k) { return {c.root_cells.data() + c.root_begin[k], c.root_cells.data() + c.root_begin[k + 1]}; }

uint64_t total(Cells cells) {
  uint64_t n = 0;
  for (const auto &cell : cells) n += cell.count;
  return n;
}

// Weights of the classes in a leaf; they sum to about 1.
std::span<const float> class_weights(const Conditional &c, int leaf) {
  return {c.probabilities.data() + static_cast<size_t>(leaf) * c.classes, static_cast<size_t>(c.classes)};
}

// The same for a row, with what boosted trees add; `space` holds them then.
std::span<const float> class_weights(const Conditional &c, int leaf, const Code *x, std::array<float, 256> &space) {
  std::span<const float> weights = class_weights(c, leaf);
  if (c.boosted.empty()) return weights;
  add_boosted(c.boosted, weights, x, space.data());
  return {space.data(), weights.size()};
}

double sum(std::span<const float> weights) {
  double s = 0;
  for (float w : weights) s += w;
  return s;
}

int pick_class(std::span<const float> weights, Stream &random) {
  double left = random.uniform() * sum(weights);
  int last = 0;  // with weight, in case rounding leaves something over
  for (size_t k = 0; k < weights.size(); ++k) {
    if (weights[k] <= 0) continue;
    last = static_cast<int>(k);
    left -= weights[k];
    if (left < 0) return last;
  }
  return last;
}

Code pick_code(Cells cells, uint64_t total, Stream &random) {
  uint64_t left = random.below(total);
  for (const auto &cell : cells) {
    if (left < cell.count) return cell.code;
    left -= cell.count;
  }
  return cells.back().code;
}

uint64_t count_of(Cells cells, Code code) {
  for (const auto &cell : cells)
    if (cell.code == code) return cell.count;
  return 0;
}

// Appends the cells of one table of counts, class by class, and where each class begins. `codes` are grouped by class.
void append_cells(const Counts &counts, const std::vector<Code> &codes, const Conditional &c, std::vector<Conditional::Cell> &cells,
                  std::vector<uint32_t> &begin) {
  size_t i = 0;
  for (int k = 0; k < c.classes; ++k) {
    begin.push_back(static_cast<uint32_t>(cells.size()));
    for (; i < codes.size() && c.class_of[codes[i]] == k; ++i)
      if (counts[codes[i]] > 0) cells.push_back({codes[i], counts[codes[i]]});
  }
}

void fill_cells(const GrownTree &grown, const std::vector<int> &places, std::span<const Code> target, const Counts &root, Conditional &c) {
  std::vector<Code> codes;
  for (int code = 0; code < 256; ++code)
    if (root[code] > 0) codes.push_back(static_cast<Code>(code));
  std::stable_sort(codes.begin(), codes.end(), [&](Code a, Code b) { return c.class_of[a] < c.class_of[b]; });
  append_cells(root, codes, c, c.root_cells, c.root_begin);
  c.root_begin.push_back(static_cast<uint32_t>(c.root_cells.size()));
  for (int place : places) {
    Counts counts{};
    for (uint32_t i = grown.nodes[place].begin; i < grown.nodes[place].end; ++i) ++counts[target[grown.rows[i]]];
    append_cells(counts, codes, c, c.cells, c.cell_begin);
  }
  c.cell_begin.push_back(static_cast<uint32_t>(c.cells.size()));
}

}  // namespace

Code Conditional::draw(const Code *x, Stream &random) const {
  if (root_cells.empty()) return null_code;
  if (!null_step.empty() && null_step[0].draw(x, random) == null_code) return null_code;
  std::array<float, 256> space;
  int leaf = tree.leaf(x), k = pick_class(class_weights(*this, leaf, x, space), random);
  Cells own = leaf_cells(*this, leaf, k), root = core::root_cells(*this, k);
  if (root.size() == 1) return root.front().code;
  uint64_t n = total(own);
  bool from_root = n == 0 || (cell_shrinkage > 0 && random.uniform() * (static_cast<double>(n) + cell_shrinkage) >= static_cast<double>(n));
  return from_root ? pick_code(root, total(root), random) : pick_code(own, n, random);
}

double Conditional::log_likelihood(const Code *x, Code code) const {
  constexpr double never = -std::numeric_limits<double>::infinity();
  if (root_cells.empty()) return code == null_code ? 0.0 : never;
  if (!null_step.empty() && code == null_code) return null_step[0].log_likelihood(x, null_code);
  double has_value = null_step.empty() ? 0.0 : null_step[0].log_likelihood(x, 1);
  int k = class_of[code], leaf = tree.leaf(x);
  Cells own = leaf_cells(*this, leaf, k), root = core::root_cells(*this, k);
  double in_root = static_cast<double>(count_of(root, code)), n = static_cast<double>(total(own));
  if (in_root == 0) return never;
  in_root /= static_cast<double>(total(root));
  double weight = std::max(0.0f, cell_shrinkage);
  double within = n == 0 ? in_root : (static_cast<double>(count_of(own, code)) + weight * in_root) / (n + weight);
  std::array<float, 256> space;
  std::span<const float> weights = class_weights(*this, leaf, x, space);
  return has_value + std::log(weights[k] / sum(weights)) + std::log(within);
}

namespace {

// Weights of the classes, spread over the codes that a leaf has of each.
std::vector<double> spread(const Conditional &c, int leaf, std::span<const float> weights) {
  std::vector<double> p(256, 0);
  double all = sum(weights);
  for (int k = 0; k < c.classes; ++k) {
    Cells own = leaf_cells(c, leaf, k), root = root_cells(c, k);
    double n = static_cast<double>(total(own)), in_root = static_cast<double>(total(root)), of_class = weights[k] / all;
    double pseudo = n == 0 ? 1.0 : std::max(0.0, static_cast<double>(c.cell_shrinkage));
    for (const auto &cell : root) p[cell.code] += of_class * pseudo * cell.count / in_root / (n + pseudo);
    for (const auto &cell : own) p[cell.code] += of_class * cell.count / (n + pseudo);
  }
  return p;
}

}  // namespace

std::vector<double> Conditional::distribution(int leaf) const {
  return root_cells.empty() ? std::vector<double>(256, 0) : spread(*this, leaf, class_weights(*this, leaf));
}

std::vector<double> Conditional::distribution(const Code *x) const {
  if (root_cells.empty()) {
    std::vector<double> none(256, 0);
    none[null_code] = 1;
    return none;
  }
  std::array<float, 256> space;
  const int leaf = tree.leaf(x);
  std::vector<double> p = spread(*this, leaf, class_weights(*this, leaf, x, space));
  if (null_step.empty()) return p;
  const double null = null_step[0].distribution(x)[null_code];
  for (double &share : p) share *= 1 - null;
  p[null_code] = null;
  return p;
}

namespace {

// The training rows that have a value, as columns of their own.
struct RowsWithValue {
  std::vector<uint32_t> rows;
  std::vector<std::vector<Code>> columns;
  std::vector<Feature> features;
  std::vector<Code> target;
  std::vector<uint32_t> entity;

  RowsWithValue(const std::vector<Feature> &all, std::span<const Code> codes, std::span<const uint32_t> entities) {
    for (uint32_t r = 0; r < codes.size(); ++r)
      if (codes[r] != null_code) rows.push_back(r);
    target = pick(codes.data());
    if (!entities.empty())
      for (uint32_t r : rows) entity.push_back(entities[r]);
    for (const Feature &f : all) columns.push_back(pick(f.codes));
    for (size_t f = 0; f < all.size(); ++f) features.push_back({columns[f].data(), all[f].ordered});
  }
  std::vector<Code> pick(const Code *codes) const {
    std::vector<Code> picked;
    picked.reserve(rows.size());
    for (uint32_t r : rows) picked.push_back(codes[r]);
    return picked;
  }
};

bool wants_null_step(const Counts &root, size_t rows) {
  auto others = std::count_if(root.begin() + 1, root.end(), [](uint32_t n) { return n > 0; });
  return root[null_code] > 0 && root[null_code] < rows && others > 1;
}

Conditional fit_null_first(const std::vector<Feature> &features, std::span<const Code> target, bool target_ordered,
                           std::span<const uint32_t> entity, const TreeOptions &options, const Poll &poll) {
  std::vector<Code> has_value(target.size());
  std::transform(target.begin(), target.end(), has_value.begin(), [](Code code) { return static_cast<Code>(code != null_code); });
  const RowsWithValue with(features, target, entity);
  Conditional c = fit_conditional(with.features, with.target, target_ordered, with.entity, options, poll);
  c.null_step.push_back(fit_conditional(features, has_value, true, entity, options, poll));
  return c;
}

// Boosts the tree that entities left out have chosen: how often is found with a tree grown without them, then all rows' tree is boosted so.
void add_boosting(const std::vector<Feature> &features, const FitRows &rows, const CoarseTarget &coarse, const GrownTree &grown,
                  const Tuned &chosen, const Poll &poll, Conditional &c) {
  const Division &d = chosen.division;
  if (!chosen.options.boost || c.classes < 2 || features.size() < 2 || rows.target.size() < least_boosted || d.held.empty()) return;
  size_t most = std::min(most_boosted, most_shares / static_cast<size_t>(c.classes));
  auto some = [&](const GrownTree &tree, std::span<const uint32_t> of) {
    return BoostRows{of, shares_at(tree, chosen.options, features, of)};
  };
  const std::vector<uint32_t> grown_on = thin(d.grown_on, most), held = thin(d.held, most / 2);
  c.boosted = boost(features, rows, coarse, some(chosen.without, grown_on), some(chosen.without, held), 0, chosen.options, poll);
  if (c.boosted.empty()) return;
  std::vector<uint32_t> all(rows.target.size());
  std::iota(all.begin(), all.end(), 0u);
  all = thin(all, most);
  c.boosted = boost(features, rows, coarse, some(grown, all), {}, static_cast<int>(c.boosted.size()), chosen.options, poll);
}

}  // namespace

Conditional fit_conditional(const std::vector<Feature> &features, std::span<const Code> target, bool target_ordered,
                            std::span<const uint32_t> entity, const TreeOptions &options, const Poll &poll) {
  Conditional c;
  Counts root{};
  for (Code code : target) ++root[code];
  if (wants_null_step(root, target.size())) return fit_null_first(features, target, target_ordered, entity, options, poll);
  FitRows rows{target, target_ordered, entity};
  Tuned chosen{options, {}, {}};
  if (options.tune) chosen = tuned(features, rows, options, poll);
  CoarseTarget coarse(rows, chosen.options.classes);
  c.class_of = coarse.class_of;
  c.classes = coarse.classes;
  TreeOptions growing = chosen.options;
  growing.penalty *= lookahead;
  c.cell_shrinkage = static_cast<float>(chosen.options.cell_shrinkage);
  GrownTree grown = grow_tree(features, coarse.class_of_row, c.classes, target_ordered, entity, {}, growing, poll);
  PrunedTree pruned = prune(grown, chosen.options.penalty);
  c.tree = std::move(pruned.tree);
  std::vector<double> shares = shares_of(grown, chosen.options.shrinkage);
  for (int place : pruned.places)
    for (int k = 0; k < c.classes; ++k) c.probabilities.push_back(static_cast<float>(shares[static_cast<size_t>(place) * c.classes + k]));
  fill_cells(grown, pruned.places, target, root, c);
  add_boosting(features, rows, coarse, grown, chosen, poll, c);
  return c;
}

}  // namespace relsynth::core
