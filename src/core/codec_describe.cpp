// What a codec does, in words for explain().
#include <algorithm>
#include <cstdio>

#include "core/category_codec.h"
#include "core/codec.h"
#include "core/shapes.h"
#include "core/structure.h"

namespace relsynth::core {

namespace {

std::string counted(size_t n, const char *one, const char *many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

std::string describe_number(const NumberCodec &number) {
  size_t spikes =
      static_cast<size_t>(std::count_if(number.bins.begin(), number.bins.end(), [](const auto &bin) { return bin.low == bin.high; }));
  std::string text = counted(spikes, "spike", "spikes") + ", " + counted(number.bins.size() - spikes, "bin", "bins");
  if (number.step > 0) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, ", step %.10g", number.step);
    text += buffer;
  }
  if (!number.grids.empty()) text += ", " + counted(number.grids.size(), "ending", "endings");
  if (number.nan) text += ", NaN";
  if (number.minus_infinity) text += ", -infinity";
  if (number.infinity) text += ", infinity";
  return text;
}

std::string describe_shapes(const TextShapes &shapes) {
  if (shapes.structure) {
    static constexpr const char *names[] = {"json",       "array",        "range",       "multirange",        "composite", "hstore",
                                            "tsvector",   "tsquery",      "points",      "text with numbers", "xml",       "text",
                                            "fresh uuid", "random bytes", "random bits", "addresses",         "networks",  "MAC addresses"};
    return std::string(names[static_cast<size_t>(shapes.structure->syntax)]) + ", " +
           counted(static_cast<size_t>(shapes.structure->classes()), "form", "forms");
  }
  std::string text = counted(static_cast<size_t>(shapes.classes()), "shape", "shapes");
  for (size_t i = 0; i < std::min<size_t>(shapes.shapes.size(), 3); ++i) text += (i ? ", " : ": ") + describe(shapes.shapes[i]);
  if (shapes.shapes.size() > 3) text += " ...";
  if (!shapes.prose.class_low.empty()) text += shapes.shapes.empty() ? ": words" : ", words";
  return text;
}

}  // namespace

std::string describe(const Codec &codec) {
  switch (codec.encoding) {
    case Encoding::Constant: return codec.codes > 1 ? "one value" : "only NULLs";
    case Encoding::Number: return describe_number(codec.number);
    case Encoding::Category: {
      std::string text = counted(category_size(codec.category), "category", "categories");
      if (!codec.category.begin.empty()) text += " in " + counted(category_codes(codec.category), "group", "groups");
      return codec.category.rare ? text + ", rare values drawn fresh" : text;
    }
    case Encoding::Pattern:
    case Encoding::Structure: return codec.shapes ? describe_shapes(*codec.shapes) : "no values";
    default: return "not modelled";
  }
}

}  // namespace relsynth::core
