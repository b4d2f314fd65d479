// Who refers to whom: the parents' blocks follow the rows' context, equal parents of two keys stay equal, numbers of children are kept.
#include "core/affinity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

// Customers of three segments buy and like products of their segment's category alone; 70 % of invoices are billed to whom they are sent.
class Shop {
 public:
  explicit Shop(bool planted = true) : planted_(planted) {
    b_.entity("customer", customers).column("segment");
    b_.entity("product", products).column("category").column("weight");
    b_.entity("orders", 0).refers("customer_id", "customer").refers("product_id?", "product");
    b_.table("liked", 0).column("customer_id").column("product_id").primary({"customer_id", "product_id"});
    b_.references({"customer_id"}, "customer").references({"product_id"}, "product");
    b_.entity("invoice", 3000).refers("ship_to", "customer").refers("bill_to", "customer");
    schema = b_.schema();
    data.tables.resize(schema.tables.size());
    fill();
  }

  static constexpr int customers = 600, products = 300;
  Schema schema;
  SourceData data;

 private:
  void start(const std::string &name, size_t rows) {
    int t = table_at(schema, name);
    SourceTable &table = data.tables[t];
    table.rows = table.total_rows = rows;
    schema.tables[t].estimated_rows = static_cast<double>(rows);
    for (size_t c = 0; c < schema.tables[t].columns.size(); ++c) {
      SourceColumn &values = table.columns.emplace_back();
      values.nulls.assign(rows, 0);
      values.ints.assign(rows, 0);
    }
    for (size_t r = 0; r < rows; ++r) table.columns[0].ints[r] = static_cast<int64_t>(r + 1);
    table.parents.assign(schema.tables[t].foreign_keys.size(), {});
    table.null_share.assign(schema.tables[t].foreign_keys.size(), 0);
    table.children.resize(schema.foreign_keys.size());
  }

  void link(const std::string &name, int fk, const std::vector<int32_t> &parents) {
    int t = table_at(schema, name), id = schema.tables[t].foreign_keys[fk];
    SourceTable &table = data.tables[t];
    SourceColumn &column = table.columns[schema.foreign_keys[id].child_columns[0]];
    table.parents[fk] = parents;
    std::vector<uint32_t> &counts = data.tables[schema.foreign_keys[id].parent].children[id];
    counts.assign(data.tables[schema.foreign_keys[id].parent].rows, 0);
    for (size_t r = 0; r < parents.size(); ++r) {
      column.nulls[r] = parents[r] < 0;
      column.ints[r] = parents[r] < 0 ? 0 : parents[r] + 1;
      table.null_share[fk] += parents[r] < 0 ? 1.0 / static_cast<double>(parents.size()) : 0;
      if (parents[r] >= 0) ++counts[parents[r]];
    }
  }

  // Of the customer's category, the first ones more often.
  int32_t product(int customer) {
    double u = std::uniform_real_distribution<double>()(random_);
    int nth = static_cast<int>(u * u * products / 3), category = planted_ ? customer % 3 : static_cast<int>(random_() % 3);
    return 3 * nth + category;
  }

  void fill() {
    start("customer", customers);
    start("product", products);
    for (int r = 0; r < customers; ++r) data.tables[0].columns[1].ints[r] = r % 3;
    for (int r = 0; r < products; ++r) data.tables[1].columns[1].ints[r] = r % 3;
    for (int r = 0; r < products; ++r) data.tables[1].columns[2].ints[r] = static_cast<int64_t>(random_() % 100);
    std::vector<int32_t> buyer, bought, fan, likes, ship, bill;
    for (int r = 0; r < customers; ++r) {
      for (size_t n = 2 + random_() % 10; n > 0; --n) {
        buyer.push_back(r);
        bought.push_back(random_() % 10 ? product(r) : no_parent);
      }
      std::set<int32_t> own;
      while (own.size() < 8) own.insert(product(r));
      fan.insert(fan.end(), own.size(), r);
      likes.insert(likes.end(), own.begin(), own.end());
    }
    for (int r = 0; r < 3000; ++r) {
      ship.push_back(static_cast<int32_t>(random_() % customers));
      bill.push_back(random_() % 10 < 7 ? ship.back() : static_cast<int32_t>(random_() % customers));
    }
    start("orders", buyer.size());
    link("orders", 0, buyer);
    link("orders", 1, bought);
    start("liked", fan.size());
    link("liked", 0, fan);
    link("liked", 1, likes);
    start("invoice", ship.size());
    link("invoice", 0, ship);
    link("invoice", 1, bill);
  }

