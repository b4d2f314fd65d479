// Measures of how near one database comes to another: Comparison and two views -> scores. docs/evaluate.md defines each and names its source.
// A score of a column, a pair or a link is followed by the mean of its table and that of the database, as their metric's name says.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/comparison.h"
#include "core/parallel.h"

namespace relsynth::core {

inline constexpr double no_score = std::numeric_limits<double>::quiet_NaN();

struct Score {
  int table = -1;      // -1: of the whole database
  std::string object;  // column, "a, b" of a pair, label of a link or a chain of links; empty: of the whole table
  std::string metric;
  double value = no_score;
  std::string detail;
};
using Scores = std::vector<Score>;

struct MeasureOptions {
  uint64_t seed = 42;
  int threads = 1;
  Poll poll;
  size_t rows = 20000;       // of a table that pairs, trends and classifiers look at
  size_t children = 150000;  // that measures of groups look at
  size_t cells = 4'000'000;  // rows times columns that a classifier looks at
  size_t pairs = 400;        // of columns, per table or chain
};

// What all measures take. `real` is the reference.
struct Measured {
  const Comparison &comparison;
  const View &real, &other;
  const MeasureOptions &options;
  const ComparedLayout &layout() const { return comparison.layout; }
};

// metrics_columns.cpp: rows, shapes, missing, text_length, pairs, strong_pairs, dependencies, orders
Scores measure_columns(const Measured &m);
// metrics_links.cpp: cardinality, trends_1hop, trends_2hop, co_parents, strong_trends
Scores measure_links(const Measured &m);
// metrics_groups.cpp: within_parent, and orders of children's dates and their parents'
Scores measure_groups(const Measured &m);
// metrics_detection.cpp: c2st, c2st_entity, c2st_agg, c2st_join
Scores measure_detection(const Measured &m);
// metrics_utility.cpp: ml_utility. `test`: rows of a third database to test on, else three tenths of the real ones.
Scores measure_utility(const Measured &m, const View *test);

// The mean of scores, those without a value left out; no_score where there is none.
class Mean {
 public:
  void add(double value) {
    if (!std::isfinite(value)) return;
    sum_ += value;
    ++n_;
  }
  double value() const { return n_ ? sum_ / static_cast<double>(n_) : no_score; }
  size_t count() const { return n_; }

 private:
  double sum_ = 0;
  size_t n_ = 0;
};

// Scores of the items of a list, made in parallel, in the order of the list.
Scores gather(const Measured &m, size_t items, const std::function<void(size_t, Scores &)> &measure);

// The value of the whole database in a list of scores.
double summary(const Scores &scores, const std::string &metric);

// The mean of nine parts, as docs/evaluate.md has it.
double overall(const Scores &scores);

}  // namespace relsynth::core
