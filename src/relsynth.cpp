// The extension's face to PostgreSQL: magic block, settings, SQL entry points.
#include <cmath>
#include <cstdio>

#include "audit.h"
#include "compare_queries.h"
#include "evaluate.h"
#include "pg/catalog.h"
#include "pg/guard.h"
#include "pg/models.h"
#include "pg/result.h"
#include "pg/scope.h"
#include "pg/settings.h"
#include "pg/typed_rows.h"
#include "pg/verify.h"
#include "report.h"
#include "synthesize.h"

extern "C" {
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);
PG_FUNCTION_INFO_V1(relsynth_synthesize);
PG_FUNCTION_INFO_V1(relsynth_train);
PG_FUNCTION_INFO_V1(relsynth_generate);
PG_FUNCTION_INFO_V1(relsynth_sample);
PG_FUNCTION_INFO_V1(relsynth_drop_model);
PG_FUNCTION_INFO_V1(relsynth_export_model);
PG_FUNCTION_INFO_V1(relsynth_import_model);
PG_FUNCTION_INFO_V1(relsynth_explain);
PG_FUNCTION_INFO_V1(relsynth_relationships);
PG_FUNCTION_INFO_V1(relsynth_graph_dot);
PG_FUNCTION_INFO_V1(relsynth_verify);
PG_FUNCTION_INFO_V1(relsynth_evaluate);
PG_FUNCTION_INFO_V1(relsynth_check);
PG_FUNCTION_INFO_V1(relsynth_compare_queries);
PG_FUNCTION_INFO_V1(relsynth_compare_plans);
PG_FUNCTION_INFO_V1(relsynth_report);
PG_FUNCTION_INFO_V1(relsynth_privacy_audit);
PG_FUNCTION_INFO_V1(relsynth_membership);
}

namespace relsynth {
namespace {

std::string required(FunctionCallInfo fcinfo, int position, const char *name) {
  pg::Text text = pg::text_argument(fcinfo, position);
  if (!text) throw core::Error("22004", std::string("argument \"") + name + "\" must not be null");
  return *text;
}

std::vector<std::string> schema_names(FunctionCallInfo fcinfo, int position, const char *name) {
  return pg::parse_schema_names(required(fcinfo, position, name), name);
}

std::string jsonb_text(FunctionCallInfo fcinfo, int position) {
  if (PG_ARGISNULL(position)) return "{}";
  return pg::call([=]() -> const char * {
    Jsonb *document = PG_GETARG_JSONB_P(position);
    return JsonbToCString(nullptr, &document->root, VARSIZE(document));
  });
}

pg::Mode parse_mode(const std::string &mode) {
  if (mode == "create") return pg::Mode::Create;
  if (mode == "replace") return pg::Mode::Replace;
  if (mode == "append") return pg::Mode::Append;
  throw core::Error(core::sqlstate::invalid_parameter_value, "unrecognized mode \"" + mode + "\"", "",
                    "The modes are create, replace and append.");
}

Request read_request(FunctionCallInfo fcinfo) {
  Request request;
  request.sources = schema_names(fcinfo, 0, "source");
  request.targets = schema_names(fcinfo, 1, "target");
  request.config = jsonb_text(fcinfo, 2);
  if (!PG_ARGISNULL(3)) request.seed = PG_GETARG_INT64(3);
  if (!PG_ARGISNULL(4)) request.scale = PG_GETARG_FLOAT8(4);
  if (pg::Text mode = pg::text_argument(fcinfo, 5)) request.mode = parse_mode(*mode);
  return request;
}

std::string one_decimal(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

pg::Text or_null(const std::string &text) { return text.empty() ? pg::Text() : pg::Text(text); }

std::vector<std::string> names(const core::Table &table, const std::vector<int> &columns) {
  std::vector<std::string> out;
  for (int c : columns) out.push_back(table.columns[c].name);
  return out;
}

const char *boolean(bool value) { return value ? "t" : "f"; }

std::vector<pg::TextRow> written_rows(const std::vector<TableResult> &results) {
  std::vector<pg::TextRow> rows;
  for (const TableResult &r : results)
    rows.push_back(
        {r.table, std::to_string(r.source_rows), std::to_string(r.synthetic_rows), one_decimal(r.milliseconds), or_null(r.notes)});
  return rows;
}

std::vector<pg::TextRow> synthesize_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  return written_rows(synthesize(read_request(fcinfo)));
}

// An argument of type name.
std::string model_name(FunctionCallInfo fcinfo, int position) {
  if (PG_ARGISNULL(position)) throw core::Error("22004", "argument \"model\" must not be null");
  const std::string name = NameStr(*PG_GETARG_NAME(position));
  if (name.empty()) throw core::Error(core::sqlstate::invalid_parameter_value, "name of a model must not be empty");
  return name;
}

std::vector<pg::TextRow> train_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  TrainRequest request;
  request.model = model_name(fcinfo, 0);
  request.sources = schema_names(fcinfo, 1, "source");
  request.config = jsonb_text(fcinfo, 2);
  if (!PG_ARGISNULL(3)) request.seed = PG_GETARG_INT64(3);
  request.replace = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
  std::vector<pg::TextRow> rows;
  for (const TableResult &r : train(request)) rows.push_back({r.table, std::to_string(r.source_rows), or_null(r.notes)});
  return rows;
}

std::vector<pg::TextRow> generate_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  GenerateRequest request;
  request.model = model_name(fcinfo, 0);
  request.targets = schema_names(fcinfo, 1, "target");
  request.config = jsonb_text(fcinfo, 2);
  if (!PG_ARGISNULL(3)) request.seed = PG_GETARG_INT64(3);
  if (!PG_ARGISNULL(4)) request.scale = PG_GETARG_FLOAT8(4);
  if (pg::Text mode = pg::text_argument(fcinfo, 5)) request.mode = parse_mode(*mode);
  return written_rows(generate(request));
}

