#include "core/relative_draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/linear.h"
#include "core/relative.h"

namespace relsynth::core {

RelativeDraw::RelativeDraw(const World &world, int table, int column, const Relative &relative, std::span<const uint16_t> inputs)
    : relative_(relative),
      conditional_(relative.conditional, inputs),
      codec_(world.model.tables[table].codecs[column]),
      column_(column),
      table_(world.schema.tables[table]),
      type_(table_.columns[column]),
      limits_(limits_of(type_, codec_.number.decimals)),
      encoder_(codec_.number),
      low_(INFINITY),
      high_(-INFINITY) {
  for (size_t i = 0; i < codec_.number.bins.size(); ++i) {
    // The year 9999 is no value that others may come near to.
    const bool such = std::find(relative_.as_such.begin(), relative_.as_such.end(), static_cast<Code>(1 + i)) != relative_.as_such.end();
    if (!such) low_ = std::min(low_, codec_.number.bins[i].low), high_ = std::max(high_, codec_.number.bins[i].high);
  }
  find_terms(world, table);
  if (!relative_.calendar.places.empty()) places_ = std::make_unique<Places>(codec_.number, type_.cls);
  int here = table;
  for (int i = 0; i < relative_.base.up && known_; ++i) {
    int driver = world.plan.tables[here].driver;
    known_ = driver >= 0 && !world.parents(here, driver).empty();
    if (!known_) return;
    up_.push_back(world.parents(here, driver).data());
    here = world.key(here, driver).parent;
  }
  base_type_ = &world.schema.tables[here].columns[relative_.base.column];
  if (relative_.base.up <= 0) return;
  const std::vector<ValueColumn> &values = world.tables[here].values;
  known_ = static_cast<size_t>(relative_.base.column) < values.size() && values[relative_.base.column].size() > 0;
  if (known_) values_ = &values[relative_.base.column];
}

// Where the numbers of a linear base are.
void RelativeDraw::find_terms(const World &world, int table) {
  const int driver = world.plan.tables[table].driver;
  for (const LinearTerm &term : relative_.terms) {
    const int there = term.up > 0 ? world.key(table, driver).parent : table;
    term_types_.push_back(&world.schema.tables[there].columns[term.column]);
    term_values_.push_back(nullptr);
    if (term.up == 0) continue;
    const std::vector<ValueColumn> &values = world.tables[there].values;
    known_ = known_ && static_cast<size_t>(term.column) < values.size() && values[term.column].size() > 0 &&
             !world.parents(table, driver).empty();
    if (!known_) return;
    term_values_.back() = &values[term.column];
    term_parents_ = world.parents(table, driver).data();
  }
}

double RelativeDraw::linear(const Block &block, size_t r) const {
  size_t i = 0;
  return linear_value(relative_, [&](const LinearTerm &term) {
    const ValueColumn *values = term_values_[i];
    const TypeClass cls = term_types_[i++]->cls;
    if (!values) return number_at(block.columns[term.column], r, cls);
    const int32_t parent = term_parents_[block.first + r];
    return parent < 0 || static_cast<size_t>(parent) >= values->size() ? NAN : number_at(*values, static_cast<size_t>(parent), cls);
  });
}

double RelativeDraw::base(const Block &block, size_t r, const std::vector<double> &before) const {
  if (!known_) return NAN;
  if (relative_.base.up == linear_base) return linear(block, r);
  if (relative_.base.up == previous_row) return in_units(before[relative_.base.column], base_type_->cls, type_.cls);
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
  const double scale = power_of_ten(codec_.number.decimals);
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

// A value far beyond all learned ones is mirrored at the nearer end, as far as the side that it must be on allows; not where the differences
// are so small that it is the base that lies there.
double RelativeDraw::mirrored(double value, double base) const {
  constexpr double most_beyond = 0.02, most_small = 0.1;  // of the span
  const double room = most_beyond * (high_ - low_);
  const std::vector<NumberCodec::Bin> &bins = relative_.differences.bins;
  const bool small =
      relative_.base.up != previous_row && !bins.empty() && bins.back().high - bins.front().low <= most_small * (high_ - low_);
  if (small || (value >= low_ - room && value <= high_ + room)) return value;
  double other = value > high_ ? std::max(low_, 2 * high_ - value) : std::min(high_, 2 * low_ - value);
  return on_side(nearest(other), base) == nearest(other) ? nearest(other) : value;
}

bool RelativeDraw::holds(double base, const Block &block, size_t r) const {
  Code code = block.codes[column_][r];
  if (std::find(relative_.as_such.begin(), relative_.as_such.end(), code) != relative_.as_such.end()) return true;
  double value = number_at(block.columns[column_], r, type_.cls);
  return !(relative_.never_below && value < base) && !(relative_.never_above && value > base);
}

bool RelativeDraw::within(double base, const Block &block, size_t r) const {
  const std::vector<NumberCodec::Bin> &bins = relative_.differences.bins;
  if (!holds(base, block, r)) return false;
  if (bound() || bins.empty()) return true;
  Code code = block.codes[column_][r];
  if (std::find(relative_.as_such.begin(), relative_.as_such.end(), code) != relative_.as_such.end()) return true;
  double difference = number_at(block.columns[column_], r, type_.cls) - grid_base(base, codec_.number, type_.cls);
  return difference >= bins.front().low && difference <= bins.back().high;
}

void RelativeDraw::put(double value, Block &block, size_t r) const {
  store_number(value, limits_, block.columns[column_], r);
  block.codes[column_][r] = encoder_.encode(value);
}

Code RelativeDraw::put_bound(double base, Block &block, size_t r) const {
  put(on_side(nearest(grid_base(base, codec_.number, type_.cls)), base), block, r);
  return block.codes[column_][r];
}

void RelativeDraw::shift(double by, double base, Block &block, size_t r) const {
  Code code = block.codes[column_][r];
  if (code == null_code || std::find(relative_.as_such.begin(), relative_.as_such.end(), code) != relative_.as_such.end()) return;
  put(on_side(nearest(number_at(block.columns[column_], r, type_.cls) + by), base), block, r);
}

// The difference that a partner's code stands for.
double RelativeDraw::partner(Code code, const Block &block, size_t r) const {
  size_t i = code - relative_.differences.bins.size() - relative_.as_such.size() - 1;
  int c = relative_.partners[std::min(i / 2, relative_.partners.size() - 1)];
  double value = number_at(block.columns[c], r, table_.columns[c].cls);
  return i % 2 == 1 ? -value : value;
}

// One of several draws by their weights; false where none is within the column's span.
bool RelativeDraw::draw_weighed(double base, const CompiledConditional::Row &row, const Course &course, Stream &random, Block &block,
                                size_t r) const {
  std::array<double, most_proposals> values{}, weights{};
  size_t n = 0, bins = relative_.differences.bins.size();
  double sum = 0;
  for (int i = 0; i < most_proposals; ++i) {
    Code code = std::max<Code>(1, conditional_.draw(row, random));
    double value = value_of(base, code, random);
    if (code > bins || !(value >= low_ && value <= high_)) continue;
    values[n] = value;
    sum += weights[n++] = places_->weight(relative_.calendar, places_->spot({base, value, course}));
  }
  if (n == 0) return false;
  double at = random.uniform() * sum;
  size_t i = 0;
  while (i + 1 < n && at >= weights[i]) at -= weights[i++];
  block.columns[column_].nulls[r] = 0;
  put(values[i], block, r);
  return true;
}

bool RelativeDraw::draw(double base, const Code *x, const Course &course, Stream &random, Block &block, size_t r, Code &code) const {
  constexpr int most_attempts = 8;
  ValueColumn &out = block.columns[column_];
  size_t bins = relative_.differences.bins.size(), partners = bins + relative_.as_such.size();
  CompiledConditional::Row row;
  conditional_.read(x, row);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    code = std::max<Code>(1, conditional_.draw(row, random));
    if (code > bins && code <= partners) {
      out.nulls[r] = 0;
      block.codes[column_][r] = code = relative_.as_such[code - bins - 1];
      decode(codec_, type_, code, random, out, r);
      return true;
    }
    if (attempt == 0 && places_ && draw_weighed(base, row, course, random, block, r)) {
      code = block.codes[column_][r];
      return true;
    }
    double by = code > partners && !relative_.partners.empty() ? partner(code, block, r) : 0;
    if (std::isnan(by)) continue;
    double value = code > partners ? nearest(base + by) : value_of(base, code, random);
    // A total may run on where it must: what leads there was drawn. Other chains would drift away.
    bool last = attempt + 1 == most_attempts && (relative_.base.up != previous_row || code > partners);
    if (relative_.base.up == linear_base && last) value = std::clamp(value, low_, high_);
    if (!(value >= low_ && value <= high_) && !last) continue;
    if (code <= bins) value = mirrored(value, base);
    // Blocks are drawn by several threads: the decimals are the block's already.
    out.nulls[r] = 0;
    put(value, block, r);
    code = block.codes[column_][r];
    return true;
  }
  return false;
}

}  // namespace relsynth::core
