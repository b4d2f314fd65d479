// The config document (jsonb) as a typed value. The catalog is the configuration; the document overrides it.
// docs/config.md lists the keys. An unknown key is an error whose hint names the nearest known one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/schema.h"

namespace relsynth::core {

struct TableConfig {
  std::optional<int64_t> rows;
  std::optional<double> scale;
  std::string driver;                 // foreign key name
  std::vector<std::string> order_by;  // columns that order the rows of a group
};

// A foreign key the catalog lacks: "notes(doc_id)" -> "posts(id)". Tables are "table" or "schema.table", unquoted here; see find_table().
struct RelationshipConfig {
  std::string child_table, parent_table;
  std::vector<std::string> child_columns, parent_columns;
};

struct Config {
  bool keep_lookups = true;                         // "lookups": "keep" (default) | "learn"
  bool reference_outside = true;                    // "outside": "reference" (default) | "error"
  std::vector<std::string> include, exclude, keep;  // LIKE patterns on table names
  int64_t sample_rows = 0;                          // 0: the setting relsynth.sample_rows
  bool rules = true;                                // "rules": false for none
  std::vector<std::string> without_rules;           // "rules": [...]: "table.column"
  int min_count = 0;                                // "privacy": {"min_count"}; 0: the setting relsynth.min_count
  std::map<std::string, TableConfig> tables;
  std::vector<RelationshipConfig> relationships;
};

// Parses and checks the document's form; collects every problem (unknown keys with the nearest, wrong value types, bad numbers).
Config parse_config(const std::string &json, Problems &problems);

// Checks names in the config against the schema: tables, columns, foreign keys. Relationships are the catalog's to resolve and check.
void check_config(const Config &config, const Schema &schema, Problems &problems);

// A problem for each key that has its effect when a model is trained, in a document for generation: of a table "rows" and "scale" are left.
void check_generation_config(const Config &config, Problems &problems);

// The table that a config name, "table" or "schema.table", means; -1 none, -2 several. External tables are found by their full name only.
int find_table(const Schema &schema, const std::string &name);

// The table that a row type is of: that of its own name and schema, or the only one of its name; -1 after a problem. Its columns must be the
// table's, though not all of them.
int find_like(const Schema &schema, const std::pair<std::string, std::string> &name, const std::vector<std::string> &columns,
              Problems &problems);

// SQL LIKE with % and _ and backslash as escape, case-sensitive.
bool like(const std::string &text, const std::string &pattern);

// The candidate with the smallest edit distance to `word`, or "" if none is near.
std::string nearest(const std::string &word, const std::vector<std::string> &candidates);

}  // namespace relsynth::core
