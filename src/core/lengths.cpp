#include "core/lengths.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/support.h"

namespace relsynth::core {

namespace {

uint32_t draw_distance(double mean, Stream &random) {
  if (mean <= 0) return 0;
  return static_cast<uint32_t>(std::min(std::log(1 - random.uniform()) / std::log(mean / (1 + mean)), 8 * mean + 8));
}

// Rows, entities and mean distance of the lengths beyond an end.
struct Tail {
  Support support;
  double sum = 0;
  void add(double distance, uint32_t entity) {
    support.add(entity);
    sum += distance;
  }
  double mean() const { return sum / support.rows; }
};

}  // namespace

uint32_t Lengths::draw(Stream &random) const {
  uint64_t at = random.below(shared.total() + between + below + above);
  if (at < below) {
    uint32_t distance = 1 + draw_distance(mean_below, random);
    return distance < low ? low - distance : 1;
  }
  if (at < below + above) return high + 1 + draw_distance(mean_above, random);
  if (at < below + above + between) return static_cast<uint32_t>(random.between(low, high));
  return shared.draw(random);
}

Lengths learn_lengths(const std::vector<std::pair<uint32_t, uint32_t>> &lengths, uint32_t threshold) {
  Lengths result;
  std::map<uint32_t, Support> counts;
  for (auto [length, entity] : lengths) counts[length].add(entity);
  for (const auto &[length, support] : counts)
    if (support.entities >= threshold) result.shared.add(length, support.rows);
  if (result.shared.empty()) {
    if (lengths.empty()) return result;
    // The middle one stands for itself; a row of it is as good as any.
    size_t half = lengths.size() / 2, sum = 0;
    for (const auto &[length, support] : counts)
      if ((sum += support.rows) > half) {
        result.shared.add(length, 1);
        break;
      }
  }
  result.low = result.shared.items.front();
  result.high = result.shared.items.back();
  Tail below, above;
  for (auto [length, entity] : lengths) {
    if (length < result.low) below.add(result.low - 1.0 - length, entity);
    if (length > result.high) above.add(length - result.high - 1.0, entity);
    result.between += length > result.low && length < result.high && counts[length].entities < threshold;
  }
  if (below.support.entities >= threshold) result.below = below.support.rows, result.mean_below = below.mean();
  if (above.support.entities >= threshold) result.above = above.support.rows, result.mean_above = above.mean();
  return result;
}

}  // namespace relsynth::core
