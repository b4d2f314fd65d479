// Results and plans of one query on two databases, and the queries made from a schema.
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/plan_shape.h"
#include "core/query_result.h"
#include "core/workload.h"

#include "build_schema.h"

namespace relsynth::core::test {
namespace {

using Rows = std::vector<std::vector<std::optional<std::string>>>;

QueryResult groups(Rows rows) { return {{{"kind", false}, {"n", true}}, std::move(rows), true}; }

TEST(QueryResult, OneRowIsComparedByColumn) {
  const auto d = compare_results(groups({{"a", "10"}}), groups({{"b", "15"}}));
  ASSERT_EQ(d.size(), 2u);
  EXPECT_TRUE(std::isnan(d[0].relative_error));
  EXPECT_DOUBLE_EQ(d[1].relative_error, 0.5);
}

TEST(QueryResult, MissingKeysCountOne) {
  const auto d =
      compare_results(groups({{"a", "10"}, {"b", "4"}, {std::nullopt, "1"}}), groups({{std::nullopt, "1"}, {"a", "5"}, {"c", "4"}}));
  ASSERT_EQ(d.size(), 2u);
  EXPECT_EQ(d[0].value, "rows");
  EXPECT_EQ(d[0].relative_error, 0);
  EXPECT_DOUBLE_EQ(d[1].relative_error, (0.5 + 0 + 1 + 1) / 4);
}

TEST(QueryResult, KeysThatComeAgainAreMatchedInOrder) {
  const auto d = compare_results(groups({{"a", "1"}, {"a", "2"}}), groups({{"a", "1"}, {"a", "2"}, {"a", "3"}}));
  EXPECT_DOUBLE_EQ(d[0].relative_error, 0.5);
  EXPECT_DOUBLE_EQ(d[1].relative_error, 1.0 / 3);
}

TEST(QueryResult, NumbersAloneAreMatchedByTheFirstColumnThatNamesRows) {
  const QueryResult a{{{"stars", true}, {"n", true}}, {{"1", "10"}, {"2", "20"}}, true}, b{a.columns, {{"2", "20"}, {"1", "10"}}, true};
  const auto d = compare_results(a, b);
  ASSERT_EQ(d.size(), 2u);
  EXPECT_EQ(d[1].value, "n");
  EXPECT_EQ(d[1].relative_error, 0);
}

TEST(QueryResult, ValuesWithoutAnErrorOfTheirOwn) {
  auto error = [](std::optional<std::string> s, std::optional<std::string> t) {
    return compare_results({{{"x", true}}, {{s}}, true}, {{{"x", true}}, {{t}}, true})[0].relative_error;
  };
  EXPECT_EQ(error("0", "0.00"), 0);
  EXPECT_EQ(error("0", "3"), 1);
  EXPECT_EQ(error(std::nullopt, "3"), 1);
  EXPECT_EQ(error("3", std::nullopt), 1);
  EXPECT_EQ(error(std::nullopt, std::nullopt), 0);
  EXPECT_EQ(error("NaN", "NaN"), 0);
  EXPECT_EQ(error("Infinity", "1"), 1);
  EXPECT_EQ(compare_results(groups({}), {{{"x", true}}, {}, true})[0].value, "columns");
  const auto none = compare_results(groups({}), groups({}));
  EXPECT_EQ(none[1].relative_error, 0);
}

TEST(PlanShape, TheFirstNodeThatDiffers) {
  auto plan = [](const std::string &inner) {
    return parse_plan(R"([{"Plan": {"Node Type": "Hash Join", "Join Type": "Inner", "Plan Rows": 7, "Total Cost": 2.5, "Plans": [
      {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "a"}, )" +
                      inner + "]}}]");
  };
  const QueryPlan a = plan(R"({"Node Type": "Seq Scan", "Relation Name": "b"})");
  const QueryPlan b = plan(R"({"Node Type": "Index Scan", "Relation Name": "b", "Index Name": "b_pkey"})");
  EXPECT_EQ(a.rows, 7);
  EXPECT_EQ(a.cost, 2.5);
  EXPECT_EQ(plan_difference(a.root, a.root), "");
  EXPECT_EQ(plan_difference(a.root, b.root), "Index Scan using b_pkey on b, not Seq Scan on b");
  const QueryPlan latin = plan("{\"Node Type\": \"Seq Scan\", \"Relation Name\": \"stra\xdf\x65 \xe9\xff\x80\"}");
  EXPECT_EQ(plan_difference(a.root, latin.root), "Seq Scan on stra\xdf\x65 \xe9\xff\x80, not Seq Scan on b");
  EXPECT_THROW(parse_plan("nothing"), Error);
}

TEST(Workload, IsBoundedAndNamesNoSchema) {
  SchemaBuilder builder;
  builder.entity("customer").column("Kind", TypeClass::Enum);
  for (int i = 0; i < 50; ++i)
    builder.entity("order " + std::to_string(i)).refers("customer", "customer").column("amount", TypeClass::Numeric);
  const std::vector<std::string> queries = default_workload(builder.schema());
  EXPECT_EQ(queries.size(), workload_size);
  EXPECT_EQ(queries[0], "SELECT count(*) FROM customer");
  EXPECT_EQ(queries[1], "SELECT \"Kind\", count(*) FROM customer GROUP BY \"Kind\"");
  EXPECT_EQ(queries[2],
            "SELECT p.\"Kind\", count(*), avg(c.amount) FROM \"order 0\" AS c JOIN customer AS p ON c.customer = p.id GROUP BY p.\"Kind\"");
  EXPECT_TRUE(default_workload({}).empty());
}

}  // namespace
}  // namespace relsynth::core::test
