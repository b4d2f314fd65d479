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
// The same of what has been read.
std::vector<EvaluateRow> evaluate(const ReadComparison &read);

// A row of relsynth.check(): a metric that is as good as asked for.
struct CheckRow {
  std::string metric;
  double value = 0, threshold = 0;
};

// evaluate, and verify where violations are asked for, against `thresholds` (core/thresholds.h). Throws an error of SQLSTATE 22000 that names
// every metric that falls short.
std::vector<CheckRow> check(const CompareRequest &request, const std::string &thresholds);

}  // namespace relsynth
