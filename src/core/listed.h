// listed: a CHECK as deparsed -> the texts that it lists.
#pragma once

#include <string>
#include <vector>

namespace relsynth::core {

// The texts that a condition on one column asks it to be one of: column = ANY (ARRAY[...]), or equalities joined by OR. Empty where it says
// anything else.
std::vector<std::string> listed_texts(const std::string &expression);

}  // namespace relsynth::core
