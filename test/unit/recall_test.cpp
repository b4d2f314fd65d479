// Values that the rows of a group have again, by kind: planted, found, and held in drawn rows.
#include "core/recall.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

constexpr size_t customers = 300, each = 8;

// Three of four orders go to the address that the customer's last order of its way went to; one customer in ten gives none.
PlantedSource shop() {
  PlantedSource s;
  auto way = [](size_t r) { return chance(r, 1, 2); };
  auto fresh = [](size_t r) { return chance(r, 2, 4) == 0; };
  auto address = [=](size_t r) {
    size_t from = r;
    for (size_t back = r; back % each > 0 && !fresh(from);)
      if (way(--back) == way(r)) from = back;
    return std::to_string(1 + chance(from, 3, 99)) + " " + std::string{"ABCDEFGHIJ"[chance(from, 4, 10)]} + "x" +
           std::string{"klmnopqrst"[chance(from, 5, 10)]} + "y" + std::string{"aeiou"[chance(from, 6, 5)]} + " Street";
  };
  s.table("customer", customers).ints("age", [](size_t r) { return 18 + chance(r, 7, 60); });
  s.table("orders", customers * each).refers("customer_id", "customer", [](size_t r) { return static_cast<int32_t>(r / each); });
  s.texts("way", [=](size_t r) { return way(r) == 0 ? "post" : "courier"; });
  s.texts("address", [=](size_t r) { return r / each % 10 == 0 ? std::optional<std::string>() : address(r); });
  s.numbers("total", 2, [](size_t r) { return static_cast<double>(chance(r, 8, 1000000)) / 100; });
  return s;
}

// Of the rows whose customer has an earlier one of the same way: the share with that one's address.
template <class Text>
double again(size_t rows, const Text &text, bool by_way) {
  std::map<std::string, std::string> last;
  double all = 0, same = 0;
  for (size_t r = 0; r < rows; ++r) {
    const std::string address = text(3, r), key = text(1, r) + "/" + (by_way ? text(2, r) : "");
    if (address.empty()) continue;
    if (auto known = last.find(key); known != last.end()) {
      ++all;
      same += known->second == address;
    }
    last[key] = address;
  }
  return same / all;
}

double again(const Database &db, bool by_way = true) {
  return again(
      db.tables[1].rows, [&](int c, size_t r) { return db.tables[1].columns[c].nulls[r] ? "" : db.text(1, c, r); }, by_way);
}

TEST(Recall, FindsTheKindAndOnlyWhatComesAgain) {
  PlantedSource s = shop();
  s.settle();
  const RecallRule &address = s.column("orders", "address").recall;
  EXPECT_EQ(describe_recall(address, s.schema, 1), "again as in the last row of the group with the same way");
  EXPECT_NEAR(address.share, 0.75, 0.04);
  EXPECT_EQ(s.column("orders", "total").recall.rows, 0u);
  EXPECT_EQ(s.column("customer", "age").recall.rows, 0u);
}

TEST(Recall, RowsHaveItAgain) {
  Database db = shop().draw();
  EXPECT_NEAR(again(db), 0.75, 0.04);
  EXPECT_LT(again(db, false), 0.6);
  std::set<std::string> made;
  for (size_t r = 0; r < db.tables[1].rows; ++r) made.insert(db.text(1, 3, r));
  EXPECT_GT(made.size(), 400u);
}

TEST(Recall, ConfigTurnsItOff) {
  PlantedSource s = shop();
  Config config;
  config.without_rules = {"orders.address"};
  s.settle(config);
  EXPECT_EQ(s.column("orders", "address").recall.rows, 0u);
}

TEST(Recall, SameRowsWhateverTheThreadsAndTheBlocks) {
  Database one = shop().learn(), other = shop().learn();
  draw_all(one, 1000, 1);
  draw_all(other, 37, 3);
  EXPECT_TRUE(same_rows(one, other));
}

// Rows that are drawn again for a key keep what the others of their group have.
TEST(Recall, HoldsUnderAUniqueKey) {
  PlantedSource s = shop();
  s.builder().key({"customer_id", "address", "total"});
  Database db = s.draw();
  EXPECT_NEAR(again(db), 0.75, 0.05);
}

}  // namespace
}  // namespace relsynth::core::test
