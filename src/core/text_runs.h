// A text as runs of like characters: "Ann-Marie 42" is Capital, '-', Capital, blank, digits. UTF-8 throughout; bytes that are none count as
// letters of their own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relsynth::core {

enum class RunKind : uint8_t {
  Upper,    // ABC
  Capital,  // Abc
  Lower,    // abc, and letters without case
  Digits,   // 123
  Code,     // letters and digits in turn: 4f3ac9, X7K2P
  Blank,    // spaces, tabs, line ends
  Punct,    // one character of any other kind
  Domain    // what follows the @ of an e-mail address
};

struct TextRun {
  RunKind kind;
  uint32_t begin, end;  // bytes
  uint32_t length;      // characters
  char32_t mark = 0;    // Punct: the character
};

// A text of one row; samples come in the order of their entities.
struct TextSample {
  std::string_view text;
  uint32_t entity;
};

// Next character at `at`, which advances.
char32_t next_character(std::string_view text, size_t &at);
void append_character(std::string &text, char32_t c);
size_t count_characters(std::string_view text);
// At most `most` characters of the text.
void truncate_characters(std::string &text, size_t most);

bool is_letter(char32_t c);
bool is_upper(char32_t c);
char32_t to_lower(char32_t c);
char32_t to_upper(char32_t c);

// Splits a text; an e-mail address ends in one Domain run.
void split_runs(std::string_view text, std::vector<TextRun> &runs);
bool is_email(std::string_view text);
// Digits, with no letter.
bool is_digits(const std::vector<TextRun> &runs);

// Hash of the kinds and marks: texts of one shape have one signature.
uint64_t signature_of(const std::vector<TextRun> &runs);

// Text without trailing blanks, as char(n) compares.
std::string_view without_padding(std::string_view text);

}  // namespace relsynth::core
