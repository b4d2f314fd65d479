// The RowGate behind write.h, as the sinks see it.
#pragma once

#include <memory>
#include <vector>

#include "pg/datums.h"
#include "pg/equations.h"
#include "pg/evaluator.h"
#include "pg/index_keys.h"
#include "pg/partitions.h"
#include "pg/write.h"

namespace relsynth::pg {

// A memory context that dies with its owner; made first, so that all else may live in it.
class OwnContext {
 public:
  explicit OwnContext(const char *name);
  ~OwnContext();
  MemoryContext get() const { return context_; }

 private:
  Unwinding unwinding_;
  MemoryContext context_;
};

// A table open with a lock that lasts until the transaction's end.
class OpenTable {
 public:
  OpenTable(Oid relation, LOCKMODE mode);
  ~OpenTable();
  Relation get() const { return relation_; }

 private:
  Unwinding unwinding_;
  Relation relation_;
};

class Gate final : public RowGate {
 public:
  Gate(const core::Schema &schema, int table, Oid relation);
  std::vector<core::Rejection> test(const core::Block &block, const std::vector<size_t> &changed) override;
  void accept(const core::Block &block) override;
  bool repair(core::Block &block, const core::Rejection &rejection) override;
  std::vector<uint8_t> inside(uint32_t partition) override;

  // For the sinks. Throws when a row of the block has not passed.
  void check_passed(const core::Block &block);
  size_t rows() const { return verdicts_.rows(); }
  Datum *values(size_t row) { return datums_->values(row); }
  bool *nulls(size_t row) { return datums_->nulls(row); }

 private:
  struct Rule {  // an expression of the evaluator
    int expression = -1, reason = -1, column = -1;
    int check = -1;  // of an equation: the expression that holds when nothing needs computing
  };
  void open_generated();
  void open_checks();
  void open_equations(const std::vector<Node *> &checks);
  void open_not_null();
  Node *parse(const char *stored);
  bool has_row_step() const;
  ErrorData *test_row(uint32_t row);
  void test_not_null(const std::vector<uint32_t> &rows);
  void test_rows(const std::vector<uint32_t> &rows);
  void refuse(uint32_t row, const ErrorData *error, bool soft);
  std::vector<core::Rejection> rejections(const std::vector<uint32_t> &rows);

  const core::Schema *schema_;
  const core::Table *table_;
  OwnContext context_;
  OpenTable relation_;
  TupleDesc desc_;
  Verdicts verdicts_;
  std::unique_ptr<Datums> datums_;
  std::unique_ptr<Evaluator> evaluator_;
  std::unique_ptr<PartitionTree> partitions_;
  std::unique_ptr<IndexKeys> keys_;
  std::vector<Rule> equations_, generated_, checks_;
  std::vector<Rule> not_null_;  // of stored columns: column and reason
  std::vector<Oid> leaves_;     // per row of the block; of partitioned tables
  int32_t current_ = 0;         // reason to blame when the step fails
};

}  // namespace relsynth::pg
