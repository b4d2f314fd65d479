// Times that rise with the rows' numbers.
#include "core/ascending.h"

#include <gtest/gtest.h>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

PlantedSource users() {
  PlantedSource s;
  auto joined = [](size_t r) { return static_cast<int64_t>(6000 + r * r / 4000); };
  s.table("member", 2000).ints("joined", joined, TypeClass::Date);
  s.texts("plan", [](size_t r) { return std::string(r < 1000 ? "old" : "new"); });
  s.ints(
      "seen", [=](size_t r) { return joined(r) + chance(r, 1, 300); }, TypeClass::Date);
  return s;
}

TEST(Ascending, IsFound) {
  PlantedSource s = users();
  s.settle();
  EXPECT_TRUE(s.column("member", "joined").ascending);
  EXPECT_FALSE(s.column("member", "seen").ascending);
  EXPECT_EQ(s.plan.tables[0].column_order.front(), s.schema.tables[0].column_index("joined"));
}

TEST(Ascending, RowsFollow) {
  Database db = users().draw();
  const Table &t = db.schema.tables[0];
  const ValueColumn &joined = db.tables[0].columns[t.column_index("joined")];
  size_t falls = 0, right = 0;
  for (size_t r = 0; r < joined.size(); ++r) {
    falls += r > 0 && joined.ints[r] < joined.ints[r - 1];
    right += db.text(0, t.column_index("plan"), r) == (r < joined.size() / 2 ? "old" : "new");
  }
  EXPECT_LT(falls, joined.size() / 20);
  EXPECT_NEAR(static_cast<double>(joined.ints[joined.size() / 2]), 6250, 20);
  EXPECT_GT(right, joined.size() * 95 / 100);
}

// Towns numbered department by department stay so.
TEST(Ascending, RowsFollowTheirParents) {
  PlantedSource s;
  s.table("departments", 30).ints("code", [](size_t r) { return static_cast<int64_t>(100 + r); });
  s.builder().current().columns[0].has_default = true;
  s.table("towns", 900).refers("department", "departments", [](size_t r) { return static_cast<int32_t>(r / 30); });
  s.ints("people", [](size_t r) { return 100 * static_cast<int64_t>(r / 30) + chance(r, 1, 100); });
  Database db = s.draw();
  const int towns = table_at(db.schema, "towns");
  if (db.plan.tables[towns].driver >= 0) GTEST_SKIP();
  EXPECT_EQ(db.plan.tables[towns].sorted_by, 0);
  const std::vector<int64_t> &department = db.tables[towns].columns[db.schema.tables[towns].column_index("department")].ints;
  EXPECT_TRUE(std::is_sorted(department.begin(), department.end()));
}

}  // namespace
}  // namespace relsynth::core::test
