// civil: days and microseconds as PostgreSQL counts them, from 2000-01-01, as dates and times of the calendar (the proleptic Gregorian one),
// and back.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/schema.h"

namespace relsynth::core {

inline constexpr int64_t usecs_per_second = 1000000, usecs_per_minute = 60 * usecs_per_second, usecs_per_hour = 60 * usecs_per_minute,
                         usecs_per_day = 24 * usecs_per_hour;

inline constexpr std::array<const char *, 12> month_names{"January", "February", "March",     "April",   "May",      "June",
                                                          "July",    "August",   "September", "October", "November", "December"};
inline constexpr std::array<const char *, 7> weekday_names{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

// A date with its time of day.
struct Civil {
  int64_t days = 0;  // since 2000-01-01
  int year = 2000, month = 1, day = 1;
  int weekday = 6;  // 0: Sunday
  int hour = 0, minute = 0, second = 0;
  int64_t usecs = 0;  // of the second
};

// The day that a timestamp lies in.
constexpr int64_t day_of(int64_t usecs) { return usecs / usecs_per_day - (usecs % usecs_per_day < 0); }

// Of a date, time or timestamp; nothing for infinity and years that are not within 1 to 9999.
std::optional<Civil> civil_of(int64_t value, TypeClass cls);

// Days since 2000-01-01; nothing where there is no such day.
std::optional<int64_t> days_from(int year, int month, int day);

int day_of_year(const Civil &date);
int days_in_month(const Civil &date);

// The week of ISO 8601 and the year that it is counted in.
struct IsoWeek {
  int year, week;
};
IsoWeek iso_week(const Civil &date);

// A number with zeros before it up to so many digits.
std::string padded(int number, int digits);

}  // namespace relsynth::core
