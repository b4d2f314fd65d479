// Draws fresh text from learned shapes, and finds the class of a text.
#include "core/shapes.h"

#include <algorithm>

namespace relsynth::core {

namespace {

constexpr size_t length_without_limit = 64;

void draw_digits(const Slot &slot, size_t length, bool uniform, Stream &random, std::string &out) {
  for (size_t i = 0; i < length; ++i) {
    uint64_t total = 0;
    if (!uniform && i < slot.digits.size())
      for (uint32_t n : slot.digits[i]) total += n;
    if (total == 0) {
      out += static_cast<char>('0' + (i == 0 && length > 1 ? 1 + random.below(9) : random.below(10)));
      continue;
    }
    uint64_t at = random.below(total);
    size_t digit = 0;
    while (at >= slot.digits[i][digit]) at -= slot.digits[i][digit++];
    out += static_cast<char>('0' + digit);
  }
}

void draw_code(const Slot &slot, size_t length, Stream &random, std::string &out) {
  std::string alphabet = "0123456789";
  for (char c = 'a'; c <= (slot.hex ? 'f' : 'z'); ++c) {
    if (slot.lower) alphabet += c;
    if (slot.upper) alphabet += static_cast<char>(c - 32);
  }
  for (size_t i = 0; i < length; ++i) out += alphabet[random.below(alphabet.size())];
}

void draw_cased_word(const LetterModel &letters, RunKind kind, size_t length, bool uniform, Stream &random, std::string &out) {
  std::string word;
  draw_word(letters, length, uniform, random, word);
  bool first = true;
  for (size_t at = 0; at < word.size(); first = false) {
    char32_t c = next_character(word, at);
    append_character(out, kind == RunKind::Upper || (kind == RunKind::Capital && first) ? to_upper(c) : c);
  }
}

// Fresh text for one slot.
void draw_fresh(const TextShapes &shapes, const Slot &slot, size_t more, bool uniform, Stream &random, std::string &out) {
  size_t length = (slot.lengths.empty() ? 5 : slot.lengths.draw(random)) + more;
  switch (slot.kind) {
    case RunKind::Punct: append_character(out, slot.mark); break;
    case RunKind::Blank: out.append(std::max<size_t>(length - more, 1), ' '); break;
    case RunKind::Digits: draw_digits(slot, length, uniform, random, out); break;
    case RunKind::Code: draw_code(slot, length, random, out); break;
    case RunKind::Domain:
      draw_word(shapes.letters, 5 + random.below(5) + more, uniform, random, out);
      out += '.';
      out += slot.endings.empty() ? "com" : slot.endings.draw(random);
      break;
    default: draw_cased_word(shapes.letters, slot.kind, length, uniform, random, out);
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
    draw_fresh(shapes, slot, more, uniform, random, token);
    if (shorter > 0 && variable(slot) && slot.kind != RunKind::Domain)
      truncate_characters(token, std::max<size_t>(1, count_characters(token) >> shorter));
    out += token;
  }
}

void draw_prose_word(const TextShapes &shapes, bool uniform, Stream &random, std::string &out) {
  const Prose &prose = shapes.prose;
  uint64_t shared = prose.words.total(), total = shared + prose.fresh;
  if (shared > 0 && random.below(total) < shared) {
    out += prose.words.draw(random);
    return;
  }
  Prose::Form form{RunKind::Lower, 5};
  if (!prose.forms.empty()) form = prose.forms.draw(random);
  Slot slot;
  slot.lower = true;
  if (form.kind == RunKind::Digits)
    draw_digits(slot, form.length, true, random, out);
  else if (form.kind == RunKind::Code)
    draw_code(slot, form.length, random, out);
  else
    draw_cased_word(shapes.letters, form.kind == RunKind::Domain ? RunKind::Lower : form.kind, form.length, uniform, random, out);
}

void draw_prose(const TextShapes &shapes, size_t text_class, int widen, Stream &random, std::string &out) {
  const Prose &prose = shapes.prose;
  size_t low = prose.class_low[text_class], high = prose.class_high[text_class];
  size_t target = low + random.below(high - low + 1) + (widen >= 5 ? static_cast<size_t>(widen) * 4 : 0);
  if (target == 0) return;
  size_t length = 0;
  while (length < target) {
    std::string piece;
    if (length > 0) piece = prose.separators.empty() ? " " : prose.separators.draw(random);
    draw_prose_word(shapes, widen >= 3, random, piece);
    length += count_characters(piece);
    out += piece;
  }
  truncate_characters(out, target);
  if (!prose.ends.empty()) {
    const std::string &end = prose.ends.draw(random);
    size_t characters = count_characters(end);
    if (characters > 0 && characters < target) {
      truncate_characters(out, target - characters);
      out += end;
    }
  }
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
  out.clear();
  size_t index = static_cast<size_t>(std::clamp(text_class, 0, std::max(0, shapes.classes() - 1)));
  if (shapes.classes() == 0) {
    draw_word(shapes.letters, 6, false, random, out);
  } else if (index < shapes.shapes.size()) {
    for (size_t shorter = 0; shorter < 4; ++shorter) {
      out.clear();
      draw_shape(shapes, shapes.shapes[index], limits, shorter, random, out);
      if (limits.max_length == 0 || count_characters(out) <= limits.max_length) break;
    }
  } else {
    draw_prose(shapes, index - shapes.shapes.size(), limits.widen, random, out);
  }
  if (limits.max_length > 0) truncate_characters(out, limits.max_length);
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
    const auto &lengths = slot.lengths.items;
    if (slot.kind == RunKind::Domain || lengths.empty()) continue;
    text += "{" + std::to_string(lengths.front());
    if (lengths.size() > 1) text += "," + std::to_string(lengths.back());
    text += "}";
  }
  return text;
}

}  // namespace relsynth::core
