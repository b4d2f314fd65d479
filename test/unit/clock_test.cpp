// Times of the rows of groups: from a planted source through settle, train and sample.
#include "core/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

constexpr int64_t days = 280;

// Visits of members: two or three in every other fortnight, up to a common last day.
struct Visits : PlantedSource {
  Visits() {
    std::vector<int64_t> dates;
    std::vector<int32_t> members;
    for (int32_t m = 0; m < 500; ++m) {
      Stream random(3, 1, static_cast<uint64_t>(m), 1);
      size_t first = dates.size();
      for (int64_t start = 28 * static_cast<int64_t>(random.below(6)); start < days; start += 28)
        for (uint64_t i = 0; i < 2 + random.below(2); ++i) dates.push_back(start + static_cast<int64_t>(random.below(14)));
      std::sort(dates.begin() + static_cast<ptrdiff_t>(first), dates.end());
      members.resize(dates.size(), m);
    }
    table("member", 500);
    table("visit", dates.size()).dates("at", listed(dates)).ints("kind", [&](size_t r) { return is_monday(dates[r]); });
    refers("member_id", "member", [&](size_t r) { return members[r]; });
    settle();
  }
  static int64_t is_monday(int64_t date) { return day_code(static_cast<double>(date), 2) == 2; }
  Database learn(int threads) {
    TrainOptions options;
    options.threads = threads;
    return PlantedSource::learn(options);
  }
  int visit() const { return table_at(schema, "visit"); }
  int at(const std::string &name) const { return PlantedSource::at("visit", name); }
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
    kind += visits.columns[v.at("kind")].ints[r] != Visits::is_monday(date);
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

// Calls of customers who call from 1 to 16 times in 28 days, each at a rate of their own that grows, up to a common last day.
struct Calls : PlantedSource {
  Calls() {
    std::vector<int64_t> dates;
    std::vector<int32_t> customers;
    for (int32_t c = 0; c < 400; ++c) {
      Stream random(5, 1, static_cast<uint64_t>(c), 1);
      const double rate = (1 << random.below(5)) / 28.0;
      const auto begin = static_cast<double>(random.below(days / 2));
      for (double at = begin; at < days; at += -std::log(1 - random.uniform()) / (rate * (0.5 + (at - begin) / days))) {
        dates.push_back(static_cast<int64_t>(at));
        customers.push_back(c);
      }
    }
    table("customer", 400);
    table("call", dates.size()).dates("at", listed(dates));
    refers("customer_id", "customer", [&](size_t r) { return customers[r]; });
    settle();
    source = dates;
  }
  std::vector<int64_t> source;
};

size_t on_last_day(const std::vector<int64_t> &dates) { return static_cast<size_t>(std::count(dates.begin(), dates.end(), days - 1)); }

TEST(Clock, GroupsDoNotRunOutOfTime) {
  Calls calls;
  Database db = calls.learn(), free = calls.learn();
  std::optional<Relative> &chain = free.model.tables[1].columns[0].chain;
  ASSERT_TRUE(chain && chain->calendar.sway > 0);
  chain->calendar.sway = 0;
  draw_all(db);
  draw_all(free);
  const int at = calls.at("call", "at");
  const size_t real = on_last_day(calls.source), drawn = on_last_day(db.tables[1].columns[at].ints);
  EXPECT_LT(drawn, 3 * real);
  EXPECT_GT(2 * on_last_day(free.tables[1].columns[at].ints), 3 * drawn);
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
