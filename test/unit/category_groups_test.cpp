// Categories of more values than codes: which values share one.
#include "core/category_groups.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/train.h"
#include "database.h"

namespace relsynth::core {
namespace {

// Flights from 1,000 airports in 50 countries, each in one zone or, `free`, in any.
struct Flights : test::TrainingData {
  static constexpr size_t n = 40000, airports = 1000, countries = 50;
  int flights, airport, country;

  explicit Flights(bool free) {
    flights = table("flights", n);
    std::vector<int64_t> of, where;
    for (size_t r = 0; r < n; ++r) {
      Stream random(5, 1, r, 1);
      of.push_back(static_cast<int64_t>(random.below(airports)));
      where.push_back(free ? static_cast<int64_t>(random.below(countries)) : of.back() % static_cast<int64_t>(countries));
    }
    country = column(flights, where);
    airport = column(flights, of, Encoding::Category);
    SourceColumn &values = data.tables[flights].columns[airport];
    schema.tables[flights].columns[airport].cls = TypeClass::Text;
    values.repr = Repr::Text;
    values.ints.clear();
    for (size_t a = 0; a < airports; ++a) values.pool.push_back("A" + std::to_string(a));
    for (int64_t a : of) values.ids.push_back(static_cast<uint32_t>(a));
    plan.min_count = 8;
  }
};

TEST(CategoryGroups, ValuesOfOneCompanyShareACode) {
  Flights db(false);
  const Model model = train(db.schema, db.plan, db.data, {});
  const Codec &codec = model.tables[db.flights].codecs[db.airport];
  ASSERT_FALSE(codec.category.begin.empty());
  EXPECT_EQ(codec.category.texts.size(), Flights::airports);
  EXPECT_LE(codec.codes, 129);
  EXPECT_GE(codec.codes, 51);
  std::map<int, std::set<int>> countries;
  for (size_t g = 0; g + 1 < codec.category.begin.size(); ++g)
    for (size_t i = codec.category.begin[g]; i < codec.category.begin[g + 1]; ++i)
      countries[static_cast<int>(g)].insert(std::stoi(codec.category.texts[i].substr(1)) % 50);
  for (const auto &[group, of] : countries) EXPECT_EQ(of.size(), 1u) << group;
}

TEST(CategoryGroups, ChanceDividesNothing) {
  Flights db(true);
  const Model model = train(db.schema, db.plan, db.data, {});
  const Codec &codec = model.tables[db.flights].codecs[db.airport];
  EXPECT_EQ(codec.category.texts.size(), Flights::airports);
  // By frequency, as nothing tells the values apart.
  EXPECT_EQ(codec.category.begin.size(), 129u);
  EXPECT_GE(codec.category.rows.front(), codec.category.rows.back());
}

}  // namespace
}  // namespace relsynth::core
