#include "core/shapes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <regex>
#include <set>

#include "core/structure.h"

#include "codec_fixture.h"

namespace relsynth::core::testing {
namespace {

const Column text_column = column_of(TypeClass::Text);

// Made-up words that no two rows share.
std::string word_of(uint64_t i, size_t length) {
  std::string word;
  uint64_t bits = mix(i + 77);
  for (size_t n = 0; n < length; ++n, bits /= 11) word += n % 2 ? "aeiou"[bits % 5] : "bdklmnrstvw"[bits % 11];
  return word;
}
std::string capital(std::string word) {
  word[0] = static_cast<char>(word[0] - 32);
  return word;
}

ValueColumn draw_of(const std::vector<std::string> &values, const Column &column, Encoding encoding = Encoding::Pattern, size_t n = 500) {
  return draw(learn(column, encoding, texts(values)), column, n);
}

void all_match(const ValueColumn &out, const char *pattern) {
  std::regex form(pattern);
  for (const std::string &text : out.texts) ASSERT_TRUE(std::regex_match(text, form)) << text;
}

TEST(TextRuns, kinds_and_utf8) {
  std::vector<TextRun> runs;
  split_runs("Ünal-McDonald 42 ABC", runs);
  std::vector<RunKind> kinds;
  for (const TextRun &run : runs) kinds.push_back(run.kind);
  EXPECT_EQ(kinds, (std::vector<RunKind>{RunKind::Capital, RunKind::Punct, RunKind::Capital, RunKind::Capital, RunKind::Blank,
                                         RunKind::Digits, RunKind::Blank, RunKind::Upper}));
  EXPECT_EQ(runs[0].length, 4u);
  std::string text = "äöü";
  truncate_characters(text, 2);
  EXPECT_EQ(text, "äö");
  EXPECT_EQ(to_upper(U'ä'), U'Ä');
  EXPECT_EQ(to_lower(U'Ж'), U'ж');
  split_runs("4f3ac9b2", runs);
  EXPECT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].kind, RunKind::Code);
  split_runs("\xff\xc3", runs);  // not UTF-8
  split_runs("", runs);
  EXPECT_TRUE(runs.empty());
}

TEST(Shapes, codes_keep_what_all_share) {
  std::vector<std::string> values;
  for (int i = 0; i < 500; ++i) values.push_back("INV-2023-" + std::to_string(100000 + mix(static_cast<uint64_t>(i)) % 900000));
  all_match(draw_of(values, text_column), "INV-2023-[0-9]{6}");
}

TEST(Shapes, names_look_like_names_and_are_fresh) {
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 400; ++i) values.push_back(capital(word_of(i, 4 + i % 4)) + " " + capital(word_of(i + 9999, 6)));
  std::set<std::string> source(values.begin(), values.end());
  ValueColumn out = draw_of(values, text_column, Encoding::Pattern, 2000);
  all_match(out, "[A-Z][a-z]{3,6} [A-Z][a-z]{5}");
  for (const std::string &text : out.texts) ASSERT_EQ(source.count(text), 0u) << text;
  EXPECT_GT(std::set<std::string>(out.texts.begin(), out.texts.end()).size(), 1900u);
}

TEST(Shapes, common_parts_do_not_add_up_to_a_person) {
  std::vector<std::string> values;
  std::vector<std::string> first = {"Anna", "Otto", "Emil", "Lisa"}, last = {"Huber", "Maier", "Gruber", "Wagner"};
  for (size_t i = 0; i < 160; ++i) values.push_back(first[i % 4] + " " + last[(i / 4) % 3]);
  values.push_back("Emil Wagner");
  for (int i = 0; i < 10; ++i) values.push_back("Karl Wagner");
  for (const std::string &text : draw_of(values, text_column, Encoding::Pattern, 3000).texts) ASSERT_NE(text, "Emil Wagner");
}