Datum sample_rows(FunctionCallInfo fcinfo) {
  return pg::entry([=]() -> Datum {
    pg::row_type(fcinfo, 1);  // or its error
    pg::begin_rows(fcinfo);
    pg::Spi spi;
    SampleRequest request;
    request.model = model_name(fcinfo, 0);
    if (PG_ARGISNULL(2)) throw core::Error("22004", "argument \"n\" must not be null");
    request.rows = PG_GETARG_INT64(2);
    if (!PG_ARGISNULL(3)) request.seed = PG_GETARG_INT64(3);
    sample(request, fcinfo, 1);
    return Datum(0);
  });
}

Datum drop_model(FunctionCallInfo fcinfo) {
  return pg::entry([=]() -> Datum {
    pg::drop_model(model_name(fcinfo, 0));
    return Datum(0);
  });
}

Datum export_model(FunctionCallInfo fcinfo) {
  return pg::entry(
      [=]() -> Datum { return PointerGetDatum(pg::export_model(model_name(fcinfo, 0), PG_ARGISNULL(1) || PG_GETARG_BOOL(1))); });
}

Datum import_model(FunctionCallInfo fcinfo) {
  return pg::entry([=]() -> Datum {
    if (PG_ARGISNULL(0)) throw core::Error("22004", "argument \"data\" must not be null");
    const bytea *data = pg::call([=] { return PG_GETARG_BYTEA_PP(0); });
    std::optional<std::string> name;
    if (!PG_ARGISNULL(1)) name = model_name(fcinfo, 1);
    const bool replace = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
    const std::string stored = pg::import_model({VARDATA_ANY(data), static_cast<size_t>(VARSIZE_ANY_EXHDR(data))}, name, replace);
    const char *text = stored.c_str();
    return pg::call([=] { return DirectFunctionCall1(namein, CStringGetDatum(text)); });
  });
}

Outlook read_outlook(FunctionCallInfo fcinfo, bool look) { return outlook(schema_names(fcinfo, 0, "source"), jsonb_text(fcinfo, 1), look); }

std::vector<pg::TextRow> explain_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  const Outlook o = read_outlook(fcinfo, true);
  std::vector<pg::TextRow> rows;
  for (const core::ExplainRow &r : core::explain(o.schema, o.plan, o.problems))
    rows.push_back({std::to_string(r.position), or_null(r.table), or_null(r.object), r.kind, or_null(r.decision), or_null(r.reason)});
  return rows;
}

std::vector<pg::TextRow> relationship_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  const Outlook o = read_outlook(fcinfo, false);
  std::vector<pg::TextRow> rows;
  auto add = [&](const core::ForeignKey &fk, const char *role) {
    const core::Table &child = o.schema.tables[fk.child], &parent = o.schema.tables[fk.parent];
    auto name = [&](const core::Table &t) { return o.schema.names.size() > 1 || t.external ? t.qualified() : t.name; };
    rows.push_back({fk.name, name(child), pg::array_literal(names(child, fk.child_columns)), name(parent),
                    pg::array_literal(names(parent, fk.parent_columns)), role, boolean(fk.nullable), boolean(fk.deferrable),
                    boolean(fk.declared)});
  };
  for (size_t t = 0; t < o.schema.tables.size(); ++t) {
    const std::vector<int> &keys = o.schema.tables[t].foreign_keys;
    for (size_t i = 0; i < keys.size(); ++i) add(o.schema.foreign_keys[keys[i]], core::name_of(o.plan.tables[t].fk_roles[i]));
    for (const core::ForeignKey &fk : o.schema.implied)
      if (fk.child == static_cast<int>(t)) add(fk, core::implied_role);
  }
  return rows;
}

