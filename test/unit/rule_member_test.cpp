// Rows that repeat values of a sister's rows: planted, found, and held in drawn rows.
#include "core/rule_member.h"

#include <gtest/gtest.h>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

size_t orders_of(size_t account) { return 1 + account % 4; }
size_t first_order(size_t account) { return account / 4 * 10 + account % 4 * (account % 4 + 1) / 2; }

// Accounts with one to four standing orders, and 12 payments each: two of three carry out the orders in turn, the others name no payee or
// one of their own.
PlantedSource bank(size_t accounts = 200) {
  PlantedSource s;
  s.table("account", accounts).ints("age", [](size_t r) { return 18 + chance(r, 1, 60); });
  auto account_of = [](size_t order) {
    size_t account = order / 10 * 4;
    while (first_order(account + 1) <= order) ++account;
    return account;
  };
  auto payee = [](size_t order) { return 1000 + chance(order, 2, 90000000); };
  auto amount = [](size_t order) { return static_cast<double>(1000 + chance(order, 3, 900000)) / 100; };
  auto symbol = [](size_t order) { return "s" + std::to_string(chance(order, 4, 5)); };
  s.table("standing_order", first_order(accounts));
  s.refers("account_id", "account", [=](size_t r) { return static_cast<int32_t>(account_of(r)); });
  s.ints("payee", payee).numbers("amount", 2, amount).texts("symbol", symbol);
  auto kind = [](size_t r) { return r % 3 == 2 ? chance(r, 5, 2) : 2; };  // 0 cash, 1 to anyone, 2 an order
  auto order = [](size_t r) { return first_order(r / 12) + (r % 12 - r % 12 / 3) % orders_of(r / 12); };
  s.table("payment", 12 * accounts).refers("account_id", "account", [](size_t r) { return static_cast<int32_t>(r / 12); });
  s.texts("kind", [=](size_t r) { return std::vector<std::string>{"cash", "other", "order"}[static_cast<size_t>(kind(r))]; });
  s.ints("unrelated", [](size_t r) { return 1000 + chance(r, 6, 90000000); });
  s.ints("to", [=](size_t r) -> std::optional<int64_t> {
    if (kind(r) == 0) return std::nullopt;
    return kind(r) == 2 ? payee(order(r)) : 1000 + chance(r, 7, 90000000);
  });
  s.numbers("sum", 2, [=](size_t r) { return kind(r) == 2 ? amount(order(r)) : static_cast<double>(chance(r, 8, 500000)) / 100; });
  s.texts("sign", [=](size_t r) -> std::optional<std::string> {
    if (kind(r) != 2 || chance(r, 9, 10) == 0) return std::nullopt;
    return symbol(order(r));
  });
  return s;
}

// What the payments drawn have to do with the orders of their accounts.
struct Payments {
  size_t orders = 0, named = 0, sums = 0, signs = 0, next = 0, followed = 0;
};

Payments payments(const Database &db) {
  Payments out;
  int order = table_at(db.schema, "standing_order"), payment = table_at(db.schema, "payment");
  auto at = [&](int t, const char *name) { return db.schema.tables[t].column_index(name); };
  std::map<std::string, std::vector<size_t>> of;
  for (size_t r = 0; r < db.tables[order].rows; ++r) of[db.text(order, at(order, "account_id"), r)].push_back(r);
  std::string account;
  size_t last = SIZE_MAX;
  for (size_t r = 0; r < db.tables[payment].rows; ++r) {
    const std::string now = db.text(payment, at(payment, "account_id"), r);
    if (now != account) last = SIZE_MAX;
    account = now;
    out.orders += db.text(payment, at(payment, "kind"), r) == "order" && !of[now].empty();
    for (size_t i = 0; i < of[now].size(); ++i) {
      const size_t o = of[now][i];
      if (db.text(order, at(order, "payee"), o) != db.text(payment, at(payment, "to"), r)) continue;
      ++out.named;
      out.sums += db.text(order, at(order, "amount"), o) == db.text(payment, at(payment, "sum"), r);
      out.signs += db.text(order, at(order, "symbol"), o) == db.text(payment, at(payment, "sign"), r);
      out.followed += last != SIZE_MAX;
      out.next += last != SIZE_MAX && (last + 1) % of[now].size() == i;
      last = i;
      break;
    }
  }
  return out;
}

