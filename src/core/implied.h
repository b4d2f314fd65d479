// implied: foreign keys that hold by the other keys alone. Input: Schema; output: the same without them, and the list of them.
#pragma once

#include "core/schema.h"

namespace relsynth::core {

// Moves foreign keys that need no assignment from schema.foreign_keys to schema.implied: a key of a table to the same columns of its own
// rows; and, of a cycle of NOT NULL keys that hand one value round (a.id to b.id, b.id to a.id), the one that closes it. Referenced columns are
// unique, so that each of the cycle's tables has as many rows, one for every value; the rest of the cycle makes them one to one.
void set_aside_implied(Schema &schema);

}  // namespace relsynth::core
