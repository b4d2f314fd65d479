// Unique indexes with expressions or predicates and exclusion constraints: the target has none of them while rows are written, so their
// definitions come from the source, and rows are shown to them in the source's layout.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/data.h"
#include "core/intervals.h"
#include "core/schema.h"

#include "pg/datums.h"
#include "pg/row_batch.h"

namespace relsynth::pg {

// A row as one key sees it.
struct KeyImage {
  bool applies = false;  // false: predicate or NULLs leave the row out
  bool taken = false;    // its place is remembered
  uint64_t hash = 0;     // of the whole key, or of the parts of an exclusion constraint that must be equal
  int64_t low = 0, high = 0;
  Datum *parts = nullptr;  // of a general exclusion constraint, in the block's memory
};

// One key. Exclusion constraints split into parts with an equality operator, by whose hash rows are bucketed, and others.
struct IndexKey {
  enum class Kind : uint8_t { Unique, Intervals, General };
  Kind kind = Kind::Unique;
  int reason = 0;
  IndexInfo *info = nullptr;
  ExprState *predicate = nullptr;
  int parts = 0;
  bool nulls_equal = false;
  bool hashed[INDEX_MAX_KEYS] = {};  // parts that go into the hash
  TypeCacheEntry *types[INDEX_MAX_KEYS] = {};
  Oid collations[INDEX_MAX_KEYS] = {};
  FmgrInfo operators[INDEX_MAX_KEYS] = {};
  int range_part = -1;       // Intervals
  int range_column = -1;     // that part is this column of the table, or
  std::vector<int> movable;  // made of these, of the range's element type
  std::unordered_set<uint64_t> hashes;
  core::Intervals intervals;
  std::unordered_map<uint64_t, std::vector<Datum *>> buckets;  // General: KeyImage::parts
};

class IndexKeys {
 public:
  // `target`: the target's columns, constraints included. Keys whose columns the target lacks are left to the server.
  // `with_plain`: the table had rows before, which core knows nothing of, so that plain unique keys are tested here too.
  IndexKeys(const core::Schema &schema, int table, TupleDesc target, bool with_plain, Verdicts &verdicts, MemoryContext context);
  ~IndexKeys();

  bool empty() const { return keys_.empty(); }
  void load(Relation target, MemoryContext scratch);    // takes the places of the rows that the table has already
  void begin(size_t rows, MemoryContext block_memory);  // a new block; places of rows that were not accepted are free again
  void release(uint32_t row);                           // before a row is tested again
  void end_repairs();                                   // places that repairs reserved are free again
  // Guarded. Computes the images of a row; `current` tells the reason when it fails.
  void image(uint32_t row, const Datum *values, const bool *nulls, int32_t *current);
  // After an error in image().
  void rebuild();
  // Takes the row's places, or returns the reason why it cannot.
  int32_t take(uint32_t row);
  void accept();
  // See RowGate::repair().
  bool repair(core::Block &block, size_t row, const std::string &constraint, const Datum *values);

 private:
  void take_loaded(size_t rows, MemoryContext scratch);
  struct Feed {  // how a column of the source's layout is filled
    int column = -1;
    bool needed = false, convert = false;
    FmgrInfo output{}, input{};
    Oid io_parameter = InvalidOid;
  };
  void open_index(Oid index, Relation source);
  bool open_parts(IndexKey &key, Relation index, TupleDesc source);
  void open_movable(IndexKey &key, TupleDesc source);
  std::vector<int> mentioned(const IndexInfo *info, bool with_predicate);
  bool open_feeds(const std::vector<int> &attributes, TupleDesc source);
  void build();
  void fill(const Datum *values, const bool *nulls);
  void image_of(IndexKey &key, KeyImage *image);
  Datum *keep_parts(const IndexKey &key, const Datum *parts);
  bool conflicts(const IndexKey &key, const KeyImage &image);
  KeyImage &at(uint32_t row, size_t key) { return images_[row * keys_.size() + key]; }
  bool move_row(const IndexKey &key, core::Block &block, size_t row, int64_t shift, const Datum *values);
  bool move_columns(const IndexKey &key, core::Block &block, size_t row, int64_t shift);
  bool move_range(const IndexKey &key, core::Block &block, size_t row, int64_t shift, Datum value);

  Unwinding unwinding_;
  const core::Schema *schema_;
  const core::Table *table_;
  TupleDesc target_;
  bool with_plain_;
  Verdicts *verdicts_;
  MemoryContext context_, block_memory_ = nullptr;
  std::vector<std::unique_ptr<IndexKey>> keys_;
  std::vector<Feed> feeds_;  // per attribute of the source
  TupleTableSlot *slot_ = nullptr;
  EState *estate_ = nullptr;
  ExprContext *econtext_ = nullptr;
  std::vector<KeyImage> images_;  // rows x keys
  struct Reserved {
    IndexKey *key;
    uint64_t hash;
    int64_t low;
  };
  std::vector<Reserved> reserved_;
};

}  // namespace relsynth::pg
