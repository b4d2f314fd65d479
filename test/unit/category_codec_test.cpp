#include "core/category_codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "core/number_codec.h"

#include "codec_fixture.h"

namespace relsynth::core::testing {
namespace {

std::vector<std::string> repeated(const std::vector<std::pair<std::string, int>> &counts) {
  std::vector<std::string> values;
  for (const auto &[text, n] : counts) values.insert(values.end(), static_cast<size_t>(n), text);
  return values;
}

TEST(CategoryCodec, shared_values_have_codes_of_their_own) {
  SourceColumn source = texts(repeated({{"open", 50}, {"closed", 30}, {"lost", 20}}));
  Column column = column_of(TypeClass::Text);
  Codec codec = learn(column, Encoding::Category, source);
  EXPECT_EQ(codec.codes, 4);
  EXPECT_FALSE(codec.category.rare);
  EXPECT_EQ(codec.category.texts[0], "open");
  EXPECT_EQ(codec.counts, (std::vector<uint32_t>{0, 50, 30, 20}));
  EXPECT_EQ(capacity(codec, column), 3);
}

TEST(CategoryCodec, rare_values_are_never_drawn) {
  std::vector<std::string> values = repeated({{"Berlin", 60}, {"Hamburg", 40}});
  std::set<std::string> rare;
  for (int i = 0; i < 30; ++i) {
    std::string name = "Kleinhausen" + std::string(static_cast<size_t>(1 + i % 5), static_cast<char>('a' + i % 26));
    for (int k = 0; k < 3; ++k) values.push_back(name);
    rare.insert(name);
  }
  Column column = column_of(TypeClass::Text);
  Codec codec = learn(column, Encoding::Category, texts(values));
  EXPECT_TRUE(codec.category.rare);
  ValueColumn out = draw(codec, column, 5000);
  size_t fresh = 0;
  for (const std::string &text : out.texts) {
    ASSERT_EQ(rare.count(text), 0u) << text;
    fresh += text != "Berlin" && text != "Hamburg";
  }
  EXPECT_NEAR(static_cast<double>(fresh) / 5000, 90.0 / 190, 0.03);
}

TEST(CategoryCodec, counts_entities_not_rows) {
  std::vector<std::string> values = repeated({{"a", 100}, {"secret", 100}});
  std::vector<uint32_t> entity = own_entities(200);
  for (size_t i = 100; i < 200; ++i) entity[i] = 100;
  Column column = column_of(TypeClass::Text);
  ColumnPlan plan;
  plan.encoding = Encoding::Category;
  Codec codec = make_codec(table_of(column), column, plan, texts(values), entity, 101, 8);
  EXPECT_EQ(codec.category.texts, std::vector<std::string>{"a"});
}

TEST(CategoryCodec, tiny_tables_need_two) {
  Column column = column_of(TypeClass::Text);
  Codec codec = learn(column, Encoding::Category, texts({"x", "x", "y", "y", "z"}));
  EXPECT_EQ(codec.category.texts, (std::vector<std::string>{"x", "y"}));
  for (const std::string &text : draw(codec, column, 300).texts) ASSERT_FALSE(text.empty());
}

TEST(CategoryCodec, enums_keep_the_order_of_their_labels) {
  Column column = column_of(TypeClass::Enum);
  column.labels = {"low", "middle", "high"};
  Codec codec = learn(column, Encoding::Category, texts(repeated({{"high", 50}, {"low", 3}, {"middle", 20}})));
  EXPECT_TRUE(codec.ordered);
  EXPECT_EQ(codec.category.texts, column.labels);
}

TEST(CategoryCodec, booleans) {
  Column column = column_of(TypeClass::Bool);
  std::vector<int64_t> values(100, 0);
  values[5] = 1;
  Codec codec = learn(column, Encoding::Category, ints(values));
  EXPECT_EQ(codec.codes, 3);
  for (int64_t v : draw(codec, column, 200).ints) ASSERT_TRUE(v == 0 || v == 1);
}

TEST(CategoryCodec, more_values_than_codes) {
  std::vector<std::string> values;
  for (int v = 0; v < 400; ++v)
    for (int i = 0; i < 10; ++i) values.push_back("v" + std::to_string(v));
  Column column = column_of(TypeClass::Text);
  Codec codec = learn(column, Encoding::Category, texts(values));
  EXPECT_EQ(codec.codes, 1 + 128);
  EXPECT_FALSE(codec.category.rare);
  EXPECT_EQ(category_size(codec.category), 400u);
  // Values of a code are drawn as often as they occur.
  SourceColumn one = texts({"v17"});
  const Code code = encode(codec, one)[0];
  std::map<std::string, int> drawn;
  ValueColumn out;
  out.repr = Repr::Text;
  out.resize(1);
  for (uint64_t i = 0; i < 4000; ++i) {
    Stream random(1, 1, i, 1);
    decode(codec, column, code, random, out, 0);
    ++drawn[out.texts[0]];
  }
  const size_t group = codec.category.begin[code] - codec.category.begin[code - 1];
  EXPECT_EQ(drawn.size(), group);
  EXPECT_NEAR(drawn["v17"], 4000.0 / static_cast<double>(group), 200);
  // Other groups: no value is lost, and codes follow.
  std::vector<uint32_t> by_last_digit;
  for (const std::string &text : codec.category.texts) by_last_digit.push_back(static_cast<uint32_t>(text.back() - '0'));
  regroup(codec, by_last_digit);
  EXPECT_EQ(codec.codes, 11);
  EXPECT_EQ(encode(codec, one)[0], 8);
  EXPECT_EQ(encode(codec, texts({"v7", "v398"})), (std::vector<Code>{8, 9}));
}

TEST(CategoryCodec, widening_visits_every_value_and_ends) {
  Column column = column_of(TypeClass::Text);
  Codec codec = learn(column, Encoding::Category, texts(repeated({{"a", 90}, {"b", 9}, {"c", 9}})));
  std::set<std::string> seen;
  ValueColumn out;
  out.repr = Repr::Text;
  out.resize(1);
  bool ended = false;
  for (int attempt = 1; attempt < 30 && !ended; ++attempt) {
    Stream random(1, 1, 1, 1, static_cast<uint64_t>(attempt));
    Code code = 0;
    ended = !decode_widened(codec, column, attempt, random, out, 0, code);
    if (!ended) seen.insert(out.texts[0]);
  }
  EXPECT_TRUE(ended);
  EXPECT_EQ(seen.size(), 3u);
}

TEST(CategoryCodec, constants) {
  Column column = column_of(TypeClass::Text);
  SourceColumn source = texts(repeated({{"EUR", 20}}));
  source.nulls[0] = 1;
  Codec codec = learn(column, Encoding::Constant, source);
  EXPECT_EQ(codec.counts, (std::vector<uint32_t>{1, 19}));
  ValueColumn out = draw(codec, column, 100);
  for (size_t i = 0; i < 100; ++i) ASSERT_TRUE(out.nulls[i] || out.texts[i] == "EUR");
  EXPECT_EQ(describe(codec), "one value");
  EXPECT_EQ(capacity(codec, column), 1);
}

TEST(CategoryCodec, padding_is_not_part_of_the_value) {
  Column column = column_of(TypeClass::Text);
  column.blank_padded = true;
  column.max_length = 5;
  SourceColumn source = texts(repeated({{"ab   ", 20}, {"c    ", 20}}));
  Codec codec = learn(column, Encoding::Category, source);
  EXPECT_EQ(codec.counts, (std::vector<uint32_t>{0, 20, 20}));
}

TEST(CategoryCodec, integers_and_floats) {
  std::vector<int64_t> values;
  for (int i = 0; i < 100; ++i) values.push_back(i < 90 ? i % 3 : 1000 + i);
  Column column = column_of(TypeClass::Int);
  Codec codec = learn(column, Encoding::Category, ints(values));
  EXPECT_EQ(codec.category.ints, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_TRUE(codec.category.rare);
  draw(codec, column, 100);
  Column real = column_of(TypeClass::Float);
  std::vector<double> numbers(40, 0.5);
  numbers[0] = NAN;
  Codec floating = learn(real, Encoding::Category, floats(numbers));
  EXPECT_EQ(floating.category.floats, std::vector<double>{0.5});
  draw(floating, real, 100);
}

TEST(ChooseEncoding, by_type_and_values) {
  std::vector<std::string> status, names, countries, cities;
  for (int i = 0; i < 40; ++i) {
    status.push_back(i % 3 ? "open" : "closed");
    names.push_back("Person Number" + std::string(1, static_cast<char>('a' + i % 26)) + std::string(1, static_cast<char>('a' + i / 26)));
    countries.push_back("Land" + std::to_string(i % 10));
  }
  Column text = column_of(TypeClass::Text);
  EXPECT_EQ(chosen(text, texts(status)), Encoding::Category);
  EXPECT_EQ(chosen(text, texts(countries)), Encoding::Category);
  EXPECT_EQ(chosen(text, texts(names)), Encoding::Pattern);
  EXPECT_EQ(chosen(text, texts(status), "things", true), Encoding::Pattern);
  EXPECT_EQ(chosen(column_of(TypeClass::Text, "first_name"), texts(status)), Encoding::Pattern);
  EXPECT_EQ(chosen(text, texts({"same", "same"})), Encoding::Constant);
  EXPECT_EQ(chosen(text, texts({"one"})), Encoding::Pattern);
  EXPECT_EQ(chosen(text, texts({})), Encoding::Constant);
  EXPECT_EQ(chosen(column_of(TypeClass::Int), ints({1, 2, 3})), Encoding::Number);
  EXPECT_EQ(chosen(column_of(TypeClass::Int), ints({5, 5, 5})), Encoding::Constant);
  EXPECT_EQ(chosen(column_of(TypeClass::Int), ints({5})), Encoding::Number);
  EXPECT_EQ(chosen(column_of(TypeClass::Bool), ints({1, 1})), Encoding::Category);
  EXPECT_EQ(chosen(column_of(TypeClass::Enum), texts({"a"})), Encoding::Category);
  EXPECT_EQ(chosen(column_of(TypeClass::Json), texts({"{\"a\": 1}", "{\"a\": 2}"})), Encoding::Structure);
  EXPECT_EQ(chosen(column_of(TypeClass::Float), floats({NAN, NAN})), Encoding::Number);
}

}  // namespace
}  // namespace relsynth::core::testing
