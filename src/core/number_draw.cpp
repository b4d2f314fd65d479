// Value -> code and code -> value of number columns.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/number_codec.h"

namespace relsynth::core {

NumberEncoder::NumberEncoder(const NumberCodec &codec) {
  for (size_t i = 0; i < codec.bins.size(); ++i) {
    const NumberCodec::Bin &bin = codec.bins[i];
    (bin.low == bin.high ? spikes_ : ranges_).push_back({bin.low, bin.high, static_cast<Code>(1 + i)});
  }
  auto by_high = [](const Place &a, const Place &b) { return a.high < b.high; };
  std::stable_sort(spikes_.begin(), spikes_.end(), by_high);
  std::stable_sort(ranges_.begin(), ranges_.end(), by_high);
  int code = 1 + static_cast<int>(codec.bins.size());
  if (codec.nan) nan_ = static_cast<Code>(code++);
  if (codec.minus_infinity) minus_infinity_ = static_cast<Code>(code++);
  if (codec.infinity) infinity_ = static_cast<Code>(code++);
}

Code NumberEncoder::encode(double value) const {
  if (std::isnan(value)) return nan_;
  if (value == INFINITY) return infinity_;
  if (value == -INFINITY) return minus_infinity_;
  auto above = [](const Place &place, double v) { return place.high < v; };
  auto spike = std::lower_bound(spikes_.begin(), spikes_.end(), value, above);
  if (spike != spikes_.end() && spike->high == value) return spike->code;
  auto range = std::lower_bound(ranges_.begin(), ranges_.end(), value, above);
  if (range != ranges_.end() && range->low <= value) return range->code;
  // Outside of every bin: trimmed, or in a gap. The nearest one.
  Code best = 1;
  double nearest = std::numeric_limits<double>::infinity();
  auto consider = [&](const Place &place) {
    double distance = value < place.low ? place.low - value : value - place.high;
    if (distance < nearest) nearest = distance, best = place.code;
  };
  if (range != ranges_.end()) consider(*range);
  if (range != ranges_.begin()) consider(*(range - 1));
  if (spike != spikes_.end()) consider(*spike);
  if (spike != spikes_.begin()) consider(*(spike - 1));
  return best;
}

Code encode_int(const NumberEncoder &encoder, int64_t value, bool infinite) {
  if (infinite && value == INT64_MIN) return encoder.encode(-INFINITY);
  if (infinite && value == INT64_MAX) return encoder.encode(INFINITY);
  return encoder.encode(static_cast<double>(value));
}

double draw_within(const NumberCodec::Bin &bin, Stream &random) {
  const double u = random.uniform() * 4;
  const int q = std::min(3, static_cast<int>(u));
  return bin.quantiles[q] + (u - q) * (bin.quantiles[q + 1] - bin.quantiles[q]);
}

double on_decimals(double value, const NumberCodec &codec) {
  if (codec.integral || codec.step <= 0) return value;
  const double scale = power_of_ten(codec.decimals);
  return std::fabs(value) * scale < 9e15 ? std::nearbyint(value * scale) / scale : value;
}

double draw_number(const NumberCodec &codec, Code code, Stream &random) {
  size_t index = code == 0 ? 0 : code - 1u;
  if (index >= codec.bins.size()) {
    size_t special = index - codec.bins.size();
    if (codec.nan && special-- == 0) return NAN;
    if (codec.minus_infinity && special-- == 0) return -INFINITY;
    if (codec.infinity && special == 0) return INFINITY;
    if (codec.bins.empty()) return 0;
    index = codec.bins.size() - 1;
  }
  const NumberCodec::Bin &bin = codec.bins[index];
  if (bin.low == bin.high) return bin.low;
  const double raw = draw_within(bin, random);
  double ending = random.uniform();
  for (const NumberCodec::Grid &grid : codec.grids) {
    ending -= grid.share;
    if (ending >= 0) continue;
    double value = snap(raw, grid.step, grid.origin);
    if (value >= bin.low && value <= bin.high) return on_decimals(value, codec);
    break;
  }
  return std::clamp(on_decimals(snap(raw, codec.step, codec.origin), codec), bin.low, bin.high);
}

namespace {

// Interval the widened draws of an attempt come from: the learned span first, then ever more room above, and below where values go below 0.
void span_of(const NumberCodec &codec, const NumberLimits &limits, int attempt, double &low, double &high) {
  low = limits.high;
  high = limits.low;
  for (const NumberCodec::Bin &bin : codec.bins) low = std::min(low, bin.low), high = std::max(high, bin.high);
  if (low > high) low = 0, high = 0;
  if (attempt <= 4) return;
  bool positive = low >= 0;
  double step = codec.step > 0 ? codec.step : 1, room = std::max(high - low, 16 * step) * std::pow(2.0, std::min(attempt - 4, 200));
  double top = std::min(high + room, limits.high);
  double floor = low > 0 ? std::min(low, step) : 0;  // what was positive, or not negative, stays so as long as there is room
  low = std::max(low - room, positive && attempt < 16 ? floor : limits.low);
  if (limits.clock && limits.infinite) low = std::max(low, -63113904e9), top = std::min(top, 252455616e9);  // years 1 BC to 9999
  if (limits.calendar) low = std::max(low, -730119.0), top = std::min(top, 2921939.0);
  high = std::max(top, low);
}

}  // namespace

double draw_widened(const NumberCodec &codec, const NumberLimits &limits, int attempt, Stream &random) {
  double low, high;
  span_of(codec, limits, attempt, low, high);
  double step = codec.step, origin = codec.origin;
  if (attempt > 8 && limits.unit > 0) step = limits.unit, origin = 0;
  if (attempt > 8 && limits.unit <= 0) step = 0;
  if (step <= 0) return low + random.uniform() * (high - low);
  double first = std::ceil((low - origin) / step - 1e-9), last = std::floor((high - origin) / step + 1e-9);
  if (last < first) return low;
  double k = first + std::floor(random.uniform() * (last - first + 1));
  return std::clamp(on_decimals(origin + std::min(k, last) * step, codec), limits.low, limits.high);
}

double number_capacity(const NumberCodec &codec, const NumberLimits &limits) {
  double low, high;
  span_of(codec, limits, 1000, low, high);
  double unit = limits.unit > 0 ? limits.unit : 0;
  if (unit <= 0) return std::numeric_limits<double>::infinity();
  return std::floor((high - low) / unit) + 1;
}

void store_number(double value, const NumberLimits &limits, ValueColumn &out, size_t row) {
  out.nulls[row] = 0;
  if (out.repr == Repr::Int) {
    if (value == INFINITY || value == -INFINITY) {
      out.ints[row] = value > 0 ? INT64_MAX : INT64_MIN;
      return;
    }
    double whole = std::isnan(value) ? 0 : std::clamp(std::nearbyint(value), limits.low, limits.high);
    out.ints[row] = whole >= 9223372036854775807.0 ? INT64_MAX : static_cast<int64_t>(whole);
    return;
  }
  if (std::isfinite(value)) {
    value = std::clamp(value, limits.low, limits.high);
    if (limits.unit > 0 && std::fabs(value / limits.unit) < 9e15) {
      const double scale = power_of_ten(limits.decimals);
      value = std::nearbyint(value * scale) / scale;
    }
    if (limits.single) value = static_cast<double>(static_cast<float>(value));
  }
  out.floats[row] = value;
}

}  // namespace relsynth::core
