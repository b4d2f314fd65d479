// sample -> keys -> write for every table of the plan: draws blocks of rows, has the constraints tested, draws refused rows again, writes.
#pragma once

#include <vector>

#include "core/trained.h"
#include "pg/progress.h"
#include "pg/target.h"
#include "pg/typed_rows.h"
#include "synthesize.h"

namespace relsynth {

struct FillOptions {
  uint64_t seed = 0;
  double scale = 1.0;
  int threads = 1;
};

// Sets synthetic_rows and milliseconds of `results` (one per written table, in plan order).
// Throws Error 23514 (or the constraint's kind) when a row cannot be drawn to satisfy a constraint; the message names it.
void fill(const core::Trained &trained, const pg::Target &target, const FillOptions &options, pg::Progress &progress,
          std::vector<TableResult> &results);

// The same for the rows of one table, which go elsewhere, and of those that it needs, which go nowhere. The server's constraints are not tested.
void draw_rows(const core::Trained &trained, int wanted, pg::TypedRows rows, const FillOptions &options, pg::Progress &progress);

}  // namespace relsynth
