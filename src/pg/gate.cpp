// RowGate: a block of values -> Datums, and the rows that the target's constraints refuse.
#include "pg/gate.h"

#include <algorithm>
#include <set>

#include "pg/interrupt.h"
#include "pg/row_batch.h"

namespace relsynth::pg {

OwnContext::OwnContext(const char *name) {
  context_ = call([=] { return AllocSetContextCreateInternal(CurrentMemoryContext, name, ALLOCSET_DEFAULT_SIZES); });
}

OwnContext::~OwnContext() {
  if (!unwinding_) MemoryContextDelete(context_);
}

OpenTable::OpenTable(Oid relation, LOCKMODE mode) : relation_(call([=] { return table_open(relation, mode); })) {}

OpenTable::~OpenTable() {
  if (!unwinding_) table_close(relation_, NoLock);
}

std::unique_ptr<RowGate> RowGate::open(const core::Schema &schema, int table, uint32_t relation) {
  return std::make_unique<Gate>(schema, table, relation);
}

Gate::Gate(const core::Schema &schema, int table, Oid relation)
    : schema_(&schema), table_(&schema.tables[table]), context_("relsynth gate"), relation_(relation, RowExclusiveLock) {
  SharedSnapshot snapshot;
  MemoryContext context = context_.get();
  MemoryContext before = MemoryContextSwitchTo(context);
  Relation rel = relation_.get();
  desc_ = call([=] { return CreateTupleDescCopyConstr(RelationGetDescr(rel)); });
  if (static_cast<size_t>(desc_->natts) != table_->columns.size())
    throw core::Error(core::sqlstate::object_not_in_prerequisite_state, "table \"" + table_->qualified() + "\" has " +
                                                                            std::to_string(table_->columns.size()) +
                                                                            " columns, its target " + std::to_string(desc_->natts));
  evaluator_ = std::make_unique<Evaluator>(desc_, relation, context);
  open_generated();
  datums_ = std::make_unique<Datums>(*table_, desc_, verdicts_, context);
  open_not_null();
  open_checks();
  if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) partitions_ = std::make_unique<PartitionTree>(rel, verdicts_, context);
  keys_ = std::make_unique<IndexKeys>(schema, table, desc_, rel->rd_rel->relhasindex, verdicts_, context);
  keys_->load(rel, datums_->memory());
  MemoryContextSwitchTo(before);
}

Node *Gate::parse(const char *stored) {
  Relation rel = relation_.get();
  return call([=] { return expand_virtual_columns(static_cast<Node *>(stringToNode(stored)), rel); });
}

void Gate::open_generated() {
  Relation rel = relation_.get();
  std::vector<std::vector<int>> sources(desc_->natts);
  for (int i = 0; i < desc_->natts; ++i) {
    if (!TupleDescAttr(desc_, i)->attgenerated) continue;
    Node *expression = call([=] { return generation_expression(rel, i + 1); });
    sources[i] = columns_of(expression, desc_->natts);
    if (TupleDescAttr(desc_, i)->attgenerated == ATTRIBUTE_GENERATED_STORED)
      generated_.push_back({evaluator_->add_value(expression), -1, i});
  }
  verdicts_.set_sources(sources);
  for (Rule &rule : generated_)
    rule.reason = verdicts_.add("generated column " + std::string(NameStr(TupleDescAttr(desc_, rule.column)->attname)), {rule.column});
}

void Gate::open_not_null() {
  Relation rel = relation_.get();
  for (int i = 0; i < desc_->natts; ++i) {
    Form_pg_attribute attribute = TupleDescAttr(desc_, i);
    if (!attribute->attnotnull) continue;
    Rule rule{-1, verdicts_.add(std::string(NameStr(attribute->attname)) + " NOT NULL", {i}), i};
    if (!attribute->attgenerated || attribute->attgenerated == ATTRIBUTE_GENERATED_STORED) {
      not_null_.push_back(rule);
      continue;
    }
    List *test = call([=] {
      NullTest *node = makeNode(NullTest);
      node->arg = reinterpret_cast<Expr *>(generation_expression(rel, i + 1));
      node->nulltesttype = IS_NOT_NULL;
      node->location = -1;
      return list_make1(node);
    });
    rule.expression = evaluator_->add_check(test);
    checks_.push_back(rule);
  }
}

