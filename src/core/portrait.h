// portrait: columns, pairs of columns and foreign keys of a Comparison as charts have them: few numbers, none of which tells of fewer than
// so many entities of the source. Input: Comparison, its first side the source, its second the target.
#pragma once

#include <string>
#include <vector>

#include "core/comparison.h"
#include "core/page.h"
#include "core/parallel.h"

namespace relsynth::core {

// What a portrait may show of the source.
struct PortraitOptions {
  uint32_t least_entities = 8;  // that must share what is shown
  Poll poll;
};

// The values of a column: bars of categories, a histogram of numbers, times and lengths, and of texts by their length.
struct ColumnPortrait {
  bool is_bars = false, empty = true;  // empty: too few entities have values
  Bars bars;
  Histogram histogram;
};
ColumnPortrait portray_column(const Comparison &comparison, int table, int column, const PortraitOptions &options);

// Children per parent: the share of parents with at most so many.
Curves portray_link(const Comparison &comparison, int link, const PortraitOptions &options);

// How strongly columns depend on each other, by Cramér's V (bias corrected, Bergsma 2013) of ten bins or levels each: source, target, and
// target less source. No names where there are fewer than two columns to compare.
struct PairPortrait {
  HeatMap source, target, difference;
};
PairPortrait portray_pairs(const Comparison &comparison, int table, const PortraitOptions &options);

// Cramér's V of two columns of codes from 0 to `levels` - 1, -1 for none.
double cramers_v(const std::vector<int> &a, const std::vector<int> &b, int levels);

}  // namespace relsynth::core
