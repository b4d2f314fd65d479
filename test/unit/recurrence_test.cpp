// Categories that groups have again less or more often than their shares and the rows before let expect.
#include "core/recurrence.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

constexpr size_t parents = 400, each = 6, kinds = 12;

// Children of a parent, one by one: a kind that the parent has already is `again` times as likely as otherwise.
std::vector<int64_t> planted_kinds(double again) {
  std::mt19937 random(5);
  std::vector<int64_t> out;
  for (size_t p = 0; p < parents; ++p) {
    std::vector<double> weights;
    for (size_t k = 0; k < kinds; ++k) weights.push_back(1.0 / static_cast<double>(1 + k));
    for (size_t i = 0; i < each; ++i) {
      std::discrete_distribution<int> kind(weights.begin(), weights.end());
      out.push_back(kind(random));
      weights[static_cast<size_t>(out.back())] = again / static_cast<double>(1 + out.back());
    }
  }
  return out;
}

struct Planted : PlantedSource {
  explicit Planted(double again) {
    const std::vector<int64_t> values = planted_kinds(again);
    table("parent", parents).ints("size", [](size_t r) { return static_cast<int64_t>(r % 7); });
    table("child", parents * each);
    refers("parent_id", "parent", [](size_t r) { return static_cast<int32_t>(r / each); });
    texts("kind", [values](size_t r) { return "kind " + std::to_string(values[r]); });
  }
};

double mean_distinct(const Database &db) {
  const Block &rows = db.tables[1];
  std::map<int64_t, std::set<std::string>> of;
  for (size_t r = 0; r < rows.rows; ++r) of[rows.columns[1].ints[r]].insert(rows.columns[2].texts[r]);
  double sum = 0;
  for (const auto &[parent, own] : of) sum += static_cast<double>(own.size());
  return sum / static_cast<double>(of.size());
}

double mean_distinct(const std::vector<int64_t> &values) {
  double sum = 0;
  for (size_t at = 0; at < values.size(); at += each)
    sum += static_cast<double>(std::set<int64_t>(values.begin() + at, values.begin() + at + each).size());
  return sum / static_cast<double>(values.size() / each);
}

ColumnModel &kind_model(Database &db) {
  for (ColumnModel &step : db.model.tables[1].columns)
    if (step.column == 2) return step;
  throw std::logic_error("no step");
}

TEST(Recurrence, GroupsHaveAsManyDifferentKinds) {
  for (double again : {0.1, 4.0}) {
    Planted source(again);
    Database db = source.learn(), without = source.learn();
    ASSERT_EQ(kind_model(db).again.size(), 256u);
    kind_model(without).again.clear();
    draw_all(db);
    draw_all(without);
    const double real = mean_distinct(planted_kinds(again));
    EXPECT_NEAR(mean_distinct(db), real, 0.1) << again;
    EXPECT_GT(std::abs(mean_distinct(without) - real), 0.15) << again;
  }
}

TEST(Recurrence, ByChanceNothingIsLearned) {
  Planted source(1);
  Database db = source.learn();
  EXPECT_TRUE(kind_model(db).again.empty());
}

TEST(Recurrence, IsTheSameForAnyThreadsAndBlocks) {
  Planted source(0.1);
  Database db = source.learn(), other = source.learn();
  draw_all(db, 1000, 1);
  draw_all(other, 77, 3);
  EXPECT_TRUE(same_rows(db, other));
}

}  // namespace
}  // namespace relsynth::core::test
