// What charts show of a comparison: shares of both sides, nothing of the source that few entities share; parts of a page.
#include "core/portrait.h"

#include <gtest/gtest.h>

#include <cmath>

#include "comparison_fixture.h"

namespace relsynth::core {
namespace {

using test::BothSides;
using test::ComparisonBuilder;

std::vector<double> ladder(size_t n) {
  std::vector<double> out;
  for (size_t i = 0; i < n; ++i) out.push_back(static_cast<double>(i % 100));
  return out;
}

TEST(Portrait, HistogramsEndWhereEnoughEntitiesAre) {
  ComparisonBuilder b;
  std::vector<double> source = ladder(400), target = ladder(200);
  source[7] = 1e9;
  source[8] = -1e9;
  int t = b.table("t", 400, 200);
  b.numbers(t, "n", source, target);
  BothSides both(b);
  const ColumnPortrait p = portray_column(both.measured.comparison, t, 0, {8, {}});
  ASSERT_FALSE(p.empty);
  EXPECT_FALSE(p.is_bars);
  double sum = 0;
  for (double share : p.histogram.second) sum += share;
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_EQ(p.histogram.high.find("1000000000"), std::string::npos);
  EXPECT_LE(std::stod(p.histogram.high), 99);
  EXPECT_GE(std::stod(p.histogram.low), 0);
  EXPECT_TRUE(portray_column(both.measured.comparison, t, 0, {500, {}}).empty);
}

TEST(Portrait, RareCategoriesAreAmongTheOthers) {
  ComparisonBuilder b;
  std::vector<std::string> source(100, "often"), target(100, "often");
  for (size_t i = 0; i < 20; ++i) source[i] = "sometimes";
  for (size_t i = 20; i < 25; ++i) source[i] = "rare";
  target[0] = "new";
  int t = b.table("t", 100, 100);
  b.texts(t, "c", source, target);
  BothSides both(b);
  const ColumnPortrait p = portray_column(both.measured.comparison, t, 0, {8, {}});
  ASSERT_TRUE(p.is_bars);
  EXPECT_EQ(p.bars.labels, (std::vector<std::string>{"often", "sometimes", "(others)"}));
  EXPECT_NEAR(p.bars.first[2], 0.05, 1e-9);
  EXPECT_NEAR(p.bars.second[2], 0.01, 1e-9);
  EXPECT_EQ(portray_column(both.measured.comparison, t, 0, {1, {}}).bars.labels[2], "rare");
}

TEST(Portrait, CramersV) {
  std::vector<int> a, same, other;
  for (int i = 0; i < 1000; ++i) {
    a.push_back(i % 5);
    same.push_back((i + 2) % 5);
    other.push_back(i / 5 % 4);
  }
  EXPECT_NEAR(cramers_v(a, same, 5), 1, 0.01);
  EXPECT_NEAR(cramers_v(a, other, 5), 0, 0.02);
  EXPECT_TRUE(std::isnan(cramers_v(a, std::vector<int>(1000, 0), 5)));
  EXPECT_TRUE(std::isnan(cramers_v({}, {}, 5)));
  EXPECT_TRUE(std::isnan(cramers_v(a, std::vector<int>(1000, -1), 5)));
}

TEST(Portrait, PairsOfColumns) {
  ComparisonBuilder b;
  int t = b.table("t", 400, 400);
  std::vector<double> n = ladder(400), random;
  for (size_t i = 0; i < 400; ++i) random.push_back(static_cast<double>(i * 7919 % 400));
  b.numbers(t, "a", n, n);
  b.numbers(t, "b", n, random);
  b.numbers(t, "one", std::vector<double>(400, 3), n);
  BothSides both(b);
  const PairPortrait p = portray_pairs(both.measured.comparison, t, {8, {}});
  EXPECT_EQ(p.source.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_GT(p.source.values[1], 0.95);
  EXPECT_LT(p.target.values[1], 0.3);
  EXPECT_NEAR(p.difference.values[1], p.target.values[1] - p.source.values[1], 1e-12);
}

TEST(Page, TextIsEscapedAndNumbersAreReadable) {
  EXPECT_EQ(escape_html("a<b>&\"c\"\x01"), "a&lt;b&gt;&amp;&quot;c&quot; ");
  EXPECT_EQ(grouped_digits(1234567), "1,234,567");
  EXPECT_EQ(grouped_digits(-1234), "-1,234");
  EXPECT_EQ(grouped_digits(12), "12");
  EXPECT_EQ(decimals(NAN, 3), "–");
  EXPECT_EQ(decimals(0.12345, 3), "0.123");
}

TEST(Page, ChartsOfNothing) {
  EXPECT_NE(histogram_svg({}).find("</svg>"), std::string::npos);
  EXPECT_NE(bars_svg({}).find("</svg>"), std::string::npos);
  EXPECT_NE(curves_svg({}).find("</svg>"), std::string::npos);
  EXPECT_NE(heat_svg({}).find("</svg>"), std::string::npos);
  EXPECT_NE(diagram_svg({}).find("</svg>"), std::string::npos);
}

}  // namespace
}  // namespace relsynth::core
