#include "pg/evaluator.h"

namespace relsynth::pg {

void free_broken(EState *estate, ExprContext *econtext) {
  call([=] {
    FreeExprContext(econtext, false);
    estate->es_per_tuple_exprcontext = nullptr;
    FreeExecutorState(estate);
  });
}

Evaluator::Evaluator(TupleDesc desc, Oid relation, MemoryContext context) : desc_(desc), relation_(relation), context_(context) {
  slot_ = call([=] {
    MemoryContext before = MemoryContextSwitchTo(context);
    TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
    MemoryContextSwitchTo(before);
    slot->tts_tableOid = relation;
    return slot;
  });
  build();
}

Evaluator::~Evaluator() {
  if (unwinding_) return;
  FreeExecutorState(estate_);
  ExecDropSingleTupleTableSlot(slot_);
}

void Evaluator::build() {
  estate_ = call([this] {
    MemoryContext before = MemoryContextSwitchTo(context_);
    EState *estate = CreateExecutorState();
    MemoryContextSwitchTo(before);
    return estate;
  });
  econtext_ = call([this] { return GetPerTupleExprContext(estate_); });
  econtext_->ecxt_scantuple = slot_;
}

void Evaluator::prepare(Expression *expression) {
  call([=, this] {
    if (expression->check)
      expression->state = ExecPrepareCheck(reinterpret_cast<List *>(expression->node), estate_);
    else
      expression->state = ExecPrepareExpr(reinterpret_cast<Expr *>(expression->node), estate_);
  });
}

int Evaluator::add(Node *node, bool check) {
  Expression expression{node, check, nullptr};
  prepare(&expression);
  expressions_.push_back(expression);
  return static_cast<int>(expressions_.size()) - 1;
}

int Evaluator::add_value(Node *expression) { return add(expression, false); }

int Evaluator::add_check(List *conjuncts) { return add(reinterpret_cast<Node *>(conjuncts), true); }

void Evaluator::rebuild() {
  free_broken(estate_, econtext_);
  build();
  for (Expression &expression : expressions_) prepare(&expression);
}

void Evaluator::set_row(const Datum *values, const bool *nulls) {
  ResetExprContext(econtext_);
  ExecClearTuple(slot_);
  memcpy(slot_->tts_values, values, sizeof(Datum) * desc_->natts);
  memcpy(slot_->tts_isnull, nulls, sizeof(bool) * desc_->natts);
  ExecStoreVirtualTuple(slot_);
}

void Evaluator::set_column(int column, Datum value, bool null) {
  slot_->tts_values[column] = value;
  slot_->tts_isnull[column] = null;
}

Datum Evaluator::value(int expression, bool *null) { return ExecEvalExprSwitchContext(expressions_[expression].state, econtext_, null); }

bool Evaluator::check(int expression) { return ExecCheck(expressions_[expression].state, econtext_); }

}  // namespace relsynth::pg
