// Columns made of others: from planted rows through settle, train and sample.
#include "core/derived_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/text_runs.h"
#include "core/train.h"
#include "planted_source.h"
#include "sample_support.h"

namespace relsynth::core::test {
namespace {

std::string word_of(uint64_t i, size_t length) {
  std::string word;
  uint64_t bits = mix(i + 7);
  for (size_t n = 0; n < length; ++n, bits /= 11) word += n % 2 ? "aeiou"[bits % 5] : "bdklmnrstvw"[bits % 11];
  word[0] = static_cast<char>(word[0] - 32);
  return word;
}
std::string lower(std::string text) {
  for (char &c : text) c = static_cast<char>(to_lower(static_cast<unsigned char>(c)));
  return text;
}

// Persons: e-mail lower(first).lower(last)@ one of two hosts, but for each 50th; login of initial and last name, unique; full name; number
// with zeros before it; a note that has nothing to do with them.
class Persons {
 public:
  explicit Persons(size_t rows) {
    b_.entity("person", static_cast<double>(rows)).column("full_name", TypeClass::Text).column("first_name", TypeClass::Text);
    b_.column("last_name", TypeClass::Text).column("email", TypeClass::Text).column("login", TypeClass::Text);
    b_.column("code", TypeClass::Text).column("note?", TypeClass::Text).key({"login"});
    schema = b_.schema();
    data.tables.resize(1);
    SourceTable &table = data.tables[0];
    table.rows = table.total_rows = rows;
    table.columns.resize(schema.tables[0].columns.size());
    for (SourceColumn &column : table.columns) column.repr = Repr::Text;
    table.columns[0].repr = Repr::Int;
    for (size_t r = 0; r < rows; ++r) add(table, r);
    table.children.resize(schema.foreign_keys.size());
    Problems problems;
    plan = make_plan(schema, build_graph(schema), {}, {}, problems);
    settle(plan, schema, data);
  }

  const ColumnPlan &column(const std::string &name) const { return plan.tables[0].columns[at(name)]; }
  int at(const std::string &name) const { return schema.tables[0].column_index(name); }
  Database learn() const {
    Database db;
    db.schema = schema;
    db.plan = plan;
    db.model = train(schema, plan, data, {});
    db.options.seed = 5;
    return db;
  }

  Schema schema;
  Plan plan;
  SourceData data;

 private:
  static void put(SourceColumn &column, const std::string &text) {
    column.ids.push_back(static_cast<uint32_t>(column.pool.size()));
    column.pool.push_back(text);
    column.nulls.push_back(text.empty());
  }

  static void add(SourceTable &table, size_t r) {
    std::string first = word_of(r, 4 + r % 3), last = word_of(r + 1000, 5 + r % 4), id = std::to_string(r + 1);
    if (r % 9 == 0) last.insert(2, "'");
    std::string plain = last;
    std::erase(plain, '\'');
    table.columns[0].ints.push_back(static_cast<int64_t>(r + 1));
    table.columns[0].nulls.push_back(0);
    put(table.columns[1], first + " " + last);
    put(table.columns[2], first);
    put(table.columns[3], last);
    put(table.columns[4],
        r % 50 == 0 ? lower(word_of(r + 5000, 9)) + "@gmx.de" : lower(first) + "." + lower(plain) + (r % 3 ? "@example.com" : "@mail.org"));
    put(table.columns[5], lower(first.substr(0, 1)) + lower(plain) + (r % 2 ? std::to_string(r % 100) : ""));
    put(table.columns[6], "P-" + std::string(6 - id.size(), '0') + id);
    put(table.columns[7], r % 4 ? word_of(r + 9000, 5) + " " + lower(word_of(r + 9500, 6)) : "");
  }