TEST(Shapes, email_addresses) {
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 300; ++i) {
    std::string host = i % 3 ? "gmail.com" : word_of(i + 5000, 8) + ".de";
    values.push_back((i % 7 == 0 ? word_of(i, 5) + "_" + std::to_string(i) + "x" : word_of(i, 5) + "." + word_of(i + 1000, 6)) + "@" +
                     host);
  }
  std::set<std::string> source(values.begin(), values.end());
  ValueColumn out = draw_of(values, text_column);
  all_match(out, "[a-z0-9._]+@[a-z]+\\.[a-z]+");
  size_t common = 0;
  for (const std::string &text : out.texts) {
    ASSERT_EQ(source.count(text), 0u);
    common += text.ends_with("@gmail.com");
  }
  EXPECT_NEAR(static_cast<double>(common) / 500, 0.667, 0.08);
}

TEST(Shapes, digits_keep_their_places) {
  std::vector<std::string> values;
  for (int i = 1; i <= 900; ++i) {
    std::string number = std::to_string(i);
    values.push_back("Customer#" + std::string(9 - number.size(), '0') + number);
  }
  all_match(draw_of(values, text_column), "Customer#000000[0-9]{3}");
}

TEST(Shapes, free_text_uses_shared_words_only) {
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 400; ++i) {
    std::string text = "The customer called about";
    for (uint64_t k = 0; k < 3 + i % 40; ++k) text += (k % 4 == 0 ? " the " : " ") + word_of(i * 100 + k, k == 2 ? 12 : 5 + k % 3);
    values.push_back(text + ".");
  }
  std::set<std::string> secret;
  for (uint64_t i = 0; i < 400; ++i) secret.insert(word_of(i * 100 + 2, 12));
  size_t shared = 0;
  for (const std::string &text : draw_of(values, text_column).texts) {
    shared += text.find("the") != std::string::npos;
    for (const std::string &word : secret) ASSERT_EQ(text.find(" " + word + " "), std::string::npos);
  }
  EXPECT_GT(shared, 350u);
}

// Sentences of shared words, whose order and number of words tell them from a heap of words.
TEST(Shapes, sentences_keep_their_order) {
  const std::vector<std::string> who = {"Boy", "Cat", "Mad Scientist", "Dog", "Old Man"}, act = {"Find", "Fight", "Meet"};
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 600; ++i) {
    uint64_t bits = mix(i);
    values.push_back("A Story of a " + who[bits % 5] + " And a " + who[bits / 5 % 5] + " who must " + act[bits / 25 % 3] + " a " +
                     who[bits / 75 % 5] + " in " + capital(word_of(i, 5 + bits % 3)));
  }
  size_t good = 0;
  std::regex form("A Story of a [A-Z][a-z]+( [A-Z][a-z]+)? And a [A-Z][a-z]+( [A-Z][a-z]+)? who must [A-Z][a-z]+ a .* in [A-Z][a-z]{4,6}");
  for (const std::string &text : draw_of(values, text_column).texts) good += std::regex_match(text, form);
  EXPECT_GT(good, 480u);
}

// Words of titles: how many, in which case, what stands between them.
TEST(Shapes, titles_keep_their_make) {
  auto measure = [](const std::vector<std::string> &texts) {
    std::array<double, 4> mean{};
    for (const std::string &text : texts) {
      mean[0] += static_cast<double>(std::count(text.begin(), text.end(), ' '));
      mean[1] += static_cast<double>(text.size());
      mean[2] += static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
      mean[3] += static_cast<double>(std::count(text.begin(), text.end(), ','));
    }
    for (double &m : mean) m /= static_cast<double>(texts.size());
    return mean;
  };
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 900; ++i) {
    std::string text = capital(word_of(i, 4 + i % 5));
    for (uint64_t k = 0; k < mix(i) % 6; ++k)
      text += (k % 2            ? " of "
               : mix(i + k) % 4 ? " "
                                : ", ") +
              (mix(i * 7 + k) % 3 ? capital(word_of(i * 9 + k, 3 + k)) : word_of(i * 9 + k, 6));
    values.push_back(text);
  }
  std::array<double, 4> source = measure(values), drawn = measure(draw_of(values, text_column, Encoding::Pattern, 3000).texts);
  for (size_t i = 0; i < source.size(); ++i) EXPECT_NEAR(drawn[i], source[i], 0.12 * source[i] + 0.05) << i;
}

