// Columns that repeat parts of dates: found, and right in drawn rows.
#include "core/date_part.h"

#include <gtest/gtest.h>

#include "core/rules.h"
#include "planted_source.h"

namespace relsynth::core::test {
namespace {

PlantedSource sales() {
  PlantedSource s;
  auto day = [](size_t r) { return 5000 + chance(r, 1, 1500); };
  auto part = [=](size_t r, auto of) { return of(*civil_of(day(r), TypeClass::Date)); };
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

TEST(DatePart, PartsAreFound) {
  PlantedSource s = sales();
  s.settle();
  auto rule = [&](const char *column) { return describe(s.column("sale", column).rule, s.schema, 0); };
  EXPECT_EQ(rule("year"), "year of sold");
  EXPECT_EQ(rule("weekday"), "weekday of (Monday 1) sold");
  EXPECT_EQ(rule("date_key"), "year, month and day of sold");
  EXPECT_EQ(rule("month"), "name of the month of sold");
  EXPECT_EQ(s.column("sale", "other").rule.kind, Rule::Kind::None);
}

TEST(DatePart, DrawnRowsAgree) {
  Database db = sales().draw();
  const Table &t = db.schema.tables[0];
  auto at = [&](const char *column, size_t r) { return db.tables[0].columns[t.column_index(column)].ints[r]; };
  size_t closed = 0, sundays = 0;
  for (size_t r = 0; r < db.tables[0].rows; ++r) {
    const Civil d = civil_of(at("sold", r), TypeClass::Date).value();
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
