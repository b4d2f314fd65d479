// datums: the values of a block -> Datums of the target's columns, row by row as tuples want them.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/data.h"
#include "core/schema.h"

#include "pg/scope.h"

namespace relsynth::pg {

// Why a row is refused: the constraint that a message names, and the columns to draw again.
struct Reason {
  std::string constraint;
  std::vector<int> columns;
};

// What is known of each row of a block: passed, or the reason why not.
class Verdicts {
 public:
  static constexpr int32_t passed = -1;
  // Per column: those that it is computed from. A reason names these in its stead, for only they can be drawn again.
  void set_sources(std::vector<std::vector<int>> sources) { sources_ = std::move(sources); }
  const std::vector<int> &sources(int column) const { return sources_[column]; }
  int add(std::string constraint, const std::vector<int> &columns);  // finds an equal reason or adds it
  const Reason &reason(int32_t number) const { return reasons_[number]; }
  void begin(size_t rows) { rows_.assign(rows, passed); }
  size_t rows() const { return rows_.size(); }
  int32_t &operator[](size_t row) { return rows_[row]; }

 private:
  std::vector<std::vector<int>> sources_;
  std::vector<Reason> reasons_;
  std::vector<int32_t> rows_;
};

// How the values of one column become Datums.
struct Conversion {
  enum class Kind : uint8_t {
    Generated,
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Date,
    Time,
    Timestamp,
    Float4,
    Float8,
    Numeric,
    Text,
    Formed,
    Enum,
    Input
  };
  Kind kind = Kind::Input;
  bool by_value = false, padded = false;
  int16_t length = -1;
  Oid base = InvalidOid, domain = InvalidOid;
  int32_t typmod = -1;
  int32_t limit = -1;  // characters of varchar(n) and char(n)
  int reason = 0;
  Oid io_parameter = InvalidOid;
  FmgrInfo input{};
  void *domain_extra = nullptr;
  bool in_step() const { return kind == Kind::Input || kind == Kind::Numeric || domain != InvalidOid; }
};

// The rows of one block as Datums. By-reference values live until the next begin().
class Datums {
 public:
  Datums(const core::Table &table, TupleDesc desc, Verdicts &verdicts, MemoryContext context);

  // A new block: forgets the one before.
  void begin(const core::Block &block);
  // First step: what no input function is needed for; refuses what a type cannot hold. `block` is the one of begin() or a redraw of it.
  void convert(const core::Block &block, const std::vector<uint32_t> &rows);
  // Second step, guarded, row by row: input functions and domains; garbage goes to `scratch`. `current` tells the reason when it fails.
  // Returns an error that was caught softly, or null.
  ErrorData *convert_row(size_t row, MemoryContext scratch, int32_t *current);
  bool has_second_step() const { return !in_step_.empty(); }

  int columns() const { return columns_; }
  Datum *values(size_t row) { return values_.data() + row * columns_; }
  bool *nulls(size_t row) { return nulls_.get() + row * columns_; }
  // Guarded. Stores a computed value, copied into the block's memory.
  void store(size_t row, int column, Datum value, bool null);
  MemoryContext memory() const { return memory_; }

 private:
  void set_kinds(const core::Block &block);
  Conversion::Kind kind_of(const core::ValueColumn &values, int column) const;
  void load_enum(int column);
  void prepare_input(Conversion *conversion);
  void convert_column(int column, const std::vector<uint32_t> &rows);
  void convert_floats(int column, const std::vector<uint32_t> &rows);
  void convert_texts(int column, const std::vector<uint32_t> &rows);
  void convert_formed(int column, const std::vector<uint32_t> &rows);
  template <class F>
  void each(int column, const std::vector<uint32_t> &rows, F f);
  ErrorData *input_value(size_t row, int column, MemoryContext scratch);
  ErrorData *call_input(Conversion *conversion, char *text, Datum *value);
  ErrorData *numeric_value(size_t row, int column, MemoryContext scratch);

  const core::Table *table_;
  TupleDesc desc_;
  Verdicts *verdicts_;
  MemoryContext context_, memory_;
  int columns_;
  std::vector<Conversion> conversions_;
  std::vector<int> in_step_;  // columns that need the second step
  std::vector<std::unordered_map<std::string, Datum>> labels_;
  const core::Block *block_ = nullptr;
  std::vector<Datum> values_;
  std::unique_ptr<bool[]> nulls_;
  size_t capacity_ = 0;
};

}  // namespace relsynth::pg
