#include "pg/partitions.h"

#include "pg/equations.h"

namespace relsynth::pg {

PartitionTree::PartitionTree(Relation root, Verdicts &verdicts, MemoryContext context)
    : root_(root), verdicts_(&verdicts), context_(context) {
  top_ = open_level(root);
}

PartitionTree::~PartitionTree() {
  if (unwinding_) return;
  std::vector<Level *> open{top_.get()};
  while (!open.empty()) {
    Level *level = open.back();
    open.pop_back();
    for (auto &child : level->children) open.push_back(child.get());
    if (level->relation && level->relation != root_) RelationClose(level->relation);
  }
}

std::unique_ptr<PartitionTree::Level> PartitionTree::open_level(Relation relation) {
  auto level = std::make_unique<Level>();
  level->oid = RelationGetRelid(relation);
  level->desc = call([=, this] {
    MemoryContext before = MemoryContextSwitchTo(context_);
    TupleDesc copy = CreateTupleDescCopyConstr(RelationGetDescr(relation));
    MemoryContextSwitchTo(before);
    return copy;
  });
  map_columns(*level);
  bool is_leaf = relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE;
  bool evaluates = is_leaf ? level->desc->constr && level->desc->constr->num_check > 0
                           : call([=] { return RelationGetPartitionKey(relation)->partexprs != NIL; });
  if (evaluates) level->evaluator = std::make_unique<Evaluator>(level->desc, RelationGetRelid(relation), context_);
  if (is_leaf) {
    open_leaf(*level, level->desc->constr);
    if (level->evaluator && level->evaluator->empty()) level->evaluator.reset();  // all inherited, as is the rule
    call([=] { table_close(relation, NoLock); });
    return level;
  }
  level->relation = relation;
  open_key(*level);
  for (int i = 0; i < level->partitions->nparts; ++i) {
    Oid oid = level->partitions->oids[i];
    level->children.push_back(open_level(call([=] { return table_open(oid, AccessShareLock); })));
  }
  return level;
}

void PartitionTree::map_columns(Level &level) {
  TupleDesc desc = level.desc, root = RelationGetDescr(root_);
  level.values.resize(desc->natts);
  level.nulls = std::make_unique<bool[]>(desc->natts);
  AttrMap *map = call([=] { return build_attrmap_by_name_if_required(root, desc); });
  for (int i = 0; map && i < map->maplen; ++i) level.from_root.push_back(map->attnums[i] - 1);
}

std::vector<int> PartitionTree::root_columns(const Level &level, const std::vector<int> &columns) const {
  std::vector<int> mapped;
  for (int c : columns) {
    int root = level.from_root.empty() ? c : level.from_root[c];
    if (root >= 0) mapped.push_back(root);
  }
  return mapped;
}

void PartitionTree::open_key(Level &level) {
  Relation relation = level.relation;
  level.key = call([=] { return RelationGetPartitionKey(relation); });
  level.partitions = call([=] { return RelationGetPartitionDesc(relation, true); });
  std::vector<int> columns;
  for (int i = 0; i < level.key->partnatts; ++i)
    if (level.key->partattrs[i] > 0) columns.push_back(level.key->partattrs[i] - 1);
  for (int i = 0; i < list_length(level.key->partexprs); ++i) {
    Node *expression = static_cast<Node *>(list_nth(level.key->partexprs, i));
    level.expressions.push_back(level.evaluator->add_value(expression));
    for (int c : columns_of(expression, level.desc->natts)) columns.push_back(c);
  }
  level.reason = verdicts_->add("partition bounds of " + std::string(RelationGetRelationName(relation)), root_columns(level, columns));
}

// Only what the root does not check itself.
void PartitionTree::open_leaf(Level &level, const TupleConstr *constraints) {
  const TupleConstr *known = RelationGetDescr(root_)->constr;
  for (int i = 0; i < level.desc->natts; ++i) {
    int root = level.from_root.empty() ? i : level.from_root[i];
    if (root < 0 || TupleDescAttr(level.desc, i)->attgenerated || !TupleDescAttr(level.desc, i)->attnotnull) continue;
    if (TupleDescAttr(RelationGetDescr(root_), root)->attnotnull) continue;
    level.not_null.emplace_back(i, verdicts_->add(std::string(NameStr(TupleDescAttr(level.desc, i)->attname)) + " NOT NULL", {root}));
  }
  for (int i = 0; constraints && i < constraints->num_check; ++i) {
    const ConstrCheck &check = constraints->check[i];
    bool inherited = !is_enforced(check);
    for (int k = 0; known && k < known->num_check; ++k) inherited = inherited || strcmp(known->check[k].ccname, check.ccname) == 0;
    if (inherited) continue;
    List *conjuncts = call([=, this] {
      MemoryContext before = MemoryContextSwitchTo(context_);
      List *list = make_ands_implicit(static_cast<Expr *>(stringToNode(check.ccbin)));
      MemoryContextSwitchTo(before);
      return list;
    });
    std::vector<int> columns = root_columns(level, columns_of(reinterpret_cast<Node *>(conjuncts), level.desc->natts));
    level.checks.push_back({level.evaluator->add_check(conjuncts), verdicts_->add(check.ccname, columns)});
  }
}

void PartitionTree::rebuild() {
  if (active_ && active_->evaluator) active_->evaluator->rebuild();
}

// Guarded. The partition that the key's values belong to, as the executor's own routing finds it; -1 for none.
int PartitionTree::child_of(const Level &level, Datum *values, bool *nulls) {
  PartitionKey key = level.key;
  PartitionBoundInfo bounds = level.partitions->boundinfo;
  if (level.partitions->nparts == 0) return -1;
  int found = -1;
  bool equal = false, any_null = false;
  for (int i = 0; i < key->partnatts; ++i) any_null = any_null || nulls[i];
  if (key->strategy == PARTITION_STRATEGY_HASH) {
    uint64 hash = compute_partition_hash_value(key->partnatts, key->partsupfunc, key->partcollation, values, nulls);
    return bounds->indexes[hash % bounds->nindexes];
  }
  if (key->strategy == PARTITION_STRATEGY_LIST && any_null) {
    found = bounds->null_index;
  } else if (key->strategy == PARTITION_STRATEGY_LIST) {
    int at = partition_list_bsearch(key->partsupfunc, key->partcollation, bounds, values[0], &equal);
    if (at >= 0 && equal) found = bounds->indexes[at];
  } else if (!any_null) {
    int at = partition_range_datum_bsearch(key->partsupfunc, key->partcollation, bounds, key->partnatts, values, &equal);
    found = bounds->indexes[at + 1];
  }
  return found >= 0 ? found : bounds->default_index;
}

int PartitionTree::pick(Level &level) {
  Datum values[PARTITION_MAX_KEYS];
  bool nulls[PARTITION_MAX_KEYS];
  int expression = 0;
  for (int i = 0; i < level.key->partnatts; ++i) {
    int attribute = level.key->partattrs[i];
    if (attribute > 0) {
      values[i] = level.values[attribute - 1];
      nulls[i] = level.nulls[attribute - 1];
    } else {
      values[i] = level.evaluator->value(level.expressions[expression++], &nulls[i]);
    }
  }
  return child_of(level, values, nulls);
}

int32_t PartitionTree::check_leaf(Level &level, int32_t *current) {
  for (auto [column, reason] : level.not_null)
    if (level.nulls[column]) return reason;
  for (const Check &check : level.checks) {
    *current = check.reason;
    if (!level.evaluator->check(check.expression)) return check.reason;
  }
  return Verdicts::passed;
}

int32_t PartitionTree::route(const Datum *values, const bool *nulls, int32_t *current) {
  Level *level = top_.get();
  for (;;) {
    active_ = level;
    for (int i = 0; i < level->desc->natts; ++i) {
      int from = level->from_root.empty() ? i : level->from_root[i];
      level->values[i] = from < 0 ? Datum(0) : values[from];
      level->nulls[i] = from < 0 || nulls[from];
    }
    if (level->evaluator) level->evaluator->set_row(level->values.data(), level->nulls.get());
    if (!level->relation) return check_leaf(*level, current);
    *current = level->reason;
    int child = pick(*level);
    if (child < 0) return level->reason;
    level = level->children[child].get();
  }
}

}  // namespace relsynth::pg
