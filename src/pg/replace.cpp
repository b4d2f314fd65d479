// Mode replace: what the target has under the names of the source's objects goes, in one deletion, so that the objects may depend on one
// another in any way while a dependant outside of them is an error (2BP01).
#include "pg/structure.h"

#include "pg/guard.h"
#include "pg/scope.h"

namespace relsynth::pg {

namespace {

struct Doomed {
  Oid catalog, oid;
};

// Names in one target schema; others: collations, text search objects.
struct Names {
  std::vector<std::string> relations, types, functions, others;
};

std::map<std::string, Names> names_by_target(const core::Definition &definition, const core::NameMap &names) {
  std::map<std::string, Names> out;
  auto add = [&](const std::vector<core::QualifiedName> &objects, std::vector<std::string> Names::*list) {
    for (const core::QualifiedName &from : objects)
      if (auto to = names.find(from); to != names.end()) (out[to->second.first].*list).push_back(to->second.second);
  };
  add(definition.relations, &Names::relations);
  add(definition.types, &Names::types);
  add(definition.routines, &Names::functions);
  add(definition.others, &Names::others);
  return out;
}

std::vector<TextRow> read_doomed(const std::string &schema, const Names &names) {
  return query(
      "WITH d AS (SELECT 'pg_class'::regclass AS catalog, c.oid, relowner AS owner, relnamespace AS ns FROM pg_class c"
      "   WHERE relname = ANY ($2::text[]) AND relkind IN ('r', 'p', 'f', 'S')"
      "  UNION ALL SELECT 'pg_type'::regclass, t.oid, typowner, typnamespace FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid"
      "   WHERE (typname = ANY ($3::text[]) OR typname = ANY ($2::text[])) AND (typtype IN ('e', 'd', 'r') OR c.relkind = 'c')"
      "  UNION ALL SELECT 'pg_proc'::regclass, p.oid, proowner, pronamespace FROM pg_proc p WHERE proname = ANY ($4::text[])"
      "  UNION ALL SELECT 'pg_collation'::regclass, oid, collowner, collnamespace FROM pg_collation WHERE collname = ANY ($5::text[])"
      "  UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictowner, dictnamespace FROM pg_ts_dict WHERE dictname = ANY ($5::text[])"
      "  UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgowner, cfgnamespace FROM pg_ts_config WHERE cfgname = ANY ($5::text[]))"
      " SELECT d.catalog::oid, d.oid, pg_has_role(d.owner, 'USAGE') OR pg_has_role(n.nspowner, 'USAGE'), pg_describe_object(d.catalog, "
      "d.oid, 0)"
      " FROM d JOIN pg_namespace n ON n.oid = d.ns WHERE n.nspname = $1 ORDER BY 1, 2",
      {schema, array_of(names.relations), array_of(names.types), array_of(names.functions), array_of(names.others)});
}

}  // namespace

void drop_existing(const core::Definition &definition, const core::NameMap &names) {
  OwnSnapshot now;
  std::vector<Doomed> doomed;
  std::vector<std::string> foreign;
  for (const auto &[schema, of_schema] : names_by_target(definition, names)) {
    for (const TextRow &r : read_doomed(schema, of_schema)) {
      doomed.push_back({to_oid(r[0]), to_oid(r[1])});
      if (!is_true(r[2])) foreign.push_back(to_string(r[3]));
    }
  }
  if (!foreign.empty())
    throw core::Error(
        core::sqlstate::insufficient_privilege, "must be owner of " + foreign.front(),
        foreign.size() == 1 ? "" : std::to_string(foreign.size()) + " objects that mode \"replace\" would drop belong to others.");
  if (doomed.empty()) return;
  const Doomed *list = doomed.data();
  size_t n = doomed.size();
  call([=] {
    ObjectAddresses *objects = new_object_addresses();
    for (size_t i = 0; i < n; ++i) {
      ObjectAddress address{list[i].catalog, list[i].oid, 0};
      add_exact_object_address(&address, objects);
    }
    performMultipleDeletions(objects, DROP_RESTRICT, 0);
    free_object_addresses(objects);
    CommandCounterIncrement();
  });
}

}  // namespace relsynth::pg
