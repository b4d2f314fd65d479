// Reads a source, a target and perhaps a holdout into a Comparison: what evaluate and others that judge synthetic data start from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/comparison.h"
#include "core/config.h"
#include "core/schema.h"

namespace relsynth {

struct CompareRequest {
  std::vector<std::string> sources, targets;  // schema names; one target, or one for each source
  std::vector<std::string> holdouts;          // the same; may be empty
  std::string config = "{}";                  // as synthesize's: include, exclude, relationships, sample_rows
};

// Sides of the comparison, in this order; the holdout is last, where there is one.
inline constexpr int source_side = 0, target_side = 1, holdout_side = 2;

struct ReadComparison {
  core::Schema schema;  // of the source, as the catalog has it
  core::Comparison comparison;
};

// Catalog and scan of every schema under one snapshot, with the rights of the caller; up to sample_rows rows of each table, by entity.
// Throws core::Error for bad arguments. Needs an open Spi. `what` begins messages: "cannot evaluate".
ReadComparison read_comparison(const CompareRequest &request, const std::string &what);

}  // namespace relsynth
