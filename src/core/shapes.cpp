// Draws fresh text from learned shapes, and finds the class of a text.
#include "core/shapes.h"

#include <algorithm>

namespace relsynth::core {

namespace {

constexpr size_t length_without_limit = 64;
constexpr int most_attempts = 32;       // at a text that is not one of the source's
constexpr size_t shortest_widened = 5;  // characters

// Fresh text for one slot.
void draw_fresh(const TextShapes &shapes, const Slot &slot, size_t more, bool initial, bool uniform, Stream &random, std::string &out) {
  size_t length = (slot.lengths.empty() ? 5 : slot.lengths.draw(random)) + more;
  switch (slot.kind) {
    case RunKind::Punct: append_character(out, slot.mark); break;
    case RunKind::Blank: out.append(std::max<size_t>(length - more, 1), ' '); break;
    case RunKind::Digits: draw_digits(slot.digits, length, uniform, random, out); break;
    case RunKind::Code: draw_code(slot.alphabet, length, random, out); break;
    case RunKind::Domain:
      draw_word(shapes.letters, 5 + random.below(5) + more, false, uniform, random, out);
      out += '.';
      out += slot.endings.empty() ? "com" : slot.endings.draw(random);
      break;
    default: draw_cased_word(shapes.letters, slot.kind, length, initial, uniform, random, out);
  }
}

bool variable(const Slot &slot) { return slot.kind < RunKind::Blank || slot.kind == RunKind::Domain; }
bool literal(const Slot &slot) { return slot.fresh == 0 && slot.shared.items.size() == 1; }

// Which slots are drawn fresh. Shared tokens put together could name somebody: a text of several varying parts gets a fresh one at least.
std::vector<uint8_t> fresh_slots(const Shape &shape, bool all, Stream &random) {
  std::vector<uint8_t> fresh(shape.slots.size(), 0);
  size_t varying = 0, drawn = 0, freest = shape.slots.size();
  for (size_t i = 0; i < shape.slots.size(); ++i) {
    const Slot &slot = shape.slots[i];
    if (!variable(slot) || literal(slot)) {
      fresh[i] = slot.shared.empty();
      continue;
    }
    uint64_t total = slot.shared.total() + slot.fresh;
    fresh[i] = slot.shared.empty() || all || random.below(total) < slot.fresh;
    ++varying;
    drawn += fresh[i];
    if (freest == shape.slots.size() || slot.fresh >= shape.slots[freest].fresh) freest = i;
  }
  if (varying >= 2 && drawn == 0) fresh[freest] = 1;
  return fresh;
}

void draw_shape(const TextShapes &shapes, const Shape &shape, const TextLimits &limits, size_t shorter, Stream &random, std::string &out) {
  bool all = limits.widen >= 3, uniform = limits.widen >= 4;
  size_t more = limits.widen >= 5 ? std::min<size_t>(static_cast<size_t>(limits.widen) - 4, 12) : 0;
  std::vector<uint8_t> fresh = fresh_slots(shape, all, random);
  if (all && std::none_of(shape.slots.begin(), shape.slots.end(), [](const Slot &s) { return variable(s) && !literal(s); }))
    for (size_t i = 0; i < shape.slots.size(); ++i) fresh[i] = fresh[i] || variable(shape.slots[i]);
  for (size_t i = 0; i < shape.slots.size(); ++i) {
    const Slot &slot = shape.slots[i];
    if (!fresh[i] && !slot.shared.empty()) {
      out += slot.shared.draw(random);
      continue;
    }
    std::string token;
    draw_fresh(shapes, slot, more, i == 0, uniform, random, token);
    if (shorter > 0 && variable(slot) && slot.kind != RunKind::Domain)
      truncate_characters(token, std::max<size_t>(1, count_characters(token) >> shorter));
    out += token;
  }
}

// One draw, whatever comes out.
void draw_once(const TextShapes &shapes, size_t index, const TextLimits &limits, Stream &random, std::string &out) {
  out.clear();
  if (shapes.classes() == 0) {
    draw_word(shapes.letters, 6, true, false, random, out);
  } else if (index < shapes.shapes.size()) {
    for (size_t shorter = 0; shorter < 4; ++shorter) {
      out.clear();
      draw_shape(shapes, shapes.shapes[index], limits, shorter, random, out);
      if (limits.max_length == 0 || count_characters(out) <= limits.max_length) break;
    }
  } else {
    draw_prose(shapes.prose, shapes.letters, shapes.signatures, index - shapes.shapes.size(), limits.widen, random, out);
  }
  if (limits.max_length > 0) truncate_characters(out, limits.max_length);
}

}  // namespace

int class_of(const TextShapes &shapes, std::string_view text, std::vector<TextRun> &scratch) {
  split_runs(text, scratch);
  uint64_t signature = signature_of(scratch);
  for (size_t i = 0; i < shapes.shapes.size(); ++i)
    if (shapes.shapes[i].signature == signature) return static_cast<int>(i);
  if (shapes.plain_email >= 0 && is_email(text)) return shapes.plain_email;
  if (shapes.plain_digits >= 0 && is_digits(scratch)) return shapes.plain_digits;
  const Prose &prose = shapes.prose;
  if (prose.class_low.empty()) return shapes.shapes.empty() ? -1 : 0;
  size_t length = count_characters(text);
  size_t c = static_cast<size_t>(std::lower_bound(prose.class_high.begin(), prose.class_high.end(), length) - prose.class_high.begin());
  return static_cast<int>(shapes.shapes.size() + std::min(c, prose.class_high.size() - 1));
}

void draw_text(const TextShapes &shapes, int text_class, const TextLimits &limits, Stream &random, std::string &out) {
  size_t index = static_cast<size_t>(std::clamp(text_class, 0, std::max(0, shapes.classes() - 1)));
  draw_once(shapes, index, limits, random, out);
  for (int attempt = 1; attempt < most_attempts && shapes.known.contains(out); ++attempt) {
    // Codes may nearly all be taken; longer texts have other words to offer.
    bool fresh = attempt >= most_attempts / 2 && count_characters(out) >= shortest_widened;
    TextLimits wider{limits.max_length, fresh ? std::max(limits.widen, 3) : limits.widen};
    draw_once(shapes, index, wider, random, out);
  }
}

void draw_anything(size_t max_length, int attempt, Stream &random, std::string &out) {
  static constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  size_t most = max_length > 0 ? std::min(max_length, length_without_limit) : length_without_limit;
  // Nearly all strings have the full length: shorter ones are worth trying now and then only.
  size_t length = random.below(8) == 0 ? 1 + random.below(most) : std::min<size_t>(most, static_cast<size_t>(8 + attempt));
  if (max_length > 0 && max_length <= 8 && random.below(8) != 0) length = max_length;
  size_t letters = attempt % 2 ? 62 : 36;
  out.clear();
  for (size_t i = 0; i < length; ++i) out += alphabet[random.below(letters)];
}

std::string describe(const Shape &shape) {
  std::string text;
  for (const Slot &slot : shape.slots) {
    if (slot.kind == RunKind::Punct) {
      append_character(text, slot.mark);
      continue;
    }
    if (slot.kind == RunKind::Blank) {
      text += ' ';
      continue;
    }
    static constexpr const char *names[] = {"A", "Aa", "a", "9", "X", " ", "", "domain"};
    text += names[static_cast<size_t>(slot.kind)];
    const Lengths &lengths = slot.lengths;
    if (slot.kind == RunKind::Domain || lengths.empty()) continue;
    text += "{" + std::to_string(lengths.low);
    if (lengths.high > lengths.low) text += "," + std::to_string(lengths.high);
    text += "}";
  }
  return text;
}

}  // namespace relsynth::core
