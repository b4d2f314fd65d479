// Results of one query on two databases -> how far they lie apart.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace relsynth::core {

struct QueryResult {
  struct Column {
    std::string name;
    bool number = false;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  // as printed
  bool whole = true;                                          // false: there are more rows, which were not read
};

// What became of one column, or of the number of rows. A relative error that does not exist is NaN.
struct ResultDifference {
  std::string value, source, target;
  double relative_error = std::numeric_limits<double>::quiet_NaN();
  std::string detail;
};

// One row on both sides: a difference per column. Else rows are matched by key and there is one for the number of rows ("rows") and one per
// number, the mean over the keys of either side; a key that one side lacks counts 1. The key is all columns that are no numbers; without
// such, the first column, where it names every row; else the position.
std::vector<ResultDifference> compare_results(const QueryResult &source, const QueryResult &target);

}  // namespace relsynth::core
