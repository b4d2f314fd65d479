// What no two rows share though no key says so: found in the sample, held by the rows drawn.
#include "core/distinct.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "planted_source.h"

namespace relsynth::core {
namespace {

using test::chance;
using test::PlantedSource;

// 400 races of 10 of 300 drivers each, numbered 1 to 10 by their place; `again`: the same driver may start twice.
PlantedSource races(bool again) {
  PlantedSource s;
  s.table("races", 400).ints("year", [](size_t r) { return 1990 + static_cast<int64_t>(r / 20); });
  s.table("drivers", 300).ints("born", [](size_t r) { return 1960 + chance(r, 1, 30); });
  s.table("starts", 4000);
  s.refers("race", "races", [](size_t r) { return static_cast<int32_t>(r / 10); });
  s.refers("driver", "drivers", [again](size_t r) {
    if (again) return static_cast<int32_t>(chance(r, 2, 300));
    return static_cast<int32_t>((chance(r / 10, 3, 300) + 7 * (r % 10)) % 300);
  });
  s.ints("place", [](size_t r) { return 1 + static_cast<int64_t>((r * 7 + r / 10) % 10); });
  s.ints("points", [](size_t r) { return chance(r, 4, 10); });
  return s;
}

TEST(Distinct, PairsOfParentsStayDistinct) {
  PlantedSource s = races(false);
  test::Database db = s.draw();
  int starts = test::table_at(db.schema, "starts");
  ASSERT_EQ(db.plan.tables[starts].distinct.size(), 1u);
  const Table &t = db.schema.tables[starts];
  std::set<std::string> seen;
  size_t rows = db.tables[starts].rows;
  for (size_t r = 0; r < rows; ++r) seen.insert(db.text(starts, {t.column_index("race"), t.column_index("driver")}, r));
  EXPECT_EQ(rows, 4000u);
  EXPECT_EQ(seen.size(), rows);
}

// A film has each of its genres once, its tags again and again.
TEST(Distinct, AParentsRowsHaveValuesOnce) {
  PlantedSource s;
  s.table("film", 500).ints("year", [](size_t r) { return 1950 + chance(r, 1, 70); });
  s.table("genre_of_film", 2500).refers("film", "film", [](size_t r) { return static_cast<int32_t>(r / 5); });
  s.texts("genre", [](size_t r) { return "genre " + std::to_string((chance(r / 5, 2, 12) + 5 * (r % 5)) % 12); });
  s.texts("tag", [](size_t r) { return "tag " + std::to_string(chance(r, 3, 12)); });
  test::Database db = s.draw();
  const int t = test::table_at(db.schema, "genre_of_film");
  const Table &table = db.schema.tables[t];
  ASSERT_EQ(db.plan.tables[t].grids.size(), 1u);
  EXPECT_EQ(db.plan.tables[t].grids[0].columns[0], table.column_index("genre"));
  std::set<std::string> genres, tags;
  for (size_t r = 0; r < db.tables[t].rows; ++r) {
    genres.insert(db.text(t, {table.column_index("film"), table.column_index("genre")}, r));
    tags.insert(db.text(t, {table.column_index("film"), table.column_index("tag")}, r));
  }
  EXPECT_EQ(genres.size(), db.tables[t].rows);
  EXPECT_LT(tags.size(), db.tables[t].rows * 9 / 10);
}

// Where 20 of 4,000 rows repeat a pair, and chance would have 270, the rows drawn have hardly more.
TEST(Distinct, ExceptionsDoNotMatter) {
  PlantedSource s;
  s.table("races", 400).ints("year", [](size_t r) { return 1990 + static_cast<int64_t>(r / 20); });
  s.table("drivers", 60).ints("born", [](size_t r) { return 1960 + chance(r, 1, 30); });
  s.table("starts", 4000);
  s.refers("race", "races", [](size_t r) { return static_cast<int32_t>(r / 10); });
  s.refers("driver", "drivers", [](size_t r) {
    const size_t place = r % 200 == 9 ? 0 : r % 10;
    return static_cast<int32_t>((chance(r / 10, 3, 60) + 7 * place) % 60);
  });
  test::Database db = s.draw();
  int starts = test::table_at(db.schema, "starts");
  ASSERT_EQ(db.plan.tables[starts].distinct.size(), 1u);
  const Table &t = db.schema.tables[starts];
  std::set<std::string> seen;
  for (size_t r = 0; r < db.tables[starts].rows; ++r) seen.insert(db.text(starts, {t.column_index("race"), t.column_index("driver")}, r));
  EXPECT_GT(seen.size(), 3970u);
}

TEST(Distinct, ChanceProvesNothing) {
  PlantedSource some = races(true);
  some.settle();
  EXPECT_TRUE(some.plan.tables[test::table_at(some.schema, "starts")].distinct.empty());
  // Few rows of many parents are distinct by chance.
  PlantedSource few;
  few.table("a", 500).table("b", 500).table("links", 40);
  few.refers("a", "a", [](size_t r) { return static_cast<int32_t>(r * 12); });
  few.refers("b", "b", [](size_t r) { return static_cast<int32_t>(r * 11); });
  few.settle();
  EXPECT_TRUE(few.plan.tables[test::table_at(few.schema, "links")].distinct.empty());
}

TEST(Distinct, NumbersOfAGroupsRowsAreLineNumbers) {
  PlantedSource s = races(false);
  s.settle();
  EXPECT_EQ(s.column("starts", "place").role, ColumnRole::LineNumber);
  EXPECT_EQ(s.column("starts", "points").role, ColumnRole::Model);
}

// Sensors of 50 places, a row for each of 30 days; `some` places lack days.
PlantedSource readings(size_t missing) {
  PlantedSource s;
  s.table("places", 50).ints("height", [](size_t r) { return chance(r, 1, 900); });
  s.table("readings", 1500 - missing);
  s.refers("place", "places", [](size_t r) { return static_cast<int32_t>(r / 30); });
  s.ints(
      "day", [](size_t r) { return static_cast<int64_t>(8000 + r % 30); }, TypeClass::Date);
  s.ints(
      "seen", [](size_t r) { return static_cast<int64_t>(8000 + r % 30) - chance(r, 2, 2); }, TypeClass::Date);
  s.ints("warm", [](size_t r) { return static_cast<int64_t>(r % 30) / 3 + chance(r, 3, 4); });
  return s;
}

TEST(Distinct, TheDaysOfAGridComeFirst) {
  PlantedSource s = readings(7);
  s.settle();
  int t = test::table_at(s.schema, "readings");
  int day = s.schema.tables[t].column_index("day");
  EXPECT_TRUE(is_axis(s.schema, s.plan, s.data, t, day));
  EXPECT_FALSE(is_axis(s.schema, s.plan, s.data, t, s.schema.tables[t].column_index("seen")));
  EXPECT_EQ(s.plan.tables[t].column_order.front(), day);
}

TEST(Distinct, AGridComesOutAsOne) {
  PlantedSource s = readings(7);
  test::Database db = s.draw();
  int t = test::table_at(db.schema, "readings");
  const Table &table = db.schema.tables[t];
  std::set<std::string> cells, days;
  size_t rows = db.tables[t].rows, warm = 0;
  for (size_t r = 0; r < rows; ++r) {
    cells.insert(db.text(t, {table.column_index("place"), table.column_index("day")}, r));
    days.insert(db.text(t, table.column_index("day"), r));
    int64_t day = db.tables[t].columns[table.column_index("day")].ints[r] - 8000;
    warm += std::llabs(db.tables[t].columns[table.column_index("warm")].ints[r] - day / 3 - 1) <= 3;
  }
  EXPECT_EQ(rows, 1493u);
  EXPECT_EQ(cells.size(), rows);
  EXPECT_EQ(days.size(), 30u);
  // Rows that had to take another day have what goes with it.
  EXPECT_GT(warm, rows * 9 / 10);
}

}  // namespace
}  // namespace relsynth::core
