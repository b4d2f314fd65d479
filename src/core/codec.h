// encode: a column of values <-> 8-bit codes. A codec is what the model keeps of a column: bins, spikes, categories, text shapes; never a
// value that fewer than min_count entities share, and no source row.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data.h"
#include "core/plan.h"
#include "core/random.h"

namespace relsynth::core {

using Code = uint8_t;
inline constexpr Code null_code = 0;       // NULL, in every codec
inline constexpr Code missing_code = 255;  // as a feature only: no such parent, no previous row
inline constexpr int max_codes = 254;      // codes 1 .. 254 stand for values

// Numbers, dates and times. Codes ascend with the value: spikes (one value), bins (an interval with 4 quantiles inside, drawn on the grid),
// then NaN, -infinity, infinity where they occur.
struct NumberCodec {
  struct Bin {
    double low = 0, high = 0;           // inclusive; equal: a spike
    std::array<double, 5> quantiles{};  // monotone; uniform between two of them
  };
  std::vector<Bin> bins;  // bins[i] has code 1 + i
  double step = 0;        // values lie on origin + k*step; 0: none found
  double origin = 0;
  // Coarser grids that a share of the values lies on: prices on .99, timestamps at midnight, days of the week. What is left of 1 lies on
  // the fine grid above.
  struct Grid {
    double step = 0, origin = 0, share = 0;
  };
  std::vector<Grid> grids;
  bool nan = false, minus_infinity = false, infinity = false;
  int decimals = 0;       // scale to print numerics with
  int padded = -1;        // of these, those printed even where they are zeros; -1: all
  bool integral = false;  // Repr::Int
};

// A set of values, each carried by min_count entities or more; the rest share one code that draws fresh text of their shapes.
struct TextShapes;
struct CategoryCodec {
  std::vector<std::string> texts;  // code 1 + i; Repr::Text
  std::vector<int64_t> ints;       // or Repr::Int
  std::vector<double> floats;      // or Repr::Float
  bool rare = false;               // code 1 + count stands for rare values
  // More texts than there are codes: code 1 + i stands for texts[begin[i]] up to texts[begin[i + 1]], drawn by their rows; else empty.
  std::vector<uint32_t> begin, rows;
};

struct Codec {
  Encoding encoding = Encoding::None;
  Repr repr = Repr::Int;
  int codes = 1;                 // codes in use are 0 .. codes-1
  bool ordered = false;          // codes ascend with the value (numbers, enums, dates)
  std::vector<uint32_t> counts;  // training rows per code: the marginal
  NumberCodec number;
  CategoryCodec category;
  std::shared_ptr<const TextShapes> shapes;  // Pattern, Structure, and rare values of Category
};

// Stores a number as the codec's column has it: within its type, printed like the sample.
void put_number(const Codec &codec, const Column &column, double value, ValueColumn &out, size_t row);

// Builds the codec of a column from its sample. `entity` gives the entity of each row; thresholds count distinct entities.
// Where a table has fewer than 16*min_count entities, thresholds of columns that are not personal shrink to a sixteenth of them, at least 2.
Codec make_codec(const Table &table, const Column &column, const ColumnPlan &plan, const SourceColumn &values,
                 const std::vector<uint32_t> &entity, uint32_t entities, int min_count);

// codes[row] for every row of the column.
std::vector<Code> encode(const Codec &codec, const SourceColumn &values);

// Draws a value of `code` into out[row]. Texts fit column.max_length.
void decode(const Codec &codec, const Column &column, Code code, Stream &random, ValueColumn &out, size_t row);

// A value outside the model's conditional draw, for keys that must be unique: widens with `attempt` (another value of the marginal; then
// values between and beyond the bins on the grid; for text, shapes with more random characters up to the column's length).
// Returns false when the codec cannot give anything new at this attempt. `code` receives the code nearest to the value.
bool decode_widened(const Codec &codec, const Column &column, int attempt, Stream &random, ValueColumn &out, size_t row, Code &code);

// How many different values the codec can give at most, widened ones included; infinity for patterns without a bound.
double capacity(const Codec &codec, const Column &column);

// What the codec does, for explain(): "42 spikes, 180 bins, step 0.01", "5 categories", "3 shapes: A{2}-9{5} ..."; shapes only, no rare value.
std::string describe(const Codec &codec);

// Picks the encoding of a modelled column from its type and values; `reason` for explain().
Encoding choose_encoding(const Table &table, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &entity,
                         uint32_t entities, int min_count, bool unique, std::string &reason);

}  // namespace relsynth::core
