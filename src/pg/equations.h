// CHECKs of the form column = expression over other columns: such columns are computed, so that the rows need no luck.
#pragma once

#include <vector>

#include "pg/scope.h"

namespace relsynth::pg {

struct Equation {
  int column = -1;             // to be computed
  Node *expression = nullptr;  // of the column's type
  int check = -1;              // index of the check that it comes from
  std::vector<int> inputs;     // columns that the expression reads
};

// Columns (from 0) that an expression over varno 1 mentions; a whole-row reference mentions all `columns`.
std::vector<int> columns_of(Node *expression, int columns);

// The equations among the checks, in an order in which each one's inputs are settled before; a column is computed once, and none in `fixed`.
// New nodes are made in the current memory context.
std::vector<Equation> find_equations(const std::vector<Node *> &checks, TupleDesc desc, const std::vector<bool> &fixed);

}  // namespace relsynth::pg