  SchemaBuilder b_;
};

TEST(DerivedText, pieces_are_found_and_told) {
  Persons p(600);
  EXPECT_NE(p.column("email").reason.find("made as lower(first_name) || '.' || lower(last_name) || '@...'"), std::string::npos)
      << p.column("email").reason;
  EXPECT_NEAR(p.column("email").derived_share, 0.98, 0.01);
  EXPECT_NE(p.column("full_name").reason.find("made as first_name || ' ' || last_name"), std::string::npos) << p.column("full_name").reason;
  EXPECT_NE(p.column("login").reason.find("made as left(lower(first_name), 1) || lower(last_name) || digits"), std::string::npos)
      << p.column("login").reason;
  EXPECT_NE(p.column("code").reason.find("made as 'P-' || id"), std::string::npos) << p.column("code").reason;
  for (const char *name : {"first_name", "last_name", "note"}) EXPECT_TRUE(p.column(name).pieces.empty()) << name;
}

TEST(DerivedText, rows_hold_together) {
  Persons p(600);
  Database db = p.learn();
  draw_all(db, 100);
  std::set<std::string> logins;
  size_t mails = 0, rows = db.tables[0].rows;
  ASSERT_GT(rows, 500u);
  for (size_t r = 0; r < rows; ++r) {
    auto text = [&](const char *name) { return db.text(0, p.at(name), r); };
    std::string first = text("first_name"), last = text("last_name"), plain = last;
    std::erase(plain, '\'');
    EXPECT_EQ(text("full_name"), first + " " + last);
    mails += text("email").starts_with(lower(first) + "." + lower(plain)) && text("email").find('@') != std::string::npos;
    EXPECT_TRUE(text("login").starts_with(lower(first.substr(0, 1)) + lower(plain))) << text("login");
    EXPECT_TRUE(logins.insert(text("login")).second);
    std::string id = text("id");
    EXPECT_EQ(text("code"), "P-" + std::string(6 - id.size(), '0') + id);
  }
  EXPECT_NEAR(static_cast<double>(mails) / static_cast<double>(rows), 0.98, 0.02);
}

// Pages of clubs: an address with '_' for blanks, a slug in lower case with '-' between words, the first letters as a code.
PlantedSource clubs() {
  PlantedSource s;
  auto name = [](size_t r) { return word_of(r, 5) + (r % 2 ? "'s " : " ") + word_of(r + 5000, 6); };
  s.table("clubs", 400).texts("name", name);
  auto joined = [name](size_t r, char with) {
    std::string text = name(r);
    std::replace(text.begin(), text.end(), ' ', with);
    return text;
  };
  s.texts("url", [joined](size_t r) { return "http://x.org/wiki/" + joined(r, '_'); });
  s.texts("slug", [joined](size_t r) {
    std::string text = lower(joined(r, '-'));
    std::replace(text.begin(), text.end(), '\'', '-');
    return text + (r % 8 == 0 ? "-" + word_of(r, 4) : "");
  });
  s.texts("short", [name](size_t r) {
    std::string text = name(r).substr(0, 3);
    for (char &c : text) c = static_cast<char>(to_upper(static_cast<unsigned char>(c)));
    return text;
  });
  return s;
}

TEST(DerivedText, slugs_follow_their_names) {
  PlantedSource s = clubs();
  Database db = s.draw();
  const Table &t = db.schema.tables[0];
  size_t slugs = 0, rows = db.tables[0].rows;
  for (size_t r = 0; r < rows; ++r) {
    auto text = [&](const char *column) { return db.text(0, t.column_index(column), r); };
    std::string name = text("name"), url = "http://x.org/wiki/" + name, slug = lower(name);
    std::replace(url.begin(), url.end(), ' ', '_');
    EXPECT_EQ(text("url"), url);
    std::replace(slug.begin(), slug.end(), ' ', '-');
    std::replace(slug.begin(), slug.end(), '\'', '-');
    slugs += text("slug") == slug;
    EXPECT_TRUE(lower(name).starts_with(lower(text("short")))) << name << " " << text("short");
  }
  EXPECT_NEAR(static_cast<double>(slugs) / static_cast<double>(rows), 0.875, 0.08);
}

// Logins of five and two letters with a number, copied by another column in nearly all rows.
TEST(DerivedText, copies_follow_what_is_made) {
  PlantedSource s;
  auto first = [](size_t r) { return word_of(r % 40, 6); };
  auto last = [](size_t r) { return word_of(r + 900, 5 + r % 4); };
  auto login = [=](size_t r) { return lower(last(r).substr(0, 5) + first(r).substr(0, 2)) + (r % 9 ? "01" : "02"); };
  s.table("members", 600).texts("first", first).texts("last", last).texts("login", login);
  s.texts("reference", [=](size_t r) { return r % 70 ? login(r) : lower(word_of(r + 7000, 9)); });
  Database db = s.draw();
  const Table &t = db.schema.tables[0];
  size_t copied = 0, rows = db.tables[0].rows;
  const std::vector<std::string> &logins = s.data.tables[0].columns[t.column_index("login")].pool;
  for (size_t r = 0; r < rows; ++r) {
    auto text = [&](const char *column) { return db.text(0, t.column_index(column), r); };
    EXPECT_TRUE(text("login").starts_with(lower(text("last").substr(0, 5) + text("first").substr(0, 2)))) << text("login");
    copied += text("login") == text("reference");
    EXPECT_TRUE(std::find(logins.begin(), logins.end(), text("login")) == logins.end()) << text("login");
  }
  EXPECT_NEAR(static_cast<double>(copied) / static_cast<double>(rows), 0.986, 0.02);
}

TEST(DerivedText, few_rows_prove_nothing) {
  Persons p(12);
  for (const ColumnPlan &column : p.plan.tables[0].columns) EXPECT_TRUE(column.pieces.empty());
}

TEST(DerivedText, blocks_and_threads_make_no_difference) {
  Persons p(300);
  Database one = p.learn(), other = p.learn();
  draw_all(one, 1000);
  draw_all(other, 37, 3);
  EXPECT_TRUE(same_rows(one, other));
}

TEST(DerivedText, parts_of_values) {
  auto part = [](TextPiece piece, const char *value) {
    std::string out;
    append_part(piece, value, out);
    return out;
  };
  TextPiece piece{TextPiece::Kind::Column};
  EXPECT_EQ(part(piece, "Ann Ö'Hara"), "Ann Ö'Hara");
  piece.letters = TextPiece::Case::Lower;
  piece.stripped = true;
  EXPECT_EQ(part(piece, "Ann Ö'Hara"), "annöhara");
  piece.part = TextPiece::Part::Last;
  piece.prefix = 2;
  EXPECT_EQ(part(piece, "Ann Ö'Hara"), "öh");
  TextPiece slug{TextPiece::Kind::Column};
  slug.joint = '_';
  EXPECT_EQ(part(slug, "Ann Ö'Hara"), "Ann_Ö'Hara");
  slug.stripped = true;
  slug.letters = TextPiece::Case::Lower;
  EXPECT_EQ(part(slug, "(Ann)  Ö'Hara!"), "ann_ö_hara");
  TextPiece number{TextPiece::Kind::Column};
  number.digits = 5;
  EXPECT_EQ(part(number, "42"), "00042");
  EXPECT_EQ(part(number, "1234567"), "1234567");
}

}  // namespace
}  // namespace relsynth::core::test
