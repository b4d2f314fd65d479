#include "core/compiled.h"

#include <gtest/gtest.h>

#include <cmath>

namespace relsynth::core {
namespace {

constexpr size_t rows = 6000;
constexpr int draws = 40000;

Code code_of(uint64_t row, uint64_t column, int n) {
  return static_cast<Code>(1 + Stream(7, 1, row, column).below(static_cast<uint64_t>(n)));
}

// Codes that the compiled conditional draws for a row, against the probabilities that the conditional gives: Pearson's chi-square may be as
// large as one time in a million by chance.
void expect_same_shares(const Conditional &c, const std::vector<uint16_t> &inputs, const std::vector<Code> &x, const Code *slots) {
  const CompiledConditional compiled(c, inputs);
  std::vector<int> seen(256, 0);
  for (int i = 0; i < draws; ++i) {
    Stream random(3, 1, static_cast<uint64_t>(i), 9);
    ++seen[compiled.draw(slots, random)];
  }
  double square = 0, rest = 0, in_rest = 0;
  int cells = 0;
  for (int code = 0; code < 256; ++code) {
    const double expected = draws * std::exp(c.log_likelihood(x.data(), static_cast<Code>(code)));
    if (expected == 0) {
      EXPECT_EQ(seen[code], 0) << code;
    }
    if (expected < 20) {
      rest += expected, in_rest += seen[code];
      continue;
    }
    square += (seen[code] - expected) * (seen[code] - expected) / expected;
    ++cells;
  }
  if (rest >= 20) square += (in_rest - rest) * (in_rest - rest) / rest, ++cells;
  ASSERT_GE(cells, 2);
  EXPECT_LT(square, cells + 5 * std::sqrt(2.0 * cells) + 20);
}

// The target follows the first feature and leans on all of the others a little, which is what boosting is for.
constexpr size_t leaning = 7;
struct Source {
  std::vector<std::vector<Code>> features{1 + leaning};
  std::vector<Code> target;
  Source(double nulls, int codes) {
    for (uint64_t r = 0; r < rows; ++r) {
      double lean = 0;
      for (uint64_t f = 0; f < features.size(); ++f) features[f].push_back(code_of(r, f, f == 0 ? 4 : 12));
      for (uint64_t f = 1; f < features.size(); ++f) lean += features[f][r] / 12.0;
      Stream random(7, 1, r, 50);
      const double place = std::pow(random.uniform(), std::pow(lean / leaning * 2, 4));
      const Code of = static_cast<Code>(1 + std::min(codes - 1, static_cast<int>((features[0][r] + 3 * place) * codes / 7)));
      target.push_back(random.uniform() < nulls * features[1][r] / 12 ? null_code : of);
    }
  }
  Conditional fitted(bool boost) const {
    std::vector<Feature> all;
    for (const auto &f : features) all.push_back({f.data(), true});
    TreeOptions options;
    options.boost = boost;
    return fit_conditional(all, target, true, {}, options, {});
  }
};

// A row, and the same one with its codes in other places.
void expect_same_shares(const Conditional &c, Code first, Code second) {
  const std::vector<Code> x{first, second, 5, 7, 11, 1, 2, 9};
  expect_same_shares(c, {0, 1, 2, 3, 4, 5, 6, 7}, x, x.data());
  const std::vector<Code> turned(x.rbegin(), x.rend());
  expect_same_shares(c, {7, 6, 5, 4, 3, 2, 1, 0}, x, turned.data());
}

TEST(Compiled, DrawsByTheSameShares) {
  const Conditional c = Source(0, 60).fitted(false);
  ASSERT_GT(c.tree.leaves, 3);
  for (Code first = 1; first <= 4; ++first) expect_same_shares(c, first, 5);
}

TEST(Compiled, DrawsByTheSameSharesWhereTreesAreBoosted) {
  const Conditional c = Source(0, 60).fitted(true);
  ASSERT_GT(c.boosted.size(), 0u);
  for (Code first = 1; first <= 4; ++first) expect_same_shares(c, first, 12);
}

TEST(Compiled, DrawsNullsFirst) {
  const Conditional c = Source(0.9, 20).fitted(true);
  ASSERT_EQ(c.null_step.size(), 1u);
  for (Code lean : {1, 6, 12}) expect_same_shares(c, 2, lean);
}

TEST(Compiled, KnowsNothingWithoutRows) {
  Stream random(1, 1, 1, 1);
  const Code x[1] = {1};
  EXPECT_EQ(CompiledConditional(Conditional(), {}).draw(x, random), null_code);
  const std::vector<Code> target(50, Code{9});
  const Conditional one = fit_conditional({}, target, true, {}, {}, {});
  EXPECT_EQ(CompiledConditional(one, {}).draw(x, random), 9);
}

}  // namespace
}  // namespace relsynth::core
