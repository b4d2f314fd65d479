// calendar: parts of dates and times that other columns repeat: year, quarter, weekday, hour, 20150821, "Aug".
#pragma once

#include <cstdint>
#include <string>

#include "core/data.h"
#include "core/plan.h"

namespace relsynth::core {

// A date with its time of day.
struct Civil {
  int year = 2000, month = 1, day = 1;
  int day_of_year = 1, weekday = 6;  // 0: Sunday
  int iso_year = 1999, iso_week = 52;
  int hour = 0, minute = 0;
};

// Of a value of a date or timestamp column; false for infinity and years beyond four digits.
bool civil_of(int64_t value, TypeClass cls, Civil &out);

// The ways to write parts of a date: numbers for columns of numbers and booleans, texts for columns of text.
size_t calendar_parts();
const char *calendar_name(size_t part);  // "weekday of"
bool is_calendar_text(size_t part);
double calendar_number(size_t part, const Civil &date);
std::string calendar_text(size_t part, const Civil &date);

// The part of one of the row's `times` that the column is in every row; Kind::None if there is none.
Rule find_calendar(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column, const std::vector<int> &times);

}  // namespace relsynth::core
