// What a synthetic database gives away of its source: two schemas in, perhaps a holdout, rows of measures with verdicts out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare.h"

namespace relsynth {

// A row of relsynth.privacy_audit(). Values that do not exist are NaN.
struct AuditRow {
  std::string table, object, metric;  // table empty: of the whole database; object empty: of the whole table
  double value = 0, reference = 0;
  std::optional<bool> passed;  // nothing: not judged
  std::string detail;
};

// The catalog and a glance at the source (which tables are kept, what is an entity, what is personal) -> measures of core/metrics_privacy.h.
// `read` has been read for `request`. Needs an open Spi.
std::vector<AuditRow> privacy_audit(const ReadComparison &read, const CompareRequest &request);
std::vector<AuditRow> privacy_audit(const CompareRequest &request);

}  // namespace relsynth
