#include "core/thresholds.h"

#include <gtest/gtest.h>

#include <limits>

namespace relsynth::core {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

TEST(Thresholds, LeastAndMostAndRelativeToTheFloor) {
  Problems problems;
  std::vector<Threshold> t = parse_thresholds(R"({"overall": 0.85, "c2st": 0.6, "shapes": "floor - 0.03", "violations": 0})", problems);
  ASSERT_TRUE(problems.empty());
  ASSERT_EQ(t.size(), 4u);  // in the order of their names
  const Threshold &c2st = t[0], &overall = t[1], &shapes = t[2], &violations = t[3];
  EXPECT_TRUE(overall.met(0.85, nothing));
  EXPECT_FALSE(overall.met(0.849, nothing));
  EXPECT_TRUE(c2st.met(0.6, nothing));
  EXPECT_FALSE(c2st.met(0.61, nothing));
  EXPECT_TRUE(shapes.met(0.93, 0.95));
  EXPECT_FALSE(shapes.met(0.91, 0.95));
  EXPECT_FALSE(shapes.met(0.91, nothing));
  EXPECT_FALSE(overall.met(nothing, 0.9));
  EXPECT_FALSE(violations.met(1, nothing));
  EXPECT_EQ(describe_shortfall(shapes, 0.9, 0.95), "shapes is 0.900, but has to be at least 0.920 (its floor is 0.950)");
  EXPECT_EQ(describe_shortfall(c2st, 0.7, 0.5), "c2st is 0.700, but has to be at most 0.600");
  EXPECT_EQ(describe_shortfall(overall, nothing, 0.5), "overall cannot be measured: there is nothing to compare");
}

TEST(Thresholds, AllProblemsAtOnce) {
  Problems problems;
  parse_thresholds(R"({"overal": 0.85, "shapes": "roof", "pairs": [1], "cardinality": "floor * 2"})", problems);
  ASSERT_EQ(problems.size(), 4u);
  EXPECT_EQ(problems[1].hint, "Perhaps you meant \"overall\".");
  problems.clear();
  for (const char *text : {"", "[1]", "{}", "0.5"}) parse_thresholds(text, problems);
  EXPECT_EQ(problems.size(), 4u);
}

}  // namespace
}  // namespace relsynth::core
