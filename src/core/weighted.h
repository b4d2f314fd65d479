// Things to draw from by weight.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/random.h"

namespace relsynth::core {

// `cumulative` ascends.
template <class T>
struct Weighted {
  std::vector<T> items;
  std::vector<uint64_t> cumulative;
  void add(T item, uint64_t weight) {
    items.push_back(std::move(item));
    cumulative.push_back(total() + weight);
  }
  uint64_t total() const { return cumulative.empty() ? 0 : cumulative.back(); }
  bool empty() const { return total() == 0; }
  const T &draw(Stream &random) const {
    uint64_t at = random.below(total());
    size_t low = 0, high = cumulative.size() - 1;
    while (low < high) {
      size_t middle = (low + high) / 2;
      if (cumulative[middle] > at)
        high = middle;
      else
        low = middle + 1;
    }
    return items[low];
  }
};

}  // namespace relsynth::core
