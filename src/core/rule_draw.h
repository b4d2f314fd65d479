// rules: values of generated rows that follow from others. Input: RuleModel, values of the row and of rows of other tables; output: values and
// codes in blocks.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/compiled.h"
#include "core/number_codec.h"
#include "core/rule_member.h"
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
  // `inputs`: where choose() finds the rule's features.
  RuleDraw(const World &world, int table, const ColumnModel &model, std::span<const uint16_t> inputs,
           std::shared_ptr<const MemberPool> pool);

  // Which alternative the row takes (rules.h); `x` has the codes of the step's features.
  Code choose(const Block &block, size_t r, const Code *x, Stream &random) const;

  // Puts the value of an alternative, and its code; false where it is none for the column.
  bool put(Code alternative, Block &block, size_t r) const;

  // The same for a Member: `last` is the number of the value that the last row of the group with one has.
  bool put_member(Code alternative, int32_t last, Stream &random, Block &block, size_t r) const;
  bool is_member() const { return rule_.kind == Rule::Kind::Member; }
  // A Member: the number of the row's value, or no_member.
  int32_t member(const Block &block, size_t r) const;

  // The alternative that the row's value agrees with.
  Code found(const Block &block, size_t r, int32_t last = no_member) const;

  // Whether the value depends on the row's parent along a foreign key, on a column of the row.
  bool reads_parent(int fk) const;
  bool reads_column(int column) const;

 private:
  int64_t input_row(const Block &block, size_t r, size_t input = 0) const;
  int64_t parent(size_t row) const;
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
  const CompiledConditional conditional_;
  int table_, column_, there_;
  const Codec &codec_;
  const Column &type_;
  ValueEncoder encoder_;
  NumberLimits limits_;
  std::shared_ptr<const MemberPool> pool_;               // Member, and copies of the rows that one names
  std::vector<FeatureSource> features_;                  // Lookup: of the input alone
  std::unordered_map<std::string_view, size_t> places_;  // the same: of the input's texts, where these share codes
};

}  // namespace relsynth::core
