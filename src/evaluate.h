// How near a synthetic database comes to its source: two schemas in, rows of scores out.
#pragma once

#include <string>
#include <vector>

#include "compare.h"

namespace relsynth {

// A row of relsynth.evaluate(). Values that do not exist are NaN.
struct EvaluateRow {
  std::string table, object, metric;  // table empty: of the whole database; object empty: of the whole table
  double value = 0, floor = 0;        // floor: what real rows score that stand in for the target
  std::string detail;
};

// catalog -> scan -> comparison -> measures of the target, and of the holdout (or of two halves of the source) for the floor.
std::vector<EvaluateRow> evaluate(const CompareRequest &request);

}  // namespace relsynth