TEST(Shapes, brackets_are_closed) {
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 800; ++i) {
    std::string text = capital(word_of(i, 5 + i % 3));
    for (uint64_t k = 0; k < 1 + mix(i) % 3; ++k) text += " " + capital(word_of(i * 9 + k, 4 + k));
    if (mix(i) % 2) text += " (" + capital(word_of(i + 5000, 4)) + (mix(i) % 5 ? " " + word_of(i + 7000, 5) : "") + ")";
    values.push_back(text);
  }
  size_t open = 0, bad = 0;
  for (const std::string &text : draw_of(values, text_column, Encoding::Pattern, 1000).texts) {
    open += text.find('(') != std::string::npos;
    bad += (text.find('(') != std::string::npos) != (text.find(')') != std::string::npos);
  }
  EXPECT_NEAR(static_cast<double>(open) / 1000, 0.5, 0.06);
  EXPECT_LT(bad, 30u);
}

// Rare first letters and lengths are drawn as often as in the source, though none of them is shared.
TEST(Shapes, what_is_rare_alone_is_not_left_out) {
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 400; ++i) values.push_back(capital(word_of(i, i % 20 ? 4 + i % 3 : 8 + i / 20 % 6)));
  size_t most = 0, rare = 0;
  for (size_t i = 0; i < values.size(); i += 40) values[i][0] = static_cast<char>("FHJPQXYZCU"[i / 40]);
  for (const std::string &text : draw_of(values, text_column, Encoding::Pattern, 4000).texts) {
    most += text.size() > 7;
    rare += std::string_view("FHJPQXYZCUAEIO").find(text[0]) != std::string_view::npos;
  }
  EXPECT_NEAR(static_cast<double>(most) / 4000, 0.05, 0.02);
  EXPECT_NEAR(static_cast<double>(rare) / 4000, 0.025, 0.02);
}

// Forms that too few share: whatever is drawn, it is not empty, and has no blank at its end.
TEST(Shapes, what_nobody_shares_is_not_empty) {
  for (size_t few : {1, 3, 6}) {
    std::vector<std::string> values;
    for (size_t i = 0; i < few; ++i)
      values.push_back("0" + std::to_string(i) + "-" + word_of(i, 9) + " (" + capital(word_of(i + 9, 4)) + ")");
    for (const std::string &text : draw_of(values, text_column, Encoding::Pattern, 200).texts) {
      ASSERT_FALSE(text.empty());
      ASSERT_NE(text.back(), ' ') << text;
    }
  }
}

TEST(Shapes, no_text_of_the_source_comes_out_by_chance) {
  std::vector<std::string> values;
  for (char a = 'a'; a <= 'z'; ++a)
    for (char b : {'a', 'e', 'i'}) values.push_back(std::string{a, b} + "nt");
  std::set<std::string> source(values.begin(), values.end());
  for (const std::string &text : draw_of(values, text_column, Encoding::Pattern, 2000).texts) ASSERT_EQ(source.count(text), 0u) << text;
}

TEST(KnownTexts, knows_what_was_added) {
  KnownTexts known;
  EXPECT_FALSE(known.contains("x"));
  known.reserve(1000);
  for (uint64_t i = 0; i < 1000; ++i) known.add(word_of(i, 12));
  size_t wrong = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    ASSERT_TRUE(known.contains(word_of(i, 12)));
    ASSERT_TRUE(known.contains(capital(word_of(i, 12))));
    wrong += known.contains(word_of(i + 100000, 13));
  }
  EXPECT_LT(wrong, 20u);
}

