// What check() asks for: metrics and the values that they have to reach.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"

namespace relsynth::core {

// A metric of the whole database that can be asked for.
struct MetricName {
  const char *name;
  bool at_most;  // less is better
};
const std::vector<MetricName> &checked_metrics();

inline constexpr const char *violations_metric = "violations";  // verify counts them

struct Threshold {
  std::string metric;
  bool at_most = false;
  bool of_floor = false;  // `value` is added to the floor
  double value = 0;
  double asked(double floor) const { return of_floor ? floor + value : value; }
  bool met(double measured, double floor) const;  // false where either is no number
};

// {"overall": 0.85, "c2st": 0.6, "shapes": "floor - 0.03"}. Problems: no object, unknown metrics with the nearest, values that are none.
std::vector<Threshold> parse_thresholds(const std::string &json, Problems &problems);

// "overall is 0.812, but has to be at least 0.850 (the floor - 0.03)"
std::string describe_shortfall(const Threshold &threshold, double measured, double floor);

}  // namespace relsynth::core
