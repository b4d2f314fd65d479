// Learns the bins of a number column. Input: finite observations; output: NumberCodec with spikes and equal-mass bins.
#include "core/number_codec.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr int most_spikes = 200;
constexpr double int64_top = 9223372036854774784.0;  // the largest double below 2^63

std::vector<ValueRun> runs_of(const std::vector<Observation> &values) {
  std::vector<ValueRun> runs;
  for (size_t i = 0; i < values.size(); ++i) {
    if (runs.empty() || values[i].value != runs.back().value) {
      uint32_t at = static_cast<uint32_t>(i);
      runs.push_back({values[i].value, 0, 0, at, at, false});
    }
    ValueRun &run = runs.back();
    if (run.rows == 0 || values[i].entity != values[i - 1].entity) ++run.entities;
    ++run.rows;
    run.end = static_cast<uint32_t>(i + 1);
  }
  return runs;
}

// Index of the run where the k-th distinct entity from one end appears; runs.size() when there are fewer.
size_t trimmed_end(const std::vector<ValueRun> &runs, const std::vector<Observation> &values, uint32_t k, bool from_top) {
  std::unordered_set<uint32_t> seen;
  for (size_t n = 0; n < runs.size(); ++n) {
    size_t at = from_top ? runs.size() - 1 - n : n;
    for (uint32_t i = runs[at].begin; i < runs[at].end; ++i)
      if (seen.insert(values[i].entity).second && seen.size() >= k) return at;
  }
  return runs.size();
}

// Values that many share get a bin of their own: all of them where they are few and make up most of the column, else the heavy ones.
int mark_spikes(std::vector<ValueRun> &runs, uint32_t threshold, size_t rows, int max_bins) {
  std::vector<size_t> shared;
  size_t covered = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].entities < threshold) continue;
    shared.push_back(i);
    covered += runs[i].rows;
  }
  size_t most = static_cast<size_t>(std::min(most_spikes, std::max(1, max_bins * 4 / 5)));
  bool all = shared.size() <= most && covered * 5 >= rows * 4;
  if (!all) std::erase_if(shared, [&](size_t i) { return runs[i].rows * static_cast<size_t>(max_bins) <= rows; });
  std::stable_sort(shared.begin(), shared.end(), [&](size_t a, size_t b) { return runs[a].rows > runs[b].rows; });
  if (shared.size() > most) shared.resize(most);
  for (size_t i : shared) runs[i].spike = true;
  return static_cast<int>(shared.size());
}

// Builds the bins between the spikes.
class Binner {
 public:
  Binner(const std::vector<ValueRun> &runs, const std::vector<Observation> &values, const NumberCodec &grid, uint32_t threshold)
      : runs_(runs), values_(values), grid_(grid), threshold_(threshold) {
    uint32_t top = 0;
    for (const Observation &v : values) top = std::max(top, v.entity);
    mark_.assign(static_cast<size_t>(top) + 1, 0);
  }

  std::vector<NumberCodec::Bin> build(int budget) {
    double rest = 0;
    for (const ValueRun &run : runs_)
      if (!run.spike) rest += run.rows;
    std::vector<std::pair<size_t, size_t>> parts;
    if (rest > 0 && budget > 0)
      for (double target = rest / budget;; target *= 1.25) {
        parts = partition(target);
        if (parts.size() <= static_cast<size_t>(budget)) break;
      }
    std::vector<NumberCodec::Bin> bins;
    bins.reserve(parts.size());
    for (auto [first, last] : parts) bins.push_back(bin(first, last));
    return bins;
  }

