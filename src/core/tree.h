// Histogram CART with a penalised likelihood: p(target | features) as class probabilities in the leaves.
// Gain, penalty and shrinkage as in docs/modelling.md (after Breiman et al. 1984; histograms after LightGBM, Ke et al. 2017).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/codec.h"
#include "core/parallel.h"
#include "core/random.h"

namespace relsynth::core {

// One feature column of the training rows: codes 0..255. Categorical features are split on an order of their codes by class moment.
struct Feature {
  const Code *codes = nullptr;  // one per training row
  bool ordered = true;
};

struct TreeOptions {
  // A split is kept iff gain > penalty * ((classes_in_node - 1) / 2 + 3), for unordered features plus what sorting their codes by outcome
  // explains of mere noise (Split::freedom), times what rows of one entity being alike makes of it; or if it leads to such splits.
  double penalty = 2.0;
  uint32_t min_entities = 20;  // on both sides of a split
  int max_depth = 12;
  double shrinkage = 3.0;       // pseudo entities of the parent's distribution in a leaf's
  double cell_shrinkage = 1.0;  // pseudo rows of the whole sample among a leaf's, when a code is drawn within a class
  int classes = 32;             // coarse target classes; NULL has one of its own
  // Chooses penalty, shrinkage and cell_shrinkage by the likelihood of entities left out, where there are enough of them.
  bool tune = true;
  bool boost = true;         // adds boosted trees where entities left out gain by them
  double discretion = 0.25;  // what a nat that only training rows gain costs in that choice
};

struct Tree {
  struct Node {
    int32_t feature = -1;  // -1: leaf
    int32_t left = -1, right = -1;
    int32_t leaf = -1;                    // index of the leaf's distribution
    std::array<uint64_t, 4> goes_left{};  // bit per code
    bool left_has(Code c) const { return (goes_left[c >> 6] >> (c & 63)) & 1; }
  };
  std::vector<Node> nodes;  // nodes[0] is the root
  int leaves = 0;
  // The leaf of a row whose feature f has code x[f].
  int leaf(const Code *x) const {
    int32_t n = 0;
    while (nodes[n].feature >= 0) n = nodes[n].left_has(x[nodes[n].feature]) ? nodes[n].left : nodes[n].right;
    return nodes[n].leaf;
  }
};

// A tree of a boosted sum: what its leaves add to the logarithms of the class shares, leaves x classes.
struct BoostedTree {
  Tree tree;
  std::vector<float> values;
};

// A conditional distribution over the codes of one column: tree -> class -> code within the class. Plain data.
struct Conditional {
  std::vector<Code> class_of;  // 256: target code -> class
  int classes = 1;
  Tree tree;
  std::vector<float> probabilities;  // leaves x classes, rows sum to 1
  std::vector<BoostedTree> boosted;  // add to the logarithms of `probabilities`, and leave the codes within the class as they are
  // Codes within a class: (code, count) of the leaf's rows, mixed with cell_shrinkage pseudo rows of the root's; the root's alone where the
  // leaf has no row of the class.
  struct Cell {
    Code code;
    uint32_t count;
  };
  float cell_shrinkage = 1;
  std::vector<Cell> cells;           // grouped by leaf, then class
  std::vector<uint32_t> cell_begin;  // (leaf * classes + class) -> first cell; size leaves*classes + 1
  std::vector<Cell> root_cells;      // grouped by class
  std::vector<uint32_t> root_begin;  // classes + 1
  // Where some rows are NULL and the others differ: one conditional over {0 NULL, 1 value}, drawn first; the rest is of rows with a value.
  // A tree for both at once would spend its splits on the value and leave NULL mixed in its leaves.
  std::vector<Conditional> null_step;

  // A code that training rows had; null_code when there were none. `x` has one code per feature.
  Code draw(const Code *x, Stream &random) const;
  // log p(code | x), natural: exactly what draw() draws by; -infinity for a code that no training row had.
  double log_likelihood(const Code *x, Code code) const;
  // p(code | leaf) of all 256 codes, the NULL step and boosting apart; they sum to 1, or to 0 when there were no training rows.
  std::vector<double> distribution(int leaf) const;
  // p(code | x) of all 256 codes: exactly what draw() draws by.
  std::vector<double> distribution(const Code *x) const;
};

// `target` codes of the training rows; `entity` of each row for min_entities. Polls through `poll`.
Conditional fit_conditional(const std::vector<Feature> &features, std::span<const Code> target, bool target_ordered,
                            std::span<const uint32_t> entity, const TreeOptions &options, const Poll &poll);

}  // namespace relsynth::core
