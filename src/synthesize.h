// The whole story: a source schema in, a synthetic target schema out; and its halves, with a stored model between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/plan.h"
#include "core/schema.h"
#include "pg/pg.h"
#include "pg/target.h"

namespace relsynth {

struct Request {
  std::vector<std::string> sources, targets;  // schema names; one target, or one for each source
  std::string config = "{}";                  // jsonb as text
  std::optional<int64_t> seed;                // none: relsynth.seed, or a new one
  double scale = 1.0;
  pg::Mode mode = pg::Mode::Create;
};

struct TableResult {
  std::string table;
  int64_t source_rows = 0, synthetic_rows = 0;
  double milliseconds = 0;  // sampling and writing of this table
  std::string notes;
};

// catalog -> graph -> plan -> scan -> encode -> train -> sample -> keys -> write -> seal, in the caller's transaction.
// Throws core::Error (bad input, nothing changed) or pg::Error; the transaction's abort then leaves nothing behind.
std::vector<TableResult> synthesize(const Request &request);

struct TrainRequest {
  std::string model;
  std::vector<std::string> sources;
  std::string config = "{}";
  std::optional<int64_t> seed;
  bool replace = false;
};

// catalog -> graph -> plan -> scan -> encode -> train -> [model]. The lines have no synthetic rows.
std::vector<TableResult> train(const TrainRequest &request);

struct GenerateRequest {
  std::string model;
  std::vector<std::string> targets;
  std::string config = "{}";
  std::optional<int64_t> seed;
  double scale = 1.0;
  pg::Mode mode = pg::Mode::Create;
};

// [model] -> sample -> keys -> write -> seal. The source need not exist.
std::vector<TableResult> generate(const GenerateRequest &request);

// [model] -> sample -> keys -> rows of a row type, for a set-returning function that has begun its rows.
struct SampleRequest {
  std::string model;
  int64_t rows = 0;
  std::optional<int64_t> seed;
};
void sample(const SampleRequest &request, FunctionCallInfo call, int row_type_argument);

// What synthesize() works from, without writing anything: for explain(), relationships() and graph_dot().
struct Outlook {
  core::Schema schema;
  core::Plan plan;
  core::Problems problems;
};
// `look` reads a small sample of the rows as well, so that encoders and reference tables are settled.
Outlook outlook(const std::vector<std::string> &sources, const std::string &config, bool look);

// What the model's own likelihood tells of who was in its training (core/membership.h): for test/bench/membership.
struct MembershipStep {
  std::string table, column;
  size_t rows = 0;
  double trained = 0, held = 0;  // log-likelihood per row
};
std::vector<MembershipStep> membership(const std::vector<std::string> &sources, const std::string &config, uint64_t seed, double &auc);

}  // namespace relsynth
