// Plans of the server, as EXPLAIN (FORMAT JSON) prints them: their shape, and where two of them part.
#pragma once

#include <string>
#include <vector>

namespace relsynth::core {

// A node of a plan: what it does ("Hash Join, Left", "Index Scan using orders_pkey on orders") with relations named without their schema.
struct PlanNode {
  std::string what;
  std::vector<PlanNode> children;
};

struct QueryPlan {
  PlanNode root;
  double rows = 0, cost = 0;  // estimates for the whole
};

QueryPlan parse_plan(const std::string &json);

// The first node from the top where the plans differ: "Seq Scan on orders, not Index Scan using orders_pkey on orders"; empty: same shape.
std::string plan_difference(const PlanNode &source, const PlanNode &target);

}  // namespace relsynth::core
