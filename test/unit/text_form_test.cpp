// Dates, times and numbers in text columns: their forms are found, read and written again.
#include "core/text_form.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/typed_text.h"
#include "planted_source.h"

namespace relsynth::core::test {
namespace {

std::string form_of(const std::vector<std::string_view> &texts, const std::vector<std::string_view> &exceptions = {}) {
  return describe(find_form(texts, exceptions));
}

TEST(TextForm, DatesAndTimes) {
  EXPECT_EQ(form_of({"12/10/2013 10:24", "8/29/2013 9:24"}), "FMMM/FMDD/YYYY FMHH24:MI");
  EXPECT_EQ(form_of({"2013-08-29", "2014-12-01"}), "YYYY-MM-DD");
  EXPECT_EQ(form_of({"2013-08-29 23:59:01", "2014-12-01 00:00:00"}), "YYYY-MM-DD HH24:MI:SS");
  EXPECT_EQ(form_of({"2013-08-29T23:59:01.123Z", "2014-12-01T00:00:00.000Z"}), "YYYY-MM-DDTHH24:MI:SS.MSZ");
  EXPECT_EQ(form_of({"25.12.2013", "01.02.2014"}), "DD.MM.YYYY");
  EXPECT_EQ(form_of({"01/02/2014", "25/12/2013"}), "DD/MM/YYYY");
  EXPECT_EQ(form_of({"01/02/2014", "12/25/2013"}), "MM/DD/YYYY");
  EXPECT_EQ(form_of({"Jan 5, 2014", "Dec 25, 2013"}), "Mon FMDD, YYYY");
  EXPECT_EQ(form_of({"05-JAN-14", "25-DEC-13"}), "DD-Mon-YY");
  EXPECT_EQ(form_of({"9:05 pm", "12:30 am"}), "FMHH12:MI AM");
  EXPECT_EQ(form_of({"23:05:10", "00:00:00"}), "HH24:MI:SS");
  EXPECT_EQ(form_of({"April 3,2025", "March 22,2025"}), "FMMonth FMDD,YYYY");
  EXPECT_EQ(form_of({"1:27.452", "9:03.070"}), "FMMI:SS.MS");  // what a lap took
}

TEST(TextForm, Numbers) {
  EXPECT_EQ(form_of({"12.5%", "7.25%", "100%"}), "number%");
  EXPECT_EQ(form_of({"$1,234.00", "$0.50", "$12.99"}), "$number");
  EXPECT_EQ(form_of({"-3.14", "2.5", "7"}), "number");
}

TEST(TextForm, NoForm) {
  for (const std::vector<std::string_view> &texts : std::vector<std::vector<std::string_view>>{{"2013-08-29", "2013-02-30"},
                                                                                               {"2013-08-29", "soon"},
                                                                                               {"13/14/2013", "01/02/2013"},
                                                                                               {"192.168.1.1", "10.0.0.1"},
                                                                                               {"555-1234", "555-4321"},
                                                                                               {"1.50", "2.5"},
                                                                                               {"007", "12"},
                                                                                               {"16:9", "4:3"},
                                                                                               {"abc", "def"},
                                                                                               {"-", "."},
                                                                                               {"", "x"}})
    EXPECT_FALSE(find_form(texts, {}).any()) << texts[0];
}

TEST(TextForm, EveryDayComesBack) {
  for (const char *text : {"8/29/2013 9:24", "2013-08-29", "05-JAN-14", "Jan 5, 2014", "2013-08-29T23:59:01.123Z"}) {
    TextForm form = find_form({text}, {});
    ASSERT_TRUE(form.any()) << text;
    const int64_t unit = form.kind == TextForm::Kind::Date ? 1 : 86400000000;
    for (int64_t day = -10000; day < 20000; day += 7) {
      std::string written;
      ASSERT_TRUE(render_time(form, day * unit, written));
      EXPECT_EQ(parse_time(form, written), day * unit) << written;
    }
  }
  std::string written;
  EXPECT_FALSE(render_time(find_form({"2013-08-29"}, {}), 5000000, written));
  EXPECT_FALSE(render_time(find_form({"05-JAN-14"}, {}), -20000, written));  // 1945 is no year of two digits
}

TEST(TextForm, ExceptionsAreInfinite) {
  TextForm form = find_form({"0.01", "T", "", "2.5"}, {"T", ""});
  ASSERT_TRUE(form.any());
  EXPECT_EQ(parse_number(form, "T"), INFINITY);
  EXPECT_EQ(parse_number(form, ""), -INFINITY);
  std::string written;
  EXPECT_TRUE(render_number(form, -INFINITY, written));
  EXPECT_EQ(written, "");
  EXPECT_FALSE(find_form({"0.01", "T", "", "?"}, {"T", "", "?"}).any());
}

std::string date_text(size_t day) {
  TextForm form = find_form({"8/29/2013", "12/31/2013"}, {});
  std::string text;
  render_time(form, 5000 + static_cast<int64_t>(day), text);
  return text;
}

PlantedSource trips() {
  PlantedSource s;
  s.table("trip", 900).texts("began", [](size_t r) { return date_text(static_cast<size_t>(chance(r, 1, 700))); });
  s.texts("ended", [](size_t r) { return date_text(static_cast<size_t>(chance(r, 1, 700) + chance(r, 2, 4))); });
  s.texts("zip", [](size_t r) { return std::to_string(10000 + chance(r, 3, 80000)); });
  s.texts("login", [](size_t r) { return "u" + std::to_string(900 + r * 7); });
  s.texts("number", [](size_t r) { return std::to_string(900 + r * 7); });
  s.builder().key({"number"});
  s.texts("power", [](size_t r) { return r % 300 == 7 ? std::string("null") : std::to_string(50 + chance(r, 5, 180)); });
  s.texts("price", [](size_t r) { return r % 9 == 0 ? std::string("n/a") : "$" + std::to_string(1 + chance(r, 4, 900)); });
  for (Column &c : s.builder().current().columns) c.base_oid = 25;
  return s;
}

TEST(TextForm, ColumnsGetTheirType) {
  PlantedSource s = trips();
  s.settle();
  auto cls = [&](const char *name) { return s.schema.tables[0].columns[s.schema.tables[0].column_index(name)].cls; };
  EXPECT_EQ(cls("began"), TypeClass::Date);
  EXPECT_EQ(cls("price"), TypeClass::Numeric);
  EXPECT_EQ(cls("power"), TypeClass::Numeric);  // though "null" is in three rows only
  for (const char *code : {"zip", "login", "number"}) EXPECT_EQ(cls(code), TypeClass::Text) << code;
  EXPECT_EQ(s.column("trip", "ended").encoding, Encoding::Number);
}

TEST(TextForm, RowsAreDrawnAsDates) {
  Database db = trips().draw();
  const Table &t = db.schema.tables[0];
  const ValueColumn &began = db.tables[0].columns[t.column_index("began")], &ended = db.tables[0].columns[t.column_index("ended")];
  const ValueColumn &price = db.tables[0].columns[t.column_index("price")];
  size_t none = 0;
  std::string text;
  for (size_t r = 0; r < began.size(); ++r) {
    ASSERT_LE(began.ints[r], ended.ints[r]);
    ASSERT_LE(ended.ints[r] - began.ints[r], 3);
    ASSERT_TRUE(render_number(t.columns[t.column_index("price")].form, price.floats[r], text));
    none += text == "n/a";
  }
  EXPECT_NEAR(static_cast<double>(none), 100, 45);
}

}  // namespace
}  // namespace relsynth::core::test
