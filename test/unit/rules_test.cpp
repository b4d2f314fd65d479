// Rules found in the data: planted, found, and held in drawn rows.
#include "core/rules.h"

#include <gtest/gtest.h>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

// Of rows with a known parent, how many have the parent's value.
struct Agreement {
  size_t rows = 0, equal = 0;
};

// The foreign key column is the parent's number, which is its row number from 1 on.
Agreement compare(const Database &db, const std::string &child, const std::string &column, const std::string &fk, const std::string &parent,
                  const std::string &base) {
  Agreement out;
  int c = table_at(db.schema, child), p = table_at(db.schema, parent);
  auto at = [&](int t, const std::string &name) { return db.schema.tables[t].column_index(name); };
  for (size_t r = 0; r < db.tables[c].rows; ++r) {
    std::string id = db.text(c, at(c, fk), r);
    if (id == "NULL") continue;
    ++out.rows;
    out.equal += db.text(c, at(c, column), r) == db.text(p, at(p, base), std::stoul(id) - 1);
  }
  return out;
}

PlantedSource shop() {
  PlantedSource s;
  s.table("customer", 300).texts("name", [](size_t r) { return word(r, 1); }).texts("city", [](size_t r) { return word(r % 20, 2); });
  s.texts("fax", [](size_t r) { return r % 3 ? std::optional<std::string>() : word(r, 3); });
  s.table("product", 250).numbers("price", 2, [](size_t r) { return 5.0 + static_cast<double>(chance(r, 4, 9000)) / 100; });
  auto buyer = [](size_t r) { return static_cast<int32_t>(r / 5); };
  auto bought = [](size_t r) { return static_cast<int32_t>(chance(r, 5, 250)); };
  s.table("orders", 1500).refers("customer_id", "customer", buyer).refers("product_id", "product", bought);
  s.texts("ship_name", [=](size_t r) { return word(static_cast<size_t>(buyer(r)), 1); });
  s.texts("ship_fax", [=](size_t r) { return r / 5 % 3 ? std::optional<std::string>() : word(r / 5, 3); });
  s.texts("ship_city", [=](size_t r) { return chance(r, 6, 10) ? word(r / 5 % 20, 2) : word(100 + r, 2); });
  s.texts("bill_name", [=](size_t r) { return word(static_cast<size_t>(buyer(r)), 1); });
  s.texts("unrelated", [=](size_t r) { return word(r, 1); });
  s.ints("same", [](size_t) { return 7; });
  s.numbers("price", 2, [=](size_t r) {
    double price = 5.0 + static_cast<double>(chance(static_cast<size_t>(bought(r)), 4, 9000)) / 100;
    return chance(r, 7, 3) ? price : std::round(price * 80) / 100;
  });
  return s;
}

TEST(Rules, FindsCopiesAndOnlyThose) {
  PlantedSource s = shop();
  s.settle();
  EXPECT_EQ(describe(s.column("orders", "ship_name").rule, s.schema, table_at(s.schema, "orders")), "copy of customer.name");
  EXPECT_TRUE(s.column("orders", "ship_name").rule.always);
  EXPECT_TRUE(s.column("orders", "ship_fax").rule.always);
  EXPECT_TRUE(s.column("orders", "bill_name").rule.always);
  EXPECT_FALSE(s.column("orders", "ship_city").rule.always);
  EXPECT_NEAR(s.column("orders", "ship_city").rule.share, 0.9, 0.03);
  EXPECT_EQ(evidence(s.column("orders", "ship_name").rule), "in all 1500 rows, 250 entities");
  EXPECT_EQ(s.column("orders", "price").rule.factors, (std::vector<double>{1, 0.8}));
  EXPECT_EQ(s.column("orders", "unrelated").rule.kind, Rule::Kind::None);
  EXPECT_EQ(s.column("orders", "same").rule.kind, Rule::Kind::None);
  EXPECT_EQ(s.column("customer", "city").rule.kind, Rule::Kind::None);
}

TEST(Rules, ConfigTurnsThemOff) {
  PlantedSource s = shop();
  Config config;
  config.without_rules = {"orders.ship_name"};
  s.settle(config);
  EXPECT_EQ(s.column("orders", "ship_name").rule.kind, Rule::Kind::None);
  EXPECT_EQ(s.column("orders", "bill_name").rule.kind, Rule::Kind::Copy);
  config.rules = false;
  s.settle(config);
  EXPECT_EQ(s.column("orders", "bill_name").rule.kind, Rule::Kind::None);
}

TEST(Rules, CopiesComeBack) {
  Database db = shop().draw();
  for (const char *column : {"ship_name", "bill_name"}) {
    Agreement names = compare(db, "orders", column, "customer_id", "customer", "name");
    EXPECT_GT(names.rows, 1000u);
    EXPECT_EQ(names.equal, names.rows);
  }
  Agreement fax = compare(db, "orders", "ship_fax", "customer_id", "customer", "fax");
  EXPECT_EQ(fax.equal, fax.rows);
  Agreement city = compare(db, "orders", "ship_city", "customer_id", "customer", "city");
  EXPECT_NEAR(static_cast<double>(city.equal) / static_cast<double>(city.rows), 0.9, 0.04);
  Agreement price = compare(db, "orders", "price", "product_id", "product", "price");
  EXPECT_NEAR(static_cast<double>(price.equal) / static_cast<double>(price.rows), 2.0 / 3, 0.06);
}

TEST(Rules, SameRowsWhateverTheThreads) {
  Database one = shop().draw({}, 1), three = shop().draw({}, 3);
  int t = table_at(one.schema, "orders");
  for (size_t c = 0; c < one.schema.tables[t].columns.size(); ++c)
    for (size_t r = 0; r < one.tables[t].rows; ++r)
      ASSERT_EQ(one.text(t, static_cast<int>(c), r), three.text(t, static_cast<int>(c), r)) << c;
}

// Both unique: whichever repeats, both are drawn again together.
TEST(Rules, CopiesWithinARowHoldUnderUniqueKeys) {
  PlantedSource s;
  auto code = [](size_t r) { return std::string(1, static_cast<char>('a' + r % 26)) + std::to_string(100 + r / 26 * 7 % 900); };
  s.table("account", 600).texts("login", code).texts("mail", code);
  s.builder().key({"login"}).key({"mail"});
  s.texts("nick", [&](size_t r) { return chance(r, 1, 10) < 8 ? code(r) : word(r, 2); });
  Database db = s.draw();
  EXPECT_EQ(s.column("account", "mail").rule.kind, Rule::Kind::Copy);
  size_t nicks = 0;
  for (size_t r = 0; r < db.tables[0].rows; ++r) {
    EXPECT_EQ(db.text(0, 1, r), db.text(0, 2, r));
    nicks += db.text(0, 1, r) == db.text(0, 3, r);
  }
  EXPECT_NEAR(static_cast<double>(nicks), 480, 45);
}

}  // namespace
}  // namespace relsynth::core::test