TEST(Lengths, ends_are_means_not_extremes) {
  std::vector<std::pair<uint32_t, uint32_t>> lengths;
  for (uint32_t i = 0; i < 200; ++i) lengths.push_back({5 + i % 3, i});
  for (uint32_t i = 0; i < 20; ++i) lengths.push_back({10 + i, 200 + i});
  Lengths learned = learn_lengths(lengths, 8);
  EXPECT_EQ(learned.low, 5u);
  EXPECT_EQ(learned.high, 7u);
  double sum = 0, above = 0;
  for (uint64_t i = 0; i < 5000; ++i) {
    Stream random(1, 1, i, 1);
    uint32_t length = learned.draw(random);
    if (length > 7) sum += length, ++above;
  }
  EXPECT_NEAR(above / 5000, 20.0 / 220, 0.02);
  EXPECT_NEAR(sum / above, 19.5, 1.5);
  EXPECT_TRUE(learn_lengths({}, 8).empty());
  Lengths single = learn_lengths({{4, 0}, {90, 1}, {5, 2}}, 8);
  Stream random(1, 1, 1, 1);
  EXPECT_EQ(single.draw(random), 5u);
}

TEST(Shapes, length_limit_counts_characters) {
  Column column = text_column;
  column.max_length = 6;
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 100; ++i) values.push_back("ä" + word_of(i, 5));
  Codec codec = learn(column, Encoding::Pattern, texts(values));
  ValueColumn out;
  out.repr = Repr::Text;
  out.resize(1);
  for (int attempt = 0; attempt < 40; ++attempt) {
    Stream random(1, 1, 1, 1, static_cast<uint64_t>(attempt));
    Code code = 0;
    if (attempt == 0)
      decode(codec, column, 1, random, out, 0);
    else
      ASSERT_TRUE(decode_widened(codec, column, attempt, random, out, 0, code));
    ASSERT_LE(count_characters(out.texts[0]), 6u);
  }
}

TEST(Shapes, short_keys_reach_many_values) {
  Column column = text_column;
  column.max_length = 2;
  std::vector<std::string> values;
  for (char a = 'A'; a <= 'J'; ++a)
    for (char b = 'A'; b <= 'J'; ++b) values.push_back({a, b});
  Codec codec = learn(column, Encoding::Pattern, texts(values));
  EXPECT_GE(capacity(codec, column), 26 * 26);
  std::set<std::string> seen;
  ValueColumn out;
  out.repr = Repr::Text;
  out.resize(1);
  for (uint64_t row = 0; row < 600; ++row)
    for (int attempt = 1; attempt < 60; ++attempt) {
      Stream random(1, 1, row, 1, static_cast<uint64_t>(attempt));
      Code code = 0;
      ASSERT_TRUE(decode_widened(codec, column, attempt, random, out, 0, code));
      if (seen.insert(out.texts[0]).second) break;
    }
  EXPECT_EQ(seen.size(), 600u);
}

TEST(Shapes, secrets_are_fresh_even_if_shared) {
  std::vector<std::string> values(100, "8cb2237d0679ca88db6464eac60da96345513964");
  Column column = column_of(TypeClass::Text, "password_hash");
  EXPECT_EQ(chosen(column, texts(values)), Encoding::Pattern);
  ValueColumn out = draw_of(values, column);
  all_match(out, "[0-9a-f]{40}");
  for (const std::string &text : out.texts) ASSERT_NE(text, values[0]);
}

TEST(Shapes, rare_forms_of_numbers_take_the_common_one) {
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 200; ++i) values.push_back("(030) 555-" + std::to_string(1000 + mix(i) % 9000));
  values.insert(values.end(), {"1.2.3.4.5", "77-88", "+1"});
  all_match(draw_of(values, text_column), "\\(030\\) 555-[0-9]{4}");
}