void Gate::open_checks() {
  const TupleConstr *constraints = desc_->constr;
  std::vector<Node *> nodes;
  size_t first = checks_.size();
  for (int i = 0; constraints && i < constraints->num_check; ++i) {
    if (!is_enforced(constraints->check[i])) continue;
    Node *node = parse(constraints->check[i].ccbin);
    List *conjuncts = call([=] { return make_ands_implicit(reinterpret_cast<Expr *>(node)); });
    nodes.push_back(node);
    checks_.push_back({evaluator_->add_check(conjuncts), verdicts_.add(constraints->check[i].ccname, columns_of(node, desc_->natts)), -1});
  }
  std::vector<bool> fixed(desc_->natts);
  for (int i = 0; i < desc_->natts; ++i)
    fixed[i] = TupleDescAttr(desc_, i)->attgenerated || TupleDescAttr(desc_, i)->attidentity || table_->columns[i].serial;
  for (const core::UniqueKey &key : table_->keys)
    for (int c : key.columns)
      if (c >= 0) fixed[c] = true;
  for (const core::ForeignKey &key : schema_->foreign_keys) {
    if (&schema_->tables[key.child] == table_)
      for (int c : key.child_columns) fixed[c] = true;
    if (&schema_->tables[key.parent] == table_)
      for (int c : key.parent_columns) fixed[c] = true;
  }
  for (const Equation &e : find_equations(nodes, desc_, fixed))
    equations_.push_back(
        {evaluator_->add_value(e.expression), checks_[first + e.check].reason, e.column, checks_[first + e.check].expression});
  Relation rel = relation_.get();
  List *bounds = rel->rd_rel->relispartition ? call([=] { return RelationGetPartitionQual(rel); }) : NIL;
  if (bounds)
    checks_.push_back({evaluator_->add_check(bounds),
                       verdicts_.add("partition bounds of " + std::string(RelationGetRelationName(rel)),
                                     columns_of(reinterpret_cast<Node *>(bounds), desc_->natts)),
                       -1});
}

bool Gate::has_row_step() const {
  return datums_->has_second_step() || !equations_.empty() || !generated_.empty() || !checks_.empty() || partitions_ || !keys_->empty();
}

// Guarded. The step of for_rows(): all that may raise an error.
ErrorData *Gate::test_row(uint32_t row) {
  int32_t &verdict = verdicts_[row];
  if (verdict != Verdicts::passed) return nullptr;
  Datum *values = datums_->values(row);
  bool *nulls = datums_->nulls(row);
  bool null;
  evaluator_->set_row(values, nulls);
  MemoryContextSwitchTo(evaluator_->row_memory());
  if (ErrorData *error = datums_->convert_row(row, evaluator_->row_memory(), &current_)) return error;
  if (verdict != Verdicts::passed) return nullptr;
  if (datums_->has_second_step())
    for (int i = 0; i < datums_->columns(); ++i) evaluator_->set_column(i, values[i], nulls[i]);
  for (const Rule &rule : equations_) {
    current_ = rule.reason;
    if (nulls[rule.column] || evaluator_->check(rule.check)) continue;
    Datum value = evaluator_->value(rule.expression, &null);
    if (null) continue;
    datums_->store(row, rule.column, value, false);
    evaluator_->set_column(rule.column, values[rule.column], false);
  }
  for (const Rule &rule : generated_) {
    current_ = rule.reason;
    Datum value = evaluator_->value(rule.expression, &null);
    datums_->store(row, rule.column, value, null);
    evaluator_->set_column(rule.column, values[rule.column], null);
  }
  for (const Rule &rule : checks_) {
    current_ = rule.reason;
    if (!evaluator_->check(rule.expression)) {
      verdict = rule.reason;
      return nullptr;
    }
  }
  if (partitions_) {
    verdict = partitions_->route(values, nulls, &current_);
    leaves_[row] = partitions_->leaf();
  }
  if (verdict == Verdicts::passed && !keys_->empty()) keys_->image(row, values, nulls, &current_);
  return nullptr;
}

// A domain's constraint is named by the error itself.
void Gate::refuse(uint32_t row, const ErrorData *error, bool soft) {
  int32_t reason = current_;
  if (error->constraint_name && verdicts_.reason(reason).constraint != error->constraint_name)
    reason = verdicts_.add(error->constraint_name, verdicts_.reason(reason).columns);
  verdicts_[row] = reason;
  if (soft) return;
  evaluator_->rebuild();
  if (partitions_) partitions_->rebuild();
  keys_->rebuild();
}

