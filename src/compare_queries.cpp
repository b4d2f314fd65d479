#include "compare_queries.h"

#include <cmath>

#include "core/error.h"
#include "core/plan_shape.h"
#include "core/workload.h"
#include "pg/catalog.h"
#include "pg/catalog_parts.h"
#include "pg/user_query.h"

namespace relsynth {

namespace {

constexpr size_t most_rows = 100000;  // of a result; that both sides are held in memory

struct Question {
  std::string sql;
  std::string error;  // it cannot be parsed
  std::string note;   // for the detail
};

struct Workload {
  std::vector<Question> questions;
  std::string source_path, target_path;
};

// The schemas, then those that extensions live in, for their types and operators; temporary tables shadow nothing, and pg_catalog comes first
// as it does by itself.
std::string search_path(const std::vector<std::string> &schemas, const std::vector<std::string> &extensions) {
  std::string path;
  for (const auto *names : {&schemas, &extensions})
    for (const std::string &name : *names) path += pg::quote_name(name) + ", ";
  return path + "pg_temp";
}

// But for those compared: a table that the target lacks must not be found in the source.
std::vector<std::string> extension_schemas(const std::vector<std::string> &compared) {
  std::vector<std::string> out;
  for (const pg::TextRow &row :
       pg::query("SELECT DISTINCT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
                 " WHERE e.extname <> 'relsynth' AND n.nspname <> 'pg_catalog' AND n.nspname <> ALL ($1::pg_catalog.text[])"
                 " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY 1",
                 {pg::text_array(compared)}))
    out.push_back(pg::to_string(row[0]));
  return out;
}

std::string shortened(const std::string &sql) { return sql.size() <= 60 ? sql : sql.substr(0, 57) + "..."; }

Workload read_workload(const QueriesRequest &request, pg::SharedSnapshot &snapshot, const std::string &what) {
  std::vector<std::string> schemas = request.sources;
  schemas.insert(schemas.end(), request.targets.begin(), request.targets.end());
  core::Problems problems;
  pg::check_schemas(schemas, problems);
  core::raise_if_any(problems, what);

  Workload out;
  std::vector<std::string> queries;
  if (request.queries) {
    queries = *request.queries;
  } else {
    const core::Schema schema = pg::read_schema(request.sources, {}, snapshot, problems);
    core::raise_if_any(problems, what);
    queries = core::default_workload(schema);
  }
  for (const std::string &sql : queries) {
    const pg::QueryCheck check = pg::check_query(sql, schemas);
    if (!check.refusal.empty())
      problems.push_back({core::sqlstate::invalid_parameter_value,
                          "query \"" + shortened(sql) + "\" is not a single SELECT that only reads", check.refusal,
                          "Give each query as one element of the array, without effects."});
    out.questions.push_back(
        {sql, check.error, check.schema.empty() ? "" : "names schema \"" + check.schema + "\" itself, the same on both sides"});
  }
  core::raise_if_any(problems, what);
  const std::vector<std::string> extensions = extension_schemas(schemas);
  out.source_path = search_path(request.sources, extensions);
  out.target_path = search_path(request.targets, extensions);
  return out;
}

std::string joined(const std::string &a, const std::string &b) { return a.empty() || b.empty() ? a + b : a + "; " + b; }

struct Answers {
  pg::QueryRun source, target;
};

template <class Ask>
Answers ask_both(const Workload &workload, const Question &question, Ask ask) {
  if (!question.error.empty()) return {{{}, question.error}, {{}, question.error}};
  return {ask(question.sql, workload.source_path), ask(question.sql, workload.target_path)};
}

// Empty where both ran.
std::string failure(const Answers &answers) {
  const std::string &source = answers.source.error, &target = answers.target.error;
  if (!source.empty() && source == target) return "fails in both: " + source;
  return joined(source.empty() ? "" : "fails in the source: " + source, target.empty() ? "" : "fails in the target: " + target);
}

PlanRow compare_plan(const Question &question, const Answers &answers) {
  PlanRow row;
  row.query = question.sql;
  const std::string error = failure(answers);
  row.detail = joined(error, question.note);
  if (!error.empty()) return row;
  const core::QueryPlan s = core::parse_plan(pg::to_string(answers.source.result.rows.at(0).at(0)));
  const core::QueryPlan t = core::parse_plan(pg::to_string(answers.target.result.rows.at(0).at(0)));
  const std::string difference = core::plan_difference(s.root, t.root);
  row.same_plan = difference.empty();
  row.source_rows = s.rows;
  row.target_rows = t.rows;
  row.cost_ratio = s.cost > 0 ? t.cost / s.cost : t.cost > 0 ? row.cost_ratio : 1;
  row.detail = joined(difference, question.note);
  return row;
}

}  // namespace

std::vector<QueryRow> compare_queries(const QueriesRequest &request) {
  pg::SharedSnapshot snapshot;
  const Workload workload = read_workload(request, snapshot, "cannot compare queries");
  std::vector<QueryRow> rows;
  for (const Question &question : workload.questions) {
    const Answers answers =
        ask_both(workload, question, [](const std::string &sql, const std::string &path) { return pg::run_query(sql, path, most_rows); });
    if (const std::string error = failure(answers); !error.empty()) {
      QueryRow row;
      row.query = question.sql;
      row.detail = joined(error, question.note);
      rows.push_back(std::move(row));
      continue;
    }
    for (const core::ResultDifference &d : core::compare_results(answers.source.result, answers.target.result))
      rows.push_back({question.sql, d.value, d.source, d.target, d.relative_error, joined(d.detail, question.note)});
  }
  return rows;
}

std::vector<PlanRow> compare_plans(const QueriesRequest &request) {
  pg::SharedSnapshot snapshot;
  const Workload workload = read_workload(request, snapshot, "cannot compare plans");
  std::vector<PlanRow> rows;
  for (const Question &question : workload.questions)
    rows.push_back(compare_plan(question, ask_both(workload, question, pg::explain_query)));
  return rows;
}

}  // namespace relsynth
