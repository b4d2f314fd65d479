// Intervals that rows have taken and that others must not overlap: what an exclusion constraint on a range keeps in mind, bucket by bucket.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <unordered_map>
#include <vector>

namespace relsynth::core {

// Half-open intervals that do not overlap, per bucket.
class Intervals {
 public:
  static constexpr int64_t first = std::numeric_limits<int64_t>::min(), last = std::numeric_limits<int64_t>::max();

  bool overlaps(uint64_t bucket, int64_t low, int64_t high) const;
  void insert(uint64_t bucket, int64_t low, int64_t high) { buckets_[bucket].emplace(low, high); }
  void erase(uint64_t bucket, int64_t low);
  // How far [low, high) must be moved to be free: to the nearest gap upwards that is long enough (of those near by; then past all), else
  // below all. False when it is unbounded or nothing is free.
  bool free_place(uint64_t bucket, int64_t low, int64_t high, int64_t *shift) const;

 private:
  std::unordered_map<uint64_t, std::map<int64_t, int64_t>> buckets_;
};

}  // namespace relsynth::core
