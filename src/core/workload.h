// A schema -> queries that people would ask it: what compare_queries and compare_plans run where none are given.
#pragma once

#include <string>
#include <vector>

#include "core/schema.h"

namespace relsynth::core {

inline constexpr size_t workload_size = 60;  // queries at most

// Number of rows of tables, groups by columns of few values, joins along foreign keys with counts and averages, in turn. Tables are named
// without their schema, to be found by search_path.
std::vector<std::string> default_workload(const Schema &schema);

}  // namespace relsynth::core
