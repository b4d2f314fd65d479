#include "core/grain.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/number_codec.h"
#include "core/relative.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t least_rows = 100;     // in ranges
constexpr size_t least_entities = 8;   // on a grid
constexpr double least_share = 0.02;   // of the rows in ranges
constexpr double beyond_chance = 1.6;  // times as many as the next finer grid gives by chance
constexpr size_t least_points = 4;     // of a grid within the column's span

bool lies_on(const NumberCodec::Grid &grid, double value) {
  const double steps = (value - grid.origin) / grid.step;
  return std::fabs(steps - std::nearbyint(steps)) < 1e-6;
}

// Steps that people round to, from the column's own upwards.
std::vector<double> natural_steps(const NumberCodec &codec, const NumberLimits &limits, double span) {
  std::vector<double> steps;
  if (codec.step <= 0 || limits.calendar || std::fabs(std::remainder(codec.origin, codec.step)) > 1e-9 * codec.step) return steps;
  if (limits.clock) {
    for (double seconds : {1e-3, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 43200.0, 86400.0})
      if (seconds * 1e6 > codec.step * 1.5) steps.push_back(seconds * 1e6);
  } else {
    for (double decade = codec.step; decade < 1e12 * codec.step; decade *= 10)
      for (double times : {5.0, 10.0}) steps.push_back(times * decade);
  }
  std::erase_if(steps, [&](double step) { return step * static_cast<double>(least_points) > span; });
  return steps;
}

class GrainSearch {
 public:
  GrainSearch(const TrainSet &set, int table, int column, const Codec &codec)
      : values_(set.data.tables[table].columns[column]),
        cls_(set.schema.tables[table].columns[column].cls),
        codec_(codec.number),
        limits_(limits_of(set.schema.tables[table].columns[column], codec.number.decimals)),
        entity_(set.tables[table].entity),
        threshold_(std::max<size_t>(least_entities, support_threshold(set.tables[table].entities, set.plan.min_count, false))) {
    const std::vector<Code> &codes = set.tables[table].codes[column];
    for (uint32_t r = 0; r < codes.size(); ++r)
      if (is_range(codec_, codes[r])) out_.rows.push_back(r);
  }

  Grains run() {
    if (out_.rows.size() < least_rows || codec_.bins.empty()) return {};
    add_endings();
    add_natural();
    std::stable_sort(out_.grids.begin(), out_.grids.end(),
                     [](const NumberCodec::Grid &a, const NumberCodec::Grid &b) { return a.step > b.step; });
    if (out_.grids.empty()) return {};
    for (uint32_t r : out_.rows) out_.codes.push_back(code_of(value_at(r)));
    if (std::all_of(out_.codes.begin(), out_.codes.end(), [&](Code c) { return c == out_.codes[0]; })) return {};
    return std::move(out_);
  }

 private:
  double value_at(uint32_t row) const { return number_at(values_, row, cls_); }
  Code code_of(double value) const {
    for (size_t i = 0; i < out_.grids.size(); ++i)
      if (lies_on(out_.grids[i], value)) return static_cast<Code>(2 + i);
    return 1;
  }

  // What the codec found for all rows together: days of the week, prices on .99.
  void add_endings() {
    for (const NumberCodec::Grid &grid : codec_.grids)
      if (limits_.calendar || std::fabs(std::remainder(grid.origin, grid.step)) > 1e-9 * grid.step) out_.grids.push_back(grid);
  }

  void add_natural() {
    double finer = codec_.step, on_finer = static_cast<double>(out_.rows.size());
    for (double step : natural_steps(codec_, limits_, codec_.bins.back().high - codec_.bins.front().low)) {
      const NumberCodec::Grid grid{step, 0, 0};
      std::unordered_set<uint32_t> entities;
      double rows = 0;
      for (uint32_t r : out_.rows) {
        if (!lies_on(grid, value_at(r))) continue;
        ++rows;
        if (entities.size() < threshold_) entities.insert(entity_of(entity_, r));
      }
      const bool many = rows >= least_share * static_cast<double>(out_.rows.size()) && entities.size() >= threshold_;
      if (!many || rows < beyond_chance * on_finer * finer / step) continue;
      out_.grids.push_back(grid);
      finer = step;
      on_finer = rows;
    }
  }

  const SourceColumn &values_;
  TypeClass cls_;
  const NumberCodec &codec_;
  NumberLimits limits_;
  const std::vector<uint32_t> &entity_;
  size_t threshold_;
  Grains out_;
};

}  // namespace

bool is_range(const NumberCodec &codec, Code code) {
  const size_t bin = static_cast<size_t>(code) - 1;
  return code != null_code && bin < codec.bins.size() && codec.bins[bin].low < codec.bins[bin].high;
}

Grains find_grains(const TrainSet &set, int table, int column, const Codec &codec) {
  if (codec.encoding != Encoding::Number) return {};
  return GrainSearch(set, table, column, codec).run();
}

double draw_grained(const NumberCodec &codec, Code code, const std::vector<NumberCodec::Grid> &grids, Code grain, Stream &random) {
  const NumberCodec::Bin &bin = codec.bins[code - 1u];
  const double raw = draw_within(bin, random);
  for (size_t i = grain < 2 ? grids.size() : grain - 2u; i < grids.size(); ++i) {
    const NumberCodec::Grid &grid = grids[i];
    const double first = std::ceil((bin.low - grid.origin) / grid.step - 1e-9),
                 last = std::floor((bin.high - grid.origin) / grid.step + 1e-9);
    if (first > last) continue;
    return on_decimals(grid.origin + std::clamp(std::nearbyint((raw - grid.origin) / grid.step), first, last) * grid.step, codec);
  }
  return std::clamp(on_decimals(snap(raw, codec.step, codec.origin), codec), bin.low, bin.high);
}

}  // namespace relsynth::core
