// Grows the tree of fit_conditional: training rows of coarse classes -> tree with what each split gains and costs, rows by node.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/tree.h"

namespace relsynth::core {

struct GrownTree {
  struct Node {
    int32_t feature = -1, left = -1, right = -1;  // -1: not split; children follow their parents
    uint32_t begin = 0, end = 0;                  // its training rows in `rows`
    double gain = 0, cost = 0;                    // of its split, nats; a penalty of 1 wants a gain above the cost
    double effect = 1;                            // design effect of its entities: so many rows are worth one (Kish 1965)
    std::array<uint64_t, 4> goes_left{};
    bool left_has(Code c) const { return (goes_left[c >> 6] >> (c & 63)) & 1; }
  };
  int classes = 1;
  std::vector<Node> nodes;       // nodes[0] is the root
  std::vector<uint32_t> counts;  // nodes x classes
  std::vector<uint32_t> rows;    // training rows, grouped by node, left before right
  // The node without children that a row comes to.
  int place(const std::vector<Feature> &features, uint32_t row) const {
    int n = 0;
    while (nodes[n].feature >= 0) n = nodes[n].left_has(features[nodes[n].feature].codes[row]) ? nodes[n].left : nodes[n].right;
    return n;
  }
};

// `class_of_row` has the class of every training row, `entity` its entity (empty: every row is one). `some` are the rows to grow on (empty:
// all). Works on any number of rows.
GrownTree grow_tree(const std::vector<Feature> &features, std::span<const Code> class_of_row, int classes, bool target_ordered,
                    std::span<const uint32_t> entity, std::span<const uint32_t> some, const TreeOptions &options, const Poll &poll);

}  // namespace relsynth::core
