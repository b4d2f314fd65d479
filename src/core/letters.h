// Letters of words: which one follows the last ones, as far as enough entities share it. Makes fresh words in the column's language.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/followers.h"

namespace relsynth::core {

struct LetterModel {
  Followers followers;
  bool latin = true;  // most letters are
};

// A word of a text, in the order of entities; `initial`: the text begins with it.
struct WordSample {
  std::string_view text;
  uint32_t entity;
  bool initial;
};

LetterModel learn_letters(const std::vector<WordSample> &words, uint32_t threshold);

// A pronounceable word in lower case.
void draw_word(const LetterModel &letters, size_t length, bool initial, bool uniform, Stream &random, std::string &out);

}  // namespace relsynth::core
