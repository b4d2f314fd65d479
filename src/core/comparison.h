// Two (or three) databases of one schema in a form that can be compared: the value that evaluate, and whatever else judges synthetic data,
// is computed from.
//
//   Layout      what is compared: the source's tables, columns with their kinds, links (foreign keys between compared tables)
//   Side        the rows of one database: values of every column as numbers or level numbers, parents as row numbers
//   Comparison  the layout, the levels that all sides share, and the sides: the source first, then the target, perhaps a holdout
//   View        some rows of a side: all of them, or the half of its entities that is held against the other
//
// Measures (metrics_*.h) take a Comparison and two views, and never look at types, names of schemas or key values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/data.h"
#include "core/plan.h"
#include "core/schema.h"

namespace relsynth::core {

// How values of a column are compared.
enum class ValueKind : uint8_t {
  Number,    // numbers, money, times of day, intervals in seconds
  Time,      // dates and timestamps, in seconds
  Length,    // arrays by their elements, documents and bytes by their length
  Category,  // levels
  Text,      // too many levels to compare one by one: compared by its shape
  Key        // foreign keys, one-column primary keys, unique uuids: values say nothing
};
constexpr bool is_numeric(ValueKind kind) { return kind <= ValueKind::Length; }
// Kinds whose values are set beside those of other columns: of texts and lengths only their own shape is compared.
constexpr bool is_paired(ValueKind kind) { return kind == ValueKind::Number || kind == ValueKind::Time || kind == ValueKind::Category; }

struct ComparedColumn {
  std::string name;
  ValueKind kind = ValueKind::Key;
  TypeClass cls = TypeClass::Other;
};

// A foreign key between two compared tables.
struct ComparedLink {
  std::string name, label;  // label: child(column, ...) -> parent
  int source = -1;          // index into Schema::foreign_keys
  int child = -1, parent = -1;
  int position = -1;  // among the links of the child
  bool self() const { return child == parent; }
};

struct ComparedTable {
  int source = -1;   // index into Schema::tables
  std::string name;  // with its schema where there are several
  std::vector<ComparedColumn> columns;
  std::vector<int> links;     // where this table is the child
  std::vector<int> children;  // where it is the parent
  int driver = -1;            // the link that leads to the table's entity, -1: its rows are entities
};

struct ComparedLayout {
  std::vector<ComparedTable> tables;
  std::vector<ComparedLink> links;
  std::vector<int> order;  // tables, parents first along drivers
};

// Values of a column, one of the two by its kind; both empty for keys.
struct ComparedValues {
  std::vector<double> numbers;  // NaN: NULL, or not finite
  std::vector<int32_t> levels;  // index into Comparison::levels, -1: NULL
};

struct SideTable {
  bool present = false;                       // the database has the table
  size_t rows = 0, total_rows = 0;            // read, and in the table
  std::vector<ComparedValues> columns;        // one per ComparedTable::columns; all NULL where the table lacks the column
  std::vector<std::vector<int32_t>> parents;  // per ComparedTable::links: row of the parent, no_parent, unknown_parent
  std::vector<uint32_t> entity;               // of each row: the root it hangs on along drivers, numbered over all tables
  std::vector<std::vector<uint32_t>> counts;  // per ComparedTable::children: number of children, over the whole child table
};

struct Side {
  std::string name;  // of the schema, for messages
  std::vector<SideTable> tables;
};

// Texts of the levels of a column, in the order in which they were met.
struct Levels {
  std::vector<std::string> texts;
  std::unordered_map<std::string, int32_t> at;
  int32_t of(std::string_view text);
};

struct Comparison {
  ComparedLayout layout;
  std::vector<std::vector<Levels>> levels;  // per table and column; of categories and texts
  std::vector<Side> sides;
};

// Rows of a side that a measure looks at, per table. Rows refer to parents that are not among them: a parent is looked up in the side.
struct View {
  const Side *side = nullptr;
  std::vector<std::vector<uint32_t>> rows;
  bool whole = true;            // all rows of the side: its counts of children stand
  std::vector<uint8_t> shared;  // per table: of two halves, both have all of its rows
  bool is_shared(int table) const { return !shared.empty() && shared[table]; }
};

// What is compared of a source, kinds apart: tables outside and keys that hold by others are left out. Of `plan` only drivers and order.
ComparedLayout make_layout(const Schema &schema, const Plan &plan);

// A schema as it is scanned for a comparison: the keys of the source on the relations, columns and types of `there`. Tables and columns that
// are not there are left out. Nothing is generated, unproven or outside in it, so that every column is read and no row refused.
struct Counterpart {
  Schema schema;
  Plan plan;
  std::vector<int> table;                // per compared table: its index in `schema`, -1
  std::vector<std::vector<int>> column;  // per compared table and column
  std::vector<int> key;                  // per link: index into schema.foreign_keys, -1
};
// `schemas`: the schema of `there` that stands for each of the source's.
Counterpart make_counterpart(const ComparedLayout &layout, const Schema &source, const Schema &there,
                             const std::map<std::string, std::string> &schemas, int64_t sample_rows);

// Adds a side. The first one settles the kinds of all columns.
void add_side(Comparison &comparison, const std::string &name, const Counterpart &counterpart, SourceData data);

// Sets the entities of all rows; add_side() does.
void number_entities(const ComparedLayout &layout, Side &side);

View whole_view(const Side &side);

// The entities of a side in two halves by a hash: rows of a table follow those they hang on along drivers. Tables of fewer than `least` rows
// that hang on none are whole in both; rows that hang on those are entities of their own.
std::pair<View, View> halves(const Comparison &comparison, const Side &side, size_t least);

// At most `most` of the rows, drawn by `salt`; in a random order.
std::vector<uint32_t> some_rows(const std::vector<uint32_t> &rows, size_t most, uint64_t salt);

}  // namespace relsynth::core
