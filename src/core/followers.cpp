#include "core/followers.h"

#include <algorithm>

namespace relsynth::core {

bool Followers::Range::holds(uint32_t item) const { return std::binary_search(items, items + count, item); }

uint32_t Followers::Range::item_at(uint32_t at) const { return items[std::upper_bound(cumulative, cumulative + count, at) - cumulative]; }

Followers::Range Followers::at(uint64_t context) const {
  if (places.empty()) return {};
  for (size_t i = context & (places.size() - 1);; i = (i + 1) & (places.size() - 1)) {
    const Place &place = places[i];
    if (place.end == 0) return {};
    if (place.context == context)
      return {items.data() + place.begin, cumulative.data() + place.begin, place.end - place.begin, place.total};
  }
}

bool draw_kept(const Followers &followers, uint64_t context, Stream &random, uint32_t &item) {
  Followers::Range range = followers.at(context);
  if (range.count == 0) return false;
  item = range.item_at(static_cast<uint32_t>(random.below(range.kept())));
  return true;
}

Followers FollowerCounts::keep(uint32_t threshold, size_t ways) const {
  struct Entry {
    uint64_t context;
    uint32_t item, rows;
  };
  std::vector<Entry> kept;
  std::unordered_map<uint64_t, uint32_t> totals;
  for (const auto &[key, support] : counts_)
    if (support.entities >= threshold) kept.push_back({key.context, key.item, support.rows}), totals[key.context] = 0;
  for (const auto &[key, support] : counts_)
    if (auto found = totals.find(key.context); found != totals.end()) found->second += support.rows;
  std::sort(kept.begin(), kept.end(),
            [](const Entry &a, const Entry &b) { return a.context < b.context || (a.context == b.context && a.item < b.item); });
  Followers result;
  std::vector<Followers::Place> found;
  for (size_t i = 0, end = 0; i < kept.size(); i = end) {
    for (end = i; end < kept.size() && kept[end].context == kept[i].context;) ++end;
    if (end - i < ways) continue;
    uint32_t begin = static_cast<uint32_t>(result.items.size()), sum = 0;
    for (size_t k = i; k < end; ++k) {
      result.items.push_back(kept[k].item);
      result.cumulative.push_back(sum += kept[k].rows);
    }
    found.push_back({kept[i].context, begin, static_cast<uint32_t>(result.items.size()), totals[kept[i].context]});
  }
  size_t size = 4;
  while (size < 2 * found.size()) size *= 2;
  if (!found.empty()) result.places.resize(size);
  for (const Followers::Place &place : found) {
    size_t at = place.context & (size - 1);
    while (result.places[at].end != 0) at = (at + 1) & (size - 1);
    result.places[at] = place;
  }
  return result;
}

}  // namespace relsynth::core
