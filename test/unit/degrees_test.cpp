// Numbers of children: learned whole, up to the parents that have nearly all, and drawn so again.
#include "core/degrees.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/train.h"
#include "core/train_keys.h"
#include "database.h"

namespace relsynth::core {
namespace {

// Clerks, of whom the first few serve all visits of many customers; visits have a clerk (further) and a customer (driver).
struct Visits : test::TrainingData {
  int clerks, customers, visits, by_clerk, by_customer;
  Visits(size_t all_clerks, const std::vector<uint32_t> &busy, const std::vector<uint32_t> &of_customer) {
    clerks = table("clerks", all_clerks);
    column(clerks, std::vector<int64_t>(all_clerks, 0), Encoding::None);
    customers = table("customers", of_customer.size());
    column(customers, std::vector<int64_t>(of_customer.size(), 0), Encoding::None);
    std::vector<int32_t> customer, clerk;
    for (size_t c = 0; c < of_customer.size(); ++c) customer.insert(customer.end(), of_customer[c], static_cast<int32_t>(c));
    for (size_t c = 0; c < busy.size(); ++c) clerk.insert(clerk.end(), busy[c], static_cast<int32_t>(c));
    clerk.resize(customer.size(), 0);
    Stream random(3, 1, 4, 1);
    for (size_t i = clerk.size(); i > 1; --i) std::swap(clerk[i - 1], clerk[random.below(i)]);
    visits = table("visits", customer.size());
    column(visits, std::vector<int64_t>(customer.size(), 0), Encoding::None);
    by_customer = key(visits, customers, FkRole::Driver, customer);
    by_clerk = key(visits, clerks, FkRole::Further, clerk);
    plan.min_count = 8;
  }
  const CountModel &counts(const Model &m, int fk) const { return m.tables[visits].foreign_keys[fk].children; }
};

std::vector<uint32_t> sorted_counts(const CountModel &model) {
  std::vector<uint32_t> counts;
  for (const CountModel::Step &s : model.steps) counts.insert(counts.end(), s.parents, s.count);
  return counts;
}

uint64_t sum(const std::vector<uint32_t> &v) { return std::accumulate(v.begin(), v.end(), uint64_t{0}); }

std::vector<uint32_t> draw_counts(Visits &db, const Model &m, int fk, size_t n, uint64_t seed) {
  SampleOptions options;
  options.seed = seed;
  World world(db.schema, db.plan, m, options);
  CountDrawer draw(world, db.visits, fk, Purpose::Parent, db.counts(m, fk), fk == db.by_clerk ? db.clerks : db.customers);
  std::vector<uint32_t> counts = draw.draw_usable(std::vector<uint8_t>(n, 1));
  std::sort(counts.begin(), counts.end());
  return counts;
}

TEST(Counts, FewParentsWithAllTheChildrenKeepThem) {
  Visits db(1500, {4100, 3900}, std::vector<uint32_t>(400, 20));
  Model m = train(db.schema, db.plan, db.data, {});
  std::vector<uint32_t> learned = sorted_counts(db.counts(m, db.by_clerk));
  ASSERT_EQ(learned.size(), 1500u);
  EXPECT_EQ(learned[1497], 0u);
  EXPECT_EQ(learned[1498], 3900u);
  EXPECT_EQ(learned[1499], 4100u);
  bool differ = false;
  for (uint64_t seed : {1, 2, 3, 4}) {
    std::vector<uint32_t> drawn = draw_counts(db, m, db.by_clerk, 1500, seed);
    EXPECT_EQ(drawn[1497], 0u);
    EXPECT_NEAR(drawn[1499], 4100, 400);
    EXPECT_NEAR(static_cast<double>(sum(drawn)), 8000, 2);
    differ |= drawn[1499] != 4100;
  }
  EXPECT_TRUE(differ);
  // A tenth of the clerks: one of them has most.
  std::vector<uint32_t> few = draw_counts(db, m, db.by_clerk, 150, 1);
  EXPECT_EQ(few[148], 0u);
  EXPECT_GT(few[149], 3000u);
}

TEST(Counts, WhatOnePersonHasIsNotTold) {
  std::vector<uint32_t> of_customer;
  for (uint32_t i = 0; i < 400; ++i) of_customer.push_back(i < 100 ? 0 : i < 300 ? 2 : 3 + i % 20);
  of_customer[0] = 5000;
  of_customer[1] = 1000;
  Visits db(50, {}, of_customer);
  Model m = train(db.schema, db.plan, db.data, {});
  std::vector<uint32_t> learned = sorted_counts(db.counts(m, db.by_customer));
  ASSERT_EQ(learned.size(), 400u);
  EXPECT_EQ(std::count(learned.begin(), learned.end(), 0u), 98);
  EXPECT_EQ(std::count(learned.begin(), learned.end(), 5000u), 0);
  EXPECT_EQ(std::count(learned.begin(), learned.end(), 1000u), 0);
  EXPECT_GT(learned[399], 1500u);
  EXPECT_NEAR(static_cast<double>(sum(learned)), static_cast<double>(sum(of_customer)), 8);
  // All of one clerk's visits are one customer's: as if the customer's own.
  Visits one(50, {2000, 300}, {2000, 10, 20, 10, 20, 10, 20, 10, 200});
  std::vector<uint8_t> backed = backed_parents(make_train_set(one.schema, one.plan, one.data), one.visits, one.by_clerk);
  EXPECT_FALSE(backed[0]);
}

TEST(Counts, DistributionIsMetExactly) {
  std::vector<uint32_t> of_customer;
  for (uint32_t i = 0; i < 600; ++i) of_customer.push_back(i % 3 == 0 ? 0 : i % 13);
  Visits db(50, {}, of_customer);
  Model m = train(db.schema, db.plan, db.data, {});
  EXPECT_EQ(draw_counts(db, m, db.by_customer, 600, 5), sorted_counts(db.counts(m, db.by_customer)));
  std::vector<uint32_t> more = draw_counts(db, m, db.by_customer, 1200, 5);
  EXPECT_EQ(std::count(more.begin(), more.end(), 0u), 2 * std::count(of_customer.begin(), of_customer.end(), 0u));
}

TEST(Counts, WhatNearlyAllParentsHaveStays) {
  std::vector<uint32_t> of_customer(70, 123);
  of_customer[7] = 0;
  Visits db(50, {}, of_customer);
  Model m = train(db.schema, db.plan, db.data, {});
  std::vector<uint32_t> sorted = of_customer;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted_counts(db.counts(m, db.by_customer)), sorted);
  EXPECT_EQ(draw_counts(db, m, db.by_customer, 70, 1), sorted);
  // Single exceptions are told roughly, those next to the rule not at all.
  of_customer[8] = 57;
  of_customer[9] = 122;
  Visits odd(50, {}, of_customer);
  std::vector<uint32_t> learned = sorted_counts(odd.counts(train(odd.schema, odd.plan, odd.data, {}), odd.by_customer));
  EXPECT_EQ(learned[1], 60u);
  EXPECT_EQ(learned[2], 123u);
}

TEST(Counts, NothingToCount) {
  for (size_t n : {0, 1, 3}) {
    Visits db(n, {}, {});
    Model m = train(db.schema, db.plan, db.data, {});
    EXPECT_EQ(sum(draw_counts(db, m, db.by_clerk, n, 1)), 0u);
    EXPECT_EQ(draw_counts(db, m, db.by_clerk, 0, 1).size(), 0u);
  }
}

}  // namespace
}  // namespace relsynth::core
