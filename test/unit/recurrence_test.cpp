// Values that a codec does not keep come again as often as in the source, made up.
#include "core/recurrence.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "codec_fixture.h"

namespace relsynth::core {
namespace {

TEST(Recurrence, TellsValuesByTheirFrequency) {
  Recurrence none = learn_recurrence(std::vector<uint32_t>(500, 1));
  Stream random(1, 2, 3, 4);
  uint32_t value = 0;
  EXPECT_FALSE(draw_recurring(none, random, value));
  EXPECT_FALSE(draw_recurring(learn_recurrence({}), random, value));
  // 100 values of 20 rows, 50 of 2, 100 of one.
  std::vector<uint32_t> rows(100, 20);
  rows.insert(rows.end(), 50, 2);
  rows.insert(rows.end(), 100, 1);
  Recurrence some = learn_recurrence(rows);
  EXPECT_EQ(some.values, 150u);
  std::map<uint32_t, uint32_t> counts;
  size_t fresh = 0;
  for (int i = 0; i < 2200; ++i) {
    if (draw_recurring(some, random, value))
      ++counts[value];
    else
      ++fresh;
  }
  EXPECT_NEAR(static_cast<double>(fresh), 100, 40);
  EXPECT_GT(counts.size(), 120u);
  EXPECT_LE(counts.size(), 150u);
}

// Streets that two or three customers live in, and codes of meters of which there are 40 for 4000 readings.
TEST(Recurrence, RareTextsAndNumbersAreMadeUpOnce) {
  std::vector<std::string> streets;
  std::vector<int64_t> meters;
  for (int i = 0; i < 600; ++i)
    streets.push_back("Street of the " + std::string(1, static_cast<char>('a' + i / 30)) + std::to_string(i / 3));
  for (int i = 0; i < 4000; ++i) meters.push_back(100000 + 977 * (i % 40) * (i % 40));
  std::vector<uint32_t> entity(4000);
  for (size_t r = 0; r < entity.size(); ++r) entity[r] = static_cast<uint32_t>(r % 40);
  for (bool text : {true, false}) {
    SourceColumn source = text ? testing::texts(streets) : testing::ints(meters);
    Table table;
    Column column;
    column.name = "value";
    column.cls = text ? TypeClass::Text : TypeClass::Int;
    ColumnPlan plan;
    plan.encoding = text ? Encoding::Pattern : Encoding::Number;
    std::vector<uint32_t> entities(entity);
    if (text) {
      entities.resize(600);
      std::iota(entities.begin(), entities.end(), 0u);
    }
    Codec codec = make_codec(table, column, plan, source, entities, text ? 600 : 40, 8);
    std::vector<Code> codes = encode(codec, source);
    ValueColumn out;
    out.repr = source.repr;
    out.resize(codes.size());
    std::set<std::string> seen;
    for (size_t r = 0; r < codes.size(); ++r) {
      Stream random(7, 1, r, 1);
      decode(codec, column, codes[r], random, out, r);
      seen.insert(text ? out.texts[r] : std::to_string(out.ints[r]));
    }
    size_t distinct = text ? 200 : 40;
    EXPECT_LE(seen.size(), distinct * 11 / 10);
    EXPECT_GE(seen.size(), distinct * 6 / 10);
  }
}

}  // namespace
}  // namespace relsynth::core
