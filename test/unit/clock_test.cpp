// Times of the rows of groups: from a planted source through settle, train and sample.
#include "core/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/train.h"
#include "sample_support.h"

namespace relsynth::core::test {
namespace {

constexpr int64_t days = 280;

// Visits of members: two or three in every other fortnight, up to a common last day.
class Visits {
 public:
  Visits() {
    b_.entity("member", 500);
    b_.entity("visit", 0).column("at", TypeClass::Date).column("kind").column("member_id");
    b_.references({"member_id"}, "member");
    schema = b_.schema();
    data.tables.resize(schema.tables.size());
    fill();
    Problems problems;
    plan = make_plan(schema, build_graph(schema), {}, {}, problems);
    settle(plan, schema, data);
  }

  Database learn(int threads) const {
    Database db;
    db.schema = schema;
    db.plan = plan;
    TrainOptions options;
    options.threads = threads;
    db.model = train(schema, plan, data, options);
    db.options.seed = 5;
    db.options.threads = threads;
    return db;
  }
  int visit() const { return table_at(schema, "visit"); }
  int at(const std::string &name) const { return schema.tables[visit()].column_index(name); }

  Schema schema;
  Plan plan;
  SourceData data;

 private:
  void fill() {
    std::vector<std::vector<int64_t>> visits(4);
    std::vector<int32_t> parents;
    std::vector<uint32_t> children;
    for (int64_t m = 0; m < 500; ++m) {
      Stream random(3, 1, static_cast<uint64_t>(m), 1);
      std::vector<int64_t> dates;
      for (int64_t start = 28 * static_cast<int64_t>(random.below(6)); start < days; start += 28)
        for (uint64_t i = 0; i < 2 + random.below(2); ++i) dates.push_back(start + static_cast<int64_t>(random.below(14)));
      std::sort(dates.begin(), dates.end());
      for (int64_t date : dates) {
        visits[0].push_back(static_cast<int64_t>(parents.size()) + 1);
        visits[1].push_back(date);
        visits[2].push_back(day_code(static_cast<double>(date), 2) == 2);  // Mondays
        visits[3].push_back(m + 1);
        parents.push_back(static_cast<int32_t>(m));
      }
      children.push_back(static_cast<uint32_t>(dates.size()));
    }
    std::vector<std::vector<int64_t>> members(1);
    for (int64_t m = 0; m < 500; ++m) members[0].push_back(m + 1);
    set("member", members, {});
    set("visit", visits, parents);
    data.tables[table_at(schema, "member")].children[0] = children;
  }

  void set(const std::string &name, const std::vector<std::vector<int64_t>> &columns, const std::vector<int32_t> &parents) {
    int t = table_at(schema, name);
    SourceTable &table = data.tables[t];
    table.rows = table.total_rows = columns[0].size();
    schema.tables[t].estimated_rows = static_cast<double>(table.rows);
    for (const std::vector<int64_t> &values : columns) {
      SourceColumn column;
      column.ints = values;
      column.nulls.assign(values.size(), 0);
      table.columns.push_back(column);
    }
    if (!parents.empty()) table.parents.push_back(parents);
    table.null_share.assign(table.parents.size(), 0);
    table.children.resize(schema.foreign_keys.size());
  }

  SchemaBuilder b_;
};

TEST(Clock, PartsOfADate) {
  EXPECT_EQ(day_code(0, 0), 1);
  EXPECT_EQ(day_code(0, 1), 31);
  EXPECT_EQ(day_code(0, 2), 7);  // 2000-01-01 was a Saturday
  EXPECT_EQ(day_code(-0.5, 0), 31);
  EXPECT_EQ(day_code(NAN, 0), missing_code);
  EXPECT_EQ(day_code(1e300, 0), missing_code);
  EXPECT_EQ(days_of(86400e6 * 1.5, TypeClass::Timestamp), 1.5);
  EXPECT_TRUE(std::isnan(days_of(1, TypeClass::Int)));
}

TEST(Clock, TheTimeThatOrdersAGroupComesFirst) {
  Visits v;
  EXPECT_EQ(v.plan.tables[v.visit()].column_order[0], v.at("at"));
}

TEST(Clock, RowsKeepToDaysOfAllGroupsAndEndWhereTheyEnd) {
  Visits v;
  Database db = v.learn(2);
  draw_all(db);
  const Block &visits = db.tables[v.visit()];
  size_t dead = 0, kind = 0;
  std::map<int64_t, int64_t> last;
  for (size_t r = 0; r < visits.rows; ++r) {
    int64_t date = visits.columns[v.at("at")].ints[r];
    dead += date % 28 >= 14;
    kind += visits.columns[v.at("kind")].ints[r] != (day_code(static_cast<double>(date), 2) == 2);
    int64_t &end = last[visits.columns[v.at("member_id")].ints[r]];
    end = std::max(end, date);
  }
  size_t late = 0;
  for (const auto &[member, date] : last) late += date >= days - 28;
  ASSERT_GT(visits.rows, 3000u);
  EXPECT_LE(dead, visits.rows / 12);
  EXPECT_LE(kind, visits.rows / 50);
  EXPECT_GE(late, last.size() * 3 / 4);
}

TEST(Clock, ThreadsAndBlocksChangeNothing) {
  Visits v;
  Database one = v.learn(1), two = v.learn(3);
  draw_all(one);
  draw_all(two, 37, 3);
  for (size_t i = 0; i < one.tables[v.visit()].columns.size(); ++i)
    EXPECT_EQ(one.tables[v.visit()].columns[i].ints, two.tables[v.visit()].columns[i].ints);
}

}  // namespace
}  // namespace relsynth::core::test
