// Two-level codes: which values of a category that has more of them than there are codes share one.
#pragma once

#include <cstdint>
#include <vector>

#include "core/parallel.h"
#include "core/trainset.h"

namespace relsynth::core {

// The group of every text of the codec, numbered from 0, by the values of other columns that they come with; empty where these tell nothing.
std::vector<uint32_t> group_values(const TrainSet &set, int table, int column, const Codec &codec, const Poll &poll);

}  // namespace relsynth::core
