// From source rows to synthetic ones through plan, train and sample: what was put into the source comes out again.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

// A source by hand: kinds (a reference table), customers of two segments, orders whose number and amount follow the segment, a tree of
// customers, tags as a link table.
class Source {
 public:
  Source() {
    b_.table("kind", 4).column("code", TypeClass::Text).column("label", TypeClass::Text).primary({"code"});
    b_.entity("customer", 600).column("segment").column("boss_id?").references({"boss_id"}, "customer");
    b_.entity("orders", 0).column("amount").column("kind", TypeClass::Text).column("customer_id");
    b_.references({"customer_id"}, "customer").references({"kind"}, "kind", {"code"});
    b_.entity("tag", 40);
    b_.table("customer_tag", 0).column("customer_id").column("tag_id").primary({"customer_id", "tag_id"});
    b_.references({"customer_id"}, "customer").references({"tag_id"}, "tag");
    schema = b_.schema();
    data.tables.resize(schema.tables.size());
    fill();
  }

  Schema schema;
  SourceData data;

 private:
  SourceTable &start(const std::string &name, size_t rows) {
    int t = table_at(schema, name);
    SourceTable &table = data.tables[t];
    table.rows = table.total_rows = rows;
    schema.tables[t].estimated_rows = static_cast<double>(rows);
    for (const Column &column : schema.tables[t].columns) {
      SourceColumn values;
      values.repr = repr_of(column.cls);
      values.nulls.assign(rows, 0);
      if (values.repr == Repr::Int) values.ints.assign(rows, 0);
      if (values.repr == Repr::Text) values.ids.assign(rows, 0);
      table.columns.push_back(values);
    }
    table.parents.assign(schema.tables[t].foreign_keys.size(), std::vector<int32_t>(rows, no_parent));
    table.null_share.assign(schema.tables[t].foreign_keys.size(), 0);
    table.children.resize(schema.foreign_keys.size());
    return table;
  }

  void fill() {
    std::mt19937 random(7);
    SourceTable &kind = start("kind", 4);
    for (int c = 0; c < 2; ++c) {
      kind.columns[c].pool = {"new", "paid", "sent", "lost"};
      kind.columns[c].ids = {0, 1, 2, 3};
    }
    kind.verbatim = {{"new", "paid", "sent", "lost"}, {"New", "Paid", "Sent", "Lost"}};
    SourceTable &customer = start("customer", 600);
    for (int r = 0; r < 600; ++r) {
      customer.columns[0].ints[r] = r + 1;
      customer.columns[1].ints[r] = r % 2;
      customer.columns[2].nulls[r] = r < 60;
      if (r >= 60) customer.columns[2].ints[r] = r / 10 + 1;
      if (r >= 60) customer.parents[0][r] = r / 10;
    }
    customer.null_share[0] = 0.1;
    std::vector<int> owner;
    for (int r = 0; r < 600; ++r) owner.insert(owner.end(), r % 2 ? 6 + random() % 3 : random() % 3, r);
    SourceTable &orders = start("orders", owner.size());
    orders.columns[2].pool = kind.columns[0].pool;
    for (size_t r = 0; r < owner.size(); ++r) {
      int32_t k = static_cast<int32_t>(owner[r] % 2 ? random() % 2 : 2 + random() % 2);
      orders.columns[0].ints[r] = static_cast<int64_t>(r + 1);
      orders.columns[1].ints[r] = (owner[r] % 2 ? 500 : 100) + static_cast<int64_t>(random() % 50);
      orders.columns[2].ids[r] = static_cast<uint32_t>(k);
      orders.columns[3].ints[r] = owner[r] + 1;
    }
    for (int f = 0; f < 2; ++f) {
      bool to_kind = schema.foreign_keys[schema.tables[table_at(schema, "orders")].foreign_keys[f]].parent == table_at(schema, "kind");
      for (size_t r = 0; r < owner.size(); ++r) orders.parents[f][r] = to_kind ? static_cast<int32_t>(orders.columns[2].ids[r]) : owner[r];
    }
    SourceTable &tag = start("tag", 40);
    for (int r = 0; r < 40; ++r) tag.columns[0].ints[r] = r + 1;
    SourceTable &link = start("customer_tag", 1800);
    for (int r = 0; r < 1800; ++r) {
      link.parents[0][r] = r / 3;
      link.parents[1][r] = (r / 3 * 7 + r % 3) % 40;
      link.columns[0].ints[r] = r / 3 + 1;
      link.columns[1].ints[r] = link.parents[1][r] + 1;
    }
    for (size_t f = 0; f < schema.foreign_keys.size(); ++f) {
      const ForeignKey &key = schema.foreign_keys[f];
      const std::vector<int> &keys = schema.tables[key.child].foreign_keys;
      size_t at = static_cast<size_t>(std::find(keys.begin(), keys.end(), static_cast<int>(f)) - keys.begin());
      std::vector<uint32_t> &counts = data.tables[key.parent].children[f];
      counts.assign(data.tables[key.parent].rows, 0);
      for (int32_t p : data.tables[key.child].parents[at])
        if (p >= 0) ++counts[p];
    }
  }

