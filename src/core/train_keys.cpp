#include "core/train_keys.h"

#include <algorithm>
#include <numeric>

#include "core/features.h"

namespace relsynth::core {

namespace {

constexpr size_t most_fan_out_depths = 16;  // deeper rows share the last

}  // namespace

uint32_t least_support(int min_count, uint32_t entities) {
  uint32_t least = static_cast<uint32_t>(std::max(min_count, 1));
  return entities >= 2 * least ? least : std::min(2u, least);
}

double null_share(const TrainSet &set, int table, int fk) {
  const SourceTable &source = set.data.tables[table];
  if (static_cast<size_t>(fk) < source.null_share.size()) return source.null_share[fk];
  std::span<const int32_t> parents = set.parents(table, fk);
  if (parents.empty()) return 0;
  return static_cast<double>(std::count(parents.begin(), parents.end(), no_parent)) / static_cast<double>(parents.size());
}

double mean_children(const TrainSet &set, int child, int fk, const std::vector<uint32_t> &counts) {
  double parents = static_cast<double>(set.data.tables[set.key(child, fk).parent].total_rows);
  double children = static_cast<double>(set.data.tables[child].total_rows);
  if (parents > 0) return children * (1 - null_share(set, child, fk)) / parents;
  return counts.empty() ? 0 : std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
}

namespace {

// Distinct entities of the child that refer to each row of the parent.
std::vector<uint32_t> support(const TrainSet &set, int table, std::span<const int32_t> parents, size_t parent_rows) {
  std::vector<std::pair<int32_t, uint32_t>> pairs;
  for (size_t r = 0; r < parents.size(); ++r)
    if (parents[r] >= 0 && static_cast<size_t>(parents[r]) < parent_rows) pairs.emplace_back(parents[r], set.tables[table].entity[r]);
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  std::vector<uint32_t> entities(parent_rows, 0);
  for (const auto &[parent, entity] : pairs) ++entities[parent];
  return entities;
}

int schema_key(const TrainSet &set, int table, int fk) { return set.schema.tables[table].foreign_keys[fk]; }

}  // namespace

namespace {

// Which of the kept rows that few entities refer to is referred to how often is not told: their weights change places.
void shuffle_rare(const std::vector<uint32_t> &entities, uint32_t least, std::vector<float> &weights) {
  std::vector<size_t> rare;
  for (size_t r = 0; r < weights.size(); ++r)
    if (entities[r] < least) rare.push_back(r);
  Stream random(0, hash_name("rare"), 0, Purpose::Train);
  for (size_t i = rare.size(); i > 1; --i) std::swap(weights[rare[i - 1]], weights[rare[random.below(i)]]);
}

}  // namespace

std::vector<Code> learn_choice(const TrainSet &set, int table, int fk, ForeignKeyModel &model) {
  std::span<const int32_t> parents = set.parents(table, fk);
  std::vector<uint32_t> counts = set.children(schema_key(set, table, fk)), entities = support(set, table, parents, counts.size());
  uint32_t least = least_support(set.plan.min_count, set.tables[table].entities);
  model.choice = true;
  for (size_t r = 0; r < counts.size(); ++r)
    if (entities[r] >= least) model.choice_rows.push_back(static_cast<int32_t>(r));
  std::stable_sort(model.choice_rows.begin(), model.choice_rows.end(), [&](int32_t a, int32_t b) { return counts[a] > counts[b]; });
  if (model.choice_rows.size() > max_choices) model.choice_rows.resize(max_choices);
  model.other_weight.assign(counts.begin(), counts.end());
  std::vector<Code> code_of(counts.size(), choice_other), codes(parents.size(), null_code);
  for (size_t i = 0; i < model.choice_rows.size(); ++i) {
    code_of[model.choice_rows[i]] = static_cast<Code>(1 + i);
    model.choice_counts.push_back(counts[model.choice_rows[i]]);
    model.other_weight[model.choice_rows[i]] = 0;
  }
  shuffle_rare(entities, least, model.other_weight);
  bool others = std::any_of(model.other_weight.begin(), model.other_weight.end(), [](float w) { return w > 0; });
  // Nothing is known of the other rows' shares: an empty child table, or children of rows that are not there.
  if (!others && model.choice_rows.empty()) std::fill(model.other_weight.begin(), model.other_weight.end(), 1.0f);
  others = others || model.choice_rows.empty();
  if (!others) model.other_weight.clear();
  for (size_t r = 0; r < parents.size(); ++r) {
    bool known = parents[r] >= 0 && static_cast<size_t>(parents[r]) < code_of.size();
    if (parents[r] != no_parent && !code_of.empty()) codes[r] = known ? code_of[parents[r]] : others ? choice_other : Code{1};
  }
  return codes;
}

namespace {

constexpr size_t least_depth_rows = 20;  // whose children tell how many rows lie one deeper

// In a sample the way up leaves the sample for most rows, the more so the deeper they are: how many rows there are of a depth follows from the
// share of roots and from numbers of children, both of the whole table. Beyond what is known the numbers decline as they did.
std::vector<double> depths_by_children(double roots, const std::vector<std::vector<uint32_t>> &counts) {
  std::vector<double> shares{roots}, means;
  for (size_t d = 0; d < counts.size() && counts[d].size() >= least_depth_rows; ++d)
    means.push_back(std::accumulate(counts[d].begin(), counts[d].end(), 0.0) / static_cast<double>(counts[d].size()));
  if (means.empty()) means.push_back(1);
  const double decline =
      means.size() < 2 || means[means.size() - 2] <= 0 ? 1 : std::clamp(means.back() / means[means.size() - 2], 0.3, 1.0);
  double left = 1 - roots, mean = means[0];
  for (size_t d = 0; d < 254 && left > 1e-9 && shares[d] > 1e-9; ++d) {
    mean = d < means.size() ? means[d] : mean * decline;
    shares.push_back(std::min(left, shares[d] * mean));
    left -= shares.back();
  }
  // What is left lies below, too.
  const double below = 1 - roots - left;
  for (size_t d = 1; d < shares.size() && below > 0; ++d) shares[d] *= (1 - roots) / below;
  return shares;
}

}  // namespace

void learn_forest(const TrainSet &set, int table, int fk, ForeignKeyModel &model) {
  const std::vector<int32_t> &depths = set.tables[table].depths[fk];
  std::span<const int32_t> parents = set.parents(table, fk);
  std::vector<uint32_t> children = set.children(schema_key(set, table, fk));
  double roots = 0, loops = 0, cyclic = 0, known = 0;
  std::vector<std::vector<uint32_t>> rows(most_fan_out_depths), counts(most_fan_out_depths);
  for (uint32_t r = 0; r < depths.size(); ++r) {
    bool loop = parents[r] == static_cast<int32_t>(r);
    cyclic += depths[r] == cyclic_depth;
    if (depths[r] < 0) continue;
    size_t depth = depth_code(depths[r]), level = std::min(depth, most_fan_out_depths - 1);
    if (model.depth_share.size() <= depth) model.depth_share.resize(depth + 1, 0);
    ++model.depth_share[depth];
    ++known;
    roots += depth == 0;
    loops += loop;
    rows[level].push_back(r);
    counts[level].push_back(children[r] - (loop && children[r] > 0 ? 1 : 0));
  }
  for (double &share : model.depth_share) share /= known;
  const double rows_read = static_cast<double>(depths.size());
  if (std::find(depths.begin(), depths.end(), unknown_depth) != depths.end() && roots > 0)
    model.depth_share = depths_by_children(std::min(1.0, null_share(set, table, fk) + loops / rows_read), counts);
  model.self_loop_share = roots > 0 ? loops / roots : 0;
  model.cyclic_share = depths.empty() ? 0 : cyclic / static_cast<double>(depths.size());
  for (size_t level = 0; level < rows.size() && !rows[level].empty(); ++level) {
    CountModel &fan_out = model.fan_out.emplace_back();
    std::vector<Code> codes = learn_counts(set, table, counts[level], rows[level], {}, fan_out);
    fan_out.conditional = fit_conditional({}, codes, true, {}, {}, {});
  }
}

}  // namespace relsynth::core