std::string five_decimals(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.5f", value);
  return text;
}

// Declared by test/bench/membership alone. The first row is of the whole: the attack's AUC.
std::vector<pg::TextRow> membership_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  double auc = 0;
  std::vector<MembershipStep> steps =
      membership(schema_names(fcinfo, 0, "source"), jsonb_text(fcinfo, 1), static_cast<uint64_t>(PG_GETARG_INT64(2)), auc);
  std::vector<pg::TextRow> rows{{pg::Text(), pg::Text(), pg::Text(), five_decimals(auc), pg::Text()}};
  for (const MembershipStep &s : steps)
    rows.push_back({s.table, or_null(s.column), std::to_string(s.rows), five_decimals(s.trained), five_decimals(s.held)});
  return rows;
}

std::vector<pg::TextRow> verify_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  std::vector<pg::TextRow> rows;
  for (const pg::VerifyRow &r : pg::verify(schema_names(fcinfo, 0, "source"), schema_names(fcinfo, 1, "target")))
    rows.push_back(
        {or_null(r.table), r.kind, r.name, r.violations ? pg::Text(std::to_string(*r.violations)) : pg::Text(), or_null(r.problem)});
  return rows;
}

CompareRequest read_comparison_request(FunctionCallInfo fcinfo, int holdout, int config) {
  CompareRequest request;
  request.sources = schema_names(fcinfo, 0, "source");
  request.targets = schema_names(fcinfo, 1, "target");
  if (holdout >= 0 && !PG_ARGISNULL(holdout)) request.holdouts = schema_names(fcinfo, holdout, "holdout");
  request.config = jsonb_text(fcinfo, config);
  return request;
}

pg::Text number_or_null(double value) { return std::isfinite(value) ? pg::Text(five_decimals(value)) : pg::Text(); }

std::vector<pg::TextRow> evaluate_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  std::vector<pg::TextRow> rows;
  for (const EvaluateRow &r : evaluate(read_comparison_request(fcinfo, 2, 3)))
    rows.push_back({or_null(r.table), or_null(r.object), r.metric, number_or_null(r.value), number_or_null(r.floor), or_null(r.detail)});
  return rows;
}

std::vector<pg::TextRow> check_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  if (PG_ARGISNULL(2)) throw core::Error("22004", "argument \"thresholds\" must not be null");
  std::vector<pg::TextRow> rows;
  for (const CheckRow &r : check(read_comparison_request(fcinfo, 3, 4), jsonb_text(fcinfo, 2)))
    rows.push_back({r.metric, number_or_null(r.value), number_or_null(r.threshold)});
  return rows;
}

QueriesRequest read_queries_request(FunctionCallInfo fcinfo) {
  QueriesRequest request;
  request.sources = schema_names(fcinfo, 1, "source");
  request.targets = schema_names(fcinfo, 2, "target");
  if (PG_ARGISNULL(0)) return request;
  std::vector<std::string> &queries = request.queries.emplace();
  for (const pg::Text &query : pg::text_array_argument(fcinfo, 0)) {
    if (!query) throw core::Error("22004", "argument \"queries\" must not hold a null");
    queries.push_back(*query);
  }
  return request;
}

std::vector<pg::TextRow> compare_queries_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  std::vector<pg::TextRow> rows;
  for (const QueryRow &r : compare_queries(read_queries_request(fcinfo)))
    rows.push_back({r.query, or_null(r.value), or_null(r.source), or_null(r.target), number_or_null(r.relative_error), or_null(r.detail)});
  return rows;
}

std::vector<pg::TextRow> compare_plans_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  std::vector<pg::TextRow> rows;
  for (const PlanRow &r : compare_plans(read_queries_request(fcinfo)))
    rows.push_back({r.query, r.same_plan ? pg::Text(boolean(*r.same_plan)) : pg::Text(), number_or_null(r.source_rows),
                    number_or_null(r.target_rows), number_or_null(r.cost_ratio), or_null(r.detail)});
  return rows;
}

