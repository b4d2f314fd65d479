#include "core/recurrence.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>

#include "core/random.h"

namespace relsynth::core {

namespace {

constexpr size_t most_rows = 20000;
constexpr size_t least_rows = 100, least_entities = 20;  // that have an earlier row
constexpr int passes = 12;
constexpr double pseudo = 3;  // repeats that a code's weight is shrunk by to that of all codes
constexpr double least_weight = 1e-3, most_weight = 20;
constexpr double least_gain = 6;  // nats, on entities left out

using Weights = std::vector<double>;  // 256

// A row that has earlier ones: the shares of the codes that these have, by the conditional.
struct Row {
  uint32_t begin = 0, end = 0;  // of Rows::seen
  Code code = null_code;
  bool again = false;  // it has one of these codes itself
  bool half = false;   // of its entity
};
struct Seen {
  Code code;
  float share;
};
struct Rows {
  std::vector<Row> rows;
  std::vector<Seen> seen;
  size_t entities = 0;

  std::span<const Seen> seen_of(const Row &row) const { return {seen.data() + row.begin, seen.data() + row.end}; }
};

// All groups, or every so many-th where these are too many rows.
Rows collect(const GroupedRows &grouped, const Conditional &conditional, const Poll &poll) {
  const size_t step = (grouped.rows.size() + most_rows - 1) / most_rows;
  Rows out;
  std::bitset<256> had;
  std::vector<Code> x(grouped.features.size() + 1);
  size_t groups = 0;
  uint32_t last_entity = UINT32_MAX;
  for (size_t i = 0; i < grouped.rows.size(); ++i) {
    const uint32_t r = grouped.rows[i];
    if (grouped.first[i]) {
      had.reset();
      ++groups;
    }
    if (groups % step != 0) continue;
    if (had.any()) {
      if (poll && out.rows.size() % 1024 == 0) poll();
      for (size_t f = 0; f < grouped.features.size(); ++f) x[f] = grouped.features[f].codes[r];
      const std::vector<double> shares = conditional.distribution(x.data());
      Row row{static_cast<uint32_t>(out.seen.size()), 0, grouped.target[r], had[grouped.target[r]], false};
      for (size_t code = 0; code < had.size(); ++code)
        if (had[code] && shares[code] > 0) out.seen.push_back({static_cast<Code>(code), static_cast<float>(shares[code])});
      row.end = static_cast<uint32_t>(out.seen.size());
      const uint32_t entity = grouped.entity.empty() ? r : grouped.entity[r];
      row.half = mix(entity) & 1;
      out.entities += entity != last_entity;
      last_entity = entity;
      if (row.end > row.begin) out.rows.push_back(row);
    }
    if (grouped.target[r] != null_code) had.set(grouped.target[r]);
  }
  return out;
}

// What the weights make of the sum of all shares.
double total(std::span<const Seen> seen, const Weights &weights) {
  double sum = 1;
  for (const Seen &s : seen) sum += s.share * (weights[s.code] - 1);
  return std::max(sum, 1e-9);
}

// Weights by which as many rows repeat a code as do; of the rows of one half, or of all.
Weights fit(const Rows &rows, int half) {
  Weights weights(256, 1), had(256, 0), expected(256, 0);
  for (const Row &row : rows.rows)
    if (half < 0 || row.half == (half == 1)) had[row.code] += row.again;
  double all_had = 0, common = 1;
  for (double n : had) all_had += n;
  // Iterative scaling (Darroch and Ratcliff 1972): first one weight for all codes, then one for each.
  for (int pass = 0; pass < 2 * passes; ++pass) {
    std::fill(expected.begin(), expected.end(), 0.0);
    double all_expected = 0;
    for (const Row &row : rows.rows) {
      if (half >= 0 && row.half != (half == 1)) continue;
      const double sum = total(rows.seen_of(row), weights);
      for (const Seen &s : rows.seen_of(row)) {
        expected[s.code] += s.share * weights[s.code] / sum;
        all_expected += s.share * weights[s.code] / sum;
      }
    }
    if (pass < passes) {
      common *= (all_had + 1) / (all_expected + common);
      std::fill(weights.begin(), weights.end(), std::clamp(common, least_weight, most_weight));
      continue;
    }
    for (size_t code = 0; code < weights.size(); ++code) {
      const double own = (had[code] + pseudo) / (expected[code] + pseudo * weights[code] / common);
      weights[code] = std::clamp(weights[code] * own, least_weight, most_weight);
    }
  }
  return weights;
}

// What weights tell of the rows of the half that they were not fitted on, in nats.
double gain(const Rows &rows, const Weights &weights, bool half) {
  double sum = 0;
  for (const Row &row : rows.rows)
    if (row.half == half) sum += (row.again ? std::log(weights[row.code]) : 0) - std::log(total(rows.seen_of(row), weights));
  return sum;
}

}  // namespace

std::vector<float> learn_recurrence(const GroupedRows &grouped, const Conditional &conditional, const Poll &poll) {
  if (conditional.root_cells.size() < 2) return {};
  const Rows rows = collect(grouped, conditional, poll);
  if (rows.rows.size() < least_rows || rows.entities < least_entities) return {};
  const double one = gain(rows, fit(rows, 0), true), other = gain(rows, fit(rows, 1), false);
  if (std::min(one, other) <= 0 || one + other < least_gain) return {};
  const Weights weights = fit(rows, -1);
  return {weights.begin(), weights.end()};
}

}  // namespace relsynth::core
