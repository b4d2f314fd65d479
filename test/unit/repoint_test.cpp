#include "core/repoint.h"

#include <gtest/gtest.h>

#include <random>

#include "core/sql_lexer.h"

namespace relsynth::core {
namespace {

const NameMap names{{{"public", "t"}, {"synth", "t"}},         {{"public", "Mixed Case"}, {"synth", "Mixed Case"}},
                    {{"public", "t_id_seq"}, {"synth", "s1"}}, {{"public", "mood"}, {"Other Schema", "mood"}},
                    {{"public", "f"}, {"synth", "f"}},         {{"a\"b", "c.d"}, {"synth", "c.d"}},
                    {{"public", "größe"}, {"synth", "größe"}}};

TEST(Repoint, ReplacesQualifiedNames) {
  EXPECT_EQ(repoint("CREATE INDEX i ON public.t USING btree (a)", names), "CREATE INDEX i ON synth.t USING btree (a)");
  EXPECT_EQ(repoint("'x'::public.mood", names), "'x'::\"Other Schema\".mood");
  EXPECT_EQ(repoint("public.\"Mixed Case\"", names), "synth.\"Mixed Case\"");
  EXPECT_EQ(repoint("PUBLIC.T", names), "synth.T");
  EXPECT_EQ(repoint("\"a\"\"b\".\"c.d\"", names), "synth.\"c.d\"");
  EXPECT_EQ(repoint("public.größe", names), "synth.größe");
  EXPECT_EQ(repoint("public . t", names), "synth . t");
  EXPECT_EQ(repoint("public.t.id", names), "synth.t.id");
  EXPECT_EQ(repoint("public.t[]", names), "synth.t[]");
}

TEST(Repoint, LeavesOtherNamesAlone) {
  for (const char *sql :
       {"public.other", "\"PUBLIC\".t", "public.tt", "xpublic.t", "db.public.t", "public", "t", ".t", "public.", "1.public.t"})
    EXPECT_EQ(repoint(sql, names), sql) << sql;
}

TEST(Repoint, LeavesLiteralsAndCommentsAlone) {
  for (const char *sql : {"'public.t'", "'it''s public.t'", "E'\\' public.t'", "$$public.t$$", "$a$ $$ public.t $a$", "-- public.t",
                          "/* /* */ public.t */", "B'1' || 'public.t'::text", "'public.t'::text::varchar", "\"public.t\"", "U&'public.t'"})
    EXPECT_EQ(repoint(sql, names), sql) << sql;
  EXPECT_EQ(repoint("'a' || E'b\\'' || public.f('public.t')", names), "'a' || E'b\\'' || synth.f('public.t')");
  EXPECT_EQ(repoint("/* x */ public.t -- public.t\npublic.t", names), "/* x */ synth.t -- public.t\nsynth.t");
}

TEST(Repoint, FollowsCastsToRegTypes) {
  EXPECT_EQ(repoint("nextval('public.t_id_seq'::regclass)", names), "nextval('synth.s1'::regclass)");
  EXPECT_EQ(repoint("nextval(('public.t_id_seq'::text)::regclass)", names), "nextval(('synth.s1'::text)::regclass)");
  EXPECT_EQ(repoint("'public.t_id_seq'::character varying::pg_catalog.regclass", names),
            "'synth.s1'::character varying::pg_catalog.regclass");
  EXPECT_EQ(repoint("'public.f(public.mood)'::regprocedure", names), "'synth.f(\"Other Schema\".mood)'::regprocedure");
  EXPECT_EQ(repoint("'public.\"Mixed Case\"'::regclass", names), "'synth.\"Mixed Case\"'::regclass");
  EXPECT_EQ(repoint("('public.t') :: regclass", names), "('public.t') :: regclass");
}

TEST(Repoint, Functions) {
  std::map<std::string, std::string> schemas{{"public", "synth"}};
  EXPECT_EQ(
      repoint_function("CREATE FUNCTION public.f(x public.mood)\n SET search_path TO 'public', 'pg_temp'\nAS $function$ SELECT 'public.x', "
                       "public.f(1); EXECUTE 'SELECT FROM public.t WHERE a = ''public.t'''; -- public.t\n$function$",
                       names, schemas),
      "CREATE FUNCTION synth.f(x \"Other Schema\".mood)\n SET search_path TO 'synth', 'pg_temp'\nAS $function$ SELECT 'public.x', "
      "synth.f(1); EXECUTE 'SELECT FROM synth.t WHERE a = ''synth.t'''; -- public.t\n$function$");
  EXPECT_EQ(repoint_function("$function$ $a$ public.t $a$ $function$", names, schemas), "$function$ $a$ synth.t $a$ $function$");
  EXPECT_EQ(repoint_function("SELECT 1", names, {}), "SELECT 1");
}

TEST(Identifiers, OfBodies) {
  EXPECT_EQ(identifiers("SELECT Foo(x), public.bar FROM \"T\" -- no\n"),
            (std::vector<std::string>{"T", "bar", "foo", "from", "public", "select", "x"}));
  EXPECT_EQ(identifiers("a.b c", true), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(identifiers("EXECUTE 'call g()'"), (std::vector<std::string>{"call", "execute", "g"}));
}

TEST(NextvalSequence, Forms) {
  QualifiedName s;
  EXPECT_TRUE(nextval_sequence("nextval('public.\"A b\"'::regclass)", s));
  EXPECT_EQ(s, QualifiedName("public", "A b"));
  EXPECT_TRUE(nextval_sequence("('x' || nextval(('s'::text)::regclass))", s));
  EXPECT_EQ(s, QualifiedName("", "s"));
  EXPECT_FALSE(nextval_sequence("currval('s')", s));
  EXPECT_FALSE(nextval_sequence("nextval(f())", s));
  EXPECT_FALSE(nextval_sequence("nextval(", s));
}

TEST(QuoteIdentifier, AsTheServerDoes) {
  EXPECT_EQ(quote_identifier("abc_1"), "abc_1");
  EXPECT_EQ(quote_identifier("Abc"), "\"Abc\"");
  EXPECT_EQ(quote_identifier("1a"), "\"1a\"");
  EXPECT_EQ(quote_identifier("select"), "\"select\"");
  EXPECT_EQ(quote_identifier("all"), "\"all\"");
  EXPECT_EQ(quote_identifier("xmltable"), "\"xmltable\"");
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote_identifier("größe"), "\"größe\"");
  EXPECT_EQ(quote_identifier(""), "\"\"");
}

TEST(Lexer, TokensGiveTheTextBack) {
  std::mt19937 random(1);
  const std::string alphabet = "ab_.'\"$\\ -/*\n:E(1uU&\xc3";
  for (int round = 0; round < 5000; ++round) {
    std::string sql;
    for (unsigned n = random() % 24; n > 0; --n) sql += alphabet[random() % alphabet.size()];
    std::string back;
    for (const SqlToken &t : lex_sql(sql)) {
      ASSERT_FALSE(t.text.empty());
      back += t.text;
      t.value();
      if (t.kind == SqlToken::String || t.kind == SqlToken::Dollar) t.with_value(t.value());
    }
    ASSERT_EQ(back, sql);
    ASSERT_EQ(repoint(sql, names), sql);
    identifiers(sql);
    repoint_function(sql, names, {{"a", "b"}});
    QualifiedName s;
    nextval_sequence(sql, s);
  }
}

TEST(Lexer, LiteralsKeepTheirForm) {
  for (const char *text : {"'a''b'", "E'a\\\\b'", "$x$a'b$x$", "''", "$$$$"}) {
    SqlToken t = lex_sql(text).at(0);
    EXPECT_EQ(t.with_value(t.value()), text);
  }
}

}  // namespace
}  // namespace relsynth::core
