#include <gtest/gtest.h>

#include "core/plan.h"
#include "planted_source.h"

namespace relsynth::core {
namespace {

using test::SchemaBuilder;

// A schema with rows: columns and parents by name, then plan and settle.
class Sample {
 public:
  explicit Sample(Schema s) : schema(std::move(s)) {
    data.tables.resize(schema.tables.size());
    for (size_t t = 0; t < schema.tables.size(); ++t) {
      data.tables[t].columns.resize(schema.tables[t].columns.size());
      for (size_t c = 0; c < schema.tables[t].columns.size(); ++c)
        data.tables[t].columns[c].repr = repr_of(schema.tables[t].columns[c].cls);
      data.tables[t].parents.resize(schema.tables[t].foreign_keys.size());
    }
  }
  SourceTable &table(const std::string &name) { return data.tables[test::table_at(schema, name)]; }
  SourceColumn &column(const std::string &t, const std::string &c) {
    return table(t).columns[schema.tables[test::table_at(schema, t)].column_index(c)];
  }
  // value(row) for each of n rows; a negative one is NULL.
  template <class F>
  Sample &ints(const std::string &t, const std::string &c, size_t n, F value) {
    SourceColumn &column = this->column(t, c);
    for (size_t r = 0; r < n; ++r) {
      int64_t v = value(r);
      column.nulls.push_back(v < 0);
      if (column.repr == Repr::Int) column.ints.push_back(v < 0 ? 0 : v);
      if (column.repr == Repr::Text) {
        std::string text = "w" + std::to_string(v);
        size_t id = 0;
        while (id < column.pool.size() && column.pool[id] != text) ++id;
        if (id == column.pool.size()) column.pool.push_back(text);
        column.ids.push_back(static_cast<uint32_t>(id));
      }
    }
    table(t).rows = table(t).total_rows = n;
    return *this;
  }
  template <class F>
  Sample &parents(const std::string &fk, size_t n, F parent) {
    int f = test::key_at(schema, fk), t = schema.foreign_keys[f].child;
    const std::vector<int> &mine = schema.tables[t].foreign_keys;
    std::vector<int32_t> &out = data.tables[t].parents[std::find(mine.begin(), mine.end(), f) - mine.begin()];
    for (size_t r = 0; r < n; ++r) out.push_back(static_cast<int32_t>(parent(r)));
    data.tables[t].rows = data.tables[t].total_rows = n;
    return *this;
  }
  Sample &settle(const std::string &config = "{}") {
    Problems problems;
    plan = make_plan(schema, build_graph(schema), parse_config(config, problems), {}, problems);
    EXPECT_TRUE(problems.empty()) << problems.front().message;
    core::settle(plan, schema, data);
    return *this;
  }
  const TablePlan &settled(const std::string &t) const { return plan.tables[test::table_at(schema, t)]; }
  const ColumnPlan &settled(const std::string &t, const std::string &c) const {
    return settled(t).columns[schema.tables[test::table_at(schema, t)].column_index(c)];
  }
  std::string driver(const std::string &t) const {
    int d = settled(t).driver;
    return d < 0 ? "" : schema.foreign_keys[schema.tables[test::table_at(schema, t)].foreign_keys[d]].name;
  }
  std::vector<std::string> drawn(const std::string &t) const {
    std::vector<std::string> out;
    for (int c : settled(t).column_order) out.push_back(schema.tables[test::table_at(schema, t)].columns[c].name);
    return out;
  }

