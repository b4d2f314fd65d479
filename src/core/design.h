// Rows as classifiers see them: columns of a table, of its parents, and what its children come to, as numbers; then as codes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/codec.h"
#include "core/comparison.h"

namespace relsynth::core {

// Columns of numbers, NaN where there is none. Categories are their levels.
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

// Several designs of the same columns, one after the other, as codes. Numbers ascend: up to 254 values, or bins of equal mass. Categories
// are ranked by their frequency in the rows to train on, which use() names: a level that those lack comes before all others. Where there are
// more than ten levels, the frequency itself is a feature too.
class CodedDesign {
 public:
  explicit CodedDesign(const std::vector<const Design *> &designs);
  void use(const std::vector<uint32_t> &train);
  const std::vector<std::vector<Code>> &codes() const { return codes_; }
  size_t column(size_t feature) const { return column_[feature]; }  // of the designs

 private:
  struct Category {
    size_t rank = 0, frequency = 0;  // features; frequency 0: none
    std::vector<int32_t> levels;     // of every row, -1: NULL
  };
  std::vector<std::vector<Code>> codes_;
  std::vector<size_t> column_;
  std::vector<Category> categories_;
};

std::vector<int32_t> as_rows(const std::vector<uint32_t> &rows);

}  // namespace relsynth::core
