// How coarsely numbers are given: found in a planted source, and kept by kind of row.
#include "core/grain.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/civil.h"
#include "planted_source.h"

namespace relsynth::core::test {
namespace {

// Cash comes in hundreds, transfers to the cent, prices end in .99; visits begin on the quarter hour, calls at any second.
struct Payments : PlantedSource {
  Payments() {
    table("payment", 6000).ints("kind", [](size_t r) { return static_cast<int64_t>(r % 3); });
    numbers("amount", 2, [](size_t r) {
      const auto cents = static_cast<double>(chance(r, 1, 900000) + 100);
      return r % 3 == 0 ? std::floor(cents / 10000 + 1) * 100 : r % 3 == 1 ? cents / 100 : std::floor(cents / 100) + 0.99;
    });
    ints(
        "at",
        [](size_t r) {
          const int64_t seconds = 600000000 + chance(r, 2, 40000000);
          return (r % 3 == 0 ? seconds / 900 * 900 : seconds) * usecs_per_second;
        },
        TypeClass::Timestamp);
  }
  // Shares of the rows of a kind with a property.
  template <class Holds>
  static double share(const Database &db, int64_t kind, Holds holds) {
    double rows = 0, held = 0;
    const std::vector<ValueColumn> &columns = db.tables[0].columns;
    for (size_t r = 0; r < db.tables[0].rows; ++r)
      if (columns[1].ints[r] == kind) ++rows, held += holds(columns, r);
    return held / rows;
  }
};

bool is_multiple_of(double value, double step) { return std::fabs(std::remainder(value, step)) < 1e-6; }

TEST(Grain, IsThatOfTheKindOfRow) {
  Payments s;
  Database db = s.draw();
  auto hundreds = [](const std::vector<ValueColumn> &c, size_t r) { return is_multiple_of(c[2].floats[r], 100); };
  auto ends = [](const std::vector<ValueColumn> &c, size_t r) { return is_multiple_of(c[2].floats[r] - 0.99, 1); };
  auto quarters = [](const std::vector<ValueColumn> &c, size_t r) { return c[3].ints[r] % (900 * usecs_per_second) == 0; };
  EXPECT_GT(Payments::share(db, 0, hundreds), 0.97);
  EXPECT_LT(Payments::share(db, 1, hundreds), 0.03);
  EXPECT_LT(Payments::share(db, 2, hundreds), 0.03);
  EXPECT_GT(Payments::share(db, 2, ends), 0.97);
  EXPECT_LT(Payments::share(db, 1, ends), 0.06);
  EXPECT_GT(Payments::share(db, 0, quarters), 0.97);
  EXPECT_LT(Payments::share(db, 1, quarters), 0.03);
}

TEST(Grain, OnlyWhatIsNoChance) {
  PlantedSource s;
  s.table("plain", 3000).ints("n", [](size_t r) { return chance(r, 1, 100000); });
  s.numbers("x", 2, [](size_t r) { return static_cast<double>(chance(r, 2, 1000000)) / 100; });
  const Database db = s.learn();
  for (const ColumnModel &step : db.model.tables[0].columns) EXPECT_FALSE(step.grain.has_value()) << step.column;
}

TEST(Grain, StaysWithinTheBin) {
  NumberCodec codec;
  codec.step = 1;
  codec.integral = true;
  codec.bins = {{12, 95, {12, 30, 50, 70, 95}}, {96, 96, {96, 96, 96, 96, 96}}};
  EXPECT_TRUE(is_range(codec, 1));
  EXPECT_FALSE(is_range(codec, 2));
  EXPECT_FALSE(is_range(codec, null_code));
  const std::vector<NumberCodec::Grid> grids{{100, 0, 0}, {10, 0, 0}};
  for (uint64_t i = 0; i < 200; ++i) {
    Stream random(1, 2, i, 3);
    const double value = draw_grained(codec, 1, grids, static_cast<Code>(2 + i % 2), random);  // no hundred here: tens
    EXPECT_EQ(std::fmod(value, 10), 0);
    EXPECT_GE(value, 20);
    EXPECT_LE(value, 90);
  }
}

TEST(Grain, ThreadsChangeNothing) {
  Payments a, b;
  Database one = a.draw({}, 1), two = b.draw({}, 3);
  EXPECT_EQ(one.tables[0].columns[2].floats, two.tables[0].columns[2].floats);
  EXPECT_EQ(one.tables[0].columns[3].ints, two.tables[0].columns[3].ints);
}

}  // namespace
}  // namespace relsynth::core::test
