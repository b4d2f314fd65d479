// layout: Plan, Model and the parents' structure -> how many rows a table gets, its groups, and the parents of every row.
#pragma once

#include <cstdint>
#include <vector>

#include "core/deal.h"
#include "core/degrees.h"
#include "core/keys.h"
#include "core/world.h"

namespace relsynth::core {

// A plain unique key seen as what fills it.
struct KeyParts {
  int key = -1;               // position in Table::keys
  std::vector<int> owner;     // per key column: the foreign key position that fills it first, -1 none
  std::vector<int> foreign;   // those positions, in the order of assignment
  std::vector<int> modelled;  // columns with a codec
  bool counted = false;       // has Serial, Uuid or LineNumber columns: unique by construction or without bound
  bool foreign_only() const { return modelled.empty() && !counted; }
};

// Foreign key positions in the order in which rows get their parents: driver, Further (most columns first, so that those whose columns are
// all determined come last of their kind), Self, choices, Cut.
std::vector<int> assignment_order(const World &world, int table);

// The plain unique keys of a table; keys that contain another key are left out.
std::vector<KeyParts> key_parts(const World &world, int table);

// Child columns that two foreign keys of a table share.
std::vector<int> shared_columns(const ForeignKey &a, const ForeignKey &b);

// Combined hash of the values a parent row gives to `columns` of the child.
uint64_t parent_hash(const World &world, const ForeignKey &key, const std::vector<int> &columns, size_t parent_row);

// Which parents rows may refer to along `fk`: their key is not NULL, and every other NOT NULL key that shares columns finds a parent too.
std::vector<uint8_t> usable_parents(const World &world, int table, int fk);

// Most children that each parent can have along `fk` without breaking a unique key; empty: no bound. Counts above `most` stand for it.
std::vector<uint32_t> child_caps(const World &world, int table, int fk, const std::vector<uint8_t> &usable);

// Fills TableState of `table`: rows, group_begin, parents, depth. Throws Error where a key cannot hold the rows asked for.
void build_structure(World &world, int table);

// Parents of the rows along a Further or Cut key: NULLs as learned, degrees, dealing.
void assign_parents(World &world, int table, int fk);

// Which rows of a nullable key are NULL, as learned.
std::vector<uint8_t> draw_nulls(const World &world, int table, int fk);

// Parents along a Self key that leads to earlier rows of the driver's group (group_tree.cpp).
void assign_in_groups(World &world, int table, int fk);

// Parents along a Self key: a forest (forest.cpp).
void assign_self(World &world, int table, int fk);

// The rules of unique keys that are complete once `fk` is assigned: those over foreign keys only, and with a Cut key any.
std::vector<UniqueRule> unique_rules(const World &world, int table, int fk);

// A key that cannot hold the rows: names the constraint, the rows wanted and what it holds.
[[noreturn]] void raise_capacity(const World &world, int table, int key, double wanted, double capacity);

}  // namespace relsynth::core
