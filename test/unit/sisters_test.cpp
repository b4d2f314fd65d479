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
  PlantedSource s;
  s.table("plain", 1).ints("n", [](size_t) { return 1; });
  s.settle();
  const std::vector<SourceColumn> &columns = s.data.tables[0].columns;
  SisterGroup group(refs, {1, 1}, s.schema.tables[0], {});
  auto told = [&] {
    std::vector<int> out;
    for (size_t i = 0; i < refs.size(); ++i) out.push_back(group.feature(i));
    return out;
  };
  group.begin();
  group.add({9, 10}, {3}, columns, 0);
  group.add({9, 30}, {4}, columns, 0);
  EXPECT_EQ(told(), (std::vector<int>{10, 30, 20, 4, 2}));
  group.begin();
  group.add({9, 7}, {null_code}, columns, 0);
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

// Employees work from one day to another, or to this day (the year 9999), at one or two places; a salary for every year of that, the first
// from the first day on.
PlantedSource payroll() {
  struct Job {
    int64_t from, to;
    int32_t person;
  };
  std::vector<Job> places, salaries;
  constexpr int64_t today = 8000, never = 2921939;
  for (int32_t p = 0; p < 600; ++p) {
    const int64_t from = 2000 + chance(static_cast<uint64_t>(p), 1, 5500);
    const bool left = chance(static_cast<uint64_t>(p), 2, 3) == 0;
    const int64_t to = left ? from + 1 + chance(static_cast<uint64_t>(p), 3, static_cast<uint64_t>(today - from)) : never;
    const int64_t end = left ? to : today, moved = from + (end - from) / 2;
    const bool two = chance(static_cast<uint64_t>(p), 4, 3) == 0 && moved > from && moved < end;
    places.push_back({from, two ? moved : to, p});
    if (two) places.push_back({moved, to, p});
    for (int64_t year = from; year < end; year += 365) salaries.push_back({year, year + 365 < end ? year + 365 : to, p});
  }
  PlantedSource s;
  auto column = [](const std::vector<Job> &jobs, int64_t Job::*what) { return [&jobs, what](size_t r) { return jobs[r].*what; }; };
  auto person = [](const std::vector<Job> &jobs) { return [&jobs](size_t r) { return jobs[r].person; }; };
  s.table("person", 600).ints("grade", [](size_t r) { return chance(r, 5, 4); });
  s.table("place", places.size()).dates("begun", column(places, &Job::from)).dates("ended", column(places, &Job::to));
  s.refers("person_id", "person", person(places));
  s.table("salary", salaries.size()).dates("since", column(salaries, &Job::from)).dates("until", column(salaries, &Job::to));
  s.ints("amount", [](size_t r) { return 30000 + chance(r, 6, 40000); }).refers("person_id", "person", person(salaries));
  return s;
}

TEST(Sisters, FirstRowsAgreeAndNumbersFitTheTime) {
  PlantedSource s = payroll();
  s.settle();
  EXPECT_EQ(describe(s.column("salary", "since").rule, s.schema, table_at(s.schema, "salary")), "copy of the first place.begun");
  EXPECT_EQ(describe(s.column("salary", "until").rule, s.schema, table_at(s.schema, "salary")), "copy of the last place.ended");
  Database db = s.draw();
  const int place = table_at(db.schema, "place"), salary = table_at(db.schema, "salary");
  struct Person {
    int64_t from = INT64_MAX, to = 0, since = INT64_MAX, salaries = 0;
  };
  std::map<int64_t, Person> people;
  auto at = [&](int t, const std::string &column, size_t r) {
    return db.tables[t].columns[db.schema.tables[t].column_index(column)].ints[r];
  };
  for (size_t r = 0; r < db.tables[place].rows; ++r) {
    Person &p = people[at(place, "person_id", r)];
    p.from = std::min(p.from, at(place, "begun", r));
    p.to = std::max(p.to, at(place, "ended", r));
  }
  for (size_t r = 0; r < db.tables[salary].rows; ++r) {
    Person &p = people[at(salary, "person_id", r)];
    p.since = std::min(p.since, at(salary, "since", r));
    ++p.salaries;
  }
  size_t first = 0, fit = 0;
  for (const auto &[id, p] : people) {
    first += p.from == p.since;
    const double years = static_cast<double>((p.to == 2921939 ? 8000 : p.to) - p.from) / 365;
    fit += std::fabs(static_cast<double>(p.salaries) - std::ceil(years)) <= 1;
  }
  EXPECT_EQ(first, people.size());
  EXPECT_GT(fit, people.size() * 85 / 100);
}

}  // namespace
}  // namespace relsynth::core::test
