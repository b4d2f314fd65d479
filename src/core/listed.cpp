// listed: a CHECK as deparsed -> the texts that it lists.
#include "core/listed.h"

#include <algorithm>
#include <set>

#include "core/sql_lexer.h"

namespace relsynth::core {

std::vector<std::string> listed_texts(const std::string &expression) {
  static const std::set<std::string> words = {"ANY", "ARRAY", "OR", "text", "character", "varying", "bpchar", "varchar"};
  std::vector<std::string> texts;
  std::string column;
  int equals = 0, ors = 0, arrays = 0;
  for (const SqlToken &token : lex_sql(expression)) {
    const std::string text(token.text);
    switch (token.kind) {
      case SqlToken::Blank: break;
      case SqlToken::String:
        if (text[0] != '\'') return {};
        texts.push_back(token.value());
        break;
      case SqlToken::Identifier:
        ors += text == "OR";
        arrays += text == "ARRAY";
        if (words.count(text)) break;
        if (!column.empty() && column != text) return {};
        column = text;
        break;
      case SqlToken::Other:
        if (text.find_first_not_of("()[],=:") != std::string::npos) return {};
        equals += static_cast<int>(std::count(text.begin(), text.end(), '='));
        break;
      default: return {};
    }
  }
  if (column.empty() || equals != ors + 1 || (arrays == 0 && texts.size() != static_cast<size_t>(equals))) return {};
  return texts;
}

}  // namespace relsynth::core
