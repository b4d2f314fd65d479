// Numbers of children: learned counts per parent row, adjusted to a total.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/world.h"

namespace relsynth::core {

// Numbers of children of rows of `parent`: codes by the conditional, counts by the learned steps. Pure.
class CountDrawer {
 public:
  CountDrawer(const World &world, int table, int fk, Purpose purpose, const CountModel &counts, int parent);
  // A count for one row; `attempt` gives another draw.
  uint32_t operator()(size_t row, uint64_t attempt) const;
  // Counts for some rows together: their distribution is the learned one, whole up to the heaviest parents, as far as the conditional lets it.
  std::vector<uint32_t> draw(const std::vector<uint32_t> &rows) const;
  // The same for all rows that are `usable`; 0 for the others.
  std::vector<uint32_t> draw_usable(const std::vector<uint8_t> &usable) const;

 private:
  struct Span {
    size_t begin = 0, end = 0;  // of the code's steps
    double parents = 0;
  };
  void features_of(size_t row, std::vector<Code> &x) const;
  Code draw_code(size_t row, uint64_t attempt) const;
  uint32_t count_at(Code code, double place) const;
  int64_t places_below(double parents, size_t n) const;
  void balance(const std::vector<uint32_t> &rows, std::vector<Code> &codes) const;
  void place_codes(const std::vector<uint32_t> &rows, std::vector<Code> &codes, std::vector<int64_t> &surplus, Stream &random) const;
  void add_noise(const std::vector<uint32_t> &rows, std::vector<uint32_t> &counts) const;

  const World &world_;
  int table_, fk_, parent_;
  Purpose purpose_;
  const CountModel &counts_;
  bool trained_, needs_place_ = false;
  std::vector<FeatureSource> sources_;
  std::vector<Span> spans_;  // per code
  double parents_ = 0;       // of all steps
};

using Redraw = std::function<uint32_t(size_t index, uint64_t attempt)>;

// Changes `counts` so that they sum to `total`, none above its cap (caps empty: no bound); keeps zeros zero where it can. Counts far from the
// total are scaled first; `redraw`, where given, then draws single counts again while that brings the sum nearer; the rest goes by steps of
// one. Returns what could not be placed because of the caps.
uint64_t adjust_counts(std::vector<uint32_t> &counts, uint64_t total, const std::vector<uint32_t> &caps, const Redraw &redraw,
                       Stream random);

}  // namespace relsynth::core
