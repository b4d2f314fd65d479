// encode, text: values -> learned shapes, and shapes -> fresh text. A shape is what values look like (kinds of runs, their lengths, tokens that
// many share, which letter follows which), never a value. Structured text (json, arrays, ranges ...) is in structure.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/codec.h"
#include "core/known_texts.h"
#include "core/lengths.h"
#include "core/letters.h"
#include "core/prose.h"
#include "core/text_runs.h"
#include "core/weighted.h"

namespace relsynth::core {

// One run of a shape.
struct Slot {
  RunKind kind = RunKind::Lower;
  char32_t mark = 0;
  Weighted<std::string> shared;     // tokens that enough entities share
  uint64_t fresh = 0;               // rows with another token
  Lengths lengths;                  // of those
  std::vector<DigitPlaces> digits;  // Digits
  Alphabet alphabet;                // Code
  Weighted<std::string> endings;    // Domain: top-level domains
};

struct Shape {
  uint64_t signature = 0;
  std::vector<Slot> slots;
  uint32_t rows = 0;
};

struct Structure;
struct TextShapes {
  std::vector<Shape> shapes;                // by falling frequency; class i
  Prose prose;                              // of values without a shape that enough share; its classes follow
  std::unordered_set<uint64_t> signatures;  // of the shapes
  LetterModel letters;
  KnownTexts known;             // texts that are not shared: not to be drawn
  Weighted<uint32_t> marginal;  // classes by their rows
  int plain_digits = -1;        // shape of texts without letters that have none of their own: phone numbers
  int plain_email = -1;         // shape of e-mail addresses that have none of their own
  std::shared_ptr<const Structure> structure;
  int classes() const { return static_cast<int>(shapes.size() + prose.class_low.size()); }
};

// Learns shapes; tokens need `threshold` entities, shapes too unless there would be none (a table of a few rows).
TextShapes learn_shapes(const std::vector<TextSample> &samples, uint32_t threshold, int max_classes);
// Texts of other samples are not to be drawn either, unless `threshold` entities share them.
void forbid(TextShapes &shapes, const std::vector<TextSample> &samples, uint32_t threshold);

// Class of a text, 0-based; -1 when there are none.
int class_of(const TextShapes &shapes, std::string_view text, std::vector<TextRun> &scratch);

// What a drawn text must keep to.
struct TextLimits {
  size_t max_length = 0;  // characters; 0: none
  int widen = 0;          // attempt: 0 as learned; more: fewer shared tokens, longer runs
};
void draw_text(const TextShapes &shapes, int text_class, const TextLimits &limits, Stream &random, std::string &out);

// Any characters up to `max_length` (or ever more): the last resort of a key. False when `attempt` offers nothing that is not drawn before.
void draw_anything(size_t max_length, int attempt, Stream &random, std::string &out);

// "A{2}-9{5}": kinds and marks, without any text.
std::string describe(const Shape &shape);

}  // namespace relsynth::core
