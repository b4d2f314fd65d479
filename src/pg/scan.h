// scan: plan -> columnar buffers of an entity-closed sample, parent row numbers instead of key values.
#pragma once

#include <functional>

#include "core/data.h"
#include "core/error.h"
#include "core/plan.h"
#include "core/schema.h"

namespace relsynth::pg {

// Reads every table of the plan once through the executor (own DestReceiver: row security, partitions, foreign tables and generated columns
// behave as in any query), parents before children, under the active snapshot. A table of more than plan.sample_rows rows is sampled by
// entity: roots by a hash of their key (a row without key: of its position), children with their driver's parent; counts of children and
// shares of NULL are still taken over all rows. Adds a problem for rows that violate NOT VALID or declared keys (23503, with the count; the
// hint says how to find or exclude them). `progress(table, rows)` at sensible intervals.
core::SourceData scan(const core::Schema &schema, const core::Plan &plan, uint64_t seed, core::Problems &problems,
                      const std::function<void(int table, size_t rows)> &progress);

}  // namespace relsynth::pg
