// Numbers of children follow what rows ask for of their parents' blocks, where these are far from what the numbers offer.
#include "core/demand.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace relsynth::core {
namespace {

// Two blocks of 100 parents each, two leaves of rows; a row goes to its leaf's block.
struct Planted {
  explicit Planted(size_t of_first, size_t of_second, double sure = 0.99) {
    affinity.leaves = affinity.blocks = 2;
    affinity.weight = {sure, 1 - sure, 1 - sure, sure};
    for (size_t p = 0; p < 200; ++p) affinity.block.push_back(p < 100 ? 0 : 1);
    affinity.leaf.assign(of_first, 0);
    affinity.leaf.insert(affinity.leaf.end(), of_second, 1);
    parents.assign(of_first + of_second, later_parent);
  }
  double offered(const std::vector<uint32_t> &degrees, size_t block) const {
    double sum = 0;
    for (size_t p = 0; p < degrees.size(); ++p) sum += affinity.block[p] == block ? degrees[p] : 0;
    return sum;
  }
  std::vector<uint32_t> follow(std::vector<uint32_t> degrees, uint64_t seed = 1) const {
    follow_demand(affinity, parents, {}, Stream(seed, 0, 0, 1), degrees);
    return degrees;
  }

  Affinity affinity;
  std::vector<int32_t> parents;
};

std::vector<uint32_t> sorted(std::vector<uint32_t> counts) {
  std::sort(counts.begin(), counts.end());
  return counts;
}

// 1, 2 ... 20 children, again and again.
std::vector<uint32_t> ladder(size_t parents) {
  std::vector<uint32_t> counts;
  for (size_t p = 0; p < parents; ++p) counts.push_back(1 + p % 20);
  return counts;
}

TEST(Demand, SmallGapsLeaveEveryParentItsNumber) {
  // 2100 slots, half in each block; the rows ask for 1155 and 945, 5 % of the rows off, far beyond chance at this certainty.
  Planted rows(1155, 945, 0.9999);
  EXPECT_EQ(rows.follow(ladder(200)), ladder(200));
}

TEST(Demand, TradesKeepTheNumbers) {
  Planted rows(1400, 700);
  std::vector<uint32_t> degrees = rows.follow(ladder(200));
  EXPECT_EQ(sorted(degrees), sorted(ladder(200)));
  EXPECT_NEAR(rows.offered(degrees, 0), 1400 * 0.99 + 700 * 0.01, 3);
}

TEST(Demand, ScalesWhatTradesCannotMeet) {
  // Equal numbers: nothing to trade.
  Planted rows(1300, 700);
  std::vector<uint32_t> degrees = rows.follow(std::vector<uint32_t>(200, 10));
  EXPECT_NEAR(rows.offered(degrees, 0), 1300 * 0.99 + 700 * 0.01, 3);
  EXPECT_EQ(std::accumulate(degrees.begin(), degrees.end(), 0u), 2000u);
}

TEST(Demand, DoesNotScaleByMoreThanTwo) {
  Planted rows(300, 1700);
  EXPECT_EQ(rows.follow(std::vector<uint32_t>(200, 10)), std::vector<uint32_t>(200, 10));
}

TEST(Demand, ChanceChangesNothing) {
  // The rows hardly care for blocks, and few of them are a matter of chance.
  Planted rows(12, 8, 0.55);
  std::vector<uint32_t> degrees(200, 0);
  for (size_t p = 90; p < 110; ++p) degrees[p] = 1;
  EXPECT_EQ(rows.follow(degrees), degrees);
}

TEST(Demand, NothingToDealIsNoDemand) {
  Planted rows(1400, 700);
  std::fill(rows.parents.begin(), rows.parents.end(), no_parent);
  EXPECT_EQ(rows.follow(ladder(200)), ladder(200));
  EXPECT_EQ(rows.follow(std::vector<uint32_t>(200, 0)), std::vector<uint32_t>(200, 0));
}

TEST(Demand, LongTradesCanBeCancelled) {
  Planted rows(1400, 700);
  std::vector<uint32_t> degrees = ladder(200);
  struct Cancelled {};
  EXPECT_THROW(follow_demand(
                   rows.affinity, rows.parents, [] { throw Cancelled(); }, Stream(1, 0, 0, 1), degrees),
               Cancelled);
}

TEST(Demand, KeptRowsHaveTheSourcesNumbersUnlessTheContextAsksForOthers) {
  ForeignKeyModel model;
  model.choice_rows = {0, 1};
  model.choice_counts = {60, 40};
  Planted rows(60, 40);
  rows.affinity.block = {0, 1};
  EXPECT_EQ(kept_degrees(model, 2, rows.affinity, rows.parents), (std::vector<uint32_t>{60, 40}));
  Planted others(20, 80);
  others.affinity.block = {0, 1};
  std::vector<uint32_t> degrees = kept_degrees(model, 2, others.affinity, others.parents);
  EXPECT_NEAR(degrees[0], 20, 2);
  EXPECT_NEAR(degrees[1], 80, 2);
  EXPECT_EQ(kept_degrees(model, 2, {}, others.parents), (std::vector<uint32_t>{60, 40}));
}

}  // namespace
}  // namespace relsynth::core
