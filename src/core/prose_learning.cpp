// Learns free text: shared words and separators, what follows what, lengths and digits of the other words.
#include <algorithm>
#include <unordered_map>

#include "core/prose.h"
#include "core/prose_contexts.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t most_words = 4000, most_separators = 250;
constexpr size_t most_samples = 20000, most_counted = 400000;  // texts, tokens
constexpr size_t most_anchors = 12;
constexpr int most_classes = 4;        // a text that is too long or short for its class is drawn again
constexpr long least_frame = 3;        // words
constexpr double anchor_share = 0.02;  // of the words
constexpr size_t counted_digits = 20;

using TokenCounts = std::unordered_map<std::string_view, Support>;
using Kept = std::vector<std::pair<std::string_view, uint32_t>>;

// By falling frequency, ties by text.
Kept kept_tokens(const TokenCounts &counts, uint32_t threshold, size_t most) {
  Kept kept;
  for (const auto &[text, support] : counts)
    if (support.entities >= threshold) kept.push_back({text, support.rows});
  std::sort(kept.begin(), kept.end(),
            [](const auto &a, const auto &b) { return a.second > b.second || (a.second == b.second && a.first < b.first); });
  if (kept.size() > most) kept.resize(most);
  return kept;
}

// What the last bracket or double quote of a separator does.
Prose::Token::Bracket bracket_of(const std::vector<TextRun> &runs) {
  using Bracket = Prose::Token::Bracket;
  Bracket bracket = Bracket::None;
  for (const TextRun &run : runs) {
    if (std::u32string_view(U"([{«“„").find(run.mark) != std::u32string_view::npos) bracket = Bracket::Opens;
    if (std::u32string_view(U")]}»”").find(run.mark) != std::u32string_view::npos) bracket = Bracket::Closes;
    if (run.mark == U'"') bracket = Bracket::Turns;
  }
  return bracket;
}

class ProseLearner {
 public:
  explicit ProseLearner(uint32_t threshold) : threshold_(threshold) {}

  Prose learn(const std::vector<TextSample> &all) {
    size_t bytes = 0;
    for (const TextSample &sample : all) bytes += sample.text.size();
    size_t stride = std::max({size_t{1}, all.size() / most_samples, bytes / (most_counted * 3)});
    for (size_t i = 0; i < all.size(); i += stride)
      if (!is_email(all[i].text)) samples_.push_back(all[i]);
    find_shared();
    count();
    return std::move(prose_);
  }

 private:
  // Calls word(text, kind) and separator(text, end) in turn.
  template <class Word, class Separator>
  void walk(std::string_view text, Word word, Separator separator) {
    split_runs(text, runs_);
    size_t gap = 0;
    for (const TextRun &run : runs_) {
      if (run.kind == RunKind::Blank || run.kind == RunKind::Punct) continue;
      separator(text.substr(gap, run.begin - gap), false);
      word(text.substr(run.begin, run.end - run.begin), run.kind);
      gap = run.end;
    }
    separator(text.substr(gap), true);
  }

  void find_shared() {
    TokenCounts words, separators, texts;
    std::unordered_map<std::string_view, RunKind> kinds;
    uint64_t all = 0;
    for (uint32_t i = 0; i < samples_.size(); ++i)
      walk(
          samples_[i].text,
          [&](std::string_view text, RunKind kind) {
            words[text].add(samples_[i].entity);
            texts[text].add(i);
            kinds.try_emplace(text, kind);
            ++all;
          },
          [&](std::string_view text, bool) { separators[text].add(samples_[i].entity); });
    Kept shared = kept_tokens(words, threshold_, most_words);
    auto framing = [&](std::string_view text) { return texts[text].entities * 2ULL >= samples_.size(); };
    prose_.frame = std::count_if(shared.begin(), shared.end(), [&](const auto &word) { return framing(word.first); }) >= least_frame;
    size_t anchors = 0;
    for (auto [text, rows] : shared) {
      bool frequent = static_cast<double>(rows) >= anchor_share * static_cast<double>(all);
      bool anchor = prose_.frame ? framing(text) : frequent && ++anchors <= most_anchors;
      add_shared(words_, text, {std::string(text), static_cast<uint32_t>(count_characters(text)), kinds[text], anchor, {}});
    }
    for (auto [text, rows] : kept_tokens(separators, threshold_, most_separators)) {
      Prose::Token token{std::string(text), static_cast<uint32_t>(count_characters(text)), RunKind::Blank, false, {}};
      split_runs(text, token.runs);
      bool marked = std::any_of(token.runs.begin(), token.runs.end(), [](const TextRun &run) { return run.kind == RunKind::Punct; });
      token.bracket = bracket_of(token.runs);
      add_shared(separators_, text, std::move(token));
      if (marked) prose_.marks.add(separators_[text], rows);
    }
  }

  void add_shared(std::unordered_map<std::string_view, uint32_t> &numbers, std::string_view text, Prose::Token token) {
    numbers[text] = static_cast<uint32_t>(first_shared + 2 * prose_.tokens.size());
    prose_.tokens.push_back(std::move(token));
  }

