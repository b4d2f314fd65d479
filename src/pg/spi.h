// SQL through SPI with C++ values. Needs an open Spi scope.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relsynth::pg {

using Text = std::optional<std::string>;  // a value as its type prints it, or NULL
using TextRow = std::vector<Text>;

// Rows of a query, read-only: under the snapshot that is active, so that all queries of a call agree. Parameters $1.. are text.
std::vector<TextRow> query(const std::string &sql, const std::vector<Text> &parameters = {});

// A command with effects (DDL, INSERT ...), under a fresh snapshot; returns the number of rows processed.
uint64_t execute(const std::string &sql);

std::string quote_name(std::string_view name);                           // quote_ident()
std::string quote_name(std::string_view schema, std::string_view name);  // schema.name, both quoted as needed
std::string quote_literal(std::string_view text);                        // E'' form where it has backslashes

// Reads of TextRow cells.
inline bool is_true(const Text &t) { return t && *t == "t"; }
inline std::string to_string(const Text &t) { return t.value_or(std::string()); }
inline uint32_t to_oid(const Text &t) { return t && !t->empty() ? static_cast<uint32_t>(std::stoul(*t)) : 0; }
std::vector<std::string> parse_array(const Text &array);  // text[] as printed; NULL elements become ""
std::vector<int> parse_int_vector(const Text &array);     // int[] "{1,2}" or int2vector "1 2"

}  // namespace relsynth::pg
