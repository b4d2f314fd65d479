// graph: Schema -> dependency multigraph of tables (Boost.Graph): components, order, and which foreign key closes a cycle.
#pragma once

#include <string>
#include <vector>

#include "core/schema.h"

namespace relsynth::core {

struct Graph {
  std::vector<int> order;      // tables, parents before children when cut edges and self references are left out; ties by table index
  std::vector<int> component;  // strongly connected component of each table
  std::vector<uint8_t> cut;    // per Schema::foreign_keys: 1 if it closes a cycle over several tables and is assigned last
  std::vector<int> depth;      // per table: longest path from a table without parents, cut edges and self references left out
  std::vector<std::vector<int>> cycles;  // the tables of every component of more than one table
};

// A cycle is cut at the edge that costs least: a foreign key whose columns nobody refers to before one whose values others copy, one whose
// columns no key of the child holds before one that is part of a key, nullable before NOT NULL, declared and deferrable before others, then
// by name. Each component is cut again until it is acyclic.
Graph build_graph(const Schema &schema);

// Graphviz text of the schema's tables and foreign keys, roles as labels (driver, self, cut); names quoted.
struct Plan;
std::string to_dot(const Schema &schema, const Plan &plan);

}  // namespace relsynth::core
