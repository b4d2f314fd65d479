// report: what evaluate, verify and others found -> one HTML page. No real row is on it, and no real value that fewer than so many entities
// of the source share.
#pragma once

#include <string>
#include <vector>

#include "core/comparison.h"
#include "core/portrait.h"

namespace relsynth::core {

// A measure as evaluate() returns it; table and object empty where it is of more.
struct ReportScore {
  std::string table, object, metric, detail;
  double value = 0, floor = 0;
};
struct ReportAudit {
  std::string table, object, metric, detail;
  double value = 0, reference = 0;
  bool judged = false, passed = false;
};
struct ReportConstraint {
  std::string table, kind, name, problem;
  bool constraint = false, broken = false;  // broken: it has violations, or cannot be counted
};

struct ReportInput {
  std::string source, target;  // names of the schemas
  const Comparison *comparison = nullptr;
  std::vector<ReportScore> scores;
  std::vector<ReportAudit> audit;
  std::vector<ReportConstraint> constraints;  // every constraint of the source, and differences
  // Per compared table: heads and some rows of the synthetic table, as text; NULL as "NULL".
  std::vector<std::vector<std::string>> heads;
  std::vector<std::vector<std::vector<std::string>>> rows;
  std::vector<std::pair<std::string, std::string>> settings;  // versions, time, limits: name and value
  PortraitOptions portraits;
};

std::string report_page(const ReportInput &input);

}  // namespace relsynth::core
