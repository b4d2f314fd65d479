// catalog: schema names + config -> core::Schema. Finds and locks the tables, then reads them part by part.
#include "pg/catalog.h"

#include <algorithm>
#include <set>

#include "pg/catalog_parts.h"
#include "pg/guard.h"
#include "pg/interrupt.h"

namespace relsynth::pg {

namespace {

namespace state = core::sqlstate;

// One name from text[at ...], up to its comma; `at` is left behind it.
std::string next_name(const std::string &text, size_t &at) {
  std::string name;
  size_t keep = 0;  // what was quoted is not trimmed
  while (at < text.size() && text[at] == ' ') ++at;
  for (bool quoted = false; at < text.size() && (quoted || text[at] != ','); ++at) {
    bool doubled = text[at] == '"' && quoted && at + 1 < text.size() && text[at + 1] == '"';
    if (text[at] == '"' && !doubled) {
      quoted = !quoted;
      keep = name.size();
      continue;
    }
    name += text[at];
    if (doubled) ++at;
  }
  ++at;
  while (name.size() > keep && name.back() == ' ') name.pop_back();
  return name;
}

void lock(const FoundTables &found) {
  std::vector<uint32_t> oids;
  for (uint32_t oid : found.relations())
    if (found.tables[found.logical.at(oid)].readable) oids.push_back(oid);
  for (uint32_t oid : oids) {
    check_interrupts();
    call([=] { LockRelationOid(oid, AccessShareLock); });
  }
}

void check_still_there(const FoundTables &found) {
  for (const auto &[oid, index] : found.logical) {
    Oid relation = oid;
    if (call([=] { return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)); })) continue;
    const Found &table = found.tables[index];
    throw core::Error(state::undefined_table, "table \"" + table.schema + "." + table.name + "\" has been dropped meanwhile",
                      "Another session dropped it, or a partition of it, while its schema was being read.", "Try again.");
  }
}

// Finds and locks until what was found is what is locked: names and partitions may change while a lock is waited for.
FoundTables find_and_lock(const std::vector<std::string> &names, const core::Config &config, SharedSnapshot &snapshot) {
  FoundTables found = find_tables(names, config);
  for (;;) {
    lock(found);
    check_still_there(found);
    snapshot.renew();
    FoundTables again = find_tables(names, config);
    if (again == found) return found;
    found = std::move(again);
  }
}

void check_tables(const std::vector<std::string> &names, const core::Config &config, const FoundTables &found, core::Problems &problems) {
  bool any = false;
  std::set<std::string> outside;
  for (const Found &table : found.tables) {
    any = any || !table.external;
    if (table.external) outside.insert(table.schema);
    if (!table.readable)
      problems.push_back({state::insufficient_privilege, "permission denied for table " + table.schema + "." + table.name,
                          "Every column of the table must be readable.", "Grant SELECT on the table, or exclude it."});
  }
  if (!any) {
    bool filtered = !config.include.empty() || !config.exclude.empty();
    problems.push_back({state::undefined_table,
                        "no table found in schema " + list_names(names),
                        {},
                        filtered ? "Check \"include\" and \"exclude\" in the config." : ""});
  }
  for (const std::string &name : names) outside.erase(name);
  std::vector<std::string> schemas(outside.begin(), outside.end());
  if (!schemas.empty()) check_schemas(schemas, problems);
}

}  // namespace

void check_schemas(const std::vector<std::string> &names, core::Problems &problems) {
  std::map<std::string, bool> usable;
  for (const TextRow &row : query("SELECT nspname, pg_catalog.has_schema_privilege(oid, 'USAGE') FROM pg_catalog.pg_namespace"
                                  " WHERE nspname IN (SELECT pg_catalog.unnest($1::pg_catalog.text[]))",
                                  {text_array(names)}))
    usable[to_string(row[0])] = is_true(row[1]);
  for (const std::string &name : names) {
    auto found = usable.find(name);
    if (found == usable.end())
      problems.push_back({state::invalid_schema_name, "schema \"" + name + "\" does not exist", {}, {}});
    else if (name == "information_schema" || name.starts_with("pg_"))  // pg_temp_3 too: nothing permanent can refer to its tables
      problems.push_back(
          {state::invalid_parameter_value, "schema \"" + name + "\" belongs to the system", {}, "Name schemas with tables of your own."});
    else if (!found->second)
      problems.push_back({state::insufficient_privilege, "permission denied for schema " + name, {}, "Grant USAGE on the schema."});
  }
}

std::vector<std::string> parse_schema_names(const std::string &text, const char *argument) {
  if (std::count(text.begin(), text.end(), '"') % 2 != 0)
    throw core::Error(core::sqlstate::invalid_parameter_value, std::string("argument \"") + argument + "\" has a quote that is not closed",
                      "Its value is " + text + ".", "Names are separated by commas; quote those that hold commas or blanks.");
  std::vector<std::string> names;
  for (size_t at = 0; at < text.size();) {
    std::string name = next_name(text, at);
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  if (names.empty()) throw core::Error(state::invalid_parameter_value, std::string("argument \"") + argument + "\" names no schema");
  return names;
}

core::Schema read_schema(const std::vector<std::string> &names, const core::Config &config, SharedSnapshot &snapshot,
                         core::Problems &problems) {
  Settings settings;
  settings.set("search_path", "pg_catalog, pg_temp");  // so that every name outside pg_catalog is printed qualified
  core::Schema schema;
  schema.names = names;
  size_t before = problems.size();
  check_schemas(names, problems);
  if (problems.size() > before) return schema;
  FoundTables found = find_and_lock(names, config, snapshot);
  check_tables(names, config, found, problems);
  if (problems.size() > before) return schema;
  schema.tables = read_tables(found);
  read_keys(schema, found);
  read_checks(schema);
  read_foreign_keys(schema, found, config, problems);
  read_statistics(schema, found);
  return schema;
}

}  // namespace relsynth::pg
