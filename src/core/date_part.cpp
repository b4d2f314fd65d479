#include "core/date_part.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "core/relative.h"
#include "core/rules.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t least_rows = 30;
constexpr double least_bits = 40;  // of surprise: distinct dates, were the column independent of them
constexpr size_t glance = 64;

int quarter(const Civil &d) { return (d.month + 2) / 3; }

enum class Case : uint8_t { Capital, Upper, Lower };

std::string name_in(const char *name, bool whole, Case letters) {
  std::string text = whole ? name : std::string(name).substr(0, 3);
  for (char &c : text) {
    if (letters == Case::Upper && c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    if (letters == Case::Lower && c < 'a') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

struct Number {
  const char *name;
  double (*of)(const Civil &);
};

constexpr std::array numbers{
    Number{"year of", [](const Civil &d) { return static_cast<double>(d.year); }},
    Number{"month of", [](const Civil &d) { return static_cast<double>(d.month); }},
    Number{"day of", [](const Civil &d) { return static_cast<double>(d.day); }},
    Number{"weekday of (Sunday 0)", [](const Civil &d) { return static_cast<double>(d.weekday); }},
    Number{"weekday of (Monday 1)", [](const Civil &d) { return static_cast<double>(d.weekday == 0 ? 7 : d.weekday); }},
    Number{"weekday of (Sunday 1)", [](const Civil &d) { return static_cast<double>(d.weekday + 1); }},
    Number{"weekday of (Monday 0)", [](const Civil &d) { return static_cast<double>((d.weekday + 6) % 7); }},
    Number{"quarter of", [](const Civil &d) { return static_cast<double>(quarter(d)); }},
    Number{"week of", [](const Civil &d) { return static_cast<double>(iso_week(d).week); }},
    Number{"day of the year of", [](const Civil &d) { return static_cast<double>(day_of_year(d)); }},
    Number{"hour of", [](const Civil &d) { return static_cast<double>(d.hour); }},
    Number{"minute of", [](const Civil &d) { return static_cast<double>(d.minute); }},
    Number{"weekend of", [](const Civil &d) { return d.weekday == 0 || d.weekday == 6 ? 1.0 : 0.0; }},
    Number{"working day of", [](const Civil &d) { return d.weekday == 0 || d.weekday == 6 ? 0.0 : 1.0; }},
    Number{"year and month of", [](const Civil &d) { return d.year * 100.0 + d.month; }},
    Number{"year and week of", [](const Civil &d) { return iso_week(d).year * 100.0 + iso_week(d).week; }},
    Number{"year, month and day of", [](const Civil &d) { return d.year * 10000.0 + d.month * 100.0 + d.day; }},
};

struct Text {
  const char *name;
  std::string (*of)(const Civil &);
};

constexpr std::array texts{
    Text{"year of", [](const Civil &d) { return std::to_string(d.year); }},
    Text{"month of", [](const Civil &d) { return std::to_string(d.month); }},
    Text{"month of", [](const Civil &d) { return padded(d.month, 2); }},
    Text{"day of", [](const Civil &d) { return std::to_string(d.day); }},
    Text{"day of", [](const Civil &d) { return padded(d.day, 2); }},
    Text{"hour of", [](const Civil &d) { return std::to_string(d.hour); }},
    Text{"hour of", [](const Civil &d) { return padded(d.hour, 2); }},
    Text{"name of the month of",
         [](const Civil &d) { return name_in(month_names[static_cast<size_t>(d.month) - 1], true, Case::Capital); }},
    Text{"name of the month of", [](const Civil &d) { return name_in(month_names[static_cast<size_t>(d.month) - 1], true, Case::Upper); }},
    Text{"name of the month of", [](const Civil &d) { return name_in(month_names[static_cast<size_t>(d.month) - 1], true, Case::Lower); }},
    Text{"name of the month of",
         [](const Civil &d) { return name_in(month_names[static_cast<size_t>(d.month) - 1], false, Case::Capital); }},
    Text{"name of the month of", [](const Civil &d) { return name_in(month_names[static_cast<size_t>(d.month) - 1], false, Case::Upper); }},
    Text{"name of the month of", [](const Civil &d) { return name_in(month_names[static_cast<size_t>(d.month) - 1], false, Case::Lower); }},
    Text{"name of the weekday of",
         [](const Civil &d) { return name_in(weekday_names[static_cast<size_t>(d.weekday)], true, Case::Capital); }},
    Text{"name of the weekday of",
         [](const Civil &d) { return name_in(weekday_names[static_cast<size_t>(d.weekday)], true, Case::Upper); }},
    Text{"name of the weekday of",
         [](const Civil &d) { return name_in(weekday_names[static_cast<size_t>(d.weekday)], true, Case::Lower); }},
    Text{"name of the weekday of",
         [](const Civil &d) { return name_in(weekday_names[static_cast<size_t>(d.weekday)], false, Case::Capital); }},
    Text{"name of the weekday of",
         [](const Civil &d) { return name_in(weekday_names[static_cast<size_t>(d.weekday)], false, Case::Upper); }},
    Text{"name of the weekday of",
         [](const Civil &d) { return name_in(weekday_names[static_cast<size_t>(d.weekday)], false, Case::Lower); }},
    Text{"quarter of", [](const Civil &d) { return "Q" + std::to_string(quarter(d)); }},
    Text{"year and month of", [](const Civil &d) { return padded(d.year, 4) + "-" + padded(d.month, 2); }},
    Text{"year and month of", [](const Civil &d) { return padded(d.year, 4) + padded(d.month, 2); }},
    Text{"year and quarter of", [](const Civil &d) { return padded(d.year, 4) + "-Q" + std::to_string(quarter(d)); }},
    Text{"year and week of", [](const Civil &d) { return padded(iso_week(d).year, 4) + "-W" + padded(iso_week(d).week, 2); }},
};

}  // namespace

size_t date_parts() { return numbers.size() + texts.size(); }
bool is_date_part_text(size_t part) { return part >= numbers.size(); }
const char *date_part_name(size_t part) { return is_date_part_text(part) ? texts[part - numbers.size()].name : numbers[part].name; }
double date_part_number(size_t part, const Civil &date) { return numbers[part].of(date); }
std::string date_part_text(size_t part, const Civil &date) { return texts[part - numbers.size()].of(date); }

namespace {

class DatePartSearch {
 public:
  DatePartSearch(const Schema &schema, const SourceData &data, int table, int column)
      : schema_(schema),
        source_(data.tables[table]),
        table_(table),
        type_(schema.tables[table].columns[column]),
        values_(source_.columns[column]) {}

  // The first part that all rows agree on.
  Rule find(int time) const {
    const SourceColumn &times = source_.columns[time];
    const TypeClass cls = schema_.tables[table_].columns[time].cls;
    const bool text = values_.repr == Repr::Text;
    const size_t step = std::max<size_t>(1, source_.rows / glance);
    for (size_t part = 0; part < date_parts(); ++part) {
      if (is_date_part_text(part) != text || !holds(part, times, cls, step)) continue;
      Rule rule;
      rule.kind = Rule::Kind::DatePart;
      rule.inputs = {{{}, time}};
      rule.part = part;
      if (confirm(rule, times, cls)) return rule;
    }
    return {};
  }

 private:
  bool equal(size_t part, const Civil &date, size_t row) const {
    if (values_.repr == Repr::Text) return date_part_text(part, date) == values_.text(row);
    return number_at(values_, row, type_.cls) == date_part_number(part, date);
  }
  bool holds(size_t part, const SourceColumn &times, TypeClass cls, size_t step) const {
    for (size_t r = 0; r < source_.rows; r += step) {
      if (values_.nulls[r] || times.nulls[r]) continue;
      const std::optional<Civil> date = civil_of(times.ints[r], cls);
      if (date && !equal(part, *date, r)) return false;
    }
    return true;
  }
  bool confirm(Rule &rule, const SourceColumn &times, TypeClass cls) const {
    std::unordered_set<uint32_t> entities;
    std::unordered_set<int64_t> dates;
    std::unordered_map<uint64_t, size_t> counts;  // rows per value
    size_t open = 0;
    for (size_t r = 0; r < source_.rows; ++r) {
      const std::optional<Civil> date = times.nulls[r] ? std::nullopt : civil_of(times.ints[r], cls);
      if (values_.nulls[r]) {
        open += date.has_value();
        continue;
      }
      if (!date || !equal(rule.part, *date, r)) return false;
      ++rule.rows;
      ++counts[hash_value(values_, r, type_)];
      dates.insert(cls == TypeClass::Date ? times.ints[r] : times.ints[r] / usecs_per_minute);
      entities.insert(entity_of(source_.entity, r));
    }
    size_t most = 0;
    for (const auto &[value, n] : counts) most = std::max(most, n);
    if (rule.rows < least_rows || counts.size() < 2) return false;
    rule.entities = entities.size();
    rule.share = 1;
    rule.always = open == 0;
    return static_cast<double>(dates.size()) * std::log2(static_cast<double>(rule.rows) / static_cast<double>(most)) >= least_bits;
  }

  const Schema &schema_;
  const SourceTable &source_;
  int table_;
  const Column &type_;
  const SourceColumn &values_;
};

}  // namespace

Rule find_date_part(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column, const std::vector<int> &times) {
  const TypeClass cls = schema.tables[table].columns[column].cls;
  if (is_time(cls) || !(is_quantity(cls) || cls == TypeClass::Bool || cls == TypeClass::Text)) return {};
  for (int time : times) {
    const TypeClass of = schema.tables[table].columns[time].cls;
    if (of != TypeClass::Date && of != TypeClass::Timestamp) continue;
    plan.check();
    Rule rule = DatePartSearch(schema, data, table, column).find(time);
    if (rule.kind != Rule::Kind::None) return rule;
  }
  return {};
}

}  // namespace relsynth::core
