// write: blocks of rows -> the target's heap. A RowGate turns values into datums and tells which rows a constraint refuses; a RowSink stores
// the rest. One of each per table. Both keep the relation open: end them before seal(), which alters it.
#pragma once

#include <memory>
#include <vector>

#include "core/data.h"
#include "core/schema.h"

namespace relsynth::pg {

// Everything the server would check on a row that core cannot: domains, CHECK, NOT NULL, partition bounds, expression and partial unique
// indexes, exclusion constraints, values that the type's input function refuses. Evaluated with the target table's own expressions.
class RowGate {
 public:
  // `table` of the schema as it stands in the target (relation: its oid).
  static std::unique_ptr<RowGate> open(const core::Schema &schema, int table, uint32_t relation);
  virtual ~RowGate() = default;

  // Converts the block and tests every row against the constraints and against rows accepted before. Rows named in the result are refused
  // (each once, by the first constraint it breaks); redraw them and call again: rows that passed stay converted and are not tested twice
  // unless a redraw touched them (`changed`, sorted; empty: the whole block is new).
  virtual std::vector<core::Rejection> test(const core::Block &block, const std::vector<size_t> &changed) = 0;

  // Where a CHECK says column = expression over other columns and a row breaks it, the column is computed when both are not NULL: the Datums
  // that the sink writes have the computed value, the block keeps the drawn one. Key and foreign key columns are never computed.

  // The block is final: remembers what later rows must not repeat (expression and partial unique keys, exclusion constraints). A block that
  // is tested and not accepted leaves nothing behind.
  virtual void accept(const core::Block &block) = 0;

  // After test() refused a row by an exclusion constraint: moves its range (a range column, or the columns that the constraint makes a range
  // of) to a place that is free of the rows it must not overlap, keeping its length. False when it cannot: redraw then. A repaired row has
  // changed: it belongs into `changed` of the next test(), which may still refuse it by another constraint.
  virtual bool repair(core::Block &block, const core::Rejection &rejection) = 0;

  // Of a partitioned table, after test(): per row, whether it goes to `partition` (an oid) or below.
  virtual std::vector<uint8_t> inside(uint32_t partition) = 0;
};

class RowSink {
 public:
  // The heap path for plain tables made by this call (new_table), COPY where the executor must work: partitioned tables and tables that
  // existed before.
  static std::unique_ptr<RowSink> open(const core::Schema &schema, int table, uint32_t relation, bool new_table);
  virtual ~RowSink() = default;
  // Writes the rows that the gate converted last. The gate and the sink belong to one table.
  virtual void write(RowGate &gate, const core::Block &block) = 0;
  virtual void finish() = 0;
};

}  // namespace relsynth::pg
