// paths: ancestors of rows along learned rules that say where two ways up from a row meet.
#pragma once

#include <cstdint>
#include <vector>

#include "core/world.h"

namespace relsynth::core {

// A rule of a Further key whose ways are known by now: `own` per row of the table, `other` per row of the parent; the ancestor's row number,
// negative where a way is lost.
struct KnownPath {
  std::vector<int32_t> own, other;
  double share = 1;
};

// The learned rules of a key that can be kept when its parents are dealt.
std::vector<KnownPath> known_paths(const World &world, int table, int fk);

// Takes parents along the driver out of `usable` that leave their rows without a parent along a NOT NULL key whose rule always holds, unless
// none would remain.
void keep_meeting(const World &world, int table, std::vector<uint8_t> &usable);

}  // namespace relsynth::core
