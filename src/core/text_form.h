// text forms: dates, times and numbers that a text column holds, all of its values written alike: 8/29/2013 9:24, 12.5%, 1,234.00. A form
// takes such a text to its value and the value back to the same text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relsynth::core {

struct TextForm {
  enum class Kind : uint8_t { None, Date, Time, Timestamp, Number };
  // A piece of a date or time, or of literal text.
  struct Piece {
    enum class Field : uint8_t { Literal, Year, ShortYear, Month, MonthName, MonthFull, Day, Hour, Hour12, Minute, Second, Fraction, Noon };
    Field field = Field::Literal;
    int digits = 0;      // always so many; 0: no zeros before it (Fraction: at most six, as many as there are)
    std::string text;    // Literal
    bool upper = false;  // MonthName, MonthFull, Noon: JAN, PM
    bool lower = false;
  };
  Kind kind = Kind::None;
  std::vector<Piece> pieces;  // Date, Time, Timestamp
  // Number: text before and after it, whether thousands are set apart by commas, whether no zeros end the decimals.
  std::string prefix, suffix;
  bool grouped = false, trimmed = false;
  int decimals = 0;
  // Other texts that stand for infinity and minus infinity: values at the ends that mean none.
  std::optional<std::string> high, low;
  bool any() const { return kind != Kind::None; }
};

// The value of a text: days since 2000-01-01, microseconds since midnight or since 2000-01-01; nothing unless it is written in the form.
std::optional<int64_t> parse_time(const TextForm &form, std::string_view text);
std::optional<double> parse_number(const TextForm &form, std::string_view text);

// The text of a value; false where the form has none for it (a year of five digits).
bool render_time(const TextForm &form, int64_t value, std::string &text);
bool render_number(const TextForm &form, double value, std::string &text);

// The form that all texts but at most two of the `exceptions` are written in; these become its high and low. None where there is none.
TextForm find_form(const std::vector<std::string_view> &texts, const std::vector<std::string_view> &exceptions);

// The form as a template of to_char(): "FMMM/FMDD/YYYY FMHH24:MI".
std::string describe(const TextForm &form);

}  // namespace relsynth::core
