// The source schema as the catalog has it: what every later stage knows of tables, columns, keys and constraints.
// catalog fills it (src/pg/catalog.cpp); the definitions that only the target needs stay there (src/pg/ddl.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/text_form.h"

namespace relsynth::core {

// What kind of value a column holds, domains resolved to their base type. Decides representation and encoder.
enum class TypeClass : uint8_t {
  Bool,
  Int,
  Numeric,
  Float,
  Money,  // Int: int2, int4, int8, oid
  Date,
  Time,
  TimeTz,
  Timestamp,
  TimestampTz,
  Interval,
  Text,  // text, varchar, char(n), name, citext
  Enum,
  Uuid,
  Json,
  Xml,
  Bytea,
  Bit,
  Array,
  Range,
  Multirange,
  Network,
  Geometric,
  TextSearch,
  Composite,
  Other  // through the type's own input and output functions
};

constexpr bool is_timestamp(TypeClass cls) { return cls == TypeClass::Timestamp || cls == TypeClass::TimestampTz; }
// Points of the calendar.
constexpr bool is_calendar(TypeClass cls) { return cls == TypeClass::Date || is_timestamp(cls); }
constexpr bool is_time(TypeClass cls) { return is_calendar(cls) || cls == TypeClass::Time; }

struct Column {
  std::string name;
  std::string type_name;  // format_type(), schema-qualified
  uint32_t type_oid = 0;  // as declared (a domain's own oid)
  uint32_t base_oid = 0;  // domains resolved
  int32_t typmod = -1;    // of the base type, a domain's typmod included
  TypeClass cls = TypeClass::Other;
  int16_t attnum = 0;
  bool not_null = false;  // the column's or its domain's
  bool domain = false;
  char identity = 0;   // 0, 'a' always, 'd' by default
  char generated = 0;  // 0, 's' stored, 'v' virtual: the server computes it
  bool has_default = false;
  bool serial = false;                 // its default is nextval() of a sequence, or it is an identity column
  bool case_insensitive = false;       // citext or a nondeterministic collation
  int32_t max_length = -1;             // varchar(n), char(n), bit(n): characters; -1 none
  bool blank_padded = false;           // char(n)
  int32_t precision = -1, scale = -1;  // numeric(p,s)
  std::vector<std::string> labels;     // of an enum, in its order; of a text, the values that a check lists
  TextForm form;                       // of a text column that holds dates, times or numbers: `cls` is theirs (typed_text.h)
  std::string comment;
  double distinct = 0;  // pg_stats.n_distinct where known (>0 count, <0 share of rows), else 0
};

// A unique index, whether or not a constraint stands behind it, or an exclusion constraint.
struct UniqueKey {
  std::string name;
  std::vector<int> columns;  // indexes into Table::columns; -1 where the key part is an expression
  bool primary = false;
  bool nulls_not_distinct = false;
  bool partial = false;    // has a predicate
  bool exclusion = false;  // EXCLUDE: operators other than equality
  bool plain() const {     // core itself can check it: equality on columns, all rows
    if (partial || exclusion) return false;
    for (int c : columns)
      if (c < 0) return false;
    return true;
  }
};

struct Check {
  std::string name;
  std::vector<int> columns;  // that it mentions
  std::string expression;    // as deparsed, for messages
  bool validated = true;     // false: NOT VALID or NOT ENFORCED; rows of the source may break it
};

struct ForeignKey {
  std::string name;
  int child = -1, parent = -1;      // indexes into Schema::tables
  std::vector<int> child_columns;   // indexes into the child's columns, in the order of the constraint
  std::vector<int> parent_columns;  // the referenced columns, same order
  bool match_full = false;
  bool nullable = false;  // at least one child column may be NULL
  bool deferrable = false;
  char on_delete = 'a';   // pg_constraint.confdeltype
  bool declared = false;  // by config "relationships", not by the catalog
  bool validated = true;  // false: NOT VALID or NOT ENFORCED; rows of the source may break it
  // Of partitioned tables: the one partition that has the key, qualified and quoted; the one that it refers to, schema and name.
  std::string only_in;
  std::pair<std::string, std::string> only_to;
  bool self() const { return child == parent; }
};

// A foreign key to a table that "include" or "exclude" leaves out: the target goes without.
struct LostKey {
  std::string name, parent;  // the parent's name qualified, as printed
  int child = -1;
};

enum class TableKind : uint8_t { Plain, Partitioned, Foreign };

struct Table {
  std::string schema, name;
  uint32_t oid = 0;
  TableKind kind = TableKind::Plain;
  bool external = false;        // outside the chosen schemas, here only because a foreign key leads to it
  bool only = false;            // inheritance parent: scan ONLY it
  bool row_security = false;    // a policy hides rows from this user
  std::vector<Column> columns;  // dropped ones left out
  std::vector<UniqueKey> keys;  // the primary key first
  std::vector<Check> checks;
  std::vector<int> foreign_keys;  // indexes into Schema::foreign_keys where child is this table
  double estimated_rows = 0;      // reltuples, partitions summed; a count where never analyzed and small
  std::string comment;

  std::string qualified() const { return schema + "." + name; }  // for messages and stream keys; not quoted
  int column_index(const std::string &column) const {
    for (size_t i = 0; i < columns.size(); ++i)
      if (columns[i].name == column) return static_cast<int>(i);
    return -1;
  }
  const UniqueKey *primary_key() const { return !keys.empty() && keys.front().primary ? &keys.front() : nullptr; }
};

// Logical tables only: a partitioned table is one Table, its leaves are the server's affair. A foreign key that every or some
// leaves carry is lifted to the partitioned table.
struct Schema {
  std::vector<std::string> names;        // the chosen source schemas, in the order given
  std::vector<Table> tables;             // ordered by schema and name; external ones last
  std::vector<ForeignKey> foreign_keys;  // ordered by child table and name
  std::vector<ForeignKey> implied;       // those that hold by the others alone (core/implied.h): in no table's list, never assigned
  std::vector<LostKey> lost;             // in the order of child table and name
};

}  // namespace relsynth::core
