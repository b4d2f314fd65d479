#include "core/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "comparison_fixture.h"
#include "core/random.h"

namespace relsynth::core {
namespace {

using test::BothSides;
using test::ComparisonBuilder;
using test::null_number;
using test::value_of;

TEST(ColumnMetrics, ShapesMissingAndRows) {
  ComparisonBuilder b;
  int t = b.table("t", 4, 2);
  b.numbers(t, "n", {1, 2, 3, 4}, {1, 2});
  b.numbers(t, "m", {1, null_number, null_number, 4}, {1, 4});
  b.texts(t, "c", {"x", "x", "x", "y"}, {"x", "z"});  // a category never seen
  BothSides both(b);
  Scores scores = measure_columns(both.measured);
  EXPECT_DOUBLE_EQ(value_of(scores, t, "n", "shapes"), 0.5);
  EXPECT_DOUBLE_EQ(value_of(scores, t, "c", "shapes"), 0.5);
  EXPECT_DOUBLE_EQ(value_of(scores, t, "m", "shapes"), 1);
  EXPECT_NEAR(value_of(scores, t, "", "shapes"), 2.0 / 3, 1e-12);
  EXPECT_DOUBLE_EQ(value_of(scores, t, "m", "missing"), 0.5);
  EXPECT_DOUBLE_EQ(value_of(scores, t, "", "rows"), 0.5);
  EXPECT_NEAR(summary(scores, "shapes"), 2.0 / 3, 1e-12);
}

TEST(ColumnMetrics, AnEmptyTargetTableScoresNothing) {
  ComparisonBuilder b;
  int t = b.table("t", 2, 0);
  b.numbers(t, "n", {1, 2}, {});
  int empty = b.table("empty", 0, 0);
  b.numbers(empty, "n", {}, {});
  BothSides both(b);
  Scores scores = measure_columns(both.measured);
  EXPECT_DOUBLE_EQ(value_of(scores, t, "", "shapes"), 0);
  EXPECT_TRUE(std::isnan(value_of(scores, empty, "", "shapes")));
  EXPECT_DOUBLE_EQ(summary(scores, "shapes"), 0);
}

// What both halves have says nothing about another sample.
TEST(ColumnMetrics, TablesThatBothHalvesShareHaveNoScore) {
  ComparisonBuilder b;
  int small = b.table("small", 5, 5), large = b.table("large", 200, 200);
  std::vector<double> few = {1, 2, 3, 4, 5}, many;
  std::vector<int32_t> parents;
  for (int r = 0; r < 200; ++r) many.push_back(r % 10), parents.push_back(r % 5);
  b.numbers(small, "n", few, few);
  b.numbers(large, "n", many, many);
  b.link(large, small, parents, parents);
  BothSides both(b);
  auto [first, second] = halves(b.comparison, b.comparison.sides[0], 40);
  Scores scores = measure_columns({b.comparison, first, second, b.options});
  EXPECT_TRUE(std::isnan(value_of(scores, small, "", "shapes")));
  EXPECT_GT(value_of(scores, large, "", "shapes"), 0.7);
  EXPECT_GT(summary(measure_links({b.comparison, first, second, b.options}), "cardinality"), 0);
}

// b is a function of a in the real rows; in the others every fourth row breaks it.
TEST(ColumnMetrics, FunctionsBetweenColumns) {
  ComparisonBuilder b;
  int t = b.table("t", 200, 200);
  std::vector<double> a, f, other_f;
  for (int r = 0; r < 200; ++r) {
    a.push_back(r % 10);
    f.push_back(r % 10 / 2);
    other_f.push_back(r % 4 == 0 ? (r % 10 / 2 + 1) % 5 : r % 10 / 2);
  }
  b.numbers(t, "a", a, a);
  b.numbers(t, "f", f, other_f);
  BothSides both(b);
  Scores scores = measure_columns(both.measured);
  EXPECT_DOUBLE_EQ(value_of(scores, t, "a, f", "dependencies"), 0.75);
  EXPECT_TRUE(std::isnan(value_of(scores, t, "f, a", "dependencies")));
}

TEST(ColumnMetrics, OrdersOfDates) {
  ComparisonBuilder b;
  int t = b.table("t", 100, 100);
  std::vector<double> start, end, shifted;
  for (int r = 0; r < 100; ++r) {
    start.push_back(r);
    end.push_back(r + 1);
    shifted.push_back(r % 2 ? r - 5 : r + 1);
  }
  b.numbers(t, "start", start, start, ValueKind::Time);
  b.numbers(t, "end", end, shifted, ValueKind::Time);
  BothSides both(b);
  EXPECT_DOUBLE_EQ(value_of(measure_columns(both.measured), t, "start, end", "orders"), 0.5);
}

// Two parents a and b; children follow a's kind. In the target the links are swapped.
ComparisonBuilder linked(bool swapped) {
  ComparisonBuilder b;
  int p = b.table("p", 100, 100), c = b.table("c", 400, 400);
  std::vector<std::string> kind, of_child;
  std::vector<int32_t> parents, others;
  for (int i = 0; i < 100; ++i) kind.push_back(i < 50 ? "low" : "high");
  for (int r = 0; r < 400; ++r) {
    parents.push_back(r / 4);
    others.push_back(swapped ? 99 - r / 4 : r / 4);
    of_child.push_back(r < 200 ? "cheap" : "dear");
  }
  b.texts(p, "kind", kind, kind);
  b.texts(c, "price", of_child, of_child);
  b.link(c, p, parents, others);
  return b;
}

TEST(LinkMetrics, ASwappedKeyLosesTheTrend) {
  ComparisonBuilder good = linked(false), bad = linked(true);
  BothSides right(good), wrong(bad);
  Scores kept = measure_links(right.measured), lost = measure_links(wrong.measured);
  EXPECT_DOUBLE_EQ(summary(kept, "trends_1hop"), 1);
  EXPECT_DOUBLE_EQ(summary(lost, "trends_1hop"), 0);
  EXPECT_DOUBLE_EQ(summary(lost, "strong_trends"), 0);
  EXPECT_DOUBLE_EQ(summary(lost, "cardinality"), 1);
}

TEST(LinkMetrics, CardinalityComparesChildrenPerParent) {
  ComparisonBuilder b;
  int p = b.table("p", 4, 2), c = b.table("c", 4, 4);
  b.link(c, p, {0, 1, 2, 3}, {0, 0, 0, 1});
  BothSides both(b);
  EXPECT_DOUBLE_EQ(summary(measure_links(both.measured), "cardinality"), 0.5);
}

// Children of a parent share their price in the real rows and not in the others; the dates go on from day to day in both.
TEST(GroupMetrics, SiblingsThatAreNoLongerAlike) {
  ComparisonBuilder b;
  int p = b.table("p", 60, 60), c = b.table("c", 300, 300);
  std::vector<double> born, price, mixed, day, early;
  std::vector<int32_t> parents;
  for (int i = 0; i < 60; ++i) born.push_back(100 * i);
  for (int r = 0; r < 300; ++r) {
    parents.push_back(r / 5);
    price.push_back(r / 5);
    mixed.push_back(r * 37 % 61);
    day.push_back(100 * (r / 5) + r % 5);
    early.push_back(100 * (r / 5) + r % 5 - (r % 2 ? 50 : 0));
  }
  b.numbers(p, "born", born, born, ValueKind::Time);
  b.numbers(c, "price", price, mixed);
  b.numbers(c, "day", day, early, ValueKind::Time);
  b.link(c, p, parents, parents);
  BothSides both(b);
  Scores scores = measure_groups(both.measured);
  EXPECT_LT(value_of(scores, c, "c -> p: intraclass correlation", "within_parent"), 0.6);
  EXPECT_LT(value_of(scores, c, "c -> p: inter-arrival", "within_parent"), 0.8);
  EXPECT_DOUBLE_EQ(value_of(scores, c, "p.born, day", "orders"), 0.5);
  EXPECT_LT(summary(scores, "within_parent"), 0.8);

  b.comparison.sides[1] = b.comparison.sides[0];
  BothSides same(b);
  scores = measure_groups(same.measured);
  EXPECT_DOUBLE_EQ(summary(scores, "within_parent"), 1);
  EXPECT_DOUBLE_EQ(value_of(scores, c, "p.born, day", "orders"), 1);
}

// The children's number no longer follows the parent's kind: neither table alone shows it, parents with aggregates and joined rows do.
TEST(DetectionMetrics, WhatOnlyParentsWithChildrenShow) {
  Stream random(5, 0, 0, 0);
  ComparisonBuilder b;
  std::vector<double> kind[2], amount[2];
  std::vector<int32_t> parents[2];
  for (int s = 0; s < 2; ++s)
    for (int i = 0; i < 300; ++i) {
      const double k = static_cast<double>(random.below(2));
      kind[s].push_back(k);
      for (int n = 0; n < 4; ++n) {
        parents[s].push_back(i);
        amount[s].push_back((s == 0 ? k : static_cast<double>(random.below(2))) + random.uniform() / 2);
      }
    }
  int p = b.table("p", 300, 300), c = b.table("c", 1200, 1200);
  b.numbers(p, "kind", kind[0], kind[1]);
  b.numbers(c, "amount", amount[0], amount[1]);
  int link = b.link(c, p, parents[0], parents[1]);
  BothSides both(b);
  Scores scores = measure_detection(both.measured);
  EXPECT_NEAR(value_of(scores, p, "", "c2st"), 0.5, 0.1);
  EXPECT_NEAR(value_of(scores, c, "", "c2st"), 0.5, 0.1);
  EXPECT_GT(value_of(scores, p, "", "c2st_agg"), 0.9);
  EXPECT_GT(value_of(scores, c, b.comparison.layout.links[link].label, "c2st_join"), 0.7);
}

// b follows from a in the real rows; in the others it is drawn by itself.
TEST(UtilityMetrics, WhatIsLearnedFromTheOthersFailsOnTheReal) {
  Stream random(6, 0, 0, 0);
  ComparisonBuilder b;
  std::vector<double> x, good, bad;
  std::vector<std::string> level, level_bad;
  for (int r = 0; r < 1000; ++r) {
    x.push_back(random.uniform());
    good.push_back(100 * x.back() + random.uniform());
    bad.push_back(100 * random.uniform());
    level.push_back(x.back() < 0.5 ? "low" : "high");
    level_bad.push_back(random.uniform() < 0.5 ? "low" : "high");
  }
  int t = b.table("t", 1000, 1000);
  b.numbers(t, "x", x, x);
  b.numbers(t, "y", good, good);
  b.texts(t, "level", level, level);
  int u = b.table("u", 1000, 1000);
  b.numbers(u, "x", x, x);
  b.numbers(u, "y", good, bad);
  b.texts(u, "level", level, level_bad);
  BothSides both(b);
  Scores scores = measure_utility(both.measured, nullptr);
  EXPECT_GT(value_of(scores, t, "y", "ml_utility"), 0.95);
  EXPECT_GT(value_of(scores, t, "level", "ml_utility"), 0.95);
  EXPECT_LT(value_of(scores, u, "y", "ml_utility"), 0.3);
  EXPECT_LT(value_of(scores, u, "level", "ml_utility"), 0.4);
}

TEST(Overall, IsTheMeanOfThePartsThatThereAre) {
  Scores scores;
  scores.push_back({-1, "", "shapes", 0.8, ""});
  scores.push_back({-1, "", "pairs", 0.2, ""});
  scores.push_back({-1, "", "strong_pairs", 0.6, ""});  // in the place of pairs
  scores.push_back({-1, "", "c2st", 0.75, ""});         // counts 2 - 2 x 0.75
  scores.push_back({-1, "", "trends_1hop", 0.9, ""});
  scores.push_back({-1, "", "co_parents", 0.7, ""});
  EXPECT_NEAR(overall(scores), (0.8 + 0.6 + 0.8 + 0.5) / 4, 1e-12);
  scores.push_back({-1, "", "c2st_join", 0.4, ""});  // below one half is no better than that
  EXPECT_NEAR(overall(scores), (0.8 + 0.6 + 0.8 + 0.5 + 1) / 5, 1e-12);
}

}  // namespace
}  // namespace relsynth::core
