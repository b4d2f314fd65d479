// encode, text: values -> learned shapes, and shapes -> fresh text. A shape is what values look like (kinds of runs, their lengths, tokens that
// many share, which letter follows which), never a value. Structured text (json, arrays, ranges ...) is in structure.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/codec.h"
#include "core/text_runs.h"

namespace relsynth::core {

// Things to draw from by weight; `cumulative` ascends.
template <class T>
struct Weighted {
  std::vector<T> items;
  std::vector<uint64_t> cumulative;
  void add(T item, uint64_t weight) {
    items.push_back(std::move(item));
    cumulative.push_back(total() + weight);
  }
  uint64_t total() const { return cumulative.empty() ? 0 : cumulative.back(); }
  bool empty() const { return total() == 0; }
  const T &draw(Stream &random) const {
    uint64_t at = random.below(total());
    size_t low = 0, high = cumulative.size() - 1;
    while (low < high) {
      size_t middle = (low + high) / 2;
      if (cumulative[middle] > at)
        high = middle;
      else
        low = middle + 1;
    }
    return items[low];
  }
};

// Which letter follows the last two (or the last one, or at all), as far as enough entities share it.
struct LetterModel {
  std::vector<uint64_t> contexts;  // ascending: last but one letter << 21 | last letter
  std::vector<uint32_t> begin;     // contexts + 1
  std::vector<char32_t> letters;
  std::vector<uint32_t> cumulative;  // within the context
};

// One run of a shape.
struct Slot {
  RunKind kind = RunKind::Lower;
  char32_t mark = 0;
  Weighted<std::string> shared;                    // tokens that enough entities share
  uint64_t fresh = 0;                              // rows with another token
  Weighted<uint32_t> lengths;                      // of those
  std::vector<std::array<uint32_t, 10>> digits;    // Digits: by position
  bool hex = false, upper = false, lower = false;  // Code: its alphabet
  Weighted<std::string> endings;                   // Domain: top-level domains
};

struct Shape {
  uint64_t signature = 0;
  std::vector<Slot> slots;
  uint32_t rows = 0;
};

// Values without a shape that enough share, and free text: words and what stands between them, in classes by length.
struct Prose {
  struct Form {
    RunKind kind;
    uint32_t length;
    bool operator==(const Form &) const = default;
  };
  std::vector<uint32_t> class_low, class_high;  // characters, per class
  Weighted<std::string> words;                  // shared ones
  uint64_t fresh = 0;
  Weighted<Form> forms;                    // of the others
  Weighted<std::string> separators, ends;  // between words; at the end
};

struct Structure;
struct TextShapes {
  std::vector<Shape> shapes;  // by falling frequency; class i
  Prose prose;                // its classes follow
  LetterModel letters;
  Weighted<uint32_t> marginal;  // classes by their rows
  int plain_digits = -1;        // shape of texts without letters that have none of their own: phone numbers
  int plain_email = -1;         // shape of e-mail addresses that have none of their own
  std::shared_ptr<const Structure> structure;
  int classes() const { return static_cast<int>(shapes.size() + prose.class_low.size()); }
};

// A text of one row; samples come in the order of their entities.
struct TextSample {
  std::string_view text;
  uint32_t entity;
};

// Learns shapes; tokens need `threshold` entities, shapes too unless there would be none (a table of a few rows).
TextShapes learn_shapes(const std::vector<TextSample> &samples, uint32_t threshold, int max_classes);
LetterModel learn_letters(const std::vector<TextSample> &samples, uint32_t threshold);
Prose learn_prose(const std::vector<TextSample> &all, const std::vector<TextSample> &rest, uint32_t threshold, int max_classes);

// Class of a text, 0-based; -1 when there are none.
int class_of(const TextShapes &shapes, std::string_view text, std::vector<TextRun> &scratch);

// What a drawn text must keep to.
struct TextLimits {
  size_t max_length = 0;  // characters; 0: none
  int widen = 0;          // attempt: 0 as learned; more: fewer shared tokens, longer runs
};
void draw_text(const TextShapes &shapes, int text_class, const TextLimits &limits, Stream &random, std::string &out);

// A pronounceable word in lower case.
void draw_word(const LetterModel &letters, size_t length, bool uniform, Stream &random, std::string &out);

// Any characters up to `max_length` (or ever more): the last resort of a key. False when `attempt` offers nothing that is not drawn before.
void draw_anything(size_t max_length, int attempt, Stream &random, std::string &out);

// "A{2}-9{5}": kinds and marks, without any text.
std::string describe(const Shape &shape);

}  // namespace relsynth::core