  void count() {
    FollowerCounts counts;
    std::array<std::vector<std::pair<uint32_t, uint32_t>>, 8> lengths;
    std::vector<std::pair<std::string_view, uint32_t>> numbers;
    for (const TextSample &sample : samples_) {
      ProsePlace place(prose_);
      auto add = [&](uint32_t token) {
        for (size_t level = 0; level < ProsePlace::contexts; ++level) counts.add(place.context(level), token, sample.entity);
        place.push(token);
      };
      walk(
          sample.text,
          [&](std::string_view text, RunKind kind) {
            auto shared = words_.find(text);
            add(shared != words_.end() ? shared->second : static_cast<uint32_t>(kind));
            if (shared != words_.end()) return;
            lengths[static_cast<size_t>(kind)].push_back({static_cast<uint32_t>(count_characters(text)), sample.entity});
            if (kind == RunKind::Code) prose_.codes.add(text);
            if (kind == RunKind::Digits) numbers.push_back({text, sample.entity});
          },
          [&](std::string_view text, bool end) {
            auto shared = separators_.find(text);
            add(shared != separators_.end() ? shared->second + end : end ? rare_end : rare_separator);
          });
    }
    prose_.followers = counts.keep(threshold_, 1);
    for (size_t k = 0; k < lengths.size(); ++k) prose_.lengths[k] = learn_lengths(lengths[k], threshold_);
    prose_.digits = learn_digits(numbers, threshold_);
  }

  uint32_t threshold_;
  Prose prose_;
  std::vector<TextSample> samples_;
  std::unordered_map<std::string_view, uint32_t> words_, separators_;
  std::vector<TextRun> runs_;
};

// Classes of equal mass by length, trimmed at both ends.
void learn_length_classes(Prose &prose, const std::vector<TextSample> &rest, uint32_t threshold, int max_classes) {
  std::vector<uint32_t> lengths;
  lengths.reserve(rest.size());
  for (const TextSample &sample : rest) lengths.push_back(static_cast<uint32_t>(count_characters(sample.text)));
  std::sort(lengths.begin(), lengths.end());
  size_t trim = lengths.size() > 4ULL * threshold ? threshold : 0, n = lengths.size() - 2 * trim;
  size_t classes =
      std::clamp<size_t>(n / (4 * static_cast<size_t>(threshold)), 1, static_cast<size_t>(std::min(most_classes, max_classes)));
  for (size_t c = 0; c < classes; ++c) {
    uint32_t low = lengths[trim + n * c / classes], high = lengths[trim + n * (c + 1) / classes - 1];
    if (!prose.class_high.empty() && high <= prose.class_high.back()) continue;
    if (!prose.class_high.empty()) low = prose.class_high.back() + 1;
    prose.class_low.push_back(low);
    prose.class_high.push_back(high);
  }
}

}  // namespace

std::vector<DigitPlaces> learn_digits(const std::vector<std::pair<std::string_view, uint32_t>> &numbers, uint32_t threshold) {
  std::unordered_map<size_t, Support> lengths;
  for (const auto &[text, entity] : numbers) lengths[text.size()].add(entity);
  auto learn = [&](size_t length) {
    std::vector<std::array<Support, 10>> counts;
    for (const auto &[text, entity] : numbers)
      for (size_t i = 0; (length == 0 || text.size() == length) && i < std::min(text.size(), counted_digits); ++i) {
        if (i >= counts.size()) counts.emplace_back();
        if (text[i] >= '0' && text[i] <= '9') counts[i][static_cast<size_t>(text[i] - '0')].add(entity);
      }
    DigitPlaces result{static_cast<uint32_t>(length), {}};
    for (const auto &place : counts) {
      std::array<uint32_t, 10> kept{};
      // What is not shared is spread over the digits that are not, but no number begins with a zero for that.
      size_t first = result.places.empty() && length != 1 ? 1 : 0, open = 0, rest = 0;
      for (size_t d = 0; d < 10; ++d) {
        kept[d] = place[d].entities >= threshold ? place[d].rows : 0;
        if (kept[d] > 0) continue;
        rest += place[d].rows;
        open += d >= first;
      }
      for (size_t d = first; d < 10 && rest > 0; ++d)
        if (kept[d] == 0) kept[d] = static_cast<uint32_t>((rest + open - 1) / open);
      result.places.push_back(kept);
    }
    return result;
  };
  std::vector<DigitPlaces> digits;
  for (size_t length = 1; length <= counted_digits; ++length)
    if (lengths[length].entities >= 2ULL * threshold) digits.push_back(learn(length));
  if (!numbers.empty()) digits.push_back(learn(0));
  return digits;
}

Prose learn_prose(const std::vector<TextSample> &all, const std::vector<TextSample> &rest, uint32_t threshold, int max_classes) {
  Prose prose = ProseLearner(threshold).learn(all);
  learn_length_classes(prose, rest, threshold, max_classes);
  return prose;
}

}  // namespace relsynth::core
