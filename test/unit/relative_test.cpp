// Columns as differences: from a planted source through settle, train and sample.
#include "core/relative.h"

#include <gtest/gtest.h>

#include "core/civil.h"
#include "planted_source.h"

namespace relsynth::core::test {
namespace {

constexpr int64_t day = usecs_per_day;

// Without what takes long and changes no structure.
TrainOptions plain_trees(int threads) {
  TrainOptions options;
  options.tree.tune = options.tree.boost = false;
  options.threads = threads;
  return options;
}

// Orders of customers: ordered within 30 days of joined; shipped 1 to 5 days later or not at all; copy the same day; other at any time;
// after at any later time; valid a year on, or the last day there is.
struct Planted : PlantedSource {
  Planted() {
    auto joined = [](size_t r) { return 5000 + chance(r, 1, 2000); };
    auto ordered = [=](size_t r) { return (joined(r / 4) + chance(r, 2, 31)) * day + chance(r, 3, 86400) * 1000000; };
    auto copy = [=](size_t r) { return ordered(r) / day; };
    table("customer", 400).dates("joined", joined);
    table("orders", 1600).ints("ordered", ordered, TypeClass::Timestamp);
    dates("shipped", [=](size_t r) { return r % 5 == 0 ? std::nullopt : std::optional<int64_t>(copy(r) + 1 + chance(r, 4, 5)); });
    dates("copy", copy).dates("other", [](size_t r) { return 4800 + chance(r, 5, 2400); });
    dates("valid", [=](size_t r) { return r % 3 == 0 ? 2921939 : copy(r) + 365; });
    dates("after", [=](size_t r) { return copy(r) + 1 + chance(r, 6, static_cast<uint64_t>(9000 - copy(r))) + chance(r, 7, 3000); });
    refers("customer_id", "customer", [](size_t r) { return static_cast<int32_t>(r / 4); });
    settle();
  }
  const ColumnPlan &column(const std::string &name) const { return PlantedSource::column("orders", name); }
  int at(const std::string &name) const { return PlantedSource::at("orders", name); }
  Database learn(int threads = 1) { return PlantedSource::learn(plain_trees(threads)); }
};

TEST(Relative, FindsTheBaseThatTellsMost) {
  Planted p;
  EXPECT_EQ(p.column("ordered").base.up, 1);
  EXPECT_EQ(p.column("ordered").base.column, 1);
  EXPECT_NE(p.column("ordered").reason.find("relative to customer.joined"), std::string::npos);
  EXPECT_EQ(p.column("copy").base.up, 0);
  EXPECT_EQ(p.column("copy").base.column, p.at("ordered"));
  EXPECT_EQ(p.column("shipped").base.up, 0);
  EXPECT_GE(p.column("shipped").base.column, 0);
  EXPECT_GE(p.column("valid").base.column, 0);
  EXPECT_EQ(p.column("other").base.column, -1);
  EXPECT_TRUE(p.column("after").base.bound);
}

// Sixty of 900 matches have a training, two days before.
TEST(Relative, RareTimesFollowThoseThatAreAlwaysThere) {
  PlantedSource s;
  auto played = [](size_t r) { return 5000 + chance(r, 1, 3000); };
  s.table("match", 900).dates("training", [=](size_t r) { return r % 15 ? std::nullopt : std::optional<int64_t>(played(r) - 2); });
  s.dates("played", played);
  Database db = s.draw();
  EXPECT_EQ(s.column("match", "training").base.column, s.at("match", "played"));
  const ValueColumn &training = db.tables[0].columns[s.at("match", "training")], &match = db.tables[0].columns[s.at("match", "played")];
  for (size_t r = 0; r < training.size(); ++r) EXPECT_TRUE(training.nulls[r] || match.ints[r] - training.ints[r] == 2);
}

TEST(Relative, DifferencesComeBackExactly) {
  Planted p;
  Database db = p.learn();
  draw_all(db);
  int customer = table_at(db.schema, "customer"), orders = table_at(db.schema, "orders");
  const std::vector<ValueColumn> &c = db.tables[orders].columns;
  size_t rows = db.tables[orders].rows, sentinels = 0, shipped = 0;
  ASSERT_GT(rows, 1000u);
  double days = 0;
  std::map<int64_t, int64_t> joined;
  for (size_t r = 0; r < db.tables[customer].rows; ++r)
    joined[db.tables[customer].columns[0].ints[r]] = db.tables[customer].columns[1].ints[r];
  for (size_t r = 0; r < rows; ++r) {
    int64_t ordered = c[p.at("ordered")].ints[r];
    EXPECT_EQ(ordered % 1000000, 0);
    int64_t since = ordered / day - joined[c[p.at("customer_id")].ints[r]];
    EXPECT_GE(since, 0);
    EXPECT_LE(since, 30);
    EXPECT_EQ(c[p.at("copy")].ints[r], ordered / day);
    int64_t valid = c[p.at("valid")].ints[r];
    sentinels += valid == 2921939;
    EXPECT_TRUE(valid == 2921939 || valid == ordered / day + 365);
    EXPECT_GT(c[p.at("after")].ints[r], ordered / day);
    if (c[p.at("shipped")].nulls[r]) continue;
    ++shipped;
    int64_t late = c[p.at("shipped")].ints[r] - ordered / day;
    EXPECT_GE(late, 1);
    EXPECT_LE(late, 5);
    days += static_cast<double>(late);
  }
  EXPECT_NEAR(static_cast<double>(sentinels) / static_cast<double>(rows), 1.0 / 3, 0.05);
  EXPECT_NEAR(static_cast<double>(shipped) / static_cast<double>(rows), 0.8, 0.05);
  EXPECT_NEAR(days / static_cast<double>(shipped), 3, 0.2);
}

TEST(Relative, CodesAreThoseOfTheValues) {
  Planted p;
  Database db = p.learn();
  draw_all(db);
  int orders = table_at(db.schema, "orders");
  for (const char *name : {"ordered", "shipped", "copy", "valid"}) {
    SourceColumn values;
    values.ints = db.tables[orders].columns[p.at(name)].ints;
    values.nulls = db.tables[orders].columns[p.at(name)].nulls;
    EXPECT_EQ(encode(db.model.tables[orders].codecs[p.at(name)], values), db.tables[orders].codes[p.at(name)]) << name;
  }
}

TEST(Relative, ThreadsAndBlocksChangeNothing) {
  Planted p;
  Database one = p.learn(1), two = p.learn(3);
  draw_all(one);
  draw_all(two, 37, 3);
  int orders = table_at(one.schema, "orders");
  ASSERT_EQ(one.tables[orders].rows, two.tables[orders].rows);
  for (size_t c = 0; c < one.tables[orders].columns.size(); ++c)
    EXPECT_EQ(one.tables[orders].columns[c].ints, two.tables[orders].columns[c].ints);
}

TEST(Relative, RedrawnBasesTakeTheirColumnsAlong) {
  Planted p;
  Database db = p.learn();
  Sampler sampler(db.schema, db.plan, db.model, db.options);
  int orders = table_at(db.schema, "orders");
  for (int t : db.plan.order) {
    sampler.begin(t);
    Block block = sampler.draw(t, 0, sampler.rows(t));
    if (t == orders) {
      std::vector<Rejection> rejections;
      for (size_t r = 0; r < block.rows; ++r) rejections.push_back({r, "check", {p.at("ordered")}});
      std::vector<int64_t> before = block.columns[p.at("copy")].ints;
      sampler.redraw(block, rejections, 1);
      EXPECT_NE(block.columns[p.at("copy")].ints, before);
      for (size_t r = 0; r < block.rows; ++r) EXPECT_EQ(block.columns[p.at("copy")].ints[r], block.columns[p.at("ordered")].ints[r] / day);
    }
    sampler.keep(block);
    sampler.end(t);
  }
}

TEST(Relative, RowsWithoutABaseAreDrawnByTheirValues) {
  Planted p;
  int orders = table_at(p.schema, "orders");
  Database db = p.learn();
  for (ColumnModel &step : db.model.tables[orders].columns)
    if (step.column == p.at("ordered")) step.relative->base.up = 3;  // no such way
  draw_all(db);
  const ValueColumn &ordered = db.tables[orders].columns[p.at("ordered")];
  for (size_t r = 0; r < db.tables[orders].rows; ++r) {
    EXPECT_FALSE(ordered.nulls[r]);
    EXPECT_GE(ordered.ints[r], 4990 * day);
  }
}

// Accounts of 1 to 9 periods: each begins where the one before ended, the first when the account opened; total is the one before, more by paid
// in and less by it out; level walks; grade is the account's.
struct Chained : PlantedSource {
  Chained() {
    std::vector<std::vector<int64_t>> rows;  // begun, ended, way, paid, total, level, grade, account
    std::vector<int64_t> opened;
    for (int64_t a = 0; a < 500; ++a) {
      Stream random(3, 1, static_cast<uint64_t>(a), 1);
      int64_t n = 1 + static_cast<int64_t>(random.below(9)), date = 5000 + static_cast<int64_t>(random.below(2000));
      int64_t grade = static_cast<int64_t>(random.below(1000000));
      int64_t total = 1000 + static_cast<int64_t>(random.below(3000)), level = static_cast<int64_t>(random.below(100000));
      opened.push_back(date);
      for (int64_t i = 0; i < n; ++i) {
        int64_t ended = date + 30 + static_cast<int64_t>(random.below(200)), paid = 1 + static_cast<int64_t>(random.below(400));
        bool in = random.below(2) == 1;
        total += in ? paid : -paid;
        level += static_cast<int64_t>(random.below(200));
        rows.push_back({date, i + 1 == n ? 2921939 : ended, in, paid, total, level, grade, a});
        date = ended;
      }
    }
    auto at = [&](size_t c) { return [&rows, c](size_t r) { return rows[r][c]; }; };
    table("account", 500).dates("opened", listed(opened));
    table("period", rows.size()).dates("begun", at(0)).dates("ended", at(1));
    ints("way", at(2)).ints("paid", at(3)).ints("total", at(4)).ints("level", at(5)).ints("grade", at(6));
    refers("account_id", "account", [&](size_t r) { return static_cast<int32_t>(rows[r][7]); });
    settle();
  }
  int at(const std::string &name) const { return PlantedSource::at("period", name); }
  const ColumnPlan &column(const std::string &name) const { return PlantedSource::column("period", name); }
  Database learn(int threads = 1) { return PlantedSource::learn(plain_trees(threads)); }

