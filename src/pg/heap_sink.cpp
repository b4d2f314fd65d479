// HeapSink: the gate's Datums -> a plain table made by this call, past the executor. Constraints were tested by the gate, and indexes come later.
#include <algorithm>

#include "pg/gate.h"
#include "pg/interrupt.h"
#include "pg/sinks.h"

namespace relsynth::pg {

namespace {

constexpr int batch = 1000;  // as many as COPY buffers for one table

class HeapSink final : public RowSink {
 public:
  explicit HeapSink(Oid relation);
  ~HeapSink() override;
  void write(RowGate &gate, const core::Block &block) override;
  void finish() override;

 private:
  void insert(Gate &gate, size_t first, int count);
  void report();
  void release();

  Unwinding unwinding_;
  OwnContext context_;   // of the sink
  MemoryContext batch_;  // of one batch
  OpenTable relation_;
  BulkInsertState bulk_;
  TupleTableSlot *slots_[batch] = {};
  bool open_ = true;
  size_t written_ = 0;
};

HeapSink::HeapSink(Oid relation) : context_("relsynth heap"), relation_(relation, RowExclusiveLock) {
  MemoryContext context = context_.get();
  batch_ = call([=] { return AllocSetContextCreateInternal(context, "relsynth heap batch", ALLOCSET_DEFAULT_SIZES); });
  MemoryContext before = MemoryContextSwitchTo(context);
  bulk_ = call([] { return GetBulkInsertState(); });
  MemoryContextSwitchTo(before);
}

HeapSink::~HeapSink() {
  if (!unwinding_ && open_) release();
}

void HeapSink::insert(Gate &gate, size_t first, int count) {
  Relation rel = relation_.get();
  MemoryContext before = MemoryContextSwitchTo(batch_);
  call([&] {
    int natts = RelationGetDescr(rel)->natts;
    CommandId command = GetCurrentCommandId(true);
    for (int i = 0; i < count; ++i) {
      if (!slots_[i]) {
        MemoryContextSwitchTo(context_.get());
        slots_[i] = table_slot_create(rel, nullptr);
        MemoryContextSwitchTo(batch_);
      }
      TupleTableSlot *slot = slots_[i];
      ExecClearTuple(slot);
      memcpy(slot->tts_values, gate.values(first + i), sizeof(Datum) * natts);
      memcpy(slot->tts_isnull, gate.nulls(first + i), sizeof(bool) * natts);
      ExecStoreVirtualTuple(slot);
    }
    table_multi_insert(rel, slots_, count, command, TABLE_INSERT_SKIP_FSM, bulk_);
    for (int i = 0; i < count; ++i) ExecClearTuple(slots_[i]);
    MemoryContextReset(batch_);
  });
  MemoryContextSwitchTo(before);
}

void HeapSink::write(RowGate &gate, const core::Block &block) {
  Gate &own = static_cast<Gate &>(gate);
  own.check_passed(block);
  for (size_t first = 0; first < block.rows; first += batch) {
    check_interrupts();
    insert(own, first, static_cast<int>(std::min<size_t>(batch, block.rows - first)));
  }
  call([this] { ReleaseBulkInsertStatePin(bulk_); });
  written_ += block.rows;
  report();
}

// As COPY does, in pg_stat_progress_copy; begun each time, for a refused row's subtransaction ends it.
void HeapSink::report() {
  Relation rel = relation_.get();
  call([this, rel] {
    const int items[] = {PROGRESS_COPY_COMMAND, PROGRESS_COPY_TYPE, PROGRESS_COPY_TUPLES_PROCESSED};
    const int64 values[] = {PROGRESS_COPY_COMMAND_FROM, PROGRESS_COPY_TYPE_CALLBACK, static_cast<int64>(written_)};
    pgstat_progress_start_command(PROGRESS_COMMAND_COPY, RelationGetRelid(rel));
    pgstat_progress_update_multi_param(lengthof(items), items, values);
  });
}

void HeapSink::release() {
  open_ = false;
  Relation rel = relation_.get();
  call([&] {
    pgstat_progress_end_command();
    FreeBulkInsertState(bulk_);
    table_finish_bulk_insert(rel, TABLE_INSERT_SKIP_FSM);
    for (TupleTableSlot *slot : slots_)
      if (slot) ExecDropSingleTupleTableSlot(slot);
  });
}

void HeapSink::finish() {
  release();
  call([] { CommandCounterIncrement(); });
}

}  // namespace

std::unique_ptr<RowSink> open_heap_sink(uint32_t relation) { return std::make_unique<HeapSink>(relation); }

std::unique_ptr<RowSink> RowSink::open(const core::Schema &, int, uint32_t relation, bool new_table) {
  bool plain = call([=] { return get_rel_relkind(relation) == RELKIND_RELATION; });
  return new_table && plain ? open_heap_sink(relation) : open_copy_sink(relation);
}

}  // namespace relsynth::pg
