#include "core/letters.h"

#include <algorithm>
#include <string_view>

#include "core/text_runs.h"

namespace relsynth::core {

namespace {

constexpr uint64_t word_start = 0, text_start = 1;  // no letters have these codes
constexpr size_t enough_letters = 300000;
constexpr size_t levels = 6;
constexpr uint64_t no_context = 0;

bool is_vowel(uint64_t letter) {
  if (letter < 128) return std::string_view("aeiouy").find(static_cast<char>(letter)) != std::string_view::npos;
  constexpr std::u32string_view others = U"àáâãäåæèéêëìíîïòóôõöøùúûüýāăąēęěīįőūůűаеёиоуыэюяαεηιουω";
  return others.find(static_cast<char32_t>(letter)) != std::u32string_view::npos;
}

uint64_t class_of(uint64_t letter) { return letter <= text_start ? word_start : is_vowel(letter) ? 2 : 3; }

// The letters before one, and whether it is the word's last.
struct Before {
  uint64_t last = word_start, second = word_start, third = word_start;
  void push(uint64_t letter) {
    third = second;
    second = last;
    last = letter;
  }
  // The longest first.
  uint64_t context(size_t level, bool ending) const {
    uint64_t salt = level * 2 + ending;
    switch (level) {
      case 0: return context_of(third << 42 | second << 21 | last, salt);
      case 1: return context_of(second << 21 | last, salt);
      case 2: return context_of(last, salt);
      case 3: return last <= text_start ? context_of(word_start, salt) : no_context;  // a word's start, wherever it stands
      case 4: return context_of(class_of(second) << 8 | class_of(last), salt);
      default: return context_of(0, salt);
    }
  }
};

// Letters of European languages by frequency, for columns that share too little text.
char32_t common_letter(bool vowel, Stream &random) {
  static constexpr char vowels[] = "eeeeaaaiiioou", others[] = "nnnrrrttssslllddcmmgpbhkvfwzj";
  return static_cast<char32_t>(vowel ? vowels[random.below(sizeof(vowels) - 1)] : others[random.below(sizeof(others) - 1)]);
}

void count_word(const WordSample &word, FollowerCounts &counts) {
  Before before;
  if (word.initial) before.last = text_start;
  for (size_t at = 0; at < word.text.size();) {
    uint32_t letter = static_cast<uint32_t>(to_lower(next_character(word.text, at)));
    bool ending = at >= word.text.size();
    for (size_t i = 0; i < levels; ++i)
      if (uint64_t context = before.context(i, ending); context != no_context) counts.add(context, letter, word.entity);
    before.push(letter);
  }
}

}  // namespace

LetterModel learn_letters(const std::vector<WordSample> &words, uint32_t threshold) {
  FollowerCounts counts;
  LetterModel model;
  size_t letters = 0, ascii = 0;
  for (const WordSample &word : words) letters += word.text.size();
  size_t stride = letters / enough_letters + 1;
  for (size_t i = 0; i < words.size(); i += stride) {
    count_word(words[i], counts);
    for (char c : words[i].text) ascii += static_cast<unsigned char>(c) < 128;
  }
  // A context with one way on would spell out a word.
  model.followers = counts.keep(threshold, 2);
  model.latin = ascii * 2 * stride >= letters;
  return model;
}

void draw_word(const LetterModel &letters, size_t length, bool initial, bool uniform, Stream &random, std::string &out) {
  Before before;
  if (initial) before.last = text_start;
  bool vowel = random.below(2) == 0;
  for (size_t n = 0; n < length; ++n) {
    uint32_t letter = 0;
    bool ending = n + 1 == length;
    auto context = [&](size_t level) { return before.context(level, ending); };
    if (uniform)
      letter = static_cast<uint32_t>('a' + random.below(26));
    else if (!draw_follower(letters.followers, levels, context, random, letter) &&
             (letters.latin || !draw_kept(letters.followers, context(levels - 1), random, letter)))
      letter = common_letter(vowel, random);
    append_character(out, letter);
    vowel = !is_vowel(letter);
    before.push(letter);
  }
}

}  // namespace relsynth::core
