// The definition of a schema as a graph of objects, which becomes a core::Definition: statements in the names of the source.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/definition.h"
#include "core/error.h"
#include "core/schema.h"
#include "pg/spi.h"

namespace relsynth::pg {

using Oid32 = uint32_t;  // an Oid, where PostgreSQL's headers are not wanted

struct Object {
  // In the order of creation among objects that do not depend on one another.
  enum Kind : uint8_t {
    Collation,
    Dictionary,
    Configuration,
    Shell,        // a range type before its canonical function exists
    DomainCheck,  // as soon as it can be: a domain that a domain over its array uses can no longer be altered
    Type,
    Function,
    Sequence,
    Table,
    Checks,    // of a table
    Attach,    // to its parents: partition or inheritance
    Defaults,  // of a table; sequences get their owners then
    Seal,      // of a table: what comes after the load. Wanted for what it needs
    Unsupported
  };
  Kind kind = Unsupported;
  Oid32 oid = 0;
  std::string schema, name, label;  // label: for messages
  std::vector<int> needs;           // must exist before
  std::vector<int> mentions;        // functions that the body names: wanted too, in any order
  bool wanted = false;
  std::vector<std::string> statements;
};

struct TableColumn {
  std::string name, type, collation, expression, storage, compression, statistics, not_null_name, sequence;
  std::vector<std::string> options;
  bool not_null = false, no_inherit = false, local = false;
  char identity = 0, generated = 0;
  int attnum = 0;
};

struct TableDefinition {
  Oid32 oid = 0;
  char kind = 'r';
  bool unlogged = false, partition = false, inherits_clause = false;  // inherits_clause: CREATE TABLE ... INHERITS gives the column order
  std::string name;                                                   // qualified, quoted
  std::string bound, partition_key, of_type, replica_identity;
  std::vector<std::string> options, toast_options;
  std::vector<Oid32> parents;  // those that are copied
  std::vector<TableColumn> columns;
};

// Everything of the source that the target takes over.
struct Structure {
  std::vector<std::string> sources;
  std::vector<Object> objects;
  std::map<std::pair<std::string, Oid32>, int> at;  // catalog, oid -> object; parts of an object (indexes, defaults, array types ...) too
  std::map<Oid32, TableDefinition> tables;
  std::set<Oid32> left_out;                          // tables of the source schemas that are not copied
  std::set<core::QualifiedName> relation_names;      // of tables, sequences and composite types, in the source
  std::map<core::QualifiedName, std::string> homes;  // every copied object: the source schema whose target it goes to

  int find(const std::string &catalog, Oid32 oid) const {
    auto it = at.find({catalog, oid});
    return it == at.end() ? -1 : it->second;
  }
  int add(Object::Kind kind, const std::string &catalog, Oid32 oid, const std::string &schema, const std::string &name,
          const std::string &label);
  std::string oids(Object::Kind kind, bool wanted = true) const;  // "{1,2}"
  std::string table_oids() const;
  bool is_source(const std::string &schema) const;
};

std::string array_of(const std::vector<std::string> &names);
std::string name_of(const std::string &schema, const std::string &name);  // quoted as needed

// dependencies.cpp: objects of the source schemas, what they need, which of them are wanted. Adds a problem for each object that a wanted
// one needs and that cannot be copied.
Structure read_structure(const core::Schema &schema, core::Problems &problems);
// The wanted objects, each after what it needs.
std::vector<int> creation_order(const Structure &structure);

// target_tables.cpp
void read_tables(Structure &structure);
void define_tables(Structure &structure);

// target_types.cpp: types, functions, sequences, collations, text search objects.
void define_types(Structure &structure);
void define_functions(Structure &structure);
void define_sequences(Structure &structure);

// seal.cpp: statements for after the load.
std::vector<core::Statement> seal_statements(Structure &structure, std::vector<core::Definition::Index> &indexes);

// sequences.cpp: for tables of the target, statements that set their sequences past the data, and ANALYZE.
std::vector<std::string> sequence_statements(const std::vector<Oid32> &relations);

// comments.cpp
std::vector<core::Statement> comment_statements(const Structure &structure);

// replace.cpp: drops what the target has under the names of the definition's objects, all at once and only if nothing else depends on it.
void drop_existing(const core::Definition &definition, const core::NameMap &names);

}  // namespace relsynth::pg
