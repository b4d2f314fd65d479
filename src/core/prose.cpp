// Draws free text: tokens along their contexts, then the letters of words that are not shared. Token numbers: a RunKind for a word that is
// not shared, rare_separator or rare_end, else first_shared + 2 * position in tokens, + 1 for a separator that ends a text.
#include "core/prose.h"

#include <algorithm>

#include "core/prose_contexts.h"

namespace relsynth::core {

namespace {

constexpr size_t most_tokens = 1200;
constexpr int most_attempts = 10;
constexpr uint64_t unfinished = 1000000;  // worse than any wrong length

// A text before its letters are drawn.
struct Draft {
  std::vector<uint32_t> tokens, lengths;
  size_t characters = 0;
  bool ended = false;
  uint64_t distance = UINT64_MAX;  // from what is wanted
};

class Writer {
 public:
  Writer(const Prose &prose, const LetterModel &letters, int widen, Stream &random)
      : prose_(prose), letters_(letters), widen_(widen), random_(random) {}

  void sketch(Draft &draft, size_t most) {
    draft.tokens.clear();
    draft.lengths.clear();
    draft.characters = 0;
    draft.ended = false;
    ProsePlace place(prose_);
    while (!draft.ended && draft.tokens.size() < most_tokens && draft.characters <= most) {
      uint32_t token = no_token;
      if (!draw_follower(
              prose_.followers, ProsePlace::contexts, [&](size_t level) { return place.context(level); }, random_, token) &&
          !draw_kept(prose_.followers, place.context(ProsePlace::contexts - 1), random_, token))
        return;
      draft.ended = is_end(token);
      place.push(token);
      if (token == rare_end && prose_.marks.empty()) continue;
      if ((token == rare_separator || token == rare_end) && !prose_.marks.empty()) token = prose_.marks.draw(random_);
      uint32_t length = length_of(token);
      draft.tokens.push_back(token);
      draft.lengths.push_back(length);
      draft.characters += length;
    }
  }

  uint64_t signature(const Draft &draft, std::vector<TextRun> &runs) const {
    runs.clear();
    for (uint32_t token : draft.tokens) {
      if (token < first_shared) {
        runs.push_back({token == rare_separator ? RunKind::Blank : static_cast<RunKind>(token), 0, 0, 0, 0});
        continue;
      }
      const Prose::Token &shared = prose_.tokens[shared_at(token)];
      if (is_word(shared))
        runs.push_back({shared.kind, 0, 0, 0, 0});
      else
        runs.insert(runs.end(), shared.runs.begin(), shared.runs.end());
    }
    return signature_of(runs);
  }

  void write(const Draft &draft, std::string &out) {
    for (size_t i = 0; i < draft.tokens.size(); ++i) {
      uint32_t token = draft.tokens[i];
      const Prose::Token *shared = token >= first_shared ? &prose_.tokens[shared_at(token)] : nullptr;
      if (token == rare_separator)
        out += ' ';
      else if (shared && (widen_ < 3 || !is_word(*shared)))
        out += shared->text;
      else
        word(shared ? shared->kind : static_cast<RunKind>(token), draft.lengths[i], out);
    }
    for (int more = 4; more < std::min(widen_, 16); ++more) {
      if (!out.empty()) out += ' ';
      word(RunKind::Lower, 5, out);
    }
  }

 private:
  uint32_t length_of(uint32_t token) {
    if (token >= first_shared) return prose_.tokens[shared_at(token)].length;
    if (token == rare_separator) return 1;
    return prose_.lengths[token].empty() ? 5 : prose_.lengths[token].draw(random_);
  }

  void word(RunKind kind, size_t length, std::string &out) {
    if (kind == RunKind::Digits) return draw_digits(prose_.digits, length, widen_ >= 4, random_, out);
    if (kind == RunKind::Code) return draw_code(prose_.codes, length, random_, out);
    draw_cased_word(letters_, kind, length, out.empty(), widen_ >= 4, random_, out);
  }

  const Prose &prose_;
  const LetterModel &letters_;
  int widen_;
  Stream &random_;
};

}  // namespace

void draw_prose(const Prose &prose, const LetterModel &letters, const std::unordered_set<uint64_t> &others, size_t text_class, int widen,
                Stream &random, std::string &out) {
  // The ends are open, the classes' bounds being trimmed; but a text is empty only where many are.
  const size_t least = prose.class_low[text_class], high = prose.class_high[text_class];
  size_t low = text_class == 0 ? std::min<size_t>(1, least) : least;
  bool last = text_class + 1 == prose.class_high.size();
  size_t most = last ? 2 * high + 16 : high;
  Writer writer(prose, letters, widen, random);
  Draft draft, best;
  std::vector<TextRun> runs;
  for (int attempt = 0; attempt < most_attempts * (others.empty() ? 1 : 2) && best.distance > 0; ++attempt) {
    writer.sketch(draft, most);
    draft.distance = draft.characters < low ? low - draft.characters : draft.characters > most ? draft.characters - most : 0;
    if (!draft.ended) draft.distance += unfinished;
    if (!others.empty() && others.contains(writer.signature(draft, runs))) draft.distance += unfinished;
    if (draft.distance < best.distance) std::swap(draft, best);
  }
  // Too little is shared to say anything about the words.
  for (; best.tokens.empty() && best.characters < least; best.characters += 6) {
    if (!out.empty()) out += ' ';
    draw_cased_word(letters, RunKind::Lower, std::min<size_t>(5, least - best.characters), out.empty(), false, random, out);
  }
  writer.write(best, out);
}

void draw_digits(const std::vector<DigitPlaces> &digits, size_t length, bool uniform, Stream &random, std::string &out) {
  auto found = std::find_if(digits.begin(), digits.end(), [&](const DigitPlaces &d) { return d.length == length || d.length == 0; });
  for (size_t i = 0; i < length; ++i) {
    uint64_t total = 0;
    if (!uniform && found != digits.end() && i < found->places.size())
      for (uint32_t n : found->places[i]) total += n;
    if (total == 0) {
      out += static_cast<char>('0' + (i == 0 && length > 1 ? 1 + random.below(9) : random.below(10)));
      continue;
    }
    uint64_t at = random.below(total);
    size_t digit = 0;
    while (at >= found->places[i][digit]) at -= found->places[i][digit++];
    out += static_cast<char>('0' + digit);
  }
}

void Alphabet::add(std::string_view code) {
  for (size_t at = 0; at < code.size();) {
    char32_t c = next_character(code, at);
    if (c >= '0' && c <= '9') continue;
    (is_upper(c) ? upper : lower) = true;
    hex = hex && to_lower(c) >= 'a' && to_lower(c) <= 'f';
  }
}

void draw_code(const Alphabet &alphabet, size_t length, Stream &random, std::string &out) {
  std::string letters = "0123456789";
  for (char c = 'a'; c <= (alphabet.hex ? 'f' : 'z'); ++c) {
    if (alphabet.lower) letters += c;
    if (alphabet.upper) letters += static_cast<char>(c - 32);
  }
  for (size_t i = 0; i < length; ++i) out += letters[random.below(letters.size())];
}

void draw_cased_word(const LetterModel &letters, RunKind kind, size_t length, bool initial, bool uniform, Stream &random,
                     std::string &out) {
  std::string word;
  draw_word(letters, length, initial, uniform, random, word);
  bool first = true;
  for (size_t at = 0; at < word.size(); first = false) {
    char32_t c = next_character(word, at);
    append_character(out, kind == RunKind::Upper || (kind == RunKind::Capital && first) ? to_upper(c) : c);
  }
}

}  // namespace relsynth::core
