// The inner part of fit_conditional: class counts by feature code in a node -> the best split on that feature.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "core/tree.h"

namespace relsynth::core {

// n * ln(n), 0 for 0; from a table where n is small.
inline constexpr uint32_t tabled_logs = 1 << 16;
const std::array<double, tabled_logs> &n_log_n_table();
inline double n_log_n(uint32_t n) {
  static const std::array<double, tabled_logs> &table = n_log_n_table();
  return n < tabled_logs ? table[n] : static_cast<double>(n) * std::log(static_cast<double>(n));
}

// What one more makes of it: n_log_n(n) - n_log_n(n - 1); n > 0.
const std::array<double, tabled_logs> &n_log_n_steps();
inline double n_log_n_step(uint32_t n) {
  static const std::array<double, tabled_logs> &steps = n_log_n_steps();
  return n < tabled_logs ? steps[n] : n_log_n(n) - n_log_n(n - 1);
}

// Merges target codes into at most `limit` classes: NULL alone; neighbours of an ordered target, or codes of similar frequency of an
// unordered one, up to equal mass, so that a code with much mass stays alone. counts[code] are training rows; unseen codes get class 0.
// Returns 256 classes; `classes` becomes their number (1 at least).
std::vector<Code> coarse_classes(std::span<const uint32_t> counts, bool ordered, int limit, int &classes);

// Class counts of one feature in one node: one slot per code that occurs, codes ascending. Where there are fewer rows than counts, an ordered
// feature has the classes of the rows in their place, slot by slot.
struct ClassTable {
  int classes = 0;  // counts per slot
  int slots = 0;
  std::array<Code, 256> codes;
  std::array<uint32_t, 256> totals;
  std::array<const uint32_t *, 256> counts;
  std::array<const Code *, 256> rows;
  bool by_rows = false;
};

// A split of a node; codes outside `goes_left` go right.
struct Split {
  double gain = 0;     // nats; 0: none
  double freedom = 0;  // what the choice of the cut alone explains of noise, nats: sets of unordered codes
  int feature = -1;
  std::array<uint64_t, 4> goes_left{};
  bool left_has(Code c) const { return (goes_left[c >> 6] >> (c & 63)) & 1; }
  void set_left(Code c) { goes_left[c >> 6] |= uint64_t{1} << (c & 63); }
};

// Rows that a split has to leave on its sides.
struct SideRows {
  uint32_t left = 1, right = 1;
};

// The split with the highest gain that leaves enough rows on both sides; gain 0 when there is none. `node` has the node's rows per class.
// Ordered features: a threshold, with null_code and missing_code tried on either side of it. Others: the codes in the order of their class
// moment (mean class of an ordered target, first principal component of the class shares otherwise), cut once.
// Codes that the node has not seen go where a threshold says, else with the larger side.
Split best_split(const ClassTable &table, std::span<const uint32_t> node, bool feature_ordered, bool target_ordered, SideRows min_rows);

}  // namespace relsynth::core
