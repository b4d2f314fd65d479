// The target schema: everything that must exist before rows go in (create_target) and after (seal). Definitions come from the server's own
// deparser and are re-pointed from source to target objects (core/repoint.h), so that the target stands alone.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/definition.h"
#include "core/error.h"
#include "core/schema.h"

namespace relsynth::pg {

enum class Mode { Create, Replace, Append };

struct Target {
  std::vector<std::string> targets;  // schema names; one for all sources, or one each
  Mode mode = Mode::Create;
  core::NameMap names;                  // every copied object: (schema, name) in the source -> in the target
  std::vector<uint32_t> relations;      // per Schema::tables: oid in the target; 0 for external and skipped tables
  std::vector<std::string> after_load;  // statements of seal(), in order: constraints, indexes, foreign keys, comments ...
};

// What the server says of the schema's objects, as statements; these only where no problem is added, one for each object that is needed and
// cannot be copied.
core::Definition read_definition(const core::Schema &schema, core::Problems &problems);

// Problems before anything is done: a target among the schemas that must stay apart 22023, no CREATE privilege 42501, objects of the same name exist 42P07 (Create), two
// source schemas have a table of one name and share a target 42P07, tables missing or different (Append) 42P01.
void check_target(const core::Schema &schema, const core::Definition &definition, const std::vector<std::string> &targets, Mode mode,
                  const std::vector<std::string> &apart, core::Problems &problems);

// Creates schema(s), types, functions, sequences and tables with columns, defaults, NOT NULL, CHECK and generated expressions, all levels of
// partitions and inheritance. Replace drops the tables, types, sequences and functions of the same names first.
Target create_target(const core::Schema &schema, const core::Definition &definition, const std::vector<std::string> &targets, Mode mode);

// After the load: primary keys, unique and exclusion constraints, indexes, foreign keys (VALID: the server proves them), comments,
// statistics objects, sequences past the data, ANALYZE. `progress` is told each statement's object.
void seal(const Target &target, const std::function<void(const std::string &)> &progress);

}  // namespace relsynth::pg
