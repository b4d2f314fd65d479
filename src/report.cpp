#include "report.h"

#include "audit.h"
#include "core/report.h"
#include "evaluate.h"
#include "pg/interrupt.h"
#include "pg/settings.h"
#include "pg/spi.h"
#include "pg/verify.h"

namespace relsynth {

namespace {

constexpr size_t shown_rows = 5, shown_columns = 12, shown_characters = 48;

std::string joined(const std::vector<std::string> &names) {
  std::string out;
  for (const std::string &name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string shortened(std::string text) {
  size_t n = 0;
  for (size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && ++n > shown_characters) return text.substr(0, i) + "…";
  return text;
}

// Some rows of every synthetic table; none of tables that it lacks.
void add_rows(const CompareRequest &request, const ReadComparison &read, core::ReportInput &input) {
  const auto &tables = read.comparison.layout.tables;
  input.heads.resize(tables.size());
  input.rows.resize(tables.size());
  for (size_t t = 0; t < tables.size(); ++t) {
    if (!read.comparison.sides[target_side].tables[t].present) continue;
    const core::Table &table = read.schema.tables[static_cast<size_t>(tables[t].source)];
    size_t schema = 0;
    while (schema + 1 < request.targets.size() && request.sources[schema] != table.schema) ++schema;
    std::string list;
    for (size_t c = 0; c < table.columns.size() && c < shown_columns; ++c) {
      const std::string name = pg::quote_name(table.columns[c].name);
      list += (c ? ", " : "") + ("left(" + name + "::text, " + std::to_string(shown_characters + 1) + ")");
      input.heads[t].push_back(table.columns[c].name);
    }
    if (list.empty()) continue;
    const std::string sql =
        "SELECT " + list + " FROM " + pg::quote_name(request.targets[schema], table.name) + " LIMIT " + std::to_string(shown_rows);
    for (const pg::TextRow &row : pg::query(sql)) {
      std::vector<std::string> &cells = input.rows[t].emplace_back();
      for (const pg::Text &cell : row) cells.push_back(cell ? shortened(*cell) : "NULL");
    }
    pg::check_interrupts();
  }
}

}  // namespace

std::string report(const CompareRequest &request, bool show_source) {
  core::ReportInput input;
  input.source = joined(request.sources);
  input.target = joined(request.targets);
  input.portraits.least_entities = show_source ? 1 : static_cast<uint32_t>(std::max(1, pg::settings().min_count));
  input.portraits.poll = pg::check_interrupts;

  for (const pg::VerifyRow &row : pg::verify(request.sources, request.targets))
    input.constraints.push_back(
        {row.table, row.kind, row.name, row.problem, row.constraint, row.constraint && row.violations.value_or(1) != 0});
  const ReadComparison read = read_comparison(request, "cannot report");
  input.comparison = &read.comparison;
  for (const EvaluateRow &row : evaluate(read))
    input.scores.push_back({row.table, row.object, row.metric, row.detail, row.value, row.floor});
  for (const AuditRow &row : privacy_audit(read, request))
    input.audit.push_back(
        {row.table, row.object, row.metric, row.detail, row.value, row.reference, row.passed.has_value(), row.passed.value_or(false)});
  add_rows(request, read, input);

  auto told = [&](const char *name, const std::string &sql) {
    input.settings.emplace_back(name, pg::to_string(pg::query(sql).at(0).at(0)));
  };
  told("relsynth", "SELECT extversion FROM pg_extension WHERE extname = 'relsynth'");
  told("PostgreSQL", "SELECT current_setting('server_version')");
  told("database", "SELECT current_database()");
  told("made at", "SELECT to_char(now(), 'YYYY-MM-DD HH24:MI TZ')");
  input.settings.emplace_back("config", request.config);
  input.settings.emplace_back("entities that share a value shown", std::to_string(input.portraits.least_entities));
  return core::report_page(input);
}

}  // namespace relsynth
