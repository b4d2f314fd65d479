// verify: the counterparts of names, counts of violations, differences of definitions, merged into rows.
#include "pg/verify.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/error.h"
#include "pg/catalog.h"
#include "pg/catalog_parts.h"
#include "pg/scope.h"

namespace relsynth::pg {

namespace {

namespace state = core::sqlstate;

std::map<std::string, std::string> pair_schemas(const std::vector<std::string> &sources, const std::vector<std::string> &targets) {
  if (targets.size() != 1 && targets.size() != sources.size())
    throw core::Error(state::invalid_parameter_value, "number of target schemas does not fit the number of source schemas",
                      std::to_string(sources.size()) + " source schemas, " + std::to_string(targets.size()) + " target schemas.",
                      "Give one target for all source schemas, or one for each.");
  std::map<std::string, std::string> out;
  for (size_t i = 0; i < sources.size(); ++i) out[sources[i]] = targets[targets.size() == 1 ? 0 : i];
  return out;
}

// Relations, types, functions and what else definitions mention of the schemas; members of extensions stay where they are.
std::set<core::QualifiedName> names_in(const std::vector<std::string> &schemas) {
  std::set<core::QualifiedName> names;
  for (const TextRow &row :
       query("SELECT n.nspname, o.name FROM (SELECT relnamespace, relname, oid, 'pg_catalog.pg_class'::pg_catalog.regclass FROM "
             "pg_catalog.pg_class UNION ALL SELECT typnamespace, typname, oid, 'pg_catalog.pg_type'::pg_catalog.regclass FROM "
             "pg_catalog.pg_type UNION ALL SELECT pronamespace, proname, oid, 'pg_catalog.pg_proc'::pg_catalog.regclass FROM "
             "pg_catalog.pg_proc UNION ALL SELECT collnamespace, collname, oid, 'pg_catalog.pg_collation'::pg_catalog.regclass FROM "
             "pg_catalog.pg_collation UNION ALL SELECT cfgnamespace, cfgname, oid, 'pg_catalog.pg_ts_config'::pg_catalog.regclass FROM "
             "pg_catalog.pg_ts_config UNION ALL SELECT dictnamespace, dictname, oid, 'pg_catalog.pg_ts_dict'::pg_catalog.regclass FROM "
             "pg_catalog.pg_ts_dict) o(nsp, name, oid, class) JOIN pg_catalog.pg_namespace n ON n.oid = o.nsp"
             " WHERE n.nspname IN (SELECT pg_catalog.unnest($1::pg_catalog.text[])) AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"
             "  WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')",
             {text_array(schemas)}))
    names.emplace(to_string(row[0]), to_string(row[1]));
  return names;
}

Counterparts find_counterparts(const std::map<std::string, std::string> &schemas) {
  Counterparts out;
  out.schemas = schemas;
  const std::set<core::QualifiedName> there = names_in(values_of(schemas));
  for (const core::QualifiedName &name : names_in(keys_of(schemas))) {
    core::QualifiedName to{schemas.at(name.first), name.second};
    out.names[name] = to;
    if (there.count(to)) out.present[name] = to;
  }
  return out;
}

}  // namespace

std::vector<std::string> keys_of(const std::map<std::string, std::string> &map) {
  std::vector<std::string> out;
  for (const auto &[from, to] : map) out.push_back(from);
  return out;
}

std::vector<std::string> values_of(const std::map<std::string, std::string> &map) {
  std::set<std::string> out;
  for (const auto &[from, to] : map) out.insert(to);
  return {out.begin(), out.end()};
}

std::vector<VerifyRow> verify(const std::vector<std::string> &sources, const std::vector<std::string> &targets) {
  const std::map<std::string, std::string> schemas = pair_schemas(sources, targets);
  SharedSnapshot snapshot;
  core::Problems problems;
  for (const std::vector<std::string> &side : {sources, values_of(schemas)}) read_schema(side, {}, snapshot, problems);
  core::raise_if_any(problems, "cannot verify");

  Settings settings;
  settings.set("search_path", "pg_catalog, pg_temp");  // every name of another schema is printed, and found, qualified
  settings.set("extra_float_digits", "1");
  const Counterparts counterparts = find_counterparts(schemas);
  std::vector<VerifyRow> rows = count_violations(counterparts);
  std::map<std::tuple<std::string, std::string, std::string>, size_t> counted;
  for (size_t i = 0; i < rows.size(); ++i) counted[{rows[i].table, rows[i].kind, rows[i].name}] = i;
  for (VerifyRow &difference : compare_definitions(counterparts)) {
    auto it = counted.find({difference.table, difference.kind, difference.name});
    if (it == counted.end())
      rows.push_back(std::move(difference));
    else if (rows[it->second].problem.empty())
      rows[it->second].problem = difference.problem;
  }
  std::stable_sort(rows.begin(), rows.end(), [](const VerifyRow &a, const VerifyRow &b) { return a.table < b.table; });
  return rows;
}

}  // namespace relsynth::pg