  // Rows that do not follow the one before of their account.
  struct Breaks {
    size_t rows = 0, begun = 0, total = 0, first = 0, grade = 0;
  };
  Breaks breaks(const Database &db, const Block &periods) const {
    Breaks out;
    int account = table_at(schema, "account");
    std::map<int64_t, int64_t> opened;
    for (size_t r = 0; r < db.tables[account].rows; ++r)
      opened[db.tables[account].columns[0].ints[r]] = db.tables[account].columns[1].ints[r];
    auto value = [&](const char *name, size_t r) { return periods.columns[at(name)].ints[r]; };
    for (size_t r = 0; r < periods.rows; ++r) {
      if (r == 0 || value("account_id", r) != value("account_id", r - 1)) {
        out.first += value("begun", r) != opened[value("account_id", r)];
        continue;
      }
      ++out.rows;
      out.grade += value("grade", r) != value("grade", r - 1);
      out.begun += value("begun", r) != value("ended", r - 1);
      out.total += value("total", r) != value("total", r - 1) + (value("way", r) > 0 ? 1 : -1) * value("paid", r);
    }
    return out;
  }
};

// Prizes 20 to 45 years after the birth of who gets them, the last one in 2017.
TEST(Relative, DifferencesDoNotLeadFarBeyondTheEnds) {
  PlantedSource s;
  s.table("person", 900).ints("born", [](size_t r) { return 1850 + chance(r, 1, 145); });
  s.table("prize", 2700).refers("person", "person", [](size_t r) { return static_cast<int32_t>(r / 3); });
  s.ints("year", [](size_t r) {
    int64_t born = 1850 + chance(r / 3, 1, 145);
    return born + 20 + chance(r, 2, static_cast<uint64_t>(std::min<int64_t>(26, 2018 - born - 20)));
  });
  Database db = s.draw();
  int t = table_at(db.schema, "prize");
  ASSERT_GE(s.column("prize", "year").base.column, 0);
  const ValueColumn &year = db.tables[t].columns[db.schema.tables[t].column_index("year")];
  EXPECT_LE(*std::max_element(year.ints.begin(), year.ints.end()), 2021);
}

// Nor where some rows have the last day there is: stays of up to 300 days, none of which ends after day 7000 unless it does not end.
TEST(Relative, TheLastDayThereIsIsNoEnd) {
  PlantedSource s;
  auto begun = [](size_t r) { return 4000 + chance(r, 1, 2990); };
  s.table("stay", 1500).dates("begun", begun);
  s.dates("ended", [=](size_t r) {
    if (r % 4 == 0) return int64_t{2921939};
    return begun(r) + 1 + chance(r, 2, static_cast<uint64_t>(std::min<int64_t>(300, 7000 - begun(r))));
  });
  Database db = s.draw();
  ASSERT_GE(s.column("stay", "ended").base.column, 0);
  const ValueColumn &ended = db.tables[0].columns[s.at("stay", "ended")];
  int64_t last = 0;
  for (int64_t value : ended.ints)
    if (value != 2921939) last = std::max(last, value);
  EXPECT_LE(last, 7020);
}

TEST(RelativeChain, FindsWhatTheRowBeforeTells) {
  Chained c;
  EXPECT_EQ(c.column("begun").chain.column, c.at("ended"));
  EXPECT_EQ(c.column("begun").first_base.up, 1);
  EXPECT_EQ(c.column("total").partners, std::vector<int>{c.at("paid")});
  EXPECT_EQ(c.column("level").chain.column, c.at("level"));
  EXPECT_EQ(c.column("ended").chain.column, -1);
  EXPECT_TRUE(c.column("grade").constant);
  EXPECT_FALSE(c.column("way").constant);
  const std::vector<int> &order = c.plan.tables[table_at(c.schema, "period")].column_order;
  EXPECT_LT(std::find(order.begin(), order.end(), c.at("paid")), std::find(order.begin(), order.end(), c.at("total")));
  EXPECT_NE(c.column("total").reason.find("the previous row's, and paid more or less"), std::string::npos);
}

TEST(RelativeChain, RowsFollowTheRowBefore) {
  Chained c;
  Database db = c.learn();
  int period = table_at(db.schema, "period");
  for (const ColumnModel &step : db.model.tables[period].columns)
    EXPECT_EQ(step.chain.has_value(), step.column == c.at("begun") || step.column == c.at("total") || step.column == c.at("level"));
  draw_all(db);
  Chained::Breaks breaks = c.breaks(db, db.tables[period]);
  ASSERT_GT(breaks.rows, 1500u);
  EXPECT_LE(breaks.begun, breaks.rows / 100);  // after a last period that is none
  EXPECT_LE(breaks.total, breaks.rows / 50);
  EXPECT_EQ(breaks.first, 0u);
  EXPECT_EQ(breaks.grade, 0u);
}

TEST(RelativeChain, ThreadsAndBlocksChangeNothing) {
  Chained c;
  Database one = c.learn(1), two = c.learn(3);
  draw_all(one);
  draw_all(two, 37, 3);
  int period = table_at(one.schema, "period");
  for (size_t i = 0; i < one.tables[period].columns.size(); ++i)
    EXPECT_EQ(one.tables[period].columns[i].ints, two.tables[period].columns[i].ints);
}

// Redraws rows of every block and keeps it, as a run does.
Block redrawn(Database &db, int table, size_t size, const std::vector<int> &columns) {
  Sampler sampler(db.schema, db.plan, db.model, db.options);
  Block all;
  for (int t : db.plan.order) {
    sampler.begin(t);
    for (size_t first = 0; first < sampler.rows(t); first += size) {
      Block block = sampler.draw(t, first, size);
      std::vector<Rejection> rejections;
      for (size_t r = 0; t == table && r < block.rows; ++r)
        if ((first + r) % 7 == 3) rejections.push_back({r, "check", columns});
      sampler.redraw(block, rejections, 1);
      sampler.keep(block);
      if (t == table && first == 0) all.columns.resize(block.columns.size());
      for (size_t c = 0; t == table && c < block.columns.size(); ++c) {
        std::vector<int64_t> &to = all.columns[c].ints;
        to.insert(to.end(), block.columns[c].ints.begin(), block.columns[c].ints.end());
      }
      if (t == table) all.rows += block.rows;
    }
    sampler.end(t);
  }
  return all;
}

TEST(RelativeChain, RowsFollowARedrawnOne) {
  Chained c;
  Database db = c.learn();
  draw_all(db);
  int period = table_at(db.schema, "period");
  Chained::Breaks before = c.breaks(db, db.tables[period]);
  std::vector<int> columns{c.at("ended"), c.at("paid"), c.at("grade")};
  Block whole = redrawn(db, period, 100000, columns), parts = redrawn(db, period, 10, columns);
  EXPECT_NE(whole.columns[c.at("ended")].ints, db.tables[period].columns[c.at("ended")].ints);
  EXPECT_EQ(c.breaks(db, whole).grade, 0u);
  EXPECT_NE(whole.columns[c.at("grade")].ints, db.tables[period].columns[c.at("grade")].ints);
  EXPECT_LE(c.breaks(db, whole).begun, before.begun + whole.rows / 100);
  EXPECT_LE(c.breaks(db, whole).total, before.total + whole.rows / 50);
  for (size_t i = 0; i < whole.columns.size(); ++i) EXPECT_EQ(whole.columns[i].ints, parts.columns[i].ints) << i;
}

TEST(Relative, UnitsOfDatesAndTimes) {
  EXPECT_EQ(in_units(3, TypeClass::Date, TypeClass::Timestamp), 3.0 * day);
  EXPECT_EQ(in_units(3.0 * day + 5, TypeClass::Timestamp, TypeClass::Date), 3);
  EXPECT_EQ(in_units(-1, TypeClass::Timestamp, TypeClass::Date), -1);
  EXPECT_TRUE(std::isnan(in_units(INFINITY, TypeClass::Date, TypeClass::Date)));
  EXPECT_TRUE(std::isnan(in_units(NAN, TypeClass::Int, TypeClass::Int)));
}

}  // namespace
}  // namespace relsynth::core::test