TEST(Shapes, degenerate_columns) {
  for (const std::vector<std::string> &values : std::vector<std::vector<std::string>>{{},
                                                                                      {""},
                                                                                      {"x"},
                                                                                      {"Ann Lee"},
                                                                                      {"a@b.co"},
                                                                                      {" "},
                                                                                      {"\n\t"},
                                                                                      {"\xff\xfe"},
                                                                                      std::vector<std::string>(3, "日本語"),
                                                                                      {std::string(100000, 'x')}}) {
    ValueColumn out = draw_of(values, text_column, Encoding::Pattern, 20);
    if (values.size() == 1 && values[0] == "Ann Lee") {
      all_match(out, "[A-Z][a-z]{2} [A-Z][a-z]{2}");
      for (const std::string &text : out.texts) EXPECT_NE(text, "Ann Lee");
    }
  }
  SourceColumn nulls = texts({"a", "b"});
  nulls.nulls = {1, 1};
  Codec codec = learn(text_column, Encoding::Pattern, nulls);
  EXPECT_EQ(codec.counts[0], 2u);
}

TEST(Shapes, same_draws_for_the_same_stream) {
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 300; ++i) values.push_back(word_of(i, 5) + "-" + std::to_string(i));
  EXPECT_EQ(draw_of(values, text_column).texts, draw_of(values, text_column).texts);
}

TEST(Structure, json_stays_json_with_shared_keys_only) {
  std::vector<std::string> values;
  for (uint64_t i = 0; i < 300; ++i) {
    nlohmann::json document = {{"name", word_of(i, 6) + " \"q\" \\ \n"},
                               {"age", 20 + i % 50},
                               {"score", static_cast<double>(i % 100) / 4},
                               {"at", "2023-0" + std::to_string(1 + i % 9) + "-1" + std::to_string(i % 10) + "T10:00:00Z"}};
    if (i % 3 == 0) document["tags"] = {"red", i % 2 ? "blue" : "green"};
    if (i == 5) document["my_secret_key"] = 1;
    if (i % 4 == 0) document["nested"] = {{"ok", i % 2 == 0}, {"none", nullptr}};
    values.push_back(document.dump());
  }
  Column column = column_of(TypeClass::Json);
  Codec codec = learn(column, Encoding::Structure, texts(values));
  EXPECT_GT(codec.codes, 2);
  size_t tags = 0;
  for (const std::string &text : draw(codec, column, 900).texts) {
    nlohmann::json document = nlohmann::json::parse(text);
    ASSERT_FALSE(document.contains("my_secret_key"));
    ASSERT_TRUE(document["age"].is_number_integer());
    ASSERT_TRUE(document["age"] >= 20 && document["age"] < 70);
    tags += document.contains("tags");
  }
  EXPECT_NEAR(static_cast<double>(tags) / 900, 1.0 / 3, 0.06);
}

TEST(Structure, deep_nesting_is_refused_not_followed) {
  std::string deep(100000, '['), rows(100000, '('), arrays(100000, '{');
  EXPECT_FALSE(parse_json(deep).has_value());
  EXPECT_FALSE(parse_item(Syntax::Row, rows, false).has_value());
  EXPECT_FALSE(parse_item(Syntax::Array, arrays, false).has_value());
  EXPECT_FALSE(parse_item(Syntax::Array, "{\"" + rows + "\"}", true).value().items.empty());
  Column column = column_of(TypeClass::Json);
  EXPECT_EQ(draw_of({deep, deep, "1"}, column, Encoding::Structure, 10).texts.size(), 10u);
}

