// rules: values of generated rows that follow from others. Input: RuleModel, values of the row and of rows of other tables; output: values and
// codes in blocks.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/number_codec.h"
#include "core/world.h"

namespace relsynth::core {

// Codes of values that no codec drew.
class ValueEncoder {
 public:
  explicit ValueEncoder(const Codec &codec);
  Code encode(const ValueColumn &values, size_t row) const;

 private:
  Code encode_text(std::string_view text) const;
  const Codec &codec_;
  std::unique_ptr<NumberEncoder> numbers_;
  std::unordered_map<std::string_view, Code> texts_;
};

// The rule of one column of a table whose structure stands.
class RuleDraw {
 public:
  RuleDraw(const World &world, int table, const ColumnModel &model);

  // Which alternative the row takes (rules.h); `x` has the codes of the step's features.
  Code choose(const Block &block, size_t r, const Code *x, Stream &random) const;

  // Puts the value of an alternative, and its code; false where it is none for the column.
  bool put(Code alternative, Block &block, size_t r) const;

  // The alternative that the row's value agrees with.
  Code found(const Block &block, size_t r) const;

  // Whether the value depends on the row's parent along a foreign key, on a column of the row.
  bool reads_parent(int fk) const;
  bool reads_column(int column) const;

 private:
  int64_t input_row(size_t row, size_t input = 0) const;
  double number_of(size_t input, const Block &block, size_t r) const;
  int64_t sister_row(size_t row, bool first) const;
  bool known(const Block &block, size_t r) const;
  bool value_of(Code alternative, const Block &block, size_t r, ValueColumn &out, size_t at) const;
  bool copy(size_t factor, const Block &block, size_t r, ValueColumn &out, size_t at) const;
  bool look_up(const Block &block, size_t r, ValueColumn &out, size_t at) const;
  bool compute_part(const Block &block, size_t r, ValueColumn &out, size_t at) const;
  bool compute(const Block &block, size_t r, ValueColumn &out, size_t at) const;
  Code draw_open(const Block &block, size_t r, Stream &random) const;
  bool store(double value, ValueColumn &out, size_t at) const;
  bool fits(const ValueColumn &out, size_t r) const;

  const World &world_;
  const RuleModel &model_;
  const Rule &rule_;
  int table_, column_, there_;
  const Codec &codec_;
  const Column &type_;
  ValueEncoder encoder_;
  NumberLimits limits_;
  std::vector<FeatureSource> features_;                  // Lookup: of the input alone
  std::unordered_map<std::string_view, size_t> places_;  // the same: of the input's texts, where these share codes
};

}  // namespace relsynth::core
