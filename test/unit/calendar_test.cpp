// Columns that repeat parts of dates: found, and right in drawn rows.
#include "core/calendar.h"

#include <gtest/gtest.h>

#include "core/rules.h"
#include "planted_source.h"

namespace relsynth::core::test {
namespace {

TEST(Calendar, Days) {
  Civil d;
  ASSERT_TRUE(civil_of(0, TypeClass::Date, d));
  EXPECT_EQ(std::make_tuple(d.year, d.month, d.day, d.weekday, d.iso_year, d.iso_week, d.day_of_year),
            std::make_tuple(2000, 1, 1, 6, 1999, 52, 1));
  ASSERT_TRUE(civil_of(-1, TypeClass::Timestamp, d));
  EXPECT_EQ(std::make_tuple(d.year, d.month, d.day, d.hour, d.minute, d.day_of_year), std::make_tuple(1999, 12, 31, 23, 59, 365));
  ASSERT_TRUE(civil_of(9131, TypeClass::Date, d));  // 2024-12-31, a Tuesday of the first week of 2025
  EXPECT_EQ(std::make_tuple(d.year, d.iso_year, d.iso_week, d.weekday, d.day_of_year), std::make_tuple(2024, 2025, 1, 2, 366));
  EXPECT_FALSE(civil_of(INT64_MAX, TypeClass::Date, d));
  EXPECT_FALSE(civil_of(INT64_MAX - 1, TypeClass::Timestamp, d));
}

PlantedSource sales() {
  PlantedSource s;
  auto day = [](size_t r) { return 5000 + chance(r, 1, 1500); };
  auto part = [=](size_t r, auto of) {
    Civil d;
    civil_of(day(r), TypeClass::Date, d);
    return of(d);
  };
  s.table("sale", 2500).ints("sold", day, TypeClass::Date);
  s.ints("year", [=](size_t r) { return part(r, [](const Civil &d) { return static_cast<int64_t>(d.year); }); });
  s.ints("weekday", [=](size_t r) { return part(r, [](const Civil &d) { return static_cast<int64_t>(d.weekday == 0 ? 7 : d.weekday); }); });
  s.ints("date_key", [=](size_t r) { return part(r, [](const Civil &d) { return int64_t{d.year * 10000 + d.month * 100 + d.day}; }); });
  s.texts("month", [=](size_t r) {
    static const std::vector<std::string> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return part(r, [&](const Civil &d) { return names[static_cast<size_t>(d.month) - 1]; });
  });
  // Closed on Sundays.
  s.ints(
      "open", [=](size_t r) { return part(r, [](const Civil &d) { return static_cast<int64_t>(d.weekday != 0); }); }, TypeClass::Bool);
  s.ints("other", [](size_t r) { return 2013 + chance(r, 2, 5); });
  return s;
}

TEST(Calendar, PartsAreFound) {
  PlantedSource s = sales();
  s.settle();
  auto rule = [&](const char *column) { return describe(s.column("sale", column).rule, s.schema, 0); };
  EXPECT_EQ(rule("year"), "year of sold");
  EXPECT_EQ(rule("weekday"), "weekday of (Monday 1) sold");
  EXPECT_EQ(rule("date_key"), "year, month and day of sold");
  EXPECT_EQ(rule("month"), "name of the month of sold");
  EXPECT_EQ(s.column("sale", "other").rule.kind, Rule::Kind::None);
}

TEST(Calendar, DrawnRowsAgree) {
  Database db = sales().draw();
  const Table &t = db.schema.tables[0];
  auto at = [&](const char *column, size_t r) { return db.tables[0].columns[t.column_index(column)].ints[r]; };
  size_t closed = 0, sundays = 0;
  for (size_t r = 0; r < db.tables[0].rows; ++r) {
    Civil d;
    ASSERT_TRUE(civil_of(at("sold", r), TypeClass::Date, d));
    ASSERT_EQ(at("year", r), d.year);
    ASSERT_EQ(at("weekday", r), d.weekday == 0 ? 7 : d.weekday);
    ASSERT_EQ(at("date_key", r), d.year * 10000 + d.month * 100 + d.day);
    sundays += d.weekday == 0;
    closed += at("open", r) == 0;
    ASSERT_TRUE(d.weekday != 0 || at("open", r) == 0);
  }
  EXPECT_EQ(closed, sundays);
  EXPECT_GT(sundays, 200u);
}

}  // namespace
}  // namespace relsynth::core::test
