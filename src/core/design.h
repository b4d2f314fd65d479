// Rows as classifiers see them: columns of a table, of its parents, and what its children come to, as numbers; then as codes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/codec.h"
#include "core/comparison.h"

namespace relsynth::core {

// Columns of numbers, NaN where there is none. Categories are their levels, until rank_categories().
struct Design {
  std::vector<std::string> names;
  std::vector<uint8_t> category;
  std::vector<int> column;  // of the table that add_columns() was called for first; -1: derived, or of another table
  std::vector<std::vector<double>> values;
  size_t size() const { return names.size(); }
};

// The table's own columns, keys left out; texts by their shape. Rows below 0 are missing.
void add_columns(const Comparison &comparison, const Side &side, int table, const std::vector<int32_t> &rows, const std::string &prefix,
                 Design &out);

// What the children of the rows along a link come to: their number; mean, least, most, spread and sum of numbers; different levels and the
// most frequent one; different rows that they refer to besides.
void add_children(const Comparison &comparison, const View &view, int link, const std::vector<uint32_t> &rows, Design &out);

// Codes of several designs with the same columns, one after the other: values in ascending order, up to 254 of them or bins of equal mass;
// categories ascend by frequency.
std::vector<std::vector<Code>> encode_designs(const std::vector<const Design *> &designs);

std::vector<int32_t> as_rows(const std::vector<uint32_t> &rows);

}  // namespace relsynth::core
