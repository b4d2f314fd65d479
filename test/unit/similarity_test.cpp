#include "core/similarity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace relsynth::core {
namespace {

constexpr double null = std::numeric_limits<double>::quiet_NaN();

Series numbers(std::vector<double> values) { return {true, std::move(values), {}}; }
Series levels(std::vector<int32_t> values) { return {false, {}, std::move(values)}; }

TEST(Similarity, KsComplementIsOneMinusTheLargestDistance) {
  EXPECT_DOUBLE_EQ(ks_complement({1, 2, 3, 4}, {4, 3, 2, 1}), 1);
  EXPECT_DOUBLE_EQ(ks_complement({1, 2, 3, 4}, {3, 4, 5, 6}), 0.5);
  EXPECT_DOUBLE_EQ(ks_complement({1, 2}, {5}), 0);
  EXPECT_DOUBLE_EQ(ks_complement({1, 1, 1, 2}, {1, 2, 2, 2}), 0.5);  // ties are one step
  EXPECT_DOUBLE_EQ(ks_complement({1, null, 2}, {null, 1, 2}), 1);
  EXPECT_TRUE(std::isnan(ks_complement({null}, {1})));
  EXPECT_DOUBLE_EQ(ks_complement({1}, {null}), 0);
}

TEST(Similarity, TvComplementIsTheCommonMass) {
  EXPECT_DOUBLE_EQ(tv_complement({0, 0, 1, 1}, {0, 1, 0, 1}), 1);
  EXPECT_DOUBLE_EQ(tv_complement({0, 0, 0, 1}, {0, 1, 1, 1}), 0.5);
  EXPECT_DOUBLE_EQ(tv_complement({0, 1}, {2, 3}), 0);
  EXPECT_DOUBLE_EQ(tv_complement({0, -1}, {0}), 1);
  EXPECT_TRUE(std::isnan(tv_complement({-1}, {0})));
}

TEST(Similarity, CorrelationIgnoresRowsWithoutBoth) {
  EXPECT_NEAR(correlation({1, 2, 3, null}, {2, 4, 6, 1}), 1, 1e-12);
  EXPECT_NEAR(correlation({1e9 + 1, 1e9 + 2, 1e9 + 3}, {3, 2, 1}), -1, 1e-9);
  EXPECT_TRUE(std::isnan(correlation({1, 1, 1}, {1, 2, 3})));
}

TEST(Similarity, PairsOfNumbersCompareTheirCorrelations) {
  PairColumn a = pair_column(numbers({1, 2, 3, 4}), numbers({1, 2, 3, 4}));
  PairColumn b = pair_column(numbers({1, 2, 3, 4}), numbers({4, 3, 2, 1}));
  std::optional<PairScore> score = pair_score(a, b);
  ASSERT_TRUE(score);
  EXPECT_NEAR(score->value, 0, 1e-12);  // 1 in one, -1 in the other
  EXPECT_TRUE(score->strong && score->correlation);
  PairColumn steady = pair_column(numbers(std::vector<double>(4, 7)), numbers({1, 2, 3, 4}));
  EXPECT_FALSE(pair_score(a, steady));
}

TEST(Similarity, PairsWithCategoriesCompareContingencyTables) {
  PairColumn a = pair_column(levels({0, 0, 1, 1}), levels({0, 0, 1, 1}));
  PairColumn same = pair_column(levels({5, 5, 6, 6}), levels({5, 5, 6, 6}));
  PairColumn crossed = pair_column(levels({5, 5, 6, 6}), levels({6, 6, 5, 5}));
  EXPECT_DOUBLE_EQ(pair_score(a, same)->value, 1);
  EXPECT_DOUBLE_EQ(pair_score(a, crossed)->value, 0);
  EXPECT_TRUE(pair_score(a, same)->strong);
  PairColumn loose = pair_column(levels({5, 6, 5, 6}), levels({5, 6, 5, 6}));
  EXPECT_FALSE(pair_score(a, loose)->strong);
  // A category that the real sample lacks counts as different; NULL is a category.
  PairColumn fresh = pair_column(levels({5, 5, 6, 6}), levels({9, 9, -1, -1}));
  EXPECT_DOUBLE_EQ(pair_score(a, fresh)->value, 0);
  PairColumn number = pair_column(numbers({0, 0, 10, 10}), numbers({1, 0, 9.5, 10}));
  EXPECT_DOUBLE_EQ(pair_score(a, number)->value, 0.75);  // 1 is in the second of ten bins
}

}  // namespace
}  // namespace relsynth::core
