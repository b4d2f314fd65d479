#include "core/graph.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "build_schema.h"
#include "core/plan.h"

namespace relsynth::core {
namespace {

using test::SchemaBuilder;

std::vector<std::string> order_of(const Schema &s, const Graph &g) {
  std::vector<std::string> out;
  for (int t : g.order) out.push_back(s.tables[t].name);
  return out;
}

std::set<std::string> cut_of(const Schema &s, const Graph &g) {
  std::set<std::string> out;
  for (size_t f = 0; f < s.foreign_keys.size(); ++f)
    if (g.cut[f]) out.insert(s.foreign_keys[f].name);
  return out;
}

// Parents before children along every foreign key that is neither cut nor a self reference.
void expect_ordered(const Schema &s, const Graph &g) {
  ASSERT_EQ(g.order.size(), s.tables.size());
  std::vector<int> place(s.tables.size(), -1);
  for (size_t i = 0; i < g.order.size(); ++i) place[g.order[i]] = static_cast<int>(i);
  for (size_t f = 0; f < s.foreign_keys.size(); ++f) {
    const ForeignKey &fk = s.foreign_keys[f];
    if (g.cut[f] || fk.self() || s.tables[fk.child].external) continue;
    EXPECT_LT(place[fk.parent], place[fk.child]) << fk.name;
    EXPECT_LT(g.depth[fk.parent], g.depth[fk.child]) << fk.name;
  }
}

TEST(Graph, EmptySchema) {
  Graph g = build_graph(Schema{});
  EXPECT_TRUE(g.order.empty());
  EXPECT_TRUE(g.cycles.empty());
}

TEST(Graph, ParentsFirstTiesByName) {
  Schema s = SchemaBuilder()
                 .entity("z_root")
                 .entity("island")
                 .entity("leaf")
                 .refers("z", "z_root")
                 .refers("m", "mid")
                 .entity("mid")
                 .refers("z", "z_root")
                 .schema();
  Graph g = build_graph(s);
  expect_ordered(s, g);
  EXPECT_EQ(order_of(s, g), (std::vector<std::string>{"island", "z_root", "mid", "leaf"}));
  EXPECT_EQ(g.depth[test::table_at(s, "leaf")], 2);
  EXPECT_TRUE(cut_of(s, g).empty());
}

TEST(Graph, SelfReferencesOrderNothing) {
  Schema s = SchemaBuilder().entity("e").refers("boss?", "e").refers("mentor", "e").schema();
  Graph g = build_graph(s);
  expect_ordered(s, g);
  EXPECT_TRUE(cut_of(s, g).empty());
  EXPECT_TRUE(g.cycles.empty());
}

TEST(Graph, CutsTheNullableEdge) {
  Schema s = SchemaBuilder().entity("dept").refers("head?", "emp").entity("emp").refers("dept", "dept").schema();
  Graph g = build_graph(s);
  expect_ordered(s, g);
  EXPECT_EQ(cut_of(s, g), std::set<std::string>{"dept_head_fkey"});
  ASSERT_EQ(g.cycles.size(), 1u);
  EXPECT_EQ(g.cycles[0].size(), 2u);
  EXPECT_EQ(g.component[0], g.component[1]);
}

TEST(Graph, NotNullCycleIsCutByName) {
  Schema s = SchemaBuilder().entity("b").refers("a_id", "a").entity("a").refers("b_id", "b").schema();
  EXPECT_EQ(cut_of(s, build_graph(s)), std::set<std::string>{"a_b_id_fkey"});
}

TEST(Graph, DeferrableBeforeOthers) {
  Schema s = SchemaBuilder().entity("b").refers("a_id", "a").deferrable().entity("a").refers("b_id", "b").schema();
  EXPECT_EQ(cut_of(s, build_graph(s)), std::set<std::string>{"b_a_id_fkey"});
}

TEST(Graph, KeyColumnsAreCutLast) {
  // a's key is part of its primary key; b's is NOT NULL but in no key.
  Schema s = SchemaBuilder()
                 .table("a")
                 .column("id")
                 .column("b_id?")
                 .primary({"id", "b_id"})
                 .key({"id"})
                 .references({"b_id"}, "b")
                 .entity("b")
                 .refers("a_id", "a")
                 .schema();
  EXPECT_EQ(cut_of(s, build_graph(s)), std::set<std::string>{"b_a_id_fkey"});
}

TEST(Graph, CycleOfThreeIsCutOnce) {
  Schema s = SchemaBuilder().entity("a").refers("c", "c").entity("b").refers("a?", "a").entity("c").refers("b", "b").schema();
  Graph g = build_graph(s);
  expect_ordered(s, g);
  EXPECT_EQ(cut_of(s, g), std::set<std::string>{"b_a_fkey"});
}

TEST(Graph, ParallelEdgesAreCutTogether) {
  Schema s = SchemaBuilder().entity("a").refers("b1?", "b").refers("b2?", "b").entity("b").refers("a", "a").schema();
  Graph g = build_graph(s);
  expect_ordered(s, g);
  EXPECT_EQ(cut_of(s, g), (std::set<std::string>{"a_b1_fkey", "a_b2_fkey"}));
}

TEST(Graph, NoNeedlessCutBesideAParallelEdge) {
  // Cutting a's nullable key alone would not help, since the other one closes the cycle, too.
  Schema s = SchemaBuilder().entity("a").refers("b1?", "b").refers("b2", "b").entity("b").refers("a?", "a").schema();
  EXPECT_EQ(cut_of(s, build_graph(s)), std::set<std::string>{"b_a_fkey"});
}

TEST(Graph, TwoCyclesThroughOneTable) {
  Schema s = SchemaBuilder()
                 .entity("hub")
                 .refers("a?", "a")
                 .refers("b?", "b")
                 .entity("a")
                 .refers("hub", "hub")
                 .entity("b")
                 .refers("hub", "hub")
                 .schema();
  Graph g = build_graph(s);
  expect_ordered(s, g);
  EXPECT_EQ(cut_of(s, g), (std::set<std::string>{"hub_a_fkey", "hub_b_fkey"}));
}

TEST(Graph, ExternalTablesAreSources) {
  SchemaBuilder b;
  b.entity("inside").refers("out", "outside").entity("outside").refers("back", "inside");
  b.current().external = true;
  Schema s = b.schema();
  Graph g = build_graph(s);
  EXPECT_TRUE(cut_of(s, g).empty());
  EXPECT_EQ(order_of(s, g), (std::vector<std::string>{"outside", "inside"}));
}

SchemaBuilder random_schema(int tables, int keys, unsigned seed) {
  std::mt19937 random(seed);
  SchemaBuilder b;
  std::vector<std::vector<std::pair<int, bool>>> edges(tables);
  for (int i = 0; i < keys; ++i) edges[random() % tables].push_back({static_cast<int>(random() % tables), random() % 2 == 0});
  for (int t = 0; t < tables; ++t) {
    b.entity("t" + std::to_string(t));
    for (size_t i = 0; i < edges[t].size(); ++i)
      b.refers("c" + std::to_string(i) + (edges[t][i].second ? "?" : ""), "t" + std::to_string(edges[t][i].first));
  }
  return b;
}

TEST(Graph, SameForAnyOrderOfInput) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    SchemaBuilder b = random_schema(12, 30, seed);
    Schema s = b.schema();
    Graph g = build_graph(s);
    expect_ordered(s, g);
    for (unsigned i = 1; i < 4; ++i) {
      Schema other = b.shuffle(i).schema();
      Graph h = build_graph(other);
      EXPECT_EQ(order_of(s, g), order_of(other, h));
      EXPECT_EQ(cut_of(s, g), cut_of(other, h));
    }
  }
}

