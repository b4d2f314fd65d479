#include "core/metrics_privacy.h"

#include <gtest/gtest.h>

#include <numeric>

#include "comparison_fixture.h"
#include "core/random.h"

namespace relsynth::core {
namespace {

using test::ComparisonBuilder;

double draw(uint64_t a, uint64_t b, uint64_t most) { return static_cast<double>(combine(a, b) % most); }

std::vector<double> drawn(size_t rows, uint64_t salt, uint64_t most) {
  std::vector<double> out;
  for (size_t r = 0; r < rows; ++r) out.push_back(draw(r, salt, most));
  return out;
}

std::vector<std::string> names(size_t rows, uint64_t salt) {
  std::vector<std::string> out;
  for (size_t r = 0; r < rows; ++r) {
    std::string text;
    for (uint64_t h = combine(r, salt), i = 0; i < 12; ++i, h /= 26) text += static_cast<char>('a' + h % 26);
    out.push_back(text);
  }
  return out;
}

// Every row an entity, nothing personal; the reference is one half of the source.
PrivacyScores audit(ComparisonBuilder &b, bool kept = false) {
  Comparison &c = b.comparison;
  for (Side &side : c.sides) number_entities(c.layout, side);
  const View source = whole_view(c.sides[0]), target = whole_view(c.sides[1]);
  const auto [base, other] = halves(c, c.sides[0], 40);
  std::vector<AuditedTable> tables;
  for (size_t t = 0; t < c.layout.tables.size(); ++t) {
    const size_t columns = c.layout.tables[t].columns.size();
    tables.push_back({kept, std::vector<uint8_t>(columns, 0), std::vector<uint8_t>(columns, 0), std::vector<uint8_t>(columns, 0),
                      c.sides[0].tables[t].entity});
  }
  return measure_privacy({c, source, target, base, other, false, tables, 8, b.options});
}

const PrivacyScore *find(const PrivacyScores &scores, int table, const std::string &object, const std::string &metric) {
  for (const PrivacyScore &s : scores)
    if (s.table == table && s.object == object && s.metric == metric) return &s;
  return nullptr;
}

double value(const PrivacyScores &scores, int table, const std::string &object, const std::string &metric) {
  const PrivacyScore *s = find(scores, table, object, metric);
  return s ? s->value : no_score;
}

bool passed(const PrivacyScores &scores, const std::string &metric, int table = -1) {
  const PrivacyScore *s = find(scores, table, "", metric);
  return s && s->passed.value_or(false);
}

constexpr size_t n = 400;

// Two samples of one process; a few of the target's rows can be the source's.
ComparisonBuilder samples(size_t copied) {
  ComparisonBuilder b;
  const int t = b.table("t", n, n);
  for (uint64_t c = 0; c < 4; ++c) {
    std::vector<double> real = drawn(n, c, 100000), other = drawn(n, c + 10, 100000);
    std::copy(real.begin(), real.begin() + static_cast<std::ptrdiff_t>(copied), other.begin());
    b.numbers(t, "n" + std::to_string(c), real, other);
  }
  return b;
}

TEST(PrivacyMetrics, AnotherSamplePasses) {
  ComparisonBuilder b = samples(0);
  const PrivacyScores scores = audit(b);
  EXPECT_TRUE(passed(scores, "private")) << find(scores, -1, "", "private")->detail;
  EXPECT_DOUBLE_EQ(value(scores, 0, "", "exact_copies"), 0);
  EXPECT_DOUBLE_EQ(value(scores, 0, "", "copied_rows"), 0);
  EXPECT_NEAR(value(scores, 0, "", "dcr_ratio"), 1, 0.15);
  EXPECT_NEAR(value(scores, 0, "", "dcr_share"), 0.5, 0.1);
}

TEST(PrivacyMetrics, OneCopiedRowIsFound) {
  ComparisonBuilder b = samples(1);
  const PrivacyScores scores = audit(b);
  EXPECT_DOUBLE_EQ(value(scores, 0, "", "exact_copies"), 1.0 / n);
  EXPECT_DOUBLE_EQ(value(scores, 0, "", "copied_rows"), 1);
  EXPECT_FALSE(passed(scores, "copied_rows"));
  EXPECT_TRUE(passed(scores, "exact_copies"));  // one in 400 is no share
}

TEST(PrivacyMetrics, ACopyFailsThroughout) {
  ComparisonBuilder b = samples(n);
  const PrivacyScores scores = audit(b);
  EXPECT_DOUBLE_EQ(value(scores, 0, "", "exact_copies"), 1);
  EXPECT_DOUBLE_EQ(value(scores, 0, "", "copied_rows"), n);
  for (const char *metric : {"exact_copies", "copied_rows", "near_copies", "singling_out", "extreme_values", "private"})
    EXPECT_FALSE(passed(scores, metric)) << metric;
}

TEST(PrivacyMetrics, KeptTablesAreNotJudged) {
  ComparisonBuilder b = samples(n);
  const PrivacyScores scores = audit(b, true);
  EXPECT_TRUE(find(scores, 0, "", "reference_table"));
  EXPECT_FALSE(find(scores, 0, "", "exact_copies"));
}

// Values that come again and again meet by chance: copies of no one.
TEST(PrivacyMetrics, RowsThatChanceMakesAreNoCopies) {
  ComparisonBuilder b;
  const int t = b.table("t", n, n);
  for (uint64_t c = 0; c < 3; ++c) b.numbers(t, "n" + std::to_string(c), drawn(n, c, 7), drawn(n, c + 10, 7));
  const PrivacyScores scores = audit(b);
  EXPECT_GT(value(scores, t, "", "exact_copies"), 0.05);
  EXPECT_DOUBLE_EQ(value(scores, t, "", "copied_rows"), 0);
  EXPECT_TRUE(passed(scores, "private")) << find(scores, -1, "", "private")->detail;
}

// Noise on each row: no row is the same, but each has one row far nearer than all others.
TEST(PrivacyMetrics, CopiesWithNoiseAreNearCopies) {
  ComparisonBuilder b;
  const int t = b.table("t", n, n);
  for (uint64_t c = 0; c < 4; ++c) {
    std::vector<double> real = drawn(n, c, 100000), other = real;
    for (size_t r = 0; r < n; ++r) other[r] += draw(r, c + 20, 9) - 4.5;
    b.numbers(t, "n" + std::to_string(c), real, other);
  }
  const PrivacyScores scores = audit(b);
  EXPECT_DOUBLE_EQ(value(scores, t, "", "exact_copies"), 0);
  EXPECT_GT(value(scores, t, "", "near_copies"), 0.4);
  EXPECT_FALSE(passed(scores, "near_copies"));
}

TEST(PrivacyMetrics, TextsAndCategoriesOfFew) {
  ComparisonBuilder b;
  const int t = b.table("t", n, n);
  std::vector<std::string> source = names(n, 1), target = names(n, 2), city(n, "Metropolis"), seen(n, "Metropolis");
  target[7] = source[3];
  for (size_t r = 0; r < 7; ++r) city[r] = "Smallville";  // fewer than 8 entities
  seen[0] = "Smallville";
  b.texts(t, "name", source, target, ValueKind::Text);
  b.texts(t, "city", city, seen);
  b.texts(t, "initial", std::vector<std::string>(n, "x"), std::vector<std::string>(n, "x"));
  const PrivacyScores scores = audit(b);
  EXPECT_DOUBLE_EQ(value(scores, t, "name", "verbatim_texts"), 1);
  EXPECT_DOUBLE_EQ(value(scores, t, "city", "rare_categories"), 1);
  EXPECT_DOUBLE_EQ(value(scores, t, "initial", "rare_categories"), 0);
  EXPECT_FALSE(passed(scores, "verbatim_texts"));
  EXPECT_FALSE(passed(scores, "rare_categories"));
}

TEST(PrivacyMetrics, ACategoryOfEnoughIsShared) {
  ComparisonBuilder b;
  const int t = b.table("t", n, n);
  std::vector<std::string> city(n, "Metropolis");
  for (size_t r = 0; r < 8; ++r) city[r] = "Smallville";
  b.texts(t, "city", city, city);
  EXPECT_DOUBLE_EQ(value(audit(b), t, "city", "rare_categories"), 0);
}

TEST(PrivacyMetrics, TheRichestIsFoundAndDenseValuesAreChance) {
  ComparisonBuilder b;
  const int t = b.table("t", n, n);
  std::vector<double> income = drawn(n, 1, 1000), shown = drawn(n, 2, 1000), day(n), other(n);
  income[5] = 987654321, shown[9] = 987654321;
  for (size_t r = 0; r < n; ++r) day[r] = other[r] = static_cast<double>(r);  // all that there are
  b.numbers(t, "income", income, shown);
  b.numbers(t, "day", day, other);
  const PrivacyScores scores = audit(b);
  EXPECT_FALSE(find(scores, t, "income", "extreme_values")->passed.value());
  EXPECT_TRUE(find(scores, t, "day", "extreme_values")->passed.value());
}

// Rows that say nothing by themselves; what hangs on a parent says who it is.
TEST(PrivacyMetrics, WholeEntities) {
  ComparisonBuilder b;
  const int parent = b.table("parent", 100, 100), child = b.table("child", 1000, 1000);
  b.numbers(parent, "kind", drawn(100, 1, 2), drawn(100, 1, 2));
  b.numbers(child, "word", drawn(1000, 2, 50), drawn(1000, 2, 50));
  std::vector<int32_t> parents(1000);
  for (size_t r = 0; r < 1000; ++r) parents[r] = static_cast<int32_t>(r / 10);
  b.link(child, parent, parents, parents);
  const PrivacyScores scores = audit(b);
  EXPECT_DOUBLE_EQ(value(scores, parent, "", "entity_copies"), 1);
  EXPECT_FALSE(passed(scores, "entity_copies"));
}

}  // namespace
}  // namespace relsynth::core
