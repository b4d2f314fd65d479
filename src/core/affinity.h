// affinity: what is known of the rows and blocks of parents -> which slots the rows get, the numbers of rows and of slots kept exactly.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "core/world.h"

namespace relsynth::core {

// Rows by leaf, parents by block, and how well they go together.
struct Affinity {
  std::vector<uint32_t> leaf;  // per row of the table
  std::vector<uint8_t> block;  // per row of the parent
  std::vector<double> weight;  // leaf x block: p(block | leaf), above 0
  size_t leaves = 0, blocks = 0;
  bool empty() const { return weight.empty(); }
};

// The affinity of a table's rows to the parents along a Further key as learned; empty when none is.
Affinity find_affinity(const World &world, int table, int fk);

// Scales weights of leaves x blocks so that rows and columns sum to the totals given, which have the same sum (iterative proportional
// fitting, Deming and Stephan 1940).
void scale_table(std::vector<double> &weights, const std::vector<uint32_t> &leaf_total, const std::vector<uint32_t> &block_total);

// The same, then rounded to whole numbers that keep the totals exactly; running sums over the leaves stay near those of the weights.
std::vector<uint32_t> fit_table(std::vector<double> &weights, const std::vector<uint32_t> &leaf_total,
                                const std::vector<uint32_t> &block_total, Stream &random);

// What these totals cost: twice the logarithm of the likelihood that weights which give them lose (G of Wilks 1938). By chance alone it is
// about the number of blocks.
double bend(const Affinity &affinity, const std::vector<uint32_t> &leaf_total, const std::vector<uint32_t> &block_total);

// Orders slots (parents, one per row) so that rows[i] gets slots[i] by the affinity, at random otherwise. At least as many rows as slots;
// rows beyond get none.
void match_slots(const Affinity &affinity, const std::vector<uint32_t> &rows, std::vector<int32_t> &slots, Stream &random);

}  // namespace relsynth::core
