// Expressions over rows of one layout: an executor state of our own.
#pragma once

#include <vector>

#include "pg/scope.h"

namespace relsynth::pg {

// Frees the state after an error in it: callbacks that its functions registered belong to a subtransaction that is gone, so none is run.
void free_broken(EState *estate, ExprContext *econtext);

// CHECK, generated and partition expressions of one relation, over a slot with its columns. Members that are marked "guarded" are called
// inside call() or a step of for_rows() only; they create no C++ object.
class Evaluator {
 public:
  // `desc` and the expressions outlive the evaluator; its memory lies in `context`.
  Evaluator(TupleDesc desc, Oid relation, MemoryContext context);
  ~Evaluator();
  Evaluator(const Evaluator &) = delete;
  Evaluator &operator=(const Evaluator &) = delete;

  // Takes an expression with Vars of the relation as varno 1; returns its number.
  int add_value(Node *expression);
  int add_check(List *conjuncts);  // NULL counts as true
  // After an error inside: everything anew.
  void rebuild();

  bool empty() const { return expressions_.empty(); }
  // Guarded. The row that the following calls speak of; frees what the row before needed.
  void set_row(const Datum *values, const bool *nulls);
  // Guarded. Changes a column of the row.
  void set_column(int column, Datum value, bool null);
  // Guarded. The result lies in the row's memory.
  Datum value(int expression, bool *null);
  bool check(int expression);
  // Memory that lives as long as the row.
  MemoryContext row_memory() const { return econtext_->ecxt_per_tuple_memory; }

 private:
  struct Expression {
    Node *node;
    bool check;
    ExprState *state;
  };
  void prepare(Expression *expression);
  int add(Node *node, bool check);
  void build();

  Unwinding unwinding_;
  TupleDesc desc_;
  Oid relation_;
  MemoryContext context_;
  EState *estate_ = nullptr;
  ExprContext *econtext_ = nullptr;
  TupleTableSlot *slot_ = nullptr;
  std::vector<Expression> expressions_;
};

}  // namespace relsynth::pg
