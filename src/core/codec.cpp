// encode: the codec of a column, by its encoding. Input: a plan's column and its sampled values; output: Codec, and codes or values.
#include "core/codec.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/category_codec.h"
#include "core/lookup.h"
#include "core/number_codec.h"
#include "core/shapes.h"
#include "core/structure.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t text_sample = 50000;         // rows that shapes are learned from
constexpr size_t structure_sample = 20000;    // rows that structure is learned from
constexpr uint32_t nobody_shares = 1u << 29;  // a threshold that no value reaches
constexpr size_t sample_bytes = 24u << 20;

std::vector<TextSample> samples_of(const SourceColumn &values, const std::vector<uint32_t> &rows, const std::vector<uint32_t> &entity,
                                   bool padded, size_t limit, size_t most_bytes) {
  std::vector<TextSample> samples;
  size_t bytes = 0;
  for (uint32_t row : thin(rows, limit)) {
    std::string_view text = values.text(row);
    bytes += text.size();
    if (bytes > most_bytes && samples.size() > 1000) break;
    samples.push_back({padded ? without_padding(text) : text, entity_of(entity, row)});
  }
  return samples;
}

void learn_text(Codec &codec, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &rows,
                const std::vector<uint32_t> &entity, uint32_t threshold) {
  bool structured = codec.encoding == Encoding::Structure;
  std::vector<TextSample> samples =
      samples_of(values, rows, entity, column.blank_padded, structured ? structure_sample : text_sample, sample_bytes);
  TextShapes shapes;
  if (structured) {
    auto structure = std::make_shared<Structure>(learn_structure(column, samples, threshold));
    if (structure->syntax != Syntax::Words) shapes.structure = structure;
  }
  if (!shapes.structure) {
    shapes = learn_shapes(samples, threshold, max_codes);
    if (samples.size() < rows.size())
      forbid(shapes, samples_of(values, rows, entity, column.blank_padded, rows.size(), SIZE_MAX), threshold);
  }
  codec.codes = 1 + std::clamp(shapes.structure ? shapes.structure->classes() : shapes.classes(), 1, max_codes);
  codec.shapes = std::make_shared<const TextShapes>(std::move(shapes));
}

// Codes of texts, worked out once per distinct text.
void encode_texts(const Codec &codec, const SourceColumn &values, std::vector<Code> &codes) {
  std::vector<Code> by_id(values.pool.size(), null_code);
  std::vector<TextRun> scratch;
  for (size_t row = 0; row < values.size(); ++row) {
    if (values.nulls[row]) continue;
    Code &code = by_id[values.ids[row]];
    if (code == null_code) {
      const std::string &text = values.text(row);
      int c = codec.shapes->structure ? class_of(*codec.shapes->structure, text) : class_of(*codec.shapes, without_padding(text), scratch);
      code = static_cast<Code>(1 + std::clamp(c, 0, codec.codes - 2));
    }
    codes[row] = code;
  }
}

size_t character_limit(const Column &column) {
  return column.cls == TypeClass::Text && column.max_length > 0 ? static_cast<size_t>(column.max_length) : 0;
}

void draw_pattern(const Codec &codec, const Column &column, int text_class, int widen, Stream &random, std::string &out) {
  if (!codec.shapes)
    out.clear();
  else if (codec.shapes->structure)
    draw_structure(*codec.shapes->structure, column, text_class, widen, random, out);
  else
    draw_text(*codec.shapes, text_class, {character_limit(column), widen}, random, out);
}

// A value of the codes' marginal.
Code draw_code(const Codec &codec, Stream &random) {
  uint64_t total = 0;
  for (size_t c = 1; c < codec.counts.size(); ++c) total += codec.counts[c];
  if (total == 0) return 1;
  uint64_t at = random.below(total);
  size_t c = 1;
  while (at >= codec.counts[c]) at -= codec.counts[c++];
  return static_cast<Code>(c);
}

