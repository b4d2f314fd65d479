// scan: reads each table of the plan once through the executor, parents before children.
#include "pg/scan.h"

#include <algorithm>

#include "pg/catalog_parts.h"
#include "pg/collect.h"
#include "pg/guard.h"
#include "pg/interrupt.h"
#include "pg/scope.h"
#include "pg/spi.h"

namespace relsynth::pg {

namespace {

namespace state = core::sqlstate;

using Progress = std::function<void(int table, size_t rows)>;

constexpr int batch_rows = 256;                   // rows between resets of the memory that decoding uses
constexpr size_t batch_bytes = size_t{32} << 20;  // and bytes
constexpr size_t progress_rows = 1'000'000;

// The executor's end of a scan. C++ exceptions wait in `thrown` until the executor has stopped.
struct Receiver {
  DestReceiver base;  // first: PostgreSQL sees only this
  Collector *collector;
  const Progress *progress;
  int table;
  MemoryContext memory;
  int rows_in_batch;
  std::exception_ptr *thrown;
};

template <class F>
bool keep_exception(Receiver *receiver, F f) noexcept {
  try {
    return f();
  } catch (...) {
    *receiver->thrown = std::current_exception();
    return false;
  }
}

// Decodes cells [from, to) of the row, and after them their printed forms; may longjmp.
void decode_cells(Collector &collector, TupleTableSlot *slot, size_t from, size_t to) {
  Cell *cells = collector.cells().data();
  Decoder *decoders = collector.decoders().data();
  for (size_t i = from; i < to; ++i) decode(decoders[i], slot->tts_values[i], slot->tts_isnull[i], cells[i]);
}

bool receive(TupleTableSlot *slot, DestReceiver *self) {
  Receiver *receiver = reinterpret_cast<Receiver *>(self);
  Collector &collector = *receiver->collector;
  size_t columns = collector.columns().size();
  slot_getallattrs(slot);
  MemoryContext before = MemoryContextSwitchTo(receiver->memory);
  decode_cells(collector, slot, 0, collector.keys());
  bool kept = keep_exception(receiver, [&] { return collector.decide(); });
  if (kept) {
    decode_cells(collector, slot, collector.keys(), columns);
    for (size_t i = 0; collector.verbatim() && i < columns; ++i)
      print(collector.decoders()[i], slot->tts_values[i], slot->tts_isnull[i], collector.cells()[columns + i]);
    keep_exception(receiver, [&] { return collector.store(), true; });
  }
  MemoryContextSwitchTo(before);
  if (++receiver->rows_in_batch >= batch_rows || MemoryContextMemAllocated(receiver->memory, false) > batch_bytes) {
    MemoryContextReset(receiver->memory);
    receiver->rows_in_batch = 0;
  }
  if (collector.seen() % progress_rows == 0)
    keep_exception(receiver, [&] { return (*receiver->progress)(receiver->table, collector.seen()), true; });
  return !*receiver->thrown && !collector.coarse();
}

std::string select_text(const core::Table &table, const std::vector<int> &columns) {
  std::string sql = "SELECT ";
  for (size_t i = 0; i < columns.size(); ++i) sql += (i ? ", " : "") + quote_name(table.columns[columns[i]].name);
  return sql + " FROM " + from_clause(table);
}

void run(const std::string &sql, Receiver &receiver) {
  const char *text = sql.c_str();
  Receiver *r = &receiver;
  call([=] {
    SPIExecuteOptions options;
    memset(&options, 0, sizeof options);
    options.read_only = true;
    options.dest = &r->base;
    int code = SPI_execute_extended(text, &options);
    if (code < 0) elog(ERROR, "scan failed: %s", SPI_result_code_string(code));
  });
}

// One pass; false if the grain turned out too coarse.
bool scan_once(ScanState &scan_state, int table, Grain grain, core::SourceData &data, const Progress &progress) {
  MemoryScope decoders("relsynth decoders");
  Collector collector(scan_state, table, grain);
  collector.prepare();
  std::exception_ptr thrown;
  Receiver receiver;
  memset(static_cast<void *>(&receiver), 0, sizeof receiver);
  receiver.base.receiveSlot = receive;
  receiver.base.rStartup = [](DestReceiver *, int, TupleDesc) {};
  receiver.base.rShutdown = [](DestReceiver *) {};
  receiver.base.rDestroy = [](DestReceiver *) {};
  receiver.base.mydest = DestNone;
  receiver.collector = &collector;
  receiver.progress = &progress;
  receiver.table = table;
  receiver.thrown = &thrown;
  MemoryScope rows("relsynth rows");
  receiver.memory = rows.context();
  run(select_text(scan_state.schema.tables[table], collector.columns()), receiver);
  if (thrown) std::rethrow_exception(thrown);
  if (!collector.finish(data)) return false;
  progress(table, collector.seen());
  return true;
}

// Keys that could not be followed while their table was scanned.
void resolve_deferred(ScanState &scan_state, core::SourceData &data) {
  for (const Deferred &later : scan_state.deferred) {
    int fk = scan_state.schema.tables[later.table].foreign_keys[later.position];
    const ReferencedKey &key = scan_state.keys[scan_state.links[fk].key];
    if (!scan_state.tables[key.table].done) continue;
    std::vector<uint32_t> children(data.tables[key.table].rows);
    for (size_t i = 0; i < later.hashes.size(); ++i) {
      if (i % 65536 == 0) check_interrupts();
      if (later.hashes[i] == 0) continue;
      int32_t parent = key.rows.find(later.hashes[i]);
      if (parent >= 0)
        ++children[parent];
      else if (!key.rows.contains(later.hashes[i]))
        ++scan_state.orphans[fk];
    }
    data.tables[key.table].children[fk] = std::move(children);
    std::vector<int32_t> &parents = data.tables[later.table].parents[later.position];
    for (size_t row = 0; row < later.rows.size(); ++row) {
      uint64_t h = later.hashes[later.rows[row]];
      parents[row] = h == 0 ? core::no_parent : key.rows.find(h);
    }
  }
}

std::string column_list(const core::Table &table, const std::vector<int> &columns) {
  std::string out;
  for (int c : columns) out += (out.empty() ? "" : ", ") + quote_name(table.columns[c].name);
  return out;
}

struct OrphanQuery {
  std::string rows, where;
};

OrphanQuery orphan_query(const core::Schema &schema, const core::ForeignKey &fk) {
  const core::Table &child = schema.tables[fk.child], &parent = schema.tables[fk.parent];
  std::string match, present;
  for (size_t i = 0; i < fk.child_columns.size(); ++i) {
    std::string c = "c." + quote_name(child.columns[fk.child_columns[i]].name);
    match += (i ? " AND p." : "p.") + quote_name(parent.columns[fk.parent_columns[i]].name) + " = " + c;
    present += c + " IS NOT NULL AND ";
  }
  return {(fk.only_in.empty() ? from_clause(child) : fk.only_in) + " c",
          present + "NOT EXISTS (SELECT FROM " + from_clause(parent) + " p WHERE " + match + ")"};
}

core::Problem orphan_problem(const core::Schema &schema, const core::ForeignKey &fk, size_t count, const OrphanQuery &find) {
  const core::Table &child = schema.tables[fk.child], &parent = schema.tables[fk.parent];
  return {
      state::foreign_key_violation,
      std::to_string(count) + " rows of table \"" + child.qualified() + "\" violate foreign key \"" + fk.name + "\"",
      "Their key (" + column_list(child, fk.child_columns) + ") is not present in table \"" + parent.qualified() + "\".",
      std::string(fk.declared ? "Correct the rows or take the relationship out of the config" : "Correct the rows or exclude the table") +
          "; this finds them: SELECT * FROM " + find.rows + " WHERE " + find.where + "."};
}

// Orphans of keys that the server has not proven. Under row security the parent may just be out of sight.
void report_orphans(const ScanState &scan_state, core::SourceData &data, core::Problems &problems) {
  const core::Schema &schema = scan_state.schema;
  for (size_t f = 0; f < schema.foreign_keys.size(); ++f) {
    const core::ForeignKey &fk = schema.foreign_keys[f];
    if (scan_state.orphans[f] == 0 || (fk.validated && !fk.declared) || schema.tables[fk.parent].row_security) continue;
    const OrphanQuery find = orphan_query(schema, fk);
    size_t count = scan_state.orphans[f];
    if (!fk.only_in.empty())  // its other partitions may hold what they like
      count = std::stoull(query("SELECT pg_catalog.count(*) FROM " + find.rows + " WHERE " + find.where).at(0).at(0).value_or("0"));
    if (count == 0) continue;
    data.tables[fk.child].orphans += count;
    problems.push_back(orphan_problem(schema, fk, count, find));
  }
}

// Rows that break a CHECK that is NOT VALID: no valid copy could look like them.
void check_unproven(const core::Table &table, core::Problems &problems) {
  for (const core::Check &check : table.checks) {
    if (check.validated) continue;
    std::string condition = "NOT (" + check.expression + ")";
    std::string from = from_clause(table) + " AS " + quote_name(table.name);
    std::string count = query("SELECT pg_catalog.count(*) FROM " + from + " WHERE " + condition).at(0).at(0).value_or("0");
    if (count == "0") continue;
    problems.push_back({state::check_violation,
                        count + " rows of table \"" + table.qualified() + "\" violate check constraint \"" + check.name + "\"",
                        "The constraint is NOT VALID.",
                        "Correct the rows, drop the constraint or exclude the table; this finds them: SELECT * FROM " + from + " WHERE " +
                            condition + "."});
  }
}

// What makes the same rows come in the same order and print the same way in every session.
void set_scan_settings(Settings &settings) {
  settings.set("synchronize_seqscans", "off");
  settings.set("max_parallel_workers_per_gather", "0");
  settings.set("enable_indexonlyscan", "off");
  settings.set("jit", "off");
  settings.set("datestyle", "ISO, YMD");
  settings.set("intervalstyle", "postgres");
  settings.set("extra_float_digits", "1");
  settings.set("bytea_output", "hex");
  settings.set("xmlbinary", "base64");
}

// Tables outside first, for they are parents only; then the plan's order.
std::vector<int> scan_order(const core::Schema &schema, const core::Plan &plan) {
  std::vector<int> order;
  for (size_t t = 0; t < schema.tables.size(); ++t)
    if (schema.tables[t].external) order.push_back(static_cast<int>(t));
  for (int t : plan.order)
    if (!schema.tables[t].external && plan.tables[t].role != core::TableRole::Skip) order.push_back(t);
  return order;
}

}  // namespace

core::SourceData scan(const core::Schema &schema, const core::Plan &plan, uint64_t seed, core::Problems &problems,
                      const Progress &progress) {
  Settings settings;
  set_scan_settings(settings);
  core::SourceData data;
  data.tables.resize(schema.tables.size());
  ScanState scan_state(schema, plan, seed);
  for (int table : scan_order(schema, plan)) {
    check_interrupts();
    for (Grain grain : {Grain::Entity, Grain::Group, Grain::Row})
      if (scan_once(scan_state, table, grain, data, progress)) break;
    check_unproven(schema.tables[table], problems);
  }
  resolve_deferred(scan_state, data);
  report_orphans(scan_state, data, problems);
  return data;
}

}  // namespace relsynth::pg
