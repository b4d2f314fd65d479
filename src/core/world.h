// What sample holds of the tables that are generated already or being generated: structure, codes that features read, key values that
// foreign keys copy; and for how long each is needed.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "core/features.h"
#include "core/model.h"
#include "core/plan.h"
#include "core/sample.h"
#include "core/sisters.h"

namespace relsynth::core {

// The foreign key is not NULL, but its parent is chosen only by Sampler::close().
inline constexpr int32_t later_parent = -3;

struct TableState {
  bool fixed = false;  // Keep or External: the rows are the model's
  bool begun = false;  // structure stands
  bool ended = false;  // all rows kept
  size_t rows = 0;
  size_t kept = 0;  // rows kept so far
  // The same for threads that draw the next block while rows are kept: what is kept by then is there.
  size_t kept_rows() const { return std::atomic_ref<size_t>(const_cast<size_t &>(kept)).load(std::memory_order_acquire); }
  void keep(size_t rows) { std::atomic_ref<size_t>(kept).store(std::max(kept, rows), std::memory_order_release); }
  uint64_t name = 0;                               // key of the table's streams
  double factor = 1;                               // rows asked for per source row
  std::vector<int64_t> first_serial;               // per column
  std::vector<std::vector<int32_t>> ordinals;      // per column: of every row, where ColumnPlan::within says so
  std::vector<std::vector<int64_t>> serials;       // per column: of every row, where they are not first_serial and up
  std::map<int, std::vector<uint8_t>> inside;      // per foreign key (of the schema) to one partition only: the rows that are in it
  std::vector<uint32_t> group_begin;               // first row of every driver's parent's group, and the end of the last; empty: no driver.
                                                   // Rows from there on have a NULL driver and are groups of one
  std::vector<std::vector<int32_t>> parents;       // per foreign key position
  std::vector<std::vector<Code>> depth;            // per foreign key position: Self only
  std::vector<TreePlaces> tree;                    // the same
  std::vector<std::vector<Code>> codes;            // per column: those that features of other tables read
  std::vector<ValueColumn> values;                 // per column: those that foreign keys copy and that columns are relative to
  std::map<SisterKey, std::vector<Code>> sisters;  // per row: what child tables say of it that later ones read
  std::map<int, std::vector<Code>> spans;          // per row, by the column that ends them: those that features of other tables read
  std::map<int, std::vector<uint64_t>> late_prefix;  // per unique key that a Cut key completes: per row, hash of its columns beside foreign
                                                     // keys, 0 where a NULL among them frees the row
};

// How long something of a table is needed: position in Plan::order of the last table that reads it.
struct Needs {
  std::map<std::pair<int, int>, int> codes;    // (table, column)
  std::map<std::pair<int, int>, int> parents;  // (table, foreign key position)
  std::map<std::pair<int, int>, int> values;   // (table, column)
  std::map<SisterKey, int> sisters;
  std::map<std::pair<int, int>, int> spans;  // (table, column)
  std::map<std::pair<int, int>, int> trees;  // depth and place along a self reference: (table, foreign key position)
};

struct World {
  World(const Schema &schema, const Plan &plan, const Model &model, SampleOptions options);

  const Schema &schema;
  const Plan &plan;
  const Model &model;
  SampleOptions options;
  std::vector<TableState> tables;
  std::vector<int> position;                                // of a table in Plan::order; -1 not there
  std::vector<std::vector<std::vector<Code>>> choice_code;  // per table, foreign key position: code of every kept row
  Needs needs;

  const ForeignKey &key(int table, int fk) const { return schema.foreign_keys[schema.tables[table].foreign_keys[fk]]; }
  FkRole role(int table, int fk) const { return plan.tables[table].fk_roles[fk]; }
  int keys(int table) const { return static_cast<int>(schema.tables[table].foreign_keys.size()); }
  const std::vector<int32_t> &parents(int table, int fk) const {
    return tables[table].fixed ? model.tables[table].kept_parents[fk] : tables[table].parents[fk];
  }
  Stream stream(int table, uint64_t entity, Purpose purpose, uint64_t sub = 0, uint64_t attempt = 0) const {
    return Stream(options.seed, tables[table].name, entity, purpose, sub, attempt);
  }
  void poll() const {
    if (options.poll) options.poll();
  }
  // Whether a foreign key is a choice that can be drawn again with the row, because no other key shares its columns.
  bool drawn_choice(int table, int fk) const;
  // The step of a choice that can; nullptr for other keys.
  const ColumnModel *choice_step(int table, int fk) const;
  // Whether a foreign key gets its columns only in Sampler::close(): Cut, and Self to a key that is not known before its row is drawn.
  bool late(int table, int fk) const;
  bool has_late(int table) const;  // or totals over rows of other tables

  // Releases what no table after position `done` of the order reads.
  void release(int done);
  size_t memory() const;

  // The tables of a key of TableState::sisters.
  int sister_parent(const SisterKey &key) const { return schema.foreign_keys[key[1]].parent; }
  int sister_child(const SisterKey &key) const { return schema.foreign_keys[key[1]].child; }

 private:
  void need_features(const std::vector<FeatureRef> &features, int table, bool generated, int until);
  void need_table(int table, int until);
  void need_way(int table, const std::vector<int> &way, size_t known, int until);
  void need_base(const Relative &relative, int table, int until);
  void need_input(const RuleInput &input, int table, int until);
  bool pure_key(int table, int fk) const;
  std::vector<std::vector<uint8_t>> drawn_choice_, late_;
};

// A feature with its way to the code resolved: the steps up along parent arrays, then the codes of a column.
struct FeatureSource {
  FeatureRef ref;
  std::vector<const int32_t *> up;  // parent row numbers, one array a step
  const Code *codes = nullptr;      // of the column in the table reached; nullptr: not known
  const Code *choice = nullptr;     // code per kept row, for Choice
  int choice_fk = -1;               // depends on the drawn choice at this foreign key position
};

// The place of a row within its driver's group.
struct Place {
  size_t row = 0, position = 1, group_size = 1;
};

// `generated`: the row is a kept row of `table` and Own reads its stored codes (CountModel); else Own and Previous are the caller's affair.
FeatureSource resolve(const World &world, int table, const FeatureRef &ref, bool generated);

// Code of a resolved feature; missing_code where something on the way is not there.
Code feature_code(const FeatureSource &source, const Place &place);

// The row that another one leads to along foreign key positions; negative where the way ends.
int64_t row_along(const World &world, int table, const std::vector<int> &path, size_t row);

// The place of a row of a table whose structure stands.
Place place_of(const TableState &table, size_t row);

}  // namespace relsynth::core