void draw_rare(const Codec &codec, const Column &column, int widen, Stream &random, ValueColumn &out, size_t row) {
  out.nulls[row] = 0;
  if (out.repr != Repr::Text) {
    Code code = static_cast<Code>(1 + random.below(std::max<size_t>(1, codec.number.bins.size())));
    put_number(codec, column, draw_number(codec.number, code, random), out, row);
    return;
  }
  int text_class = codec.shapes && !codec.shapes->marginal.empty() ? static_cast<int>(codec.shapes->marginal.draw(random)) : 0;
  draw_pattern(codec, column, text_class, widen, random, out.texts[row]);
}

double text_capacity(const Column &column) {
  if (column.max_length <= 0) return std::numeric_limits<double>::infinity();
  return std::pow(column.case_insensitive ? 36.0 : 62.0, column.max_length);
}

}  // namespace

void put_number(const Codec &codec, const Column &column, double value, ValueColumn &out, size_t row) {
  NumberLimits limits = limits_of(column, codec.number.decimals);
  if (out.decimals != codec.number.decimals) out.decimals = codec.number.decimals;
  if (out.padded != codec.number.padded) out.padded = codec.number.padded;
  store_number(value, limits, out, row);
}

Codec make_codec(const Table &table, const Column &column, const ColumnPlan &plan, const SourceColumn &values,
                 const std::vector<uint32_t> &entity, uint32_t entities, int min_count) {
  Codec codec;
  codec.encoding = plan.encoding;
  codec.repr = values.repr;
  std::string why;
  bool text = values.repr == Repr::Text && column.cls != TypeClass::Enum;
  uint32_t threshold = support_threshold(entities, min_count, text && looks_personal(table, column, values, why));
  if (holds_secret(column)) threshold = nobody_shares;
  std::vector<uint32_t> rows = rows_by_entity(values.nulls, entity, entities);
  switch (codec.encoding) {
    case Encoding::None: break;
    case Encoding::Constant: learn_constant(codec, column, values, rows); break;
    case Encoding::Number: learn_number(codec, column, values, rows, entity, threshold); break;
    case Encoding::Category: learn_category(codec, column, values, rows, entity, threshold); break;
    case Encoding::Pattern:
    case Encoding::Structure: learn_text(codec, column, values, rows, entity, threshold); break;
  }
  codec.counts.assign(static_cast<size_t>(std::max(codec.codes, 1)), 0);
  for (Code code : encode(codec, values)) ++codec.counts[code];
  codec.number.padded = values.padded;
  return codec;
}

std::vector<Code> encode(const Codec &codec, const SourceColumn &values) {
  std::vector<Code> codes(values.size(), null_code);
  if (codec.encoding == Encoding::None || codec.codes <= 1) return codes;
  if (codec.encoding == Encoding::Number) {
    NumberEncoder encoder(codec.number);
    for (size_t row = 0; row < values.size(); ++row) {
      if (values.nulls[row]) continue;
      bool special = codec.number.minus_infinity || codec.number.infinity;
      codes[row] = values.repr == Repr::Int ? encode_int(encoder, values.ints[row], special) : encoder.encode(values.floats[row]);
    }
  } else if (codec.encoding == Encoding::Constant || codec.encoding == Encoding::Category) {
    encode_category(codec, values, codes);
  } else {
    encode_texts(codec, values, codes);
  }
  return codes;
}

void decode(const Codec &codec, const Column &column, Code code, Stream &random, ValueColumn &out, size_t row) {
  if (code == null_code || code == missing_code || codec.codes <= 1) {
    out.set_null(row);
    return;
  }
  out.nulls[row] = 0;
  switch (codec.encoding) {
    case Encoding::None: out.set_null(row); break;
    case Encoding::Number: put_number(codec, column, draw_number(codec.number, code, random), out, row); break;
    case Encoding::Constant:
    case Encoding::Category:
      if (!draw_category(codec.category, code, random, out, row)) draw_rare(codec, column, 0, random, out, row);
      break;
    case Encoding::Pattern:
    case Encoding::Structure: draw_pattern(codec, column, code - 1, 0, random, out.texts[row]); break;
  }
  // Blocks are drawn by several threads: only written where the caller has not set it.
  if (codec.repr == Repr::Float && codec.encoding != Encoding::Number && out.decimals < codec.number.decimals) {
    out.decimals = codec.number.decimals;
    out.padded = codec.number.padded;
  }
}

