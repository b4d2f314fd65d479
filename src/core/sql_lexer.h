// A lexer of PostgreSQL's SQL, as much as names need: SQL text -> tokens that, put together again, give the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relsynth::core {

struct SqlToken {
  enum Kind { Blank, Identifier, String, Dollar, Number, Other };  // Blank: white space and comments
  Kind kind = Other;
  std::string_view text;  // as written

  // An identifier unquoted (in lower case where it was not quoted), the content of a literal, otherwise the text.
  std::string value() const;
  // A literal of the same form with other content.
  std::string with_value(std::string_view content) const;
};

// The tokens point into `sql`. Never fails: an unterminated literal or comment reaches to the end.
std::vector<SqlToken> lex_sql(std::string_view sql);

}  // namespace relsynth::core
