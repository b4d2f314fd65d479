#include "core/text_runs.h"

#include "core/random.h"

namespace relsynth::core {

char32_t next_character(std::string_view text, size_t &at) {
  unsigned char first = static_cast<unsigned char>(text[at++]);
  int more = first >= 0xF0 && first < 0xF8 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  if (first < 0x80 || first >= 0xF8 || at + static_cast<size_t>(more) > text.size()) return first;
  char32_t c = first & (0x3F >> more);
  for (int i = 0; i < more; ++i) c = (c << 6) | (static_cast<unsigned char>(text[at++]) & 0x3F);
  return c;
}

void append_character(std::string &text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0 | (c >> 6));
    text += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | (c >> 12));
    text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | (c >> 18));
    text += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (c & 0x3F));
  }
}

size_t count_characters(std::string_view text) {
  size_t n = 0;
  for (char c : text) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}

void truncate_characters(std::string &text, size_t most) {
  size_t n = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (n++ == most) {
      text.resize(i);
      return;
    }
  }
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
  if (c == 0xD7 || c == 0xF7) return false;
  return !(c >= 0x2000 && c < 0x2C00) && !(c >= 0x3000 && c < 0x3005) && !(c >= 0xFF00 && c < 0xFF10) && c < 0x1F000;
}

bool is_upper(char32_t c) { return to_lower(c) != c; }

char32_t to_lower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  bool odd_upper = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if (odd_upper) return c % 2 ? c + 1 : c;
  if (c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x131 && c != 0x138) return c % 2 ? c : c + 1;
  if (c >= 0x391 && c <= 0x3A9) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

char32_t to_upper(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  for (char32_t distance : {32u, 1u, 80u})
    if (c > distance && to_lower(c - distance) == c && c - distance != c) return c - distance;
  return c;
}

std::string_view without_padding(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

namespace {

bool is_blank(char32_t c) { return c == ' ' || (c >= 9 && c <= 13) || c == 0xA0 || c == 0x3000; }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_word(RunKind kind) { return kind <= RunKind::Digits; }

RunKind kind_of(char32_t c) {
  if (is_digit(c)) return RunKind::Digits;
  if (is_blank(c)) return RunKind::Blank;
  if (!is_letter(c)) return RunKind::Punct;
  return is_upper(c) ? RunKind::Upper : RunKind::Lower;
}

// Whether a character of `kind` continues the run.
bool continues(TextRun &run, RunKind kind) {
  if (kind == RunKind::Punct) return false;
  if (run.kind == kind) return true;
  if (kind != RunKind::Lower) return false;
  if (run.kind == RunKind::Upper && run.length == 1) run.kind = RunKind::Capital;
  return run.kind == RunKind::Capital;
}

// Letters and digits in frequent turns are one code: their kinds by position are chance.
void merge_codes(std::vector<TextRun> &runs) {
  size_t kept = 0;
  for (size_t i = 0; i < runs.size();) {
    size_t end = i;
    uint32_t length = 0;
    bool digits = false;
    while (end < runs.size() && is_word(runs[end].kind)) {
      digits = digits || runs[end].kind == RunKind::Digits;
      length += runs[end++].length;
    }
    size_t pieces = end - i;
    if (digits && (pieces >= 4 || (pieces == 3 && length >= 8))) {
      runs[kept++] = {RunKind::Code, runs[i].begin, runs[end - 1].end, length, 0};
      i = end;
      continue;
    }
    if (end == i) ++end;
    while (i < end) runs[kept++] = runs[i++];
  }
  runs.resize(kept);
}

}  // namespace

bool is_email(std::string_view text) {
  size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.find('@', at + 1) != std::string_view::npos) return false;
  std::string_view domain = text.substr(at + 1);
  size_t dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == domain.size()) return false;
  for (char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || c == ',' || c == ';' || c == '<' || c == '>' || c == '/') return false;
  for (char c : domain)
    if (!is_letter(static_cast<unsigned char>(c)) && !is_digit(static_cast<unsigned char>(c)) && c != '.' && c != '-') return false;
  return true;
}

bool is_digits(const std::vector<TextRun> &runs) {
  bool digits = false;
  for (const TextRun &run : runs) {
    digits = digits || run.kind == RunKind::Digits;
    if (run.kind != RunKind::Digits && run.kind != RunKind::Blank && run.kind != RunKind::Punct) return false;
  }
  return digits;
}

void split_runs(std::string_view text, std::vector<TextRun> &runs) {
  runs.clear();
  size_t end = text.size();
  bool email = is_email(text);
  if (email) end = text.find('@') + 1;
  for (size_t at = 0; at < end;) {
    uint32_t begin = static_cast<uint32_t>(at);
    char32_t c = next_character(text, at);
    RunKind kind = kind_of(c);
    if (runs.empty() || !continues(runs.back(), kind)) runs.push_back({kind, begin, begin, 0, kind == RunKind::Punct ? c : 0});
    runs.back().end = static_cast<uint32_t>(at);
    ++runs.back().length;
  }
  merge_codes(runs);
  if (email)
    runs.push_back(
        {RunKind::Domain, static_cast<uint32_t>(end), static_cast<uint32_t>(text.size()), static_cast<uint32_t>(text.size() - end), 0});
}

uint64_t signature_of(const std::vector<TextRun> &runs) {
  uint64_t hash = 14695981039346656037ULL;
  for (const TextRun &run : runs)
    hash = (hash ^ (static_cast<uint64_t>(run.kind) + 1 + (static_cast<uint64_t>(run.mark) << 8))) * 1099511628211ULL;
  return mix(hash);
}

}  // namespace relsynth::core
