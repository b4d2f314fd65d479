// Drawn rows as rows of a composite type, for a set-returning function: no table is written.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pg/pg.h"
#include "pg/write.h"

namespace relsynth::pg {

// The row type of an argument, by which its table is known.
struct RowType {
  std::string schema, name;
  std::vector<std::string> columns;  // in the order of the type
};
// 42804 if the argument's type is no row type of a table.
RowType row_type(FunctionCallInfo call, int argument);

// A gate that refuses values which the type's columns cannot hold, domains included, and a sink that puts rows into the function's result, up
// to `most`. Columns go by name; generated ones are NULL.
struct TypedRows {
  std::unique_ptr<RowGate> gate;
  std::unique_ptr<RowSink> sink;
};
TypedRows open_typed_rows(FunctionCallInfo call, const core::Table &table, const RowType &type, size_t most);

// For tables whose rows only others need.
TypedRows open_no_rows();

}  // namespace relsynth::pg
