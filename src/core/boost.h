// Boosting on top of the tree of a conditional: what many weak dependences add, which one tree has no rows left to find (Friedman 2001).
// Input: class shares of the rows as the tree has them; output: small trees whose leaves add to the logarithms of the shares.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/prune.h"

namespace relsynth::core {

// What boosting starts from: rows of the sample, and the class shares that the tree gives each (rows x classes).
struct BoostRows {
  std::span<const uint32_t> rows;
  std::vector<float> shares;
};

// The trees, as many as raise the likelihood of `held` less `options.discretion` times what only `grown` gains; none where they bring little.
// With `rounds` above 0: that many, and `held` is not looked at.
std::vector<BoostedTree> boost(const std::vector<Feature> &features, const FitRows &rows, const CoarseTarget &coarse,
                               const BoostRows &grown, const BoostRows &held, int rounds, const TreeOptions &options, const Poll &poll);

// Weights of the classes: `shares` of the base tree times what the boosted trees say of a row, into `weights`.
void add_boosted(const std::vector<BoostedTree> &trees, std::span<const float> shares, const Code *x, float *weights);

}  // namespace relsynth::core
