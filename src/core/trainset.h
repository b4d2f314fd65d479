// The sample as training sees it: codes of every modelled column, and the place of every row in its group and in its forest.
// Input: SourceData, settled Plan, codecs. Output: what features (features.h) and targets are made of.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/codec.h"
#include "core/data.h"
#include "core/features.h"
#include "core/parallel.h"
#include "core/plan.h"
#include "core/schema.h"

namespace relsynth::core {

// Depths that are not depths.
inline constexpr int32_t cyclic_depth = -1;   // no root above: on a cycle, or below one
inline constexpr int32_t unknown_depth = -2;  // the way up leaves the sample

struct TrainTable {
  size_t rows = 0;
  std::vector<std::vector<Code>> codes;               // per column; empty without a codec
  std::vector<uint8_t> ordered;                       // per column: its codes ascend with the value
  std::vector<std::vector<Code>> rule;                // per column: alternatives of a rule that rows may take or not, else empty
  std::vector<std::vector<Code>> choice;              // per foreign key position: codes of choice keys, else empty
  std::vector<std::vector<int32_t>> depths;           // per foreign key position: Self only
  std::vector<std::vector<Code>> depth;               // the same as codes
  std::vector<TreePlaces> tree;                       // per foreign key position: Self only
  std::vector<int32_t> above;                         // along tree_key(): the row referred to, -1 for rows below no root; else empty
  std::vector<Code> position, group_size, remaining;  // empty without a driver
  std::vector<uint32_t> group_rows;                   // rows with a driver's parent, group by group in order
  size_t chained = 0;                                 // rows that have a previous one
  std::vector<uint8_t> nulls;                         // per column: has NULLs
  std::vector<double> end;                            // per column: the last value, where it is a number or a time
  int clock = -1;                                     // the time column that orders the groups
  std::vector<int32_t> previous;                      // row number of the row before in the group, -1 for the first; empty without a driver
  // Codes by kind, key and column of the features of history.h, while they are needed.
  std::map<std::array<int, 3>, std::vector<Code>> history;
  // What child tables say of every row, by kind, foreign key of the schema and column of the features of sisters.h.
  std::map<std::array<int, 3>, std::vector<Code>> sisters;
  std::map<int, std::vector<Code>> spans;  // per column that ends one: its codes (spans.h)
  std::vector<int> group_spans;            // columns that end a span of the driver's groups
  std::vector<uint32_t> entity;            // one per row
  uint32_t entities = 0;
};

struct TrainSet {
  const Schema &schema;
  const Plan &plan;
  const SourceData &data;
  std::vector<TrainTable> tables;  // per Schema::tables

  const ForeignKey &key(int table, int fk) const { return schema.foreign_keys[schema.tables[table].foreign_keys[fk]]; }
  int keys(int table) const { return static_cast<int>(schema.tables[table].foreign_keys.size()); }
  bool fixed(int table) const { return plan.tables[table].role == TableRole::Keep || plan.tables[table].role == TableRole::External; }
  // Parent row numbers along a foreign key; empty where the scan has none.
  std::span<const int32_t> parents(int table, int fk) const;
  // Children of every sampled row along a foreign key of the schema, over the whole child table where the scan counted them.
  std::vector<uint32_t> children(int schema_key) const;
};

// Everything but codes and choices, which need codecs first.
TrainSet make_train_set(const Schema &schema, const Plan &plan, const SourceData &data, const Poll &poll = {});

// Sets position, group_size and previous: the driver's groups, rows in the plan's order and then as scanned.
void arrange_groups(TrainSet &set, int table);

// Which rows refer to an earlier row of their driver's group along a self reference.
std::vector<uint8_t> within_groups(const TrainSet &set, int table, int fk);

// TablePlan::group_tree of a table whose driver and order stand: 95 % of the rows that refer to another one do so within their group.
int find_group_tree(const Schema &schema, const Plan &plan, const SourceData &data, int table);

// Row number of the row before in the group, -1 for the first; empty without a driver.
std::vector<int32_t> previous_rows(const Schema &schema, const Plan &plan, const SourceData &data, int table);

// Rows with a driver's parent, group by group in the plan's order and then as scanned; none without a driver.
std::vector<uint32_t> grouped_rows(const Schema &schema, const Plan &plan, const SourceData &data, int table);

// The last (first) rows of the driver's groups; none without a driver.
std::vector<uint32_t> end_rows(const Schema &schema, const Plan &plan, const SourceData &data, int table, bool first);

// Depth of every row along a self reference: steps up to a row whose parent is NULL or itself.
std::vector<int32_t> depths_of(std::span<const int32_t> parents);

}  // namespace relsynth::core
