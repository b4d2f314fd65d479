// How numerics are printed, and hashes of values: equal where PostgreSQL's equality across integer, numeric and text types holds.
#include "core/data.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/random.h"

namespace relsynth::core {

void Scales::add(int scale, int needed) {
  ++shown_[std::clamp(scale, 0, most - 1)];
  ++needed_[std::clamp(needed, 0, most - 1)];
}

int Scales::padded() const {
  uint64_t shown = 0, needed = 0;  // numbers of fewer decimals
  int decimals = 0;
  for (; decimals + 1 < most && 2 * (shown + shown_[decimals]) <= needed + needed_[decimals]; ++decimals) {
    shown += shown_[decimals];
    needed += needed_[decimals];
  }
  return decimals + 1 < most ? decimals : -1;
}

namespace {

// Lower case of the letters of Latin-1, Greek and Cyrillic; other code points as they are. Enough to find keys of case-insensitive
// columns; a pair that it misses costs a parent row number, never a wrong one.
uint32_t lower(uint32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if (c < 0xC0) return c;
  if (c <= 0xDE && c != 0xD7) return c + 32;
  if (c >= 0x100 && c <= 0x137) return c | 1;
  if (c >= 0x14A && c <= 0x177) return c | 1;
  if (c >= 0x391 && c <= 0x3A9) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

// FNV-1a over the letters' lower case; a two-byte sequence of UTF-8 counts as its code point, other bytes as they are.
uint64_t hash_folded(std::string_view s) {
  uint64_t h = 1469598103934665603ULL;
  for (size_t i = 0; i < s.size(); ++i) {
    unsigned char a = static_cast<unsigned char>(s[i]);
    unsigned char b = i + 1 < s.size() ? static_cast<unsigned char>(s[i + 1]) : 0;
    uint32_t c = a;
    if ((a & 0xE0) == 0xC0 && (b & 0xC0) == 0x80) {
      c = ((a & 0x1Fu) << 6) | (b & 0x3Fu);
      ++i;
    }
    h = (h ^ lower(c)) * 1099511628211ULL;
  }
  return mix(h);
}

// Eight bytes at a time; text keys of a million rows are hashed several times.
uint64_t hash_bytes(std::string_view s) {
  uint64_t h = 0x9e3779b97f4a7c15ULL ^ s.size();
  size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, s.data() + i, 8);
    h = combine(h, word);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, s.data() + i, s.size() - i);
  return combine(h, rest);
}

template <class C>
std::string_view text_of(const C &column, size_t row) {
  if constexpr (std::is_same_v<C, SourceColumn>)
    return column.text(row);
  else
    return column.texts[row];
}

template <class C>
uint64_t hash_any(const C &column, size_t row, const Column &type) {
  if (column.nulls[row]) return hash_null;
  switch (column.repr) {
    case Repr::Int: return hash_int(column.ints[row]);
    case Repr::Float: return hash_float(column.floats[row]);
    case Repr::Text: break;
  }
  return hash_text(text_of(column, row), type);
}

}  // namespace

uint64_t hash_int(int64_t value) { return mix(static_cast<uint64_t>(value) + 0x51ed270b9f6f8e21ULL); }

uint64_t hash_float(double value) {
  if (std::isnan(value)) return mix(0x7ff8000000000001ULL);
  // A whole number hashes as the integer; -0 as 0.
  if (value >= -0x1p63 && value < 0x1p63 && value == std::floor(value)) return hash_int(static_cast<int64_t>(value));
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return mix(bits);
}

uint64_t hash_text(std::string_view value, const Column &type) {
  if (type.blank_padded)
    while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  return type.case_insensitive ? hash_folded(value) : hash_bytes(value);
}

uint64_t hash_value(const ValueColumn &column, size_t row, const Column &type) { return hash_any(column, row, type); }

uint64_t hash_value(const SourceColumn &column, size_t row, const Column &type) { return hash_any(column, row, type); }

}  // namespace relsynth::core
