// What becomes of a grown tree: cut back by a penalty, with class shares in its leaves; and which penalty and shrinkage entities that were
// not in the training speak for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/grow.h"

namespace relsynth::core {

// Per node of a grown tree: whether it is a leaf of the subtree that keeps a split only if it and those below gain more than `penalty` times
// their cost (weakest-link pruning, Breiman et al. 1984). Nodes below a leaf are marked, too.
std::vector<uint8_t> leaves_at(const GrownTree &grown, double penalty);

// Class shares of every node, nodes x classes, each mixed with `shrinkage` pseudo entities of its parent's.
std::vector<double> shares_of(const GrownTree &grown, double shrinkage);

// Nodes of `grown` that become leaves, in the order of the leaves.
struct PrunedTree {
  Tree tree;
  std::vector<int> places;
};
PrunedTree prune(const GrownTree &grown, double penalty);

// The rows of one fit: target codes and the entity of each row (empty: every row is one).
struct FitRows {
  std::span<const Code> target;
  bool target_ordered;
  std::span<const uint32_t> entity;
};

// A target's codes merged into classes.
struct CoarseTarget {
  std::vector<Code> class_of, class_of_row;  // per code, per row
  int classes = 1;
  CoarseTarget(const FitRows &rows, int limit);
};

// Rows to grow on and rows left out, by entity.
struct Division {
  std::vector<uint32_t> grown_on, held;
};

// Up to some thousand rows every entity is left out once; of many rows only some are looked at. Empty where there are few entities.
std::vector<Division> divide(const FitRows &rows);

// Class shares of rows, rows x classes, by a grown tree that is cut back.
std::vector<float> shares_at(const GrownTree &grown, const TreeOptions &options, const std::vector<Feature> &features,
                             std::span<const uint32_t> rows);

// Chooses penalty, shrinkage, cell_shrinkage and the number of classes by the likelihood of entities left out; leaves the options as they
// are where there are few.
struct Tuned {
  TreeOptions options;
  Division division;  // the first one; empty where nothing was chosen
  GrownTree without;  // grown on its rows
};
Tuned tuned(const std::vector<Feature> &features, const FitRows &rows, const TreeOptions &options, const Poll &poll);

}  // namespace relsynth::core
