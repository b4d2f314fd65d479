#include "core/score_trees.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/random.h"
#include "core/two_sample.h"

namespace relsynth::core {
namespace {

TEST(AreaUnderCurve, CountsPairsInOrder) {
  EXPECT_DOUBLE_EQ(area_under_curve(std::vector<double>{1, 2, 3, 4}, std::vector<float>{0, 0, 1, 1}), 1);
  EXPECT_DOUBLE_EQ(area_under_curve(std::vector<double>{1, 2, 3, 4}, std::vector<float>{1, 0, 1, 0}), 0.25);
  EXPECT_DOUBLE_EQ(area_under_curve(std::vector<double>{5, 5, 5, 5}, std::vector<float>{1, 0, 1, 0}), 0.5);
  EXPECT_TRUE(std::isnan(area_under_curve(std::vector<double>{1, 2}, std::vector<float>{1, 1})));
}

std::vector<uint32_t> first_rows(size_t n) {
  std::vector<uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

// An exclusive or of two features, and a third that says nothing: no single split sees it.
TEST(ScoreTrees, LearnWhatOnlyTwoFeaturesSay) {
  Stream random(1, 2, 3, 4);
  std::vector<std::vector<Code>> x(3);
  std::vector<float> y;
  for (int r = 0; r < 4000; ++r) {
    const Code a = static_cast<Code>(1 + random.below(200)), b = static_cast<Code>(random.below(3));  // b: NULL, 1, 2
    x[0].push_back(a);
    x[1].push_back(b);
    x[2].push_back(static_cast<Code>(1 + random.below(50)));
    y.push_back((a > 77) != (b == null_code) ? 1 : 0);
  }
  ScoreTrees trees;
  trees.fit(x, first_rows(2000), y, {}, {});
  std::vector<double> scores;
  for (uint32_t r = 2000; r < 4000; ++r) scores.push_back(trees.score(x, r));
  EXPECT_GT(area_under_curve(scores, std::span<const float>(y).subspan(2000)), 0.99);
  std::vector<double> told = trees.importance();
  EXPECT_GT(told[0] + told[1], 0.8);
}

// Few rows are sorted in place of counted: the same splits, NULL included.
TEST(ScoreTrees, LearnFromFewRows) {
  std::vector<std::vector<Code>> x(2);
  std::vector<float> y;
  for (int r = 0; r < 40; ++r) {
    x[0].push_back(static_cast<Code>(r % 4 == 0 ? null_code : 1 + r % 3));
    x[1].push_back(static_cast<Code>(1 + r));
    y.push_back(r % 4 == 0 || r >= 30 ? 1 : 0);
  }
  ScoreTrees trees;
  trees.fit(x, first_rows(40), y, {}, {});
  std::vector<double> scores;
  for (uint32_t r = 0; r < 40; ++r) scores.push_back(trees.score(x, r));
  EXPECT_DOUBLE_EQ(area_under_curve(scores, y), 1);
}

TEST(ScoreTrees, FitNumbers) {
  std::vector<std::vector<Code>> x(1);
  std::vector<float> y;
  for (int r = 0; r < 1000; ++r) {
    x[0].push_back(static_cast<Code>(1 + r % 100));
    y.push_back(static_cast<float>(10 * (r % 100)));
  }
  ScoreTrees trees;
  trees.fit(x, first_rows(1000), y, {Loss::Squared, 80, 5, 0.2, 1, 1}, {});
  for (uint32_t r = 0; r < 100; ++r) EXPECT_NEAR(trees.score(x, r), 10.0 * r, 15);
}

Design design(const std::vector<std::vector<double>> &columns) {
  Design out;
  for (const std::vector<double> &values : columns) {
    out.names.push_back("c" + std::to_string(out.names.size()));
    out.category.push_back(0);
    out.column.push_back(-1);
    out.values.push_back(values);
  }
  return out;
}

Design normal(size_t n, double shift, uint64_t seed) {
  Stream random(seed, 0, 0, 0);
  std::vector<double> a, b;
  for (size_t i = 0; i < n; ++i) {
    double sum = shift;
    for (int k = 0; k < 12; ++k) sum += random.uniform() - 0.5;
    a.push_back(sum);
    b.push_back(random.uniform());
  }
  return design({a, b});
}

TEST(TwoSampleTest, SamplesOfOneDistributionAreNotToldApart) {
  const TwoSampleResult same = two_sample_test(normal(3000, 0, 1), normal(3000, 0, 2), {}, {});
  EXPECT_NEAR(same.auc, 0.5, 0.04);
  // Two normals a deviation apart: the best there can be is Phi(1 / sqrt 2) = 0.760.
  const TwoSampleResult apart = two_sample_test(normal(3000, 0, 1), normal(3000, 1, 2), {}, {});
  EXPECT_NEAR(apart.auc, 0.74, 0.03);
  EXPECT_EQ(apart.clues.at(0).first, "c0");
  EXPECT_TRUE(std::isnan(two_sample_test(normal(29, 0, 1), normal(3000, 0, 2), {}, {}).auc));
}

// A copy is below one half: the twin of a row left out was trained on with the other label.
TEST(TwoSampleTest, ACopyIsBelowOneHalf) {
  const Design sample = normal(1000, 0, 1);
  EXPECT_LT(two_sample_test(sample, sample, {}, {}).auc, 0.4);
}

// Rows of a group share a value that no other group has: where they are not left out together, that tells the samples apart.
TEST(TwoSampleTest, GroupsAreLeftOutTogether) {
  Stream random(9, 0, 0, 0);
  std::vector<double> values[2];
  TwoSampleGroups groups;
  for (int s = 0; s < 2; ++s)
    for (uint32_t g = 0; g < 100; ++g) {
      const double own = random.uniform();
      for (int i = 0; i < 10; ++i) {
        values[s].push_back(own);
        (s ? groups.other : groups.real).push_back(g);
      }
    }
  EXPECT_GT(two_sample_test(design({values[0]}), design({values[1]}), {}, {}).auc, 0.8);
  EXPECT_NEAR(two_sample_test(design({values[0]}), design({values[1]}), groups, {}).auc, 0.5, 0.12);
}

}  // namespace
}  // namespace relsynth::core
