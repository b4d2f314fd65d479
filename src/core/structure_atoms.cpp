// Numbers, dates and times inside structured text.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/civil.h"
#include "core/structure.h"

namespace relsynth::core {

namespace {

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
  const std::optional<int64_t> found = days_from(year, month, of_month);
  if (found) days = static_cast<double>(*found);
  return found.has_value();
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
      item.number = days * usecs_per_day + time;
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
  const double day = std::clamp(std::nearbyint(days), -730119.0, 2921939.0);
  const Civil date = civil_of(static_cast<int64_t>(day), TypeClass::Date).value_or(Civil{});
  return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2);
}

std::string print_time(double microseconds) {
  const auto all = static_cast<int64_t>(std::clamp(std::nearbyint(microseconds), 0.0, usecs_per_day - 1.0));
  const Civil time = civil_of(all, TypeClass::Time).value_or(Civil{});
  std::string text = padded(time.hour, 2) + ":" + padded(time.minute, 2) + ":" + padded(time.second, 2);
  if (time.usecs == 0) return text;
  text += "." + padded(static_cast<int>(time.usecs), 6);
  while (text.back() == '0') text.pop_back();
  return text;
}

std::string print_stamp(double microseconds, std::string_view form) {
  double days = std::floor(microseconds / usecs_per_day);
  std::string text = print_date(days);
  text += form.empty() ? ' ' : form[0];
  text += print_time(microseconds - days * usecs_per_day);
  if (form.size() > 1) text += form.substr(1);
  return text;
}

}  // namespace relsynth::core
