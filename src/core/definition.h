// The definition of a schema: statements in the names of the source that make its target, on this server or on another one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/repoint.h"

namespace relsynth::core {

struct Statement {
  enum class Kind : uint8_t {
    Plain,
    Routine,    // CREATE FUNCTION or PROCEDURE: names in its body are re-pointed too
    SearchPath  // a search path for routines follows
  };
  std::string sql;
  Kind kind = Kind::Plain;
  QualifiedName index = {};  // whose name in the target stands at `at`, without its schema; empty: none
  size_t at = 0;
};

struct Definition {
  struct Index {
    QualifiedName name;
    std::string home;
  };
  std::vector<std::string> sources;                           // schemas
  std::map<QualifiedName, std::string> homes;                 // every copied object: the source schema whose target it goes to
  std::vector<QualifiedName> relations;                       // of these: tables, sequences and composite types ...
  std::vector<QualifiedName> types, routines;                 // ... types, routines ...
  std::vector<QualifiedName> others;                          // ... collations and text search objects
  std::vector<Index> indexes;                                 // in the order in which they get their names in the target
  std::map<QualifiedName, std::vector<std::string>> columns;  // per table: "name type"
  std::vector<Statement> creation;                            // before the load
  std::vector<Statement> sealing;                             // after it: constraints, indexes, foreign keys, comments ...
};

}  // namespace relsynth::core
