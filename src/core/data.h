// Columns of values in memory: what scan reads and what sample gives back to be written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/schema.h"

namespace relsynth::core {

// How values of a column are held. Int: bool 0/1; int2/4/8, oid; money in its smallest unit; date in days and time in microseconds
// since midnight; timestamp(tz) in microseconds since 2000-01-01 (PostgreSQL's own epochs; infinity is INT64_MIN and INT64_MAX,
// for date also). Float: float4/8 and numeric, with NaN and infinities. Text: everything else, as the type's output function prints it; of
// text and bytea beyond 64 kB only the beginning.
enum class Repr : uint8_t { Int, Float, Text };

constexpr Repr repr_of(TypeClass cls) {
  switch (cls) {
    case TypeClass::Bool:
    case TypeClass::Int:
    case TypeClass::Money:
    case TypeClass::Date:
    case TypeClass::Time:
    case TypeClass::Timestamp:
    case TypeClass::TimestampTz: return Repr::Int;
    case TypeClass::Numeric:
    case TypeClass::Float: return Repr::Float;
    default: return Repr::Text;
  }
}

// How the numerics of a column are printed: whether with zeros at the end or without.
class Scales {
 public:
  static constexpr int most = 16;
  // A number other than 0 with its display scale, and the scale it needs.
  void add(int scale, int needed);
  // Decimals that are printed even where they are zeros: of the numbers that need fewer, at least half have them.
  int padded() const;

 private:
  uint64_t shown_[most] = {}, needed_[most] = {};  // numbers by scale
};

// A column as read: texts are interned (ids index pool).
struct SourceColumn {
  Repr repr = Repr::Int;
  std::vector<int64_t> ints;
  std::vector<double> floats;
  std::vector<uint32_t> ids;
  std::vector<std::string> pool;
  std::vector<uint8_t> nulls;  // 1 where NULL; the value slot then holds 0
  int decimals = 0;            // Numeric: the largest display scale seen
  int padded = -1;             // Numeric: decimals that are printed even where they are zeros; -1: all of them
  size_t size() const { return nulls.size(); }
  const std::string &text(size_t row) const { return pool[ids[row]]; }
};

// Parent row numbers that are not row numbers.
inline constexpr int32_t no_parent = -1;       // the foreign key is NULL
inline constexpr int32_t unknown_parent = -2;  // the parent exists but is not in the sample, or is an orphan

// One table as scanned.
struct SourceTable {
  size_t rows = 0;                              // in the sample
  size_t total_rows = 0;                        // visible in the table
  std::vector<SourceColumn> columns;            // one per Table::columns; those not needed are empty
  std::vector<std::vector<int32_t>> parents;    // per Table::foreign_keys position: parent row number in the parent's sample
  std::vector<std::vector<uint32_t>> children;  // per foreign key of the *schema* whose parent is this table (else empty):
                                                // number of child rows of each sampled row, counted over the whole child table
  std::vector<double> null_share;               // per Table::foreign_keys position: share of NULL over the whole table
  std::vector<uint32_t> entity;                 // root entity number of each row, dense from 0
  uint32_t entities = 0;
  size_t orphans = 0;                              // rows whose foreign key finds no parent (NOT VALID or declared keys)
  std::vector<std::vector<std::string>> verbatim;  // candidates for keeping: per column the exact text of every row; nulls as in columns
};

struct SourceData {
  std::vector<SourceTable> tables;  // one per Schema::tables
};

// A column as generated, a block of rows at a time or, for key columns that children need, a whole table.
struct ValueColumn {
  Repr repr = Repr::Int;
  std::vector<int64_t> ints;
  std::vector<double> floats;
  std::vector<std::string> texts;
  std::vector<uint8_t> nulls;
  int decimals = 0;  // Float of a numeric column: scale to print with
  int padded = -1;   // of these, those printed even where they are zeros; -1: all
  size_t size() const { return nulls.size(); }
  void resize(size_t n) {
    nulls.resize(n);
    if (repr == Repr::Int) ints.resize(n);
    if (repr == Repr::Float) floats.resize(n);
    if (repr == Repr::Text) texts.resize(n);
  }
  void set_null(size_t row) {
    nulls[row] = 1;
    if (repr == Repr::Int) ints[row] = 0;
    if (repr == Repr::Float) floats[row] = 0;
    if (repr == Repr::Text) texts[row].clear();
  }
  // Copies a value; `from` has the same representation.
  void copy(size_t row, const ValueColumn &from, size_t from_row) {
    nulls[row] = from.nulls[from_row];
    if (repr == Repr::Int) ints[row] = from.ints[from_row];
    if (repr == Repr::Float) floats[row] = from.floats[from_row];
    if (repr == Repr::Text) texts[row] = from.texts[from_row];
  }
};

// 64-bit hash of one value, equal for values that PostgreSQL's equality across integer types and text types holds equal.
uint64_t hash_value(const ValueColumn &column, size_t row, const Column &type);
uint64_t hash_value(const SourceColumn &column, size_t row, const Column &type);

// The same for a value that is in no column.
inline constexpr uint64_t hash_null = 0x6e756c6c6e756c6cULL;
uint64_t hash_int(int64_t value);
uint64_t hash_float(double value);
uint64_t hash_text(std::string_view value, const Column &type);

// A run of generated rows [first, first + rows) of one table, ready to be checked and written.
struct Block {
  int table = -1;
  size_t first = 0, rows = 0;
  std::vector<ValueColumn> columns;         // one per Table::columns; generated columns are empty
  std::vector<std::vector<uint8_t>> codes;  // one per Table::columns; empty where the column has no codec
};

// A row of a block that breaks a constraint.
struct Rejection {
  size_t row = 0;            // within the block
  std::string constraint;    // its name; for messages
  std::vector<int> columns;  // that it mentions; empty: any
  bool operator==(const Rejection &) const = default;
};

}  // namespace relsynth::core
