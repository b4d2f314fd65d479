// Numbers, dates and times inside structured text.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/structure.h"

namespace relsynth::core {

namespace {

constexpr double day = 86400e6;

// Days since 2000-01-01 of a Gregorian date, and back (H. Hinnant, "chrono-compatible low-level date algorithms").
int64_t days_of(int64_t year, int64_t month, int64_t day_of_month) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day_of_month - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 730425;
}

void date_of(int64_t days, int64_t &year, int64_t &month, int64_t &day_of_month) {
  days += 730425;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
  int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
  day_of_month = of_year - (153 * m + 2) / 5 + 1;
  month = m < 10 ? m + 3 : m - 9;
  year = y + era * 400 + (month <= 2);
}

// Reads exactly `digits` digits at `at`; -1 if there are none.
int read(std::string_view text, size_t &at, size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    char c = text[at + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  at += digits;
  return value;
}

bool skip(std::string_view text, size_t &at, char c) { return at < text.size() && text[at] == c && (++at, true); }

bool read_date(std::string_view text, size_t &at, double &days) {
  int year = read(text, at, 4);
  if (year < 1 || !skip(text, at, '-')) return false;
  int month = read(text, at, 2);
  if (month < 1 || month > 12 || !skip(text, at, '-')) return false;
  int of_month = read(text, at, 2);
  if (of_month < 1 || of_month > 31) return false;
  days = static_cast<double>(days_of(year, month, of_month));
  return true;
}

bool read_time(std::string_view text, size_t &at, double &microseconds) {
  int hour = read(text, at, 2);
  if (hour < 0 || hour > 24 || !skip(text, at, ':')) return false;
  int minute = read(text, at, 2);
  if (minute < 0 || minute > 59) return false;
  int second = 0;
  if (skip(text, at, ':')) second = read(text, at, 2);
  if (second < 0 || second > 60) return false;
  microseconds = ((hour * 60.0 + minute) * 60.0 + second) * 1e6;
  if (at + 1 < text.size() && text[at] == '.' && text[at + 1] >= '0' && text[at + 1] <= '9') {
    ++at;
    for (double unit = 1e5; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
      if (unit >= 1) microseconds += unit * (text[at] - '0');
  }
  return true;
}

bool is_zone(std::string_view text) {
  if (text.empty() || text == "Z") return true;
  if (text[0] != '+' && text[0] != '-') return false;
  return text.size() <= 9 && text.find_first_not_of("0123456789:", 1) == std::string_view::npos;
}

bool read_number(std::string_view text, Item &item) {
  size_t at = !text.empty() && text[0] == '-';
  size_t first = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  if (at == first || (text[first] == '0' && at > first + 1)) return false;
  if (at < text.size() && text[at] == '.') {
    size_t point = at++;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    item.decimals = static_cast<int>(std::min<size_t>(at - point - 1, 15));
    if (at == point + 1) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    size_t exponent = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (at == exponent) return false;
    item.decimals = 15;
  }
  if (at != text.size() || text.size() > 40) return false;
  item.number = std::strtod(std::string(text).c_str(), nullptr);
  return std::isfinite(item.number);
}

}  // namespace

Item classify(std::string_view text, bool numbers) {
  Item item;
  if (numbers && read_number(text, item)) {
    item.kind = ItemKind::Number;
    return item;
  }
  size_t at = 0;
  double days = 0, time = 0;
  if (text.size() >= 10 && read_date(text, at, days)) {
    if (at == text.size()) {
      item.kind = ItemKind::Date;
      item.number = days;
      return item;
    }
    char separator = text[at++];
    if ((separator == ' ' || separator == 'T') && read_time(text, at, time) && is_zone(text.substr(at))) {
      item.kind = ItemKind::Stamp;
      item.number = days * day + time;
      item.text = separator + std::string(text.substr(at));
      return item;
    }
  }
  at = 0;
  if (text.size() >= 8 && read_time(text, at, time) && at == text.size()) {
    item.kind = ItemKind::Time;
    item.number = time;
    return item;
  }
  item.kind = ItemKind::Word;
  item.text = text;
  return item;
}

std::string print_number(double value, int decimals) {
  char buffer[400];
  if (decimals >= 15) {
    std::snprintf(buffer, sizeof buffer, "%.15g", value);
  } else {
    std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  }
  std::string text = buffer;
  if (text.find_first_not_of("-0.") == std::string::npos && text[0] == '-') text.erase(0, 1);
  return text;
}

std::string print_date(double days) {
  int64_t year, month, of_month;
  date_of(static_cast<int64_t>(std::clamp(std::nearbyint(days), -730119.0, 2921939.0)), year, month, of_month);
  char buffer[80];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", static_cast<int>(year), static_cast<int>(month), static_cast<int>(of_month));
  return buffer;
}

std::string print_time(double microseconds) {
  int64_t all = static_cast<int64_t>(std::clamp(std::nearbyint(microseconds), 0.0, day - 1));
  int64_t fraction = all % 1000000, seconds = all / 1000000;
  char buffer[80];
  std::snprintf(buffer, sizeof buffer, "%02d:%02d:%02d", static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
                static_cast<int>(seconds % 60));
  std::string text = buffer;
  if (fraction != 0) {
    std::snprintf(buffer, sizeof buffer, ".%06d", static_cast<int>(fraction));
    text += buffer;
    while (text.back() == '0') text.pop_back();
  }
  return text;
}

std::string print_stamp(double microseconds, std::string_view form) {
  double days = std::floor(microseconds / day);
  std::string text = print_date(days);
  text += form.empty() ? ' ' : form[0];
  text += print_time(microseconds - days * day);
  if (form.size() > 1) text += form.substr(1);
  return text;
}

}  // namespace relsynth::core