std::vector<pg::TextRow> privacy_audit_rows(FunctionCallInfo fcinfo) {
  pg::Spi spi;
  std::vector<pg::TextRow> rows;
  for (const AuditRow &r : privacy_audit(read_comparison_request(fcinfo, 2, 3)))
    rows.push_back({or_null(r.table), or_null(r.object), r.metric, number_or_null(r.value), number_or_null(r.reference),
                    r.passed ? pg::Text(boolean(*r.passed)) : pg::Text(), or_null(r.detail)});
  return rows;
}

// A set-returning function: opens the result, lets `make` compute the rows, stores them.
template <std::vector<pg::TextRow> (*make)(FunctionCallInfo)>
Datum set_of(FunctionCallInfo fcinfo) {
  return pg::entry([=]() -> Datum {
    pg::begin_rows(fcinfo);
    pg::put_rows(fcinfo, make(fcinfo));
    return Datum(0);
  });
}

Datum graph_dot(FunctionCallInfo fcinfo) {
  return pg::entry([=]() -> Datum {
    std::string dot;
    {
      pg::Spi spi;
      const Outlook o = read_outlook(fcinfo, false);
      dot = core::to_dot(o.schema, o.plan);
    }
    const char *text = dot.c_str();
    return pg::call([=] { return PointerGetDatum(cstring_to_text(text)); });
  });
}

Datum html_report(FunctionCallInfo fcinfo) {
  return pg::entry([=]() -> Datum {
    std::string page;
    {
      pg::Spi spi;
      page = relsynth::report(read_comparison_request(fcinfo, 2, 3), !PG_ARGISNULL(4) && PG_GETARG_BOOL(4));
    }
    const char *text = page.c_str();
    return pg::call([=] { return PointerGetDatum(cstring_to_text(text)); });
  });
}

}  // namespace
}  // namespace relsynth

extern "C" {

void _PG_init(void) { relsynth::pg::define_settings(); }

Datum relsynth_synthesize(PG_FUNCTION_ARGS) {
  PreventCommandIfReadOnly("relsynth.synthesize()");
  return relsynth::set_of<relsynth::synthesize_rows>(fcinfo);
}

Datum relsynth_train(PG_FUNCTION_ARGS) {
  PreventCommandIfReadOnly("relsynth.train()");
  return relsynth::set_of<relsynth::train_rows>(fcinfo);
}

Datum relsynth_generate(PG_FUNCTION_ARGS) {
  PreventCommandIfReadOnly("relsynth.generate()");
  return relsynth::set_of<relsynth::generate_rows>(fcinfo);
}

Datum relsynth_sample(PG_FUNCTION_ARGS) { return relsynth::sample_rows(fcinfo); }

Datum relsynth_drop_model(PG_FUNCTION_ARGS) { return relsynth::drop_model(fcinfo); }

Datum relsynth_export_model(PG_FUNCTION_ARGS) { return relsynth::export_model(fcinfo); }

Datum relsynth_import_model(PG_FUNCTION_ARGS) { return relsynth::import_model(fcinfo); }

Datum relsynth_explain(PG_FUNCTION_ARGS) { return relsynth::set_of<relsynth::explain_rows>(fcinfo); }

Datum relsynth_relationships(PG_FUNCTION_ARGS) { return relsynth::set_of<relsynth::relationship_rows>(fcinfo); }

Datum relsynth_graph_dot(PG_FUNCTION_ARGS) { return relsynth::graph_dot(fcinfo); }

Datum relsynth_verify(PG_FUNCTION_ARGS) { return relsynth::set_of<relsynth::verify_rows>(fcinfo); }

Datum relsynth_evaluate(PG_FUNCTION_ARGS) { return relsynth::set_of<relsynth::evaluate_rows>(fcinfo); }

Datum relsynth_report(PG_FUNCTION_ARGS) { return relsynth::html_report(fcinfo); }

Datum relsynth_check(PG_FUNCTION_ARGS) { return relsynth::set_of<relsynth::check_rows>(fcinfo); }

Datum relsynth_compare_queries(PG_FUNCTION_ARGS) { return relsynth::set_of<relsynth::compare_queries_rows>(fcinfo); }

Datum relsynth_compare_plans(PG_FUNCTION_ARGS) { return relsynth::set_of<relsynth::compare_plans_rows>(fcinfo); }

Datum relsynth_privacy_audit(PG_FUNCTION_ARGS) { return relsynth::set_of<relsynth::privacy_audit_rows>(fcinfo); }

Datum relsynth_membership(PG_FUNCTION_ARGS) { return relsynth::set_of<relsynth::membership_rows>(fcinfo); }

}  // extern "C"
