// recurrence: how much likelier, or less likely, a category is in a group once a row of the group has it, beyond what its conditional knows of
// the rows before: an account has one standing order for the rent, a patient the same complaint again.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/codec.h"
#include "core/parallel.h"
#include "core/tree.h"

namespace relsynth::core {

// A column's training rows with features, group by group in their order.
struct GroupedRows {
  std::vector<uint32_t> rows;            // of the training set ...
  std::vector<uint8_t> first;            // ... and whether each begins a group
  std::span<const uint32_t> entity;      // per row of the training set
  std::span<const Code> target;          // the same
  const std::vector<Feature> &features;  // of the conditional, over the training set
};

// Weights per code (256) that multiply its share where an earlier row of the group has it, the others staying as they are; empty where
// entities left out do not gain by them.
std::vector<float> learn_recurrence(const GroupedRows &grouped, const Conditional &conditional, const Poll &poll);

}  // namespace relsynth::core