TEST(Structure, arrays_are_quoted_and_rectangular) {
  std::vector<std::string> values, matrices;
  for (uint64_t i = 0; i < 200; ++i) {
    std::string list;
    for (uint64_t k = 0; k < i % 5; ++k)
      list += (k ? "," : "") + (k == 2 ? std::string("NULL") : k % 2 ? "\"a b\"" : "\"x\\\"y," + word_of(i, 4) + "\"");
    values.push_back("{" + list + "}");
    matrices.push_back(i % 2 ? "{{1,2},{3,4}}" : "{{5,6,7},{8,9,10},{1,2,3}}");
  }
  Column column = column_of(TypeClass::Array);
  for (const std::string &text : draw_of(values, column, Encoding::Structure).texts)
    ASSERT_TRUE(parse_item(Syntax::Array, text, false).has_value()) << text;
  for (const std::string &text : draw_of(matrices, column, Encoding::Structure).texts) {
    std::optional<Item> item = parse_item(Syntax::Array, text, false);
    ASSERT_TRUE(item.has_value()) << text;
    for (const Item &row : item->items) ASSERT_EQ(row.items.size(), item->items[0].items.size()) << text;
  }
}

TEST(Structure, ranges_are_ordered) {
  std::vector<std::string> numbers, stamps;
  for (int64_t i = 0; i < 300; ++i) {
    numbers.push_back(i % 10 == 0   ? "empty"
                      : i % 10 == 1 ? "[" + std::to_string(i) + ",)"
                      : i % 10 == 2 ? "(," + std::to_string(i) + ")"
                                    : "[" + std::to_string(i) + "," + std::to_string(i + i % 17) + ")");
    stamps.push_back("[\"" + print_stamp(static_cast<double>(i) * 86400e6, " +00") + "\",\"" +
                     print_stamp(static_cast<double>(i + 3) * 86400e6, " +00") + "\")");
  }
  size_t empty = 0;
  for (const std::string &text : draw_of(numbers, column_of(TypeClass::Range), Encoding::Structure, 1000).texts) {
    std::optional<Item> item = parse_item(Syntax::Range, text, false);
    ASSERT_TRUE(item.has_value()) << text;
    empty += item->flags == range_empty;
    bool bounded = !(item->flags & (range_empty | range_no_lower | range_no_upper));
    ASSERT_TRUE(!bounded || item->items[0].number <= item->items[1].number) << text;
  }
  EXPECT_NEAR(static_cast<double>(empty) / 1000, 0.1, 0.04);
  all_match(draw_of(stamps, column_of(TypeClass::Range), Encoding::Structure),
            "\\[\"\\d{4}-\\d\\d-\\d\\d 00:00:00\\+00\",\"\\d{4}-\\d\\d-\\d\\d 00:00:00\\+00\"\\)");
}

