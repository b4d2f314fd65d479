#include "core/intervals.h"

#include <gtest/gtest.h>

#include <vector>

namespace relsynth::core {
namespace {

constexpr int64_t first = Intervals::first, last = Intervals::last;

TEST(Intervals, OverlapIsHalfOpenAndPerBucket) {
  Intervals taken;
  taken.insert(1, 10, 20);
  EXPECT_TRUE(taken.overlaps(1, 19, 25));
  EXPECT_TRUE(taken.overlaps(1, 5, 11));
  EXPECT_TRUE(taken.overlaps(1, 12, 13));
  EXPECT_TRUE(taken.overlaps(1, first, last));
  EXPECT_FALSE(taken.overlaps(1, 20, 25));
  EXPECT_FALSE(taken.overlaps(1, 5, 10));
  EXPECT_FALSE(taken.overlaps(2, 10, 20));
  taken.erase(1, 10);
  EXPECT_FALSE(taken.overlaps(1, 10, 20));
}

TEST(Intervals, FreePlaceIsTheNextGapThatIsLongEnough) {
  Intervals taken;
  taken.insert(1, 10, 20);
  taken.insert(1, 22, 30);
  taken.insert(1, 40, 50);
  int64_t shift;
  ASSERT_TRUE(taken.free_place(1, 15, 17, &shift));
  EXPECT_EQ(shift, 5);  // [20, 22)
  ASSERT_TRUE(taken.free_place(1, 15, 20, &shift));
  EXPECT_EQ(shift, 15);  // [30, 35)
  ASSERT_TRUE(taken.free_place(1, 15, 35, &shift));
  EXPECT_EQ(shift, 35);  // past all
  ASSERT_TRUE(taken.free_place(1, 0, 5, &shift));
  EXPECT_EQ(shift, 0);
  ASSERT_TRUE(taken.free_place(9, 15, 35, &shift));
  EXPECT_EQ(shift, 0);
}

TEST(Intervals, AnEndlessOneSendsOthersBelow) {
  Intervals taken;
  taken.insert(1, 100, last);
  int64_t shift;
  ASSERT_TRUE(taken.free_place(1, 120, 130, &shift));
  EXPECT_EQ(shift, -30);
  EXPECT_FALSE(taken.free_place(1, 120, last, &shift));
  taken.insert(1, first, 50);
  EXPECT_TRUE(taken.free_place(1, 60, 70, &shift));
}

TEST(Intervals, CrowdedBucketsTakeEveryRowOnce) {
  Intervals taken;
  for (int64_t i = 0; i < 20000; ++i) {
    int64_t low = i % 7, high = low + 3, shift = 0;
    ASSERT_TRUE(taken.free_place(1, low, high, &shift));
    ASSERT_FALSE(taken.overlaps(1, low + shift, high + shift));
    taken.insert(1, low + shift, high + shift);
  }
}

}  // namespace
}  // namespace relsynth::core