  SchemaBuilder b_;
};

TEST(SampleLearned, GivesBackWhatTheSourceHolds) {
  Source source;
  Database db = learn(source.schema, source.data, 1);
  draw_all(db);
  check_all(db);
  int customer = table_at(db.schema, "customer"), orders = table_at(db.schema, "orders"), link = table_at(db.schema, "customer_tag");
  for (size_t t = 0; t < db.schema.tables.size(); ++t) EXPECT_EQ(db.tables[t].rows, source.data.tables[t].rows) << db.schema.tables[t].name;
  // Segment 1 has about 7 orders of about 525, new or paid; segment 0 about one of about 125, sent or lost.
  std::map<int64_t, int64_t> segment;
  double customers[2] = {0, 0}, count[2] = {0, 0}, high[2] = {0, 0}, early[2] = {0, 0};
  for (size_t r = 0; r < db.tables[customer].rows; ++r) {
    int64_t s = db.tables[customer].columns[1].ints[r];
    segment[db.tables[customer].columns[0].ints[r]] = s;
    ++customers[s];
  }
  for (size_t r = 0; r < db.tables[orders].rows; ++r) {
    int64_t s = segment[db.tables[orders].columns[3].ints[r]];
    std::string kind = db.text(orders, 2, r);
    ++count[s];
    high[s] += db.tables[orders].columns[1].ints[r] >= 500;
    early[s] += kind == "new" || kind == "paid";
  }
  EXPECT_NEAR(customers[1], 300, 60);
  EXPECT_NEAR(count[1] / customers[1], 7, 1);
  EXPECT_NEAR(count[0] / customers[0], 1, 0.5);
  EXPECT_GT(high[1] / count[1], 0.95);
  EXPECT_LT(high[0] / count[0], 0.1);
  EXPECT_GT(early[1] / count[1], 0.95);
  EXPECT_LT(early[0] / count[0], 0.1);
  std::vector<uint8_t> &roots = db.tables[customer].columns[2].nulls;
  EXPECT_EQ(std::count(roots.begin(), roots.end(), 1), 60);
  std::map<int64_t, int> tags;
  for (size_t r = 0; r < db.tables[link].rows; ++r) ++tags[db.tables[link].columns[0].ints[r]];
  for (const auto &[id, n] : tags) EXPECT_EQ(n, 3) << id;
}

TEST(SampleLearned, FollowsScaleAndIsTheSameForAnyThreads) {
  for (double scale : {0.1, 3.0}) {
    Source source;
    Database db = learn(source.schema, source.data, scale), other = learn(source.schema, source.data, scale);
    draw_all(db, 1000, 1);
    draw_all(other, 77, 4);
    check_all(db);
    EXPECT_TRUE(same_rows(db, other));
    EXPECT_EQ(db.tables[table_at(db.schema, "kind")].rows, 4u);
    int orders = table_at(db.schema, "orders");
    EXPECT_NEAR(static_cast<double>(db.tables[orders].rows), scale * static_cast<double>(source.data.tables[orders].rows), 1);
  }
}

// A forest whose rows are mostly of their parent's kind, inner ones of a label of their own; every twentieth root refers to itself, and
// the last rows to each other.
struct Folders {
  Schema schema;
  SourceData data;
  static constexpr size_t n = 3000, roots = 200, cyclic = 60;