  SchemaBuilder b_;
  std::mt19937 random_{11};
  bool planted_;
};

ForeignKeyModel &key_model(Database &db, const std::string &table, int fk) {
  ForeignKeyModel &key = db.model.tables[table_at(db.schema, table)].foreign_keys[fk];
  EXPECT_FALSE(key.choice);
  return key;
}

// Rows by the customer's segment and the product's category.
std::vector<std::vector<double>> pairs(const Database &db, const std::string &table, int customer_column, int product_column) {
  const Block &rows = db.tables[table_at(db.schema, table)], &customers = db.tables[0], &products = db.tables[1];
  std::map<int64_t, int64_t> segment, category;
  for (size_t r = 0; r < customers.rows; ++r) segment[customers.columns[0].ints[r]] = customers.columns[1].ints[r];
  for (size_t r = 0; r < products.rows; ++r) category[products.columns[0].ints[r]] = products.columns[1].ints[r];
  std::vector<std::vector<double>> counts(3, std::vector<double>(3, 0));
  for (size_t r = 0; r < rows.rows; ++r)
    if (!rows.columns[product_column].nulls[r])
      ++counts[segment.at(rows.columns[customer_column].ints[r])][category.at(rows.columns[product_column].ints[r])];
  return counts;
}

// Share of the rows whose product is of the customer's category, and what it could be with as many rows of each segment and category.
double right(const Database &db, const std::string &table, int customer_column, int product_column) {
  double all = 0, good = 0;
  auto counts = pairs(db, table, customer_column, product_column);
  for (int s = 0; s < 3; ++s) {
    good += counts[s][s];
    for (double n : counts[s]) all += n;
  }
  return good / all;
}
double attainable(const Database &db, const std::string &table, int customer_column, int product_column) {
  double all = 0, good = 0;
  auto counts = pairs(db, table, customer_column, product_column);
  for (int k = 0; k < 3; ++k) {
    double of_segment = 0, of_category = 0;
    for (int other = 0; other < 3; ++other) {
      of_segment += counts[k][other];
      of_category += counts[other][k];
    }
    all += of_segment;
    good += std::min(of_segment, of_category);
  }
  return good / all;
}

std::map<int64_t, int> children(const Database &db, const std::string &table, int column) {
  const Block &rows = db.tables[table_at(db.schema, table)];
  std::map<int64_t, int> counts;
  for (size_t r = 0; r < rows.rows; ++r)
    if (!rows.columns[column].nulls[r]) ++counts[rows.columns[column].ints[r]];
  return counts;
}

TEST(Affinity, BendTellsWhatTotalsCost) {
  Affinity affinity;
  affinity.leaves = affinity.blocks = 2;
  affinity.weight = {0.5, 0.5, 0.5, 0.5};
  EXPECT_NEAR(bend(affinity, {100, 100}, {100, 100}), 0, 1e-6);
  EXPECT_NEAR(bend(affinity, {100, 100}, {110, 90}), 2.0, 0.1);  // chi-squared of 110 : 90
  affinity.weight = {0.999, 0.001, 0.001, 0.999};
  EXPECT_NEAR(bend(affinity, {100, 100}, {100, 100}), 0, 1e-6);
  EXPECT_GT(bend(affinity, {100, 100}, {110, 90}), 50);
}

TEST(Affinity, ParentsFollowTheRowsContext) {
  Shop source;
  Database db = learn(source.schema, source.data);
  EXPECT_FALSE(key_model(db, "orders", 1).block.columns.empty());
  draw_all(db);
  check_all(db);
  EXPECT_GT(right(db, "orders", 1, 2), attainable(db, "orders", 1, 2) - 0.01);
  EXPECT_GT(right(db, "orders", 1, 2), 0.92);
  Database random = learn(source.schema, source.data);
  key_model(random, "orders", 1).block = {};
  draw_all(random);
  EXPECT_LT(right(random, "orders", 1, 2), 0.45);
  EXPECT_EQ(children(db, "orders", 2), children(random, "orders", 2));
}

