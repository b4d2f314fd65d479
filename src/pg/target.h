// The target schema: everything that must exist before rows go in (create_target) and after (seal). Definitions come from the server's own
// deparser and are re-pointed from source to target objects (core/repoint.h), so that the target stands alone.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/repoint.h"
#include "core/schema.h"

namespace relsynth::pg {

enum class Mode { Create, Replace, Append };

struct Target {
  std::vector<std::string> sources, targets;  // schema names; one target for all sources, or one each
  Mode mode = Mode::Create;
  core::NameMap names;                  // every copied object: (schema, name) in the source -> in the target
  std::vector<uint32_t> relations;      // per Schema::tables: oid in the target; 0 for external and skipped tables
  std::vector<std::string> after_load;  // statements of seal(), in order: constraints, indexes, foreign keys, comments ...
};

// Problems before anything is done: target = source 22023, no CREATE privilege 42501, objects of the same name exist 42P07 (Create), two
// source schemas have a table of one name and share a target 42P07, tables missing or different (Append) 42P01.
void check_target(const core::Schema &schema, const std::vector<std::string> &targets, Mode mode, core::Problems &problems);

// Creates schema(s), types, functions, sequences and tables with columns, defaults, NOT NULL, CHECK and generated expressions, all levels of
// partitions and inheritance. Replace drops the tables, types, sequences and functions of the same names first. `skipped` marks tables left out.
Target create_target(const core::Schema &schema, const std::vector<std::string> &targets, Mode mode, const std::vector<bool> &skipped);

// After the load: primary keys, unique and exclusion constraints, indexes, foreign keys (VALID: the server proves them), comments,
// statistics objects, sequences past the data, ANALYZE. `progress` is told each statement's object.
void seal(const core::Schema &schema, const Target &target, const std::function<void(const std::string &)> &progress);

}  // namespace relsynth::pg