  Folders() {
    SchemaBuilder b;
    b.entity("folder", n).column("kind").column("label").column("parent_id?").references({"parent_id"}, "folder");
    schema = b.schema();
    SourceTable &table = data.tables.emplace_back();
    table.rows = table.total_rows = n;
    table.columns.resize(4);
    for (SourceColumn &column : table.columns) {
      column.repr = Repr::Int;
      column.nulls.assign(n, 0);
      column.ints.assign(n, 0);
    }
    table.parents.assign(1, std::vector<int32_t>(n, no_parent));
    std::mt19937 random(3);
    std::vector<uint32_t> children(n, 0);
    for (size_t r = 0; r < n; ++r) {
      bool root = r < roots, ring = r >= n - cyclic;
      size_t parent = root ? r : ring ? (r + 1 < n ? r + 1 : n - cyclic) : random() % (r / 2);
      table.columns[0].ints[r] = static_cast<int64_t>(r + 1);
      table.columns[1].ints[r] = root || ring || random() % 10 == 0 ? static_cast<int64_t>(random() % 6) : table.columns[1].ints[parent];
      if (root && r % 20 != 0) continue;
      table.parents[0][r] = static_cast<int32_t>(parent);
      ++children[parent];
    }
    for (size_t r = 0; r < n; ++r) {
      int32_t parent = table.parents[0][r];
      table.columns[2].ints[r] = children[r] > (parent == static_cast<int32_t>(r)) ? 1 : 2;
      table.columns[3].nulls[r] = parent == no_parent;
      table.columns[3].ints[r] = parent + 1;
    }
    double nulls = static_cast<double>(std::count(table.parents[0].begin(), table.parents[0].end(), no_parent));
    table.null_share.assign(1, nulls / static_cast<double>(n));
    table.children.assign(1, children);
  }

  Database learn() {
    Database db;
    Problems problems;
    db.schema = schema;
    db.plan = make_plan(db.schema, build_graph(db.schema), {}, {}, problems);
    settle(db.plan, db.schema, data);
    db.model = train(db.schema, db.plan, data, {});
    db.options.seed = 11;
    return db;
  }
};

TEST(SampleLearned, RowsFollowTheRowsThatTheyReferTo) {
  Folders source;
  Database db = source.learn();
  draw_all(db);
  check_all(db);
  const Block &folder = db.tables[0];
  double below = 0, same = 0, label = 0;
  std::vector<int> children(folder.rows, 0);
  for (size_t r = 0; r < folder.rows; ++r) {
    if (folder.columns[3].nulls[r] || folder.columns[3].ints[r] == folder.columns[0].ints[r]) continue;
    size_t parent = static_cast<size_t>(folder.columns[3].ints[r] - 1);
    ++children[parent];
    ++below;
    same += folder.columns[1].ints[r] == folder.columns[1].ints[parent];
  }
  for (size_t r = 0; r < folder.rows; ++r) label += folder.columns[2].ints[r] == (children[r] > 0 ? 1 : 2);
  EXPECT_NEAR(same / below, 0.9, 0.04);
  EXPECT_GT(label / static_cast<double>(folder.rows), 0.98);
  for (auto [block, threads] : {std::pair<size_t, int>{77, 4}, {3000, 3}, {1, 1}}) {
    Database other = source.learn();
    draw_all(other, block, threads);
    EXPECT_TRUE(same_rows(db, other)) << block;
  }
}