TEST(Affinity, UniquePairsFollowIt) {
  Shop source;
  Database db = learn(source.schema, source.data);
  draw_all(db);
  check_all(db);
  int driver = db.plan.tables[table_at(db.schema, "liked")].driver;
  EXPECT_FALSE(key_model(db, "liked", 1 - driver).block.columns.empty());
  EXPECT_GT(right(db, "liked", 0, 1), 0.9);
}

TEST(Affinity, EqualParentsStayEqual) {
  Shop source;
  Database db = learn(source.schema, source.data);
  draw_all(db);
  const Block &invoices = db.tables[table_at(db.schema, "invoice")];
  double same = 0;
  for (size_t r = 0; r < invoices.rows; ++r) same += invoices.columns[1].ints[r] == invoices.columns[2].ints[r];
  EXPECT_NEAR(same / static_cast<double>(invoices.rows), 0.7, 0.03);
}

TEST(Affinity, WithoutGroundsNothingIsLearned) {
  Shop source(false);
  Database db = learn(source.schema, source.data);
  EXPECT_TRUE(key_model(db, "orders", 1).block.columns.empty());
  EXPECT_TRUE(key_model(db, "orders", 1).same.empty());
}

TEST(Affinity, IsTheSameForAnyThreadsAndBlocks) {
  Shop source;
  Database db = learn(source.schema, source.data, 0.5), other = learn(source.schema, source.data, 0.5);
  draw_all(db, 1000, 1);
  draw_all(other, 77, 3);
  EXPECT_TRUE(same_rows(db, other));
}

void expect_totals(const std::vector<uint32_t> &counts, const std::vector<uint32_t> &leaves, const std::vector<uint32_t> &blocks) {
  std::vector<uint32_t> by_leaf(leaves.size(), 0), by_block(blocks.size(), 0);
  for (size_t i = 0; i < counts.size(); ++i) {
    by_leaf[i / blocks.size()] += counts[i];
    by_block[i % blocks.size()] += counts[i];
  }
  EXPECT_EQ(by_leaf, leaves);
  EXPECT_EQ(by_block, blocks);
}

TEST(FitTable, KeepsTotals) {
  std::mt19937 random(3);
  for (int test = 0; test < 300; ++test) {
    size_t l = 1 + random() % 40, b = 1 + random() % 20;
    std::vector<double> weights;
    for (size_t i = 0; i < l * b; ++i) weights.push_back(random() % 3 ? 1e-7 : std::exp(static_cast<double>(random() % 10) - 5));
    std::vector<uint32_t> leaves, blocks(b, 0);
    for (size_t i = 0; i < l; ++i) leaves.push_back(random() % 4 ? random() % 9 : random() % 2000);
    for (uint32_t i = std::accumulate(leaves.begin(), leaves.end(), 0u), k = random() % b; i > 0; --i, k = random() % 50 ? k : random() % b)
      ++blocks[k];
    Stream stream(1, 2, test, 4);
    expect_totals(fit_table(weights, leaves, blocks, stream), leaves, blocks);
  }
}

TEST(FitTable, FollowsWeights) {
  // Many small leaves: what is impossible in one must not be made up for in another.
  std::vector<double> weights;
  std::vector<uint32_t> leaves;
  for (int l = 0; l < 100; ++l) {
    for (double w : l % 2 ? std::vector<double>{0.5, 0.5, 1e-9} : std::vector<double>{1e-9, 0.3, 0.7}) weights.push_back(w);
    leaves.push_back(3);
  }
  std::vector<uint32_t> blocks{75, 120, 105};
  Stream stream(1, 2, 3, 4);
  std::vector<uint32_t> counts = fit_table(weights, leaves, blocks, stream);
  expect_totals(counts, leaves, blocks);
  int wrong = 0;
  for (int l = 0; l < 100; ++l) wrong += static_cast<int>(counts[3 * l + (l % 2 ? 2 : 0)]);
  EXPECT_LE(wrong, 2);
}

}  // namespace
}  // namespace relsynth::core::test
