// Parents that have to do with other parents: those of earlier rows of the group, ancestors that agree, kept rows with their own counts.
#include "core/paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/layout.h"
#include "core/train.h"
#include "database.h"

namespace relsynth::core {
namespace {

// Visits of customers (driver) to a doctor, mostly the one of the visit before; with a contact of that customer; in a city, and in the country
// of that city, both kept. Every tenth customer has no contact and no visit.
struct Visits : test::TrainingData {
  static constexpr int customers_n = 500, doctors_n = 150, cities_n = 40, countries_n = 8;
  int countries, cities, customers, contacts, doctors, visits;
  int contact_fk, doctor_fk, country_fk, city_fk;
  std::vector<int32_t> customer_of_contact, country_of_city;

  explicit Visits(double same = 0.8, double right = 1) {
    auto rows = [&](int t, size_t n) { column(t, std::vector<int64_t>(n, 0), Encoding::None); };
    rows(countries = table("countries", countries_n, TableRole::Keep), countries_n);
    rows(cities = table("cities", cities_n, TableRole::Keep), cities_n);
    for (int c = 0; c < cities_n; ++c) country_of_city.push_back(c * c % countries_n);
    key(cities, countries, FkRole::Further, country_of_city);
    rows(customers = table("customers", customers_n), customers_n);
    for (int c = 0; c < customers_n; ++c)
      for (int k = 0; k < (c % 10 ? 1 + c % 4 : 0); ++k) customer_of_contact.push_back(c);
    rows(contacts = table("contacts", customer_of_contact.size()), customer_of_contact.size());
    key(contacts, customers, FkRole::Driver, customer_of_contact);
    rows(doctors = table("doctors", doctors_n), doctors_n);
    make_visits(same, right);
    plan.min_count = 8;
  }

  Model learn() const { return train(schema, plan, data, {}); }

