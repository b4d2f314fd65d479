// A single value as measures see it: a number or the text of a level.
#pragma once

#include <string>
#include <string_view>

#include "core/comparison.h"

namespace relsynth::core {

// NaN for NULL and for what is no finite number. `cls` is the class in the source; `column` that of the side, whose type may be another.
double measured_number(ValueKind kind, TypeClass cls, const Column &column, const SourceColumn &values, size_t row);

// A level that is not held as text, as the type prints it.
std::string printed_level(const Column &column, const SourceColumn &values, size_t row);

// Types without a class of their own that hold documents and shapes.
bool is_document(const Column &column);

double interval_seconds(std::string_view text);  // '1 year 2 mons -3 days 04:05:06.7'; a month has 30 days, a year 365.25
double timetz_seconds(std::string_view text);    // '04:05:06+02', in UTC
size_t array_elements(std::string_view text);    // '{1,"a,b",{2,3}}': 4
size_t characters(std::string_view utf8);

}  // namespace relsynth::core