namespace {

bool widen_number(const Codec &codec, const Column &column, int attempt, Stream &random, ValueColumn &out, size_t row, Code &code) {
  NumberLimits limits = limits_of(column, codec.number.decimals);
  double value =
      attempt <= 2 ? draw_number(codec.number, draw_code(codec, random), random) : draw_widened(codec.number, limits, attempt, random);
  put_number(codec, column, value, out, row);
  code = NumberEncoder(codec.number).encode(value);
  return true;
}

// A few draws by weight, then the values one after the other, so that none is missed; where there are rare values, fresh ones in between.
bool widen_category(const Codec &codec, const Column &column, int attempt, Stream &random, ValueColumn &out, size_t row, Code &code) {
  const CategoryCodec &category = codec.category;
  const bool rare = category.rare;
  code = draw_code(codec, random);
  if (attempt > 3) {
    const size_t next = static_cast<size_t>(rare ? (attempt - 4) / 2 : attempt - 4), values = category_size(category);
    if (next >= values && !rare) return false;
    if (next < values && (!rare || attempt % 2 == 0)) {
      code = put_category(category, next, out, row);
      return true;
    }
    code = static_cast<Code>(codec.codes - 1);
  }
  if (!draw_category(category, code, random, out, row)) draw_rare(codec, column, attempt, random, out, row);
  return true;
}

bool widen_text(const Codec &codec, const Column &column, int attempt, Stream &random, ValueColumn &out, size_t row, Code &code) {
  bool structured = codec.shapes && codec.shapes->structure;
  code = draw_code(codec, random);
  out.nulls[row] = 0;
  size_t most = character_limit(column);
  if (structured || attempt < (most > 0 && most <= 6 ? 6 : 9)) {
    draw_pattern(codec, column, code - 1, attempt, random, out.texts[row]);
  } else if (codec.encoding == Encoding::Structure) {
    // Text of an unknown type: its input function decides, and NULL is the last resort.
    draw_pattern(codec, column, code - 1, attempt % 3, random, out.texts[row]);
    if (attempt >= 12 && !column.not_null) out.set_null(row), code = null_code;
  } else {
    draw_anything(most, attempt, random, out.texts[row]);
  }
  return true;
}

}  // namespace

bool decode_widened(const Codec &codec, const Column &column, int attempt, Stream &random, ValueColumn &out, size_t row, Code &code) {
  if (codec.codes <= 1) return false;
  out.nulls[row] = 0;
  switch (codec.encoding) {
    case Encoding::Number: return widen_number(codec, column, attempt, random, out, row, code);
    case Encoding::Category: return widen_category(codec, column, attempt, random, out, row, code);
    case Encoding::Pattern:
    case Encoding::Structure: return widen_text(codec, column, attempt, random, out, row, code);
    default: return false;
  }
}

double capacity(const Codec &codec, const Column &column) {
  double infinity = std::numeric_limits<double>::infinity();
  switch (codec.encoding) {
    case Encoding::None: return 0;
    case Encoding::Constant: return codec.codes - 1;
    case Encoding::Number:
      return codec.number.bins.empty() ? codec.codes - 1 : number_capacity(codec.number, limits_of(column, codec.number.decimals));
    case Encoding::Category: {
      double kept = static_cast<double>(category_size(codec.category));
      if (!codec.category.rare) return kept;
      return kept + (codec.repr == Repr::Text ? text_capacity(column) : infinity);
    }
    case Encoding::Pattern: return text_capacity(column);
    case Encoding::Structure: break;
  }
  if (!codec.shapes || !codec.shapes->structure) return infinity;
  switch (codec.shapes->structure->syntax) {
    case Syntax::Bit: return column.max_length > 0 ? std::pow(2.0, column.max_length) : infinity;
    case Syntax::Mac: return std::pow(2.0, 40);
    case Syntax::Inet:
    case Syntax::Cidr: return std::pow(2.0, 31);
    default: return infinity;
  }
}

}  // namespace relsynth::core
