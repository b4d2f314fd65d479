// What a parent's other child tables say of its next children: planted, learned, and held in drawn rows.
#include "core/sisters.h"

#include <gtest/gtest.h>

#include "core/rules.h"
#include "planted_source.h"

namespace relsynth::core::test {
namespace {

using Kind = FeatureRef::Kind;

TEST(Sisters, FeaturesOfAGroup) {
  const int key = 5;
  std::vector<FeatureRef> refs;
  for (Kind kind : {Kind::SisterFirst, Kind::SisterLast, Kind::SisterUsual}) refs.push_back({kind, key, 1});
  refs.push_back({Kind::SisterChoice, key, 0});
  refs.push_back({Kind::SisterCount, key, -1});
  SisterGroup group(refs, {1, 1});
  auto told = [&] {
    std::vector<int> out;
    for (size_t i = 0; i < refs.size(); ++i) out.push_back(group.feature(i));
    return out;
  };
  group.begin();
  group.add({9, 10}, {3});
  group.add({9, 30}, {4});
  EXPECT_EQ(told(), (std::vector<int>{10, 30, 20, 4, 2}));
  group.begin();
  group.add({9, 7}, {null_code});
  EXPECT_EQ(told(), (std::vector<int>{7, 7, 7, null_code, 1}));
}

// Patients with one to three admissions, as many bills; the last bill is closed when the last admission ends and goes to its ward.
PlantedSource clinic() {
  PlantedSource s;
  const size_t patients = 600;
  auto visits = [](size_t patient) { return 1 + static_cast<size_t>(chance(patient, 1, 3)); };
  std::vector<int32_t> patient_of;
  std::vector<uint8_t> last;
  for (size_t p = 0; p < patients; ++p)
    for (size_t i = 0; i < visits(p); ++i) {
      patient_of.push_back(static_cast<int32_t>(p));
      last.push_back(i + 1 == visits(p));
    }
  auto of = [=](size_t r) { return patient_of[r]; };
  auto left = [](size_t r) { return 1000 + chance(r, 2, 5000); };
  auto ward = [](size_t r) { return word(static_cast<size_t>(chance(r, 3, 4)), 4); };
  s.table("patient", patients).ints("born", [](size_t r) { return 1930 + chance(r, 5, 80); });
  s.table("admission", patient_of.size()).refers("patient_id", "patient", of).texts("ward", ward).ints("ended", left);
  s.table("bill", patient_of.size()).refers("patient_id", "patient", of);
  s.texts("ward", [=](size_t r) { return last[r] ? ward(r) : word(static_cast<size_t>(chance(r, 6, 4)), 4); });
  s.ints("closed", [=](size_t r) { return last[r] ? left(r) : chance(r, 7, 900); });
  return s;
}

TEST(Sisters, LastRowsThatAgreeAreARule) {
  PlantedSource s = clinic();
  s.settle();
  const Rule &rule = s.column("bill", "closed").rule;
  EXPECT_EQ(describe(rule, s.schema, table_at(s.schema, "bill")), "copy of the last admission.ended");
  EXPECT_EQ(rule.entities, 600u);
  EXPECT_FALSE(rule.everywhere());
  EXPECT_EQ(s.column("admission", "ended").rule.kind, Rule::Kind::None);
}

// Of the patients: equal numbers of both, equal ends, equal wards of the last rows.
struct Clinic {
  size_t patients = 0, counts = 0, ends = 0, wards = 0;
};

Clinic compare(const Database &db) {
  auto last_rows = [&](const char *name) {
    int t = table_at(db.schema, name), fk = db.schema.tables[t].column_index("patient_id");
    std::map<std::string, std::pair<size_t, size_t>> out;  // last row and number
    for (size_t r = 0; r < db.tables[t].rows; ++r) {
      auto &[row, n] = out[db.text(t, fk, r)];
      row = r;
      ++n;
    }
    return out;
  };
  int v = table_at(db.schema, "admission"), b = table_at(db.schema, "bill");
  auto visits = last_rows("admission"), bills = last_rows("bill");
  Clinic out;
  for (const auto &[patient, visit] : visits) {
    ++out.patients;
    auto bill = bills.find(patient);
    if (bill == bills.end()) continue;
    auto text = [&](int t, const char *column, size_t row) { return db.text(t, db.schema.tables[t].column_index(column), row); };
    out.counts += bill->second.second == visit.second;
    out.ends += text(b, "closed", bill->second.first) == text(v, "ended", visit.first);
    out.wards += text(b, "ward", bill->second.first) == text(v, "ward", visit.first);
  }
  return out;
}

TEST(Sisters, RowsAgreeAcrossTables) {
  Clinic c = compare(clinic().draw());
  EXPECT_GT(c.patients, 500u);
  EXPECT_EQ(c.ends, c.patients);
  EXPECT_GT(static_cast<double>(c.counts), 0.9 * static_cast<double>(c.patients));
  EXPECT_GT(static_cast<double>(c.wards), 0.9 * static_cast<double>(c.patients));
}

TEST(Sisters, SameRowsWhateverTheThreads) {
  Database one = clinic().draw({}, 1), two = clinic().draw({}, 2);
  int t = table_at(one.schema, "bill");
  ASSERT_EQ(one.tables[t].rows, two.tables[t].rows);
  for (size_t c = 0; c < one.schema.tables[t].columns.size(); ++c)
    for (size_t r = 0; r < one.tables[t].rows; ++r)
      ASSERT_EQ(one.text(t, static_cast<int>(c), r), two.text(t, static_cast<int>(c), r)) << c;
}

}  // namespace
}  // namespace relsynth::core::test
