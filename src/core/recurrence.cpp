#include "core/recurrence.h"

#include <algorithm>
#include <bit>

namespace relsynth::core {

namespace {

constexpr double least_share = 0.1;   // of the rows that must have values that come again
constexpr uint32_t least_values = 4;  // of a part: a single value's frequency is not told

}  // namespace

Recurrence learn_recurrence(const std::vector<uint32_t> &rows) {
  constexpr size_t steps = 33;
  std::vector<uint64_t> values(steps, 0), sums(steps, 0);
  uint64_t all = 0, again = 0;
  for (uint32_t n : rows) {
    size_t step = static_cast<size_t>(std::bit_width(n));
    ++values[step];
    sums[step] += n;
    all += n;
    again += n > 1 ? n : 0;
  }
  Recurrence recurrence;
  if (all == 0 || static_cast<double>(again) < least_share * static_cast<double>(all)) return recurrence;
  for (size_t step = steps; step-- > 2;) {
    if (values[step] == 0) continue;
    if (values[step] < least_values && step > 2) {
      values[step - 1] += values[step];
      sums[step - 1] += sums[step];
      continue;
    }
    recurrence.parts.push_back({static_cast<uint32_t>(values[step]), static_cast<double>(sums[step]) / static_cast<double>(all)});
    recurrence.values += static_cast<uint32_t>(values[step]);
  }
  return recurrence;
}

bool draw_recurring(const Recurrence &recurrence, Stream &random, uint32_t &value) {
  if (recurrence.parts.empty()) return false;
  double place = random.uniform();
  value = 0;
  for (const Recurrence::Part &part : recurrence.parts) {
    if (place < part.share) {
      value += static_cast<uint32_t>(random.below(part.values));
      return true;
    }
    place -= part.share;
    value += part.values;
  }
  return false;
}

}  // namespace relsynth::core
