// Children that follow from how long a parent lasts.
#include "core/spans.h"

#include <gtest/gtest.h>

#include "planted_source.h"

namespace relsynth::core::test {
namespace {

int64_t came(size_t stay) { return 6000 + chance(stay, 1, 1500); }
int64_t nights(size_t stay) { return 1 + chance(stay, 2, 9); }

// A charge for every night of a stay.
PlantedSource hotel() {
  PlantedSource s;
  const size_t stays = 700;
  std::vector<int32_t> stay_of;
  for (size_t i = 0; i < stays; ++i) stay_of.insert(stay_of.end(), static_cast<size_t>(nights(i)), static_cast<int32_t>(i));
  auto of = [=](size_t r) { return stay_of[r]; };
  s.table("stay", stays).ints("came", came, TypeClass::Date);
  s.ints(
      "went", [](size_t r) { return came(r) + nights(r); }, TypeClass::Date);
  s.table("charge", stay_of.size()).refers("stay_id", "stay", of);
  s.texts("rate", [=](size_t r) { return std::string(nights(static_cast<size_t>(of(r))) > 6 ? "weekly" : "nightly"); });
  return s;
}

TEST(Spans, CountsAndColumnsFollow) {
  Database db = hotel().draw();
  const int stay = table_at(db.schema, "stay"), charge = table_at(db.schema, "charge");
  const Table &s = db.schema.tables[stay], &c = db.schema.tables[charge];
  std::map<int64_t, int64_t> charges;
  size_t right = 0, counts = 0;
  auto length = [&](size_t row) {
    return db.tables[stay].columns[s.column_index("went")].ints[row] - db.tables[stay].columns[s.column_index("came")].ints[row];
  };
  for (size_t r = 0; r < db.tables[charge].rows; ++r) {
    const int64_t id = std::stoll(db.text(charge, c.column_index("stay_id"), r));
    ++charges[id];
    right += db.text(charge, c.column_index("rate"), r) == (length(static_cast<size_t>(id) - 1) > 6 ? "weekly" : "nightly");
  }
  for (size_t r = 0; r < db.tables[stay].rows; ++r) counts += charges[static_cast<int64_t>(r) + 1] == length(r);
  EXPECT_GT(counts, db.tables[stay].rows * 85 / 100);
  EXPECT_GT(right, db.tables[charge].rows * 90 / 100);
}

}  // namespace
}  // namespace relsynth::core::test
