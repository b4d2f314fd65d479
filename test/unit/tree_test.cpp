#include "core/tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "core/histogram.h"
#include "core/prune.h"

namespace relsynth::core {
namespace {

Stream stream(uint64_t row, uint64_t column = 0) { return Stream(7, 1, row, column); }

// Codes 1..n, uniform, one stream a row.
std::vector<Code> uniform_codes(size_t rows, int n, uint64_t column) {
  std::vector<Code> codes(rows);
  for (size_t i = 0; i < rows; ++i) codes[i] = static_cast<Code>(1 + stream(i, column).below(n));
  return codes;
}

double total_probability(const Conditional &c, const Code *x) {
  double sum = 0;
  for (int code = 0; code < 256; ++code) sum += std::exp(c.log_likelihood(x, static_cast<Code>(code)));
  return sum;
}

double mean_likelihood(const Conditional &c, const std::vector<std::vector<Code>> &features, const std::vector<Code> &target) {
  double sum = 0;
  for (size_t i = 0; i < target.size(); ++i) {
    std::vector<Code> x;
    for (const auto &f : features) x.push_back(f[i]);
    sum += c.log_likelihood(x.data(), target[i]);
  }
  return sum / static_cast<double>(target.size());
}

TEST(Classes, FewCodesKeepTheirOwn) {
  std::vector<uint32_t> counts{5, 1, 0, 9};
  int classes = 0;
  auto of = coarse_classes(counts, true, 32, classes);
  EXPECT_EQ(classes, 3);
  EXPECT_EQ(of[0], 0);
  EXPECT_EQ(of[1], 1);
  EXPECT_EQ(of[3], 2);
}

TEST(Classes, OrderedCodesMergeToEqualMassAndHeavyOnesStayAlone) {
  std::vector<uint32_t> counts(201, 10);
  counts[0] = 3;
  counts[100] = 4000;
  int classes = 0;
  auto of = coarse_classes(counts, true, 16, classes);
  EXPECT_LE(classes, 17);
  EXPECT_GE(classes, 12);
  for (int c = 1; c <= 200; ++c) {
    EXPECT_NE(of[c], of[0]);
    EXPECT_EQ(of[c] == of[100], c == 100) << c;
    EXPECT_GE(of[c], of[c - 1]);
  }
}

TEST(Classes, UnorderedCodesMergeByFrequency) {
  std::vector<uint32_t> counts(101, 1);
  counts[0] = 0;
  counts[50] = 1000;
  counts[99] = 900;
  int classes = 0;
  auto of = coarse_classes(counts, false, 8, classes);
  EXPECT_LE(classes, 8);
  std::multiset<Code> all(of.begin() + 1, of.begin() + 101);
  EXPECT_EQ(all.count(of[50]), 1u);
  EXPECT_EQ(all.count(of[99]), 1u);
}

TEST(Tree, NoRowsDrawNull) {
  Conditional c = fit_conditional({}, {}, true, {}, {}, {});
  Stream s = stream(1);
  EXPECT_EQ(c.draw(nullptr, s), null_code);
  EXPECT_EQ(c.log_likelihood(nullptr, null_code), 0);
  EXPECT_TRUE(std::isinf(c.log_likelihood(nullptr, 3)));
  EXPECT_EQ(Conditional().draw(nullptr, s), null_code);
}

TEST(Tree, OneClassAndNoFeatures) {
  std::vector<Code> target(50, 9);
  Conditional c = fit_conditional({}, target, true, {}, {}, {});
  Stream s = stream(1);
  EXPECT_EQ(c.draw(nullptr, s), 9);
  EXPECT_NEAR(c.log_likelihood(nullptr, 9), 0, 1e-9);
  std::vector<Code> one{4};
  EXPECT_EQ(fit_conditional({}, one, true, {}, {}, {}).draw(nullptr, s), 4);
}

TEST(Tree, DrawsTheMarginalWithoutFeaturesAndNeverAnUnseenCode) {
  std::vector<Code> target;
  for (int i = 0; i < 1000; ++i) target.push_back(i % 10 < 7 ? 2 : i % 10 < 9 ? 200 : 0);
  Conditional c = fit_conditional({}, target, false, {}, {}, {});
  std::vector<int> seen(256, 0);
  for (int i = 0; i < 20000; ++i) {
    Stream s = stream(i);
    ++seen[c.draw(nullptr, s)];
  }
  EXPECT_NEAR(seen[2], 14000, 400);
  EXPECT_NEAR(seen[200], 4000, 300);
  EXPECT_NEAR(seen[0], 2000, 250);
  EXPECT_EQ(seen[2] + seen[200] + seen[0], 20000);
}

// The target follows the first feature; the second is noise.
struct Planted {
  std::vector<Code> x, noise, y;
  std::vector<Feature> features;
  Planted(size_t rows, bool ordered, bool shuffled) : x(uniform_codes(rows, 100, 1)), noise(uniform_codes(rows, 50, 2)), y(rows) {
    for (size_t i = 0; i < rows; ++i) {
      int z = shuffled ? x[i] * 37 % 101 : x[i];  // 1..100 again, order destroyed
      y[i] = stream(i, 3).uniform() < 0.9 ? static_cast<Code>(1 + (z - 1) / 20) : static_cast<Code>(1 + stream(i, 4).below(5));
    }
    features = {{x.data(), ordered}, {noise.data(), true}};
  }
};

class Dependence : public ::testing::TestWithParam<bool> {};

TEST_P(Dependence, IsFoundAndDrawn) {
  bool shuffled = GetParam();
  Planted train(4000, !shuffled, shuffled);
  Conditional c = fit_conditional(train.features, train.y, true, {}, {}, {});
  double agree = 0;
  for (size_t i = 0; i < 4000; ++i) {
    Code x[2] = {train.x[i], train.noise[i]};
    EXPECT_NEAR(total_probability(c, x), 1, 1e-5);
    Stream s = stream(i, 9);
    int z = shuffled ? x[0] * 37 % 101 : x[0];
    agree += c.draw(x, s) == 1 + (z - 1) / 20;
  }
  EXPECT_NEAR(agree / 4000, 0.92, 0.03);
  for (const auto &node : c.tree.nodes) EXPECT_NE(node.feature, 1) << "noise was split on";
}
INSTANTIATE_TEST_SUITE_P(OrderedAndNot, Dependence, ::testing::Bool());

TEST(Tree, UnorderedTargetAndFeature) {
  auto x = uniform_codes(6000, 40, 1);
  std::vector<Code> y(x.size());
  for (size_t i = 0; i < y.size(); ++i) y[i] = static_cast<Code>(1 + (x[i] * 17 % 41) % 6);
  Conditional c = fit_conditional({{x.data(), false}}, y, false, {}, {}, {});
  EXPECT_GT(mean_likelihood(c, {x}, y), -0.1);
}

TEST(Tree, NullAndMissingGoToTheSideTheyResemble) {
  auto x = uniform_codes(4000, 10, 1);
  std::vector<Code> y(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    if (i % 10 == 0) x[i] = null_code;
    if (i % 10 == 1) x[i] = missing_code;
    y[i] = x[i] == null_code || (x[i] > 5 && x[i] != missing_code) ? 2 : 1;
  }
  Conditional c = fit_conditional({{x.data(), true}}, y, true, {}, {}, {});
  auto p = [&](Code code) { return std::exp(c.log_likelihood(&code, 2)); };
  EXPECT_EQ(c.tree.leaves, 2);
  EXPECT_GT(p(null_code), 0.95);
  EXPECT_GT(p(9), 0.95);
  EXPECT_LT(p(missing_code), 0.05);
  EXPECT_LT(p(2), 0.05);
}

TEST(Tree, NoiseMakesNoSplit) {
  std::vector<std::vector<Code>> columns;
  std::vector<Feature> features;
  for (int f = 0; f < 20; ++f) columns.push_back(uniform_codes(3000, 100, 10 + f));
  for (int f = 0; f < 20; ++f) features.push_back({columns[f].data(), f % 2 == 0});
  auto y = uniform_codes(3000, 20, 50);
  EXPECT_EQ(fit_conditional(features, y, true, {}, {}, {}).tree.leaves, 1);
}

TEST(Tree, HeldOutLikelihoodBeatsTheMarginal) {
  Planted train(4000, true, false), all(8000, true, false);
  std::vector<Code> x(all.x.begin() + 4000, all.x.end()), noise(all.noise.begin() + 4000, all.noise.end()),
      y(all.y.begin() + 4000, all.y.end());
  Conditional c = fit_conditional(train.features, train.y, true, {}, {}, {}), marginal = fit_conditional({}, train.y, true, {}, {}, {});
  EXPECT_GT(mean_likelihood(c, {x, noise}, y), mean_likelihood(marginal, {x, noise}, y) + 0.9);
}

size_t fewest_entities(const Conditional &c, const std::vector<Code> &x, const std::vector<uint32_t> &entity) {
  std::vector<std::set<uint32_t>> leaf(c.tree.leaves);
  for (size_t i = 0; i < x.size(); ++i) leaf[c.tree.leaf(&x[i])].insert(entity[i]);
  size_t fewest = x.size();
  for (auto &e : leaf) fewest = std::min(fewest, e.size());
  return fewest;
}

TEST(Tree, EveryLeafHasEnoughEntities) {
  auto x = uniform_codes(6000, 200, 1);
  std::vector<Code> y(x.size());
  std::vector<uint32_t> few(x.size()), many(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    y[i] = static_cast<Code>(1 + x[i] / 10);
    few[i] = static_cast<uint32_t>((i * 7919) % 60);                      // 60 entities, not in row order
    many[i] = x[i] <= 100 ? 5000 + x[i] / 40 : static_cast<uint32_t>(i);  // low codes belong to three entities only
  }
  for (const auto &entity : {few, many}) {
    Conditional c = fit_conditional({{x.data(), true}}, y, true, entity, {}, {});
    EXPECT_GT(c.tree.leaves, 2);
    EXPECT_GE(fewest_entities(c, x, entity), 20u);
  }
}

TEST(Tree, RowOfManyOfOneEntityIsNoEvidence) {
  auto x = uniform_codes(2000, 2, 1);
  std::vector<Code> y = x;
  std::vector<uint32_t> entity(x.size());
  for (size_t i = 0; i < x.size(); ++i) entity[i] = x[i] == 1 ? 0 : static_cast<uint32_t>(i);
  EXPECT_EQ(fit_conditional({{x.data(), true}}, y, true, entity, {}, {}).tree.leaves, 1);
}

// Entities of 20 rows each whose rows are alike: what a column of theirs tells is worth entities, not rows.
struct Alike {
  std::vector<Code> own, place, y;  // of the entity, noise; of the row, true; target
  std::vector<uint32_t> entity;
  explicit Alike(size_t entities, uint64_t from = 0) {
    for (size_t e = from; e < from + entities; ++e)
      for (size_t i = 0; i < 20; ++i) {
        Stream s = stream(e * 20 + i, 7);
        entity.push_back(static_cast<uint32_t>(e - from));
        own.push_back(static_cast<Code>(1 + stream(e, 4).below(200)));
        place.push_back(static_cast<Code>(1 + s.below(4)));
        Code habit = static_cast<Code>(1 + stream(e, 5).below(20));
        y.push_back(s.below(10) < 6 ? habit : static_cast<Code>(place.back() * 5));
      }
  }
};

TEST(Tree, WhatIsAlikeWithinEntitiesIsNoEvidence) {
  Alike train(300), other(300, 300);
  std::vector<Feature> features{{train.own.data(), true}, {train.place.data(), true}};
  TreeOptions fixed;
  fixed.tune = false;
  Conditional c = fit_conditional(features, train.y, true, train.entity, fixed, {});
  Conditional rows = fit_conditional(features, train.y, true, {}, fixed, {});
  auto splits_on = [](const Conditional &of, int feature) {
    return std::count_if(of.tree.nodes.begin(), of.tree.nodes.end(), [&](const Tree::Node &n) { return n.feature == feature; });
  };
  EXPECT_EQ(splits_on(c, 0), 0);
  EXPECT_GT(splits_on(c, 1), 0);
  EXPECT_GT(splits_on(rows, 0), 0) << "rows alone would be fooled";
  std::vector<std::vector<Code>> held{other.own, other.place};
  EXPECT_GT(mean_likelihood(c, held, other.y), mean_likelihood(rows, held, other.y));
}

TEST(Tree, OptionsAreChosenForEntitiesThatWereNotThere) {
  Alike train(400), other(400, 400);
  std::vector<Feature> features{{train.own.data(), false}, {train.place.data(), true}};
  TreeOptions fixed, rash;
  fixed.tune = rash.tune = false;
  rash.penalty = 0.1;
  std::vector<std::vector<Code>> held{other.own, other.place};
  auto worth = [&](const TreeOptions &options) {
    return mean_likelihood(fit_conditional(features, train.y, true, train.entity, options, {}), held, other.y);
  };
  double chosen = worth({});
  EXPECT_GT(chosen, worth(fixed) - 5e-3);
  EXPECT_GT(chosen, worth(rash) + 0.02);
}

// A target that follows the sum of many columns: one tree runs out of rows before it has seen them all.
struct Additive {
  std::vector<std::vector<Code>> columns;
  std::vector<Feature> features;
  std::vector<Code> y;
  Additive(size_t rows, bool noise, uint64_t from = 0) : columns(10, std::vector<Code>(rows)), y(rows) {
    for (size_t i = 0; i < rows; ++i) {
      Stream s(11, 1, from + i, 0);
      double sum = 0;
      for (auto &column : columns) {
        column[i] = static_cast<Code>(1 + s.below(4));
        sum += noise ? 0 : column[i];
      }
      y[i] = static_cast<Code>(1 + std::clamp<int>(static_cast<int>((sum - 25 + 4 * s.uniform()) / 3 + 4), 0, 7));
    }
    for (const auto &column : columns) features.push_back({column.data(), true});
  }
};

TEST(Boost, AddsWhatOneTreeCannotHold) {
  Additive train(6000, false), other(3000, false, 6000);
  TreeOptions plain;
  plain.boost = false;
  Conditional tree = fit_conditional(train.features, train.y, true, {}, plain, {}),
              boosted = fit_conditional(train.features, train.y, true, {}, {}, {});
  ASSERT_FALSE(boosted.boosted.empty());
  EXPECT_GT(mean_likelihood(boosted, other.columns, other.y), mean_likelihood(tree, other.columns, other.y) + 0.05);
  std::vector<double> seen(256, 0);
  std::vector<Code> x;
  for (const auto &column : train.columns) x.push_back(column[17]);
  EXPECT_NEAR(total_probability(boosted, x.data()), 1, 1e-5);
  int n = 40000;
  for (int i = 0; i < n; ++i) {
    Stream s = stream(i, 6);
    seen[boosted.draw(x.data(), s)] += 1.0 / n;
  }
  for (int code = 0; code < 10; ++code) {
    double p = std::exp(boosted.log_likelihood(x.data(), static_cast<Code>(code)));
    EXPECT_NEAR(seen[code], p, 5 * std::sqrt((p + 1e-6) / n)) << code;
  }
}

TEST(Boost, FindsNothingInNoise) {
  Additive train(4000, true);
  EXPECT_TRUE(fit_conditional(train.features, train.y, true, {}, {}, {}).boosted.empty());
}

TEST(Boost, LeavesHoldEnoughEntities) {
  Additive train(6000, false);
  std::vector<uint32_t> entity(train.y.size());
  for (size_t i = 0; i < entity.size(); ++i) entity[i] = static_cast<uint32_t>(i % 300);
  Conditional c = fit_conditional(train.features, train.y, true, entity, {}, {});
  ASSERT_FALSE(c.boosted.empty());
  for (const BoostedTree &tree : c.boosted) {
    std::vector<std::set<uint32_t>> leaf(tree.tree.leaves);
    for (size_t i = 0; i < entity.size(); ++i) {
      std::vector<Code> x;
      for (const auto &column : train.columns) x.push_back(column[i]);
      leaf[tree.tree.leaf(x.data())].insert(entity[i]);
    }
    for (const auto &e : leaf) EXPECT_GE(e.size(), 20u);
  }
}

TEST(Prune, KeepsASplitThatOnlyThoseBelowItPayFor) {
  GrownTree grown;
  grown.classes = 2;
  grown.nodes.resize(5);
  grown.nodes[0] = {.feature = 0, .left = 1, .right = 2, .begin = 0, .end = 40, .gain = 1, .cost = 3};
  grown.nodes[2] = {.feature = 1, .left = 3, .right = 4, .begin = 20, .end = 40, .gain = 14, .cost = 3};
  grown.nodes[1].end = grown.nodes[3].begin = 20;
  grown.nodes[3].end = grown.nodes[4].begin = 30;
  grown.nodes[4].end = 40;
  grown.counts = {20, 20, 10, 10, 10, 10, 10, 0, 0, 10};
  EXPECT_EQ(prune(grown, 2).tree.leaves, 3);
  EXPECT_EQ(prune(grown, 3).tree.leaves, 1);
  EXPECT_EQ(prune(grown, 3).places, std::vector<int>{0});
  std::vector<double> shares = shares_of(grown, 10);
  EXPECT_NEAR(shares[6], 0.75, 1e-12);  // ten rows of their own, ten of the parent's
}

// Large nodes hand class counts on by subtraction, small ones count afresh: both must see the same tree.
TEST(Tree, LargeNodesSubtractCountsRightly) {
  size_t rows = 40000;
  auto x = uniform_codes(rows, 64, 1), z = uniform_codes(rows, 30, 2), w = uniform_codes(rows, 254, 3);
  std::vector<Code> y(rows);
  for (size_t i = 0; i < rows; ++i) y[i] = static_cast<Code>(1 + (x[i] / 8 + z[i] / 5) % 9 + (w[i] > 200 ? 3 : 0));
  Conditional c = fit_conditional({{x.data(), true}, {z.data(), false}, {w.data(), true}}, y, true, {}, {}, {});
  EXPECT_GT(mean_likelihood(c, {x, z, w}, y), -0.15);
  size_t in_leaves = 0;
  for (const auto &cell : c.cells) in_leaves += cell.count;
  EXPECT_EQ(in_leaves, rows);
}

TEST(Tree, ManyCodesSumToOneInEveryLeaf) {
  auto x = uniform_codes(5000, 30, 1), y = uniform_codes(5000, 250, 2);
  for (size_t i = 0; i < y.size(); ++i) y[i] = i % 17 == 0 ? null_code : static_cast<Code>(std::min(254, y[i] / 3 + x[i] * 5));
  for (bool ordered : {true, false}) {
    Conditional c = fit_conditional({{x.data(), true}}, y, ordered, {}, {}, {});
    EXPECT_GT(c.tree.leaves, 3);
    for (int code : {0, 1, 15, 30, 255}) {
      Code v = static_cast<Code>(code);
      EXPECT_NEAR(total_probability(c, &v), 1, 1e-5);
    }
    for (const auto &node : c.tree.nodes) EXPECT_TRUE((node.feature >= 0) != (node.leaf >= 0));
  }
}

TEST(Tree, LikelihoodIsWhatDrawDrawsBy) {
  auto x = uniform_codes(3000, 4, 1), y = uniform_codes(3000, 100, 2);
  for (size_t i = 0; i < y.size(); ++i) y[i] = static_cast<Code>(1 + y[i] / 4 + x[i] * 20);
  Conditional c = fit_conditional({{x.data(), true}}, y, true, {}, {}, {});
  Code v = 2;
  std::vector<double> seen(256, 0);
  int n = 200000;
  for (int i = 0; i < n; ++i) {
    Stream s = stream(i, 5);
    seen[c.draw(&v, s)] += 1.0 / n;
  }
  for (int code = 0; code < 256; ++code) {
    double p = std::exp(c.log_likelihood(&v, static_cast<Code>(code)));
    EXPECT_NEAR(seen[code], p, 5 * std::sqrt((p + 1e-6) / n)) << code;
  }
}

TEST(Tree, PollCancels) {
  Planted train(4000, true, false);
  int calls = 0;
  auto poll = [&] {
    if (++calls == 3) throw std::runtime_error("cancelled");
  };
  EXPECT_THROW(fit_conditional(train.features, train.y, true, {}, {}, poll), std::runtime_error);
}

}  // namespace
}  // namespace relsynth::core
