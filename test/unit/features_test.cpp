#include "core/features.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/trainset.h"
#include "database.h"

namespace relsynth::core {
namespace {

using Kind = FeatureRef::Kind;
using test::TrainingData;

TEST(Features, CodesOfCountsAndDepths) {
  EXPECT_EQ(count_code(1), 1);
  EXPECT_EQ(count_code(254), 254);
  EXPECT_EQ(count_code(100000), 254);
  EXPECT_EQ(depth_code(0), 0);
  EXPECT_EQ(depth_code(300), 254);
  EXPECT_EQ(depth_code(cyclic_depth), missing_code);
  EXPECT_EQ(has_parent_code(no_parent), 0);
  EXPECT_EQ(has_parent_code(unknown_parent), 1);
  EXPECT_EQ(has_parent_code(0), 1);
}

TEST(Features, DepthFollowsParents) {
  //                              0   1  2  3  4  5  6  7
  std::vector<int32_t> parents = {-1, 0, 1, 3, 3, 6, 5, 5};
  EXPECT_EQ(depths_of(parents), (std::vector<int32_t>{0, 1, 2, 0, 1, cyclic_depth, cyclic_depth, cyclic_depth}));
  EXPECT_EQ(depths_of(std::vector<int32_t>{unknown_parent, 0}), (std::vector<int32_t>{unknown_depth, unknown_depth}));
  std::vector<int32_t> chain(100000);
  for (size_t i = 0; i < chain.size(); ++i) chain[i] = static_cast<int32_t>(i) + 1;
  chain.back() = no_parent;
  EXPECT_EQ(depths_of(chain)[0], 99999);
}

TEST(Features, PlacesInATree) {
  constexpr Code none = missing_code;
  //                              0   1  2  3  4               5
  std::vector<int32_t> parents = {-1, 0, 0, 3, 0, unknown_parent};
  TreePlaces places = tree_places(parents);
  EXPECT_EQ(places.children, (std::vector<Code>{3, 0, 0, 0, 0, 0}));
  EXPECT_EQ(places.siblings, (std::vector<Code>{none, 3, 3, none, 3, none}));
  EXPECT_EQ(places.sibling, (std::vector<Code>{none, 1, 2, none, 3, none}));
  // More is known of the numbers than the sample says.
  places = tree_places(parents, {500, 0, 0, 0, 0, 7});
  EXPECT_EQ(places.children, (std::vector<Code>{254, 0, 0, 0, 0, 7}));
  EXPECT_EQ(places.siblings[1], 254);
}

TEST(Features, RowsAboveAreKnownWhereRowsStandOnTheirOwn) {
  for (bool driven : {false, true}) {
    TrainingData db;
    int parent = db.table("parent", 2), t = db.table("node", 5);
    db.column(parent, {1, 2});
    db.column(t, {1, 2, 3, 4, 5});
    if (driven) db.plan.tables[t].driver = db.key(t, parent, FkRole::Driver, {0, 0, 1, 1, 1});
    int fk = db.key(t, t, FkRole::Self, {no_parent, 0, 2, 4, 3}, true);
    TrainSet set = make_train_set(db.schema, db.plan, db.data);
    set.tables[t].codes[0] = {1, 2, 3, 4, 5};
    EXPECT_EQ(tree_key(db.plan, t), driven ? -1 : fk);
    EXPECT_EQ(test::uses(step_candidates(set, t, 0, -1), {Kind::Parent, fk, 0}), !driven);
    if (driven) continue;
    // Neither of a row that is above itself.
    constexpr Code none = missing_code;
    EXPECT_EQ(feature_codes(set, t, {Kind::Parent, fk, 0}), (std::vector<Code>{none, 1, none, none, none}));
  }
}

struct Family : TrainingData {
  int parent, child;
  Family() {
    parent = table("parent", 2);
    column(parent, {10, 20});
    child = table("child", 6);
    column(child, {5, 3, 4, -1, 1, 9});
    key(child, parent, FkRole::Driver, {0, 1, 0, 0, no_parent, unknown_parent}, true);
    plan.tables[child].order_by = {0};
  }
};

TEST(Features, GroupsAreOrderedAndNullsComeLast) {
  Family db;
  TrainSet set = make_train_set(db.schema, db.plan, db.data);
  const TrainTable &t = set.tables[db.child];
  EXPECT_EQ(t.position, (std::vector<Code>{2, 1, 1, 3, 1, 1}));
  EXPECT_EQ(t.group_size, (std::vector<Code>{3, 1, 3, 3, 1, 1}));
  EXPECT_EQ(t.previous, (std::vector<int32_t>{2, -1, -1, 0, -1, -1}));
}

TEST(Features, CodesAreMissingWhereThereIsNoRow) {
  Family db;
  TrainSet set = make_train_set(db.schema, db.plan, db.data);
  set.tables[db.parent].codes[0] = {7, 8};
  set.tables[db.child].codes[0] = {1, 2, 3, 4, 5, 6};
  constexpr Code none = missing_code;
  EXPECT_EQ(feature_codes(set, db.child, {Kind::Parent, 0, 0}), (std::vector<Code>{7, 8, 7, 7, none, none}));
  EXPECT_EQ(feature_codes(set, db.child, {Kind::Previous, -1, 0}), (std::vector<Code>{3, none, none, 1, none, none}));
  EXPECT_EQ(feature_codes(set, db.child, {Kind::HasParent, 0, -1}), (std::vector<Code>{1, 1, 1, 1, 0, 1}));
  EXPECT_EQ(feature_codes(set, db.child, {Kind::Position, -1, -1}, std::vector<uint32_t>{3, 0}), (std::vector<Code>{3, 2}));
}

TEST(Features, CandidatesAreWhatIsKnownBeforeTheStep) {
  Family db;
  db.column(db.child, {1, 1, 2, 2, 3, 3});
  TrainSet set = make_train_set(db.schema, db.plan, db.data);
  set.tables[db.parent].codes[0] = {7, 8};
  set.tables[db.child].codes = {{1, 2, 3, 4, 5, 6}, {1, 1, 2, 2, 3, 3}};
  auto first = step_candidates(set, db.child, 0, -1), second = step_candidates(set, db.child, 1, -1);
  EXPECT_FALSE(test::uses(first, {Kind::Own, -1, 0}));
  EXPECT_FALSE(test::uses(first, {Kind::Own, -1, 1}));
  EXPECT_TRUE(test::uses(second, {Kind::Own, -1, 0}));
  for (const auto &candidates : {first, second})
    for (FeatureRef ref : {FeatureRef{Kind::Parent, 0, 0}, FeatureRef{Kind::Previous, -1, 0}, FeatureRef{Kind::Previous, -1, 1},
                           FeatureRef{Kind::Position, -1, -1}, FeatureRef{Kind::GroupSize, -1, -1}, FeatureRef{Kind::HasParent, 0, -1}})
      EXPECT_TRUE(test::uses(candidates, ref));
}

TEST(Features, ScreeningKeepsWhatInforms) {
  TrainingData db;
  size_t rows = 3000;
  int t = db.table("wide", rows);
  std::vector<FeatureRef> candidates;
  for (int c = 0; c < 120; ++c) {
    db.column(t, std::vector<int64_t>(rows, 0));
    candidates.push_back({Kind::Own, -1, c});
  }
  TrainSet set = make_train_set(db.schema, db.plan, db.data);
  std::vector<Code> target(rows);
  for (int c = 0; c < 120; ++c)
    for (size_t r = 0; r < rows; ++r) set.tables[t].codes[c].push_back(static_cast<Code>(1 + Stream(1, 1, r, c).below(c % 2 ? 250 : 4)));
  for (size_t r = 0; r < rows; ++r) {
    target[r] = static_cast<Code>(1 + Stream(1, 2, r, 0).below(20));
    if (r % 5 == 0) set.tables[t].codes[118][r] = static_cast<Code>(1 + target[r] / 6);
  }
  auto kept = screen(set, t, candidates, target, true, 32);
  EXPECT_EQ(kept.size(), most_features);
  EXPECT_TRUE(test::uses(kept, {Kind::Own, -1, 118}));
  int many_codes = 0;
  for (const FeatureRef &ref : kept) many_codes += ref.column % 2;
  EXPECT_LT(many_codes, 40) << "features of many codes win by chance";
}

}  // namespace
}  // namespace relsynth::core
