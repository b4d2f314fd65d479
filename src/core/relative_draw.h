// relative: base + difference of generated rows. Input: Relative, values of the row and of the driver's parents; output: values in blocks.
#pragma once

#include <vector>

#include "core/number_codec.h"
#include "core/world.h"

namespace relsynth::core {

// One column of a table whose structure stands.
class RelativeDraw {
 public:
  RelativeDraw(const World &world, int table, const ColumnModel &model);

  // The base of a row in the column's units; NaN where there is none. Own bases are read from the block.
  double base(const Block &block, size_t r) const;

  // Draws the value; returns the column's own code of it. A few draws try to stay within the column's learned span.
  Code draw(double base, const Code *x, Stream &random, Block &block, size_t r) const;

  // A bound is no more than that: the value is drawn by itself.
  bool bound() const { return relative_.base.bound; }
  // Whether the row's value lies on the bound's side; values that mean none do.
  bool holds(double base, const Block &block, size_t r) const;
  // Puts the bound itself, or the next value of the column's grid; returns its code.
  Code put_bound(double base, Block &block, size_t r) const;

 private:
  double value_of(double base, Code code, Stream &random) const;
  double nearest(double value) const;
  double on_side(double value, double base) const;

  const Relative &relative_;
  const Codec &codec_;
  int column_;
  const Column &type_, *base_type_ = nullptr;
  NumberLimits limits_;
  NumberEncoder encoder_;
  double low_, high_;                    // of the column's own codec
  std::vector<const int32_t *> up_;      // parent row numbers, one array a step
  const ValueColumn *values_ = nullptr;  // of the base's table; nullptr: the block's
  bool known_ = true;                    // the way to the base
};

}  // namespace relsynth::core
