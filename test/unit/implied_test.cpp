#include "core/implied.h"

#include <gtest/gtest.h>

#include "build_schema.h"

namespace relsynth::core {
namespace {

using test::SchemaBuilder;

std::vector<std::string> implied_of(Schema s) {
  set_aside_implied(s);
  std::vector<std::string> names;
  for (const ForeignKey &fk : s.implied) names.push_back(fk.name);
  return names;
}

TEST(Implied, KeyToTheRowItself) {
  SchemaBuilder b;
  b.entity("t").references({"id"}, "t", {"id"}, "own").refers("up", "t");
  EXPECT_EQ(implied_of(b.schema()), std::vector<std::string>{"own"});
}

TEST(Implied, OneKeyOfARing) {
  SchemaBuilder b;
  b.entity("c").references({"id"}, "a", {"id"}, "ca");
  b.entity("a").references({"id"}, "b", {"id"}, "ab");
  b.entity("b").references({"id"}, "c", {"id"}, "bc");
  EXPECT_EQ(implied_of(b.schema()), std::vector<std::string>{"ab"});
  Schema s = b.schema();
  s.tables[2].columns[0].serial = true;
  EXPECT_EQ(implied_of(s), std::vector<std::string>{"bc"});  // where values begin
}

TEST(Implied, CompositeKeysInAnotherOrder) {
  SchemaBuilder b;
  b.table("a").column("x").column("y").primary({"x", "y"}).references({"x", "y"}, "b", {"p", "q"}, "ab");
  b.table("b").column("p").column("q").primary({"p", "q"}).references({"q", "p"}, "a", {"y", "x"}, "ba");
  EXPECT_EQ(implied_of(b.schema()), std::vector<std::string>{"ab"});
}

TEST(Implied, NotWhereValuesDoNotComeBack) {
  SchemaBuilder b;
  b.entity("a").column("other").key({"other"}).references({"other"}, "b", {"id"}, "ab");
  b.entity("b").references({"id"}, "a", {"id"}, "ba");
  EXPECT_TRUE(implied_of(b.schema()).empty());
  SchemaBuilder crossed;
  crossed.table("a").column("x").column("y").primary({"x", "y"}).references({"x", "y"}, "b", {"p", "q"}, "ab");
  crossed.table("b").column("p").column("q").primary({"p", "q"}).references({"q", "p"}, "a", {"x", "y"}, "ba");
  EXPECT_TRUE(implied_of(crossed.schema()).empty());
}

TEST(Implied, NotWhereNullsOrUnprovenRowsMayBreakIt) {
  SchemaBuilder b;
  b.entity("a").references({"id"}, "b", {"id"}, "ab");
  b.table("b").column("id?").key({"id"}).references({"id"}, "a", {"id"}, "ba");
  EXPECT_TRUE(implied_of(b.schema()).empty());
  SchemaBuilder c;
  c.entity("a").references({"id"}, "b", {"id"}, "ab");
  c.entity("b").references({"id"}, "a", {"id"}, "ba");
  Schema s = c.schema();
  for (ForeignKey &fk : s.foreign_keys) fk.validated = false;
  EXPECT_TRUE(implied_of(s).empty());
}

}  // namespace
}  // namespace relsynth::core
