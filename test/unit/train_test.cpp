#include "core/train.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <set>
#include <stdexcept>

#include "core/features.h"
#include "core/history.h"
#include "database.h"

namespace relsynth::core {
namespace {

using Kind = FeatureRef::Kind;
using test::code_of;
using test::probability;
using test::TrainingData;
using test::uses;

Stream stream(uint64_t row, uint64_t what) { return Stream(11, 1, row, what); }

const ColumnModel &step(const Model &model, int table, int column, int fk = -1) {
  for (const ColumnModel &c : model.tables[table].columns)
    if (c.column == column && c.fk == fk) return c;
  throw std::logic_error("no such step");
}

// The code of a number of children.
Code code_of(const CountModel &model, uint32_t count) {
  for (const CountModel::Step &s : model.steps)
    if (s.count == count) return s.code;
  throw std::logic_error("no such count");
}

// Customers with a segment (1, 2, 3); orders: more for higher segments, a status that follows the segment, a shop that stays the same from
// order to order, a country chosen by segment from a kept table; lines of orders whose kind follows the customer's segment.
struct Shop : TrainingData {
  int countries, customers, orders, lines;
  int segment, status, shop, kind, country_fk;
  explicit Shop(size_t n = 1500) {
    countries = table("countries", 3, TableRole::Keep);
    column(countries, {1, 2, 3}, Encoding::None);
    column(countries, {5, 5, 6});
    data.tables[countries].verbatim = {{"1", "2", "3"}, {"5", "5", "6"}};
    make_customers(n);
    make_orders(n);
    make_lines();
  }

 private:
  std::vector<int64_t> segments_;
  std::vector<int32_t> order_customer_;

  void make_customers(size_t n) {
    customers = table("customers", n);
    std::vector<int64_t> ids;
    for (size_t i = 0; i < n; ++i) {
      ids.push_back(static_cast<int64_t>(i));
      segments_.push_back(static_cast<int64_t>(1 + stream(i, 1).below(3)));
    }
    column(customers, ids, Encoding::None);
    segment = column(customers, segments_);
  }

  void make_orders(size_t n) {
    std::vector<int64_t> states, shops;
    std::vector<int32_t> country;
    for (size_t i = 0; i < n; ++i) {
      int64_t here = 0;
      size_t count = static_cast<size_t>(segments_[i]) * 2 - 2 + stream(i, 2).below(2);  // 0-1, 2-3, 4-5
      for (size_t k = 0; k < count; ++k) {
        size_t row = order_customer_.size();
        order_customer_.push_back(static_cast<int32_t>(i));
        states.push_back(stream(row, 3).below(10) < 9 ? segments_[i] : 7);
        if (k == 0 || stream(row, 4).below(10) == 0) here = static_cast<int64_t>(1 + stream(row, 5).below(6));
        shops.push_back(here);
        country.push_back(stream(row, 6).below(10) == 0 ? no_parent
                          : segments_[i] == 3           ? 2
                                                        : static_cast<int32_t>(stream(row, 7).below(2)));
      }
    }
    orders = table("orders", order_customer_.size());
    column(orders, std::vector<int64_t>(order_customer_.size(), 0), Encoding::None);
    status = column(orders, states);
    shop = column(orders, shops);
    key(orders, customers, FkRole::Driver, order_customer_);
    country_fk = key(orders, countries, FkRole::Further, country, true);
  }

