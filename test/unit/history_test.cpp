// What the rows of a group so far say of the next one.
#include "core/history.h"

#include <gtest/gtest.h>

#include <cmath>

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
  Told()
      : history_({{Kind::Usual, -1, 0}, {Kind::Usual, -1, 1}, {Kind::Last, -1, 0}, {Kind::Last, -1, 1}},
                 {{true, TypeClass::Int, 0}, {false, TypeClass::Text, 0}}) {}
  void add(Code a, Code b) { history_.add({{a, b}, {}}); }
  std::vector<int> told() const {
    std::vector<int> out;
    for (size_t i = 0; i < 4; ++i) out.push_back(history_.feature(i, 1));
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

// The one column is a day.
TEST(History, TimeOfTheRowBefore) {
  GroupHistory history({{Kind::Calendar, 0, 0}, {Kind::Calendar, 1, 0}, {Kind::Calendar, 2, 0}, {Kind::Pace, -1, 0}},
                       {{true, TypeClass::Date, 100}});
  history.begin();
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(history.feature(i, 4), missing_code);
  history.add({{9}, {59}});  // 2000-02-29, a Tuesday
  EXPECT_EQ(history.feature(0, 1), 29);
  EXPECT_EQ(history.feature(1, 1), 1);
  EXPECT_EQ(history.feature(2, 1), 3);
  EXPECT_EQ(history.feature(3, 2) - history.feature(3, 4), 12);  // 41 days for two rows, for four
}

TEST(History, OwnCalendar) {
  EXPECT_EQ(own_day_codes(59, NAN)[0], 29);
  EXPECT_EQ(own_day_codes(60, NAN)[1], 31);
  EXPECT_EQ(own_day_codes(60, NAN)[3], missing_code);
  EXPECT_EQ(own_day_codes(60, 60)[3], 1);
  EXPECT_EQ(own_day_codes(62, 60)[3] - own_day_codes(61, 60)[3], 12);
  EXPECT_EQ(own_day_codes(INFINITY, 0)[0], missing_code);
}

TEST(History, EndsApartFromValuesThatMeanNone) {
  NumberCodec codec;
  EXPECT_TRUE(std::isnan(end_of(codec)));
  codec.bins = {{0, 10, {}}, {11, 20, {}}};
  EXPECT_EQ(end_of(codec), 20);
  codec.bins.push_back({9999, 9999, {}});
  EXPECT_EQ(end_of(codec), 20);
}

}  // namespace
}  // namespace relsynth::core::test
