// Takes the rows of one table as the executor brings them: decides which stay in the sample, resolves parents, counts children and NULLs.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <vector>

#include "core/data.h"
#include "core/plan.h"
#include "core/schema.h"

#include "pg/decode.h"
#include "pg/key_map.h"

namespace relsynth::pg {

// What later tables need of one that has been scanned. Every row has a sampling hash: that of its entity, which is its driver's parent's.
// Rows with a hash up to the threshold are in the sample.
struct Scanned {
  bool done = false, complete = false;  // complete: every visible row is in the sample
  std::vector<uint64_t> hash;           // per row of the sample
  std::vector<uint64_t> own;            // per row of the sample: hash of its key
  uint64_t threshold = std::numeric_limits<uint64_t>::max();
  double share = 1;  // of the rows that could have had a hash at all: thinned out where an ancestor began a new range of hashes
};

// A set of columns that some foreign key refers to, and the rows of their values.
struct ReferencedKey {
  int table = -1;
  std::vector<int> columns;  // ascending
  bool every_row = false;    // also rows outside the sample, to tell orphans of a key that is not proven
  KeyMap rows;
};

// A foreign key with its columns in the order of the referenced key's.
struct Link {
  int key = -1;
  std::vector<int> child_columns;
};

// A foreign key whose parent comes later (self references, cut cycles): key hashes of all rows, 0 for NULL.
struct Deferred {
  int table = -1, position = -1;
  std::vector<uint64_t> hashes;  // per row of the table
  std::vector<uint32_t> rows;    // per row of the sample: its place in hashes
};

// State of a whole scan.
struct ScanState {
  const core::Schema &schema;
  const core::Plan &plan;
  uint64_t seed;
  std::vector<Scanned> tables;
  std::vector<ReferencedKey> keys;
  std::vector<Link> links;  // per Schema::foreign_keys
  std::vector<Deferred> deferred;
  std::vector<size_t> orphans;  // per Schema::foreign_keys: rows without a parent, where that could be told

  ScanState(const core::Schema &schema, const core::Plan &plan, uint64_t seed);
};

// What is sampled as a whole: entities; where a few of them hold most rows of a table, the children of one parent; or single rows.
enum class Grain { Entity, Group, Row };

// One pass over one table.
class Collector {
 public:
  Collector(ScanState &state, int table, Grain grain);

  // Columns to read, in this order; the first `keys()` of them are those that decide about the row.
  const std::vector<int> &columns() const { return columns_; }
  size_t keys() const { return keys_; }
  bool verbatim() const { return verbatim_; }
  // Cells of the current row, one per column; then one per column as printed if verbatim().
  std::vector<Cell> &cells() { return cells_; }
  std::vector<Decoder> &decoders() { return decoders_; }
  void prepare();  // makes the decoders, in the current memory context

  bool decide();  // keys of a row are there: whether it stays
  void store();   // its other cells are there, too
  size_t seen() const { return seen_; }
  bool coarse() const { return coarse_; }  // a few entities or groups hold most rows: take a finer grain

  // Gives the sample away. False if it is too coarse; nothing is changed then.
  bool finish(core::SourceData &data);

 private:
  struct Outgoing {  // a foreign key of the table
    int fk, position;
    std::vector<size_t> cells;  // of its columns, in the order of the key's
    bool ready, driver;
    std::vector<uint32_t> children;
    size_t nulls = 0, orphans = 0;
    Deferred later;
    int32_t parent = core::no_parent;  // of the current row
  };
  struct Incoming {  // a referenced key of the table
    int key;
    std::vector<size_t> cells;
    std::vector<uint64_t> hashes, outside;  // rows of the sample; the others if the key wants every row
    uint64_t hash = 0;                      // of the current row
  };

  void choose_columns();
  void choose_row_key();
  void open_links();
  void reserve();
  size_t cell_of(int column) const;
  uint64_t hash_cells(const std::vector<size_t> &cells, const core::Table &types, const std::vector<int> &columns, bool &null) const;
  void follow(Outgoing &link);
  bool in_sample();
  void append(core::SourceColumn &column, size_t cell);
  void tighten(size_t limit);
  void drop_above(uint64_t threshold);
  void compact_pool(core::SourceColumn &column);
  void compact_pools();
  void give_keys();

  ScanState &state_;
  const core::Table &table_;
  const core::TablePlan &plan_;
  int index_;
  Grain grain_;
  bool verbatim_ = false, coarse_ = false;
  size_t limit_;
  double share_ = 1;
  uint64_t threshold_ = std::numeric_limits<uint64_t>::max();
  uint64_t salt_;
  const Scanned *driver_parent_ = nullptr;
  Outgoing *driver_ = nullptr;

  std::vector<int> columns_;
  size_t keys_ = 0;
  std::vector<Decoder> decoders_;
  std::vector<Cell> cells_;
  std::vector<Interner> interners_;  // per columns_
  std::vector<core::Scales> scales_;
  std::vector<size_t> row_key_;  // cells of the key that names a row; empty: its position does
  std::vector<int> row_key_columns_;
  std::vector<Outgoing> outgoing_;
  std::vector<Incoming> incoming_;

  core::SourceTable out_;
  std::vector<uint64_t> hashes_, own_;  // of every kept row: sampling hash, hash of its key
  size_t seen_ = 0, bytes_ = 0;
  uint64_t row_hash_ = 0, row_own_ = 0;
};

}  // namespace relsynth::pg
