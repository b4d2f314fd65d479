// What follows what in texts: letters after letters, words after words. Input: items with their contexts; output: those that enough entities
// share, with back-off to shorter contexts for the rest (after Katz 1987, "Estimation of probabilities from sparse data", without discounts).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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
  std::vector<uint64_t> contexts;  // ascending hashes
  std::vector<uint32_t> begin;     // contexts + 1
  std::vector<uint32_t> items;     // ascending within the context
  std::vector<uint32_t> cumulative;
  std::vector<uint32_t> totals;
  std::vector<uint32_t> places;  // hash table of 1 + position in contexts; 0: free

  // The items of a context; none where it is not known.
  Range at(uint64_t context) const;
  bool empty() const { return contexts.empty(); }
};

// Draws along contexts, the longest first: what a context does not keep goes to the next one, less what was kept before. False when all of
// them leave it open.
bool draw_follower(const Followers &followers, std::span<const uint64_t> contexts, Stream &random, uint32_t &item);

// One of the items that a context keeps; false when there are none.
bool draw_kept(const Followers &followers, uint64_t context, Stream &random, uint32_t &item);

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
