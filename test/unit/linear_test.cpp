// Linear bases: planted, fitted, and what is drawn from them.
#include "core/linear.h"

#include <gtest/gtest.h>

#include <cmath>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

TEST(Linear, ValueStopsAtTheEndsOfTerms) {
  Relative relative;
  relative.intercept = 10;
  relative.terms = {{0, 0, 2, -5, 5}, {1, 0, -1, 0, 100}};
  auto value = [&](double a, double b) { return linear_value(relative, [&](const LinearTerm &t) { return t.column == 0 ? a : b; }); };
  EXPECT_EQ(value(1, 3), 9);
  EXPECT_EQ(value(1000, 3), 17);
  EXPECT_TRUE(std::isnan(value(1, NAN)));
}

int64_t low(size_t r) { return chance(r, 1, 400); }
int64_t high(size_t r) { return low(r) + 20 + chance(r, 2, 300); }
int64_t middle(size_t r) { return (low(r) + high(r)) / 2 + chance(r, 3, 3) - 1; }

PlantedSource weather() {
  PlantedSource s;
  s.table("day", 3000).ints("low", low).ints("high", high).ints("middle", middle);
  s.ints("noise", [](size_t r) { return chance(r, 4, 700); });
  s.ints("maybe", [](size_t r) { return r % 2 ? std::nullopt : std::optional<int64_t>(middle(r)); });
  return s;
}

struct Fitted {
  explicit Fitted(PlantedSource &source) {
    source.settle();
    set = std::make_unique<TrainSet>(make_train_set(source.schema, source.plan, source.data));
  }
  bool fit(const std::string &column) {
    relative = {};
    return fit_linear(*set, 0, set->schema.tables[0].column_index(column), relative);
  }
  std::unique_ptr<TrainSet> set;
  Relative relative;
};

TEST(Linear, FindsWhatIsLinear) {
  PlantedSource s = weather();
  // The last of three in the order of drawing, whatever that is.
  Fitted f(s);
  int last = -1;
  for (int c : s.plan.tables[0].column_order)
    if (s.schema.tables[0].columns[c].name != "noise" && s.schema.tables[0].columns[c].name != "maybe") last = c;
  ASSERT_TRUE(f.fit(s.schema.tables[0].columns[last].name));
  EXPECT_GE(f.relative.terms.size(), 2u);
  EXPECT_FALSE(f.fit("noise"));
}

TEST(Linear, RowsLieOnTheLine) {
  Database db = weather().draw();
  const Table &t = db.schema.tables[0];
  auto value = [&](const char *column, size_t r) { return std::stod(db.text(0, t.column_index(column), r)); };
  size_t near = 0, rows = db.tables[0].rows;
  for (size_t r = 0; r < rows; ++r) near += std::fabs(value("middle", r) - (value("low", r) + value("high", r)) / 2) <= 3;
  EXPECT_GT(static_cast<double>(near), 0.8 * static_cast<double>(rows));
}

}  // namespace
}  // namespace relsynth::core::test
