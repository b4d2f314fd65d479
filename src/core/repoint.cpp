// Names in SQL text: a lexer of PostgreSQL's SQL (quoted identifiers, E'' strings, dollar quotes, nested comments) and the replacement of
// schema-qualified names on its tokens. Any text is a valid input: what cannot be read as SQL is passed on as it is.
#include "core/repoint.h"

#include <algorithm>
#include <set>

#include "core/sql_lexer.h"

namespace relsynth::core {

namespace {

constexpr int max_nesting = 8;  // of bodies and literals inside one another

// Positions that are neither blanks nor comments, so that neighbours are found in one step.
std::vector<size_t> significant(const std::vector<SqlToken> &tokens) {
  std::vector<size_t> out;
  for (size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i].kind != SqlToken::Blank) out.push_back(i);
  return out;
}

class Repointer {
 public:
  Repointer(const NameMap &names, const std::map<std::string, std::string> *schemas) : names_(names), schemas_(schemas) {}

  // `own`: the text is a user's own (a body), whose literals may hold SQL too.
  std::string text(std::string_view sql, bool own, int depth) const {
    if (depth > max_nesting) return std::string(sql);
    std::vector<SqlToken> tokens = lex_sql(sql);
    std::vector<size_t> at = significant(tokens);
    std::vector<std::string> replaced(tokens.size());
    std::vector<bool> changed(tokens.size(), false);
    auto put = [&](size_t position, std::string with) {
      replaced[position] = std::move(with);
      changed[position] = true;
    };
    for (size_t k = 0; k < at.size(); ++k) {
      const SqlToken &t = tokens[at[k]];
      if (t.kind == SqlToken::Identifier) {
        qualified(tokens, at, k, put);
      } else if (t.kind == SqlToken::String || t.kind == SqlToken::Dollar) {
        literal(tokens, at, k, own, depth, put);
      }
    }
    if (schemas_ && depth == 0) search_path(tokens, at, put);
    std::string out;
    for (size_t i = 0; i < tokens.size(); ++i) out += changed[i] ? replaced[i] : std::string(tokens[i].text);
    return out;
  }

 private:
  const NameMap &names_;
  const std::map<std::string, std::string> *schemas_;

  static bool is(const std::vector<SqlToken> &tokens, const std::vector<size_t> &at, size_t k, std::string_view text) {
    return k < at.size() && tokens[at[k]].text == text;
  }

  template <class Put>
  void qualified(const std::vector<SqlToken> &tokens, const std::vector<size_t> &at, size_t k, const Put &put) const {
    if (k + 2 >= at.size() || tokens[at[k + 1]].text != "." || tokens[at[k + 2]].kind != SqlToken::Identifier) return;
    if (k > 0 && tokens[at[k - 1]].text == ".") return;
    QualifiedName from{tokens[at[k]].value(), tokens[at[k + 2]].value()};
    auto it = names_.find(from);
    if (it == names_.end()) return;
    if (it->second.first != from.first) put(at[k], quote_identifier(it->second.first));
    if (it->second.second != from.second) put(at[k + 2], quote_identifier(it->second.second));
  }

  // Whether a cast to a reg* type follows position k: directly, or by way of text.
  static bool cast_to_reg(const std::vector<SqlToken> &tokens, const std::vector<size_t> &at, size_t k) {
    bool by_text = false;
    for (++k; k + 1 < at.size();) {
      if (tokens[at[k]].text == ")") {
        if (!by_text) return false;
        ++k;
        continue;
      }
      if (tokens[at[k]].text != "::") return false;
      ++k;
      if (k + 2 < at.size() && tokens[at[k]].text == "pg_catalog" && tokens[at[k + 1]].text == ".") k += 2;
      std::string type = tokens[at[k]].value();
      if (type.starts_with("reg")) return true;
      if (type != "text" && type != "character" && type != "varchar") return false;
      by_text = true;
      ++k;
      if (is(tokens, at, k, "varying")) ++k;
    }
    return false;
  }

  template <class Put>
  void literal(const std::vector<SqlToken> &tokens, const std::vector<size_t> &at, size_t k, bool own, int depth, const Put &put) const {
    const SqlToken &t = tokens[at[k]];
    bool reg = cast_to_reg(tokens, at, k);
    bool body = t.kind == SqlToken::Dollar && schemas_ && depth == 0;
    if (!reg && !own && !body) return;
    std::string before = t.value();
    std::string after = text(before, own || body, depth + 1);
    if (after != before) put(at[k], t.with_value(after));
  }

  // SET search_path TO 'a', 'b' in the head of a function.
  template <class Put>
  void search_path(const std::vector<SqlToken> &tokens, const std::vector<size_t> &at, const Put &put) const {
    for (size_t k = 0; k + 3 < at.size(); ++k) {
      if (tokens[at[k]].value() != "set" || tokens[at[k + 1]].value() != "search_path") continue;
      for (size_t i = k + 3; i < at.size(); i += 2) {
        const SqlToken &t = tokens[at[i]];
        if (t.kind != SqlToken::String && t.kind != SqlToken::Identifier) break;
        auto it = schemas_->find(t.value());
        if (it != schemas_->end()) put(at[i], t.kind == SqlToken::String ? t.with_value(it->second) : quote_identifier(it->second));
        if (!is(tokens, at, i + 1, ",")) break;
      }
      return;
    }
  }
};

void collect(std::string_view sql, bool unqualified, int depth, std::set<std::string> &out) {
  if (depth > max_nesting) return;
  std::vector<SqlToken> tokens = lex_sql(sql);
  std::vector<size_t> at = significant(tokens);
  for (size_t k = 0; k < at.size(); ++k) {
    const SqlToken &t = tokens[at[k]];
    if (t.kind == SqlToken::Identifier) {
      if (!unqualified || k == 0 || tokens[at[k - 1]].text != ".") out.insert(t.value());
    } else if (t.kind == SqlToken::String || t.kind == SqlToken::Dollar) {
      collect(t.value(), unqualified, depth + 1, out);
    }
  }
}

}  // namespace

std::string repoint(std::string_view sql, const NameMap &names) { return Repointer(names, nullptr).text(sql, false, 0); }

std::string repoint_function(std::string_view definition, const NameMap &names, const std::map<std::string, std::string> &schemas) {
  return Repointer(names, &schemas).text(definition, false, 0);
}

std::vector<std::string> identifiers(std::string_view sql, bool unqualified) {
  std::set<std::string> out;
  collect(sql, unqualified, 0, out);
  return {out.begin(), out.end()};
}

bool nextval_sequence(std::string_view expression, QualifiedName &sequence) {
  std::vector<SqlToken> tokens = lex_sql(expression);
  std::vector<size_t> at = significant(tokens);
  for (size_t k = 0; k + 1 < at.size(); ++k) {
    if (tokens[at[k]].kind != SqlToken::Identifier || tokens[at[k]].value() != "nextval") continue;
    size_t i = k + 1;
    while (i < at.size() && tokens[at[i]].text == "(") ++i;
    if (i >= at.size() || tokens[at[i]].kind != SqlToken::String) continue;
    std::string name = tokens[at[i]].value();
    std::vector<SqlToken> parts = lex_sql(name);
    if (parts.size() == 1 && parts[0].kind == SqlToken::Identifier) {
      sequence = {"", parts[0].value()};
      return true;
    }
    if (parts.size() == 3 && parts[1].text == "." && parts[0].kind == SqlToken::Identifier && parts[2].kind == SqlToken::Identifier) {
      sequence = {parts[0].value(), parts[2].value()};
      return true;
    }
  }
  return false;
}

}  // namespace relsynth::core
