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

// A function of a column or of a parent: the same input, the same value, in all rows drawn.
bool is_function(const Database &db, int table, int input, int column) {
  std::map<std::string, std::string> of;
  for (size_t r = 0; r < db.tables[table].rows; ++r) {
    std::string x = db.text(table, input, r), y = db.text(table, column, r);
    if (x != "NULL" && of.try_emplace(x, y).first->second != y) return false;
  }
  return true;
}

PlantedSource places() {
  PlantedSource s;
  auto city = [](size_t r) { return static_cast<size_t>(chance(r, 1, 6) * chance(r, 2, 7)); };
  s.table("product", 200).texts("label", [](size_t r) { return word(r, 8); });
  s.table("place", 2000).texts("city", [=](size_t r) { return "c" + std::to_string(city(r)); });
  s.texts("state", [=](size_t r) { return "s" + std::to_string(city(r) % 9); });
  s.texts("country", [=](size_t r) { return city(r) % 9 < 4 ? "north" : "south"; });
  s.numbers("rate", 3, [=](size_t r) { return 1.125 + 0.25 * static_cast<double>(city(r) % 9); });
  s.texts("motto", [=](size_t r) { return word(city(r), 5); });
  s.texts("mood", [=](size_t r) { return chance(r, 6, 50) ? "s" + std::to_string(city(r) % 9) : "other"; });
  s.refers("product_id", "product", [](size_t r) { return static_cast<int32_t>(chance(r, 7, 200)); });
  s.ints("weight", [](size_t r) { return 10 + chance(static_cast<uint64_t>(chance(r, 7, 200)), 9, 5000); });
  return s;
}

TEST(Rules, FindsFunctionsAndOnlyThose) {
  PlantedSource s = places();
  s.settle();
  auto rule = [&](const std::string &column) { return describe(s.column("place", column).rule, s.schema, table_at(s.schema, "place")); };
  EXPECT_EQ(rule("state"), "function of city");
  EXPECT_EQ(rule("country"), "function of state");
  EXPECT_EQ(rule("rate"), "function of state");
  EXPECT_EQ(rule("motto"), "function of city");
  EXPECT_EQ(rule("mood"), "copy of state");
  EXPECT_EQ(rule("weight"), "function of product");
  EXPECT_EQ(rule("city"), "");
}

TEST(Rules, FunctionsComeBack) {
  Database db = places().draw();
  int t = table_at(db.schema, "place");
  auto at = [&](const char *name) { return db.schema.tables[t].column_index(name); };
  for (const char *column : {"state", "country", "rate", "motto"}) EXPECT_TRUE(is_function(db, t, at("city"), at(column))) << column;
  EXPECT_TRUE(is_function(db, t, at("state"), at("country")));
  EXPECT_TRUE(is_function(db, t, at("product_id"), at("weight")));
  std::set<std::string> countries, mottos, weights;
  for (size_t r = 0; r < db.tables[t].rows; ++r) {
    countries.insert(db.text(t, at("country"), r));
    mottos.insert(db.text(t, at("motto"), r));
    weights.insert(db.text(t, at("weight"), r));
    std::string state = db.text(t, at("state"), r);
    if (state.size() != 2) continue;  // a rare one
    EXPECT_EQ(db.text(t, at("rate"), r), std::to_string(1.125 + 0.25 * (state[1] - '0')));
  }
  EXPECT_EQ(countries.size(), 2u);
  EXPECT_GT(mottos.size(), 15u);
  EXPECT_GT(weights.size(), 100u);
}

