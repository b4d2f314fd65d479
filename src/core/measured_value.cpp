#include "core/measured_value.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace relsynth::core {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr double day = 86400, second = 1e6;  // seconds, microseconds

double finite(double value) { return std::isfinite(value) ? value : nothing; }

double parse_number(std::string_view text) {
  double value = nothing;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? finite(value) : nothing;
}

// hh:mm[:ss[.f]] at the beginning of a text; `end` is left behind it.
double clock_seconds(std::string_view text, size_t &end) {
  double parts[3] = {0, 0, 0};
  int n = 0;
  end = 0;
  while (n < 3) {
    auto [at, error] = std::from_chars(text.data() + end, text.data() + text.size(), parts[n], std::chars_format::fixed);
    if (error != std::errc()) break;
    end = static_cast<size_t>(at - text.data());
    ++n;
    if (end >= text.size() || text[end] != ':') break;
    ++end;
  }
  return parts[0] * 3600 + parts[1] * 60 + parts[2];
}

double integer_value(TypeClass cls, int64_t value) {
  if (is_calendar(cls) && (value == std::numeric_limits<int64_t>::min() || value == std::numeric_limits<int64_t>::max())) return nothing;
  const double v = static_cast<double>(value);
  if (cls == TypeClass::Date) return v * day;
  return is_timestamp(cls) || cls == TypeClass::Time ? v / second : v;
}

double length_of(const Column &column, std::string_view text) {
  if (column.cls == TypeClass::Array) return static_cast<double>(array_elements(text));
  if (column.cls == TypeClass::Bytea) return static_cast<double>(text.size() > 2 ? (text.size() - 2) / 2 : 0);
  return static_cast<double>(characters(text));
}

double unit_seconds(std::string_view unit) {
  if (unit.starts_with("year")) return 365.25 * day;
  if (unit.starts_with("mon")) return 30 * day;
  return unit.starts_with("day") ? day : nothing;
}

}  // namespace

double interval_seconds(std::string_view text) {
  double total = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(' ', at), text.size());
    std::string_view word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (word.find(':') != std::string_view::npos) {
      const bool negative = word[0] == '-';
      if (word[0] == '-' || word[0] == '+') word.remove_prefix(1);
      size_t used;
      total += (negative ? -1 : 1) * clock_seconds(word, used);
      continue;
    }
    if (word[0] == '+') word.remove_prefix(1);
    end = std::min(text.find(' ', at), text.size());
    if (at > text.size()) return nothing;
    total += parse_number(word) * unit_seconds(text.substr(at, end - at));
    at = end + 1;
  }
  return finite(total);
}

double timetz_seconds(std::string_view text) {
  size_t end, used;
  double value = clock_seconds(text, end);
  if (end == 0) return nothing;
  if (end < text.size() && (text[end] == '+' || text[end] == '-'))
    value -= (text[end] == '-' ? -1 : 1) * clock_seconds(text.substr(end + 1), used);
  return value;
}

size_t array_elements(std::string_view text) {
  size_t elements = 0;
  bool quoted = false, inside = false;
  size_t at = text.find('{');  // '[0:2]={...}' has bounds before it
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
      inside = true;
    } else if (c == '"') {
      quoted = !quoted;
      inside = true;
    } else if (!quoted && (c == '{' || c == '}' || c == ',')) {
      elements += inside;
      inside = false;
    } else {
      inside = true;
    }
  }
  return elements;
}

size_t characters(std::string_view utf8) {
  size_t n = 0;
  for (char c : utf8) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}

bool is_document(const Column &column) {
  std::string_view name = column.type_name;
  if (size_t dot = name.rfind('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
  if (size_t bracket = name.find('('); bracket != std::string_view::npos) name = name.substr(0, bracket);
  return column.cls == TypeClass::Other && (name == "hstore" || name == "vector" || name == "geometry" || name == "geography");
}

double measured_number(ValueKind kind, TypeClass cls, const Column &column, const SourceColumn &values, size_t row) {
  if (values.nulls[row]) return nothing;
  if (values.repr == Repr::Int) return integer_value(column.cls, values.ints[row]);
  if (values.repr == Repr::Float) return finite(values.floats[row]);
  const std::string &text = values.text(row);
  if (kind == ValueKind::Length) return length_of(column, text);
  if (cls == TypeClass::Interval) return interval_seconds(text);
  if (cls == TypeClass::TimeTz) return timetz_seconds(text);
  return parse_number(text);
}

std::string printed_level(const Column &column, const SourceColumn &values, size_t row) {
  if (column.cls == TypeClass::Bool) return values.ints[row] ? "t" : "f";
  if (values.repr == Repr::Int) return std::to_string(values.ints[row]);
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, values.floats[row]).ptr};
}

}  // namespace relsynth::core
