#include "core/listed.h"

#include <gtest/gtest.h>

namespace relsynth::core {
namespace {

using Texts = std::vector<std::string>;

TEST(Listed, Arrays) {
  EXPECT_EQ(listed_texts("(k = ANY (ARRAY['a'::text, 'it''s'::text]))"), (Texts{"a", "it's"}));
  EXPECT_EQ(listed_texts("((k)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"), (Texts{"a", "b"}));
  EXPECT_EQ(listed_texts("(\"K k\" = ANY (ARRAY['M'::bpchar, 'F'::bpchar]))"), (Texts{"M", "F"}));
  EXPECT_EQ(listed_texts("(VALUE = ANY (ARRAY['x'::text]))"), Texts{"x"});
}

TEST(Listed, Equalities) {
  EXPECT_EQ(listed_texts("(k = 'a'::text)"), Texts{"a"});
  EXPECT_EQ(listed_texts("((k = 'a'::text) OR (k = 'b'::text))"), (Texts{"a", "b"}));
}

TEST(Listed, NothingElse) {
  for (const char *expression :
       {"(k <> 'a'::text)", "(k ~ '^[A-Z]$'::text)", "((k = 'a'::text) AND (length(k) > 2))", "(k = j)",
        "((k = 'a'::text) OR (j = 'b'::text))", "(upper(k) = 'A'::text)", "(NOT (k = 'a'::text))", "(k > 'a'::text)",
        "((k = 'a'::text) OR (k IS NULL))", "(k = ANY (ARRAY[1, 2]))", "", "(k <> ALL (ARRAY['a'::text]))"})
    EXPECT_TRUE(listed_texts(expression).empty()) << expression;
}

}  // namespace
}  // namespace relsynth::core
