#include "core/plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "build_schema.h"

namespace relsynth::core {
namespace {

using test::SchemaBuilder;

struct Planned {
  Schema schema;
  Problems problems;
  Plan plan;

  explicit Planned(Schema s, const std::string &config = "{}", PlanOptions options = {}) : schema(std::move(s)) {
    Config c = parse_config(config, problems);
    plan = make_plan(schema, build_graph(schema), c, options, problems);
  }
  const TablePlan &table(const std::string &name) const { return plan.tables[test::table_at(schema, name)]; }
  std::string driver(const std::string &name) const {
    int d = table(name).driver;
    return d < 0 ? "" : schema.foreign_keys[schema.tables[test::table_at(schema, name)].foreign_keys[d]].name;
  }
  FkRole role(const std::string &fk) const {
    int f = test::key_at(schema, fk), t = schema.foreign_keys[f].child;
    const std::vector<int> &mine = schema.tables[t].foreign_keys;
    return plan.tables[t].fk_roles[std::find(mine.begin(), mine.end(), f) - mine.begin()];
  }
  const ColumnPlan &column(const std::string &t, const std::string &c) const {
    return table(t).columns[schema.tables[test::table_at(schema, t)].column_index(c)];
  }
  std::vector<std::string> order_by(const std::string &t) const {
    std::vector<std::string> out;
    for (int c : table(t).order_by) out.push_back(schema.tables[test::table_at(schema, t)].columns[c].name);
    return out;
  }
};

TEST(Plan, EmptySchema) {
  Planned p{Schema{}};
  EXPECT_TRUE(p.problems.empty());
  EXPECT_TRUE(p.plan.order.empty());
  EXPECT_EQ(explain(p.schema, p.plan, {}).size(), 1u);
}

TEST(Plan, IslandsAndTablesWithoutKeys) {
  Planned p{SchemaBuilder().entity("a").table("log").column("at", TypeClass::Timestamp).column("what", TypeClass::Text).schema()};
  EXPECT_TRUE(p.problems.empty());
  EXPECT_EQ(p.plan.order.size(), 2u);
  EXPECT_EQ(p.driver("a"), "");
  EXPECT_EQ(p.column("a", "id").role, ColumnRole::Serial);
  EXPECT_TRUE(p.column("a", "id").unique);
  EXPECT_EQ(p.column("log", "what").role, ColumnRole::Model);
  ASSERT_EQ(p.plan.notes.size(), 1u);
  EXPECT_EQ(p.plan.notes[0].message, "table \"log\" has no primary key");
}

TEST(Plan, LinkTableIsDrivenByTheFirstColumnOfItsKey) {
  Planned p{SchemaBuilder()
                .entity("film")
                .entity("actor")
                .table("film_actor", 20000)
                .column("film_id")
                .column("actor_id")
                .references({"film_id"}, "film")
                .references({"actor_id"}, "actor")
                .primary({"actor_id", "film_id"})
                .schema()};
  EXPECT_EQ(p.driver("film_actor"), "film_actor_actor_id_fkey");
  EXPECT_EQ(p.role("film_actor_film_id_fkey"), FkRole::Further);
  EXPECT_EQ(p.column("film_actor", "film_id").role, ColumnRole::ForeignKey);
  EXPECT_EQ(p.column("film_actor", "film_id").foreign_key, 0);
  EXPECT_EQ(p.column("film_actor", "actor_id").foreign_key, 1);
}

TEST(Plan, NotNullDrivesBeforeNullable) {
  Planned p{SchemaBuilder().entity("a").entity("b").entity("c", 50000).refers("a_id?", "a").refers("b_id", "b").schema()};
  EXPECT_EQ(p.driver("c"), "c_b_id_fkey");
}

TEST(Plan, GroupsOfAboutTenRowsDrive) {
  Planned p{SchemaBuilder()
                .entity("customer", 2000)
                .entity("store", 1002)
                .entity("copy", 18000)
                .entity("rental", 20000)
                .refers("copy_id", "copy")
                .refers("customer_id", "customer")
                .refers("store_id", "store")
                .schema()};
  EXPECT_EQ(p.driver("rental"), "rental_customer_id_fkey");
}

TEST(Plan, CandidatesAndTheirDrivers) {
  // "kind" and its parent "status" are small; "person" refers to a table that is learned.
  Planned p{SchemaBuilder()
                .entity("status", 5)
                .entity("kind", 800)
                .refers("status_id", "status")
                .entity("big", 5000)
                .entity("person", 900)
                .refers("big_id", "big")
                .entity("lonely", 3)
                .entity("orders", 50000)
                .refers("kind_id", "kind")
                .refers("person_id?", "person")
                .schema()};
  EXPECT_TRUE(p.table("status").keep_candidate);
  EXPECT_TRUE(p.table("kind").keep_candidate);
  EXPECT_FALSE(p.table("big").keep_candidate);
  EXPECT_FALSE(p.table("person").keep_candidate);
  EXPECT_FALSE(p.table("lonely").keep_candidate);
  EXPECT_EQ(p.driver("orders"), "orders_person_id_fkey");
  EXPECT_EQ(p.driver("kind"), "");
  Planned learn{p.schema, R"j({"lookups": "learn"})j"};
  EXPECT_FALSE(learn.table("status").keep_candidate);
  EXPECT_EQ(learn.driver("orders"), "orders_kind_id_fkey");
  Planned chosen{p.schema, R"j({"tables": {"orders": {"driver": "orders_kind_id_fkey"}, "kind": {"driver": "kind_status_id_fkey"}}})j"};
  EXPECT_TRUE(chosen.problems.empty());
  EXPECT_FALSE(chosen.table("kind").keep_candidate);
  EXPECT_FALSE(chosen.table("status").keep_candidate);
  EXPECT_EQ(chosen.driver("orders"), "orders_kind_id_fkey");
  EXPECT_EQ(chosen.driver("kind"), "kind_status_id_fkey");
}

TEST(Plan, FewParentsDoNotDrive) {
  SchemaBuilder b;
  b.entity("region", 77).column("size").entity("account", 4500).refers("region_id", "region");
  b.entity("trans", 100000).refers("account_id", "account");
  b.entity("used", 4500).refers("region_id", "region").last().distinct = 9;
  b.entity("leaf", 90000).refers("used_id?", "used").last().distinct = 50;
  b.table("part", 700).column("region_id").column("number").references({"region_id"}, "region").primary({"region_id", "number"});
  b.entity("more", 3000).refers("account_id", "account").last().distinct = -0.001;
  Planned p{b.schema(), R"j({"lookups": "learn"})j"};
  EXPECT_EQ(p.driver("account"), "");
  EXPECT_EQ(p.driver("trans"), "trans_account_id_fkey");
  EXPECT_EQ(p.driver("leaf"), "");  // fifty accounts have them all
  EXPECT_EQ(p.driver("more"), "");
  EXPECT_EQ(p.driver("part"), "part_region_id_fkey");  // nine rows each, numbered
  EXPECT_EQ(p.column("part", "number").role, ColumnRole::LineNumber);
}

TEST(Plan, KeptTablesNeedKeptParents) {
  Schema s = SchemaBuilder().entity("a").entity("b").refers("a_id", "a").entity("c").refers("b_id", "b").schema();
  Planned p{s, R"j({"keep": ["b"]})j"};
  ASSERT_EQ(p.problems.size(), 1u);
  EXPECT_EQ(p.problems[0].state, "22023");
  EXPECT_EQ(p.problems[0].hint, "Add \"a\" to config key \"keep\".");
  Planned good{s, R"j({"keep": ["a", "b"]})j"};
  EXPECT_TRUE(good.problems.empty());
  EXPECT_EQ(good.table("b").role, TableRole::Keep);
  EXPECT_EQ(good.driver("b"), "");
  EXPECT_EQ(good.driver("c"), "");
  EXPECT_EQ(good.role("c_b_id_fkey"), FkRole::Further);
}

TEST(Plan, SharedTenantColumn) {
  Planned p{SchemaBuilder()
                .entity("tenant")
                .table("customer")
                .column("tenant_id")
                .column("id")
                .references({"tenant_id"}, "tenant")
                .primary({"tenant_id", "id"})
                .table("orders")
                .column("tenant_id")
                .column("id")
                .column("customer_id")
                .references({"tenant_id"}, "tenant", {"id"}, "orders_tenant")
                .references({"tenant_id", "customer_id"}, "customer", {"tenant_id", "id"}, "orders_customer")
                .primary({"tenant_id", "id"})
                .schema()};
  EXPECT_EQ(p.driver("orders"), "orders_customer");
  EXPECT_EQ(p.column("orders", "tenant_id").foreign_key, 1);
  EXPECT_EQ(p.driver("customer"), "customer_tenant_id_fkey");
  // (tenant_id, id) numbers a tenant's customers, perhaps: settle() looks at the values.
  EXPECT_EQ(p.column("customer", "id").role, ColumnRole::LineNumber);
  EXPECT_EQ(p.column("orders", "id").role, ColumnRole::Model);
}

TEST(Plan, SelfReferences) {
  Planned p{SchemaBuilder().entity("root").entity("e").refers("boss?", "e").refers("mentor?", "e").refers("root_id", "root").schema()};
  EXPECT_EQ(p.role("e_boss_fkey"), FkRole::Self);
  EXPECT_EQ(p.role("e_mentor_fkey"), FkRole::Self);
  EXPECT_EQ(p.driver("e"), "e_root_id_fkey");
  EXPECT_EQ(p.column("e", "boss").foreign_key, 0);
  EXPECT_EQ(p.column("e", "mentor").foreign_key, 1);
}

TEST(Plan, Cycles) {
  Planned p{SchemaBuilder().entity("dept").refers("head?", "emp").entity("emp").refers("dept", "dept").schema()};
  EXPECT_EQ(p.role("dept_head_fkey"), FkRole::Cut);
  EXPECT_EQ(p.driver("emp"), "emp_dept_fkey");
  EXPECT_EQ(p.driver("dept"), "");
  ASSERT_EQ(p.plan.notes.size(), 1u);
  EXPECT_NE(p.plan.notes[0].detail.find("\"dept_head_fkey\""), std::string::npos);
  Planned bad{p.schema, R"j({"tables": {"dept": {"driver": "dept_head_fkey"}}})j"};
  ASSERT_EQ(bad.problems.size(), 1u);
  EXPECT_EQ(bad.problems[0].state, "22023");
}

TEST(Plan, ParallelKeysToOneParent) {
  Planned p{SchemaBuilder().entity("city", 2000).entity("flight", 20000).refers("to_id", "city").refers("from_id", "city").schema()};
  EXPECT_EQ(p.driver("flight"), "flight_from_id_fkey");  // by name: nothing else tells them apart
  EXPECT_EQ(p.role("flight_to_id_fkey"), FkRole::Further);
}

TEST(Plan, OneToOneAndKeyToUniqueColumns) {
  SchemaBuilder b;
  b.entity("person").column("code", TypeClass::Text).key({"code"});
  b.table("passport").column("person_id").references({"person_id"}, "person").primary({"person_id"});
  b.entity("visit").column("person_code", TypeClass::Text).references({"person_code"}, "person", {"code"});
  Planned p{b.schema()};
  EXPECT_EQ(p.column("passport", "person_id").role, ColumnRole::ForeignKey);
  EXPECT_TRUE(p.column("passport", "person_id").unique);
  EXPECT_EQ(p.column("visit", "person_code").role, ColumnRole::ForeignKey);
  EXPECT_EQ(p.column("person", "code").role, ColumnRole::Model);
  EXPECT_TRUE(p.column("person", "code").unique);
}

TEST(Plan, ColumnRoles) {
  SchemaBuilder b;
  b.entity("parent");
  b.table("t").column("parent_id").references({"parent_id"}, "parent").column("line").primary({"parent_id", "line"});
  b.column("seq?");
  b.last().serial = true;
  b.column("number", TypeClass::Int).key({"number"});
  b.column("gen");
  b.last().generated = 's';
  b.column("token", TypeClass::Uuid).key({"token"});
  b.column("session", TypeClass::Uuid);
  b.table("narrow", 5000).column("id", TypeClass::Numeric);
  b.last().precision = 3;
  b.last().scale = 0;
  b.primary({"id"});
  b.table("wide", 5000).column("id", TypeClass::Numeric);
  b.last().precision = 10;
  b.last().scale = 0;
  b.primary({"id"});
  Planned p{b.schema()};
  EXPECT_EQ(p.column("t", "line").role, ColumnRole::LineNumber);
  EXPECT_EQ(p.column("t", "seq").role, ColumnRole::Serial);
  EXPECT_EQ(p.column("t", "number").role, ColumnRole::Model);
  EXPECT_EQ(p.column("t", "gen").role, ColumnRole::Generated);
  EXPECT_EQ(p.column("t", "token").role, ColumnRole::Uuid);
  EXPECT_EQ(p.column("t", "session").role, ColumnRole::Model);
  EXPECT_EQ(p.column("narrow", "id").role, ColumnRole::Model);
  EXPECT_EQ(p.column("wide", "id").role, ColumnRole::Serial);
}

TEST(Plan, OrderOfRows) {
  SchemaBuilder b;
  b.entity("emp").column("birth_date", TypeClass::Date).column("hired", TypeClass::Date);
  b.table("salary").column("emp_id").column("amount").column("from_date", TypeClass::Date).column("noted", TypeClass::Timestamp);
  b.references({"emp_id"}, "emp").primary({"emp_id", "from_date"});
  b.entity("item").refers("emp_id", "emp");
  b.table("plain").column("x");
  Planned p{b.schema()};
  EXPECT_EQ(p.order_by("emp"), (std::vector<std::string>{"hired", "id"}));
  EXPECT_EQ(p.order_by("salary"), std::vector<std::string>{"from_date"});
  EXPECT_EQ(p.order_by("item"), std::vector<std::string>{"id"});
  EXPECT_TRUE(p.order_by("plain").empty());
  Planned c{p.schema, R"j({"tables": {"salary": {"order_by": ["noted", "amount"]}}})j"};
  EXPECT_EQ(c.order_by("salary"), (std::vector<std::string>{"noted", "amount"}));
}

TEST(Plan, RowsAndScale) {
  Schema s = SchemaBuilder().entity("a", 1000).entity("b", 10).schema();
  PlanOptions options;
  options.scale = 2;
  Planned p{s, R"j({"tables": {"a": {"scale": 3}, "b": {"rows": 7}}, "sample_rows": 99, "privacy": {"min_count": 4}})j", options};
  EXPECT_TRUE(p.problems.empty());
  EXPECT_EQ(p.table("a").scale, 6);
  EXPECT_EQ(p.table("b").rows, 7);
  EXPECT_EQ(p.plan.sample_rows, 99);
  EXPECT_EQ(p.plan.min_count, 4);
  for (double scale : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    options.scale = scale;
    Planned bad{s, "{}", options};
    ASSERT_FALSE(bad.problems.empty());
    EXPECT_EQ(bad.problems[0].state, "22023");
  }
  options.scale = 1e9;
  EXPECT_FALSE(Planned(s, "{}", options).problems.empty());
  EXPECT_EQ(Planned(s, R"j({"keep": ["b"], "tables": {"b": {"rows": 7}}})j").problems.size(), 1u);
}

TEST(Plan, CollectsProblemsOnce) {
  Schema s = SchemaBuilder().entity("a").entity("b").refers("a_id", "a").schema();
  Problems problems;
  Config c = parse_config(R"j({"tables": {"x": {}, "b": {"driver": "nope"}}, "keep": ["b"]})j", problems);
  check_config(c, s, problems);
  size_t before = problems.size();
  make_plan(s, build_graph(s), c, {}, problems);
  EXPECT_EQ(before, 2u);
  EXPECT_EQ(problems.size(), 4u);  // driver of a kept table; kept table with a learned parent
}

TEST(Plan, GeneratedKeysAreNotSupported) {
  SchemaBuilder b;
  b.entity("a").column("code").key({"code"});
  b.last().generated = 's';
  b.entity("b").column("a_code").references({"a_code"}, "a", {"code"});
  b.entity("c").column("a_id");
  b.last().generated = 's';
  b.references({"a_id"}, "a");
  Planned p{b.schema()};
  ASSERT_EQ(p.problems.size(), 2u);
  EXPECT_EQ(p.problems[0].state, "0A000");
  EXPECT_TRUE(Planned(p.schema, R"j({"keep": ["_"]})j").problems.empty());
}

TEST(Plan, ExternalParentsAreReferenced) {
  SchemaBuilder b;
  b.entity("inside", 20000).refers("out_id", "outside").refers("mine_id?", "mine").entity("mine").entity("outside");
  b.current().external = true;
  b.current().schema = "other";
  Planned p{b.schema()};
  EXPECT_EQ(p.table("outside").role, TableRole::External);
  EXPECT_EQ(p.driver("inside"), "inside_mine_id_fkey");
  EXPECT_EQ(p.role("inside_out_id_fkey"), FkRole::Further);
}

TEST(Plan, NotesRowSecurityAndDeclaredKeys) {
  SchemaBuilder b;
  b.entity("a").entity("b").refers("a_id", "a");
  b.current().row_security = true;
  Schema s = b.schema();
  s.foreign_keys[0].declared = true;
  EXPECT_EQ(Planned(s).plan.notes.size(), 2u);
}

TEST(Plan, FewPersonsDrive) {
  for (const char *name : {"customers", "places"}) {
    SchemaBuilder b;
    b.entity(name, 91).column("size").entity("orders", 830).refers("parent_id", name);
    EXPECT_EQ(Planned(b.schema(), R"j({"lookups": "learn"})j").driver("orders") != "", name == std::string("customers"));
  }
}

// What is decided, by names alone.
std::set<std::string> decisions(const Planned &p) {
  std::set<std::string> out;
  for (const ExplainRow &r : explain(p.schema, p.plan, p.problems))
    out.insert(std::to_string(r.position) + "|" + r.table + "|" + r.object + "|" + r.kind + "|" + r.decision + "|" + r.reason);
  return out;
}

TEST(Plan, SameForAnyOrderOfInput) {
  SchemaBuilder b;
  b.entity("a").refers("b_id?", "b").entity("b").refers("a_id", "a").entity("kind", 9).entity("link", 40000);
  b.refers("a_id", "a").refers("b_id", "b").refers("kind_id", "kind").refers("link_id?", "link");
  std::set<std::string> first = decisions(Planned(b.schema()));
  for (unsigned seed = 1; seed < 20; ++seed) EXPECT_EQ(first, decisions(Planned(b.shuffle(seed).schema())));
}

TEST(Explain, TellsEveryDecision) {
  SchemaBuilder b;
  b.entity("a").refers("b_id?", "b").entity("b").refers("a_id", "a").column("line").key({"a_id", "line"});
  b.column("x?").key({"x"});
  b.current().keys.back().partial = true;
  b.current().checks.push_back({"x_positive", {3}, "x > 0", true});
  Planned p{b.schema()};
  Problems problems{{"22023", "something", "Detail.", "Hint."}};
  std::vector<ExplainRow> rows = explain(p.schema, p.plan, problems);
  auto find = [&](const std::string &object) {
    for (const ExplainRow &r : rows)
      if (r.object == object) return r;
    return ExplainRow{};
  };
  EXPECT_EQ(rows[0].decision, "2 tables, 2 foreign keys, 1 cycle");
  EXPECT_EQ(find("a_b_id_fkey").decision, "cut");
  EXPECT_EQ(find("b_a_id_fkey").decision, "driver");
  EXPECT_EQ(find("b_pkey").decision, "fresh keys");
  EXPECT_EQ(find("b_key1").decision, "numbered within the group");
  EXPECT_EQ(find("b_key2").decision, "checked and redrawn");
  EXPECT_EQ(find("x_positive").reason, "x > 0");
  EXPECT_EQ(rows[rows.size() - 2].kind, "problem");
  EXPECT_EQ(rows[rows.size() - 2].reason, "Detail. Hint.");
  EXPECT_EQ(rows.back().kind, "note");
}

}  // namespace
}  // namespace relsynth::core
