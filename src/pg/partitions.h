// Which leaf of a partitioned target a row belongs to, without an error when there is none.
#pragma once

#include <memory>
#include <vector>

#include "core/schema.h"

#include "pg/datums.h"
#include "pg/evaluator.h"

namespace relsynth::pg {

class PartitionTree {
 public:
  // The levels below `root`, a partitioned table open for the tree's life.
  PartitionTree(Relation root, Verdicts &verdicts, MemoryContext context);
  ~PartitionTree();

  // Guarded. Finds the row's leaf; the number of the reason that refuses the row, or Verdicts::passed. `current` tells the reason when it fails.
  int32_t route(const Datum *values, const bool *nulls, int32_t *current);
  // Guarded. Of the last row that route() passed.
  Oid leaf() const { return active_->oid; }
  // After an error in route().
  void rebuild();

 private:
  struct Check {
    int expression, reason;
  };
  // A partitioned table or a leaf. Columns of a level may stand in another order than the root's.
  struct Level {
    Oid oid = InvalidOid;
    Relation relation = nullptr;  // partitioned: open; leaf: not
    TupleDesc desc = nullptr;
    std::vector<int> from_root;  // per column: the root's; empty when they agree
    std::vector<Datum> values;
    std::unique_ptr<bool[]> nulls;
    std::unique_ptr<Evaluator> evaluator;  // of key expressions or, in a leaf, of checks that the root does not have; null without any
    PartitionKey key = nullptr;
    PartitionDesc partitions = nullptr;
    std::vector<int> expressions;  // of the key, in order
    int reason = 0;
    std::vector<Check> checks;
    std::vector<std::pair<int, int>> not_null;  // column, reason
    std::vector<std::unique_ptr<Level>> children;
  };
  std::unique_ptr<Level> open_level(Relation relation);
  void open_key(Level &level);
  void open_leaf(Level &level, const TupleConstr *constraints);
  void map_columns(Level &level);
  std::vector<int> root_columns(const Level &level, const std::vector<int> &columns) const;
  static int pick(Level &level);
  static int child_of(const Level &level, Datum *values, bool *nulls);
  int32_t check_leaf(Level &level, int32_t *current);

  Unwinding unwinding_;
  Relation root_;
  Verdicts *verdicts_;
  MemoryContext context_;
  std::unique_ptr<Level> top_;
  Level *active_ = nullptr;
};

}  // namespace relsynth::pg