 private:
  // Cuts the runs into parts [first, last] of at least `target` rows and `threshold` entities; a part ends at a spike if it has half of it.
  std::vector<std::pair<size_t, size_t>> partition(double target) {
    std::vector<std::pair<size_t, size_t>> parts;
    bool open = false;
    uint32_t entities = 0;
    double rows = 0;
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i].spike) {
        if (open && entities >= threshold_ && rows >= target / 2) open = false;
        continue;
      }
      // A heavy run begins a new part rather than overfilling the open one.
      if (open && entities >= threshold_ && rows >= target / 2 && rows + runs_[i].rows > 1.5 * target) open = false;
      if (!open) {
        open = true;
        ++stamp_;
        entities = 0;
        rows = 0;
        parts.push_back({i, i});
      }
      parts.back().second = i;
      entities += fresh_entities(i);
      rows += runs_[i].rows;
      if (entities >= threshold_ && rows >= target) open = false;
    }
    if (!parts.empty() && entities < threshold_) close_short(parts);
    return parts;
  }

  void close_short(std::vector<std::pair<size_t, size_t>> &parts) const {
    size_t last = parts.back().second;
    parts.pop_back();
    if (!parts.empty()) parts.back().second = last;
  }

  uint32_t fresh_entities(size_t run) {
    uint32_t fresh = 0;
    for (uint32_t i = runs_[run].begin; i < runs_[run].end; ++i) {
      if (mark_[values_[i].entity] == stamp_) continue;
      mark_[values_[i].entity] = stamp_;
      ++fresh;
    }
    return fresh;
  }

  // The bin's distribution as knots half-way between values: no edge is a value that somebody has.
  NumberCodec::Bin bin(size_t first, size_t last) const {
    std::vector<size_t> inside;
    double rows = 0;
    for (size_t i = first; i <= last; ++i)
      if (!runs_[i].spike) {
        inside.push_back(i);
        rows += runs_[i].rows;
      }
    std::vector<double> knots{edge_below(inside)};
    for (size_t n = 0; n + 1 < inside.size(); ++n) knots.push_back((runs_[inside[n]].value + runs_[inside[n + 1]].value) / 2);
    knots.push_back(edge_above(inside));
    NumberCodec::Bin bin;
    bool few = rows < 2.0 * threshold_;  // too few to tell their inner distribution
    double mass = 0;
    int q = 1;
    bin.quantiles[0] = knots.front();
    bin.quantiles[4] = knots.back();
    for (size_t n = 0; n < inside.size() && q < 4; ++n) {
      double next = mass + runs_[inside[n]].rows;
      for (; q < 4 && next >= rows * q / 4; ++q)
        bin.quantiles[q] = knots[n] + (knots[n + 1] - knots[n]) * (rows * q / 4 - mass) / runs_[inside[n]].rows;
      mass = next;
    }
    if (few)
      for (q = 1; q < 4; ++q) bin.quantiles[q] = knots.front() + (knots.back() - knots.front()) * q / 4;
    set_ends(bin, runs_[inside.front()].value, runs_[inside.back()].value);
    return bin;
  }

  // low and high are the outermost grid points of the bin, never beyond the trimmed ends.
  void set_ends(NumberCodec::Bin &bin, double first, double last) const {
    bin.low = std::max(bin.quantiles[0], runs_.front().value);
    bin.high = std::min(bin.quantiles[4], runs_.back().value);
    if (grid_.step <= 0) return;
    double low = snap(bin.low, grid_.step, grid_.origin), high = snap(bin.high, grid_.step, grid_.origin);
    if (low < bin.low - grid_.step * 1e-6) low += grid_.step;
    if (high > bin.high + grid_.step * 1e-6) high -= grid_.step;
    bin.low = std::min(low, first);
    bin.high = std::max(high, last);
  }

  double half_gap(size_t a, size_t b) const { return std::fabs(runs_[a].value - runs_[b].value) / 2; }
  double edge_below(const std::vector<size_t> &inside) const {
    size_t i = inside.front();
    double gap = i > 0 ? half_gap(i - 1, i) : grid_.step / 2;
    if (inside.size() > 1) gap = std::min(gap, std::max(half_gap(i, inside[1]), grid_.step / 2));
    return runs_[i].value - gap;
  }
  double edge_above(const std::vector<size_t> &inside) const {
    size_t i = inside.back();
    double gap = i + 1 < runs_.size() ? half_gap(i, i + 1) : grid_.step / 2;
    if (inside.size() > 1) gap = std::min(gap, std::max(half_gap(inside[inside.size() - 2], i), grid_.step / 2));
    return runs_[i].value + gap;
  }

  const std::vector<ValueRun> &runs_;
  const std::vector<Observation> &values_;
  const NumberCodec &grid_;
  uint32_t threshold_;
  std::vector<uint32_t> mark_;  // per entity: stamp of the part that has it
  uint32_t stamp_ = 0;
};

// An interval for values that too few entities have to learn anything but their magnitude.
NumberCodec::Bin magnitude_bin(const std::vector<ValueRun> &runs, const NumberCodec &grid, const NumberLimits &limits) {
  double middle = 0, rows = 0;
  for (const ValueRun &run : runs) {
    rows += run.rows;
    middle += (run.value - middle) * run.rows / rows;
  }
  double size = std::pow(10, std::floor(std::log10(std::max(std::fabs(middle), 1e-300))));
  double spread = std::fabs(middle) / 2;
  if (limits.clock) size = spread = std::max(86400e6 / 4, 0.0);
  if (limits.clock && limits.infinite) size = spread = 180 * 86400e6;
  if (limits.calendar) size = spread = 180;
  double center = size > 0 && std::isfinite(size) ? std::nearbyint(middle / size) * size : middle;
  spread = std::max(spread, 4 * grid.step);
  NumberCodec::Bin bin;
  bin.low = center - spread;
  double least = runs.front().value;
  if (least >= 0 && !limits.clock && !limits.calendar) bin.low = std::max(bin.low, least > 0 ? std::min(least, grid.step) : 0.0);
  bin.low = std::max(bin.low, limits.low);
  bin.high = std::min(center + spread, limits.high);
  if (bin.high < bin.low) bin.high = bin.low;
  if (grid.step > 0) {
    bin.low = std::clamp(snap(bin.low, grid.step, grid.origin), limits.low, limits.high);
    bin.high = std::clamp(snap(bin.high, grid.step, grid.origin), bin.low, limits.high);
  }
  for (int q = 0; q <= 4; ++q) bin.quantiles[q] = bin.low + (bin.high - bin.low) * q / 4;
  return bin;
}

