// repeats: parents of a table's rows as dealt -> the same parents, each as often, but in a driver's group as often alike as learned.
#pragma once

#include <cstdint>
#include <vector>

#include "core/affinity.h"
#include "core/world.h"

namespace relsynth::core {

// Exchanges parents along a Further key between rows of the same deal (`deal_of` per row; empty: one deal), preferably of the same leaf of
// the affinity. Rows that are `fixed` (empty: none) keep theirs.
void repeat_parents(const World &world, int table, int fk, const Affinity &affinity, const std::vector<uint32_t> &deal_of,
                    const std::vector<uint8_t> &fixed, std::vector<int32_t> &parents);

}  // namespace relsynth::core
