#include "core/name_tokens.h"

#include "core/text_runs.h"

namespace relsynth::core {

std::vector<std::string> name_tokens(std::string_view name) {
  std::vector<std::string> tokens;
  std::vector<TextRun> runs;
  std::string plain(name);
  for (char &c : plain)
    if (c == '@') c = ' ';  // an identifier is no e-mail address
  split_runs(plain, runs);
  for (const TextRun &run : runs) {
    if (run.kind == RunKind::Blank || run.kind == RunKind::Punct) continue;
    std::string token;
    for (size_t at = run.begin; at < run.end;) append_character(token, to_lower(next_character(plain, at)));
    tokens.push_back(token);
  }
  return tokens;
}

std::string singular(const std::string &word) {
  auto ends = [&](std::string_view end) {
    return word.size() > end.size() + 1 && word.compare(word.size() - end.size(), end.size(), end) == 0;
  };
  if (word == "people" || word == "persons") return "person";
  if (word == "children") return "child";
  if (ends("ies")) return word.substr(0, word.size() - 3) + "y";
  if (ends("sses") || ends("uses") || ends("xes") || ends("ches") || ends("shes")) return word.substr(0, word.size() - 2);
  if (ends("s") && !ends("ss") && !ends("us") && !ends("is")) return word.substr(0, word.size() - 1);
  return word;
}

}  // namespace relsynth::core
