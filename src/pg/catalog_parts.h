// What the parts of catalog share: the relations found, and reads of catalog cells.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/config.h"
#include "core/error.h"
#include "core/schema.h"

#include "pg/spi.h"

namespace relsynth::pg {

// A logical table before its parts are read.
struct Found {
  uint32_t oid = 0;
  std::string schema, name;
  char kind = 'r';  // pg_class.relkind
  bool external = false;
  bool readable = false;  // SELECT on every column (external: on some)
  bool only = false, row_security = false;
  std::string comment;
  bool operator==(const Found &) const = default;
};

struct FoundTables {
  std::vector<Found> tables;                // in the order of Schema::tables
  std::map<uint32_t, int> logical;          // oid of a table, or of a partition at any level -> position in tables
  std::vector<uint32_t> relations() const;  // all oids, ascending
  bool operator==(const FoundTables &) const = default;
};

inline int to_int(const Text &t) { return t ? std::stoi(*t) : 0; }
inline double to_double(const Text &t) { return t ? std::stod(*t) : 0; }
inline char to_char(const Text &t) { return t && !t->empty() ? (*t)[0] : 0; }
std::string oid_array(const std::vector<uint32_t> &oids);       // {1,2}
std::string text_array(const std::vector<std::string> &texts);  // {"a","b"}
std::string from_clause(const core::Table &table);              // [ONLY ]schema.name
int column_of(const core::Table &table, int attnum);            // position; -1 for an expression or a system column
std::string list_names(const std::vector<std::string> &names);  // a, b

// Unknown and system schemas, and those without USAGE.
void check_schemas(const std::vector<std::string> &names, core::Problems &problems);

// Tables of the schemas that config chooses, and the parents outside that foreign keys lead to.
FoundTables find_tables(const std::vector<std::string> &names, const core::Config &config);

// Tables with their columns and types.
std::vector<core::Table> read_tables(const FoundTables &found);

// Primary, unique and exclusion keys and checks of every table.
void read_keys(core::Schema &schema, const FoundTables &found);
void read_checks(core::Schema &schema);

// Foreign keys, those of partitions lifted to their table; then the declared ones.
void read_foreign_keys(core::Schema &schema, const FoundTables &found, const core::Config &config, core::Problems &problems);

// Row estimates and numbers of distinct values.
void read_statistics(core::Schema &schema, const FoundTables &found);

}  // namespace relsynth::pg
