// Columns of a side in some rows, as measures take them; and small things that measures share.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/comparison.h"
#include "core/metrics.h"
#include "core/similarity.h"

namespace relsynth::core {

// Rows below 0 are missing.
template <class Rows>
Series series_of(ValueKind kind, const ComparedValues &values, const Rows &rows) {
  Series out;
  out.numeric = is_numeric(kind);
  for (auto r : rows) {
    const bool there = static_cast<int64_t>(r) >= 0;
    if (out.numeric)
      out.numbers.push_back(there ? values.numbers[r] : no_score);
    else
      out.levels.push_back(there ? values.levels[r] : -1);
  }
  return out;
}

double missing_share(ValueKind kind, const ComparedValues &values, const std::vector<uint32_t> &rows);

// Columns whose values are set beside those of other columns.
std::vector<int> paired_columns(const ComparedTable &table);

// Leaves as many pairs as a measure looks at; false where there were more.
bool choose_pairs(std::vector<std::pair<int, int>> &pairs, const MeasureOptions &options);

// Values of both samples as numbers from 0; -1: NULL.
struct Numbered {
  std::vector<int32_t> real, other;
  size_t values = 0;
};
Numbered number_values(const Series &real, const Series &other);

// In how many of the rows that have both a is not above b.
struct Ordered {
  size_t rows = 0;
  double share = 0;
};
Ordered ordered(const std::vector<double> &a, const std::vector<double> &b);

// What of a text can be compared without its words.
struct TextShape {
  int length = 0, words = 0, digits = 0, upper = 0, punctuation = 0, first = -1;  // words: blanks; first: code point
};
TextShape text_shape(std::string_view utf8);

std::string percent(double share);  // "12.3 %"

}  // namespace relsynth::core
