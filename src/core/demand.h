// demand: what rows ask for of the parents' blocks -> numbers of children that offer it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/affinity.h"
#include "core/parallel.h"
#include "core/random.h"
#include "core/world.h"

namespace relsynth::core {

// `parents` below: per row of the child table, later_parent where one is to be dealt; only those rows ask for anything.

// Where what blocks of parents offer (the sums of `degrees`, one per parent) is off from what the rows ask for by more than 8 % of the rows,
// and chance is no reason: lets parents of different blocks trade their numbers of children; if that does not do, scales them.
void follow_demand(const Affinity &affinity, const std::vector<int32_t> &parents, const Poll &poll, Stream random,
                   std::vector<uint32_t> &degrees);

// Numbers of children of the kept rows along a choice key: those of the source, or, where these would not go with the rows' context (their
// affinity), what that asks for.
std::vector<uint32_t> kept_degrees(const ForeignKeyModel &model, size_t kept, const Affinity &affinity,
                                   const std::vector<int32_t> &parents);

}  // namespace relsynth::core
