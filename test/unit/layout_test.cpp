// Numbers of children and the dealing of parents.
#include "core/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace relsynth::core {
namespace {

uint64_t sum(const std::vector<uint32_t> &v) { return std::accumulate(v.begin(), v.end(), uint64_t{0}); }

TEST(AdjustCounts, MeetsTheTotalAndKeepsZeros) {
  for (uint64_t total : {0u, 1u, 900u, 1500u, 3000u, 40000u}) {
    std::vector<uint32_t> counts(1000);
    for (size_t i = 0; i < counts.size(); ++i) counts[i] = i % 2 ? 3 : 0;
    EXPECT_EQ(adjust_counts(counts, total, {}, {}, Stream(1, 2, 3, 4)), 0u);
    EXPECT_EQ(sum(counts), total);
    size_t zeros = 0;
    for (size_t i = 0; i < counts.size(); i += 2) zeros += counts[i] == 0;
    EXPECT_EQ(zeros, 500u) << total;
  }
}

TEST(AdjustCounts, StaysBelowCapsAndSaysWhatIsLeft) {
  std::vector<uint32_t> counts(100, 5), caps(100, 2);
  caps[7] = 1000000;
  EXPECT_EQ(adjust_counts(counts, 500198, caps, {}, Stream(1, 2, 3, 4)), 0u);
  EXPECT_EQ(counts[7], 500000u);
  EXPECT_EQ(adjust_counts(counts, 2000000, caps, {}, Stream(1, 2, 3, 4)), 2000000u - 1000198u);
  for (size_t i = 0; i < counts.size(); ++i) EXPECT_LE(counts[i], caps[i]);
}

TEST(AdjustCounts, DrawsAgainWhereTheTotalIsNear) {
  std::vector<uint32_t> counts(1000, 4);
  auto redraw = [](size_t i, uint64_t attempt) { return static_cast<uint32_t>((i + attempt) % 9); };
  EXPECT_EQ(adjust_counts(counts, 4100, {}, redraw, Stream(1, 2, 3, 4)), 0u);
  EXPECT_EQ(sum(counts), 4100u);
}

// Rows of `prefixes` groups of equal size, all candidates the same.
void deal(size_t prefixes, size_t each, size_t parents, size_t expected_unplaced) {
  SCOPED_TRACE(std::to_string(prefixes) + " x " + std::to_string(each) + " of " + std::to_string(parents));
  Deal d;
  UniqueRule rule;
  for (size_t row = 0; row < prefixes * each; ++row) {
    d.rows.push_back(static_cast<uint32_t>(row));
    rule.prefix.push_back(mix(row / each + 1));
  }
  for (size_t p = 0; p < parents; ++p) {
    d.candidates.push_back(static_cast<int32_t>(p));
    rule.part.push_back(mix(p + 1000));
    d.degrees.push_back(static_cast<uint32_t>(prefixes * each / parents + (p < prefixes * each % parents)));
  }
  std::vector<UniqueRule> rules{rule};
  std::vector<int32_t> to(prefixes * each, no_parent);
  Stream random(1, 2, 3, 4);
  std::vector<uint32_t> unplaced = deal_parents(d, rules, random, {}, to);
  EXPECT_EQ(unplaced.size(), expected_unplaced);
  std::set<std::pair<size_t, int32_t>> seen;
  std::vector<uint32_t> degrees(parents, 0);
  for (size_t row = 0; row < to.size(); ++row) {
    if (to[row] < 0) continue;
    EXPECT_TRUE(seen.insert({row / each, to[row]}).second);
    ++degrees[to[row]];
  }
  EXPECT_EQ(seen.size() + unplaced.size(), to.size());
  // Degrees are kept nearly: here all are about equal.
  auto [low, high] = std::minmax_element(degrees.begin(), degrees.end());
  EXPECT_LE(*high - *low, 3 + prefixes * each / parents / 5);
}

TEST(DealParents, KeepsPairsUniqueAtAnyDensity) {
  deal(50, 20, 20, 0);
  deal(50, 19, 20, 0);
  deal(50, 3, 20, 0);
  deal(1, 20, 20, 0);
  deal(3000, 2, 3000, 0);
  deal(10, 25, 20, 50);  // five of each prefix too many
}

}  // namespace
}  // namespace relsynth::core