  void make_lines() {
    std::vector<int32_t> order;
    std::vector<int64_t> kinds;
    for (size_t o = 0; o < order_customer_.size(); ++o)
      for (size_t k = 0; k <= o % 3; ++k) {
        order.push_back(static_cast<int32_t>(o));
        kinds.push_back(segments_[order_customer_[o]] == 2 ? 4 : static_cast<int64_t>(1 + stream(order.size(), 8).below(3)));
      }
    lines = table("lines", order.size());
    column(lines, std::vector<int64_t>(order.size(), 0), Encoding::None);
    kind = column(lines, kinds);
    key(lines, orders, FkRole::Driver, order);
    plan.min_count = 8;
  }
};

TEST(Train, ChildrenFollowTheirParent) {
  Shop db;
  Model m = train(db.schema, db.plan, db.data, {});
  const ColumnModel &status = step(m, db.orders, db.status);
  const Codec &segments = m.tables[db.customers].codecs[db.segment], &states = m.tables[db.orders].codecs[db.status];
  for (int s : {2, 3}) {
    FeatureRef ref{Kind::Parent, 0, db.segment};
    ASSERT_TRUE(uses(status.features, ref));
    EXPECT_NEAR(probability(status.features, status.conditional, {{ref, code_of(segments, s)}}, code_of(states, s)), 0.9, 0.04);
  }
}

TEST(Train, NumberOfChildrenFollowsTheParent) {
  Shop db;
  Model m = train(db.schema, db.plan, db.data, {});
  const CountModel &children = m.tables[db.orders].foreign_keys[0].children;
  const Codec &segments = m.tables[db.customers].codecs[db.segment];
  FeatureRef ref{Kind::Own, -1, db.segment};
  for (int s : {1, 2, 3})
    for (int more : {0, 1})
      EXPECT_NEAR(probability(children.features, children.conditional, {{ref, code_of(segments, s)}}, code_of(children, 2 * s - 2 + more)),
                  0.5, 0.07);
  EXPECT_NEAR(children.mean, static_cast<double>(db.data.tables[db.orders].rows) / static_cast<double>(db.data.tables[db.customers].rows),
              1e-9);
  EXPECT_EQ(children.steps.back().count, 5u);
}

TEST(Train, RowsRememberTheRowBefore) {
  Shop db;
  Model m = train(db.schema, db.plan, db.data, {});
  const ColumnModel &shop = step(m, db.orders, db.shop);
  const Codec &codec = m.tables[db.orders].codecs[db.shop];
  for (int s = 1; s <= 6; ++s) {
    Code code = code_of(codec, s);
    std::vector<test::Given> first, second;
    for (const FeatureRef &ref : shop.features) {
      bool own_step = ref.kind == Kind::OwnStep, place = ref.kind == Kind::Position;
      first.push_back({ref, place ? Code{1} : missing_code});
      second.push_back({ref, place ? Code{2} : own_step ? step_code(1, 1, m.tables[db.orders].codecs[ref.column].ordered) : code});
    }
    EXPECT_GT(probability(shop.features, shop.conditional, second, code), 0.85);
    EXPECT_NEAR(probability(shop.features, shop.conditional, first, code), 1.0 / 6, 0.06);
  }
}

TEST(Train, ChoiceAmongKeptRowsFollowsTheParent) {
  Shop db;
  Model m = train(db.schema, db.plan, db.data, {});
  const ForeignKeyModel &key = m.tables[db.orders].foreign_keys[db.country_fk];
  ASSERT_TRUE(key.choice);
  EXPECT_EQ(key.choice_rows.size(), 3u);
  EXPECT_TRUE(key.other_weight.empty());
  EXPECT_NEAR(key.null_share, 0.1, 0.02);
  const ColumnModel &choice = m.tables[db.orders].columns[0];
  EXPECT_EQ(choice.column, -1);
  EXPECT_EQ(choice.fk, db.country_fk);
  FeatureRef ref{Kind::Parent, 0, db.segment};
  Code third = code_of(m.tables[db.customers].codecs[db.segment], 3);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(probability(choice.features, choice.conditional, {{ref, third}}, static_cast<Code>(1 + i)),
                key.choice_rows[i] == 2 ? 0.9 : 0, 0.04);
  EXPECT_NEAR(probability(choice.features, choice.conditional, {{ref, third}}, null_code), 0.1, 0.04);
}

TEST(Train, RareKeptRowsAreDrawnByWeight) {
  Shop db;
  std::vector<int32_t> &country = db.data.tables[db.orders].parents[db.country_fk];
  for (size_t r = 0; r < country.size(); ++r) country[r] = r < 3 ? 1 : 0;
  Model m = train(db.schema, db.plan, db.data, {});
  const ForeignKeyModel &key = m.tables[db.orders].foreign_keys[db.country_fk];
  EXPECT_EQ(key.choice_rows, (std::vector<int32_t>{0}));
  // Which of the rare ones has the children is not told.
  EXPECT_EQ(std::multiset<float>(key.other_weight.begin(), key.other_weight.end()), (std::multiset<float>{0, 0, 3}));
  const Conditional &c = m.tables[db.orders].columns[0].conditional;
  std::vector<Code> x(48, missing_code);
  EXPECT_GT(std::exp(c.log_likelihood(x.data(), choice_other)), 0);
  EXPECT_EQ(std::exp(c.log_likelihood(x.data(), 2)), 0);
}

TEST(Train, GrandchildrenFollowTheGrandparent) {
  Shop db;
  Model m = train(db.schema, db.plan, db.data, {});
  const ColumnModel &kind = step(m, db.lines, db.kind);
  FeatureRef ref{Kind::Grandparent, 2, db.segment};
  ASSERT_TRUE(uses(kind.features, ref));
  const Codec &segments = m.tables[db.customers].codecs[db.segment], &kinds = m.tables[db.lines].codecs[db.kind];
  EXPECT_GT(probability(kind.features, kind.conditional, {{ref, code_of(segments, 2)}}, code_of(kinds, 4)), 0.95);
  EXPECT_LT(probability(kind.features, kind.conditional, {{ref, code_of(segments, 3)}}, code_of(kinds, 4)), 0.05);
}

TEST(Train, KeepsTheRowsOfReferenceTables) {
  Shop db;
  Model m = train(db.schema, db.plan, db.data, {});
  const TableModel &kept = m.tables[db.countries];
  EXPECT_EQ(kept.role, TableRole::Keep);
  EXPECT_EQ(kept.kept, db.data.tables[db.countries].verbatim);
  EXPECT_EQ(kept.kept_values[0].ints, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(kept.kept_values[1].size(), 0u);
  EXPECT_EQ(kept.kept_nulls[1], (std::vector<uint8_t>{0, 0, 0}));
  EXPECT_TRUE(kept.columns.empty());
}

TEST(Train, NullOfAFurtherKeyFollowsTheDriversParent) {
  Shop db;
  std::vector<int32_t> seller;
  const std::vector<int32_t> customer = db.data.tables[db.orders].parents[0];
  int sellers = db.table("sellers", 50);
  std::vector<int64_t> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(i);
  db.column(sellers, ids, Encoding::None);
  for (int32_t c : customer)
    seller.push_back(db.data.tables[db.customers].columns[db.segment].ints[c] == 2 ? no_parent : static_cast<int32_t>(seller.size() % 25));
  int fk = db.key(db.orders, sellers, FkRole::Further, seller, true);
  Model m = train(db.schema, db.plan, db.data, {});
  const ForeignKeyModel &key = m.tables[db.orders].foreign_keys[fk];
  FeatureRef ref{Kind::Parent, 0, db.segment};
  const Codec &segments = m.tables[db.customers].codecs[db.segment];
  auto null_given = [&](int segment, Code orders) {
    std::vector<test::Given> given{{ref, code_of(segments, segment)}, {{Kind::GroupSize, -1, -1}, orders}};
    return probability(key.null_features, key.null_conditional, given, 0);
  };
  EXPECT_GT(null_given(2, 3), 0.97);
  EXPECT_LT(null_given(3, 5), 0.03);
  std::vector<Code> x(48, missing_code);
  EXPECT_NEAR(std::exp(key.children.conditional.log_likelihood(x.data(), code_of(key.children, 0))), 0.5, 0.05);
}

TEST(Train, SelfReferencesAreForests) {
  TrainingData db;
  std::vector<int32_t> boss;
  std::vector<int64_t> grade;
  for (int i = 0; i < 1110; ++i) boss.push_back(i < 10 ? (i < 5 ? i : no_parent) : i < 110 ? i % 10 : 10 + i % 100);
  for (int i = 0; i < 1110; ++i) grade.push_back(i < 10 ? 9 : i < 110 ? 5 : 1);
  int t = db.table("staff", 1110);
  db.column(t, std::vector<int64_t>(1110, 0), Encoding::None);
  int g = db.column(t, grade);
  int fk = db.key(t, t, FkRole::Self, boss, true);
  db.plan.min_count = 4;
  Model m = train(db.schema, db.plan, db.data, {});
  const ForeignKeyModel &key = m.tables[t].foreign_keys[fk];
  ASSERT_EQ(key.depth_share.size(), 3u);
  EXPECT_NEAR(key.depth_share[0], 10 / 1110.0, 1e-9);
  EXPECT_NEAR(key.depth_share[2], 1000 / 1110.0, 1e-9);
  EXPECT_EQ(key.self_loop_share, 0.5);
  EXPECT_EQ(key.cyclic_share, 0);
  ASSERT_EQ(key.fan_out.size(), 3u);
  EXPECT_EQ(key.fan_out[0].mean, 10);
  EXPECT_EQ(key.fan_out[1].mean, 10);
  EXPECT_EQ(key.fan_out[2].mean, 0);
  const ColumnModel &s = step(m, t, g);
  const Codec &codec = m.tables[t].codecs[g];
  auto at = [&](Code depth, Code children, Code above) {
    return std::vector<test::Given>{{{Kind::Depth, fk, -1}, depth},
                                    {{Kind::Children, fk, -1}, children},
                                    {{Kind::Siblings, fk, -1}, 10},
                                    {{Kind::Sibling, fk, -1}, 3},
                                    {{Kind::Parent, fk, g}, above}};
  };
  // The ten roots are too few to be told apart.
  EXPECT_GT(probability(s.features, s.conditional, at(1, 10, code_of(codec, 9)), code_of(codec, 5)), 0.85);
  EXPECT_GT(probability(s.features, s.conditional, at(2, 0, code_of(codec, 5)), code_of(codec, 1)), 0.95);
}

void expect_equal(const Conditional &a, const Conditional &b) {
  EXPECT_EQ(a.class_of, b.class_of);
  EXPECT_EQ(a.probabilities, b.probabilities);
  EXPECT_EQ(a.cell_begin, b.cell_begin);
  ASSERT_EQ(a.cells.size(), b.cells.size());
  for (size_t i = 0; i < a.cells.size(); ++i) EXPECT_TRUE(a.cells[i].code == b.cells[i].code && a.cells[i].count == b.cells[i].count);
  ASSERT_EQ(a.tree.nodes.size(), b.tree.nodes.size());
  for (size_t i = 0; i < a.tree.nodes.size(); ++i) {
    EXPECT_EQ(a.tree.nodes[i].feature, b.tree.nodes[i].feature);
    for (int w = 0; w < 4; ++w) EXPECT_EQ(a.tree.nodes[i].goes_left[w], b.tree.nodes[i].goes_left[w]);
  }
}

TEST(Train, DepthsOfATreeReadInPart) {
  // 200 roots with 5 children with 4 children each, of which every fourth row was read.
  constexpr int roots = 200, inner = 1000, all = 5200;
  std::vector<int32_t> place(all, unknown_parent), parents;
  std::vector<uint32_t> children;
  for (int r = 0, next = 0; r < all; ++r)
    if (Stream(3, 3, static_cast<uint64_t>(r), 0).below(4) == 0) place[r] = next++;
  for (int r = 0; r < all; ++r) {
    if (place[r] < 0) continue;
    parents.push_back(r < roots ? no_parent : place[r < roots + inner ? (r - roots) / 5 : roots + (r - roots - inner) / 4]);
    children.push_back(r < roots ? 5 : r < roots + inner ? 4 : 0);
  }
  TrainingData db;
  int t = db.table("node", parents.size());
  db.column(t, std::vector<int64_t>(parents.size(), 0), Encoding::None);
  int fk = db.key(t, t, FkRole::Self, parents, true);
  db.data.tables[t].total_rows = all;
  db.data.tables[t].children = {children};
  db.data.tables[t].null_share[fk] = roots / static_cast<double>(all);
  const Model m = train(db.schema, db.plan, db.data, {});
  const std::vector<double> &share = m.tables[t].foreign_keys[fk].depth_share;
  ASSERT_EQ(share.size(), 3u);
  EXPECT_NEAR(share[0], 200.0 / all, 1e-9);
  EXPECT_NEAR(share[1], 1000.0 / all, 1e-6);
  EXPECT_NEAR(share[2], 4000.0 / all, 1e-6);
}

TEST(Train, ThreadsChangeNothing) {
  Shop db;
  TrainOptions options;
  Model one = train(db.schema, db.plan, db.data, options);
  options.threads = 2;
  Model two = train(db.schema, db.plan, db.data, options);
  size_t nodes = 0;
  for (size_t t = 0; t < one.tables.size(); ++t) {
    ASSERT_EQ(one.tables[t].columns.size(), two.tables[t].columns.size());
    for (size_t i = 0; i < one.tables[t].columns.size(); ++i) {
      const ColumnModel &a = one.tables[t].columns[i], &b = two.tables[t].columns[i];
      EXPECT_EQ(a.features, b.features);
      expect_equal(a.conditional, b.conditional);
      nodes += a.conditional.tree.nodes.size();
    }
    for (size_t f = 0; f < one.tables[t].foreign_keys.size(); ++f) {
      expect_equal(one.tables[t].foreign_keys[f].children.conditional, two.tables[t].foreign_keys[f].children.conditional);
      expect_equal(one.tables[t].foreign_keys[f].null_conditional, two.tables[t].foreign_keys[f].null_conditional);
    }
  }
  EXPECT_GT(nodes, 10u);
}

TEST(Train, UnusedFeaturesAreDropped) {
  Shop db;
  Model m = train(db.schema, db.plan, db.data, {});
  for (const TableModel &t : m.tables)
    for (const ColumnModel &c : t.columns) {
      std::vector<int> used(c.features.size(), 0);
      for (const Tree::Node &n : c.conditional.tree.nodes)
        if (n.feature >= 0) ++used.at(n.feature);
      for (int u : used) EXPECT_GT(u, 0);
    }
}

// Tables of 0, 1 or a few rows, all NULL columns: nothing throws and every conditional can be drawn from.
TEST(Train, DegenerateTables) {
  for (size_t rows : {0, 1, 2, 7}) {
    TrainingData db;
    int kept = db.table("kept", rows, TableRole::Keep), parent = db.table("parent", rows), child = db.table("child", rows);
    for (int t : {kept, parent, child}) {
      std::vector<int64_t> ids(rows), nulls(rows, -1), same(rows, 3);
      for (size_t i = 0; i < rows; ++i) ids[i] = static_cast<int64_t>(i);
      db.column(t, ids, Encoding::None);
      db.column(t, nulls, Encoding::Constant);
      db.column(t, same);
      db.column(t, ids);
    }
    std::vector<int32_t> first(rows, 0), none(rows, no_parent), unknown(rows, unknown_parent);
    db.key(child, parent, FkRole::Driver, first);
    db.key(child, parent, FkRole::Further, none, true);
    db.key(child, parent, FkRole::Cut, unknown, true);
    db.key(child, child, FkRole::Self, first, true);
    db.key(child, kept, FkRole::Further, unknown, true);
    Model m = train(db.schema, db.plan, db.data, {});
    std::vector<Code> x(48, missing_code);
    Stream s = stream(1, 1);
    EXPECT_EQ(m.tables[child].columns.size(), 4u);
    for (const ColumnModel &c : m.tables[child].columns) c.conditional.draw(x.data(), s);
    EXPECT_EQ(step(m, child, 1).conditional.draw(x.data(), s), null_code);
    EXPECT_EQ(m.tables[child].foreign_keys[1].null_conditional.draw(x.data(), s), rows == 0 ? 1 : 0);
    for (int f : {0, 1, 2})
      for (const CountModel::Step &s : m.tables[child].foreign_keys[f].children.steps) EXPECT_LE(s.count, rows);
  }
}

TEST(Train, WithoutGroundsNothingIsSplit) {
  Shop db(3);
  Model m = train(db.schema, db.plan, db.data, {});
  for (const TableModel &t : m.tables)
    for (const ColumnModel &c : t.columns) EXPECT_EQ(c.conditional.tree.leaves, 1);
}

TEST(Train, PollCancels) {
  Shop db(4000);
  for (int threads : {1, 2}) {
    std::atomic<int> calls{0};
    TrainOptions options;
    options.threads = threads;
    options.poll = [&] {
      if (++calls == 3) throw std::runtime_error("cancelled");
    };
    EXPECT_THROW(train(db.schema, db.plan, db.data, options), std::runtime_error);
  }
}

TEST(Train, SaysWhichTableIsStarting) {
  Shop db(50);
  std::vector<int> started;
  TrainOptions options;
  options.starting = [&](int table) { started.push_back(table); };
  train(db.schema, db.plan, db.data, options);
  EXPECT_EQ(started, db.plan.order);
}

}  // namespace
}  // namespace relsynth::core
