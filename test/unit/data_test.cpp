#include "core/data.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace relsynth::core {
namespace {

// Scales of numbers as "12.50" (2, 1).
int padded(const std::vector<std::pair<int, int>> &numbers) {
  Scales scales;
  for (auto [scale, needed] : numbers) scales.add(scale, needed);
  return scales.padded();
}

TEST(Scales, ZerosAtTheEndArePrintedWhereTheSourceHasThem) {
  EXPECT_EQ(padded({{2, 2}, {1, 1}, {0, 0}, {6, 6}}), 0);                  // 30.12 30.1 30 37.123456
  EXPECT_EQ(padded({{1, 0}, {1, 1}, {2, 2}, {1, 0}}), 1);                  // 30.0 30.1 30.12
  EXPECT_EQ(padded({{2, 2}, {2, 1}, {2, 0}, {2, 2}}), 2);                  // 12.34 12.50 13.00
  EXPECT_EQ(padded({{2, 2}, {2, 1}, {2, 0}, {2, 2}, {0, 0}, {3, 3}}), 2);  // one of them is 12
  EXPECT_EQ(padded({{2, 2}, {2, 2}}), 2);                                  // nothing known
  EXPECT_EQ(padded({}), -1);
}

TEST(HashValue, WholeNumbersHashAlikeAsIntAndFloat) {
  for (int64_t v : {int64_t{0}, int64_t{1}, int64_t{-7}, int64_t{1} << 40}) EXPECT_EQ(hash_int(v), hash_float(static_cast<double>(v))) << v;
  EXPECT_NE(hash_int(1), hash_float(1.5));
  EXPECT_EQ(hash_float(-0.0), hash_float(0.0));
  EXPECT_EQ(hash_float(std::nan("1")), hash_float(std::nan("2")));
  EXPECT_NE(hash_float(std::numeric_limits<double>::infinity()), hash_float(-std::numeric_limits<double>::infinity()));
}

TEST(HashValue, TextFollowsTheTypesEquality) {
  Column plain, padded, folded;
  padded.blank_padded = true;
  folded.case_insensitive = true;
  EXPECT_NE(hash_text("ab", plain), hash_text("ab ", plain));
  EXPECT_EQ(hash_text("ab", padded), hash_text("ab  ", padded));
  EXPECT_NE(hash_text("Ab", plain), hash_text("aB", plain));
  EXPECT_EQ(hash_text("Straße ÄÉ Ωд", folded), hash_text("STRAßE äé ωД", folded));
  EXPECT_NE(hash_text("abcdefgh1", plain), hash_text("abcdefgh2", plain));
  EXPECT_NE(hash_text("", plain), hash_null);
}

TEST(HashValue, ColumnsOfBothKindsAgree) {
  Column type;
  SourceColumn source;
  source.repr = Repr::Text;
  source.pool = {"x", "y"};
  source.ids = {1, 0, 0};
  source.nulls = {0, 0, 1};
  ValueColumn value;
  value.repr = Repr::Text;
  value.resize(1);
  value.texts[0] = "y";
  EXPECT_EQ(hash_value(source, 0, type), hash_value(value, 0, type));
  EXPECT_NE(hash_value(source, 1, type), hash_value(value, 0, type));
  EXPECT_EQ(hash_value(source, 2, type), hash_null);
}

}  // namespace
}  // namespace relsynth::core
