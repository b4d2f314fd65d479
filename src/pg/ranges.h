// Ranges over types that advance in whole steps (integers, days, microseconds) as half-open intervals of 64-bit numbers.
#pragma once

#include <cstdint>
#include <string>

#include "pg/guard.h"

namespace relsynth::pg {

// Whether the range type (looked up with TYPECACHE_RANGE_INFO) is one of these.
bool has_steps(const TypeCacheEntry *range);

// Guarded. The interval of a range; false when it is empty. Unbounded and infinite ends are INT64_MIN and INT64_MAX.
bool to_interval(const TypeCacheEntry *range, Datum value, int64_t *low, int64_t *high);

// The range moved by `shift` steps, as its type (or domain) prints it. False when its bounds leave their type's range.
bool shifted_range(Oid type, Datum value, int64_t shift, std::string *text);

}  // namespace relsynth::pg
