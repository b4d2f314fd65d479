// The values that the columns of a unique key can take, in an order, so that free ones can be looked for one by one.
#include "core/domain.h"

#include <algorithm>
#include <cmath>

#include "core/category_codec.h"
#include "core/number_codec.h"
#include "core/shapes.h"

namespace relsynth::core {

namespace {

constexpr double most = 9e15;  // integers that a double holds exactly

}  // namespace

Domain::Axis Domain::axis_of(int column, bool learned) const {
  const Codec &codec = world_.model.tables[table_].codecs[column];
  Axis axis;
  axis.column = column;
  if (codec.encoding == Encoding::Category) axis.size = category_size(codec.category);
  if (codec.encoding == Encoding::Constant) axis.size = static_cast<uint64_t>(std::max(0, codec.codes - 1));
  if (codec.encoding == Encoding::Pattern && codec.shapes && !codec.shapes->structure) {
    axis.texts = std::make_shared<const TextSpace>(*codec.shapes, std::max(0, world_.schema.tables[table_].columns[column].max_length));
    axis.size = axis.texts->size();
  }
  if (codec.encoding != Encoding::Number || codec.number.bins.empty()) return axis;
  const NumberCodec &number = codec.number;
  if (learned && std::all_of(number.bins.begin(), number.bins.end(), [](const NumberCodec::Bin &bin) { return bin.low == bin.high; })) {
    axis.size = number.bins.size();
    return axis;
  }
  double step = number.step > 0 ? number.step : number.integral ? 1 : 0;
  if (step <= 0) return axis;
  double low = number.bins.front().low, high = number.bins.back().high;
  for (const NumberCodec::Bin &bin : number.bins) {
    low = std::min(low, bin.low);
    high = std::max(high, bin.high);
  }
  double origin = number.step > 0 ? number.origin : 0;
  double begin = std::ceil((low - origin) / step - 1e-9), end = std::floor((high - origin) / step + 1e-9);
  if (!(end >= begin) || std::fabs(low) > most || std::fabs(high) > most || end - begin > most) return axis;
  axis.grid = true;
  axis.size = static_cast<uint64_t>(end - begin) + 1;
  axis.first = origin + begin * step;
  axis.step = step;
  return axis;
}

Domain::Domain(const World &world, int table, const std::vector<int> &columns, const std::vector<int> &choices, bool learned)
    : world_(world), table_(table) {
  for (int c : columns) axes_.push_back(axis_of(c, learned));
  for (int f : choices) {
    Axis axis;
    axis.size = world.tables[world.key(table, f).parent].rows;
    axes_.push_back(axis);
  }
  size_ = axes_.empty() ? 0 : 1;
  for (const Axis &axis : axes_) size_ = static_cast<double>(size_) * static_cast<double>(axis.size) > most ? 0 : size_ * axis.size;
}

void Domain::set(uint64_t index, Block &block, size_t r, std::vector<int32_t> &parents, Stream &random) const {
  parents.clear();
  for (const Axis &axis : axes_) {
    uint64_t at = index % axis.size;
    index /= axis.size;
    if (axis.column < 0) {
      parents.push_back(static_cast<int32_t>(at));
      continue;
    }
    const Codec &codec = world_.model.tables[table_].codecs[axis.column];
    ValueColumn &out = block.columns[axis.column];
    out.nulls[r] = 0;
    if (axis.texts) {
      out.texts[r] = axis.texts->at(at, block.codes[axis.column][r]);
    } else if (!axis.grid) {
      if (codec.encoding == Encoding::Category) {
        block.codes[axis.column][r] = put_category(codec.category, at, out, r);
        continue;
      }
      block.codes[axis.column][r] = static_cast<Code>(1 + at);
      decode(codec, world_.schema.tables[table_].columns[axis.column], static_cast<Code>(1 + at), random, out, r);
    } else {
      put_number(axis, axis.first + static_cast<double>(at) * axis.step, block, r);
    }
  }
}

void Domain::put_number(const Axis &axis, double value, Block &block, size_t r) const {
  const Codec &codec = world_.model.tables[table_].codecs[axis.column];
  ValueColumn &out = block.columns[axis.column];
  out.nulls[r] = 0;
  store_number(value, limits_of(world_.schema.tables[table_].columns[axis.column], codec.number.decimals), out, r);
  const std::vector<NumberCodec::Bin> &bins = codec.number.bins;
  auto bin = std::lower_bound(bins.begin(), bins.end() - 1, value, [](const NumberCodec::Bin &b, double v) { return b.high < v; });
  block.codes[axis.column][r] = static_cast<Code>(1 + (bin - bins.begin()));
}

bool Domain::set_beyond(uint64_t index, Block &block, size_t r) const {
  if (axes_.size() != 1 || !axes_[0].grid) return false;
  const Axis &axis = axes_[0];
  const uint64_t step = index / 2 + 1;  // by turns above and below
  const double steps = static_cast<double>(step), last = axis.first + static_cast<double>(axis.size - 1) * axis.step;
  const double value = index % 2 == 0 ? last + steps * axis.step : axis.first - steps * axis.step;
  const NumberLimits limits = limits_of(world_.schema.tables[table_].columns[axis.column], 0);
  if (value < limits.low || value > limits.high || (value < 0 && axis.first >= 0)) return false;
  put_number(axis, value, block, r);
  return true;
}

}  // namespace relsynth::core
