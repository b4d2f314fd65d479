#include "core/rule_draw.h"

#include <algorithm>
#include <cmath>

#include "core/keys.h"
#include "core/relative.h"
#include "core/rules.h"
#include "core/shapes.h"
#include "core/structure.h"

namespace relsynth::core {

namespace {

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

template <class T>
Code place_in(const std::vector<T> &kept, T value, Code other) {
  auto at = std::lower_bound(kept.begin(), kept.end(), value);
  return at != kept.end() && *at == value ? static_cast<Code>(1 + (at - kept.begin())) : other;
}

}  // namespace

ValueEncoder::ValueEncoder(const Codec &codec) : codec_(codec) {
  if (codec.encoding == Encoding::Number) numbers_ = std::make_unique<NumberEncoder>(codec.number);
  for (size_t i = 0; i < codec.category.texts.size(); ++i) texts_[codec.category.texts[i]] = static_cast<Code>(1 + i);
}

Code ValueEncoder::encode_text(std::string_view text) const {
  if (codec_.encoding == Encoding::Category || codec_.encoding == Encoding::Constant) {
    auto found = texts_.find(text);
    if (found == texts_.end()) found = texts_.find(without_blanks(text));
    return found != texts_.end() ? found->second : static_cast<Code>(std::max<size_t>(1, texts_.size() + codec_.category.rare));
  }
  if (!codec_.shapes) return 1;
  std::vector<TextRun> scratch;
  int c = codec_.shapes->structure ? class_of(*codec_.shapes->structure, std::string(text))
                                   : class_of(*codec_.shapes, without_blanks(text), scratch);
  return static_cast<Code>(1 + std::clamp(c, 0, codec_.codes - 2));
}

Code ValueEncoder::encode(const ValueColumn &values, size_t row) const {
  if (values.nulls[row] || codec_.codes <= 1) return null_code;
  if (values.repr == Repr::Text) return encode_text(values.texts[row]);
  bool special = codec_.number.minus_infinity || codec_.number.infinity;
  if (numbers_) return values.repr == Repr::Int ? encode_int(*numbers_, values.ints[row], special) : numbers_->encode(values.floats[row]);
  const CategoryCodec &category = codec_.category;
  Code other = static_cast<Code>(std::max<size_t>(1, category.ints.size() + category.floats.size() + category.rare));
  return values.repr == Repr::Int ? place_in(category.ints, values.ints[row], other) : place_in(category.floats, values.floats[row], other);
}

RuleDraw::RuleDraw(const World &world, int table, const ColumnModel &model)
    : world_(world),
      model_(*model.rule),
      input_(model_.rule.inputs[0]),
      table_(table),
      column_(model.column),
      there_(table_at(world.schema, table, input_.path)),
      codec_(world.model.tables[table].codecs[model.column]),
      type_(world.schema.tables[table].columns[model.column]),
      encoder_(codec_),
      limits_(limits_of(type_, codec_.number.decimals)) {}

// The row that the input is of; negative where there is none.
int64_t RuleDraw::input_row(size_t row) const {
  int64_t r = static_cast<int64_t>(row);
  int here = table_;
  for (int fk : input_.path) {
    const std::vector<int32_t> &parents = world_.parents(here, fk);
    if (static_cast<size_t>(r) >= parents.size()) return unknown_parent;
    r = parents[r];
    if (r < 0) return r;
    here = world_.key(here, fk).parent;
  }
  return r;
}

Code RuleDraw::choose(const Block &block, size_t r, const Code *x, Stream &random) const {
  if (input_row(block.first + r) < 0) return rule_unknown;
  if (model_.rule.always) return rule_first;
  return std::max(rule_own, model_.conditional.draw(x, random));
}

bool RuleDraw::fits(const ValueColumn &out, size_t r) const {
  if (out.nulls[r]) return !type_.not_null;
  return out.repr != Repr::Text || type_.max_length < 0 ||
         characters(without_blanks(out.texts[r])) <= static_cast<size_t>(type_.max_length);
}

bool RuleDraw::scale(double factor, ValueColumn &out, size_t r) const {
  if (out.nulls[r] || factor == 1) return true;
  double value = number_at(out, r, type_.cls) * factor;
  if (!(std::fabs(value) <= largest_exact)) return false;
  bool rounded = out.repr == Repr::Float && (type_.cls == TypeClass::Numeric || codec_.number.step > 0);
  double unit = std::pow(10, codec_.number.decimals);
  if (rounded && std::fabs(value) < largest_exact / unit) value = std::round(value * unit) / unit;
  store_number(value, limits_, out, r);
  return true;
}

// The value of an alternative; false where there is none that the column can hold.
bool RuleDraw::value_of(Code alternative, const Block &block, size_t r, ValueColumn &out, size_t at) const {
  size_t factor = static_cast<size_t>(alternative) - rule_first;
  int64_t row = input_row(block.first + r);
  if (alternative < rule_first || factor >= model_.rule.factors.size() || row < 0) return false;
  if (input_.path.empty())
    convert(block.columns[input_.column], r, world_.schema.tables[table_].columns[input_.column], out, at, type_);
  else
    copy_key(world_, there_, input_.column, static_cast<size_t>(row), type_, out, at);
  return scale(model_.rule.factors[factor], out, at) && fits(out, at);
}

bool RuleDraw::put(Code alternative, Block &block, size_t r) const {
  if (!value_of(alternative, block, r, block.columns[column_], r)) return false;
  block.codes[column_][r] = encoder_.encode(block.columns[column_], r);
  return true;
}

Code RuleDraw::found(const Block &block, size_t r) const {
  if (input_row(block.first + r) < 0) return rule_unknown;
  ValueColumn one;
  one.repr = block.columns[column_].repr;
  one.resize(1);
  for (size_t f = 0; f < model_.rule.factors.size(); ++f) {
    Code alternative = static_cast<Code>(rule_first + f);
    if (value_of(alternative, block, r, one, 0) && hash_value(one, 0, type_) == hash_value(block.columns[column_], r, type_))
      return alternative;
  }
  return rule_own;
}

}  // namespace relsynth::core