// No cut foreign key could be taken back alone.
TEST(Graph, EveryCutIsNeeded) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    Schema s = random_schema(10, 25, seed).schema();
    Graph g = build_graph(s);
    for (size_t f = 0; f < s.foreign_keys.size(); ++f) {
      if (!g.cut[f]) continue;
      Schema without = s;
      for (size_t other = s.foreign_keys.size(); other-- > 0;)
        if (g.cut[other] && other != f) without.foreign_keys.erase(without.foreign_keys.begin() + static_cast<long>(other));
      EXPECT_EQ(build_graph(without).cycles.size(), 1u) << s.foreign_keys[f].name;
    }
  }
}

TEST(Graph, ThreeHundredTables) {
  Schema s = random_schema(300, 900, 7).schema();
  Graph g = build_graph(s);
  expect_ordered(s, g);
  EXPECT_FALSE(g.cycles.empty());
}

TEST(Graph, DotIsEscaped) {
  SchemaBuilder b;
  b.entity("we \"quote\" \\ \xc3\xa4").entity("child").column("p?");
  b.references({"p"}, "we \"quote\" \\ \xc3\xa4", {"id"}, "key \"1\"");
  Schema s = b.schema();
  Problems problems;
  Plan plan = make_plan(s, build_graph(s), {}, {}, problems);
  std::string dot = to_dot(s, plan);
  EXPECT_NE(dot.find("label=\"we \\\"quote\\\" \\\\ \xc3\xa4\""), std::string::npos) << dot;
  EXPECT_NE(dot.find("t1 -> t0 [label=\"key \\\"1\\\"\\ndriver\", role=\"driver\", nullable=true"), std::string::npos) << dot;
}

}  // namespace
}  // namespace relsynth::core