void Gate::test_not_null(const std::vector<uint32_t> &rows) {
  for (uint32_t row : rows)
    for (const Rule &rule : not_null_)
      if (verdicts_[row] == Verdicts::passed && datums_->nulls(row)[rule.column]) verdicts_[row] = rule.reason;
}

void Gate::test_rows(const std::vector<uint32_t> &rows) {
  auto step = [this](uint32_t row) { return test_row(row); };
  if (has_row_step()) for_rows(rows, step, [this](uint32_t row, const ErrorData *error, bool soft) { refuse(row, error, soft); });
  test_not_null(rows);
  for (size_t i = 0; i < rows.size() && !keys_->empty(); ++i) {
    if (i % 1024 == 0) check_interrupts();
    if (verdicts_[rows[i]] == Verdicts::passed) verdicts_[rows[i]] = keys_->take(rows[i]);
  }
}

std::vector<core::Rejection> Gate::rejections(const std::vector<uint32_t> &rows) {
  std::vector<core::Rejection> found;
  for (uint32_t row : rows) {
    if (verdicts_[row] == Verdicts::passed) continue;
    const Reason &reason = verdicts_.reason(verdicts_[row]);
    found.push_back({row, reason.constraint, reason.columns});
  }
  return found;
}

std::vector<core::Rejection> Gate::test(const core::Block &block, const std::vector<size_t> &changed) {
  check_interrupts();
  if (changed.empty()) {
    datums_->begin(block);
    verdicts_.begin(block.rows);
    keys_->begin(block.rows, datums_->memory());
    if (partitions_) leaves_.assign(block.rows, InvalidOid);
  } else if (block.rows != verdicts_.rows() || changed.back() >= block.rows) {
    throw core::Error(core::sqlstate::internal_error, "a changed block of \"" + table_->qualified() + "\" is not the one tested before");
  }
  std::vector<uint32_t> rows;
  for (size_t row = 0, next = 0; row < block.rows; ++row) {
    bool touched = next < changed.size() && changed[next] == row;
    while (next < changed.size() && changed[next] <= row) ++next;
    if (!changed.empty() && !touched && verdicts_[row] == Verdicts::passed) continue;
    rows.push_back(static_cast<uint32_t>(row));
    verdicts_[row] = Verdicts::passed;
    keys_->release(static_cast<uint32_t>(row));
  }
  keys_->end_repairs();
  SharedSnapshot snapshot;
  MemoryContext before = MemoryContextSwitchTo(context_.get());
  datums_->convert(block, rows);
  test_rows(rows);
  MemoryContextSwitchTo(before);
  return rejections(rows);
}

void Gate::accept(const core::Block &block) {
  check_passed(block);
  keys_->accept();
}

bool Gate::repair(core::Block &block, const core::Rejection &rejection) {
  if (rejection.row >= block.rows || block.rows != verdicts_.rows()) return false;
  int32_t verdict = verdicts_[rejection.row];
  if (verdict == Verdicts::passed || verdicts_.reason(verdict).constraint != rejection.constraint) return false;
  return keys_->repair(block, rejection.row, rejection.constraint, datums_->values(rejection.row));
}

std::vector<uint8_t> Gate::inside(uint32_t partition) {
  struct Leaves {
    Oid *oids;
    int count;
  };
  Leaves below = call([=] {
    List *all = find_all_inheritors(partition, NoLock, nullptr);
    Leaves found{static_cast<Oid *>(palloc(sizeof(Oid) * list_length(all))), list_length(all)};
    for (int i = 0; i < found.count; ++i) found.oids[i] = list_nth_oid(all, i);
    return found;
  });
  const std::set<Oid> oids(below.oids, below.oids + below.count);
  std::vector<uint8_t> inside(leaves_.size());
  for (size_t row = 0; row < leaves_.size(); ++row) inside[row] = oids.count(leaves_[row]) > 0;
  return inside;
}

void Gate::check_passed(const core::Block &block) {
  if (block.rows != verdicts_.rows())
    throw core::Error(core::sqlstate::internal_error, "a block of \"" + table_->qualified() + "\" is to be written that was not tested");
  for (size_t row = 0; row < block.rows; ++row)
    if (verdicts_[row] != Verdicts::passed)
      throw core::Error(core::sqlstate::check_violation, "a row of \"" + table_->qualified() + "\" is to be written that violates \"" +
                                                             verdicts_.reason(verdicts_[row]).constraint + "\"");
}

}  // namespace relsynth::pg
