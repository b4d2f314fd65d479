// Classifier two-sample test (Lopez-Paz & Oquab 2017): how well boosted trees tell rows of two samples apart that they have not seen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/design.h"
#include "core/parallel.h"

namespace relsynth::core {

struct TwoSampleOptions {
  uint64_t seed = 42;
  size_t rows = 20000;       // of each sample
  size_t cells = 4'000'000;  // rows times columns, of both samples
  int folds = 3;
  int rounds = 100;  // trees
  Poll poll;
};

struct TwoSampleResult {
  double auc = 0;                                     // of rows left out; 0.5: not told apart. NaN: too few rows
  size_t rows = 0;                                    // of each sample
  std::vector<std::pair<std::string, double>> clues;  // columns that told most, with their part in it
};

// Groups of each sample's rows: those of one are left out together. Empty: every row is one.
struct TwoSampleGroups {
  std::vector<uint32_t> real, other;
  bool common = false;  // the numbers of both samples mean the same groups
};

// Fewer than 30 rows on a side: no test. Fewer than 6 groups: rows are left out one by one.
TwoSampleResult two_sample_test(const Design &real, const Design &other, const TwoSampleGroups &groups, const TwoSampleOptions &options);

}  // namespace relsynth::core