  Schema schema;
  SourceData data;
  Plan plan;
};

auto number = [](size_t r) { return static_cast<int64_t>(r + 1); };

Schema lines_schema() {
  SchemaBuilder b;
  b.entity("orders", 1500);
  b.table("lines", 4500).column("order_id").references({"order_id"}, "orders").column("line").primary({"order_id", "line"});
  return b.schema();
}

Sample lines_sample() {
  Sample s(lines_schema());
  s.ints("orders", "id", 1500, number);
  s.ints("lines", "order_id", 4500, [](size_t r) { return static_cast<int64_t>(r / 3 + 1); });
  s.parents("lines_order_id_fkey", 4500, [](size_t r) { return r / 3; });
  return s;
}

TEST(Settle, LineNumbersCountTheGroup) {
  Sample s = lines_sample();
  s.ints("lines", "line", 4500, [](size_t r) { return static_cast<int64_t>(3 - r % 3); }).settle();
  EXPECT_EQ(s.settled("lines", "line").role, ColumnRole::LineNumber);
  EXPECT_EQ(s.settled("lines").order_by.size(), 1u);
  EXPECT_EQ(s.settled("lines", "order_id").role, ColumnRole::ForeignKey);
  EXPECT_EQ(s.settled("lines", "order_id").encoding, Encoding::None);
}

TEST(Settle, OtherNumbersAreModelled) {
  Sample s = lines_sample();
  s.ints("lines", "line", 4500, [](size_t r) { return static_cast<int64_t>(r % 3 * 10); }).settle();
  EXPECT_EQ(s.settled("lines", "line").role, ColumnRole::Model);
  EXPECT_NE(s.settled("lines", "line").encoding, Encoding::None);
  // Two groups in a hundred off: no line number; one in two hundred: still one.
  for (size_t each : {50u, 200u}) {
    Sample t = lines_sample();
    t.ints("lines", "line", 4500, [&](size_t r) { return static_cast<int64_t>(r % 3 + (r / 3 % each == 0 ? 5 : 1)); }).settle();
    EXPECT_EQ(t.settled("lines", "line").role, each == 50 ? ColumnRole::Model : ColumnRole::LineNumber);
  }
}

TEST(Settle, LineNumbersOfGroupsReadInPart) {
  // Every group has 30 rows, of which each third was read.
  for (int step : {3, 30}) {
    Sample s = lines_sample();
    s.ints("lines", "line", 4500, [&](size_t r) { return static_cast<int64_t>(r % 3 + 1) * step; });
    s.table("lines").total_rows = 45000;
    s.table("orders").children = {std::vector<uint32_t>(1500, 30)};
    s.settle();
    EXPECT_EQ(s.settled("lines", "line").role, step == 3 ? ColumnRole::LineNumber : ColumnRole::Model);
  }
}

TEST(Settle, AKeyThatFollowsFromAnotherDoesNotDrive) {
  // Tickets of contacts of accounts, which have about ten tickets each: groups of the better size. One ticket of another account decides.
  for (bool always : {true, false}) {
    SchemaBuilder b;
    b.entity("account", 500).entity("contact", 1500).refers("account_id", "account");
    b.entity("ticket", 4500).refers("account_id", "account").refers("contact_id", "contact");
    Sample s(b.schema());
    s.ints("account", "id", 500, number).ints("contact", "id", 1500, number).ints("ticket", "id", 4500, number);
    s.parents("contact_account_id_fkey", 1500, [](size_t r) { return r / 3; });
    s.parents("ticket_contact_id_fkey", 4500, [](size_t r) { return r / 3; });
    s.parents("ticket_account_id_fkey", 4500, [&](size_t r) { return always || r > 0 ? r / 9 : 7; });
    s.settle();
    EXPECT_EQ(s.driver("ticket"), always ? "ticket_contact_id_fkey" : "ticket_account_id_fkey");
  }
}

TEST(Settle, EntitiesFollowTheDriver) {
  SchemaBuilder b;
  b.entity("a", 2000).entity("b", 4000).refers("a_id?", "a").entity("c", 8000).refers("b_id", "b");
  Sample s(b.schema());
  s.ints("a", "id", 3, number).ints("b", "id", 5, number).ints("c", "id", 6, number);
  int32_t of_b[] = {2, no_parent, 2, unknown_parent, 0};
  int32_t of_c[] = {0, 2, 1, 3, 4, unknown_parent};
  s.parents("b_a_id_fkey", 5, [&](size_t r) { return of_b[r]; });
  s.parents("c_b_id_fkey", 6, [&](size_t r) { return of_c[r]; });
  s.settle(R"j({"tables": {"b": {"driver": "b_a_id_fkey"}}})j");
  EXPECT_EQ(s.table("a").entity, (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(s.table("a").entities, 3u);
  EXPECT_EQ(s.table("b").entity, (std::vector<uint32_t>{0, 1, 0, 2, 3}));
  EXPECT_EQ(s.table("b").entities, 4u);
  EXPECT_EQ(s.table("c").entity, (std::vector<uint32_t>{0, 0, 1, 2, 3, 4}));  // b's rows 0 and 2 are one entity of a
  EXPECT_EQ(s.table("c").entities, 5u);
}

Sample dictionary_sample(size_t total) {
  SchemaBuilder b;
  b.entity("color", 5).column("name", TypeClass::Text).key({"name"});
  b.entity("owner", 200).column("weight");
  b.entity("car", 2000).refers("color_id", "color").refers("owner_id?", "owner");
  Sample s(b.schema());
  s.ints("color", "id", 5, number).ints("color", "name", 5, number);
  s.table("color").verbatim = {{"1", "2", "3", "4", "5"}, {"red", "green", "blue", "black", "white"}};
  s.column("color", "name").pool = s.table("color").verbatim[1];
  s.ints("owner", "id", 200, number).ints("owner", "weight", 200, [](size_t r) { return static_cast<int64_t>(r * r % 97); });
  s.ints("car", "id", 2000, number);
  s.parents("car_color_id_fkey", 2000, [](size_t r) { return r % 5; });
  s.parents("car_owner_id_fkey", 2000, [](size_t r) { return r % 200; });
  s.table("car").total_rows = total;
  return s;
}

TEST(Settle, KeptParentsDoNotDrive) {
  Sample s = dictionary_sample(2000);
  s.settle(R"j({"keep": ["owner"]})j");
  ASSERT_EQ(s.settled("color").role, TableRole::Keep) << s.settled("color").reason;
  EXPECT_FALSE(s.settled("color").reason.empty());
  EXPECT_EQ(s.driver("car"), "");
  EXPECT_EQ(s.settled("car").fk_roles, (std::vector<FkRole>{FkRole::Further, FkRole::Further}));
  EXPECT_EQ(s.table("car").entities, 2000u);
  EXPECT_EQ(s.table("color").entities, 5u);
  EXPECT_EQ(s.table("color").verbatim.size(), 2u);
}

TEST(Settle, LearnedCandidatesForgetTheirRows) {
  Sample s = dictionary_sample(2000);
  s.settle(R"j({"lookups": "learn"})j");
  EXPECT_EQ(s.settled("color").role, TableRole::Learn);
  EXPECT_TRUE(s.table("color").verbatim.empty());
}

TEST(Settle, LargeTablesKeepTheDriverOfTheScan) {
  // "owner" drives once "color" is kept, whatever part of "car" was read.
  for (size_t total : {2000u, 1000000u}) {
    Sample s = dictionary_sample(total);
    s.settle(R"j({"keep": ["color"]})j");
    EXPECT_EQ(s.driver("car"), s.settled("owner").role == TableRole::Learn ? "car_owner_id_fkey" : "");
  }
}

TEST(Settle, FewParentsInTheDataDoNotDrive) {
  for (size_t used : {3u, 1000u}) {
    Sample s = lines_sample();
    s.ints("lines", "line", 4500, number);
    std::vector<int32_t> &parents = s.table("lines").parents[0];
    for (int32_t &p : parents) p %= static_cast<int32_t>(used);
    s.settle();
    EXPECT_EQ(s.driver("lines"), used == 3 ? "" : "lines_order_id_fkey");
  }
}

// A kept table must not refer to a learned one, also where their keys form a cycle.
TEST(Settle, KeptTablesReferToKeptOnes) {
  Sample s = dictionary_sample(2000);
  s.settle();
  for (const ForeignKey &fk : s.schema.foreign_keys)
    if (s.plan.tables[fk.child].role == TableRole::Keep && !fk.self()) {
      EXPECT_NE(s.plan.tables[fk.parent].role, TableRole::Learn);
    }
}

TEST(Settle, SerialKeys) {
  SchemaBuilder b;
  b.entity("t", 2000).column("dense").key({"dense"}).column("year").key({"year"}).column("sparse").key({"sparse"});
  b.column("holes?").key({"holes"}).column("checked");
  b.current().checks.push_back({"from_100", {5}, "checked >= 100", true});
  b.last().serial = true;
  Sample s(b.schema());
  s.ints("t", "id", 2000, [](size_t r) { return static_cast<int64_t>(r * 1000 + 77); });
  s.ints("t", "dense", 2000, [](size_t r) { return static_cast<int64_t>(2000 - r); });
  s.ints("t", "year", 2000, [](size_t r) { return static_cast<int64_t>(500000 + r); });
  s.ints("t", "sparse", 2000, [](size_t r) { return static_cast<int64_t>(r * 2); });
  s.ints("t", "holes", 2000, [](size_t r) { return r % 2 ? static_cast<int64_t>(r) : -1; });
  s.ints("t", "checked", 2000, [](size_t r) { return static_cast<int64_t>(r + 100); }).settle();
  EXPECT_EQ(s.settled("t", "id").role, ColumnRole::Serial);
  EXPECT_EQ(s.settled("t", "id").encoding, Encoding::None);
  EXPECT_EQ(s.settled("t", "dense").role, ColumnRole::Serial);
  EXPECT_EQ(s.settled("t", "year").role, ColumnRole::Model);
  EXPECT_EQ(s.settled("t", "sparse").role, ColumnRole::Model);
  EXPECT_TRUE(s.settled("t", "sparse").unique);
  EXPECT_EQ(s.settled("t", "holes").role, ColumnRole::Model);
  EXPECT_EQ(s.settled("t", "checked").role, ColumnRole::Serial);
}

TEST(Settle, CategoriesBeforeNumbersBeforeDatesBeforeText) {
  SchemaBuilder b;
  b.entity("t", 3000).column("code", TypeClass::Text).key({"code"}).column("ended", TypeClass::Date).column("begun", TypeClass::Date);
  b.column("price").column("kind", TypeClass::Text).column("flag", TypeClass::Bool);
  Sample s(b.schema());
  s.ints("t", "id", 3000, number).ints("t", "code", 3000, [](size_t r) { return static_cast<int64_t>(100000 + r * 7); });
  s.ints("t", "ended", 3000, [](size_t r) { return static_cast<int64_t>(r * 37 % 900); });
  s.ints("t", "begun", 3000, [](size_t r) { return static_cast<int64_t>(r * 41 % 700); });
  s.ints("t", "price", 3000, [](size_t r) { return static_cast<int64_t>(r * r % 1709); });
  s.ints("t", "kind", 3000, [](size_t r) { return static_cast<int64_t>(r % 5); });
  s.ints("t", "flag", 3000, [](size_t r) { return static_cast<int64_t>(r % 2); }).settle();
  EXPECT_EQ(s.drawn("t"), (std::vector<std::string>{"flag", "kind", "price", "begun", "ended", "code"}));
  EXPECT_EQ(s.settled("t", "code").encoding, Encoding::Pattern);
}

TEST(Settle, StockPhrasesAreCategoriesRemarksAndNamesAreNot) {
  test::PlantedSource s;
  auto phrase = [](size_t r) { return std::vector<std::string>{"gift wrap", "leave at the gate", "call before"}[r % 3]; };
  auto remark = [&](size_t r) { return r % 10 == 0 ? "was told at " + std::to_string(r) + " not to ring" : phrase(r); };
  s.table("parcel", 600).texts("note", phrase).texts("comment", remark);
  s.texts("last_name", [](size_t r) { return std::vector<std::string>{"Berger", "Lind", "Moreau"}[r % 3]; });
  s.settle();
  EXPECT_EQ(s.column("parcel", "note").encoding, Encoding::Category);
  EXPECT_EQ(s.column("parcel", "comment").encoding, Encoding::Pattern);
  EXPECT_EQ(s.column("parcel", "last_name").encoding, Encoding::Pattern);
}

TEST(Settle, EmptyAndTinyTables) {
  for (size_t n : {0u, 1u, 2u}) {
    SchemaBuilder b;
    b.entity("a").column("x?").column("name", TypeClass::Text).entity("b").refers("a_id", "a").column("line").key({"a_id", "line"});
    Sample s(b.schema());
    s.ints("a", "id", n, number).ints("a", "x", n, [](size_t) { return -1; }).ints("a", "name", n, number);
    s.ints("b", "id", n, number).ints("b", "a_id", n, number).ints("b", "line", n, [](size_t) { return 1; });
    s.parents("b_a_id_fkey", n, [](size_t r) { return r; }).settle();
    EXPECT_EQ(s.settled("a", "id").role, ColumnRole::Serial);
    EXPECT_EQ(s.settled("b", "line").role, ColumnRole::LineNumber);
    EXPECT_EQ(s.table("b").entity.size(), n);
    EXPECT_EQ(s.table("b").entities, n);
  }
}

// Data that scan left out altogether.
TEST(Settle, NoData) {
  Sample s(lines_schema());
  s.data.tables.clear();
  s.settle();
  EXPECT_EQ(s.plan.tables.size(), 2u);
}

}  // namespace
}  // namespace relsynth::core
