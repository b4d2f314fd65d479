#include "core/sql_lexer.h"

#include <algorithm>
#include <array>

#include "core/repoint.h"

namespace relsynth::core {

namespace {

bool starts_identifier(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80); }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool continues_identifier(char c) { return starts_identifier(c) || digit(c) || c == '$'; }
bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : s_(sql) {}

  std::vector<SqlToken> run() {
    while (i_ < s_.size()) {
      size_t begin = i_;
      SqlToken::Kind kind = next();
      tokens_.push_back({kind, s_.substr(begin, i_ - begin)});
    }
    return std::move(tokens_);
  }

 private:
  std::string_view s_;
  size_t i_ = 0;
  std::vector<SqlToken> tokens_;

  char peek(size_t ahead = 0) const { return i_ + ahead < s_.size() ? s_[i_ + ahead] : '\0'; }

  SqlToken::Kind next() {
    char c = peek();
    if (blank(c)) return skip_blanks();
    if (c == '-' && peek(1) == '-') return skip_line();
    if (c == '/' && peek(1) == '*') return skip_comment();
    if (c == '\'') return quoted('\'', false), SqlToken::String;
    if (c == '"') return quoted('"', false), SqlToken::Identifier;
    if (starts_identifier(c)) return word();
    if (c == '$') return dollar();
    if (digit(c)) return number();
    i_ += c == ':' && (peek(1) == ':' || peek(1) == '=') ? 2 : 1;
    return SqlToken::Other;
  }

  SqlToken::Kind skip_blanks() {
    while (i_ < s_.size() && blank(s_[i_])) ++i_;
    return SqlToken::Blank;
  }

  SqlToken::Kind skip_line() {
    while (i_ < s_.size() && s_[i_] != '\n' && s_[i_] != '\r') ++i_;
    return SqlToken::Blank;
  }

  SqlToken::Kind skip_comment() {
    int depth = 0;
    do {
      if (peek() == '/' && peek(1) == '*') {
        ++depth;
        i_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        --depth;
        i_ += 2;
      } else {
        ++i_;
      }
    } while (depth > 0 && i_ < s_.size());
    i_ = std::min(i_, s_.size());
    return SqlToken::Blank;
  }

  // From the opening quote to the closing one; a doubled quote stands for itself.
  void quoted(char quote, bool backslashes) {
    for (++i_; i_ < s_.size(); ++i_) {
      if (backslashes && s_[i_] == '\\') {
        ++i_;
      } else if (s_[i_] == quote) {
        if (peek(1) != quote) {
          ++i_;
          break;
        }
        ++i_;
      }
    }
    i_ = std::min(i_, s_.size());
  }

  SqlToken::Kind word() {
    char c = peek() | 0x20;
    if (peek(1) == '\'' && (c == 'e' || c == 'b' || c == 'x' || c == 'n')) {
      ++i_;
      quoted('\'', c == 'e');
      return SqlToken::String;
    }
    if (c == 'u' && peek(1) == '&' && (peek(2) == '\'' || peek(2) == '"')) {
      char quote = peek(2);
      i_ += 2;
      quoted(quote, false);
      return quote == '"' ? SqlToken::Identifier : SqlToken::String;
    }
    while (i_ < s_.size() && continues_identifier(s_[i_])) ++i_;
    return SqlToken::Identifier;
  }

  // $1, $$...$$, $tag$...$tag$
  SqlToken::Kind dollar() {
    size_t end = i_ + 1;
    if (end < s_.size() && starts_identifier(s_[end]))
      while (end < s_.size() && (starts_identifier(s_[end]) || digit(s_[end]))) ++end;
    if (end >= s_.size() || s_[end] != '$') {
      for (++i_; i_ < s_.size() && digit(s_[i_]);) ++i_;
      return SqlToken::Other;
    }
    std::string_view tag = s_.substr(i_, end + 1 - i_);
    size_t close = s_.find(tag, end + 1);
    i_ = close == std::string_view::npos ? s_.size() : close + tag.size();
    return SqlToken::Dollar;
  }

  SqlToken::Kind number() {
    while (i_ < s_.size() && (digit(s_[i_]) || (s_[i_] == '.' && digit(peek(1))))) ++i_;
    return SqlToken::Number;
  }
};

// Position of the opening quote: after E, B, X, N or U&.
size_t opening(std::string_view text) { return std::min(text.find_first_of("'\""), text.size()); }

std::string unquote(std::string_view text, char quote, bool backslashes) {
  std::string out;
  size_t i = opening(text) + 1;
  for (; i < text.size(); ++i) {
    if (text[i] == quote) {
      if (i + 1 >= text.size() || text[i + 1] != quote) break;
      ++i;
    } else if (backslashes && text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '\\' || text[i + 1] == '\'')) {
      ++i;
    }
    out += text[i];
  }
  return out;
}

bool escape_string(std::string_view text) { return !text.empty() && (text[0] == 'E' || text[0] == 'e'); }

}  // namespace

std::string SqlToken::value() const {
  if (kind == Dollar) {
    size_t tag = text.find('$', 1) + 1;
    return text.size() >= 2 * tag ? std::string(text.substr(tag, text.size() - 2 * tag)) : std::string(text.substr(tag));
  }
  if (kind == String) return unquote(text, '\'', escape_string(text));
  if (kind != Identifier) return std::string(text);
  if (text[0] == '"' || (text.size() > 1 && text[1] == '&')) return unquote(text, '"', false);
  std::string out(text);
  for (char &c : out)
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  return out;
}

std::string SqlToken::with_value(std::string_view content) const {
  if (kind == Dollar) {
    std::string tag(text.substr(0, text.find('$', 1) + 1));
    return tag + std::string(content) + tag;
  }
  std::string out = escape_string(text) ? "E'" : "'";
  for (char c : content) {
    if (c == '\'' || (c == '\\' && escape_string(text))) out += c;
    out += c;
  }
  return out + "'";
}

std::vector<SqlToken> lex_sql(std::string_view sql) { return Lexer(sql).run(); }

namespace {

// Key words of PostgreSQL 15 to 18 that quote_identifier() quotes: all but the unreserved ones. Sorted.
// clang-format off
constexpr std::array quoted_words = {
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "bigint", "binary", "bit",
    "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate", "collation", "column", "concurrently",
    "constraint", "create", "cross", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "dec", "decimal", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "exists", "extract", "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group", "grouping",
    "having", "ilike", "in", "initially", "inner", "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join",
    "json", "json_array", "json_arrayagg", "json_exists", "json_object", "json_objectagg", "json_query", "json_scalar", "json_serialize",
    "json_table", "json_value", "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "merge_action",
    "national", "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric", "offset", "on", "only", "or",
    "order", "out", "outer", "overlaps", "overlay", "placing", "position", "precision", "primary", "real", "references", "returning",
    "right", "row", "select", "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric", "system_user", "table",
    "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values",
    "varchar", "variadic", "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists",
    "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable"};
// clang-format on

}  // namespace

std::string quote_identifier(std::string_view name) {
  bool safe = !name.empty() && ((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_');
  for (char c : name) safe = safe && ((c >= 'a' && c <= 'z') || digit(c) || c == '_');
  if (safe && !std::binary_search(quoted_words.begin(), quoted_words.end(), name)) return std::string(name);
  std::string out = "\"";
  for (char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  return out + "\"";
}

}  // namespace relsynth::core
