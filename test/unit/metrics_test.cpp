#include "core/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "comparison_fixture.h"

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