PlantedSource sums() {
  PlantedSource s;
  auto cents = [](size_t r, uint64_t what, uint64_t n) { return static_cast<double>(chance(r, what, n)) / 100; };
  auto net = [=](size_t r) { return 1 + cents(r, 1, 50000); };
  auto tax = [=](size_t r) { return cents(r, 2, 9000); };
  auto count = [](size_t r) { return 1 + chance(r, 3, 12); };
  auto discount = [](size_t r) { return chance(r, 4, 3) ? 0.05 * static_cast<double>(chance(r, 5, 6)) : 0.0; };
  auto rounded = [](double v) { return std::round(v * 100 + 1e-7) / 100; };
  s.table("line", 900).numbers("net", 2, net).numbers("tax", 2, tax).ints("count", count).numbers("discount", 2, discount);
  s.numbers("gross", 2, [=](size_t r) { return rounded(net(r) + tax(r)); });
  s.numbers("total", 2, [=](size_t r) { return rounded(net(r) * static_cast<double>(count(r)) * (1 - discount(r))); });
  s.numbers("margin", 2, [=](size_t r) { return rounded(cents(r, 6, 4000) - 10); });
  s.numbers("paid", 2, [=](size_t r) {
    return chance(r, 7, 5) ? std::optional<double>(rounded(net(r) + tax(r) + cents(r, 6, 4000) - 10)) : std::nullopt;
  });
  s.numbers("noise", 2, [=](size_t r) { return cents(r, 8, 50000); });
  return s;
}

// A code in a third of the rows says what sign these have; the others have either.
TEST(Rules, FunctionsOfWhatIsMostlyNull) {
  PlantedSource s;
  auto code = [](size_t r) { return r % 3 == 0 ? std::optional<int64_t>(10 + chance(r, 1, 6)) : std::nullopt; };
  s.table("entry", 3000).ints("sign", [=](size_t r) { return code(r) ? *code(r) % 2 : chance(r, 2, 2); });
  s.ints("code", code);
  Database db = s.draw();
  EXPECT_EQ(s.column("entry", "sign").rule.kind, Rule::Kind::Lookup);
  const std::vector<ValueColumn> &columns = db.tables[0].columns;
  size_t coded = 0, wrong = 0, ones = 0;
  for (size_t r = 0; r < db.tables[0].rows; ++r) {
    if (columns[2].nulls[r]) {
      ones += columns[1].ints[r] == 1;
      continue;
    }
    ++coded;
    wrong += columns[1].ints[r] != columns[2].ints[r] % 2;
  }
  EXPECT_NEAR(static_cast<double>(coded), 1000, 100);
  EXPECT_EQ(wrong, 0u);
  EXPECT_NEAR(static_cast<double>(ones), 1000, 150);
}

TEST(Rules, FindsFormulasAndOnlyThose) {
  PlantedSource s = sums();
  s.settle();
  auto rule = [&](const std::string &column) { return describe(s.column("line", column).rule, s.schema, 0); };
  EXPECT_EQ(rule("gross"), "net + tax");
  EXPECT_EQ(rule("total"), "net * count * (1 - discount)");
  EXPECT_EQ(rule("paid"), "gross + margin");
  EXPECT_FALSE(s.column("line", "paid").rule.always);
  for (const char *column : {"net", "tax", "count", "discount", "margin", "noise"}) EXPECT_EQ(rule(column), "") << column;
}

TEST(Rules, FormulasComeBack) {
  Database db = sums().draw();
  auto value = [&](const char *name, size_t r) { return db.tables[0].columns[db.schema.tables[0].column_index(name)].floats[r]; };
  auto count = [&](size_t r) { return static_cast<double>(db.tables[0].columns[db.schema.tables[0].column_index("count")].ints[r]); };
  size_t paid = 0;
  for (size_t r = 0; r < db.tables[0].rows; ++r) {
    EXPECT_NEAR(value("gross", r), value("net", r) + value("tax", r), 1e-6);
    EXPECT_NEAR(value("total", r), value("net", r) * count(r) * (1 - value("discount", r)), 0.00501);
    if (db.tables[0].columns[db.schema.tables[0].column_index("paid")].nulls[r]) continue;
    ++paid;
    EXPECT_NEAR(value("paid", r), value("gross", r) + value("margin", r), 1e-6);
  }
  EXPECT_NEAR(static_cast<double>(paid), 720, 50);
}

