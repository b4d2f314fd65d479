// Bounds between numbers of a row and of its parents: planted, found beyond chance, held in drawn rows.
#include "core/bounds.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rules.h"
#include "planted_source.h"

namespace relsynth::core::test {
namespace {

// Days with their lowest, mean and highest temperature; readings at stations with so many docks; stays of some days at a rate.
PlantedSource planted() {
  PlantedSource s;
  auto low = [](size_t r) { return -10 + chance(r, 1, 30); };
  auto mean = [=](size_t r) { return low(r) + chance(r, 2, 9); };
  auto high = [=](size_t r) { return mean(r) + chance(r, 3, 9); };
  auto docks = [](size_t r) { return 5 + chance(r, 4, 30); };
  auto price = [](size_t r) { return 20 + static_cast<double>(chance(r, 5, 4000)) / 100; };
  auto at = [](size_t r) { return static_cast<int32_t>(chance(r, 6, 250)); };
  s.table("day", 1000).ints("low", low).ints("mean", mean).ints("high", high).ints("other", [](size_t r) { return 40 + chance(r, 7, 90); });
  s.table("station", 250).ints("docks", docks).numbers("price", 2, price);
  s.table("reading", 1500).refers("station_id", "station", at);
  s.ints("free", [=](size_t r) { return chance(r, 8, static_cast<uint64_t>(docks(static_cast<size_t>(at(r)))) + 1); });
  s.ints("quantity", [](size_t r) { return 1 + chance(r, 9, 12); });
  s.numbers("total", 2, [=](size_t r) {
    return std::round(100 * static_cast<double>(1 + chance(r, 9, 12)) * price(static_cast<size_t>(at(r)))) / 100;
  });
  auto came = [](size_t r) { return 6000 + chance(r, 10, 900); };
  auto nights = [](size_t r) { return 1 + chance(r, 11, 20); };
  s.ints("came", came, TypeClass::Date).ints("nights", nights);
  s.ints(
      "went", [=](size_t r) { return came(r) + nights(r); }, TypeClass::Date);
  return s;
}

std::vector<std::string> bounds_of(const PlantedSource &s, const std::string &table, const std::string &column) {
  std::vector<std::string> out;
  for (const Bound &bound : s.column(table, column).bounds) out.push_back(describe(bound, s.schema, table_at(s.schema, table)));
  return out;
}

TEST(Bounds, AreFoundBeyondChance) {
  PlantedSource s = planted();
  s.settle();
  std::vector<std::string> all;
  for (const char *column : {"low", "mean", "high"})
    for (const std::string &bound : bounds_of(s, "day", column)) all.push_back(column + (" " + bound));
  EXPECT_GE(all.size(), 1u);
  for (const std::string &bound : all) {
    bool right = bound == "low at most mean" || bound == "low at most high" || bound == "mean at most high" ||
                 bound == "mean at least low" || bound == "high at least mean" || bound == "high at least low";
    EXPECT_TRUE(right) << bound;
  }
  // Whoever is at least 40 is above a temperature: chance would have it so, too.
  EXPECT_TRUE(bounds_of(s, "day", "other").empty());
  EXPECT_EQ(bounds_of(s, "reading", "free"), std::vector<std::string>{"at most station.docks"});
}

TEST(Bounds, FormulasOfParentsAndTimes) {
  PlantedSource s = planted();
  s.settle();
  int t = table_at(s.schema, "reading");
  EXPECT_EQ(describe(s.column("reading", "total").rule, s.schema, t), "quantity * station.price");
  EXPECT_EQ(describe(s.column("reading", "nights").rule, s.schema, t), "went - came");
}

TEST(Bounds, Hold) {
  Database db = planted().draw();
  auto value = [&](const char *table, const char *column, size_t r) {
    int t = table_at(db.schema, table), c = db.schema.tables[t].column_index(column);
    return std::stod(db.text(t, c, r));
  };
  const Block &days = db.tables[table_at(db.schema, "day")], &readings = db.tables[table_at(db.schema, "reading")];
  ASSERT_EQ(days.rows, 1000u);
  for (size_t r = 0; r < days.rows; ++r) {
    ASSERT_LE(value("day", "low", r), value("day", "mean", r));
    ASSERT_LE(value("day", "mean", r), value("day", "high", r));
  }
  for (size_t r = 0; r < readings.rows; ++r) {
    auto station = static_cast<size_t>(value("reading", "station_id", r)) - 1;
    ASSERT_LE(value("reading", "free", r), value("station", "docks", station));
    ASSERT_NEAR(value("reading", "total", r), value("reading", "quantity", r) * value("station", "price", station), 0.0051);
    ASSERT_EQ(value("reading", "nights", r), value("reading", "went", r) - value("reading", "came", r));
  }
}

}  // namespace
}  // namespace relsynth::core::test