TEST(Structure, forms_of_the_other_types) {
  struct Case {
    TypeClass cls;
    uint32_t oid;
    int32_t length;
    std::vector<std::string> values;
    const char *pattern;
  };
  std::vector<Case> cases = {
      {TypeClass::Uuid,
       2950,
       -1,
       {"00000000-0000-0000-0000-000000000001"},
       "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"},
      {TypeClass::Bytea, 17, -1, {"\\x0102", "\\x", "\\xffff"}, "\\\\x([0-9a-f]{2})*"},
      {TypeClass::Bit, 1560, 8, {"01010101", "11111111"}, "[01]{8}"},
      {TypeClass::Bit, 1562, 5, {"01", "1", "11111"}, "[01]{0,5}"},
      {TypeClass::Network, 869, -1, {"10.1.2.3", "10.1.9.9/24", "::1"}, "(\\d+\\.\\d+\\.\\d+\\.\\d+(/\\d+)?)|2001:db8:.*"},
      {TypeClass::Network, 650, -1, {"10.1.2.0/24", "10.0.0.0/8"}, "\\d+\\.\\d+\\.\\d+\\.\\d+/\\d+"},
      {TypeClass::Network, 829, -1, {"08:00:2b:01:02:03"}, "([0-9a-f]{2}:){5}[0-9a-f]{2}"},
      {TypeClass::Interval,
       1186,
       -1,
       {"1 day 02:03:04", "2 days 10:00:00.5", "3 mons"},
       "((-?\\d+ (day|days|mons?) ?)?(-?\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?)?)"},
      {TypeClass::TimeTz, 1266, -1, {"10:00:00+02", "11:30:00+02"}, "\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?\\+\\d+"},
      {TypeClass::Geometric, 600, -1, {"(1.5,2)", "(3,4.25)"}, "\\(-?[0-9.e-]+,-?[0-9.e-]+\\)"},
      {TypeClass::Geometric, 604, -1, {"((0,0),(1,1),(2,0))", "((0,0),(4,4))"}, "\\((\\(-?[0-9.]+,-?[0-9.]+\\),?)+\\)"},
      {TypeClass::Composite, 0, -1, {"(1,\"a b\",)", "(2,c,)"}, "\\(\\d+,(\"[^\"]*\"|[^\",]+),\\)"},
      {TypeClass::Multirange, 0, -1, {"{[1,3),[5,9)}", "{}"}, "\\{([\\[(]-?\\d+,-?\\d+[\\])],?)*\\}"},
      {TypeClass::TextSearch, 3614, -1, {"'cat':1,3 'dog':2", "'o''neil':1"}, "('([^']|'')+'(:\\d+)? ?)*"},
      {TypeClass::TextSearch, 3615, -1, {"'cat' & 'dog'", "'bird'"}, "('[^']+'( & )?)*"},
      {TypeClass::Xml,
       142,
       -1,
       {"<a k=\"v\">Some text</a>", "<a k=\"w\">Other words &amp; more</a>"},
       "<a k=\"[^\"<>]*\">[^<>]*</a>|<value/>"},
      {TypeClass::Other, 0, -1, {"\"a\"=>\"1\", \"b\"=>NULL", "\"a\"=>\"2\""}, "(\"[ab]\"=>(NULL|\"[^\"]*\")(, )?)*"},
  };
  for (const Case &c : cases) {
    Column column = column_of(c.cls, "c", c.oid);
    column.max_length = c.length;
    for (const auto &values : {c.values, std::vector<std::string>{c.values[0]}})
      all_match(draw_of(values, column, Encoding::Structure, 200), c.pattern);
    draw_of({}, column, Encoding::Structure, 5);
    Codec codec = learn(column, Encoding::Structure, texts(c.values));
    ValueColumn out;
    out.repr = Repr::Text;
    out.resize(1);
    for (int attempt = 1; attempt < 40; ++attempt) {
      Stream random(3, 1, 1, 1, static_cast<uint64_t>(attempt));
      Code code = 0;
      EXPECT_TRUE(decode_widened(codec, column, attempt, random, out, 0, code));
    }
    EXPECT_FALSE(describe(codec).empty());
  }
}

TEST(Structure, host_bits_of_networks_are_zero) {
  std::vector<std::string> values(50, "192.168.4.0/22");
  Column column = column_of(TypeClass::Network, "c", 650);
  for (const std::string &text : draw_of(values, column, Encoding::Structure).texts) {
    unsigned a, b, c, d, mask;
    ASSERT_EQ(std::sscanf(text.c_str(), "%u.%u.%u.%u/%u", &a, &b, &c, &d, &mask), 5);
    uint32_t address = a << 24 | b << 16 | c << 8 | d;
    ASSERT_EQ(address & ~(0xFFFFFFFFu << (32 - mask)), 0u) << text;
  }
}

TEST(Structure, dates_survive_printing) {
  for (const char *date : {"2000-01-01", "1999-12-31", "2024-02-29", "0001-01-01", "9999-12-31", "1900-03-01"}) {
    Item item = classify(date, true);
    ASSERT_EQ(item.kind, ItemKind::Date);
    EXPECT_EQ(print_date(item.number), date);
  }
  EXPECT_EQ(classify("2000-01-01", true).number, 0);
  Item stamp = classify("2023-05-06 07:08:09.25+02", true);
  ASSERT_EQ(stamp.kind, ItemKind::Stamp);
  EXPECT_EQ(print_stamp(stamp.number, stamp.text), "2023-05-06 07:08:09.25+02");
}

}  // namespace
}  // namespace relsynth::core::testing
