// What follows what in texts: letters after letters, words after words. Input: items with their contexts; output: those that enough entities
// share, with back-off to shorter contexts for the rest (after Katz 1987, "Estimation of probabilities from sparse data", without discounts).
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/random.h"
#include "core/support.h"

namespace relsynth::core {

// Items by context. A context's items are those that enough entities have there; `total` counts the others too.
struct Followers {
  struct Range {
    const uint32_t *items = nullptr, *cumulative = nullptr;
    size_t count = 0;
    uint32_t total = 0;
    uint32_t kept() const { return count == 0 ? 0 : cumulative[count - 1]; }
    bool holds(uint32_t item) const;
    // One of the kept items, of which there must be one; `at` is below kept().
    uint32_t item_at(uint32_t at) const;
  };
  struct Place {
    uint64_t context = 0;
    uint32_t begin = 0, end = 0;  // of its items; both 0: free
    uint32_t total = 0;
  };
  std::vector<Place> places;    // hash table, open addressing; its size is a power of two
  std::vector<uint32_t> items;  // ascending within the context
  std::vector<uint32_t> cumulative;

  // The items of a context; none where it is not known.
  Range at(uint64_t context) const;
  bool empty() const { return places.empty(); }
};

// Draws along contexts, of which context(0) is the longest: what a context does not keep goes to the next one, less what was kept before.
// False when all of them leave it open. Contexts are asked for as they are needed: mostly the first will do.
template <class Context>
bool draw_follower(const Followers &followers, size_t contexts, const Context &context, Stream &random, uint32_t &item) {
  constexpr size_t most_contexts = 8;
  constexpr int most_attempts = 4;  // at an item that no longer context kept
  Followers::Range seen[most_contexts];
  size_t n = 0;
  for (size_t i = 0; i < contexts && n < most_contexts; ++i) {
    Followers::Range range = followers.at(context(i));
    if (range.count == 0) continue;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      uint64_t at = random.below(range.total);
      if (at >= range.kept()) break;
      item = range.item_at(static_cast<uint32_t>(at));
      bool before = false;
      for (size_t k = 0; k < n; ++k) before = before || seen[k].holds(item);
      if (!before) return true;
    }
    seen[n++] = range;
  }
  return false;
}

// One of the items that a context keeps; false when there are none.
bool draw_kept(const Followers &followers, uint64_t context, Stream &random, uint32_t &item);

// A context from what it is made of; cheaper than combine().
inline uint64_t context_of(uint64_t a, uint64_t b) {
  uint64_t x = (a ^ (b * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
  return x ^ (x >> 29);
}

// Counts rows and entities; to be filled in the order of entities.
class FollowerCounts {
 public:
  void add(uint64_t context, uint32_t item, uint32_t entity) { counts_[{context, item}].add(entity); }
  // Contexts with at least `ways` kept items.
  Followers keep(uint32_t threshold, size_t ways) const;

 private:
  struct Key {
    uint64_t context;
    uint32_t item;
    bool operator==(const Key &) const = default;
  };
  struct Hash {
    size_t operator()(const Key &key) const { return key.context + key.item * 0x9e3779b97f4a7c15ULL; }
  };
  std::unordered_map<Key, Support, Hash> counts_;
};

}  // namespace relsynth::core
