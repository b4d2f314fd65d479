// Which letters follow each other: makes fresh words that look like the column's language.
#include <algorithm>
#include <unordered_map>

#include "core/shapes.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr uint64_t any = 0x1FFFFF;  // no letter has this code: stands for "whatever came before"
constexpr size_t enough_letters = 300000;

uint64_t key_of(uint64_t before_last, uint64_t last, uint64_t letter) { return before_last << 42 | last << 21 | letter; }

using Counts = std::unordered_map<uint64_t, Support>;

void count_word(std::string_view word, uint32_t entity, Counts &counts) {
  uint64_t before_last = 0, last = 0;
  for (size_t at = 0; at < word.size();) {
    uint64_t letter = to_lower(next_character(word, at));
    counts[key_of(before_last, last, letter)].add(entity);
    counts[key_of(any, last, letter)].add(entity);
    counts[key_of(any, any, letter)].add(entity);
    before_last = last;
    last = letter;
  }
}

// Letters of a context; false when there is none.
bool draw_letter(const LetterModel &model, uint64_t context, Stream &random, char32_t &letter) {
  auto found = std::lower_bound(model.contexts.begin(), model.contexts.end(), context);
  if (found == model.contexts.end() || *found != context) return false;
  size_t i = static_cast<size_t>(found - model.contexts.begin());
  uint32_t first = model.begin[i], last = model.begin[i + 1];
  uint64_t at = random.below(model.cumulative[last - 1]);
  while (model.cumulative[first] <= at) ++first;
  letter = model.letters[first];
  return true;
}

// Letters of European languages by frequency, for columns that share too little text.
bool is_vowel(uint64_t letter) {
  return letter < 128 && std::string_view("aeiou").find(static_cast<char>(letter)) != std::string_view::npos;
}
char32_t common_letter(bool vowel, Stream &random) {
  static constexpr char vowels[] = "eeeeaaaiiioou", others[] = "nnnrrrttssslllddcmmgpbhkvfwzj";
  return vowel ? vowels[random.below(sizeof(vowels) - 1)] : others[random.below(sizeof(others) - 1)];
}

}  // namespace

LetterModel learn_letters(const std::vector<TextSample> &samples, uint32_t threshold) {
  Counts counts;
  std::vector<TextRun> runs;
  size_t letters = 0, stride = std::max<size_t>(1, samples.size() / 20000);
  for (size_t i = 0; i < samples.size() && letters < enough_letters; i += stride) {
    split_runs(samples[i].text, runs);
    for (const TextRun &run : runs) {
      if (run.kind > RunKind::Lower) continue;
      count_word(samples[i].text.substr(run.begin, run.end - run.begin), samples[i].entity, counts);
      letters += run.length;
    }
  }
  std::vector<std::pair<uint64_t, uint32_t>> kept;
  for (const auto &[key, support] : counts)
    if (support.entities >= threshold) kept.push_back({key, support.rows});
  std::sort(kept.begin(), kept.end());
  uint64_t ascii = 0, others = 0;
  for (auto [key, rows] : kept)
    if (key >> 21 == (any << 21 | any)) ((key & any) < 128 ? ascii : others) += rows;
  LetterModel model;
  model.begin.push_back(0);
  for (size_t i = 0; i < kept.size();) {
    size_t end = i;
    while (end < kept.size() && kept[end].first >> 21 == kept[i].first >> 21) ++end;
    uint64_t context = kept[i].first >> 21, rows = 0;
    for (size_t k = i; k < end; ++k) rows += kept[k].second;
    // A context with one way on would spell out a word, and one of few rows says little; letters alone make no words in Latin script.
    if (end - i >= 2 && rows >= 4ULL * threshold && (context != (any << 21 | any) || others > ascii)) {
      model.contexts.push_back(context);
      uint32_t sum = 0;
      for (size_t k = i; k < end; ++k) {
        model.letters.push_back(static_cast<char32_t>(kept[k].first & any));
        model.cumulative.push_back(sum += kept[k].second);
      }
      model.begin.push_back(static_cast<uint32_t>(model.letters.size()));
    }
    i = end;
  }
  return model;
}

void draw_word(const LetterModel &letters, size_t length, bool uniform, Stream &random, std::string &out) {
  uint64_t before_last = 0, last = 0;
  bool vowel = random.below(2) == 0;
  for (size_t n = 0; n < length; ++n) {
    char32_t letter = 0;
    if (uniform)
      letter = static_cast<char32_t>('a' + random.below(26));
    else if (!draw_letter(letters, before_last << 21 | last, random, letter) && !draw_letter(letters, any << 21 | last, random, letter) &&
             !draw_letter(letters, any << 21 | any, random, letter))
      letter = common_letter(vowel, random);
    append_character(out, letter);
    vowel = !is_vowel(letter);
    before_last = last;
    last = letter;
  }
}

}  // namespace relsynth::core
