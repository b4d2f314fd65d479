// encode, free text: texts as words and what stands between them. Input: samples; output: which word or separator follows, as far as enough
// entities share it, and texts drawn from that. Words that are not shared are known by their kind and length only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/followers.h"
#include "core/lengths.h"
#include "core/letters.h"
#include "core/text_runs.h"
#include "core/weighted.h"

namespace relsynth::core {

// Digits by position, of numbers of one length or of all.
struct DigitPlaces {
  uint32_t length = 0;  // 0: any
  std::vector<std::array<uint32_t, 10>> places;
};

// Numbers by their digits as far as enough entities share each; from (digits, entity), in the order of entities.
std::vector<DigitPlaces> learn_digits(const std::vector<std::pair<std::string_view, uint32_t>> &numbers, uint32_t threshold);
void draw_digits(const std::vector<DigitPlaces> &digits, size_t length, bool uniform, Stream &random, std::string &out);

// What codes are made of, besides digits; `hex`: no letter beyond f.
struct Alphabet {
  bool hex = true, upper = false, lower = false;
  void add(std::string_view code);
};
void draw_code(const Alphabet &alphabet, size_t length, Stream &random, std::string &out);

// A fresh word of letters in the case of its kind.
void draw_cased_word(const LetterModel &letters, RunKind kind, size_t length, bool initial, bool uniform, Stream &random, std::string &out);

// Texts begin with a separator, mostly an empty one; words and separators take turns; a separator ends them.
struct Prose {
  struct Token {
    std::string text;
    uint32_t length = 0;        // characters
    RunKind kind{};             // of a word
    bool anchor = false;        // a word so frequent that it tells where in a text one is
    std::vector<TextRun> runs;  // of a separator
    enum class Bracket : uint8_t { None, Opens, Closes, Turns } bracket = Bracket::None;
  };
  std::vector<uint32_t> class_low, class_high;  // characters, per class
  std::vector<Token> tokens;                    // shared words and separators
  bool frame = false;                           // the anchors are words that most texts have
  Weighted<uint32_t> marks;                     // separators other than blanks, for those that are not shared
  Followers followers;                          // of token numbers: see prose.cpp
  std::array<Lengths, 8> lengths;               // of other words, by kind
  std::vector<DigitPlaces> digits;              // of other numbers
  Alphabet codes;
  bool empty() const { return class_low.empty(); }
};

// Learns from all texts; classes are those of the texts of `rest`.
Prose learn_prose(const std::vector<TextSample> &all, const std::vector<TextSample> &rest, uint32_t threshold, int max_classes);

// A text of a class, if it comes to that within some attempts: of its length, and not of the signatures of `others`.
void draw_prose(const Prose &prose, const LetterModel &letters, const std::unordered_set<uint64_t> &others, size_t text_class, int widen,
                Stream &random, std::string &out);

}  // namespace relsynth::core
