// Days and times as parts of the calendar.
#include "core/civil.h"

#include <gtest/gtest.h>

namespace relsynth::core::test {
namespace {

TEST(Civil, Dates) {
  Civil d = civil_of(0, TypeClass::Date).value();
  EXPECT_EQ(std::make_tuple(d.year, d.month, d.day, d.weekday, day_of_year(d)), std::make_tuple(2000, 1, 1, 6, 1));
  EXPECT_EQ(std::make_tuple(iso_week(d).year, iso_week(d).week, days_in_month(d)), std::make_tuple(1999, 52, 31));
  d = civil_of(9131, TypeClass::Date).value();  // 2024-12-31, a Tuesday of the first week of 2025
  EXPECT_EQ(std::make_tuple(d.year, iso_week(d).year, iso_week(d).week, d.weekday, day_of_year(d)), std::make_tuple(2024, 2025, 1, 2, 366));
  EXPECT_EQ(days_in_month(civil_of(59, TypeClass::Date).value()), 29);
  EXPECT_FALSE(civil_of(INT64_MAX, TypeClass::Date));
  EXPECT_FALSE(civil_of(2921940, TypeClass::Date));
  EXPECT_EQ(civil_of(-730119, TypeClass::Date).value().year, 1);
}

TEST(Civil, Times) {
  const Civil d = civil_of(-1, TypeClass::Timestamp).value();
  EXPECT_EQ(std::make_tuple(d.year, d.month, d.day, d.hour, d.minute, d.second, d.usecs),
            std::make_tuple(1999, 12, 31, 23, 59, 59, 999999));
  EXPECT_FALSE(civil_of(INT64_MAX - 1, TypeClass::Timestamp));
  EXPECT_FALSE(civil_of(INT64_MIN, TypeClass::TimestampTz));
  EXPECT_EQ(day_of(-1), -1);
  EXPECT_EQ(day_of(-usecs_per_day), -1);
  EXPECT_EQ(day_of(usecs_per_day), 1);
}

TEST(Civil, AndBack) {
  EXPECT_EQ(days_from(2000, 1, 1), 0);
  EXPECT_EQ(days_from(1999, 12, 31), -1);
  EXPECT_EQ(days_from(2024, 2, 29), 8825);
  EXPECT_FALSE(days_from(2023, 2, 29));
  EXPECT_FALSE(days_from(2023, 13, 1));
  for (int64_t day = -730119; day <= 2921939; day += 997) {
    const Civil d = civil_of(day, TypeClass::Date).value();
    EXPECT_EQ(days_from(d.year, d.month, d.day), day);
  }
}

TEST(Civil, Padded) {
  EXPECT_EQ(padded(7, 2), "07");
  EXPECT_EQ(padded(2024, 2), "2024");
}

}  // namespace
}  // namespace relsynth::core::test
