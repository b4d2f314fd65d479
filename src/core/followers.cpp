#include "core/followers.h"

#include <algorithm>

namespace relsynth::core {

namespace {

constexpr size_t most_contexts = 8;  // of one draw
constexpr int most_attempts = 4;     // at an item that no longer context kept

}  // namespace

bool Followers::Range::holds(uint32_t item) const { return std::binary_search(items, items + count, item); }

uint32_t Followers::Range::item_at(uint32_t at) const { return items[std::upper_bound(cumulative, cumulative + count, at) - cumulative]; }

Followers::Range Followers::at(uint64_t context) const {
  if (places.empty()) return {};
  for (size_t place = context & (places.size() - 1);; place = (place + 1) & (places.size() - 1)) {
    if (places[place] == 0) return {};
    size_t i = places[place] - 1;
    if (contexts[i] != context) continue;
    return {items.data() + begin[i], cumulative.data() + begin[i], begin[i + 1] - begin[i], totals[i]};
  }
}

bool draw_follower(const Followers &followers, std::span<const uint64_t> contexts, Stream &random, uint32_t &item) {
  Followers::Range seen[most_contexts];
  size_t n = 0;
  for (uint64_t context : contexts.first(std::min(contexts.size(), most_contexts))) {
    Followers::Range range = followers.at(context);
    if (range.count == 0) continue;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      uint64_t at = random.below(range.total);
      if (at >= range.kept()) break;
      item = range.item_at(static_cast<uint32_t>(at));
      if (std::none_of(seen, seen + n, [&](const Followers::Range &before) { return before.holds(item); })) return true;
    }
    seen[n++] = range;
  }
  return false;
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
  result.begin.push_back(0);
  for (size_t i = 0, end = 0; i < kept.size(); i = end) {
    for (end = i; end < kept.size() && kept[end].context == kept[i].context;) ++end;
    if (end - i < ways) continue;
    result.contexts.push_back(kept[i].context);
    result.totals.push_back(totals[kept[i].context]);
    uint32_t sum = 0;
    for (size_t k = i; k < end; ++k) {
      result.items.push_back(kept[k].item);
      result.cumulative.push_back(sum += kept[k].rows);
    }
    result.begin.push_back(static_cast<uint32_t>(result.items.size()));
  }
  if (result.contexts.empty()) return result;
  size_t size = 4;
  while (size < 2 * result.contexts.size()) size *= 2;
  result.places.assign(size, 0);
  for (size_t i = 0; i < result.contexts.size(); ++i) {
    size_t place = result.contexts[i] & (size - 1);
    while (result.places[place] != 0) place = (place + 1) & (size - 1);
    result.places[place] = static_cast<uint32_t>(i + 1);
  }
  return result;
}

}  // namespace relsynth::core
