// The same queries on source and target: their results, and the plans that the server makes for them.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace relsynth {

struct QueriesRequest {
  std::optional<std::vector<std::string>> queries;  // none: the default workload (core/workload.h)
  std::vector<std::string> sources, targets;        // schema names, for search_path
};

// A row of relsynth.compare_queries(): a column of a query's result, or its number of rows. A value that does not exist is NaN, or empty.
struct QueryRow {
  std::string query, value, source, target;
  double relative_error = std::numeric_limits<double>::quiet_NaN();
  std::string detail;
};

// A row of relsynth.compare_plans().
struct PlanRow {
  std::string query;
  std::optional<bool> same_plan;  // none: the query fails
  double source_rows = std::numeric_limits<double>::quiet_NaN(), target_rows = source_rows, cost_ratio = source_rows;
  std::string detail;
};

// All problems of the request at once: unknown schemas 3F000, missing privileges 42501, queries that are no single SELECT 22023. A query that
// fails is a row with the error in its detail. Both need an open Spi.
std::vector<QueryRow> compare_queries(const QueriesRequest &request);
std::vector<PlanRow> compare_plans(const QueriesRequest &request);

}  // namespace relsynth
