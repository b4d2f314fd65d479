// Comparisons by hand, for unit tests of measures: tables of compared columns, two sides, links.
#pragma once

#include <string>
#include <vector>

#include "core/comparison.h"
#include "core/metrics.h"

namespace relsynth::core::test {

inline constexpr double null_number = no_score;

// Sides 0 and 1 are added together: every call takes the values of both.
class ComparisonBuilder {
 public:
  ComparisonBuilder() { comparison.sides.resize(2); }

  int table(const std::string &name, size_t real, size_t other) {
    ComparedTable &t = comparison.layout.tables.emplace_back();
    t.name = name;
    comparison.levels.emplace_back();
    comparison.layout.order.push_back(static_cast<int>(comparison.layout.tables.size()) - 1);
    const size_t rows[2] = {real, other};
    for (int s = 0; s < 2; ++s) {
      SideTable &side = comparison.sides[s].tables.emplace_back();
      side.present = true;
      side.rows = side.total_rows = rows[s];
    }
    return static_cast<int>(comparison.layout.tables.size()) - 1;
  }

  void numbers(int table, const std::string &name, std::vector<double> real, std::vector<double> other,
               ValueKind kind = ValueKind::Number) {
    column(table, name, kind);
    comparison.sides[0].tables[table].columns.push_back({std::move(real), {}});
    comparison.sides[1].tables[table].columns.push_back({std::move(other), {}});
  }

  // "" is NULL.
  void texts(int table, const std::string &name, const std::vector<std::string> &real, const std::vector<std::string> &other,
             ValueKind kind = ValueKind::Category) {
    column(table, name, kind);
    Levels &levels = comparison.levels[table].back();
    for (int s = 0; s < 2; ++s) {
      ComparedValues values;
      for (const std::string &text : s == 0 ? real : other) values.levels.push_back(text.empty() ? -1 : levels.of(text));
      comparison.sides[s].tables[table].columns.push_back(std::move(values));
    }
  }

  int link(int child, int parent, std::vector<int32_t> real, std::vector<int32_t> other, bool driver = true) {
    int link = static_cast<int>(comparison.layout.links.size());
    ComparedTable &table = comparison.layout.tables[child];
    const std::string label = table.name + " -> " + comparison.layout.tables[parent].name;
    comparison.layout.links.push_back({label, label, link, child, parent, static_cast<int>(table.links.size())});
    table.links.push_back(link);
    if (driver) table.driver = link;
    comparison.layout.tables[parent].children.push_back(link);
    for (int s = 0; s < 2; ++s) {
      Side &side = comparison.sides[s];
      std::vector<uint32_t> counts(side.tables[parent].rows, 0);
      for (int32_t p : s == 0 ? real : other)
        if (p >= 0) ++counts[p];
      side.tables[parent].counts.push_back(std::move(counts));
      side.tables[child].parents.push_back(s == 0 ? real : other);
    }
    return link;
  }

  Comparison comparison;
  MeasureOptions options;

 private:
  void column(int table, const std::string &name, ValueKind kind) {
    comparison.layout.tables[table].columns.push_back({name, kind, TypeClass::Other});
    comparison.levels[table].emplace_back();
  }
};

// Views of the two sides and what measures take of them.
struct BothSides {
  explicit BothSides(ComparisonBuilder &builder)
      : numbered{(number_entities(builder.comparison.layout, builder.comparison.sides[0]),
                  number_entities(builder.comparison.layout, builder.comparison.sides[1]), true)},
        real(whole_view(builder.comparison.sides[0])),
        other(whole_view(builder.comparison.sides[1])),
        measured{builder.comparison, real, other, builder.options} {}
  bool numbered;
  View real, other;
  Measured measured;
};

// The value of a score; no_score where there is none.
inline double value_of(const Scores &scores, int table, const std::string &object, const std::string &metric) {
  for (const Score &s : scores)
    if (s.table == table && s.object == object && s.metric == metric) return s.value;
  return no_score;
}

}  // namespace relsynth::core::test
