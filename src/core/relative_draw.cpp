#include "core/relative_draw.h"

#include <algorithm>
#include <cmath>

#include "core/relative.h"

namespace relsynth::core {

RelativeDraw::RelativeDraw(const World &world, int table, const ColumnModel &model)
    : relative_(*model.relative),
      codec_(world.model.tables[table].codecs[model.column]),
      column_(model.column),
      type_(world.schema.tables[table].columns[model.column]),
      limits_(limits_of(type_, codec_.number.decimals)),
      encoder_(codec_.number),
      low_(INFINITY),
      high_(-INFINITY) {
  for (const NumberCodec::Bin &bin : codec_.number.bins) low_ = std::min(low_, bin.low), high_ = std::max(high_, bin.high);
  int here = table;
  for (int i = 0; i < relative_.base.up && known_; ++i) {
    int driver = world.plan.tables[here].driver;
    known_ = driver >= 0 && !world.parents(here, driver).empty();
    if (!known_) return;
    up_.push_back(world.parents(here, driver).data());
    here = world.key(here, driver).parent;
  }
  base_type_ = &world.schema.tables[here].columns[relative_.base.column];
  if (relative_.base.up == 0) return;
  const std::vector<ValueColumn> &values = world.tables[here].values;
  known_ = static_cast<size_t>(relative_.base.column) < values.size() && values[relative_.base.column].size() > 0;
  if (known_) values_ = &values[relative_.base.column];
}

double RelativeDraw::base(const Block &block, size_t r) const {
  if (!known_) return NAN;
  if (!values_) return in_units(number_at(block.columns[relative_.base.column], r, base_type_->cls), base_type_->cls, type_.cls);
  int64_t row = static_cast<int64_t>(block.first + r);
  for (const int32_t *up : up_) {
    row = up[row];
    if (row < 0) return NAN;
  }
  if (static_cast<size_t>(row) >= values_->size()) return NAN;
  return in_units(number_at(*values_, static_cast<size_t>(row), base_type_->cls), base_type_->cls, type_.cls);
}

// As it will be stored: on the column's decimals and within its type.
double RelativeDraw::nearest(double value) const {
  value = std::clamp(value, limits_.low, limits_.high);
  if (codec_.repr == Repr::Int) return std::nearbyint(value);
  if (codec_.number.step <= 0 || std::fabs(value) > largest_exact / 1e6) return value;
  double scale = std::pow(10, codec_.number.decimals);
  return std::nearbyint(value * scale) / scale;
}

double RelativeDraw::value_of(double base, Code code, Stream &random) const {
  return on_side(nearest(grid_base(base, codec_.number, type_.cls) + draw_number(relative_.differences, code, random)), base);
}

// The base may lie between two points of the grid.
double RelativeDraw::on_side(double value, double base) const {
  double step = codec_.number.step;
  if (relative_.never_below && value < base) value = step > 0 ? nearest(value + step) : base;
  if (relative_.never_above && value > base) value = step > 0 ? nearest(value - step) : base;
  return value;
}

bool RelativeDraw::holds(double base, const Block &block, size_t r) const {
  Code code = block.codes[column_][r];
  if (std::find(relative_.as_such.begin(), relative_.as_such.end(), code) != relative_.as_such.end()) return true;
  double value = number_at(block.columns[column_], r, type_.cls);
  return !(relative_.never_below && value < base) && !(relative_.never_above && value > base);
}

Code RelativeDraw::put_bound(double base, Block &block, size_t r) const {
  double value = on_side(nearest(grid_base(base, codec_.number, type_.cls)), base);
  store_number(value, limits_, block.columns[column_], r);
  return block.codes[column_][r] = encoder_.encode(value);
}

Code RelativeDraw::draw(double base, const Code *x, Stream &random, Block &block, size_t r) const {
  constexpr int most_attempts = 8;
  ValueColumn &out = block.columns[column_];
  size_t bins = relative_.differences.bins.size();
  double value = 0;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    Code code = std::max<Code>(1, relative_.conditional.draw(x, random));
    if (code > bins) {
      code = relative_.as_such[std::min<size_t>(code - bins, relative_.as_such.size()) - 1];
      decode(codec_, type_, code, random, out, r);
      return code;
    }
    value = value_of(base, code, random);
    if (value >= low_ && value <= high_) break;
  }
  // Blocks are drawn by several threads: the decimals are the block's already.
  store_number(value, limits_, out, r);
  return encoder_.encode(value);
}

}  // namespace relsynth::core
