// allowed: the constraints of a target's column -> integers that it takes, for keys that are numbered.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace relsynth::pg {

// The first `rows` values from `first` on that the CHECK constraints and the domain of an integer column accept and that some partition takes;
// fewer where no more are found. Only constraints on this column alone count. Empty where every value from `first` on will do.
std::vector<int64_t> allowed_values(uint32_t relation, const std::string &column, int64_t first, size_t rows);

}  // namespace relsynth::pg
