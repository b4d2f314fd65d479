#include "core/intervals.h"

namespace relsynth::core {

bool Intervals::overlaps(uint64_t bucket, int64_t low, int64_t high) const {
  auto found = buckets_.find(bucket);
  if (found == buckets_.end()) return false;
  auto next = found->second.lower_bound(low);
  if (next != found->second.end() && next->first < high) return true;
  return next != found->second.begin() && std::prev(next)->second > low;
}

void Intervals::erase(uint64_t bucket, int64_t low) {
  auto found = buckets_.find(bucket);
  if (found == buckets_.end()) return;
  found->second.erase(low);
  if (found->second.empty()) buckets_.erase(found);
}

bool Intervals::free_place(uint64_t bucket, int64_t low, int64_t high, int64_t *shift) const {
  constexpr int near_by = 64;
  int64_t length;
  *shift = 0;
  if (low == first || high == last || __builtin_sub_overflow(high, low, &length)) return false;
  auto found = buckets_.find(bucket);
  if (found == buckets_.end()) return true;
  const std::map<int64_t, int64_t> &taken = found->second;
  auto next = taken.upper_bound(low);
  int64_t from = low, room;
  if (next != taken.begin() && std::prev(next)->second > from) from = std::prev(next)->second;
  for (int i = 0; next != taken.end() && i < near_by; ++i, ++next) {
    if (!__builtin_sub_overflow(next->first, from, &room) && room >= length) return !__builtin_sub_overflow(from, low, shift);
    from = next->second;
  }
  from = next == taken.end() ? from : taken.rbegin()->second;
  int64_t end;
  if (from != last && !__builtin_add_overflow(from, length, &end) && end != last) return !__builtin_sub_overflow(from, low, shift);
  from = taken.begin()->first;
  if (from == first || __builtin_sub_overflow(from, length, &from)) return false;
  return !__builtin_sub_overflow(from, low, shift);
}

}  // namespace relsynth::core
