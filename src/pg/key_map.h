// Hash maps without an allocation per entry: key hash -> row number, and text -> id.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data.h"
#include "core/random.h"

namespace relsynth::pg {

// 64-bit hashes of key values -> row numbers. The first row of a hash stays.
class KeyMap {
 public:
  void reserve(size_t entries) {
    size_t size = 16;
    while (size * 3 < entries * 4 + 4) size *= 2;
    if (size > slots_.size()) rehash(size);
  }
  void insert(uint64_t hash, int32_t row) {
    reserve(used_ + 1);
    Slot &slot = slots_[place(hash)];
    if (slot.used) return;
    slot = {hash, row, 1};
    ++used_;
  }
  // The row, or core::unknown_parent.
  int32_t find(uint64_t hash) const {
    if (slots_.empty()) return core::unknown_parent;
    const Slot &slot = slots_[place(hash)];
    return slot.used ? slot.row : core::unknown_parent;
  }
  bool contains(uint64_t hash) const { return !slots_.empty() && slots_[place(hash)].used; }
  void clear() { *this = KeyMap(); }

 private:
  struct Slot {
    uint64_t hash = 0;
    int32_t row = 0;
    int32_t used = 0;
  };
  size_t place(uint64_t hash) const {
    size_t mask = slots_.size() - 1, i = hash & mask;
    while (slots_[i].used && slots_[i].hash != hash) i = (i + 1) & mask;
    return i;
  }
  void rehash(size_t size) {
    std::vector<Slot> old(size);
    old.swap(slots_);
    for (const Slot &slot : old)
      if (slot.used) slots_[place(slot.hash)] = slot;
  }
  std::vector<Slot> slots_;
  size_t used_ = 0;
};

// Gives every different text of a column its id: its place in the pool.
class Interner {
 public:
  uint32_t id(std::string_view text, std::vector<std::string> &pool) {
    if (slots_.size() * 3 < (pool.size() + 1) * 4) rehash(slots_.empty() ? 64 : slots_.size() * 2);
    uint64_t tag = tag_of(text);
    size_t mask = slots_.size() - 1, i = (tag >> 32) & mask;
    for (; slots_[i]; i = (i + 1) & mask)
      if ((slots_[i] & ~uint64_t{0xffffffff}) == tag && pool[(slots_[i] & 0xffffffff) - 1] == text)
        return static_cast<uint32_t>(slots_[i] & 0xffffffff) - 1;
    pool.emplace_back(text);
    slots_[i] = tag | pool.size();
    return static_cast<uint32_t>(pool.size() - 1);
  }
  // After the pool has changed; its texts differ from each other.
  void rebuild(const std::vector<std::string> &pool) {
    size_t size = 64;
    while (size * 3 < (pool.size() + 1) * 4) size *= 2;
    slots_.assign(size, 0);
    for (size_t id = 0; id < pool.size(); ++id) {
      uint64_t tag = tag_of(pool[id]);
      size_t i = (tag >> 32) & (size - 1);
      while (slots_[i]) i = (i + 1) & (size - 1);
      slots_[i] = tag | (id + 1);
    }
  }

 private:
  uint64_t tag_of(std::string_view text) const { return core::hash_text(text, plain_) & ~uint64_t{0xffffffff}; }
  void rehash(size_t size) {
    std::vector<uint64_t> old(size);
    old.swap(slots_);
    size_t mask = size - 1;
    for (uint64_t slot : old) {
      if (!slot) continue;
      size_t i = (slot >> 32) & mask;
      while (slots_[i]) i = (i + 1) & mask;
      slots_[i] = slot;
    }
  }
  std::vector<uint64_t> slots_;  // hash bits above, id + 1 below
  core::Column plain_;
};

}  // namespace relsynth::pg
