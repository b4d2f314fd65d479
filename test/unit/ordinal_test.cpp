// Numbers of the rows that share two parents: found in the sample, held by the rows drawn.
#include "core/ordinal.h"

#include <gtest/gtest.h>

#include <map>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

// 300 races of 12 stops by five of 200 drivers; `stop` counts a driver's in a race unless it is to say nothing.
PlantedSource stops(bool counted) {
  PlantedSource s;
  s.table("races", 300).ints("year", [](size_t r) { return 1990 + static_cast<int64_t>(r / 20); });
  s.table("drivers", 200).ints("born", [](size_t r) { return 1960 + chance(r, 1, 30); });
  s.table("stops", 3600);
  s.refers("race", "races", [](size_t r) { return static_cast<int32_t>(r / 12); });
  s.refers("driver", "drivers", [](size_t r) { return static_cast<int32_t>((chance(r / 12, 3, 200) + 11 * (r % 5)) % 200); });
  s.ints("lap", [](size_t r) { return static_cast<int64_t>(4 * (r % 12)) + chance(r, 5, 4); });
  s.ints("stop", [counted](size_t r) { return counted ? 1 + static_cast<int64_t>(r % 12) / 5 : 1 + chance(r, 4, 3); });
  return s;
}

TEST(Ordinal, RowsOfTwoParentsAreCounted) {
  PlantedSource s = stops(true);
  Database db = s.draw();
  const int table = table_at(db.schema, "stops");
  const Table &t = db.schema.tables[table];
  ASSERT_EQ(db.plan.tables[table].columns[t.column_index("stop")].within, 1);
  std::map<std::string, int64_t> counts;
  for (size_t r = 0; r < db.tables[table].rows; ++r)
    ASSERT_EQ(db.tables[table].columns[t.column_index("stop")].ints[r],
              ++counts[db.text(table, {t.column_index("race"), t.column_index("driver")}, r)]);
}

TEST(Ordinal, OtherNumbersAreNot) {
  PlantedSource s = stops(false);
  s.settle();
  for (const char *column : {"stop", "lap"}) EXPECT_EQ(s.column("stops", column).within, -1) << column;
}

// Students take a course three times, term by term; that the key has a column of the row's own leaves room for it.
TEST(Ordinal, ParentsRecurUnderAKeyOfThree) {
  PlantedSource s;
  s.table("students", 400).ints("born", [](size_t r) { return 1980 + chance(r, 1, 30); });
  s.table("courses", 300).ints("level", [](size_t r) { return 1 + chance(r, 2, 5); });
  s.table("marks", 2400);
  s.refers("student", "students", [](size_t r) { return static_cast<int32_t>(r / 6); });
  s.refers("course", "courses", [](size_t r) { return static_cast<int32_t>(chance(r / 3, 3, 300)); });
  s.ints("term", [](size_t r) { return 2 * static_cast<int64_t>(r % 6) + 1 + chance(r, 4, 2); });
  s.builder().key({"student", "course", "term"});
  Database db = s.draw();
  const int table = table_at(db.schema, "marks");
  const Table &t = db.schema.tables[table];
  std::map<std::string, int> pairs;
  for (size_t r = 0; r < db.tables[table].rows; ++r) ++pairs[db.text(table, {t.column_index("student"), t.column_index("course")}, r)];
  EXPECT_NEAR(static_cast<double>(pairs.size()), 800, 150);
}

}  // namespace
}  // namespace relsynth::core::test
