// Makes derived columns of drawn rows, and the parts of values that they are made of.
#include "core/derived_text.h"

#include <algorithm>
#include <cstdlib>

#include "core/shapes.h"

namespace relsynth::core {

namespace {

constexpr uint64_t own_attempt = 0x64657269ULL;  // keys the draws of this stage apart from those of the columns

bool is_alphanumeric(char32_t c) { return (c >= '0' && c <= '9') || is_letter(c); }

// The first or last word.
std::string_view word_of(std::string_view text, TextPiece::Part part) {
  if (part == TextPiece::Part::Whole) return text;
  size_t blank = part == TextPiece::Part::First ? text.find(' ') : text.rfind(' ');
  if (blank == std::string_view::npos) return text;
  return part == TextPiece::Part::First ? text.substr(0, blank) : text.substr(blank + 1);
}

// Depth of a column above those that are not derived; bases do not form cycles.
int depth_of(const TablePlan &plan, int column) {
  int depth = 0;
  for (const TextPiece &piece : plan.columns[column].pieces)
    if (piece.kind == TextPiece::Kind::Column) depth = std::max(depth, 1 + depth_of(plan, piece.column));
  return depth;
}

// A text's digits from `at` on, counted up by `number`; no fewer of them.
void append_digits(const std::string &own, size_t at, uint64_t number, std::string &out) {
  constexpr size_t most_counted = 15;
  std::string digits = own.substr(at);
  if (number > 0 && digits.size() <= most_counted) {
    const std::string next = std::to_string(std::strtoull(digits.c_str(), nullptr, 10) + number);
    digits = std::string(digits.size() - std::min(digits.size(), next.size()), '0') + next;
  }
  out += digits;
}

bool ends_in_digits(const std::vector<TextPiece> &pieces) {
  return pieces.back().kind == TextPiece::Kind::Rest && pieces.back().text.empty();
}

}  // namespace

void append_part(const TextPiece &piece, std::string_view value, std::string &out) {
  std::string_view text = word_of(value, piece.part);
  if (piece.digits > text.size()) out.append(piece.digits - text.size(), '0');
  size_t taken = 0;
  bool first = true, left_out = false;
  for (size_t at = 0; at < text.size() && (piece.prefix == 0 || taken < piece.prefix);) {
    char32_t c = next_character(text, at);
    if (piece.stripped && !is_alphanumeric(c)) {
      left_out = !first;
      continue;
    }
    if (piece.joint != 0 && left_out) out += piece.joint;
    left_out = false;
    if (piece.joint != 0 && c == ' ') c = static_cast<unsigned char>(piece.joint);
    switch (piece.letters) {
      case TextPiece::Case::Lower: c = to_lower(c); break;
      case TextPiece::Case::Upper: c = to_upper(c); break;
      case TextPiece::Case::Capital: c = first ? to_upper(c) : to_lower(c); break;
      default: break;
    }
    append_character(out, c);
    first = false;
    ++taken;
  }
}

TextDeriver::TextDeriver(const Table &table, const TablePlan &plan, const TableModel &model, uint64_t seed, uint64_t name)
    : table_(table), plan_(plan), model_(model), seed_(seed), name_(name) {
  for (size_t c = 0; c < plan.columns.size(); ++c)
    if (!plan.columns[c].pieces.empty() && c < model.codecs.size() && model.codecs[c].encoding == Encoding::Pattern)
      order_.push_back(static_cast<int>(c));
  std::stable_sort(order_.begin(), order_.end(), [&](int a, int b) { return depth_of(plan, a) < depth_of(plan, b); });
}

// False where a base is NULL, or the column's own text lacks what it should give.
bool TextDeriver::make(Block &block, size_t r, int column, uint64_t number, std::string &out) const {
  const std::string &own = block.columns[column].texts[r];
  for (const TextPiece &piece : plan_.columns[column].pieces) {
    if (piece.kind == TextPiece::Kind::Literal) {
      out += piece.text;
    } else if (piece.kind == TextPiece::Kind::Rest) {
      size_t at = piece.text.empty() ? own.find_last_not_of("0123456789") + 1 : own.find(piece.text);
      if (at == std::string::npos) return false;
      append_digits(own, at, piece.text.empty() ? number : 0, out);
    } else {
      const ValueColumn &base = block.columns[piece.column];
      if (base.nulls[r]) return false;
      size_t before = out.size();
      append_part(piece, base.repr == Repr::Text ? base.texts[r] : std::to_string(base.ints[r]), out);
      if (out.size() == before) return false;
    }
    // The number goes behind the last of the bases, unless there are digits at the end.
    if (number > 0 && !ends_in_digits(plan_.columns[column].pieces) &&
        &piece == &plan_.columns[column].pieces[plan_.columns[column].numbered])
      out += std::to_string(number);
  }
  return true;
}

void TextDeriver::put(Block &block, size_t r, int column, uint64_t attempt, bool numbered) const {
  ValueColumn &values = block.columns[column];
  if (values.nulls[r]) return;
  Stream random(seed_, name_, block.first + r, static_cast<uint64_t>(column), own_attempt);
  if (random.uniform() >= plan_.columns[column].derived_share) return;
  Stream numbers(seed_, name_, block.first + r, static_cast<uint64_t>(column), own_attempt + 1 + attempt);
  const uint64_t tries = attempt & 0xFFFFFF;  // what is above tells the attempts of keys apart
  const Codec &codec = model_.codecs[column];
  const KnownTexts *known = codec.shapes ? &codec.shapes->known : nullptr;
  std::string text;
  for (int i = 0; i < 8; ++i) {
    text.clear();
    uint64_t number = numbered || i > 0 ? 1 + numbers.below(9ULL << std::min<uint64_t>(tries + static_cast<uint64_t>(i), 40)) : 0;
    if (!make(block, r, column, number, text)) return;
    const bool names_one = is_email(text) || ends_in_digits(plan_.columns[column].pieces);
    if (!known || !names_one || !known->contains(text)) break;
  }
  if (table_.columns[column].max_length > 0) truncate_characters(text, static_cast<size_t>(table_.columns[column].max_length));
  values.texts[r] = text;
  std::vector<TextRun> scratch;
  if (codec.shapes && !codec.shapes->structure)
    block.codes[column][r] = static_cast<Code>(1 + std::clamp(class_of(*codec.shapes, text, scratch), 0, std::max(0, codec.codes - 2)));
}

void TextDeriver::derive(Block &block, size_t r) const {
  for (int c : order_) put(block, r, c, 0, false);
}

void TextDeriver::derive_again(Block &block, size_t r, const std::vector<int> &redrawn, uint64_t attempt, bool settled) const {
  std::vector<int> changed = redrawn;
  auto has = [&](int c) { return std::find(changed.begin(), changed.end(), c) != changed.end(); };
  for (int c : order_) {
    bool own = has(c), base = false;
    for (const TextPiece &piece : plan_.columns[c].pieces) base = base || (piece.kind == TextPiece::Kind::Column && has(piece.column));
    if (!own && (!base || settled)) continue;
    put(block, r, c, attempt, own);
    changed.push_back(c);
  }
}

}  // namespace relsynth::core
