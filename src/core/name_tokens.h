// Words of an identifier, for judging what a table or column is about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/schema.h"

namespace relsynth::core {

// customer_emailAddress2 -> customer, email, address, 2; lower case.
std::vector<std::string> name_tokens(std::string_view name);

// An English plural's singular, roughly: categories -> category, statuses -> status, cities -> city.
std::string singular(const std::string &word);

// Whether the table's name says that its rows are persons.
bool names_persons(const Table &table);

}  // namespace relsynth::core
