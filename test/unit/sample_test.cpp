// sample, end to end on models by hand: every key holds, totals are met, rows do not depend on threads or blocks.
#include "core/sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "core/error.h"
#include "sample_support.h"

namespace relsynth::core::test {
namespace {

size_t rows_of(const Database &db, const std::string &table) { return db.tables[table_at(db.schema, table)].rows; }

void draw_and_check(Database &db) {
  draw_all(db);
  if (!::testing::Test::HasFatalFailure()) check_all(db);
}

SchemaBuilder shop() {
  SchemaBuilder b;
  b.entity("customers", 200).column("age").column("catcity?", TypeClass::Text);
  b.entity("products", 50).column("price");
  b.entity("orders", 1000).column("total").refers("customer_id", "customers");
  b.table("items", 3000).column("order_id").column("product_id").column("line").column("quantity?").primary({"order_id", "line"});
  b.references({"order_id"}, "orders").references({"product_id"}, "products");
  return b;
}

TEST(Sample, DrawsAShopWithExactTotals) {
  Database db = make_database(shop());
  draw_and_check(db);
  EXPECT_EQ(rows_of(db, "customers"), 200u);
  EXPECT_EQ(rows_of(db, "orders"), 1000u);
  EXPECT_EQ(rows_of(db, "items"), 3000u);
}

TEST(Sample, FollowsScaleAndRows) {
  for (double scale : {0.1, 3.0}) {
    Database db = make_database(shop(), scale);
    draw_and_check(db);
    EXPECT_EQ(rows_of(db, "customers"), static_cast<size_t>(200 * scale));
    EXPECT_EQ(rows_of(db, "items"), static_cast<size_t>(3000 * scale));
  }
  Config config;
  config.tables["orders"].rows = 777;
  Database db = make_database(shop(), 1, config);
  db.plan.tables[table_at(db.schema, "orders")].rows = 777;
  draw_and_check(db);
  EXPECT_EQ(rows_of(db, "orders"), 777u);
  EXPECT_EQ(rows_of(db, "items"), 2331u);
}

TEST(Sample, DoesNotDependOnThreadsOrBlocks) {
  SchemaBuilder b = shop();
  b.table("visits", 900).column("customer_id").column("day").column("catkind", TypeClass::Text);
  b.primary({"customer_id", "day", "catkind"}).references({"customer_id"}, "customers");
  Database db = make_database(b);
  draw_and_check(db);
  struct Way {
    size_t block;
    int threads;
  };
  for (Way way : {Way{1, 1}, Way{7, 1}, Way{7, 3}, Way{1000, 2}, Way{100000, 4}}) {
    Database other = make_database(b);
    draw_all(other, way.block, way.threads);
    EXPECT_TRUE(same_rows(db, other)) << way.block << " " << way.threads;
  }
  Database other = make_database(b);
  other.options.seed = 43;
  draw_all(other);
  int customers = table_at(db.schema, "customers");
  size_t differ = 0;
  for (size_t r = 0; r < 200; ++r) differ += db.text(customers, 1, r) != other.text(customers, 1, r);
  EXPECT_GT(differ, 100u);
}

SchemaBuilder links(double left, double right, double rows) {
  SchemaBuilder b;
  b.entity("a", left).entity("b", right);
  b.table("a_b", rows).column("a_id").column("b_id").primary({"a_id", "b_id"}).references({"a_id"}, "a").references({"b_id"}, "b");
  return b;
}

TEST(Sample, FillsLinkTablesUpToEveryPair) {
  for (double rows : {1.0, 100.0, 900.0, 1150.0, 1199.0, 1200.0}) {
    Database db = make_database(links(30, 40, rows));
    draw_and_check(db);
    EXPECT_EQ(rows_of(db, "a_b"), static_cast<size_t>(rows));
  }
  // More than there are pairs: as many as there are.
  Database db = make_database(links(30, 40, 2000));
  draw_and_check(db);
  EXPECT_EQ(rows_of(db, "a_b"), 1200u);
}

TEST(Sample, RefusesMoreRowsThanAKeyHolds) {
  Database db = make_database(links(30, 40, 900));
  db.plan.tables[table_at(db.schema, "a_b")].rows = 1201;
  try {
    draw_all(db);
    FAIL() << "no error";
  } catch (const Error &e) {
    EXPECT_EQ(e.state, sqlstate::unique_violation);
    EXPECT_NE((e.message + e.detail).find("1201"), std::string::npos);
    EXPECT_NE((e.message + e.detail).find("1200"), std::string::npos);
  }
  SchemaBuilder b;
  b.table("codes", 6).column("catcode", TypeClass::Text).primary({"catcode"});
  Database codes = make_database(b);
  EXPECT_THROW(draw_all(codes), Error);
}

TEST(Sample, RefusesMoreRowsThanMemoryHolds) {
  Database db = make_database(shop());
  db.options.memory = 3000 * 8;  // two parents of every item
  draw_and_check(db);
  db = make_database(shop());
  db.options.memory = 3000 * 8 - 1;
  try {
    draw_all(db);
    FAIL() << "no error";
  } catch (const Error &e) {
    EXPECT_EQ(e.state, sqlstate::out_of_memory);
    EXPECT_NE(e.message.find("items"), std::string::npos);
  }
}

TEST(Sample, LinksAHundredThousandRowsQuickly) {
  for (double side : {320.0, 20000.0}) {
    Database db = make_database(links(side, side, 100000));
    auto start = std::chrono::steady_clock::now();
    draw_all(db, 10000);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    EXPECT_EQ(rows_of(db, "a_b"), 100000u);
    EXPECT_LT(seconds, 10) << side;  // generous: sanitizers and busy machines
    RecordProperty("seconds", std::to_string(seconds));
  }
}

TEST(Sample, FillsUniqueValuesWithoutQuadraticTime) {
  SchemaBuilder b;
  b.entity("p", 110);
  b.table("days", 100000).column("p_id").column("day").primary({"p_id", "day"}).references({"p_id"}, "p");
  b.table("alone", 1000).column("n").key({"n"});
  Database db = make_database(b);
  int days = table_at(db.schema, "days");
  // A line number would be unique by construction: here the day is drawn.
  db.plan.tables[days].columns[1].role = ColumnRole::Model;
  make_model(db);
  draw_and_check(db);
  EXPECT_EQ(rows_of(db, "days"), 100000u);
  EXPECT_EQ(rows_of(db, "alone"), 1000u);
}

TEST(Sample, GivesEveryParentAtMostOneChild) {
  SchemaBuilder b;
  b.entity("person", 100);
  b.table("passport", 60).column("id").primary({"id"}).references({"id"}, "person");
  b.entity("desk", 80).column("person_id?").key({"person_id"}).references({"person_id"}, "person");
  for (double scale : {0.1, 1.0, 3.0}) {
    Database db = make_database(b, scale);
    draw_and_check(db);
    EXPECT_EQ(rows_of(db, "passport"), static_cast<size_t>(60 * scale));
  }
}

TEST(Sample, CapsChildrenOfAUniqueKey) {
  SchemaBuilder b;
  b.entity("person", 100);
  b.table("passport", 150).column("id").primary({"id"}).references({"id"}, "person");
  Database db = make_database(b);
  draw_and_check(db);
  EXPECT_EQ(rows_of(db, "passport"), 100u);
}

TEST(Sample, SharesTenantsBetweenKeys) {
  SchemaBuilder b;
  b.entity("tenant", 20);
  b.table("customer", 200).column("tenant_id").column("id").primary({"tenant_id", "id"}).references({"tenant_id"}, "tenant");
  b.table("product", 60).column("tenant_id").column("id").primary({"tenant_id", "id"}).references({"tenant_id"}, "tenant");
  b.table("orders", 1000).column("tenant_id").column("id").column("customer_id").column("product_id").column("alt_id?");
  b.primary({"tenant_id", "id"}).references({"tenant_id"}, "tenant");
  b.references({"tenant_id", "customer_id"}, "customer", {"tenant_id", "id"});
  b.references({"tenant_id", "product_id"}, "product", {"tenant_id", "id"});
  b.references({"tenant_id", "alt_id"}, "product", {"tenant_id", "id"});
  b.table("node", 300).column("tenant_id").column("id").column("parent_id?").primary({"tenant_id", "id"});
  b.references({"tenant_id"}, "tenant").references({"tenant_id", "parent_id"}, "node", {"tenant_id", "id"});
  for (double scale : {0.3, 1.0}) {
    Database db = make_database(b, scale);
    draw_and_check(db);
    EXPECT_EQ(rows_of(db, "orders"), static_cast<size_t>(1000 * scale));
    int orders = table_at(db.schema, "orders"), node = table_at(db.schema, "node");
    size_t set = 0, children = 0;
    for (uint8_t null : db.tables[orders].columns[4].nulls) set += !null;
    for (uint8_t null : db.tables[node].columns[2].nulls) children += !null;
    EXPECT_GT(set, 500 * scale);
    EXPECT_GT(children, 100 * scale);
  }
}

TEST(Sample, ResolvesKeysThatMeetInTwoColumns) {
  SchemaBuilder b;
  b.table("x", 40).column("a").column("b").primary({"a", "b"});
  b.table("y", 40).column("b").column("c").primary({"b", "c"});
  b.table("child", 500).column("a").column("b").column("c").references({"a", "b"}, "x", {"a", "b"}).references({"b", "c"}, "y", {"b", "c"});
  Database db = make_database(b);
  for (const char *name : {"x", "y"}) {
    TableModel &model = db.model.tables[table_at(db.schema, name)];
    for (Codec &codec : model.codecs) codec = number_codec(1, 10, 10);
    for (ColumnModel &step : model.columns) step.conditional = uniform_conditional(11);
  }
  draw_and_check(db);
  EXPECT_EQ(rows_of(db, "child"), 500u);
}

// Every two of three keys share a column: the third is determined by the others and exists for few of them.
TEST(Sample, ResolvesARingOfKeys) {
  SchemaBuilder b;
  b.table("x", 60).column("a").column("b").primary({"a", "b"});
  b.table("y", 60).column("b").column("c").primary({"b", "c"});
  b.table("z", 60).column("a").column("c").primary({"a", "c"});
  b.table("child", 400).column("a").column("b").column("c").references({"a", "b"}, "x", {"a", "b"});
  b.references({"b", "c"}, "y", {"b", "c"}).references({"a", "c"}, "z", {"a", "c"});
  Database db = make_database(b);
  for (const char *name : {"x", "y", "z"}) {
    TableModel &model = db.model.tables[table_at(db.schema, name)];
    for (Codec &codec : model.codecs) codec = number_codec(1, 10, 10);
    for (ColumnModel &step : model.columns) step.conditional = uniform_conditional(11);
  }
  draw_and_check(db);
  EXPECT_EQ(rows_of(db, "child"), 400u);
}

TEST(Sample, FillsNotNullColumnsOfNullKeys) {
  SchemaBuilder b;
  b.table("x", 60).column("kind").column("id").primary({"kind", "id"});
  b.entity("child", 400).column("kind").column("x_id?").references({"kind", "x_id"}, "x", {"kind", "id"});
  Database db = make_database(b);
  draw_and_check(db);
  const Block &child = db.tables[table_at(db.schema, "child")];
  EXPECT_EQ(std::count(child.columns[2].nulls.begin(), child.columns[2].nulls.end(), 1), 40);
  EXPECT_EQ(std::count(child.columns[1].ints.begin(), child.columns[1].ints.end(), 0), 0);
}

TEST(Sample, DrawsBlocksInAnyOrder) {
  Database db = make_database(shop());
  Sampler sampler(db.schema, db.plan, db.model, db.options);
  for (int t : db.plan.order) {
    sampler.begin(t);
    Block all = sampler.draw(t, 0, sampler.rows(t));
    sampler.keep(all);
    Sampler other(db.schema, db.plan, db.model, db.options);
    for (int before : db.plan.order) {
      other.begin(before);
      if (before == t) break;
      other.keep(other.draw(before, 0, other.rows(before)));
      other.end(before);
    }
    for (size_t first = sampler.rows(t); first > 0;) {
      size_t begin = first > 9 ? first - 9 : 0;
      Block part = other.draw(t, begin, first - begin);
      for (size_t c = 0; c < part.codes.size(); ++c)
        for (size_t r = 0; r < part.codes[c].size(); ++r) ASSERT_EQ(part.codes[c][r], all.codes[c][begin + r]) << t << " " << c;
      first = begin;
    }
    sampler.end(t);
  }
}

TEST(Sample, KeepsTheShapeOfForests) {
  SchemaBuilder b;
  b.entity("employee", 1000).refers("boss_id?", "employee");
  b.entity("page", 500).refers("parent_id", "page");
  b.entity("chain", 300).column("next_id?").key({"next_id"}).references({"next_id"}, "chain");
  b.table("word", 400).column("term", TypeClass::Text).column("broader?", TypeClass::Text).primary({"term"});
  b.references({"broader"}, "word", {"term"});
  Database db = make_database(b);
  draw_and_check(db);
  const Block &employee = db.tables[table_at(db.schema, "employee")];
  EXPECT_EQ(std::count(employee.columns[1].nulls.begin(), employee.columns[1].nulls.end(), 1), 200);
  const Block &page = db.tables[table_at(db.schema, "page")];
  size_t loops = 0;
  for (size_t r = 0; r < page.rows; ++r) loops += page.columns[0].ints[r] == page.columns[1].ints[r];
  EXPECT_EQ(loops, 100u);
  const Block &word = db.tables[table_at(db.schema, "word")];
  EXPECT_EQ(std::count(word.columns[1].nulls.begin(), word.columns[1].nulls.end(), 1), 80);
}

TEST(Sample, ClosesCycles) {
  SchemaBuilder b;
  b.entity("team", 50).column("leader_id?").references({"leader_id"}, "member");
  b.entity("member", 400).refers("team_id", "team").column("buddy_of?").key({"buddy_of"}).references({"buddy_of"}, "team");
  b.entity("left", 100).column("right_id").references({"right_id"}, "right");
  b.entity("right", 120).column("left_id").references({"left_id"}, "left");
  Database db = make_database(b);
  draw_and_check(db);
  const Block &team = db.tables[table_at(db.schema, "team")];
  EXPECT_EQ(std::count(team.columns[1].nulls.begin(), team.columns[1].nulls.end(), 1), 5);
  Database other = make_database(b);
  draw_all(other, 7, 2);
  EXPECT_TRUE(same_rows(db, other));
}

TEST(Sample, StandsEmptyTablesAndSingleRows) {
  for (double rows : {0.0, 1.0}) {
    SchemaBuilder b;
    b.entity("root", rows).column("name", TypeClass::Text);
    b.entity("child", rows).refers("root_id", "root").refers("self_id?", "child");
    b.table("pair", rows).column("root_id").column("child_id").primary({"root_id", "child_id"});
    b.references({"root_id"}, "root").references({"child_id"}, "child");
    for (double scale : {0.1, 1.0, 3.0}) {
      Database db = make_database(b, scale);
      draw_and_check(db);
      EXPECT_EQ(rows_of(db, "root"), static_cast<size_t>(rows * std::max(scale, 1.0)));
    }
  }
  // Children learned, but no parent left.
  SchemaBuilder b;
  b.entity("root", 0);
  b.entity("child", 10).refers("root_id", "root");
  Database db = make_database(b);
  draw_and_check(db);
  EXPECT_EQ(rows_of(db, "child"), 0u);
}

// Rows refused after close(): their keys are taken and copied already, the rest changes.
TEST(Sample, RedrawsClosedRowsOutsideTheirKeys) {
  SchemaBuilder b;
  b.table("word", 300).column("term", TypeClass::Text).column("broader?", TypeClass::Text).column("weight").primary({"term"});
  b.references({"broader"}, "word", {"term"});
  Database db = make_database(b);
  Sampler sampler(db.schema, db.plan, db.model, db.options);
  sampler.begin(0);
  EXPECT_TRUE(sampler.deferred(0));
  Block block = sampler.draw(0, 0, 300);
  for (int i = 1; !sampler.check_keys(block).empty(); ++i) sampler.redraw(block, sampler.check_keys(block), i);
  sampler.keep(block);
  sampler.end(0);
  EXPECT_FALSE(sampler.deferred(0));
  sampler.close(block);
  Block before = block;
  for (int attempt = 1; attempt < 30; ++attempt) sampler.redraw(block, {{5, "any", {}}, {6, "weight", {2}}}, attempt);
  EXPECT_EQ(before.columns[0].texts, block.columns[0].texts);
  EXPECT_EQ(before.columns[1].texts, block.columns[1].texts);
  EXPECT_EQ(before.columns[1].nulls, block.columns[1].nulls);
  EXPECT_NE(before.columns[2].ints[5], block.columns[2].ints[5]);
  EXPECT_NE(before.columns[2].ints[6], block.columns[2].ints[6]);
  EXPECT_EQ(before.columns[2].ints[7], block.columns[2].ints[7]);
}

// A schema of up to eight tables with every kind of key.
SchemaBuilder random_schema(unsigned seed) {
  std::mt19937 random(seed);
  auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
  SchemaBuilder b;
  int n = 2 + static_cast<int>(random() % 7);
  std::vector<std::string> plain, tenanted;
  for (int i = 0; i < n; ++i) {
    std::string name = "t" + std::to_string(i);
    double rows = chance(10) ? static_cast<double>(random() % 3) : 10 + static_cast<double>(random() % 300);
    if (plain.size() >= 2 && chance(25)) {
      b.table(name, rows).column("a_id").column("b_id").column("value?").primary({"a_id", "b_id"});
      b.references({"a_id"}, plain[random() % plain.size()]).references({"b_id"}, plain[random() % plain.size()]);
      continue;
    }
    if (!plain.empty() && chance(30)) {
      b.table(name, rows).column("tenant_id").column("id").primary({"tenant_id", "id"}).references({"tenant_id"}, plain[0]);
      if (!tenanted.empty()) {
        std::string column = chance(50) ? "other_id?" : "other_id";
        b.column(column).references({"tenant_id", "other_id"}, tenanted[random() % tenanted.size()], {"tenant_id", "id"});
      }
      if (chance(50)) b.column("up_id?").references({"tenant_id", "up_id"}, name, {"tenant_id", "id"});
      tenanted.push_back(name);
      continue;
    }
    b.entity(name, rows).column("value");
    if (!plain.empty() && chance(70)) b.refers(chance(40) ? "first_id?" : "first_id", plain[random() % plain.size()]);
    if (!plain.empty() && chance(50)) b.refers(chance(60) ? "second_id?" : "second_id", plain[random() % plain.size()]);
    if (!plain.empty() && chance(20)) b.column("only_id?").key({"only_id"}).references({"only_id"}, plain[random() % plain.size()]);
    if (chance(30)) b.refers(chance(70) ? "self_id?" : "self_id", name);
    if (chance(30)) b.column("catkind", TypeClass::Text).column("number").key({"catkind", "number"});
    if (i + 1 < n && chance(15)) b.refers("later_id?", name).refers("cycle_id?", plain.empty() ? name : plain.back());
    plain.push_back(name);
  }
  return b;
}

TEST(Sample, KeepsEveryKeyOfRandomSchemas) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    double scale = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 0.3 : 2;
    SchemaBuilder b = random_schema(seed);
    Database db = make_database(b, scale);
    ASSERT_NO_THROW(draw_and_check(db));
    if (HasFatalFailure()) return;
    if (seed % 10) continue;
    Database other = make_database(b, scale);
    draw_all(other, 13, 2);
    ASSERT_TRUE(same_rows(db, other));
  }
}

}  // namespace
}  // namespace relsynth::core::test
