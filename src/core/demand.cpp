#include "core/demand.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace relsynth::core {

namespace {

constexpr double most_off = 0.08;        // of the rows: below, parents keep the numbers that were drawn for them
constexpr double most_factor = 2;        // that numbers are scaled by
constexpr double few = 0.01;             // of the rows: too few to mind
constexpr size_t tries_per_parent = 20;  // of trading
constexpr size_t tries_per_poll = 4096;

// What rows ask for of every block of parents, and what numbers of children offer; with the same sum.
struct Demand {
  std::vector<double> asked, offered;
  double off = 0;     // share of the rows whose block offers less than it is asked for
  bool bent = false;  // they differ so much that chance is no reason
  bool near = false;  // in no block by more than a factor
};

// Two standard deviations of chi-squared above its mean.
bool beyond_chance(double bend, double blocks) { return bend > blocks + 2 * std::sqrt(2 * blocks); }

Demand demand_of(const Affinity &affinity, const std::vector<int32_t> &parents, const std::vector<uint32_t> &degrees) {
  Demand demand{std::vector<double>(affinity.blocks, 0), std::vector<double>(affinity.blocks, 0)};
  std::vector<uint32_t> leaf_total(affinity.leaves, 0), block_total(affinity.blocks, 0);
  double rows = 0, blocks = 0;
  for (size_t row = 0; row < parents.size(); ++row) {
    if (parents[row] != later_parent) continue;
    for (size_t b = 0; b < affinity.blocks; ++b) demand.asked[b] += affinity.weight[affinity.leaf[row] * affinity.blocks + b];
    ++leaf_total[affinity.leaf[row]];
    ++rows;
  }
  for (size_t p = 0; p < degrees.size(); ++p) demand.offered[affinity.block[p]] += degrees[p];
  const double slots = std::accumulate(demand.offered.begin(), demand.offered.end(), 0.0);
  const double asked = std::accumulate(demand.asked.begin(), demand.asked.end(), 0.0);
  if (asked <= 0 || slots <= 0) return demand;
  demand.near = true;
  for (size_t b = 0; b < affinity.blocks; ++b) {
    demand.asked[b] *= slots / asked;
    demand.off += std::max(0.0, demand.asked[b] - demand.offered[b]) / slots;
    demand.near &= std::max(demand.asked[b], demand.offered[b]) <= most_factor * std::min(demand.asked[b], demand.offered[b]) + few * slots;
    block_total[b] = static_cast<uint32_t>(std::lround(demand.offered[b] * rows / slots));
    blocks += block_total[b] > 0;
  }
  demand.bent = beyond_chance(bend(affinity, leaf_total, block_total), blocks);
  return demand;
}

// Every number times what the rows ask for of its block.
void scale_blocks(const Affinity &affinity, const Demand &demand, std::vector<uint32_t> &degrees) {
  std::vector<double> carried(affinity.blocks, 0.5);
  for (size_t p = 0; p < degrees.size(); ++p) {
    size_t b = affinity.block[p];
    if (demand.offered[b] <= 0) continue;
    double count = degrees[p] * demand.asked[b] / demand.offered[b] + carried[b];
    degrees[p] = static_cast<uint32_t>(count);
    carried[b] = count - degrees[p];
  }
}

// Swaps numbers between parents of blocks that offer too much and of others that offer too little.
void trade(const Affinity &affinity, const Demand &demand, const Poll &poll, Stream &random, std::vector<uint32_t> &degrees) {
  std::vector<std::vector<uint32_t>> members(affinity.blocks);
  std::vector<double> excess;
  for (size_t p = 0; p < degrees.size(); ++p)
    if (degrees[p] > 0) members[affinity.block[p]].push_back(static_cast<uint32_t>(p));
  for (size_t b = 0; b < affinity.blocks; ++b) excess.push_back(members[b].empty() ? 0 : demand.offered[b] - demand.asked[b]);
  for (size_t tries = 0; tries < tries_per_parent * degrees.size(); ++tries) {
    if (poll && tries % tries_per_poll == 0) poll();
    const auto over = static_cast<size_t>(std::max_element(excess.begin(), excess.end()) - excess.begin());
    const auto under = static_cast<size_t>(std::min_element(excess.begin(), excess.end()) - excess.begin());
    const double most = 2 * std::min(excess[over], -excess[under]);
    if (most < 2) return;
    uint32_t &more = degrees[members[over][random.below(members[over].size())]];
    uint32_t &less = degrees[members[under][random.below(members[under].size())]];
    if (more <= less || more - less > most) continue;
    excess[over] -= more - less;
    excess[under] += more - less;
    std::swap(more, less);
  }
}

}  // namespace

void follow_demand(const Affinity &affinity, const std::vector<int32_t> &parents, const Poll &poll, Stream random,
                   std::vector<uint32_t> &degrees) {
  Demand demand = demand_of(affinity, parents, degrees);
  if (!demand.bent || demand.off <= most_off) return;
  trade(affinity, demand, poll, random, degrees);
  demand = demand_of(affinity, parents, degrees);
  // Where a block is far off, its parents are too few or too many for any numbers like the source's.
  if (demand.bent && demand.near) scale_blocks(affinity, demand, degrees);
}

std::vector<uint32_t> kept_degrees(const ForeignKeyModel &model, size_t kept, const Affinity &affinity,
                                   const std::vector<int32_t> &parents) {
  std::vector<uint32_t> degrees(kept, 0);
  for (size_t r = 0; r < std::min(kept, model.other_weight.size()); ++r)
    degrees[r] = static_cast<uint32_t>(std::lround(std::max(0.0f, model.other_weight[r])));
  for (size_t i = 0; i < model.choice_counts.size(); ++i)
    if (static_cast<size_t>(model.choice_rows[i]) < kept) degrees[model.choice_rows[i]] = model.choice_counts[i];
  if (affinity.empty() || kept == 0) return degrees;
  if (const Demand demand = demand_of(affinity, parents, degrees); demand.bent) scale_blocks(affinity, demand, degrees);
  return degrees;
}

}  // namespace relsynth::core
