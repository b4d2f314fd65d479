// page: parts of a self-contained HTML page: text, tables, charts as inline SVG. No network, no script; light and dark; fit to print.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relsynth::core {

// Text as HTML has it.
std::string escape_html(std::string_view text);

// A number with so many decimals, a dash for none.
std::string decimals(double value, int digits);

// 1234567 as 1,234,567.
std::string grouped_digits(double value);

// The page around a body.
std::string html_page(const std::string &title, const std::string &body);

// Shares of two sides, one above the other at the places of a scale: the first filled, the second as a line.
struct Histogram {
  std::string title, low, high;
  std::vector<double> first, second;
};
std::string histogram_svg(const Histogram &histogram);

// Shares of two sides per label, as pairs of bars.
struct Bars {
  std::string title;
  std::vector<std::string> labels;
  std::vector<double> first, second;
};
std::string bars_svg(const Bars &bars);

// Shares (0 to 1) over numbers on a logarithmic scale, as steps.
struct Curves {
  std::string title;
  std::vector<std::pair<double, double>> first, second;
};
std::string curves_svg(const Curves &curves);

// A square of values from 0 to 1, or from -1 to 1 if `differences`.
struct HeatMap {
  std::string title;
  std::vector<std::string> names;
  std::vector<double> values;  // row by row; NaN: none
  bool differences = false;
};
std::string heat_svg(const HeatMap &map);

// Boxes in layers from top to bottom, and arrows from one to another.
struct Diagram {
  struct Box {
    std::string name, note;
    int layer = 0;
  };
  std::vector<Box> boxes;
  std::vector<std::pair<int, int>> arrows;  // from, to
};
std::string diagram_svg(const Diagram &diagram);

// A table; cells are HTML, those of the columns in `numbers` are set to the right.
std::string html_table(const std::vector<std::string> &heads, const std::vector<std::vector<std::string>> &rows,
                       const std::vector<size_t> &numbers = {});

}  // namespace relsynth::core
