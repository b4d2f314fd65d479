// The grid that numbers lie on: a step and an origin for all of them, and coarser grids that many lie on (endings of prices, midnight).
// Only what the population shares is learned: a step that a handful of values happen to have in common would describe those values.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/number_codec.h"

namespace relsynth::core {

namespace {

constexpr double exact = 9007199254740992.0;  // 2^53: whole numbers below are exact
constexpr size_t enough_values = 8;           // a common divisor of fewer is chance
constexpr size_t enough_runs = 10000;         // to see endings

const std::vector<uint64_t> &clock_units() {
  static const std::vector<uint64_t> units = {
      86400000000ULL, 43200000000ULL, 21600000000ULL, 10800000000ULL, 3600000000ULL, 1800000000ULL, 900000000ULL,
      600000000ULL,   300000000ULL,   60000000ULL,    30000000ULL,    10000000ULL,   1000000ULL,    100000ULL,
      10000ULL,       1000ULL,        100ULL,         10ULL,          1ULL};
  return units;
}

// Digits after the point that print every value exactly; -1 if more than 6.
int decimals_of(const std::vector<ValueRun> &distinct, bool single) {
  double tolerance = single ? 2e-7 : 1e-13;
  int decimals = 0;
  for (const ValueRun &run : distinct) {
    for (;; ++decimals) {
      if (decimals > 6) return -1;
      double scaled = run.value * std::pow(10, decimals);
      if (std::fabs(scaled) > exact) return -1;
      if (std::fabs(scaled - std::nearbyint(scaled)) <= std::max(tolerance * std::fabs(scaled), 1e-9) &&
          std::fabs(scaled) * tolerance < 0.1)
        break;
    }
  }
  return decimals;
}

// The largest of the type's natural steps that divides the common divisor.
uint64_t natural_divisor(uint64_t divisor, const NumberLimits &limits) {
  if (limits.clock) {
    for (uint64_t unit : clock_units())
      if (divisor % unit == 0) return unit;
    return 1;
  }
  if (limits.calendar) return divisor % 7 == 0 ? 7 : 1;
  uint64_t power = 1;
  while (power < 1000000000000ULL && divisor % (power * 10) == 0) power *= 10;
  return power;
}

// Greatest common divisor of the values' distances from the smallest, in units.
uint64_t common_divisor(const std::vector<ValueRun> &distinct, double unit) {
  double base = std::nearbyint(distinct.front().value / unit);
  uint64_t divisor = 0;
  for (const ValueRun &run : distinct) {
    divisor = std::gcd(divisor, static_cast<uint64_t>(std::nearbyint(run.value / unit) - base));
    if (divisor == 1) break;
  }
  return std::max<uint64_t>(divisor, 1);
}

uint64_t positive_modulo(double units, uint64_t modulus) {
  double rest = std::fmod(units, static_cast<double>(modulus));
  if (rest < 0) rest += static_cast<double>(modulus);
  return static_cast<uint64_t>(rest);
}

struct Endings {
  std::vector<NumberCodec::Grid> grids;
  double gain = 0;
};

// Residues modulo `modulus` units that many values share. A spike has its own bin and says nothing about the others.
Endings endings_of(const std::vector<ValueRun> &distinct, double unit, uint64_t modulus, uint64_t step, uint32_t threshold) {
  std::map<uint64_t, std::pair<uint64_t, uint64_t>> residues;  // rows, entities
  double rows = 0;
  size_t stride = std::max<size_t>(1, distinct.size() / enough_runs);
  for (size_t i = 0; i < distinct.size(); i += stride) {
    const ValueRun &run = distinct[i];
    if (run.spike) continue;
    auto &residue = residues[positive_modulo(std::nearbyint(run.value / unit), modulus)];
    residue.first += run.rows;
    residue.second += run.entities;
    rows += run.rows;
    if (residues.size() > 5000) break;
  }
  Endings endings;
  double uniform = static_cast<double>(step) / static_cast<double>(modulus);
  std::vector<std::pair<double, uint64_t>> top;
  for (auto &[residue, count] : residues) {
    double share = static_cast<double>(count.first) / rows;
    if (count.second >= std::max<uint64_t>(threshold, enough_values) && share >= 0.04 && share > 1.6 * uniform)
      top.push_back({-share, residue});
  }
  std::sort(top.begin(), top.end());
  if (top.size() > 12) top.resize(12);
  for (auto &[share, residue] : top) {
    endings.grids.push_back({static_cast<double>(modulus) * unit, static_cast<double>(residue) * unit, -share});
    endings.gain += -share * std::log(-share / uniform);
  }
  return endings;
}

// Shares of the days of the week, where they differ from each other.
Endings weekdays_of(const std::vector<ValueRun> &distinct, uint32_t threshold) {
  double rows[7] = {}, total = 0;
  uint64_t entities[7] = {};
  for (const ValueRun &run : distinct) {
    if (run.spike) continue;
    uint64_t day = positive_modulo(run.value, 7);
    rows[day] += run.rows;
    entities[day] += run.entities;
    total += run.rows;
  }
  Endings endings;
  if (total < 70 * threshold) return endings;
  double deviation = 0;
  for (double r : rows) deviation = std::max(deviation, std::fabs(r / total - 1.0 / 7));
  if (deviation < 0.03) return endings;
  for (int day = 0; day < 7; ++day)
    if (entities[day] >= threshold) endings.grids.push_back({7, static_cast<double>(day), rows[day] / total});
  endings.gain = 1;
  return endings;
}

std::vector<uint64_t> coarser(uint64_t step, const NumberLimits &limits) {
  std::vector<uint64_t> moduli;
  if (limits.clock) {
    for (uint64_t unit : {86400000000ULL, 3600000000ULL, 60000000ULL, 1000000ULL})
      if (unit > step) moduli.push_back(unit);
  } else {
    for (uint64_t power = 10; power <= 10000; power *= 10)
      if (power > step && power % step == 0) moduli.push_back(power);
  }
  return moduli;
}

void find_coarse(NumberCodec &codec, const std::vector<ValueRun> &distinct, double unit, uint64_t step, const NumberLimits &limits,
                 uint32_t threshold) {
  Endings best;
  double range = (distinct.back().value - distinct.front().value) / unit;
  for (uint64_t modulus : coarser(step, limits)) {
    if (range < 8.0 * static_cast<double>(modulus)) continue;  // residues would only repeat the values
    Endings endings = endings_of(distinct, unit, modulus, step, threshold);
    if (endings.gain > best.gain + 0.05) best = endings;
  }
  if (limits.calendar && step == 1 && range >= 56) best = weekdays_of(distinct, threshold);
  if (best.gain >= 0.2) codec.grids = best.grids;
}

}  // namespace

double snap(double value, double step, double origin) {
  if (step <= 0) return value;
  double steps = std::nearbyint((value - origin) / step);
  return std::fabs(steps) < exact ? origin + steps * step : value;
}

void find_grid(NumberCodec &codec, const std::vector<ValueRun> &distinct, const NumberLimits &limits, uint32_t threshold) {
  double unit = limits.unit;
  codec.decimals = limits.decimals;
  if (distinct.empty()) {
    codec.step = unit;
    return;
  }
  if (unit <= 0) {
    int decimals = decimals_of(distinct, limits.single);
    if (decimals < 0) return;
    codec.decimals = std::max(codec.decimals, decimals);
    unit = std::pow(10, -decimals);
  }
  double low = distinct.front().value / unit, high = distinct.back().value / unit;
  codec.step = unit;
  if (std::fabs(low) > exact || std::fabs(high) > exact || high - low > exact) return;
  uint64_t divisor = common_divisor(distinct, unit);
  if (distinct.size() < enough_values || limits.clock) divisor = natural_divisor(divisor, limits);
  codec.step = static_cast<double>(divisor) * unit;
  codec.origin = static_cast<double>(positive_modulo(std::nearbyint(low), divisor)) * unit;
  find_coarse(codec, distinct, unit, divisor, limits, threshold);
}

}  // namespace relsynth::core
