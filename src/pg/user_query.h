// Queries that the user gives, run without effects: read-only, in a subtransaction that is rolled back whatever happens, which also
// restores every setting.
#pragma once

#include <string>
#include <vector>

#include "core/query_result.h"

namespace relsynth::pg {

struct QueryCheck {
  std::string refusal;  // why it must not run: it is no single SELECT that only reads; empty where it may, or cannot be parsed
  std::string error;    // of the parser; such a query must not run either, for more than one command may be hidden in it
  std::string schema;   // one of `schemas` that it names itself, so that search_path does not decide; or empty
};
QueryCheck check_query(const std::string &sql, const std::vector<std::string> &schemas);

struct QueryRun {
  core::QueryResult result;
  std::string error;  // the server's message; empty: it ran
};
// Runs with the caller's rights and reads `most_rows` rows at most. Cancel, lack of resources and a lost transaction end the call, every other
// error is of the query. Needs an open Spi, a snapshot, and a query that passed check_query().
QueryRun run_query(const std::string &sql, const std::string &search_path, size_t most_rows);

// EXPLAIN (FORMAT JSON) of the query: one row, one column.
QueryRun explain_query(const std::string &sql, const std::string &search_path);

}  // namespace relsynth::pg
