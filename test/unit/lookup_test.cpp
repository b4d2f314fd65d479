#include "core/lookup.h"

#include <gtest/gtest.h>

#include "core/name_tokens.h"

#include "codec_fixture.h"

namespace relsynth::core::testing {
namespace {

// A database of one table and one child that refers to it.
struct World {
  Schema schema;
  Plan plan;
  SourceData data;

  explicit World(const std::string &name, size_t child_rows = 1000) {
    schema.tables.resize(2);
    schema.tables[0].name = name;
    schema.tables[1].name = "child";
    ForeignKey key;
    key.child = 1;
    key.parent = 0;
    schema.foreign_keys.push_back(key);
    schema.tables[1].foreign_keys = {0};
    plan.tables.resize(2);
    data.tables.resize(2);
    data.tables[1].rows = data.tables[1].total_rows = child_rows;
  }
  World &add(const Column &column, const SourceColumn &values) {
    schema.tables[0].columns.push_back(column);
    data.tables[0].columns.push_back(values);
    data.tables[0].rows = data.tables[0].total_rows = values.size();
    return *this;
  }
  World &key(size_t rows) {
    std::vector<int64_t> ids;
    for (size_t i = 0; i < rows; ++i) ids.push_back(static_cast<int64_t>(i));
    add(column_of(TypeClass::Int, "id"), ints(ids));
    UniqueKey primary;
    primary.columns = {0};
    primary.primary = true;
    schema.tables[0].keys.push_back(primary);
    return *this;
  }
  bool lookup(std::string *reason = nullptr) const {
    std::string why;
    bool result = is_lookup(schema, plan, data, 0, why);
    EXPECT_FALSE(why.empty());
    if (reason) *reason = why;
    return result;
  }
};

SourceColumn labels(size_t n) {
  std::vector<std::string> values;
  for (size_t i = 0; i < n; ++i) values.push_back("Label " + std::string(1, static_cast<char>('A' + i % 26)) + std::to_string(i));
  return texts(values);
}
const Column name_column = column_of(TypeClass::Text, "name");

bool personal(const std::string &column, const SourceColumn &values, const std::string &table = "things", TypeClass cls = TypeClass::Text) {
  std::string why;
  Column c = column_of(cls, column);
  bool result = looks_personal(table_of(c, table), c, values, why);
  EXPECT_EQ(result, !why.empty()) << column << ": " << why;
  return result;
}

TEST(NameTokens, splits_and_singles) {
  EXPECT_EQ(name_tokens("customer_emailAddress"), (std::vector<std::string>{"customer", "email", "address"}));
  EXPECT_EQ(name_tokens("FirstName"), (std::vector<std::string>{"first", "name"}));
  EXPECT_EQ(singular("categories"), "category");
  EXPECT_EQ(singular("statuses"), "status");
  EXPECT_EQ(singular("status"), "status");
  EXPECT_EQ(singular("people"), "person");
}

TEST(LooksPersonal, by_name) {
  for (const char *name :
       {"email", "Email", "phone_number", "first_name", "LastName", "contactName", "address", "birth_date", "iban", "nachname", "login"})
    EXPECT_TRUE(personal(name, labels(20))) << name;
  for (const char *name : {"status", "country", "product_name", "category", "email_verified", "address_type", "description", "title",
                           "ship_mode", "birth_country", "birthState", "place_of_birth"})
    EXPECT_FALSE(personal(name, labels(20))) << name;
  EXPECT_TRUE(personal("name", labels(20), "customers"));
  EXPECT_FALSE(personal("name", labels(20), "products"));
  EXPECT_TRUE(personal("birth_date", ints({1, 2}), "things", TypeClass::Date));
  EXPECT_FALSE(personal("created", ints({1, 2}), "customers", TypeClass::Date));
  EXPECT_FALSE(personal("price", ints({1, 2}), "customers", TypeClass::Int));
}

TEST(LooksPersonal, by_content) {
  EXPECT_TRUE(personal("x", texts({"a.b@example.org", "c@example.com"})));
  EXPECT_TRUE(personal("x", texts({"+49 30 1234567", "(030) 555-1234", "030-555-9876"})));
  EXPECT_TRUE(personal("x", texts({"DE89370400440532013000"})));
  EXPECT_TRUE(personal("x", texts({"4111111111111111", "5500 0000 0000 0004", "4012888888881881"})));
  EXPECT_TRUE(personal("x", texts({"10.0.0.1", "192.168.1.77"})));
  EXPECT_FALSE(personal("x", texts({"2023-01-01", "2023-02-01", "2024-05-05"})));
  EXPECT_FALSE(personal("x", texts({"12.50", "1234567.89", "3.1"})));
  EXPECT_FALSE(personal("x", texts({})));
  Column column = column_of(TypeClass::Text, "x");
  column.comment = "Customer's e-mail; PII";
  std::string why;
  EXPECT_TRUE(looks_personal(table_of(column), column, labels(3), why));
}

TEST(IsLookup, dictionaries) {
  std::string reason;
  EXPECT_TRUE(World("country").key(100).add(name_column, labels(100)).lookup(&reason));
  EXPECT_NE(reason.find("labelled by name"), std::string::npos);
  EXPECT_TRUE(World("OrderStatuses").key(5).add(column_of(TypeClass::Text, "label"), labels(5)).lookup());
  EXPECT_TRUE(World("media_type").key(5).add(name_column, labels(5)).lookup());
  EXPECT_TRUE(World("currencies").key(30).add(name_column, labels(30)).add(column_of(TypeClass::Text, "symbol"), labels(30)).lookup());
}

TEST(IsLookup, persons_and_data_are_learned) {
  EXPECT_FALSE(World("customers").key(10).add(name_column, labels(10)).lookup());
  EXPECT_FALSE(World("actor").key(10).add(name_column, labels(10)).lookup());
  EXPECT_FALSE(World("category").key(10).add(name_column, labels(10)).add(column_of(TypeClass::Text, "email"), labels(10)).lookup());
  EXPECT_FALSE(World("country").key(2000).add(name_column, labels(2000)).lookup());
  EXPECT_FALSE(World("country").key(0).add(name_column, texts({})).lookup());
  EXPECT_FALSE(World("country", 3).key(100).add(column_of(TypeClass::Text, "x"), texts(std::vector<std::string>(100, "same"))).lookup());
  EXPECT_FALSE(World("orders").key(10).add(name_column, labels(10)).lookup());
}

TEST(IsLookup, measures_and_history_are_learned) {
  std::vector<double> prices;
  std::vector<int64_t> days;
  for (int i = 0; i < 50; ++i) prices.push_back(i * 1.37), days.push_back(i * 30);
  EXPECT_FALSE(
      World("product_type").key(50).add(name_column, labels(50)).add(column_of(TypeClass::Numeric, "price"), floats(prices, 2)).lookup());
  EXPECT_FALSE(World("category").key(50).add(name_column, labels(50)).add(column_of(TypeClass::Date, "since"), ints(days)).lookup());
  EXPECT_TRUE(World("category")
                  .key(50)
                  .add(name_column, labels(50))
                  .add(column_of(TypeClass::Date, "loaded"), ints(std::vector<int64_t>(50, 9)))
                  .lookup());
}

TEST(IsLookup, nobody_refers_or_parent_is_learned) {
  World alone("country");
  alone.key(20).add(name_column, labels(20));
  alone.schema.foreign_keys.clear();
  alone.schema.tables[1].foreign_keys.clear();
  EXPECT_FALSE(alone.lookup());
  World city("region");
  city.key(20).add(name_column, labels(20));
  city.schema.tables.emplace_back();
  city.plan.tables.emplace_back();
  ForeignKey key;
  key.child = 0;
  key.parent = 2;
  city.schema.foreign_keys.push_back(key);
  city.schema.tables[0].foreign_keys = {1};
  EXPECT_FALSE(city.lookup());
  city.plan.tables[2].role = TableRole::Keep;
  EXPECT_TRUE(city.lookup());
}

}  // namespace
}  // namespace relsynth::core::testing
