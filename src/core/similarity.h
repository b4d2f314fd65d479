// Similarities of two samples of one column, or of a pair of columns: 1 where they are alike, 0 where they have nothing in common.
// Definitions are those of SDMetrics (KSComplement, TVComplement, CorrelationSimilarity, ContingencySimilarity).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace relsynth::core {

// A column's values in some rows: one of the two.
struct Series {
  bool numeric = false;
  std::vector<double> numbers;  // NaN: NULL
  std::vector<int32_t> levels;  // -1: NULL
  size_t size() const { return numeric ? numbers.size() : levels.size(); }
};

// NaN where `a` has no value, 0 where only `b` has none. Sizes may differ.
double ks_complement(std::vector<double> a, std::vector<double> b);
double tv_complement(const std::vector<int32_t> &a, const std::vector<int32_t> &b);
double similarity(const Series &a, const Series &b);

// A column of both samples, made ready to be paired with others.
struct PairColumn {
  Series real, other;
  bool steady = false;  // hardly any other value but one in the real sample
  int codes = 0;        // numbers in ten bins of the real range, the 50 most frequent levels, the rest; NULL
  std::vector<uint8_t> real_codes, other_codes;
};
PairColumn pair_column(Series real, Series other);

struct PairScore {
  double value = 0;
  bool strong = false;       // in the real sample |r| > 0.5, or Cramer's V > 0.3
  bool correlation = false;  // of two numbers, else of contingency tables
};
// None where the real sample has nothing to compare: a column without values, or all but constant. Both columns have the same rows.
std::optional<PairScore> pair_score(const PairColumn &a, const PairColumn &b);

// Pearson's r over rows that have both; NaN where there is none.
double correlation(const std::vector<double> &a, const std::vector<double> &b);

}  // namespace relsynth::core