// Three columns that are NULL together, one that is when these are not, one by the values of another.
TEST(Rules, NullsComeBackTogether) {
  PlantedSource s;
  auto sent = [](size_t r) { return chance(r, 1, 3) == 0; };
  auto number = [](size_t r, uint64_t what, bool there) { return there ? std::optional<int64_t>(chance(r, what, 500)) : std::nullopt; };
  s.table("parcel", 400).texts("state", [](size_t r) { return chance(r, 2, 4) ? "open" : "closed"; });
  s.ints("a", [=](size_t r) { return number(r, 3, sent(r)); }).ints("b", [=](size_t r) { return number(r, 4, sent(r)); });
  s.ints("c", [=](size_t r) { return number(r, 5, sent(r)); }).ints("d", [=](size_t r) { return number(r, 6, !sent(r)); });
  s.ints("closing", [=](size_t r) { return number(r, 7, chance(r, 2, 4) == 0); });
  s.ints("free", [=](size_t r) { return number(r, 8, chance(r, 9, 2) == 0); });
  Database db = s.draw();
  EXPECT_EQ(s.column("parcel", "free").presence.column, -1);
  size_t with_a = 0;
  for (size_t r = 0; r < db.tables[0].rows; ++r) {
    bool a = db.text(0, 2, r) != "NULL";
    with_a += a;
    EXPECT_EQ(db.text(0, 3, r) != "NULL", a);
    EXPECT_EQ(db.text(0, 4, r) != "NULL", a);
    EXPECT_EQ(db.text(0, 5, r) == "NULL", a);
    EXPECT_EQ(db.text(0, 6, r) != "NULL", db.text(0, 1, r) == "closed");
  }
  EXPECT_NEAR(static_cast<double>(with_a), 133, 35);
}

PlantedSource invoices() {
  PlantedSource s;
  auto price = [](size_t r) { return 1 + static_cast<double>(chance(r, 1, 5000)) / 100; };
  auto count = [](size_t r) { return 1 + chance(r, 2, 9); };
  auto invoice = [](size_t r) { return static_cast<int32_t>((r * 7919 + r / 3) % 400); };
  auto total = [=](size_t i, bool rows) {
    double sum = 0;
    for (size_t r = 0; r < 1600; ++r)
      if (static_cast<size_t>(invoice(r)) == i) sum += rows ? 1 : price(r) * static_cast<double>(count(r));
    return std::round(sum * 100) / 100;
  };
  s.table("invoice", 400).numbers("due", 2, [=](size_t i) { return total(i, false); });
  s.ints("lines", [=](size_t i) { return static_cast<int64_t>(total(i, true)); });
  s.numbers("rest", 2, [](size_t i) { return static_cast<double>(chance(i, 3, 9000)) / 100; });
  s.table("line", 1600).refers("invoice_id", "invoice", invoice).numbers("price", 2, price).ints("count", count);
  return s;
}

TEST(Rules, TotalsAgreeWithTheRowsThatReferToThem) {
  PlantedSource s = invoices();
  Database db = s.draw();
  EXPECT_EQ(describe(s.column("invoice", "due").rule, s.schema, 0), "sum of price * count over its rows in line");
  EXPECT_EQ(describe(s.column("invoice", "lines").rule, s.schema, 0), "number of its rows in line");
  EXPECT_EQ(s.column("invoice", "rest").rule.kind, Rule::Kind::None);
  const std::vector<ValueColumn> &line = db.tables[1].columns;
  std::vector<double> sums(db.tables[0].rows, 0), rows(db.tables[0].rows, 0);
  for (size_t r = 0; r < db.tables[1].rows; ++r) {
    sums[static_cast<size_t>(line[1].ints[r] - 1)] += line[2].floats[r] * static_cast<double>(line[3].ints[r]);
    ++rows[static_cast<size_t>(line[1].ints[r] - 1)];
  }
  for (size_t r = 0; r < db.tables[0].rows; ++r) {
    if (rows[r] == 0 && s.column("invoice", "due").rule.empty == Rule::Empty::Own) continue;
    EXPECT_NEAR(db.tables[0].columns[1].floats[r], sums[r], 0.006);
    EXPECT_EQ(static_cast<double>(db.tables[0].columns[2].ints[r]), rows[r]);
  }
}

}  // namespace
}  // namespace relsynth::core::test
