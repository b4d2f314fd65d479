#include "core/rule_draw.h"

#include <algorithm>
#include <cmath>

#include "core/category_codec.h"
#include "core/date_part.h"
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
  for (size_t i = 0; i < codec.category.texts.size(); ++i) texts_[codec.category.texts[i]] = category_code(codec.category, i);
}

Code ValueEncoder::encode_text(std::string_view text) const {
  if (codec_.encoding == Encoding::Category || codec_.encoding == Encoding::Constant) {
    auto found = texts_.find(text);
    if (found == texts_.end()) found = texts_.find(without_blanks(text));
    return found != texts_.end() ? found->second
                                 : static_cast<Code>(std::max<size_t>(1, category_codes(codec_.category) + codec_.category.rare));
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

RuleDraw::RuleDraw(const World &world, int table, const ColumnModel &model, std::span<const uint16_t> inputs,
                   std::shared_ptr<const MemberPool> pool)
    : world_(world),
      model_(*model.rule),
      rule_(model_.rule),
      conditional_(model_.conditional, inputs),
      table_(table),
      column_(model.column),
      there_(table_of(world.schema, table, rule_.inputs[0])),
      codec_(world.model.tables[table].codecs[model.column]),
      type_(world.schema.tables[table].columns[model.column]),
      encoder_(codec_),
      limits_(limits_of(type_, codec_.number.decimals)),
      pool_(std::move(pool)) {
  if (rule_.kind != Rule::Kind::Lookup) return;
  if (int input = rule_.inputs[0].column; input >= 0) {
    const CategoryCodec &category = world.model.tables[table].codecs[input].category;
    for (size_t i = 0; i < category.texts.size() && !category.begin.empty(); ++i) places_[category.texts[i]] = i;
  }
  for (const FeatureRef &ref : model_.features) features_.push_back(resolve(world, table, ref, false));
}

bool RuleDraw::reads_parent(int fk) const {
  return std::any_of(rule_.inputs.begin(), rule_.inputs.end(), [&](const RuleInput &i) { return !i.path.empty() && i.path[0] == fk; });
}

bool RuleDraw::reads_column(int column) const {
  return std::any_of(rule_.inputs.begin(), rule_.inputs.end(), [&](const RuleInput &i) { return i.path.empty() && i.column == column; });
}

// The last (first) row of the sister's group, for the last (first) row of the own one.
int64_t RuleDraw::sister_row(size_t row, bool first) const {
  const Place place = place_of(world_.tables[table_], row);
  const std::vector<int32_t> &parents = world_.parents(table_, world_.plan.tables[table_].driver);
  const std::vector<uint32_t> &begin = world_.tables[there_].group_begin;
  if ((first ? place.position > 1 : place.position < place.group_size) || row >= parents.size() || parents[row] < 0) return unknown_parent;
  const size_t group = static_cast<size_t>(parents[row]);
  if (group + 1 >= begin.size() || begin[group] >= begin[group + 1]) return no_parent;
  return first ? static_cast<int64_t>(begin[group]) : static_cast<int64_t>(begin[group + 1]) - 1;
}

// The row that an input is of; negative where there is none.
int64_t RuleDraw::input_row(const Block &block, size_t r, size_t input) const {
  if (rule_.named() && input == 0) {
    const int by = rule_.inputs[1].column;
    const int64_t up = parent(block.first + r);
    const uint64_t value =
        block.columns[by].nulls[r] ? hash_null : hash_value(block.columns[by], r, world_.schema.tables[table_].columns[by]);
    const int32_t number = pool_ ? pool_->find(up, value) : no_member;
    return number < 0 ? no_parent : static_cast<int64_t>(pool_->row(up, static_cast<size_t>(number)));
  }
  if (rule_.inputs[input].sister >= 0) return sister_row(block.first + r, rule_.inputs[input].first);
  return row_along(world_, table_, rule_.inputs[input].path, block.first + r);
}

// Along the driver.
int64_t RuleDraw::parent(size_t row) const {
  const std::vector<int32_t> &parents = world_.parents(table_, world_.plan.tables[table_].driver);
  return row < parents.size() ? parents[row] : unknown_parent;
}

// Whether what a lookup or a formula reads is there.
bool RuleDraw::known(const Block &block, size_t r) const {
  for (size_t i = 0; i < rule_.inputs.size(); ++i) {
    const RuleInput &input = rule_.inputs[i];
    if (input.path.empty() ? block.columns[input.column].nulls[r] != 0 : input_row(block, r, i) < 0) return false;
    if (!input.path.empty() && input.column >= 0 && rule_.kind != Rule::Kind::Copy && std::isnan(number_of(i, block, r))) return false;
  }
  return true;
}

// An input's value as a number; NaN for NULL.
double RuleDraw::number_of(size_t input, const Block &block, size_t r) const {
  const RuleInput &from = rule_.inputs[input];
  const int there = table_of(world_.schema, table_, from);
  const Column &type = world_.schema.tables[there].columns[from.column];
  if (from.path.empty()) return number_at(block.columns[from.column], r, type.cls);
  const int64_t row = input_row(block, r, input);
  return row < 0 ? NAN : stored_number(world_, there, from.column, static_cast<size_t>(row));
}

Code RuleDraw::choose(const Block &block, size_t r, const Code *x, Stream &random) const {
  if (is_member())
    return pool_ && pool_->size(parent(block.first + r)) > 0 ? std::max(rule_own, conditional_.draw(x, random)) : rule_unknown;
  if (input_row(block, r) < 0) return rule_unknown;
  if (rule_.kind == Rule::Kind::Lookup) return known(block, r) ? rule_first : rule_unknown;
  if (rule_.always) return rule_first;
  if (rule_.kind != Rule::Kind::Copy && !known(block, r)) return rule_unknown;
  return std::max(rule_own, conditional_.draw(x, random));
}

bool RuleDraw::fits(const ValueColumn &out, size_t r) const {
  if (out.nulls[r]) return !type_.not_null;
  return out.repr != Repr::Text || type_.max_length < 0 ||
         characters(without_blanks(out.texts[r])) <= static_cast<size_t>(type_.max_length);
}

// Rounded as the column is; halves away from zero, for all that sums and products in binary fall short of them.
bool RuleDraw::store(double value, ValueColumn &out, size_t at) const {
  if (!(std::fabs(value) <= largest_exact)) return false;
  double unit = power_of_ten(codec_.number.decimals);
  bool rounded = out.repr == Repr::Float && (type_.cls == TypeClass::Numeric || codec_.number.step > 0);
  if (out.repr == Repr::Int) unit = 1, rounded = true;
  if (rounded && std::fabs(value) < largest_exact / unit / 16) value = std::round(value * unit + std::copysign(1e-7, value)) / unit;
  if (value < limits_.low || value > limits_.high) return false;
  out.nulls[at] = 0;
  store_number(value, limits_, out, at);
  return true;
}

bool RuleDraw::copy(size_t factor, const Block &block, size_t r, ValueColumn &out, size_t at) const {
  const RuleInput &input = rule_.inputs[0];
  int64_t row = input_row(block, r);
  if (row < 0) return false;
  if (rule_.or_null && factor == rule_.factors.size()) {
    out.set_null(at);
    return true;
  }
  if (factor >= rule_.factors.size()) return false;
  if (input.path.empty())
    convert(block.columns[input.column], r, world_.schema.tables[table_].columns[input.column], out, at, type_);
  else
    copy_key(world_, there_, input.column, static_cast<size_t>(row), type_, out, at);
  if (out.nulls[at] || rule_.factors[factor] == 1) return true;
  return store(number_at(out, at, type_.cls) * rule_.factors[factor], out, at);
}

// A code that follows from an input that the model does not know.
Code RuleDraw::draw_open(const Block &block, size_t r, Stream &random) const {
  std::vector<Code> x;
  x.reserve(features_.size());
  for (const FeatureSource &feature : features_)
    x.push_back(feature.ref.kind == FeatureRef::Kind::Own && feature.ref.column >= 0 && !block.codes[feature.ref.column].empty()
                    ? block.codes[feature.ref.column][r]
                    : feature_code(feature, {block.first + r}));
  for (int attempt = 0; attempt < 16; ++attempt)
    if (Code code = model_.conditional.draw(x.data(), random); code != null_code || !type_.not_null) return code;
  return null_code;
}

// The same input, the same value: draws are keyed by the input.
bool RuleDraw::look_up(const Block &block, size_t r, ValueColumn &out, size_t at) const {
  const RuleInput &input = rule_.inputs[0];
  if (!known(block, r)) return false;
  uint64_t key = static_cast<uint64_t>(input_row(block, r)) + 1;
  if (input.column >= 0) key = hash_value(block.columns[input.column], r, world_.schema.tables[table_].columns[input.column]);
  Stream random(world_.options.seed, combine(world_.tables[table_].name, hash_name("lookup")), key, static_cast<uint64_t>(column_));
  Code code = missing_code;
  size_t x = missing_code;
  if (!places_.empty()) {
    auto found = places_.find(block.columns[input.column].texts[r]);
    if (found == places_.end()) found = places_.find(without_blanks(block.columns[input.column].texts[r]));
    x = found == places_.end() ? model_.lookup.size() : found->second;
  } else if (input.column >= 0) {
    x = block.codes[input.column][r];
  } else if (const std::vector<Code> &choice = world_.choice_code[table_][input.path[0]]; !choice.empty()) {
    x = choice[static_cast<size_t>(input_row(block, r))];
  }
  if (x < model_.lookup.size()) code = model_.lookup[x];
  if (code != missing_code && code != null_code && model_.values.size() > 0) {
    out.copy(at, model_.values, x);
    return true;
  }
  if (code == missing_code) {
    if (model_.conditional.root_cells.empty()) return false;
    code = draw_open(block, r, random);
  }
  decode(codec_, type_, code, random, out, at);
  return true;
}

bool RuleDraw::compute_part(const Block &block, size_t r, ValueColumn &out, size_t at) const {
  const int time = rule_.inputs[0].column;
  const std::optional<Civil> date = civil_of(block.columns[time].ints[r], world_.schema.tables[table_].columns[time].cls);
  if (!date) return false;
  if (!is_date_part_text(rule_.part)) return store(date_part_number(rule_.part, *date), out, at);
  out.nulls[at] = 0;
  out.texts[at] = date_part_text(rule_.part, *date);
  return true;
}

bool RuleDraw::compute(const Block &block, size_t r, ValueColumn &out, size_t at) const {
  if (!known(block, r)) {
    out.set_null(at);
    return true;
  }
  if (rule_.kind == Rule::Kind::DatePart) return compute_part(block, r, out, at);
  return store(formula_value(rule_, [&](size_t i) { return number_of(i, block, r); }), out, at);
}

// The value of an alternative; false where there is none that the column can hold.
bool RuleDraw::value_of(Code alternative, const Block &block, size_t r, ValueColumn &out, size_t at) const {
  if (alternative < rule_first || is_member()) return false;
  bool done = rule_.kind == Rule::Kind::Copy     ? copy(static_cast<size_t>(alternative - rule_first), block, r, out, at)
              : rule_.kind == Rule::Kind::Lookup ? look_up(block, r, out, at)
                                                 : compute(block, r, out, at);
  return done && fits(out, at);
}

bool RuleDraw::put_member(Code alternative, int32_t last, Stream &random, Block &block, size_t r) const {
  const int64_t up = parent(block.first + r);
  const size_t values = pool_ ? pool_->size(up) : 0;
  if (alternative < rule_first || values == 0) return false;
  ValueColumn &out = block.columns[column_];
  const size_t number = static_cast<size_t>(member_at(alternative, values, last, random));
  copy_key(world_, there_, rule_.inputs[0].column, pool_->row(up, number), type_, out, r);
  if (!fits(out, r)) return false;
  block.codes[column_][r] = encoder_.encode(out, r);
  return true;
}

int32_t RuleDraw::member(const Block &block, size_t r) const {
  const ValueColumn &values = block.columns[column_];
  return values.nulls[r] || !pool_ ? no_member : pool_->find(parent(block.first + r), hash_value(values, r, type_));
}

bool RuleDraw::put(Code alternative, Block &block, size_t r) const {
  if (!value_of(alternative, block, r, block.columns[column_], r)) return false;
  block.codes[column_][r] = encoder_.encode(block.columns[column_], r);
  return true;
}

Code RuleDraw::found(const Block &block, size_t r, int32_t last) const {
  if (is_member()) {
    const size_t values = pool_ ? pool_->size(parent(block.first + r)) : 0;
    const int32_t now = member(block, r);
    return values == 0 ? rule_unknown : now < 0 ? rule_own : member_code(values, last, now);
  }
  if (input_row(block, r) < 0) return rule_unknown;
  ValueColumn one;
  one.repr = block.columns[column_].repr;
  one.resize(1);
  for (size_t f = 0; f < std::max<size_t>(1, rule_.kind == Rule::Kind::Copy ? rule_.factors.size() + rule_.or_null : 1); ++f) {
    Code alternative = static_cast<Code>(rule_first + f);
    if (value_of(alternative, block, r, one, 0) && hash_value(one, 0, type_) == hash_value(block.columns[column_], r, type_))
      return alternative;
  }
  return rule_own;
}

}  // namespace relsynth::core
