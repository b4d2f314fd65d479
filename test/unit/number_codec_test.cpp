#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/number_codec.h"
#include "core/support.h"

#include "codec_fixture.h"

namespace relsynth::core::testing {
namespace {

std::vector<int64_t> spread_ints(size_t n, int64_t span, uint64_t seed = 7) {
  std::vector<int64_t> values;
  Stream random(seed, 0, 0, 0);
  for (size_t i = 0; i < n; ++i) values.push_back(static_cast<int64_t>(random.below(static_cast<uint64_t>(span))));
  return values;
}

TEST(Support, ThresholdShrinksInSmallTablesAndObeysTheSetting) {
  EXPECT_EQ(support_threshold(1000, 8, false), 8u);
  EXPECT_EQ(support_threshold(64, 8, false), 4u);
  EXPECT_EQ(support_threshold(5, 8, false), 2u);
  EXPECT_EQ(support_threshold(5, 8, true), 8u);
  EXPECT_EQ(support_threshold(1000, 1, false), 1u);
  EXPECT_EQ(support_threshold(1000, 1, true), 2u);
}

TEST(NumberCodec, codes_ascend_with_the_value) {
  std::vector<int64_t> values = spread_ints(5000, 1000000);
  SourceColumn source = ints(values);
  Codec codec = learn(column_of(TypeClass::Int), Encoding::Number, source);
  EXPECT_TRUE(codec.ordered);
  EXPECT_GT(codec.codes, 100);
  EXPECT_LE(codec.codes, 1 + max_codes);
  std::vector<Code> codes = encode(codec, source);
  std::vector<size_t> order(values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  for (size_t i = 1; i < order.size(); ++i) ASSERT_LE(codes[order[i - 1]], codes[order[i]]);
}

TEST(NumberCodec, drawn_values_come_back_to_their_code) {
  Column column = column_of(TypeClass::Int);
  Codec codec = learn(column, Encoding::Number, ints(spread_ints(5000, 100000)));
  NumberEncoder encoder(codec.number);
  ValueColumn out;
  out.repr = Repr::Int;
  out.resize(1);
  int near = 0, total = 0;
  for (int code = 1; code < codec.codes; ++code)
    for (uint64_t i = 0; i < 20; ++i, ++total) {
      Stream random(1, 2, i, static_cast<uint64_t>(code));
      decode(codec, column, static_cast<Code>(code), random, out, 0);
      near += std::abs(int{encoder.encode(static_cast<double>(out.ints[0]))} - code) <= 1;
    }
  EXPECT_EQ(near, total);
}

TEST(NumberCodec, nothing_beyond_the_trimmed_ends) {
  std::vector<int64_t> values = spread_ints(4000, 100000);
  values[0] = 5000000;
  values[1] = -5000000;
  std::vector<int64_t> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  Column column = column_of(TypeClass::Int);
  ValueColumn out = draw(learn(column, Encoding::Number, ints(values)), column, 20000);
  EXPECT_GE(*std::min_element(out.ints.begin(), out.ints.end()), sorted[7]);
  EXPECT_LE(*std::max_element(out.ints.begin(), out.ints.end()), sorted[sorted.size() - 8]);
}

TEST(NumberCodec, shape_is_kept) {
  std::vector<double> values;
  Stream random(3, 0, 0, 0);
  for (int i = 0; i < 20000; ++i)
    values.push_back(std::round(std::exp(3 + random.uniform() + random.uniform() + random.uniform()) * 100) / 100);
  Column column = column_of(TypeClass::Numeric);
  ValueColumn out = draw(learn(column, Encoding::Number, floats(values, 2)), column, 20000);
  std::sort(values.begin(), values.end());
  std::sort(out.floats.begin(), out.floats.end());
  double worst = 0;
  for (size_t i = 100; i < values.size(); i += 100) {
    double rank = static_cast<double>(std::lower_bound(out.floats.begin(), out.floats.end(), values[i]) - out.floats.begin());
    worst = std::max(worst, std::fabs(rank - static_cast<double>(i)) / static_cast<double>(values.size()));
  }
  EXPECT_LT(worst, 0.02);
  EXPECT_EQ(out.decimals, 2);
}

TEST(NumberCodec, values_lie_on_the_grid) {
  std::vector<double> values;
  for (int i = 0; i < 3000; ++i) values.push_back((i * 7919) % 900 + 0.99);
  Column column = column_of(TypeClass::Numeric);
  Codec codec = learn(column, Encoding::Number, floats(values, 2));
  EXPECT_DOUBLE_EQ(codec.number.step, 1);
  ValueColumn out = draw(codec, column, 2000);
  for (double v : out.floats) ASSERT_NEAR(v - std::floor(v), 0.99, 1e-9);
}

TEST(NumberCodec, endings_keep_their_shares) {
  std::vector<double> values;
  Stream random(5, 0, 0, 0);
  for (int i = 0; i < 20000; ++i) {
    double whole = static_cast<double>(random.below(20000)), u = random.uniform();
    values.push_back(whole + (u < 0.6 ? 0.99 : u < 0.8 ? 0.5 : static_cast<double>(random.below(100)) / 100));
  }
  Column column = column_of(TypeClass::Numeric);
  ValueColumn out = draw(learn(column, Encoding::Number, floats(values, 2)), column, 20000);
  double nines = 0, halves = 0;
  for (double v : out.floats) {
    int cents = static_cast<int>(std::lround(v * 100)) % 100;
    nines += cents == 99;
    halves += cents == 50;
  }
  EXPECT_NEAR(nines / 20000, 0.6, 0.03);
  EXPECT_NEAR(halves / 20000, 0.2, 0.03);
}

TEST(NumberCodec, timestamps_at_midnight_stay_there) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < 4000; ++i) values.push_back((i * 37 % 3000) * 86400000000LL);
  Column column = column_of(TypeClass::Timestamp);
  Codec codec = learn(column, Encoding::Number, ints(values));
  EXPECT_DOUBLE_EQ(codec.number.step, 86400e6);
  for (int64_t v : draw(codec, column, 2000).ints) ASSERT_EQ(v % 86400000000LL, 0);
}

TEST(NumberCodec, weekdays_keep_their_shares) {
  std::vector<int64_t> values;
  Stream random(9, 0, 0, 0);
  while (values.size() < 10000) {
    int64_t day = static_cast<int64_t>(random.below(4000));
    if (day % 7 < 5) values.push_back(day);
  }
  Column column = column_of(TypeClass::Date);
  int weekend = 0;
  for (int64_t day : draw(learn(column, Encoding::Number, ints(values)), column, 10000).ints) weekend += day % 7 >= 5;
  EXPECT_LT(weekend, 200);
}

TEST(NumberCodec, shared_values_are_spikes) {
  std::vector<int64_t> values = spread_ints(3000, 1000000);
  for (size_t i = 0; i < 1000; ++i) values[i] = 0;
  Column column = column_of(TypeClass::Int);
  ValueColumn out = draw(learn(column, Encoding::Number, ints(values)), column, 9000);
  EXPECT_NEAR(static_cast<double>(std::count(out.ints.begin(), out.ints.end(), 0)) / 9000, 1.0 / 3, 0.03);
}

TEST(NumberCodec, one_entity_makes_no_spike) {
  std::vector<int64_t> values = spread_ints(2000, 1000000);
  std::vector<uint32_t> entity = own_entities(2000);
  for (size_t i = 0; i < 600; ++i) values[i] = 424242, entity[i] = 0;
  Column column = column_of(TypeClass::Int);
  ColumnPlan plan;
  plan.encoding = Encoding::Number;
  Codec codec = make_codec(table_of(column), column, plan, ints(values), entity, 2000, 8);
  for (const NumberCodec::Bin &bin : codec.number.bins) ASSERT_FALSE(bin.low == 424242 && bin.high == 424242);
}

TEST(NumberCodec, special_values) {
  std::vector<double> values(100);
  for (size_t i = 0; i < 100; ++i) values[i] = static_cast<double>(i % 10) / 4;
  values[3] = NAN;
  values[4] = INFINITY;
  values[5] = -INFINITY;
  Column column = column_of(TypeClass::Float);
  SourceColumn source = floats(values);
  Codec codec = learn(column, Encoding::Number, source);
  std::vector<Code> codes = encode(codec, source);
  ValueColumn out;
  out.repr = Repr::Float;
  out.resize(1);
  Stream random(1, 1, 1, 1);
  decode(codec, column, codes[3], random, out, 0);
  EXPECT_TRUE(std::isnan(out.floats[0]));
  decode(codec, column, codes[4], random, out, 0);
  EXPECT_EQ(out.floats[0], INFINITY);
  decode(codec, column, codes[5], random, out, 0);
  EXPECT_EQ(out.floats[0], -INFINITY);
}

TEST(NumberCodec, infinite_dates) {
  std::vector<int64_t> values = spread_ints(200, 3000);
  for (size_t i = 0; i < 50; ++i) values[i] = INT64_MAX;
  values[60] = INT64_MIN;
  Column column = column_of(TypeClass::Date);
  ValueColumn out = draw(learn(column, Encoding::Number, ints(values)), column, 2000);
  EXPECT_GT(std::count(out.ints.begin(), out.ints.end(), INT64_MAX), 300);
  for (int64_t v : out.ints) ASSERT_TRUE(v == INT64_MAX || v == INT64_MIN || (v >= 0 && v < 3000));
}

TEST(NumberCodec, ends_of_bigint_do_not_overflow) {
  std::vector<int64_t> values = spread_ints(100, 1000);
  for (size_t i = 0; i < 20; ++i) values[i] = INT64_MAX;
  for (size_t i = 20; i < 40; ++i) values[i] = INT64_MIN;
  Column column = column_of(TypeClass::Int, "c", 20);
  Codec codec = learn(column, Encoding::Number, ints(values));
  ValueColumn out = draw(codec, column, 500);
  for (int attempt = 1; attempt < 60; ++attempt) {
    Stream random(1, 1, 1, 1, static_cast<uint64_t>(attempt));
    Code code = 0;
    EXPECT_TRUE(decode_widened(codec, column, attempt, random, out, 0, code));
  }
}

TEST(NumberCodec, types_bound_their_values) {
  Column small = column_of(TypeClass::Int, "c", 21), fixed = column_of(TypeClass::Numeric);
  fixed.precision = 5;
  fixed.scale = 2;
  Codec ints_codec = learn(small, Encoding::Number, ints(spread_ints(500, 32767))),
        codec = learn(fixed, Encoding::Number, floats(std::vector<double>(50, 999.99), 2));
  ValueColumn out;
  out.repr = Repr::Int;
  out.resize(1);
  ValueColumn number;
  number.repr = Repr::Float;
  number.resize(1);
  for (int attempt = 1; attempt < 80; ++attempt) {
    Stream random(4, 1, 1, 1, static_cast<uint64_t>(attempt));
    Code code = 0;
    decode_widened(ints_codec, small, attempt, random, out, 0, code);
    ASSERT_TRUE(out.ints[0] >= -32768 && out.ints[0] <= 32767);
    decode_widened(codec, fixed, attempt, random, number, 0, code);
    ASSERT_LE(std::fabs(number.floats[0]), 999.99);
  }
  EXPECT_LE(capacity(ints_codec, small), 65536);
  EXPECT_GT(capacity(ints_codec, small), 32000);
}

TEST(NumberCodec, widening_gives_new_values) {
  Column column = column_of(TypeClass::Int, "c", 23);
  Codec codec = learn(column, Encoding::Number, ints(std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  std::set<int64_t> seen;
  ValueColumn out;
  out.repr = Repr::Int;
  out.resize(1);
  for (uint64_t row = 0; row < 1000; ++row)
    for (int attempt = 1; attempt < 40; ++attempt) {
      Stream random(1, 1, row, 1, static_cast<uint64_t>(attempt));
      Code code = 0;
      ASSERT_TRUE(decode_widened(codec, column, attempt, random, out, 0, code));
      if (seen.insert(out.ints[0]).second) break;
    }
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_GE(*seen.begin(), 0);
}

TEST(NumberCodec, few_values_give_magnitudes_only) {
  Column column = column_of(TypeClass::Int);
  for (size_t n : {1u, 2u, 3u}) {
    std::vector<int64_t> values;
    for (size_t i = 0; i < n; ++i) values.push_back(48211 + static_cast<int64_t>(i) * 1009);
    Codec codec = learn(column, Encoding::Number, ints(values));
    ASSERT_FALSE(codec.number.bins.empty());
    for (const NumberCodec::Bin &bin : codec.number.bins) {
      EXPECT_LT(bin.low, bin.high);
      for (int64_t v : values) EXPECT_TRUE(bin.low != static_cast<double>(v) && bin.high != static_cast<double>(v));
    }
    for (int64_t v : draw(codec, column, 200).ints) ASSERT_TRUE(v >= 0 && v < 200000);
  }
}

TEST(NumberCodec, empty_and_null_columns) {
  Column column = column_of(TypeClass::Int);
  Codec none = learn(column, Encoding::Number, ints({}));
  EXPECT_EQ(none.codes, 1);
  SourceColumn nulls = ints(std::vector<int64_t>(10, 0));
  nulls.nulls.assign(10, 1);
  Codec codec = learn(column, Encoding::Number, nulls);
  EXPECT_EQ(codec.counts[0], 10u);
  EXPECT_TRUE(draw(codec, column, 3).nulls[0]);
}

TEST(NumberCodec, same_draws_for_the_same_stream) {
  Column column = column_of(TypeClass::Int);
  SourceColumn source = ints(spread_ints(1000, 5000));
  EXPECT_EQ(draw(learn(column, Encoding::Number, source), column, 500).ints,
            draw(learn(column, Encoding::Number, source), column, 500).ints);
}

TEST(NumberCodec, floats_keep_their_decimals) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<double>(static_cast<float>((i * 37 % 700) / 10.0)));
  Column column = column_of(TypeClass::Float, "c", 700);
  Codec codec = learn(column, Encoding::Number, floats(values));
  EXPECT_NEAR(codec.number.step, 0.1, 1e-9);
  for (double v : draw(codec, column, 500).floats) ASSERT_NEAR(v * 10, std::round(v * 10), 1e-4);
}

}  // namespace
}  // namespace relsynth::core::testing