NumberCodec::Bin spike_bin(double value) { return {value, value, {value, value, value, value, value}}; }

}  // namespace

NumberLimits limits_of(const Column &column, int decimals_seen) {
  NumberLimits limits;
  limits.integral = repr_of(column.cls) == Repr::Int;
  if (limits.integral) {
    limits.unit = 1;
    limits.low = -int64_top;
    limits.high = int64_top;
  }
  if (column.cls == TypeClass::Numeric) {
    limits.decimals = std::clamp(column.precision >= 0 ? column.scale : decimals_seen, 0, 9);
    limits.unit = power_of_ten(column.precision >= 0 && column.scale < 0 ? -column.scale : -limits.decimals);
    if (column.precision >= 0) limits.high = power_of_ten(column.precision - column.scale) - limits.unit;
    limits.low = -limits.high;
  }
  if (column.base_oid == 700) {
    limits.single = true;
    limits.high = 3.4e38;
    limits.low = -limits.high;
  }
  if (column.base_oid == 21) limits.low = -32768, limits.high = 32767;
  if (column.base_oid == 23) limits.low = -2147483648.0, limits.high = 2147483647;
  if (column.base_oid == 26) limits.low = 0, limits.high = 4294967295.0;
  if (column.cls == TypeClass::Bool) limits.low = 0, limits.high = 1;
  if (column.cls == TypeClass::Time) limits.low = 0, limits.high = 86400e6;
  if (column.cls == TypeClass::Date) limits.low = -2451545, limits.high = 2145031948.0;
  if (is_timestamp(column.cls)) limits.low = -211813488e9, limits.high = 9223371331e9;
  limits.calendar = column.cls == TypeClass::Date;
  limits.clock = column.cls == TypeClass::Time || is_timestamp(column.cls);
  limits.infinite = limits.calendar || (limits.clock && column.cls != TypeClass::Time);
  return limits;
}

NumberCodec make_number(std::vector<Observation> values, const NumberLimits &limits, uint32_t threshold, int max_bins) {
  std::sort(values.begin(), values.end(),
            [](const Observation &a, const Observation &b) { return a.value < b.value || (a.value == b.value && a.entity < b.entity); });
  NumberCodec codec;
  codec.integral = limits.integral;
  std::vector<ValueRun> runs = runs_of(values);
  size_t rows = values.size(), low = trimmed_end(runs, values, threshold, false), high = trimmed_end(runs, values, threshold, true);
  int spikes = mark_spikes(runs, threshold, rows, max_bins);
  find_grid(codec, runs, limits, threshold);
  if (runs.empty()) return codec;
  bool nothing = low >= runs.size() || high >= runs.size() || low > high || (low == high && !runs[low].spike);
  if (nothing && spikes == 0) {
    codec.bins.push_back(magnitude_bin(runs, codec, limits));
    return codec;
  }
  if (!nothing) {
    std::vector<ValueRun> kept(runs.begin() + static_cast<ptrdiff_t>(low), runs.begin() + static_cast<ptrdiff_t>(high) + 1);
    codec.bins = Binner(kept, values, codec, threshold).build(max_bins - spikes);
  }
  for (const ValueRun &run : runs)
    if (run.spike) codec.bins.push_back(spike_bin(run.value));
  if (codec.bins.empty()) codec.bins.push_back(magnitude_bin(runs, codec, limits));
  std::sort(codec.bins.begin(), codec.bins.end(), [](const auto &a, const auto &b) {
    return a.low + a.high < b.low + b.high || (a.low + a.high == b.low + b.high && a.low > b.low);
  });
  return codec;
}

void learn_number(Codec &codec, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &rows,
                  const std::vector<uint32_t> &entity, uint32_t threshold) {
  NumberLimits limits = limits_of(column, values.decimals);
  std::vector<Observation> finite;
  finite.reserve(rows.size());
  bool nan = false, minus_infinity = false, infinity = false;
  for (uint32_t row : rows) {
    double value = codec.repr == Repr::Int ? static_cast<double>(values.ints[row]) : values.floats[row];
    bool low = codec.repr == Repr::Int ? limits.infinite && values.ints[row] == INT64_MIN : value == -INFINITY;
    bool high = codec.repr == Repr::Int ? limits.infinite && values.ints[row] == INT64_MAX : value == INFINITY;
    nan = nan || std::isnan(value);
    minus_infinity = minus_infinity || low;
    infinity = infinity || high;
    if (!low && !high && !std::isnan(value)) finite.push_back({value, entity_of(entity, row)});
  }
  int specials = nan + minus_infinity + infinity;
  codec.number = make_number(std::move(finite), limits, threshold, max_codes - specials);
  codec.number.nan = nan;
  codec.number.minus_infinity = minus_infinity;
  codec.number.infinity = infinity;
  codec.codes = 1 + static_cast<int>(codec.number.bins.size()) + specials;
  codec.ordered = true;
}

}  // namespace relsynth::core
