#include "core/config.h"

#include <gtest/gtest.h>

#include "build_schema.h"

namespace relsynth::core {
namespace {

Problems problems_of(const std::string &json) {
  Problems problems;
  parse_config(json, problems);
  return problems;
}

Schema shop() {
  return test::SchemaBuilder()
      .entity("customers")
      .column("created", TypeClass::Date)
      .column("name", TypeClass::Text)
      .entity("orders")
      .refers("customer_id", "customers")
      .entity("order lines")
      .refers("order_id", "orders")
      .schema();
}

Problems checked(const std::string &json, const Schema &schema) {
  Problems problems;
  Config config = parse_config(json, problems);
  EXPECT_TRUE(problems.empty()) << problems.front().message;
  check_config(config, schema, problems);
  return problems;
}

TEST(Config, ReadsEveryKey) {
  Problems problems;
  Config c = parse_config(R"j({"lookups": "learn", "outside": "error", "include": ["a%"], "exclude": ["b"], "keep": ["c", "d"],
    "sample_rows": 1000, "privacy": {"min_count": 3},
    "tables": {"orders": {"rows": 500, "driver": "fk", "order_by": ["x", "y"]}, "s.t": {"scale": 0.5, "order_by": "z"}},
    "relationships": [{"child": "notes(doc_id)", "parent": "posts(id)"},
                      {"child": "\"a.b\"(\"x,\"\"y\", z)", "parent": "my schema.my table ( q , r )"}]})j",
                          problems);
  ASSERT_TRUE(problems.empty()) << problems.front().message;
  EXPECT_FALSE(c.keep_lookups);
  EXPECT_FALSE(c.reference_outside);
  EXPECT_EQ(c.include, std::vector<std::string>{"a%"});
  EXPECT_EQ(c.exclude, std::vector<std::string>{"b"});
  EXPECT_EQ(c.keep, (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(c.sample_rows, 1000);
  EXPECT_EQ(c.min_count, 3);
  EXPECT_EQ(c.tables["orders"].rows, 500);
  EXPECT_EQ(c.tables["orders"].driver, "fk");
  EXPECT_EQ(c.tables["orders"].order_by, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(c.tables["s.t"].scale, 0.5);
  EXPECT_EQ(c.tables["s.t"].order_by, std::vector<std::string>{"z"});
  ASSERT_EQ(c.relationships.size(), 2u);
  EXPECT_EQ(c.relationships[0].parent_table, "posts");
  EXPECT_EQ(c.relationships[1].child_table, "a.b");
  EXPECT_EQ(c.relationships[1].child_columns, (std::vector<std::string>{"x,\"y", "z"}));
  EXPECT_EQ(c.relationships[1].parent_table, "my schema.my table");
  EXPECT_EQ(c.relationships[1].parent_columns, (std::vector<std::string>{"q", "r"}));
}

TEST(Config, UnknownKeyNamesTheNearest) {
  for (const char *json : {R"j({"sample_row": 5})j", R"j({"samplerows": 5})j", R"j({"Sample_Rows": 5})j", R"j({"sample": 5})j"}) {
    Problems p = problems_of(json);
    ASSERT_EQ(p.size(), 1u) << json;
    EXPECT_EQ(p[0].state, "22023");
    EXPECT_EQ(p[0].hint, "Perhaps you meant \"sample_rows\".") << json;
  }
  EXPECT_EQ(problems_of(R"j({"tables": {"t": {"drvier": "x"}}})j").at(0).message, "unrecognized config key \"tables.t.drvier\"");
  EXPECT_EQ(problems_of(R"j({"tables": {"t": {"drvier": "x"}}})j").at(0).hint, "Perhaps you meant \"driver\".");
  EXPECT_NE(problems_of(R"j({"zzzzzz": 1})j").at(0).hint.find("\"lookups\""), std::string::npos);
}

TEST(Config, KeysWithoutEffectAreRefused) {
  EXPECT_EQ(problems_of(R"j({"tables": {"t": {"columns": {"c": {"pattern": "x"}}}}})j").size(), 1u);
  EXPECT_EQ(problems_of(R"j({"privacy": {"epsilon": 1}})j").size(), 1u);
}

TEST(Config, WrongValuesAreOneProblemEach) {
  for (const char *json : {"[]",
                           "1",
                           "null",
                           "\"x\"",
                           R"j({"lookups": true})j",
                           R"j({"lookups": "no"})j",
                           R"j({"outside": null})j",
                           R"j({"include": "a"})j",
                           R"j({"include": []})j",
                           R"j({"include": [1]})j",
                           R"j({"include": [""]})j",
                           R"j({"include": ["a", "a"]})j",
                           R"j({"sample_rows": 0})j",
                           R"j({"sample_rows": -1})j",
                           R"j({"sample_rows": 1.5})j",
                           R"j({"sample_rows": "9"})j",
                           R"j({"sample_rows": 1e30})j",
                           R"j({"sample_rows": null})j",
                           R"j({"privacy": 1})j",
                           R"j({"rules": 1})j",
                           R"j({"privacy": {"min_count": 0}})j",
                           R"j({"tables": []})j",
                           R"j({"tables": {"t": 1}})j",
                           R"j({"tables": {"t": {"rows": -1}}})j",
                           R"j({"tables": {"t": {"rows": 3000000000}}})j",
                           R"j({"tables": {"t": {"scale": 0}}})j",
                           R"j({"tables": {"t": {"scale": "2"}}})j",
                           R"j({"tables": {"t": {"scale": 2, "rows": 2}}})j",
                           R"j({"tables": {"t": {"driver": ""}}})j",
                           R"j({"tables": {"t": {"order_by": ["a", "a"]}}})j",
                           R"j({"tables": {"t": {"order_by": ""}}})j",
                           R"j({"tables": {"t": {"order_by": 1}}})j",
                           R"j({"tables": {"\"t": {}}})j",
                           R"j({"tables": {"t": {}, "\"t\"": {}}})j",
                           R"j({"relationships": {}})j",
                           R"j({"relationships": []})j",
                           R"j({"relationships": [1]})j",
                           R"j({"relationships": [{"child": "a(b)", "parent": "c"}]})j",
                           R"j({"relationships": [{"child": "a(b)"}]})j",
                           R"j({"relationships": [{"child": "a(b", "parent": "c(d)"}]})j",
                           R"j({"relationships": [{"child": "a(b)x", "parent": "c(d)"}]})j",
                           R"j({"relationships": [{"child": "a(b,c)", "parent": "c(d)"}]})j",
                           R"j({"relationships": [{"child": "a(b,b)", "parent": "c(d,e)"}]})j",
                           R"j({"relationships": [{"child": "a()", "parent": "c(d)"}]})j",
                           R"j({"relationships": [{"child": "a(b)", "parent": "c(d)"}, {"child": "a(b)", "parent": "c(d)"}]})j",
                           "{",
                           "",
                           "{\"sample_rows\": NaN}",
                           "{\"sample_rows\": 1e999}",
                           "{\"a\xff\": 1}"}) {
    Problems p = problems_of(json);
    ASSERT_EQ(p.size(), 1u) << json;
    EXPECT_EQ(p[0].state, "22023") << json;
    EXPECT_FALSE(p[0].message.empty());
  }
}