TEST(RuleMember, FindsWhatNamesASistersRowAndOnlyThat) {
  PlantedSource s = bank();
  s.settle();
  const int t = table_at(s.schema, "payment");
  EXPECT_EQ(describe(s.column("payment", "to").rule, s.schema, t), "one of the values of standing_order.payee for the same row of account");
  EXPECT_EQ(describe(s.column("payment", "sum").rule, s.schema, t), "copy of standing_order.amount where to is standing_order.payee");
  EXPECT_TRUE(s.column("payment", "sum").rule.always);
  EXPECT_EQ(describe(s.column("payment", "sign").rule, s.schema, t), "copy of standing_order.symbol where to is standing_order.payee");
  EXPECT_TRUE(s.column("payment", "sign").rule.or_null);
  EXPECT_NEAR(s.column("payment", "sign").rule.share, 0.9, 0.03);
  EXPECT_EQ(s.column("payment", "unrelated").rule.kind, Rule::Kind::None);
  EXPECT_EQ(s.column("standing_order", "payee").rule.kind, Rule::Kind::None);
  const std::vector<int> &order = s.plan.tables[t].column_order;
  auto place = [&](const char *name) { return std::find(order.begin(), order.end(), s.at("payment", name)); };
  EXPECT_LT(place("to"), place("sum"));
  EXPECT_LT(place("to"), place("sign"));
}

TEST(RuleMember, RowsNameTheSistersRowsAgainInTurn) {
  Database db = bank().draw();
  const Payments drawn = payments(db);
  EXPECT_GT(drawn.orders, 1400u);
  EXPECT_NEAR(static_cast<double>(drawn.named), static_cast<double>(drawn.orders), 0.03 * static_cast<double>(drawn.orders));
  EXPECT_EQ(drawn.sums, drawn.named);
  EXPECT_NEAR(static_cast<double>(drawn.signs), 0.9 * static_cast<double>(drawn.named), 0.04 * static_cast<double>(drawn.named));
  EXPECT_GT(static_cast<double>(drawn.next), 0.9 * static_cast<double>(drawn.followed));
}

TEST(RuleMember, ConfigTurnsItOff) {
  PlantedSource s = bank();
  Config config;
  config.without_rules = {"payment.to"};
  s.settle(config);
  EXPECT_EQ(s.column("payment", "to").rule.kind, Rule::Kind::None);
}

TEST(RuleMember, SameRowsWhateverTheThreadsAndTheBlocks) {
  Database one = bank().draw({}, 1), three = bank().draw({}, 3), blocks = bank().learn();
  draw_all(blocks, 37, 1);
  int t = table_at(one.schema, "payment");
  for (size_t c = 0; c < one.schema.tables[t].columns.size(); ++c)
    for (size_t r = 0; r < one.tables[t].rows; ++r) {
      ASSERT_EQ(one.text(t, static_cast<int>(c), r), three.text(t, static_cast<int>(c), r)) << c;
      ASSERT_EQ(one.text(t, static_cast<int>(c), r), blocks.text(t, static_cast<int>(c), r)) << c;
    }
}

// Grades of the courses that a student has taken up, each once: drawn again where a course comes again.
TEST(RuleMember, HoldsUnderAUniqueKey) {
  PlantedSource s;
  auto course = [](size_t r) { return "c" + std::to_string((static_cast<size_t>(chance(r / 5, 1, 60)) + r % 5 * 11) % 60); };
  s.table("student", 300).ints("age", [](size_t r) { return 18 + chance(r, 2, 9); });
  s.table("enrolled", 1500).refers("student_id", "student", [](size_t r) { return static_cast<int32_t>(r / 5); }).texts("course", course);
  s.table("grade", 900).refers("student_id", "student", [](size_t r) { return static_cast<int32_t>(r / 3); });
  s.texts("subject", [=](size_t r) { return course(r / 3 * 5 + (r % 3 * 2 + r / 3) % 5); });
  s.ints("mark", [](size_t r) { return 1 + chance(r, 3, 6); });
  s.builder().key({"student_id", "subject"});
  Database db = s.draw();
  ASSERT_EQ(s.column("grade", "subject").rule.kind, Rule::Kind::Member);
  std::set<std::pair<std::string, std::string>> taken, graded;
  int enrolled = table_at(db.schema, "enrolled"), grade = table_at(db.schema, "grade");
  for (size_t r = 0; r < db.tables[enrolled].rows; ++r) taken.emplace(db.text(enrolled, 1, r), db.text(enrolled, 2, r));
  size_t found = 0;
  for (size_t r = 0; r < db.tables[grade].rows; ++r) {
    EXPECT_TRUE(graded.emplace(db.text(grade, 1, r), db.text(grade, 2, r)).second);
    found += taken.contains({db.text(grade, 1, r), db.text(grade, 2, r)});
  }
  EXPECT_GT(static_cast<double>(found), 0.95 * static_cast<double>(db.tables[grade].rows));
}

TEST(RuleMember, StepsGoRoundAndBack) {
  Stream random(1, 2, 3, 4);
  for (size_t values : {size_t{1}, size_t{3}, size_t{100}})
    for (int32_t last = no_member; last < static_cast<int32_t>(values); ++last)
      for (int32_t now = 0; now < static_cast<int32_t>(values); ++now)
        ASSERT_EQ(member_at(member_code(values, last, now), values, last, random), now);
  const int32_t far = member_at(member_code(5000, 7, 4000), 5000, 7, random);
  EXPECT_TRUE(far >= 107 || far < 7);
}

}  // namespace
}  // namespace relsynth::core::test
