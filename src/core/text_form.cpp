#include "core/text_form.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "core/civil.h"

namespace relsynth::core {

namespace {

using Field = TextForm::Piece::Field;
using Kind = TextForm::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string in_case(std::string text, const TextForm::Piece &piece) {
  for (char &c : text) c = piece.upper ? upper(c) : piece.lower ? lower(c) : c;
  return text;
}

// What the pieces of a text say.
struct Parts : Civil {
  bool half = false, after_noon = false;
};

int most_digits(Field field) { return field == Field::Year ? 4 : 2; }

// A number of the piece's digits at the beginning of `rest`.
bool take_digits(const TextForm::Piece &piece, std::string_view &rest, int &value) {
  size_t most = static_cast<size_t>(piece.digits > 0 ? piece.digits : most_digits(piece.field)), n = 0;
  for (value = 0; n < most && n < rest.size() && is_digit(rest[n]); ++n) value = value * 10 + (rest[n] - '0');
  bool padded = n > 1 && rest[0] == '0';
  if (n == 0 || (piece.digits > 0 ? n < most : padded)) return false;
  rest.remove_prefix(n);
  return true;
}

bool take_fraction(const TextForm::Piece &piece, std::string_view &rest, int64_t &usecs) {
  size_t n = 0, most = static_cast<size_t>(piece.digits > 0 ? piece.digits : 6);
  usecs = 0;
  for (int64_t unit = 100000; n < most && n < rest.size() && is_digit(rest[n]); ++n, unit /= 10) usecs += unit * (rest[n] - '0');
  if (n == 0 || (piece.digits > 0 ? n < most : rest[n - 1] == '0' && n > 1)) return false;
  rest.remove_prefix(n);
  return true;
}

bool take_month(const TextForm::Piece &piece, std::string_view &rest, int &month) {
  for (size_t m = 0; m < month_names.size(); ++m) {
    std::string name = in_case(piece.field == Field::MonthName ? std::string(month_names[m]).substr(0, 3) : month_names[m], piece);
    if (!rest.starts_with(name)) continue;
    month = static_cast<int>(m) + 1;
    rest.remove_prefix(name.size());
    return true;
  }
  return false;
}

bool take_noon(const TextForm::Piece &piece, std::string_view &rest, Parts &parts) {
  for (bool after : {false, true}) {
    if (!rest.starts_with(in_case(after ? "PM" : "AM", piece))) continue;
    parts.half = true;
    parts.after_noon = after;
    rest.remove_prefix(2);
    return true;
  }
  return false;
}

bool take(const TextForm::Piece &piece, std::string_view &rest, Parts &parts) {
  int *to = nullptr;
  switch (piece.field) {
    case Field::Literal:
      if (!rest.starts_with(piece.text)) return false;
      rest.remove_prefix(piece.text.size());
      return true;
    case Field::MonthName:
    case Field::MonthFull: return take_month(piece, rest, parts.month);
    case Field::Fraction: return take_fraction(piece, rest, parts.usecs);
    case Field::Noon: return take_noon(piece, rest, parts);
    case Field::Year:
    case Field::ShortYear: to = &parts.year; break;
    case Field::Month: to = &parts.month; break;
    case Field::Day: to = &parts.day; break;
    case Field::Hour:
    case Field::Hour12: to = &parts.hour; break;
    case Field::Minute: to = &parts.minute; break;
    case Field::Second: to = &parts.second; break;
  }
  if (!take_digits(piece, rest, *to)) return false;
  // As PostgreSQL reads years of two digits.
  if (piece.field == Field::ShortYear) parts.year += parts.year < 70 ? 2000 : 1900;
  return true;
}

std::optional<int64_t> value_of(Kind kind, Parts parts) {
  const std::optional<int64_t> days = days_from(parts.year, parts.month, parts.day);
  if (!days || parts.year < 1000 || parts.minute > 59 || parts.second > 59) return std::nullopt;
  if (parts.half ? parts.hour < 1 || parts.hour > 12 : parts.hour > 23) return std::nullopt;
  if (parts.half) parts.hour = parts.hour % 12 + (parts.after_noon ? 12 : 0);
  const int64_t time = parts.hour * usecs_per_hour + parts.minute * usecs_per_minute + parts.second * usecs_per_second + parts.usecs;
  return kind == Kind::Date ? *days : kind == Kind::Time ? time : *days * usecs_per_day + time;
}

std::string fraction_text(int64_t usecs, int digits) {
  std::string text = padded(static_cast<int>(usecs), 6);
  if (digits > 0) return text.substr(0, static_cast<size_t>(digits));
  while (text.size() > 1 && text.back() == '0') text.pop_back();
  return text;
}

std::string text_of(const TextForm::Piece &piece, const Civil &parts) {
  const std::string month = month_names[static_cast<size_t>(parts.month) - 1];
  switch (piece.field) {
    case Field::Literal: return piece.text;
    case Field::Year: return padded(parts.year, piece.digits);
    case Field::ShortYear: return padded(parts.year % 100, piece.digits);
    case Field::Month: return padded(parts.month, piece.digits);
    case Field::MonthName: return in_case(month.substr(0, 3), piece);
    case Field::MonthFull: return in_case(month, piece);
    case Field::Day: return padded(parts.day, piece.digits);
    case Field::Hour: return padded(parts.hour, piece.digits);
    case Field::Hour12: return padded(parts.hour % 12 == 0 ? 12 : parts.hour % 12, piece.digits);
    case Field::Minute: return padded(parts.minute, piece.digits);
    case Field::Second: return padded(parts.second, piece.digits);
    case Field::Fraction: return fraction_text(parts.usecs, piece.digits);
    case Field::Noon: break;
  }
  return in_case(parts.hour < 12 ? "AM" : "PM", piece);
}

// The text of an infinite value.
bool render_exception(const std::optional<std::string> &exception, std::string &text) {
  if (exception) text = *exception;
  return exception.has_value();
}

}  // namespace

std::optional<int64_t> parse_time(const TextForm &form, std::string_view text) {
  if (form.high == text) return INT64_MAX;
  if (form.low == text) return INT64_MIN;
  Parts parts;
  for (const TextForm::Piece &piece : form.pieces)
    if (!take(piece, text, parts)) return std::nullopt;
  const bool compact = form.pieces.size() == 3 && form.pieces[1].field != Field::Literal;  // 20130829, unless it is a number
  if (!text.empty() || (compact && (parts.year < 1900 || parts.year > 2100))) return std::nullopt;
  return value_of(form.kind, parts);
}

bool render_time(const TextForm &form, int64_t value, std::string &text) {
  text.clear();
  if (value == INT64_MAX || value == INT64_MIN) return render_exception(value > 0 ? form.high : form.low, text);
  if (form.kind == Kind::Time && (value < 0 || value >= usecs_per_day)) return false;
  const std::optional<Civil> parts = civil_of(value, form.kind == Kind::Date ? TypeClass::Date : TypeClass::Timestamp);
  if (!parts || parts->year < 1000) return false;
  for (const TextForm::Piece &piece : form.pieces) {
    if (piece.field == Field::ShortYear && (parts->year < 1970 || parts->year > 2069)) return false;
    text += text_of(piece, *parts);
  }
  return true;
}

std::optional<double> parse_number(const TextForm &form, std::string_view text) {
  if (form.high == text) return INFINITY;
  if (form.low == text) return -INFINITY;
  std::string rendered, digits;
  if (text.size() > 40 || text.size() < form.prefix.size() + form.suffix.size()) return std::nullopt;
  for (char c : text.substr(form.prefix.size(), text.size() - form.prefix.size() - form.suffix.size()))
    if (c != ',' || !form.grouped) digits += c;
  if (digits.empty() || digits.find_first_not_of("-.0123456789") != std::string::npos) return std::nullopt;
  char *end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  if (*end != 0 || !render_number(form, value, rendered) || rendered != text) return std::nullopt;
  return value;
}

bool render_number(const TextForm &form, double value, std::string &text) {
  if (std::isinf(value)) return render_exception(value > 0 ? form.high : form.low, text);
  if (!(std::fabs(value) < 1e15)) return false;
  std::array<char, 64> digits{};
  std::snprintf(digits.data(), digits.size(), "%.*f", form.decimals, value);
  std::string number = digits.data();
  const size_t point = number.find('.');
  while (form.trimmed && point != std::string::npos && number.back() == '0') number.pop_back();
  if (number.back() == '.') number.pop_back();
  if (number == "-0") number = "0";
  if (form.grouped)
    for (size_t at = std::min(point, number.size()); at > 3 + (number[0] == '-' ? 1u : 0u); at -= 3) number.insert(at - 3, ",");
  text = form.prefix + number + form.suffix;
  return true;
}

namespace {

using Pieces = std::vector<TextForm::Piece>;

// Pieces from a template: Y year, y of two digits, M D h m s of two digits, u minute without zeros, N E month by its name (short, whole), d H as D h without zeros,
// n month without zeros, i k hour of twelve (two digits, without zeros), f F fraction of three or six digits, e any fraction, p noon; others
// stand for themselves.
struct Letter {
  char letter;
  Field field;
  int digits;
};
constexpr std::array letters{
    Letter{'Y', Field::Year, 4},      Letter{'y', Field::ShortYear, 2}, Letter{'M', Field::Month, 2},  Letter{'n', Field::Month, 0},
    Letter{'N', Field::MonthName, 0}, Letter{'E', Field::MonthFull, 0}, Letter{'D', Field::Day, 2},    Letter{'d', Field::Day, 0},
    Letter{'h', Field::Hour, 2},      Letter{'H', Field::Hour, 0},      Letter{'i', Field::Hour12, 2}, Letter{'k', Field::Hour12, 0},
    Letter{'m', Field::Minute, 2},    Letter{'u', Field::Minute, 0},    Letter{'s', Field::Second, 2}, Letter{'f', Field::Fraction, 3},
    Letter{'F', Field::Fraction, 6},  Letter{'e', Field::Fraction, 0},  Letter{'p', Field::Noon, 0}};

Pieces pieces_of(std::string_view text) {
  Pieces out;
  for (char c : text) {
    TextForm::Piece &piece = out.emplace_back();
    auto found = std::find_if(letters.begin(), letters.end(), [c](const Letter &l) { return l.letter == c; });
    if (found == letters.end())
      piece.text = std::string(1, c);
    else
      piece.field = found->field, piece.digits = found->digits;
  }
  return out;
}

constexpr std::array date_templates{"Y-M-D", "Y-n-d", "Y/M/D", "Y/n/d", "Y.M.D", "M/D/Y", "n/d/Y",  "D/M/Y",  "d/n/Y",  "M/D/y",
                                    "n/d/y", "D/M/y", "d/n/y", "D.M.Y", "d.n.Y", "D.M.y", "D-M-Y",  "M-D-Y",  "d-n-Y",  "n-d-Y",
                                    "D-N-Y", "d-N-Y", "D-N-y", "d-N-y", "D N Y", "d N Y", "N D, Y", "N d, Y", "E d, Y", "E D, Y",
                                    "N D,Y", "N d,Y", "E d,Y", "E D,Y", "d E Y", "D E Y", "Y-N-D",  "YMD"};
constexpr std::array clock_templates{"h:m",     "H:m",     "h:m:s", "H:m:s",  "h:m:s.f", "h:m:s.F", "h:m:s.e", "i:m p", "k:m p",
                                     "i:m:s p", "k:m:s p", "k:mp",  "k:m:sp", "m:s.f",   "u:s.f",   "m:s.F",   "u:s.F"};
constexpr std::array joints{" ", "T", ", ", " at "};
constexpr std::array zones{"", "Z", " UTC", "+00", "+00:00", "+0000", " GMT"};

// Whether the pieces begin the text; what they leave of it.
bool begins(const Pieces &pieces, std::string_view text, std::string_view &rest) {
  Parts parts;
  rest = text;
  for (const TextForm::Piece &piece : pieces)
    if (!take(piece, rest, parts)) return false;
  return value_of(Kind::Timestamp, parts).has_value();
}

// Names of months and halves of days in the case of the text.
void set_case(Pieces &pieces, bool up, bool down) {
  for (TextForm::Piece &piece : pieces)
    if (piece.field == Field::MonthName || piece.field == Field::MonthFull || piece.field == Field::Noon)
      piece.upper = up, piece.lower = down;
}

Pieces joined(Pieces first, std::string_view joint, const Pieces &second, std::string_view last) {
  auto literal = [](std::string_view text) {
    TextForm::Piece piece;
    piece.text = text;
    return piece;
  };
  if (!joint.empty()) first.push_back(literal(joint));
  first.insert(first.end(), second.begin(), second.end());
  if (!last.empty()) first.push_back(literal(last));
  return first;
}

// Forms of dates and times that one text may be in.
std::vector<TextForm> time_forms(std::string_view text) {
  std::vector<TextForm> out;
  auto add = [&](Kind kind, Pieces pieces) {
    out.emplace_back().kind = kind;
    out.back().pieces = std::move(pieces);
  };
  auto add_clocks = [&](const Pieces &date, std::string_view joint, std::string_view rest) {
    std::string_view after;
    for (const char *clock : clock_templates)
      for (int style = 0; style < 3; ++style) {
        Pieces time = pieces_of(clock);
        set_case(time, style == 1, style == 2);
        if (!begins(time, rest, after)) continue;
        for (const char *zone : zones)
          if (after == zone) add(date.empty() ? Kind::Time : Kind::Timestamp, joined(date, joint, time, zone));
        if (time.back().field != Field::Noon) break;
      }
  };
  for (const char *tmpl : date_templates)
    for (int style = 0; style < 3; ++style) {
      Pieces date = pieces_of(tmpl);
      set_case(date, style == 1, style == 2);
      std::string_view rest;
      if (begins(date, text, rest)) {
        if (rest.empty()) add(Kind::Date, date);
        for (const char *joint : joints)
          if (rest.starts_with(joint)) add_clocks(date, joint, rest.substr(std::string_view(joint).size()));
      }
      if (std::string_view(tmpl).find_first_of("NE") == std::string_view::npos) break;
    }
  add_clocks({}, "", text);
  return out;
}

// What is before the first and after the last digit, sign or point of a text, if that is short.
bool number_affixes(std::string_view text, TextForm &form) {
  constexpr std::string_view digits = "-0123456789";
  const size_t first = text.find_first_of(digits), last = text.find_last_of("0123456789");
  if (first == std::string_view::npos || last == std::string_view::npos || first > 4 || text.size() - last - 1 > 4) return false;
  form.kind = Kind::Number;
  form.prefix = text.substr(0, first);
  form.suffix = text.substr(last + 1);
  return form.prefix.find_first_of(".,") == std::string::npos;
}

// Decimals, commas and trailing zeros as all texts have them.
TextForm number_form(const std::vector<std::string_view> &texts, const std::vector<std::string_view> &exceptions) {
  TextForm form;
  if (texts.empty() || !number_affixes(texts[0], form)) return {};
  int least = INT32_MAX;
  auto is_exception = [&](std::string_view text) { return std::find(exceptions.begin(), exceptions.end(), text) != exceptions.end(); };
  for (std::string_view text : texts) {
    if (is_exception(text)) continue;
    const size_t end = text.size() - std::min(form.suffix.size(), text.size()), point = text.rfind('.');
    const int decimals = point == std::string_view::npos || point >= end ? 0 : static_cast<int>(end - point - 1);
    form.decimals = std::max(form.decimals, decimals);
    least = std::min(least, decimals);
    form.grouped = form.grouped || text.find(',') != std::string_view::npos;
  }
  form.trimmed = least < form.decimals;
  return form.decimals <= 15 ? form : TextForm{};
}

bool reads(const TextForm &form, std::string_view text) {
  return form.kind == Kind::Number ? parse_number(form, text).has_value() : parse_time(form, text).has_value();
}

// Whether all texts are in the form but some exceptions, which it takes in.
bool holds(TextForm &form, const std::vector<std::string_view> &texts, const std::vector<std::string_view> &exceptions) {
  std::string back;
  for (std::string_view text : texts) {
    if (reads(form, text)) continue;
    const bool free = form.kind != Kind::Time && (!form.high || !form.low);
    if (!free || std::find(exceptions.begin(), exceptions.end(), text) == exceptions.end()) return false;
    (form.high ? form.low : form.high) = text;
  }
  if (form.kind == Kind::Number) return true;
  for (std::string_view text : texts)
    if (auto value = parse_time(form, text); !value || !render_time(form, *value, back) || back != text) return false;
  return true;
}

}  // namespace

TextForm find_form(const std::vector<std::string_view> &texts, const std::vector<std::string_view> &exceptions) {
  auto is_exception = [&](std::string_view text) { return std::find(exceptions.begin(), exceptions.end(), text) != exceptions.end(); };
  // The first texts that are no exceptions propose.
  for (std::string_view text : texts) {
    for (TextForm &form : time_forms(text))
      if (holds(form, texts, exceptions)) return form;
    if (!is_exception(text)) break;
  }
  for (std::string_view text : texts) {
    std::vector<std::string_view> from{text};
    from.insert(from.end(), texts.begin(), texts.end());
    TextForm form = number_form(from, exceptions);
    if (form.any() && holds(form, texts, exceptions)) return form;
    if (!is_exception(text)) break;
  }
  return {};
}

std::string describe(const TextForm &form) {
  if (form.kind == Kind::Number) return form.prefix + "number" + form.suffix;
  std::string text;
  for (const TextForm::Piece &piece : form.pieces) {
    const std::string fill = piece.digits > 0 ? "" : "FM";
    switch (piece.field) {
      case Field::Literal: text += piece.text; break;
      case Field::Year: text += "YYYY"; break;
      case Field::ShortYear: text += "YY"; break;
      case Field::Month: text += fill + "MM"; break;
      case Field::MonthName: text += "Mon"; break;
      case Field::MonthFull: text += "FMMonth"; break;
      case Field::Day: text += fill + "DD"; break;
      case Field::Hour: text += fill + "HH24"; break;
      case Field::Hour12: text += fill + "HH12"; break;
      case Field::Minute: text += fill + "MI"; break;
      case Field::Second: text += "SS"; break;
      case Field::Fraction: text += piece.digits == 3 ? "MS" : "US"; break;
      case Field::Noon: text += "AM"; break;
    }
  }
  return text;
}

}  // namespace relsynth::core
