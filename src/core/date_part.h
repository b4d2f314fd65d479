// date_part: parts of dates and times that other columns repeat: year, quarter, weekday, hour, 20150821, "Aug".
#pragma once

#include <cstdint>
#include <string>

#include "core/civil.h"
#include "core/data.h"
#include "core/plan.h"

namespace relsynth::core {

// The ways to write parts of a date: numbers for columns of numbers and booleans, texts for columns of text.
size_t date_parts();
const char *date_part_name(size_t part);  // "weekday of"
bool is_date_part_text(size_t part);
double date_part_number(size_t part, const Civil &date);
std::string date_part_text(size_t part, const Civil &date);

// The part of one of the row's `times` that the column is in every row; Kind::None if there is none.
Rule find_date_part(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column, const std::vector<int> &times);

}  // namespace relsynth::core
