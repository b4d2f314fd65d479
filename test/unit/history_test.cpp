// What the rows of a group so far say of the next one.
#include "core/history.h"

#include <gtest/gtest.h>

namespace relsynth::core::test {
namespace {

using Kind = FeatureRef::Kind;

TEST(History, Steps) {
  EXPECT_EQ(step_code(10, 13, true), 129);
  EXPECT_EQ(step_code(200, 10, true), 1);
  EXPECT_EQ(step_code(10, 13, false), 1);
  EXPECT_EQ(step_code(13, 13, false), 0);
  EXPECT_NE(step_code(null_code, 13, true), step_code(13, null_code, true));
  EXPECT_NE(step_code(null_code, null_code, true), step_code(13, 13, true));
  EXPECT_EQ(step_code(missing_code, 13, true), missing_code);
}

class Told : public ::testing::Test {
 protected:
  // Column 0 is ordered, column 1 is not.
  Told() : history_({{Kind::Usual, -1, 0}, {Kind::Usual, -1, 1}, {Kind::Last, -1, 0}, {Kind::Last, -1, 1}}, {1, 0}) {}
  void add(Code a, Code b) { history_.add({a, b}); }
  std::vector<int> told() const {
    std::vector<int> out;
    for (size_t i = 0; i < 4; ++i) out.push_back(history_.feature(i));
    return out;
  }
  GroupHistory history_;
};

TEST_F(Told, NothingBeforeTheFirstRow) {
  history_.begin();
  EXPECT_EQ(told(), std::vector<int>(4, missing_code));
}

TEST_F(Told, FeaturesFollowTheRows) {
  history_.begin();
  add(10, 3);
  add(20, 3);
  add(null_code, null_code);
  //                                  mean, mode, last of both
  EXPECT_EQ(told(), (std::vector<int>{15, 3, 20, 3}));
  add(33, 4);
  add(30, 4);
  EXPECT_EQ(told(), (std::vector<int>{23, 3, 30, 4}));
  add(30, 4);
  EXPECT_EQ(told(), (std::vector<int>{25, 4, 30, 4}));
}

TEST_F(Told, GroupsStandApart) {
  history_.begin();
  add(10, 3);
  add(20, 4);
  history_.begin();
  EXPECT_EQ(told(), std::vector<int>(4, missing_code));
  add(7, 4);
  EXPECT_EQ(told(), (std::vector<int>{7, 4, 7, 4}));
}

}  // namespace
}  // namespace relsynth::core::test
