// Rows of a set-returning function from text cells: each cell goes through the input function of its output column.
#pragma once

#include <vector>

#include "pg/pg.h"
#include "pg/spi.h"

namespace relsynth::pg {

// Prepares the result (call first, before SPI is opened) and fills it; the function then returns (Datum) 0.
void begin_rows(FunctionCallInfo call);
void put_rows(FunctionCallInfo call, const std::vector<TextRow> &rows);

// Arguments as C++ values; NULL gives nullopt.
Text text_argument(FunctionCallInfo call, int position);

std::vector<Text> text_array_argument(FunctionCallInfo call, int position);  // of text[]; not NULL

std::string array_literal(const std::vector<std::string> &items);  // a text[] as its input function reads it

}  // namespace relsynth::pg