TEST(Config, CollectsEveryProblem) {
  EXPECT_EQ(
      problems_of(R"j({"lookup": 1, "sample_rows": "x", "tables": {"t": {"rows": "x", "scale": -1, "foo": 1}}, "keep": [1, 2]})j").size(),
      7u);
}

TEST(Config, LongValuesAreCutInMessages) {
  Problems p = problems_of("{\"sample_rows\": \"" + std::string(100000, 'x') + "\", \"" + std::string(100000, 'y') + "\": 1}");
  ASSERT_EQ(p.size(), 2u);
  for (const Problem &problem : p) EXPECT_LT(problem.message.size() + problem.detail.size() + problem.hint.size(), 500u);
}

TEST(Config, DeepDocumentsDoNotOverflow) { EXPECT_FALSE(problems_of(std::string(200000, '[')).empty()); }

TEST(Config, ChecksNamesAgainstTheSchema) {
  Schema s = shop();
  EXPECT_TRUE(checked(R"j({"tables": {"orders": {"driver": "orders_customer_id_fkey", "order_by": ["id"]}, "s.customers": {"rows": 1}},
                         "keep": ["cust%"], "relationships": [{"child": "order lines(id)", "parent": "customers(id)"}]})j",
                      s)
                  .empty());
  Problems p = checked(R"j({"tables": {"order": {"rows": 1}}})j", s);
  ASSERT_EQ(p.size(), 1u);
  EXPECT_EQ(p[0].state, "42P01");
  EXPECT_EQ(p[0].hint, "Perhaps you meant \"orders\".");
  p = checked(R"j({"tables": {"orders": {"driver": "orders_customer_fkey", "order_by": ["custmer_id"]}}})j", s);
  ASSERT_EQ(p.size(), 2u);
  EXPECT_EQ(p[0].state, "42704");
  EXPECT_EQ(p[0].hint, "Perhaps you meant \"orders_customer_id_fkey\".");
  EXPECT_EQ(p[1].state, "42703");
  EXPECT_EQ(p[1].hint, "Perhaps you meant \"customer_id\".");
  EXPECT_EQ(checked(R"j({"keep": ["x%"]})j", s).at(0).state, "42P01");
  EXPECT_EQ(checked(R"j({"tables": {"orders": {}, "s.orders": {}}})j", s).size(), 1u);
}

TEST(Config, NameInTwoSchemasIsAmbiguous) {
  Schema s = test::SchemaBuilder().table("t", 1, "a").table("t", 1, "b").schema();
  s.names = {"a", "b"};
  EXPECT_EQ(find_table(s, "t"), -2);
  EXPECT_EQ(find_table(s, "b.t"), 1);
  EXPECT_EQ(find_table(s, "c.t"), -1);
  EXPECT_EQ(checked(R"j({"tables": {"t": {}}})j", s).at(0).hint, "Write \"schema.table\".");
}

TEST(Config, Like) {
  EXPECT_TRUE(like("orders", "orders"));
  EXPECT_TRUE(like("orders", "ord%"));
  EXPECT_TRUE(like("orders", "%r%s"));
  EXPECT_TRUE(like("orders", "_rder_"));
  EXPECT_TRUE(like("a_b", "a\\_b"));
  EXPECT_TRUE(like("\xc3\xa4x", "_x"));
  EXPECT_TRUE(like("", "%"));
  EXPECT_FALSE(like("axb", "a\\_b"));
  EXPECT_FALSE(like("Orders", "orders"));
  EXPECT_FALSE(like("orders", "order"));
  EXPECT_FALSE(like("", "_"));
  EXPECT_TRUE(like(std::string(20000, 'a') + "b", "%a%a%a%a%b"));
}

TEST(Config, Nearest) {
  EXPECT_EQ(nearest("odrers", {"orders", "customers"}), "orders");
  EXPECT_EQ(nearest("zzz", {"orders", "customers"}), "");
  EXPECT_EQ(nearest("x", {}), "");
  EXPECT_EQ(nearest("ab", {"ac", "aa"}), "aa");
}

}  // namespace
}  // namespace relsynth::core