// Comments on posts answer earlier ones of the same post, three in four the last, and have the tone of these; every third answers none.
struct Comments : Folders {
  Comments() {
    SchemaBuilder b;
    b.entity("post", 400).entity("comment", 0).column("tone").column("parent_id?").column("post_id");
    b.references({"parent_id"}, "comment").references({"post_id"}, "post");
    schema = b.schema();
    data = {};
    data.tables.resize(2);
    post_ = table_at(schema, "post");
    comment_ = table_at(schema, "comment");
    std::mt19937 random(9);
    std::vector<int32_t> post, parent;
    std::vector<int64_t> tone;
    for (int p = 0; p < 400; ++p)
      for (int first = static_cast<int>(post.size()), k = 0, n = 1 + static_cast<int>(random() % 14); k < n; ++k) {
        bool answers = k > 0 && random() % 3 != 0;
        int to = random() % 4 != 0 ? k - 1 : static_cast<int>(random()) % std::max(k, 1);
        parent.push_back(answers ? first + std::abs(to) : no_parent);
        tone.push_back(answers ? tone[static_cast<size_t>(parent.back())] : static_cast<int64_t>(random() % 5));
        post.push_back(p);
      }
    fill(data.tables[post_], 400, {});
    fill(data.tables[comment_], post.size(), tone);
    for (int f = 0; f < 2; ++f) {
      const ForeignKey &key = schema.foreign_keys[schema.tables[comment_].foreign_keys[f]];
      data.tables[comment_].parents.push_back(key.self() ? parent : post);
      data.tables[comment_].null_share.push_back(
          key.self() ? static_cast<double>(std::count(parent.begin(), parent.end(), no_parent)) / static_cast<double>(parent.size()) : 0);
      SourceColumn &values = data.tables[comment_].columns[key.child_columns[0]];
      for (size_t r = 0; r < post.size(); ++r) {
        int32_t to = data.tables[comment_].parents[f][r];
        values.ints[r] = to + 1;
        values.nulls[r] = to < 0;
      }
    }
    schema.tables[comment_].estimated_rows = static_cast<double>(post.size());
  }

  int post_ = -1, comment_ = -1;

 private:
  static void fill(SourceTable &table, size_t n, const std::vector<int64_t> &second) {
    table.rows = table.total_rows = n;
    table.columns.resize(second.empty() ? 1 : 4);
    for (SourceColumn &column : table.columns) {
      column.repr = Repr::Int;
      column.nulls.assign(n, 0);
      column.ints.assign(n, 0);
    }
    for (size_t r = 0; r < n; ++r) table.columns[0].ints[r] = static_cast<int64_t>(r + 1);
    if (!second.empty()) table.columns[1].ints = second;
  }
};

struct Answers {
  double within = 0, last = 0, tone = 0, all = 0, rows = 0;
};

// Columns: id, tone, parent_id, post_id.
template <class Value, class Null>
Answers answers_of(size_t rows, const Value &value, const Null &null) {
  Answers out;
  out.rows = static_cast<double>(rows);
  for (size_t r = 0; r < rows; ++r) {
    if (null(2, r)) continue;
    size_t to = static_cast<size_t>(value(2, r) - 1);
    ++out.all;
    out.within += value(3, r) == value(3, to) && to < r;
    out.last += to + 1 == r;
    out.tone += value(1, r) == value(1, to);
  }
  return out;
}

TEST(SampleLearned, RowsAnswerEarlierRowsOfTheirGroup) {
  Comments source;
  Database db = source.learn();
  ASSERT_GE(db.plan.tables[source.comment_].group_tree, 0);
  draw_all(db);
  check_all(db);
  const std::vector<SourceColumn> &real = source.data.tables[source.comment_].columns;
  const std::vector<ValueColumn> &drawn = db.tables[source.comment_].columns;
  auto get = [](const auto &columns) { return [&](int c, size_t r) { return columns[c].ints[r]; }; };
  auto null = [](const auto &columns) { return [&](int c, size_t r) { return columns[c].nulls[r] != 0; }; };
  Answers a = answers_of(real[0].size(), get(real), null(real)), b = answers_of(drawn[0].size(), get(drawn), null(drawn));
  EXPECT_EQ(b.within, b.all);
  EXPECT_NEAR(b.all / b.rows, a.all / a.rows, 0.03);
  EXPECT_NEAR(b.last / b.all, a.last / a.all, 0.06);
  EXPECT_NEAR(b.tone / b.all, a.tone / a.all, 0.05);
  for (auto [block, threads] : {std::pair<size_t, int>{77, 4}, {2000, 3}}) {
    Database other = source.learn();
    draw_all(other, block, threads);
    EXPECT_TRUE(same_rows(db, other)) << block;
  }
}

}  // namespace
}  // namespace relsynth::core::test
