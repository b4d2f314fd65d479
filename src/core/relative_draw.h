// relative: base + difference of generated rows. Input: Relative, values of the row, of the one before and of the driver's parents; output:
// values in blocks.
#pragma once

#include <memory>
#include <vector>

#include "core/clock.h"
#include "core/compiled.h"
#include "core/number_codec.h"
#include "core/relative.h"
#include "core/world.h"

namespace relsynth::core {

// One column of a table whose structure stands.
class RelativeDraw {
 public:
  // `inputs`: where draw() finds the relative's features.
  RelativeDraw(const World &world, int table, int column, const Relative &relative, std::span<const uint16_t> inputs);

  // The base of a row in the column's units; NaN where there is none. Own bases are read from the block; `before`: per column, values of the
  // row before.
  double base(const Block &block, size_t r, const std::vector<double> &before) const;

  // Draws the value and gives the column's own code of it. A few draws try to stay within the column's learned span; false when none does.
  bool draw(double base, const Code *x, const Course &course, Stream &random, Block &block, size_t r, Code &code) const;

  // A base's value in the column's units.
  double units(double base) const { return in_units(base, base_type_->cls, type_.cls); }

  // Moves the value, unless it stands for none; keeps the side of the base.
  void shift(double by, double base, Block &block, size_t r) const;

  // Whether draw() asks for the time of the group's first row.
  bool asks_first() const { return relative_.calendar.sway > 0; }

  // A bound is no more than that: the value is drawn by itself.
  bool bound() const { return relative_.base.bound; }
  // Whether the row's value lies on the bound's side; values that mean none do.
  bool holds(double base, const Block &block, size_t r) const;
  // Whether the row's value lies as far from the base as training rows did; values that mean none do.
  bool within(double base, const Block &block, size_t r) const;
  // Puts the bound itself, or the next value of the column's grid; returns its code.
  Code put_bound(double base, Block &block, size_t r) const;

 private:
  double value_of(double base, Code code, Stream &random) const;
  double nearest(double value) const;
  double mirrored(double value, double base) const;
  double on_side(double value, double base) const;

  bool draw_weighed(double base, const CompiledConditional::Row &row, const Course &course, Stream &random, Block &block, size_t r) const;
  double partner(Code code, const Block &block, size_t r) const;
  void put(double value, Block &block, size_t r) const;

  const Relative &relative_;
  const CompiledConditional conditional_;
  const Codec &codec_;
  int column_;
  const Table &table_;
  const Column &type_, *base_type_ = nullptr;
  NumberLimits limits_;
  NumberEncoder encoder_;
  double low_, high_;               // of the column's own codec
  std::unique_ptr<Places> places_;  // where draws are weighed
  void find_terms(const World &world, int table);
  double linear(const Block &block, size_t r) const;

  std::vector<const ValueColumn *> term_values_;  // of a linear base: of the parent's terms; nullptr: the block's
  std::vector<const Column *> term_types_;
  const int32_t *term_parents_ = nullptr;
  std::vector<const int32_t *> up_;      // parent row numbers, one array a step
  const ValueColumn *values_ = nullptr;  // of the base's table; nullptr: the block's, or of the row before
  bool known_ = true;                    // the way to the base
};

}  // namespace relsynth::core
