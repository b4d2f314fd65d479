// Statistics of values within groups: how alike siblings are, and how one follows from the other. Groups are numbered from 0; rows that belong
// to none (below 0) and rows without a value are left out. NaN where too little is there to say.
#pragma once

#include <cstdint>
#include <vector>

namespace relsynth::core {

// Intraclass correlation, one-way random effects with groups of unequal size (Shrout & Fleiss 1979, ICC(1,1); Donner 1986 for n0).
double intraclass_correlation(const std::vector<double> &values, const std::vector<int32_t> &groups);

// The chance that two rows of a group have the same level, less what chance alone gives, over the most there can be (as Cohen's kappa).
double sibling_agreement(const std::vector<int32_t> &levels, const std::vector<int32_t> &groups);

// Correlation of a value with the one before in its group; `rows` in the order of their groups. `centred`: after taking the group's mean
// away. More than 20 pairs.
double lag_correlation(const std::vector<double> &values, const std::vector<int32_t> &groups, bool centred);

// The share of rows with the level of the one before in their group. More than 20 pairs.
double lag_agreement(const std::vector<int32_t> &levels, const std::vector<int32_t> &groups);

// Differences to the value before in the group.
std::vector<double> steps_within(const std::vector<double> &values, const std::vector<int32_t> &groups);

// Least value of each group that has one, and the most less the least.
struct Extents {
  std::vector<double> first, span;
};
Extents extents_of(const std::vector<double> &values, const std::vector<int32_t> &groups);

}  // namespace relsynth::core
