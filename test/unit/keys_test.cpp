// Key values: hash sets, uuids, conversions between the columns of a foreign key.
#include "core/keys.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace relsynth::core {
namespace {

TEST(HashSet, AgreesWithASetUnderInsertAndErase) {
  HashSet set;
  std::set<uint64_t> truth;
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    uint64_t x = 1 + random() % 5000;  // neighbours: long runs
    if (random() % 3) {
      ASSERT_EQ(set.insert(x), truth.insert(x).second);
    } else {
      set.erase(x);
      truth.erase(x);
    }
  }
  ASSERT_EQ(set.size(), truth.size());
  for (uint64_t x = 0; x < 5002; ++x) ASSERT_EQ(set.contains(x), truth.count(x) > 0 || (x == 0 && truth.count(1))) << x;
}

TEST(Uuid, IsOfVersionFourAndDiffers) {
  std::set<std::string> seen;
  for (uint64_t row = 0; row < 1000; ++row) {
    Stream random(1, 2, row, 3);
    std::string uuid = uuid_text(random);
    ASSERT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    EXPECT_EQ(uuid.find_first_not_of("0123456789abcdef-"), std::string::npos);
    for (int dash : {8, 13, 18, 23}) EXPECT_EQ(uuid[dash], '-');
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

ValueColumn column(Repr repr) {
  ValueColumn c;
  c.repr = repr;
  c.resize(2);
  return c;
}

Column type(TypeClass cls, bool padded = false) {
  Column c;
  c.cls = cls;
  c.blank_padded = padded;
  return c;
}

TEST(Convert, FollowsTheTypesOfBothColumns) {
  ValueColumn number = column(Repr::Int), numeric = column(Repr::Float), text = column(Repr::Text);
  number.ints = {42, -3};
  number.nulls = {0, 1};
  convert(number, 0, type(TypeClass::Int), numeric, 0, type(TypeClass::Numeric));
  EXPECT_EQ(numeric.floats[0], 42);
  convert(number, 1, type(TypeClass::Int), numeric, 1, type(TypeClass::Numeric));
  EXPECT_EQ(numeric.nulls[1], 1);
  number.nulls[1] = 0;
  convert(numeric, 0, type(TypeClass::Numeric), number, 1, type(TypeClass::Int));
  EXPECT_EQ(number.ints[1], 42);
  number.ints[0] = 2;
  convert(number, 0, type(TypeClass::Date), number, 1, type(TypeClass::Timestamp));
  EXPECT_EQ(number.ints[1], 2 * 86400000000LL);
  text.texts = {"abc  ", ""};
  convert(text, 0, type(TypeClass::Text, true), text, 1, type(TypeClass::Text));
  EXPECT_EQ(text.texts[1], "abc");
  convert(text, 0, type(TypeClass::Text, true), text, 1, type(TypeClass::Text, true));
  EXPECT_EQ(text.texts[1], "abc  ");
}

}  // namespace
}  // namespace relsynth::core
