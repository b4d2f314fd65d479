// verify: two schemas -> every constraint of the source with its violations in the target, and what differs in their definitions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/repoint.h"

#include "pg/spi.h"

namespace relsynth::pg {

// A row of relsynth.verify(). All is well where `violations` is 0 and `problem` is empty.
struct VerifyRow {
  std::string table, kind, name;
  std::optional<int64_t> violations;  // none: no constraint, or one that cannot be counted
  std::string problem;                // "missing in the target", "is integer, not bigint", "NOT VALID" ...
  bool constraint = false;            // its rows are counted, or would be if they could
};

// Counts with set-based SQL, with the rights of the caller, and changes nothing. Needs an open Spi and a SharedSnapshot.
// Problems: unknown schemas 3F000, none of the tables there 42P01, tables that may not be read 42501, numbers of schemas that differ 22023.
std::vector<VerifyRow> verify(const std::vector<std::string> &sources, const std::vector<std::string> &targets);

// What the parts of verify share: which schema of the target stands for which of the source, and the names that go over.
struct Counterparts {
  std::map<std::string, std::string> schemas;  // source -> target
  core::NameMap names;                         // all relations, types, functions ... of the sources
  core::NameMap present;                       // those of them that the target has: for expressions that are to run there
};

// constraint_counts.cpp: a row per constraint of the source; name as in the source.
std::vector<VerifyRow> count_violations(const Counterparts &counterparts);

// definitions.cpp: a row per difference; of constraints and unique indexes under the kind and name that count_violations() has.
std::vector<VerifyRow> compare_definitions(const Counterparts &counterparts);

std::vector<std::string> keys_of(const std::map<std::string, std::string> &map);
std::vector<std::string> values_of(const std::map<std::string, std::string> &map);  // each once

}  // namespace relsynth::pg
