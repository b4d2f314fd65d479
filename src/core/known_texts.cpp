#include "core/known_texts.h"

#include "core/random.h"
#include "core/text_runs.h"

namespace relsynth::core {

namespace {

constexpr size_t bits_each = 16;
constexpr int probes = 8;

}  // namespace

void KnownTexts::reserve(size_t texts) { bits.assign(texts == 0 ? 0 : texts * bits_each / 64 + 1, 0); }

// Calls use(word, mask) for the text's bits until it gives false.
template <class Use>
bool KnownTexts::visit(std::string_view text, Use use) const {
  uint64_t hash = 14695981039346656037ULL;
  for (size_t at = 0; at < text.size();) hash = (hash ^ to_lower(next_character(text, at))) * 1099511628211ULL;
  uint64_t step = mix(hash) | 1, at = mix(hash + step);
  for (int i = 0; i < probes; ++i, at += step) {
    uint64_t bit = static_cast<uint64_t>((static_cast<unsigned __int128>(mix(at)) * (bits.size() * 64)) >> 64);
    if (!use(bit / 64, 1ULL << (bit % 64))) return false;
  }
  return true;
}

void KnownTexts::add(std::string_view text) {
  visit(text, [&](size_t word, uint64_t mask) { return bits[word] |= mask, true; });
}

bool KnownTexts::contains(std::string_view text) const {
  return !bits.empty() && visit(text, [&](size_t word, uint64_t mask) { return (bits[word] & mask) != 0; });
}

}  // namespace relsynth::core
