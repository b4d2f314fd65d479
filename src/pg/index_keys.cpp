#include "pg/index_keys.h"

#include <algorithm>

#include "pg/equations.h"
#include "pg/evaluator.h"
#include "pg/interrupt.h"
#include "pg/ranges.h"
#include "pg/spi.h"

namespace relsynth::pg {

namespace {

uint64_t mix(uint64_t hash, uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2);
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

// Guarded. 64 bits: two different keys of a large table that look alike cost one redraw in a billion, so that values need not be kept.
uint64_t hash_datum(const TypeCacheEntry *type, Oid collation, Datum value) {
  FmgrInfo *function = const_cast<FmgrInfo *>(&type->hash_extended_proc_finfo);
  return DatumGetUInt64(FunctionCall2Coll(function, collation, value, UInt64GetDatum(0)));
}

// The type of a key part as rows have it: what the index stores may be another, a box for a circle.
Oid type_of_part(const IndexInfo *info, int part, TupleDesc source) {
  int attribute = info->ii_IndexAttrNumbers[part];
  if (attribute > 0) return TupleDescAttr(source, attribute - 1)->atttypid;
  int expression = 0;
  for (int i = 0; i < part; ++i) expression += info->ii_IndexAttrNumbers[i] == 0;
  Node *node = static_cast<Node *>(list_nth(info->ii_Expressions, expression));
  return call([=] { return exprType(node); });
}

// Core knows no value that the server computes.
bool on_generated(const core::Table &table, const core::UniqueKey &key) {
  return std::any_of(key.columns.begin(), key.columns.end(), [&](int c) { return c >= 0 && table.columns[c].generated; });
}

bool on_generated(const IndexInfo *info, TupleDesc source) {
  for (int i = 0; i < info->ii_NumIndexKeyAttrs; ++i)
    if (info->ii_IndexAttrNumbers[i] > 0 && TupleDescAttr(source, info->ii_IndexAttrNumbers[i] - 1)->attgenerated) return true;
  return false;
}

TypeCacheEntry *find_type(Oid type) {
  int flags = TYPECACHE_EQ_OPR | TYPECACHE_HASH_EXTENDED_PROC | TYPECACHE_HASH_EXTENDED_PROC_FINFO | TYPECACHE_RANGE_INFO;
  return call([=] { return lookup_type_cache(getBaseType(type), flags); });
}

}  // namespace

IndexKeys::IndexKeys(const core::Schema &schema, int table, TupleDesc target, bool with_plain, Verdicts &verdicts, MemoryContext context)
    : schema_(&schema), table_(&schema.tables[table]), target_(target), with_plain_(with_plain), verdicts_(&verdicts), context_(context) {
  Oid oid = table_->oid;
  bool wanted = std::any_of(table_->keys.begin(), table_->keys.end(),
                            [&](const core::UniqueKey &key) { return with_plain || !key.plain() || on_generated(*table_, key); });
  Relation source = wanted ? call([=] { return try_relation_open(oid, AccessShareLock); }) : nullptr;
  if (!source) return;
  TupleDesc desc = call([=] {
    MemoryContext before = MemoryContextSwitchTo(context);
    TupleDesc copy = CreateTupleDescCopyConstr(RelationGetDescr(source));
    MemoryContextSwitchTo(before);
    return copy;
  });
  feeds_.resize(desc->natts);
  for (int i = 0; i < desc->natts; ++i)
    if (!TupleDescAttr(desc, i)->attisdropped) feeds_[i].column = table_->column_index(NameStr(TupleDescAttr(desc, i)->attname));
  List *indexes = call([=] { return RelationGetIndexList(source); });
  for (int i = 0; i < list_length(indexes); ++i) open_index(list_nth_oid(indexes, i), source);
  call([=] { relation_close(source, NoLock); });
  if (keys_.empty()) return;
  slot_ = call([=] {
    MemoryContext before = MemoryContextSwitchTo(context);
    TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
    MemoryContextSwitchTo(before);
    return slot;
  });
  build();
}

IndexKeys::~IndexKeys() {
  if (unwinding_ || !slot_) return;
  FreeExecutorState(estate_);
  ExecDropSingleTupleTableSlot(slot_);
}

void IndexKeys::open_index(Oid oid, Relation source) {
  Relation index = call([=] { return index_open(oid, AccessShareLock); });
  auto key = std::make_unique<IndexKey>();
  IndexKey *k = key.get();
  MemoryContext context = context_;
  call([=] {
    MemoryContext before = MemoryContextSwitchTo(context);
    k->info = BuildIndexInfo(index);
    MemoryContextSwitchTo(before);
  });
  const IndexInfo *info = key->info;
  bool unique =
      info->ii_Unique && (with_plain_ || info->ii_Expressions || info->ii_Predicate || on_generated(info, RelationGetDescr(source)));
  bool ours = index->rd_index->indisvalid && (info->ii_ExclusionOps || unique);
  std::vector<int> attributes;
  if (ours) {
    attributes = mentioned(info, true);
    ours = open_feeds(attributes, RelationGetDescr(source)) && open_parts(*key, index, RelationGetDescr(source));
  }
  if (ours) {
    std::vector<int> columns;
    std::vector<int> parts = mentioned(info, false);
    for (int a : parts.empty() ? attributes : parts) columns.push_back(feeds_[a].column);
    key->reason = verdicts_->add(RelationGetRelationName(index), columns);
    if (key->kind == IndexKey::Kind::Intervals) open_movable(*key, RelationGetDescr(source));
    keys_.push_back(std::move(key));
  }
  call([=] { index_close(index, NoLock); });
}

// Attributes (from 0) of the source that the index reads.
std::vector<int> IndexKeys::mentioned(const IndexInfo *info, bool with_predicate) {
  int natts = static_cast<int>(feeds_.size());
  std::vector<int> found = columns_of(reinterpret_cast<Node *>(info->ii_Expressions), natts);
  for (int i = 0; i < info->ii_NumIndexKeyAttrs; ++i)
    if (info->ii_IndexAttrNumbers[i] > 0) found.push_back(info->ii_IndexAttrNumbers[i] - 1);
  if (with_predicate) {
    std::vector<int> more = columns_of(reinterpret_cast<Node *>(info->ii_Predicate), natts);
    found.insert(found.end(), more.begin(), more.end());
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

// Types that the target has a copy of (enums, composites) are another type there: their values cross as text.
bool IndexKeys::open_feeds(const std::vector<int> &attributes, TupleDesc source) {
  for (int a : attributes)
    if (feeds_[a].column < 0 && !TupleDescAttr(source, a)->attisdropped) return false;
  for (int a : attributes) {
    Feed *feed = &feeds_[a];
    if (feed->needed || feed->column < 0) continue;
    feed->needed = true;
    Oid from = TupleDescAttr(target_, feed->column)->atttypid, to = TupleDescAttr(source, a)->atttypid;
    MemoryContext context = context_;
    call([=] {
      Oid function;
      bool is_varlena;
      feed->convert = getBaseType(from) != getBaseType(to);
      if (!feed->convert) return;
      getTypeOutputInfo(from, &function, &is_varlena);
      fmgr_info_cxt(function, &feed->output, context);
      getTypeInputInfo(to, &function, &feed->io_parameter);
      fmgr_info_cxt(function, &feed->input, context);
    });
  }
  return true;
}

bool IndexKeys::open_parts(IndexKey &key, Relation index, TupleDesc source) {
  key.parts = key.info->ii_NumIndexKeyAttrs;
  key.nulls_equal = !key.info->ii_ExclusionOps && key.info->ii_NullsNotDistinct;
  int unequal = 0;
  MemoryContext context = context_;
  for (int i = 0; i < key.parts; ++i) {
    key.types[i] = find_type(type_of_part(key.info, i, source));
    key.collations[i] = index->rd_indcollation[i];
    bool has_hash = OidIsValid(key.types[i]->hash_extended_proc);
    key.hashed[i] = has_hash && (!key.info->ii_ExclusionOps || key.info->ii_ExclusionOps[i] == key.types[i]->eq_opr);
    if (!key.info->ii_ExclusionOps) continue;
    FmgrInfo *function = &key.operators[i];
    Oid procedure = key.info->ii_ExclusionProcs[i];
    call([=] { fmgr_info_cxt(procedure, function, context); });
    if (key.hashed[i]) continue;
    ++unequal;
    if (key.info->ii_ExclusionOps[i] == OID_RANGE_OVERLAP_OP && has_steps(key.types[i])) key.range_part = i;
  }
  if (!key.info->ii_ExclusionOps) return std::all_of(key.hashed, key.hashed + key.parts, [](bool h) { return h; });
  if (unequal == 0) return true;  // equality alone
  key.kind = unequal == 1 && key.range_part >= 0 ? IndexKey::Kind::Intervals : IndexKey::Kind::General;
  return true;
}

// What repair() may move: the range column, or the columns of the element type that the range is made of, keys apart.
void IndexKeys::open_movable(IndexKey &key, TupleDesc source) {
  int expression = 0;
  for (int i = 0; i < key.range_part; ++i) expression += key.info->ii_IndexAttrNumbers[i] == 0;
  int attribute = key.info->ii_IndexAttrNumbers[key.range_part];
  std::vector<int> columns;
  if (attribute == 0) {
    Node *node = static_cast<Node *>(list_nth(key.info->ii_Expressions, expression));
    for (int a : columns_of(node, source->natts)) columns.push_back(feeds_[a].column);
  } else {
    columns = verdicts_->sources(feeds_[attribute - 1].column);
    if (columns.empty()) key.range_column = feeds_[attribute - 1].column;
  }
  Oid element = key.types[key.range_part]->rngelemtype->type_id;
  for (int c : columns) {
    Oid type = TupleDescAttr(target_, c)->atttypid;
    if (call([=] { return getBaseType(type); }) == element) key.movable.push_back(c);
  }
  for (int f : table_->foreign_keys)
    for (int c : schema_->foreign_keys[f].child_columns) {
      if (c == key.range_column) key.range_column = -1;
      if (std::find(key.movable.begin(), key.movable.end(), c) != key.movable.end()) key.movable.clear();
    }
}

void IndexKeys::build() {
  call([this] {
    MemoryContext before = MemoryContextSwitchTo(context_);
    estate_ = CreateExecutorState();
    MemoryContextSwitchTo(before);
    econtext_ = GetPerTupleExprContext(estate_);
    econtext_->ecxt_scantuple = slot_;
  });
  for (auto &key : keys_) {
    IndexKey *k = key.get();
    k->info->ii_ExpressionsState = NIL;
    k->predicate = nullptr;
    if (k->info->ii_Predicate) k->predicate = call([=, this] { return ExecPrepareQual(k->info->ii_Predicate, estate_); });
  }
}

void IndexKeys::rebuild() {
  if (!estate_) return;
  free_broken(estate_, econtext_);
  build();
}

// The rows that SPI fetched last, as a block that is accepted.
void IndexKeys::take_loaded(size_t rows, MemoryContext scratch) {
  begin(rows, scratch);
  call([=, this] {
    int natts = SPI_tuptable->tupdesc->natts;
    Datum *values = static_cast<Datum *>(palloc(sizeof(Datum) * natts));
    bool *nulls = static_cast<bool *>(palloc(sizeof(bool) * natts));
    int32_t reason;
    for (size_t row = 0; row < rows; ++row) {
      heap_deform_tuple(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, values, nulls);
      image(static_cast<uint32_t>(row), values, nulls, &reason);
    }
    SPI_freetuptable(SPI_tuptable);
  });
  for (size_t row = 0; row < rows; ++row) take(static_cast<uint32_t>(row));
  accept();
}

void IndexKeys::load(Relation target, MemoryContext scratch) {
  bool partitioned = target->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
  if (keys_.empty() || (!partitioned && call([=] { return RelationGetNumberOfBlocks(target); }) == 0)) return;
  Spi spi;
  std::string sql = "SELECT * FROM ONLY ";
  if (partitioned) sql.erase(sql.size() - 5);
  Oid schema = RelationGetNamespace(target);
  sql += quote_name(call([=] { return get_namespace_name(schema); }), RelationGetRelationName(target));
  const char *text = sql.c_str();
  Portal portal = call([=] {
    SPIPlanPtr plan = SPI_prepare(text, 0, nullptr);
    return SPI_cursor_open(nullptr, plan, nullptr, nullptr, true);
  });
  for (;;) {
    check_interrupts();
    uint64 rows = call([=] {
      SPI_cursor_fetch(portal, true, 1000);
      return SPI_processed;
    });
    if (rows == 0) break;
    take_loaded(rows, scratch);
    call([=] { MemoryContextReset(scratch); });
  }
  call([=] { SPI_cursor_close(portal); });
  begin(0, scratch);
}

void IndexKeys::begin(size_t rows, MemoryContext block_memory) {
  block_memory_ = block_memory;
  end_repairs();
  for (size_t row = 0; !keys_.empty() && row < images_.size() / keys_.size(); ++row) release(static_cast<uint32_t>(row));
  images_.assign(rows * keys_.size(), {});
}

void IndexKeys::release(uint32_t row) {
  for (size_t k = 0; k < keys_.size(); ++k) {
    KeyImage &image = at(row, k);
    IndexKey &key = *keys_[k];
    if (image.taken && key.kind == IndexKey::Kind::Unique) key.hashes.erase(image.hash);
    if (image.taken && key.kind == IndexKey::Kind::Intervals) key.intervals.erase(image.hash, image.low);
    if (image.taken && key.kind == IndexKey::Kind::General) std::erase(key.buckets[image.hash], image.parts);
    image.taken = false;
  }
}

void IndexKeys::end_repairs() {
  for (const Reserved &r : reserved_) r.key->intervals.erase(r.hash, r.low);
  reserved_.clear();
}

void IndexKeys::fill(const Datum *values, const bool *nulls) {
  ExecClearTuple(slot_);
  for (size_t a = 0; a < feeds_.size(); ++a) {
    Feed *feed = &feeds_[a];
    slot_->tts_isnull[a] = !feed->needed || nulls[feed->column];
    slot_->tts_values[a] = 0;
    if (slot_->tts_isnull[a]) continue;
    slot_->tts_values[a] = values[feed->column];
    if (feed->convert)
      slot_->tts_values[a] =
          InputFunctionCall(&feed->input, OutputFunctionCall(&feed->output, values[feed->column]), feed->io_parameter, -1);
  }
  ExecStoreVirtualTuple(slot_);
}

void IndexKeys::image(uint32_t row, const Datum *values, const bool *nulls, int32_t *current) {
  *current = keys_.front()->reason;
  ResetExprContext(econtext_);
  MemoryContext before = MemoryContextSwitchTo(econtext_->ecxt_per_tuple_memory);
  fill(values, nulls);
  for (size_t k = 0; k < keys_.size(); ++k) {
    *current = keys_[k]->reason;
    image_of(*keys_[k], &at(row, k));
  }
  MemoryContextSwitchTo(before);
}

void IndexKeys::image_of(IndexKey &key, KeyImage *image) {
  Datum values[INDEX_MAX_KEYS];
  bool nulls[INDEX_MAX_KEYS];
  image->applies = false;
  if (key.predicate && !ExecQual(key.predicate, econtext_)) return;
  FormIndexDatum(key.info, slot_, estate_, values, nulls);
  image->hash = 0;
  for (int i = 0; i < key.parts; ++i) {
    if (nulls[i] && !key.nulls_equal) return;
    if (!key.hashed[i]) continue;
    image->hash = mix(image->hash, nulls[i] ? 0x6e756c6cULL : hash_datum(key.types[i], key.collations[i], values[i]));
  }
  image->applies = true;
  if (key.kind == IndexKey::Kind::Intervals)
    image->applies = to_interval(key.types[key.range_part], values[key.range_part], &image->low, &image->high);
  if (key.kind != IndexKey::Kind::General) return;
  MemoryContext before = MemoryContextSwitchTo(block_memory_);
  image->parts = static_cast<Datum *>(palloc0(sizeof(Datum) * key.parts));
  for (int i = 0; i < key.parts; ++i)
    if (!key.hashed[i]) image->parts[i] = datumCopy(values[i], key.types[i]->typbyval, key.types[i]->typlen);
  MemoryContextSwitchTo(before);
}

// Whether an accepted row excludes this one. An error of the operator counts as a conflict.
bool IndexKeys::conflicts(const IndexKey &key, const KeyImage &image) {
  if (key.kind == IndexKey::Kind::Unique) return key.hashes.count(image.hash) != 0;
  if (key.kind == IndexKey::Kind::Intervals) return key.intervals.overlaps(image.hash, image.low, image.high);
  auto bucket = key.buckets.find(image.hash);
  if (bucket == key.buckets.end() || bucket->second.empty()) return false;
  struct Comparison {
    const IndexKey *key;
    const Datum *parts;
    Datum *const *entries;
    size_t count;
    MemoryContext scratch;
    bool found;
  } c{&key, image.parts, bucket->second.data(), bucket->second.size(), econtext_->ecxt_per_tuple_memory, false};
  MemoryContext before = CurrentMemoryContext;
  ErrorData *error = in_subtransaction(
      [](void *p) {
        Comparison *c = static_cast<Comparison *>(p);
        MemoryContextSwitchTo(c->scratch);
        for (size_t e = 0; e < c->count && !c->found; ++e) {
          CHECK_FOR_INTERRUPTS();
          c->found = true;
          for (int i = 0; i < c->key->parts && c->found; ++i)
            if (!c->key->hashed[i])
              c->found = DatumGetBool(
                  FunctionCall2Coll(const_cast<FmgrInfo *>(&c->key->operators[i]), c->key->collations[i], c->entries[e][i], c->parts[i]));
          MemoryContextReset(c->scratch);
        }
      },
      &c);
  MemoryContextSwitchTo(before);
  if (!error) return c.found;
  if (!is_refusal(error)) throw Error(error);
  drop(error);
  return true;
}

int32_t IndexKeys::take(uint32_t row) {
  for (size_t k = 0; k < keys_.size(); ++k)
    if (at(row, k).applies && conflicts(*keys_[k], at(row, k))) return keys_[k]->reason;
  for (size_t k = 0; k < keys_.size(); ++k) {
    KeyImage &image = at(row, k);
    IndexKey &key = *keys_[k];
    if (!image.applies) continue;
    image.taken = true;
    if (key.kind == IndexKey::Kind::Unique) key.hashes.insert(image.hash);
    if (key.kind == IndexKey::Kind::Intervals) key.intervals.insert(image.hash, image.low, image.high);
    if (key.kind == IndexKey::Kind::General) key.buckets[image.hash].push_back(image.parts);
  }
  return Verdicts::passed;
}

// A copy of the parts that outlives the block.
Datum *IndexKeys::keep_parts(const IndexKey &key, const Datum *parts) {
  const IndexKey *k = &key;
  return call([=, this] {
    MemoryContext before = MemoryContextSwitchTo(context_);
    Datum *copy = static_cast<Datum *>(palloc0(sizeof(Datum) * k->parts));
    for (int p = 0; p < k->parts; ++p)
      if (!k->hashed[p]) copy[p] = datumCopy(parts[p], k->types[p]->typbyval, k->types[p]->typlen);
    MemoryContextSwitchTo(before);
    return copy;
  });
}

void IndexKeys::accept() {
  for (size_t i = images_.size(); i-- > 0;) {
    IndexKey &key = *keys_[i % keys_.size()];
    KeyImage &image = images_[i];
    if (image.taken && key.kind == IndexKey::Kind::General) {
      std::vector<Datum *> &bucket = key.buckets[image.hash];
      auto entry = std::find(bucket.rbegin(), bucket.rend(), image.parts);  // the block's rows came last
      *entry = keep_parts(key, image.parts);
    }
    image.taken = false;
  }
}

// All ranges of the row find a place at once, and keep it until the next test: else rows that are repaired together would be sent to one place,
// and a row that two constraints refuse would lose the first place while it seeks the second.
bool IndexKeys::repair(core::Block &block, size_t row, const std::string &constraint, const Datum *values) {
  bool repaired = false;
  for (size_t k = 0; k < keys_.size(); ++k) {
    IndexKey &key = *keys_[k];
    const KeyImage &image = at(static_cast<uint32_t>(row), k);
    if (key.kind != IndexKey::Kind::Intervals || !image.applies) continue;
    int64_t shift;
    if (!key.intervals.free_place(image.hash, image.low, image.high, &shift)) continue;
    if (shift != 0 && !move_row(key, block, row, shift, values)) continue;
    key.intervals.insert(image.hash, image.low + shift, image.high + shift);
    reserved_.push_back({&key, image.hash, image.low + shift});
    repaired = repaired || verdicts_->reason(key.reason).constraint == constraint;
  }
  return repaired;
}

bool IndexKeys::move_row(const IndexKey &key, core::Block &block, size_t row, int64_t shift, const Datum *values) {
  if (key.range_column >= 0) return move_range(key, block, row, shift, values[key.range_column]);
  return move_columns(key, block, row, shift);
}

bool IndexKeys::move_columns(const IndexKey &key, core::Block &block, size_t row, int64_t shift) {
  if (key.movable.empty()) return false;
  for (int c : key.movable) {
    const core::ValueColumn &column = block.columns[c];
    int64_t moved;
    if (column.repr != core::Repr::Int) return false;
    if (!column.nulls[row] && __builtin_add_overflow(column.ints[row], shift, &moved)) return false;
  }
  for (int c : key.movable)
    if (int64_t &value = block.columns[c].ints[row];
        !block.columns[c].nulls[row] && value != core::Intervals::first && value != core::Intervals::last)
      value += shift;
  return true;
}

bool IndexKeys::move_range(const IndexKey &key, core::Block &block, size_t row, int64_t shift, Datum value) {
  core::ValueColumn &column = block.columns[key.range_column];
  if (column.repr != core::Repr::Text || column.nulls[row]) return false;
  std::string text;
  if (!shifted_range(TupleDescAttr(target_, key.range_column)->atttypid, value, shift, &text)) return false;
  column.texts[row] = std::move(text);
  return true;
}

}  // namespace relsynth::pg
