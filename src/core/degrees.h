// Numbers of children: learned counts per parent row, adjusted to a total.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/world.h"

namespace relsynth::core {

// A count of `counts` for row `row` of `parent`; `attempt` gives another draw. Pure.
class CountDrawer {
 public:
  CountDrawer(const World &world, int table, int fk, Purpose purpose, const CountModel &counts, int parent);
  uint32_t operator()(size_t row, uint64_t attempt) const;
  // Counts of rows [0, n), in parallel.
  std::vector<uint32_t> draw_all(size_t n) const;

 private:
  const World &world_;
  int table_, fk_, parent_;
  Purpose purpose_;
  const CountModel &counts_;
  bool trained_, needs_place_ = false;
  std::vector<FeatureSource> sources_;
};

using Redraw = std::function<uint32_t(size_t index, uint64_t attempt)>;

// Changes `counts` so that they sum to `total`, none above its cap (caps empty: no bound); keeps zeros zero where it can. Counts far from the
// total are scaled first; `redraw`, where given, then draws single counts again while that brings the sum nearer; the rest goes by steps of
// one. Returns what could not be placed because of the caps.
uint64_t adjust_counts(std::vector<uint32_t> &counts, uint64_t total, const std::vector<uint32_t> &caps, const Redraw &redraw,
                       Stream random);

}  // namespace relsynth::core
