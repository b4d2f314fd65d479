#include "core/civil.h"

#include <chrono>

namespace relsynth::core {

namespace {

namespace chrono = std::chrono;

constexpr chrono::sys_days epoch = chrono::sys_days(chrono::year(2000) / 1 / 1);
constexpr int64_t first_day = -730119, last_day = 2921939;  // 0001-01-01 and 9999-12-31

}  // namespace

std::optional<Civil> civil_of(int64_t value, TypeClass cls) {
  Civil out;
  int64_t time = 0;
  if (cls == TypeClass::Date) {
    out.days = value;
  } else {
    out.days = day_of(value);
    time = value % usecs_per_day;
    if (time < 0) time += usecs_per_day;
  }
  if (out.days < first_day || out.days > last_day) return std::nullopt;
  const chrono::sys_days days = epoch + chrono::days(out.days);
  const chrono::year_month_day date{days};
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.weekday = static_cast<int>(chrono::weekday(days).c_encoding());
  out.hour = static_cast<int>(time / usecs_per_hour);
  out.minute = static_cast<int>(time / usecs_per_minute % 60);
  out.second = static_cast<int>(time / usecs_per_second % 60);
  out.usecs = time % usecs_per_second;
  return out;
}

std::optional<int64_t> days_from(int year, int month, int day) {
  const chrono::year_month_day date{chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return (chrono::sys_days(date) - epoch).count();
}

int day_of_year(const Civil &date) { return static_cast<int>(date.days - *days_from(date.year, 1, 1)) + 1; }

int days_in_month(const Civil &date) {
  const auto last = chrono::year(date.year) / chrono::month(static_cast<unsigned>(date.month)) / chrono::last;
  return static_cast<int>(static_cast<unsigned>(last.day()));
}

IsoWeek iso_week(const Civil &date) {
  // The week of a day is that of its Thursday.
  const chrono::sys_days thursday = epoch + chrono::days(date.days + 4 - (date.weekday == 0 ? 7 : date.weekday));
  const chrono::year year = chrono::year_month_day(thursday).year();
  return {static_cast<int>(year), static_cast<int>((thursday - chrono::sys_days(year / 1 / 1)).count()) / 7 + 1};
}

std::string padded(int number, int digits) {
  std::string text = std::to_string(number);
  return std::string(text.size() < static_cast<size_t>(digits) ? static_cast<size_t>(digits) - text.size() : 0, '0') + text;
}

}  // namespace relsynth::core
