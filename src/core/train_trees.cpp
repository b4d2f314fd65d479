// train, trees within groups: a self reference to earlier rows of the driver's group -> how deep rows are and which rows they refer to, given the
// rows of the group before them.
#include <algorithm>
#include <deque>

#include "core/features.h"
#include "core/train_keys.h"

namespace relsynth::core {

namespace {

// What is told of every row that has a group, in the groups' order.
struct Told {
  std::vector<uint32_t> rows, entity, answers;  // `answers`: places in `rows` of those that refer to another row
  std::vector<Code> depth, before, deepest, now, above, back;

  void add_group(std::span<const uint32_t> group, std::span<const int32_t> parents, const std::vector<uint8_t> &within) {
    std::vector<size_t> depth_of(group.size());
    std::vector<std::vector<uint32_t>> levels;  // rows so far by depth
    for (size_t i = 0; i < group.size(); ++i) {
      size_t mine = 0;
      if (within[group[i]]) {
        auto at = std::find(group.begin(), group.begin() + static_cast<ptrdiff_t>(i), static_cast<uint32_t>(parents[group[i]]));
        mine = std::min<size_t>(deepest_code, depth_of[static_cast<size_t>(at - group.begin())] + 1);
      }
      rows.push_back(group[i]);
      before.push_back(i == 0 ? missing_code : count_code(depth_of[i - 1]));
      deepest.push_back(i == 0 ? missing_code : count_code(levels.size() - 1));
      depth.push_back(static_cast<Code>(1 + mine));
      if (mine > 0) add_answer(levels[mine - 1], static_cast<uint32_t>(parents[group[i]]), mine);
      depth_of[i] = mine;
      if (levels.size() <= mine) levels.resize(mine + 1);
      levels[mine].push_back(group[i]);
    }
  }

  void add_answer(const std::vector<uint32_t> &above_rows, uint32_t parent, size_t mine) {
    auto at = std::find(above_rows.rbegin(), above_rows.rend(), parent);
    if (at == above_rows.rend()) return;  // deeper than depths are counted
    answers.push_back(static_cast<uint32_t>(rows.size() - 1));
    now.push_back(count_code(mine));
    above.push_back(count_code(above_rows.size()));
    back.push_back(static_cast<Code>(std::min<size_t>(most_back, static_cast<size_t>(at - above_rows.rbegin()) + 1)));
  }
};

std::vector<Code> picked(const std::vector<Code> &codes, const std::vector<uint32_t> &places) {
  std::vector<Code> out;
  out.reserve(places.size());
  for (uint32_t i : places) out.push_back(codes[i]);
  return out;
}

}  // namespace

void learn_group_tree(const TrainSet &set, int table, int fk, const TreeOptions &options, const Poll &poll, GroupTreeModel &model) {
  const TrainTable &t = set.tables[table];
  std::span<const int32_t> parents = set.parents(table, fk), drivers = set.parents(table, set.plan.tables[table].driver);
  std::vector<uint8_t> within = within_groups(set, table, fk);
  Told told;
  for (size_t begin = 0, end = 0; begin < t.group_rows.size(); begin = end) {
    while (end < t.group_rows.size() && drivers[t.group_rows[end]] == drivers[t.group_rows[begin]]) ++end;
    told.add_group({t.group_rows.data() + begin, end - begin}, parents, within);
  }
  if (told.answers.empty()) return;
  std::vector<FeatureRef> refs = screen(set, table, null_candidates(set, table, fk), told.depth, true, options.classes, told.rows);
  std::deque<std::vector<Code>> codes;
  std::vector<Feature> by_row, by_answer;
  std::vector<uint32_t> answer_entity;
  for (uint32_t r : told.rows) told.entity.push_back(t.entity[r]);
  for (uint32_t i : told.answers) answer_entity.push_back(told.entity[i]);
  auto add = [&](const FeatureRef &ref, std::vector<Code> of_rows, bool ordered) {
    const std::vector<Code> &all = codes.emplace_back(std::move(of_rows));
    by_row.push_back({all.data(), ordered});
    by_answer.push_back({codes.emplace_back(picked(all, told.answers)).data(), ordered});
    model.depth_features.push_back(ref);
    model.back_features.push_back(ref);
  };
  for (const FeatureRef &ref : refs) add(ref, feature_codes(set, table, ref, told.rows), is_ordered(set, table, ref));
  add(depth_before, told.before, true);
  add(deepest_before, told.deepest, true);
  for (const auto &[ref, of] : {std::pair(depth_now, &told.now), {above_before, &told.above}}) {
    model.back_features.push_back(ref);
    by_answer.push_back({of->data(), true});
  }
  TreeOptions plain = options;
  plain.boost = false;
  model.depth = fit_conditional(by_row, told.depth, true, told.entity, plain, poll);
  model.back = fit_conditional(by_answer, told.back, true, answer_entity, plain, poll);
  drop_unused(model.depth_features, model.depth);
  drop_unused(model.back_features, model.back);
}

}  // namespace relsynth::core