 private:
  void make_visits(double same, double right) {
    std::vector<int32_t> customer, contact, doctor, city, country;
    std::map<int32_t, std::vector<int32_t>> of_customer;
    for (size_t i = 0; i < customer_of_contact.size(); ++i) of_customer[customer_of_contact[i]].push_back(static_cast<int32_t>(i));
    Stream random(17, 1, 1, 1);
    for (const auto &[c, own] : of_customer)
      for (int k = 0; k < 3 + c % 9; ++k) {
        customer.push_back(c);
        contact.push_back(own[random.below(own.size())]);
        bool again = k > 0 && random.uniform() < same;
        doctor.push_back(again ? doctor.back() : static_cast<int32_t>(random.below(doctors_n)));
        city.push_back(static_cast<int32_t>(random.below(cities_n) * random.below(cities_n) / cities_n));
        bool agrees = random.uniform() < right;
        country.push_back(agrees ? country_of_city[city.back()] : static_cast<int32_t>(random.below(countries_n)));
      }
    visits = table("visits", customer.size());
    column(visits, std::vector<int64_t>(customer.size(), 0), Encoding::None);
    key(visits, customers, FkRole::Driver, customer);
    contact_fk = key(visits, contacts, FkRole::Further, contact);
    doctor_fk = key(visits, doctors, FkRole::Further, doctor);
    country_fk = key(visits, countries, FkRole::Further, country);
    city_fk = key(visits, cities, FkRole::Further, city);
  }
};

struct Built {
  World world;
  Built(const Visits &db, const Model &m, int threads = 1) : world(db.schema, db.plan, m, options(threads)) {
    for (int t : db.plan.order)
      if (db.plan.tables[t].role == TableRole::Learn) build_structure(world, t);
  }
  static SampleOptions options(int threads) {
    SampleOptions o;
    o.seed = 9;
    o.threads = threads;
    return o;
  }
};

std::vector<uint32_t> counts(const std::vector<int32_t> &parents, size_t n) {
  std::vector<uint32_t> all(n, 0);
  for (int32_t p : parents)
    if (p >= 0) ++all[p];
  return all;
}

double repeated(const std::vector<int32_t> &driver, const std::vector<int32_t> &parents) {
  double same = 0, all = 0;
  for (size_t r = 1; r < driver.size(); ++r) {
    if (driver[r] != driver[r - 1]) continue;
    ++all;
    same += parents[r] == parents[r - 1];
  }
  return same / all;
}

TEST(Paths, AncestorsAgreeWhereTheyAlwaysDo) {
  Visits db;
  Model m = db.learn();
  Built built(db, m);
  const auto &parents = built.world.tables[db.visits].parents;
  const std::vector<int32_t> &customer_of_contact = built.world.tables[db.contacts].parents[0];
  size_t rows = built.world.tables[db.visits].rows;
  EXPECT_NEAR(static_cast<double>(rows), static_cast<double>(db.data.tables[db.visits].rows), 1);
  for (size_t r = 0; r < rows; ++r) {
    ASSERT_EQ(customer_of_contact[parents[db.contact_fk][r]], parents[0][r]) << r;
    ASSERT_EQ(db.country_of_city[parents[db.city_fk][r]], parents[db.country_fk][r]) << r;
  }
}

TEST(Paths, MostlyIsKeptToo) {
  Visits db(0.8, 0.97);
  Model m = db.learn();
  EXPECT_LT(m.tables[db.visits].foreign_keys[db.city_fk].paths.at(0).share, 1);
  Built built(db, m);
  const auto &parents = built.world.tables[db.visits].parents;
  double agree = 0, rows = static_cast<double>(parents[0].size());
  for (size_t r = 0; r < parents[0].size(); ++r) agree += db.country_of_city[parents[db.city_fk][r]] == parents[db.country_fk][r];
  EXPECT_GT(agree / rows, 0.94);
  EXPECT_LT(agree / rows, 0.995);
  Visits loose(0.8, 0.5);
  Model other = loose.learn();
  EXPECT_TRUE(other.tables[loose.visits].foreign_keys[loose.city_fk].paths.empty());
  EXPECT_TRUE(other.tables[loose.visits].foreign_keys[loose.doctor_fk].paths.empty());
}

TEST(Repeats, DoctorsStayAsOftenAsLearned) {
  Visits db;
  Model m = db.learn();
  Built built(db, m);
  const auto &source = db.data.tables[db.visits].parents;
  const auto &parents = built.world.tables[db.visits].parents;
  EXPECT_NEAR(repeated(parents[0], parents[db.doctor_fk]), repeated(source[0], source[db.doctor_fk]), 0.03);
  Visits never(0);
  Model independent = never.learn();
  EXPECT_TRUE(independent.tables[never.visits].foreign_keys[never.doctor_fk].repeat.conditional.tree.nodes.empty());
  // Exchanges leave every parent its children: as many as without repeats.
  std::vector<uint32_t> with = counts(parents[db.doctor_fk], Visits::doctors_n);
  Model plain = m;
  plain.tables[db.visits].foreign_keys[db.doctor_fk].repeat = {};
  Built other(db, plain);
  EXPECT_EQ(with, counts(other.world.tables[db.visits].parents[db.doctor_fk], Visits::doctors_n));
  EXPECT_LT(repeated(other.world.tables[db.visits].parents[0], other.world.tables[db.visits].parents[db.doctor_fk]), 0.1);
}

TEST(Repeats, AreTheSameForAnyThreads) {
  Visits db;
  Model m = db.learn();
  Built one(db, m, 1), four(db, m, 4);
  EXPECT_EQ(one.world.tables[db.visits].parents, four.world.tables[db.visits].parents);
}

TEST(Choices, KeptRowsHaveTheirOwnNumbers) {
  Visits db;
  Model m = db.learn();
  Built built(db, m);
  EXPECT_EQ(counts(built.world.tables[db.visits].parents[db.country_fk], Visits::countries_n),
            counts(db.data.tables[db.visits].parents[db.country_fk], Visits::countries_n));
  std::vector<uint32_t> drawn = counts(built.world.tables[db.visits].parents[db.city_fk], Visits::cities_n),
                        source = counts(db.data.tables[db.visits].parents[db.city_fk], Visits::cities_n);
  for (size_t c = 0; c < drawn.size(); ++c) EXPECT_NEAR(drawn[c], source[c], 5) << c;
}

}  // namespace
}  // namespace relsynth::core
