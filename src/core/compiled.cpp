#include "core/compiled.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/lanes.h"

namespace relsynth::core {

namespace {

constexpr uint32_t whole = 1u << 24;
}  // namespace

CompiledConditional::CompiledConditional(const Conditional &c, std::span<const uint16_t> inputs) {
  if (c.root_cells.empty()) return;
  for (const Conditional &step : c.null_step) null_step_.emplace_back(step, inputs);
  add_tree(c.tree, inputs);
  if (!c.boosted.empty()) add_factors(c, inputs);
  add_codes(c);
}

void CompiledConditional::add_tree(const Tree &tree, std::span<const uint16_t> inputs) {
  const auto first = static_cast<uint32_t>(nodes_.size());
  for (const Tree::Node &from : tree.nodes) {
    Node &node = nodes_.emplace_back();
    node.goes_left = from.goes_left;
    node.left = from.feature < 0 ? static_cast<uint32_t>(from.leaf) : first + static_cast<uint32_t>(from.left);
    if (from.feature >= 0) node.input = inputs[from.feature];
  }
}

// Boosted trees add to the logarithms of the shares.
void CompiledConditional::add_factors(const Conditional &c, std::span<const uint16_t> inputs) {
  if (c.boosted.size() > most_boosted) throw Error(sqlstate::internal_error, "too many boosted trees in a model");
  const auto classes = static_cast<size_t>(c.classes);
  width_ = whole_lanes<lanes>(classes);
  auto add = [&](std::vector<float> &out, const float *from) {
    out.insert(out.end(), from, from + classes);
    out.resize(out.size() + width_ - classes, 0.0f);
  };
  for (size_t leaf = 0; leaf < static_cast<size_t>(c.tree.leaves); ++leaf) add(shares_, &c.probabilities[leaf * classes]);
  for (const BoostedTree &boosted : c.boosted) {
    roots_.push_back(static_cast<uint32_t>(nodes_.size()));
    add_tree(boosted.tree, inputs);
    const size_t before = factors_.size() / width_;  // leaves are numbered over all trees
    for (size_t n = roots_.back(); n < nodes_.size(); ++n)
      if (nodes_[n].input == no_input) nodes_[n].left += static_cast<uint32_t>(before);
    std::vector<float> factors;
    factors.reserve(boosted.values.size());
    for (float value : boosted.values) factors.push_back(std::exp(value));
    for (size_t leaf = 0; leaf < static_cast<size_t>(boosted.tree.leaves); ++leaf) add(factors_, &factors[leaf * classes]);
  }
}

void CompiledConditional::add_codes(const Conditional &c) {
  for (const Conditional::Cell &cell : c.root_cells) codes_.push_back(cell.code);
  class_end_.assign(c.root_begin.begin() + 1, c.root_begin.end());
  aliases_.resize(static_cast<size_t>(c.tree.leaves) * codes_.size());
  std::vector<double> shares(codes_.size());
  for (int leaf = 0; leaf < c.tree.leaves; ++leaf) {
    const std::vector<double> p = c.distribution(leaf);
    std::transform(codes_.begin(), codes_.end(), shares.begin(), [&](Code code) { return p[code]; });
    auto fill = [&](size_t begin, size_t end) {
      fill_aliases({shares.data() + begin, end - begin}, {codes_.data() + begin, end - begin},
                   {aliases_.data() + static_cast<size_t>(leaf) * codes_.size() + begin, end - begin});
    };
    if (roots_.empty())
      fill(0, codes_.size());
    else
      for (size_t k = 0; k < class_end_.size(); ++k) fill(k > 0 ? class_end_[k - 1] : 0, class_end_[k]);
  }
}

// Places that have less than their part take the rest from one that has more (Vose 1991).
void CompiledConditional::fill_aliases(std::span<const double> shares, std::span<const Code> codes, std::span<Alias> out) {
  const size_t n = shares.size();
  double sum = 0;
  for (double share : shares) sum += share;
  std::vector<double> left(n, 1.0);
  std::vector<uint8_t> small, large;
  for (size_t i = 0; i < n; ++i) {
    if (sum > 0) left[i] = shares[i] * static_cast<double>(n) / sum;
    (left[i] < 1 ? small : large).push_back(static_cast<uint8_t>(i));
    out[i] = {whole - 1, codes[i]};
  }
  while (!small.empty() && !large.empty()) {
    const uint8_t less = small.back(), more = large.back();
    small.pop_back();
    out[less] = {static_cast<uint32_t>(std::min(left[less] * whole, whole - 1.0)), codes[more]};
    left[more] -= 1 - left[less];
    if (left[more] >= 1) continue;
    large.pop_back();
    small.push_back(more);
  }
}

uint32_t CompiledConditional::leaf(size_t root, const Code *x) const {
  const Node *node = &nodes_[root];
  while (node->input != no_input) {
    const Code code = x[node->input];
    const auto right = static_cast<uint32_t>(~(node->goes_left[code >> 6] >> (code & 63)) & 1);
    node = &nodes_[node->left + right];
  }
  return node->left;
}

void CompiledConditional::weigh(Row &row) const {
  std::array<uint32_t, most_boosted> leaves;
  for (size_t t = 0; t < roots_.size(); ++t) leaves[t] = leaf(roots_[t], row.x_);
  float total = 0;
  for (size_t k = 0; k < width_; k += lanes) {
    auto w = Lanes<lanes>::at(&shares_[row.leaf_ * width_ + k]);
    for (size_t t = 0; t < roots_.size(); ++t) w.multiply(&factors_[leaves[t] * width_ + k]);
    w.store(&row.weights_[k]);
    row.below_[k / lanes] = total += w.sum();
  }
}

// First its run, then itself; the last class with weight where rounding leaves something over.
size_t CompiledConditional::pick_class(const Row &row, Stream &random) const {
  const size_t runs = width_ / lanes;
  const float at = static_cast<float>(random.uniform()) * row.below_[runs - 1];
  size_t run = 0;
  while (run + 1 < runs && at >= row.below_[run]) ++run;
  float left = at - (run > 0 ? row.below_[run - 1] : 0);
  for (size_t k = run * lanes; k < class_end_.size(); ++k) {
    left -= row.weights_[k];
    if (left < 0) return k;
  }
  size_t last = class_end_.size() - 1;
  while (last > 0 && row.weights_[last] <= 0) --last;
  return last;
}

Code CompiledConditional::draw_alias(size_t leaf, size_t begin, size_t end, Stream &random) const {
  if (end - begin == 1) return codes_[begin];
  const unsigned __int128 at = static_cast<unsigned __int128>(random.next()) * (end - begin);
  const size_t place = begin + static_cast<size_t>(at >> 64);
  const Alias alias = aliases_[leaf * codes_.size() + place];
  return static_cast<uint32_t>(static_cast<uint64_t>(at) >> 40) < alias.most ? codes_[place] : static_cast<Code>(alias.other);
}

void CompiledConditional::read(const Code *x, Row &row) const {
  row.x_ = x;
  if (codes_.empty()) return;
  row.leaf_ = leaf(0, x);
  if (!roots_.empty()) weigh(row);
}

Code CompiledConditional::draw(const Row &row, Stream &random) const {
  if (codes_.empty()) return null_code;
  if (!null_step_.empty() && null_step_[0].draw(row.x_, random) == null_code) return null_code;
  if (roots_.empty()) return draw_alias(row.leaf_, 0, codes_.size(), random);
  const size_t k = pick_class(row, random);
  return draw_alias(row.leaf_, k > 0 ? class_end_[k - 1] : 0, class_end_[k], random);
}

Code CompiledConditional::draw(const Code *x, Stream &random) const {
  Row row;
  read(x, row);
  return draw(row, random);
}

}  // namespace relsynth::core
