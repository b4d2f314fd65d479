#include "core/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "build_schema.h"
#include "core/graph.h"
#include "core/measured_value.h"
#include "core/metrics.h"

namespace relsynth::core {
namespace {

using test::SchemaBuilder;

TEST(MeasuredValue, IntervalsTimesArraysAndLengths) {
  EXPECT_DOUBLE_EQ(interval_seconds("1 day"), 86400);
  EXPECT_DOUBLE_EQ(interval_seconds("1 year 2 mons -3 days -04:05:06.5"),
                   365.25 * 86400 + 60 * 86400 - 3 * 86400 - (4 * 3600 + 5 * 60 + 6.5));
  EXPECT_DOUBLE_EQ(interval_seconds("00:00:00"), 0);
  EXPECT_TRUE(std::isnan(interval_seconds("soon it is")));
  EXPECT_DOUBLE_EQ(timetz_seconds("04:05:06+02"), 4 * 3600 + 306 - 7200);
  EXPECT_DOUBLE_EQ(timetz_seconds("04:05:06-03:30"), 4 * 3600 + 306 + 12600);
  EXPECT_EQ(array_elements("{}"), 0u);
  EXPECT_EQ(array_elements("{1,\"a,{b\",{2,3}}"), 4u);
  EXPECT_EQ(array_elements("[0:1]={NULL,\"\"}"), 2u);
  EXPECT_EQ(characters("h\xc3\xa9!"), 3u);
}

SourceColumn ints(const std::vector<int64_t> &values, const std::vector<uint8_t> &nulls = {}) {
  SourceColumn c;
  c.ints = values;
  c.nulls = nulls.empty() ? std::vector<uint8_t>(values.size(), 0) : nulls;
  return c;
}

SourceColumn texts(const std::vector<std::string> &values) {
  SourceColumn c;
  c.repr = Repr::Text;
  for (const std::string &v : values) {
    c.ids.push_back(static_cast<uint32_t>(c.pool.size()));
    c.pool.push_back(v);
    c.nulls.push_back(0);
  }
  return c;
}

// One parent and one child table; the target lacks a column of the child and has another type for a date.
TEST(Comparison, ColumnsThatAreMissingAreNull) {
  Schema source = SchemaBuilder()
                      .entity("p")
                      .column("name", TypeClass::Text)
                      .entity("c")
                      .column("day", TypeClass::Date)
                      .column("gone")
                      .refers("p_id", "p")
                      .schema();
  source.names = {"s"};
  Schema target = source;
  target.names = {"t"};
  for (Table &t : target.tables) t.schema = "t";
  int c = target.tables[0].name == "c" ? 0 : 1;
  target.foreign_keys.clear();  // the source's key is followed all the same
  for (Table &t : target.tables) t.foreign_keys.clear();
  target.tables[c].columns.erase(target.tables[c].columns.begin() + target.tables[c].column_index("gone"));

  Problems problems;
  Plan plan = make_plan(source, build_graph(source), {}, {}, problems);
  Comparison comparison;
  comparison.layout = make_layout(source, plan);
  ASSERT_EQ(comparison.layout.links.size(), 1u);
  EXPECT_EQ(comparison.layout.links[0].label, "c(p_id) -> p");
  Counterpart there = make_counterpart(comparison.layout, source, target, {{"s", "t"}}, 1000);
  ASSERT_EQ(there.schema.foreign_keys.size(), 1u);

  SourceData data;
  data.tables.resize(2);
  int tc = there.table[comparison.layout.links[0].child], tp = there.table[comparison.layout.links[0].parent];
  data.tables[tp].rows = data.tables[tp].total_rows = 2;
  data.tables[tp].columns = {ints({1, 2}), texts({"a", "b"})};
  data.tables[tp].children = {{2, 1}};
  data.tables[tc].rows = data.tables[tc].total_rows = 3;
  data.tables[tc].columns = {ints({1, 2, 3}), ints({0, 1, 0}, {0, 0, 1}), ints({1, 1, 2})};
  data.tables[tc].parents = {{0, 0, 1}};
  data.tables[tc].children = {{}};
  add_side(comparison, "t", there, std::move(data));

  const SideTable &child = comparison.sides[0].tables[comparison.layout.links[0].child];
  EXPECT_EQ(child.columns[1].numbers[1], 86400);  // a day in seconds
  EXPECT_TRUE(std::isnan(child.columns[1].numbers[2]));
  EXPECT_TRUE(std::isnan(child.columns[2].numbers[0]));  // gone
  EXPECT_EQ(child.parents[0], (std::vector<int32_t>{0, 0, 1}));
  const ComparedTable &compared = comparison.layout.tables[comparison.layout.links[0].child];
  EXPECT_EQ(compared.columns[0].kind, ValueKind::Key);
  EXPECT_EQ(compared.columns[1].kind, ValueKind::Time);
  EXPECT_EQ(compared.columns[3].kind, ValueKind::Key);
}

TEST(Comparison, HalvesKeepEntitiesTogether) {
  Comparison comparison;
  comparison.layout.tables.resize(3);
  comparison.layout.tables[0].name = "parent";
  comparison.layout.tables[1].name = "child";
  comparison.layout.tables[1].driver = 0;
  comparison.layout.tables[2].name = "small";
  comparison.layout.links.push_back({"", "", 0, 1, 0, 0});
  comparison.layout.order = {0, 1, 2};
  Side side;
  side.tables.resize(3);
  side.tables[0].rows = 1000;
  side.tables[1].rows = 3000;
  side.tables[1].parents.resize(1);
  for (int r = 0; r < 3000; ++r) side.tables[1].parents[0].push_back(r / 3);
  side.tables[2].rows = 5;
  auto [a, b] = halves(comparison, side, 40);
  EXPECT_EQ(a.rows[0].size() + b.rows[0].size(), 1000u);
  EXPECT_NEAR(static_cast<double>(a.rows[0].size()), 500, 80);
  EXPECT_EQ(a.rows[1].size(), 3 * a.rows[0].size());
  std::vector<uint8_t> in_a(1000, 0);
  for (uint32_t r : a.rows[0]) in_a[r] = 1;
  for (uint32_t r : b.rows[1]) EXPECT_FALSE(in_a[r / 3]);
  EXPECT_EQ(a.rows[2].size(), 5u);
  EXPECT_EQ(b.rows[2].size(), 5u);
}

TEST(Comparison, SomeRowsAreDifferentRows) {
  std::vector<uint32_t> all(1000);
  for (uint32_t i = 0; i < 1000; ++i) all[i] = i;
  std::vector<uint32_t> some = some_rows(all, 100, 7);
  EXPECT_EQ(some.size(), 100u);
  EXPECT_EQ(some, some_rows(all, 100, 7));
  std::sort(some.begin(), some.end());
  EXPECT_EQ(std::unique(some.begin(), some.end()), some.end());
  EXPECT_GT(some.back(), 500u);
  EXPECT_EQ(some_rows(all, 5000, 7).size(), 1000u);
}

}  // namespace
}  // namespace relsynth::core
