// encode, structured text: json, arrays, ranges, composites, intervals ... A value is parsed into items; what values share at each place
// (kinds, keys, numbers, words, lengths) is learned as a field; a drawn text follows the grammar of its type.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/number_codec.h"
#include "core/shapes.h"

namespace relsynth::core {

// Grammar of a column's text form.
enum class Syntax : uint8_t {
  Json,
  Array,
  Range,
  Multirange,
  Row,
  Hstore,
  Vector,
  Query,
  Points,
  Flat,
  Xml,
  Words,
  Uuid,
  Bytea,
  Bit,
  Inet,
  Cidr,
  Mac
};

enum class ItemKind : uint8_t { Null, True, False, Number, Date, Stamp, Time, Word, List, Object, Range, Row, Flat };

// A parsed value.
struct Item {
  ItemKind kind = ItemKind::Null;
  std::string text;               // Word; Stamp: separator and zone
  double number = 0;              // Number; Date: days; Stamp, Time: microseconds (since 2000)
  int decimals = 0;               // Number
  std::vector<Item> items;        // List, Object, Row, Flat; Range: lower, upper
  std::vector<std::string> keys;  // Object: names; Flat: the literals around the items (one more)
  uint8_t flags = 0;              // Range: bits below; Vector: has positions
};
inline constexpr uint8_t range_empty = 1, range_no_lower = 2, range_no_upper = 4, range_closed_lower = 8, range_closed_upper = 16;

Syntax syntax_of(const Column &column, std::string_view example);
std::optional<Item> parse_item(Syntax syntax, std::string_view text, bool ranges_inside);
// Number, date, timestamp or time if the text is exactly one; else Word.
Item classify(std::string_view text, bool numbers);
std::optional<Item> parse_json(std::string_view text);
std::optional<Item> parse_flat(std::string_view text, bool markup);

// What is learned of the numbers at a place.
struct NumberSlot {
  NumberCodec codec;
  NumberLimits limits;
  Weighted<uint32_t> codes;
};

// What is learned of the items at a place.
struct Field {
  Weighted<uint8_t> kinds;
  NumberSlot number, date, stamp, time, length, span;
  Weighted<std::string> stamp_forms;
  Weighted<std::string> words;  // shared
  uint64_t fresh = 0;           // the others
  std::shared_ptr<const TextShapes> shapes;
  std::vector<std::string> keys;  // Object; Flat: literals
  std::vector<double> presence;   // Object: share of the objects with the key
  std::vector<int> children;      // Object, Row, Flat
  int element = -1;               // List
  int lower = -1, upper = -1;     // Range; upper: of ranges without a lower bound
  Weighted<uint8_t> flags;        // Range; Vector
};

struct Structure {
  Syntax syntax = Syntax::Json;
  bool ranges_inside = false;
  std::vector<Field> fields;
  std::vector<int> variants;         // field of class i
  std::vector<uint64_t> signatures;  // of class i; 0: the rest
  std::vector<std::string> keys;     // that enough entities share, sorted
  // Forms without items.
  NumberSlot length;               // Bytea, Bit
  std::vector<double> ones;        // Bit: share by position
  Weighted<std::string> prefixes;  // Inet, Cidr, Mac: shared beginnings
  uint64_t fresh = 0;
  Weighted<uint32_t> masks;  // Inet, Cidr; 0: none
  double version6 = 0;
  int classes() const { return variants.empty() ? 1 : static_cast<int>(variants.size()); }
};

Structure learn_structure(const Column &column, const std::vector<TextSample> &samples, uint32_t threshold);
int class_of(const Structure &structure, std::string_view text);
void draw_structure(const Structure &structure, const Column &column, int text_class, int widen, Stream &random, std::string &out);

// uuid, bytea, bit, inet, cidr, macaddr (binary_forms.cpp).
bool is_binary(Syntax syntax);
void learn_binary(Structure &structure, const Column &column, const std::vector<TextSample> &samples, uint32_t threshold);
void draw_binary(const Structure &structure, const Column &column, int widen, Stream &random, std::string &out);

uint64_t signature_of(const Structure &structure, const Item &item);
NumberSlot learn_slot(const std::vector<Observation> &values, const NumberLimits &limits, uint32_t threshold);
double draw_slot(const NumberSlot &slot, int widen, Stream &random);

// Text of numbers, dates and times.
std::string print_number(double value, int decimals);
std::string print_date(double days);
std::string print_time(double microseconds);
std::string print_stamp(double microseconds, std::string_view form);

}  // namespace relsynth::core
