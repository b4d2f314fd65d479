#include "core/group_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace relsynth::core {
namespace {

constexpr double null = std::numeric_limits<double>::quiet_NaN();

TEST(GroupStatistics, IntraclassCorrelation) {
  // Siblings are equal, groups differ: 1. Groups have one mean, siblings differ: below 0.
  std::vector<double> equal, opposite;
  std::vector<int32_t> groups;
  for (int g = 0; g < 20; ++g)
    for (int i = 0; i < 2; ++i) {
      groups.push_back(g);
      equal.push_back(g);
      opposite.push_back(i);
    }
  EXPECT_NEAR(intraclass_correlation(equal, groups), 1, 1e-12);
  EXPECT_NEAR(intraclass_correlation(opposite, groups), -1, 1e-12);
  // Shrout & Fleiss 1979, table 2: six targets, four judges; ICC(1,1) = .17
  const std::vector<double> judged = {9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7};
  std::vector<int32_t> target;
  for (int i = 0; i < 24; ++i) target.push_back(i / 4);
  EXPECT_NEAR(intraclass_correlation(judged, target), 0.166, 0.001);
  EXPECT_TRUE(std::isnan(intraclass_correlation({1, 2, 3}, {0, 0, 1})));
}

TEST(GroupStatistics, SiblingAgreementIsAboveChance) {
  std::vector<int32_t> same, half, groups;
  for (int g = 0; g < 10; ++g)
    for (int i = 0; i < 2; ++i) {
      groups.push_back(g);
      same.push_back(g % 2);
      half.push_back(i);
    }
  EXPECT_DOUBLE_EQ(sibling_agreement(same, groups), 1);
  EXPECT_DOUBLE_EQ(sibling_agreement(half, groups), -1);  // never the same, by chance one half
  EXPECT_TRUE(std::isnan(sibling_agreement(std::vector<int32_t>(20, 5), groups)));
}

TEST(GroupStatistics, LagsLookAtNeighboursOfOneGroup) {
  std::vector<double> rising, jumping;
  std::vector<int32_t> groups, levels;
  for (int g = 0; g < 10; ++g)
    for (int i = 0; i < 5; ++i) {
      groups.push_back(g);
      rising.push_back(1000 * g + i);
      jumping.push_back(i % 2);
      levels.push_back(i < 3 ? 0 : 1);
    }
  EXPECT_NEAR(lag_correlation(rising, groups, false), 1, 1e-6);
  EXPECT_NEAR(lag_correlation(rising, groups, true), 1, 1e-12);
  EXPECT_NEAR(lag_correlation(jumping, groups, true), -1, 1e-12);
  EXPECT_DOUBLE_EQ(lag_agreement(levels, groups), 0.75);
  EXPECT_EQ(steps_within(rising, groups), std::vector<double>(40, 1.0));
  rising[1] = null;
  EXPECT_EQ(steps_within(rising, groups).size(), 38u);
  EXPECT_TRUE(std::isnan(lag_correlation({1, 2, 3}, {0, 0, 0}, true)));
}

TEST(GroupStatistics, Extents) {
  Extents e = extents_of({5, 2, null, 7, null}, {0, 0, 1, 2, 3});
  EXPECT_EQ(e.first, (std::vector<double>{2, 7}));
  EXPECT_EQ(e.span, (std::vector<double>{3, 0}));
}

}  // namespace
}  // namespace relsynth::core
