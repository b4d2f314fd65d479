// Gradient boosted trees for one score: the odds of a yes, or a number (Friedman 2001; second order and histograms after XGBoost, Chen &
// Guestrin 2016). What measures judge with. The models that generate have their own trees (tree.h): those are of many classes and held back by
// penalties; here the score of rows left out is all that counts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/parallel.h"
#include "core/tree.h"

namespace relsynth::core {

enum class Loss : uint8_t { Logistic, Squared };

struct ScoreOptions {
  Loss loss = Loss::Logistic;
  int rounds = 100, depth = 6;
  double rate = 0.3, shrinkage = 1, least_weight = 1;  // shrinkage: added to the second derivatives; least_weight: of them, in a leaf
};

// Trees over coded features, code 0 being NULL. Codes ascend with the value.
class ScoreTrees {
 public:
  // `target` is per row of the features: 0 or 1, or a number; only `rows` are looked at.
  void fit(const std::vector<std::vector<Code>> &features, std::span<const uint32_t> rows, std::span<const float> target,
           const ScoreOptions &options, const Poll &poll);
  // Log odds of a 1, or the number.
  double score(const std::vector<std::vector<Code>> &features, uint32_t row) const;
  // Of all gain, the part that splits on each feature brought.
  std::vector<double> importance() const;

 private:
  friend class ScoreGrower;
  struct Node {
    int32_t feature = -1, left = -1;  // -1: a leaf; the right child follows the left one
    Code most = 0;                    // codes 1 .. most go left
    bool null_left = false;
    float value = 0;
  };
  double base_ = 0;
  std::vector<std::vector<Node>> trees_;
  std::vector<double> gain_;  // per feature
};

// Area under the ROC curve: the chance that a row of class 1 scores above one of class 0, ties counting half. NaN without both classes.
double area_under_curve(std::span<const double> scores, std::span<const float> target);

}  // namespace relsynth::core
