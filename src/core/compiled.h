// A conditional made for drawing many rows: flat trees, and a table of aliases per leaf, so that a code takes one walk and one look-up
// (Walker 1977, Vose 1991). Draws by the same probabilities as Conditional::draw(), though not the same codes from the same stream.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/tree.h"

namespace relsynth::core {

class CompiledConditional {
 public:
  static constexpr size_t lanes = 16;  // classes that are weighed at a time

  CompiledConditional() = default;
  // Feature f of the conditional is the code x[inputs[f]] of a row.
  CompiledConditional(const Conditional &conditional, std::span<const uint16_t> inputs);

  // What a row's features come to: draws for the same row share it.
  class Row {
    friend class CompiledConditional;
    const Code *x_ = nullptr;
    size_t leaf_ = 0;
    std::array<float, 256> weights_;        // boosted: of the classes
    std::array<float, 256 / lanes> below_;  // the same, summed up to the end of each run of lanes
  };
  void read(const Code *x, Row &row) const;  // x stays in place, and as it is, while the row is in use
  // A code that training rows had; null_code when there were none.
  Code draw(const Row &row, Stream &random) const;
  Code draw(const Code *x, Stream &random) const;

  // Whether it may draw null_code.
  bool gives_null() const { return codes_.empty() || !null_step_.empty() || codes_[0] == null_code; }

 private:
  static constexpr size_t most_boosted = 64;  // trees; training makes fewer
  static constexpr uint16_t no_input = 0xFFFF;
  struct Node {
    std::array<uint64_t, 4> goes_left{};  // bit per code
    uint32_t left = 0;                    // the right child follows it; of a leaf: its index
    uint16_t input = no_input;
  };
  // A place of a table of aliases: its own code, or the other one from `most` on, of 2^24.
  struct Alias {
    uint32_t most : 24;
    uint32_t other : 8;
  };
  void add_tree(const Tree &tree, std::span<const uint16_t> inputs);
  void add_codes(const Conditional &c);
  void add_factors(const Conditional &c, std::span<const uint16_t> inputs);
  uint32_t leaf(size_t root, const Code *x) const;
  void weigh(Row &row) const;
  size_t pick_class(const Row &row, Stream &random) const;
  static void fill_aliases(std::span<const double> shares, std::span<const Code> codes, std::span<Alias> out);
  Code draw_alias(size_t leaf, size_t begin, size_t end, Stream &random) const;

  std::vector<Node> nodes_;          // of all trees, the first one at 0
  std::vector<Code> codes_;          // those that occur, grouped by class
  std::vector<uint32_t> class_end_;  // places in codes_, per class
  std::vector<Alias> aliases_;       // leaves x codes_; boosted: classes apart
  // Boosted: class weights are products.
  size_t width_ = 0;             // classes, filled up to whole lanes
  std::vector<float> shares_;    // leaves x width_
  std::vector<float> factors_;   // leaves of all boosted trees x width_
  std::vector<uint32_t> roots_;  // of the boosted trees in nodes_
  std::vector<CompiledConditional> null_step_;
};

}  // namespace relsynth::core
