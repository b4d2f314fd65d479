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

struct ColumnConfig {
  std::map<std::string, double> values;  // "values": category weights
  std::string role;                      // "role": "email", "name", "phone", "code", "text", "key", "model" ...
  std::string pattern;                   // "pattern": "P[A-Z]{2}-[0-9]{5}"
  std::string text;                      // "text": "null" | "pattern" | "learn"
};

struct TableConfig {
  std::optional<int64_t> rows;
  std::optional<double> scale;
  std::string driver;                 // foreign key name
  std::vector<std::string> order_by;  // columns that order the rows of a group
  std::map<std::string, ColumnConfig> columns;
};

struct RelationshipConfig {  // a foreign key the catalog lacks: "notes(doc_id)" -> "posts(id)"
  std::string child_table, parent_table;
  std::vector<std::string> child_columns, parent_columns;
};

struct Config {
  bool keep_lookups = true;                         // "lookups": "keep" (default) | "learn"
  bool reference_outside = true;                    // "outside": "reference" (default) | "error"
  std::vector<std::string> include, exclude, keep;  // LIKE patterns on table names
  int64_t sample_rows = 0;                          // 0: the setting relsynth.sample_rows
  int min_count = 0;                                // "privacy": {"min_count"}; 0: the setting relsynth.min_count
  std::map<std::string, TableConfig> tables;
  std::vector<RelationshipConfig> relationships;
};

// Parses and checks the document's form; collects every problem (unknown keys with the nearest, wrong value types, bad numbers).
Config parse_config(const std::string &json, Problems &problems);

// Checks names in the config against the schema: tables, columns, foreign keys, relationships.
void check_config(const Config &config, const Schema &schema, Problems &problems);

// SQL LIKE with % and _ , case-sensitive.
bool like(const std::string &text, const std::string &pattern);

// The candidate with the smallest edit distance to `word`, or "" if none is near.
std::string nearest(const std::string &word, const std::vector<std::string> &candidates);

}  // namespace relsynth::core
