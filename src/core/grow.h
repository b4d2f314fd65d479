// Grows the tree of fit_conditional: training rows of coarse classes -> tree, class probabilities of its leaves, rows by leaf.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/tree.h"

namespace relsynth::core {

struct GrownTree {
  Tree tree;
  std::vector<float> probabilities;  // leaves x classes
  std::vector<uint32_t> rows;        // training rows, grouped by leaf
  std::vector<uint32_t> leaf_begin;  // leaves + 1
};

// `class_of_row` has the class of every training row, `entity` its entity (empty: every row is one). Works on any number of rows.
GrownTree grow_tree(const std::vector<Feature> &features, std::span<const Code> class_of_row, int classes, bool target_ordered,
                    std::span<const uint32_t> entity, const TreeOptions &options, const Poll &poll);

}  // namespace relsynth::core
