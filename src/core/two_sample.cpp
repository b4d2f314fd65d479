#include "core/two_sample.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <unordered_map>

#include "core/metrics.h"
#include "core/score_trees.h"

namespace relsynth::core {

namespace {

constexpr size_t least_wide = 2000;  // rows, however many columns
constexpr size_t least_rows = 30, least_groups = 6, most_clues = 3;

size_t rows_of(const Design &design) { return design.values.empty() ? 0 : design.values[0].size(); }

// Folds of rows: groups in turn, the large ones first, else in the order in which they come (which is random: the twin of a row that a copy
// has is to be in another fold), to the fold that has fewest rows.
std::vector<int> folds_of(const std::vector<uint32_t> &groups, int folds) {
  std::unordered_map<uint32_t, size_t> place;
  std::vector<std::vector<size_t>> members;
  for (size_t i = 0; i < groups.size(); ++i) {
    const auto [at, fresh] = place.try_emplace(groups[i], members.size());
    if (fresh) members.emplace_back();
    members[at->second].push_back(i);
  }
  std::vector<const std::vector<size_t> *> order;
  for (const std::vector<size_t> &places : members) order.push_back(&places);
  std::stable_sort(order.begin(), order.end(), [](const auto *a, const auto *b) { return a->size() > b->size(); });
  std::vector<int> fold(groups.size(), 0);
  std::vector<size_t> filled(static_cast<size_t>(folds), 0);
  for (const std::vector<size_t> *places : order) {
    const size_t f = static_cast<size_t>(std::min_element(filled.begin(), filled.end()) - filled.begin());
    for (size_t i : *places) fold[i] = static_cast<int>(f);
    filled[f] += places->size();
  }
  return fold;
}

// Groups of the chosen rows; where there are too few to leave some out, rows are groups.
std::vector<uint32_t> groups_of(const std::vector<uint32_t> &chosen, const std::vector<uint32_t> &groups) {
  std::vector<uint32_t> out;
  for (uint32_t r : chosen) out.push_back(groups.empty() ? r : groups[r]);
  if (std::set<uint32_t>(out.begin(), out.end()).size() < least_groups) std::iota(out.begin(), out.end(), 0u);
  return out;
}

std::vector<std::pair<std::string, double>> clues_of(const std::vector<double> &importance, const std::vector<std::string> &names) {
  std::vector<std::pair<std::string, double>> out;
  for (size_t f = 0; f < names.size(); ++f)
    if (importance[f] > 0) out.emplace_back(names[f], importance[f]);
  std::stable_sort(out.begin(), out.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
  out.resize(std::min(out.size(), most_clues));
  return out;
}

// Rows of both samples, one after the other in a CodedDesign, and the fold in which each is left out.
struct Trial {
  std::vector<uint32_t> rows;
  std::vector<int> fold;
};

// `n` rows of each sample, in turn from both, so that the order in which levels are met, by which CodedDesign ranks those of equal frequency,
// tells nothing.
Trial make_trial(const size_t (&sizes)[2], size_t n, const TwoSampleGroups &groups, const TwoSampleOptions &options) {
  std::vector<uint32_t> rows, group;
  std::vector<int> fold;
  for (int s = 0; s < 2; ++s) {
    std::vector<uint32_t> all(sizes[s]);
    std::iota(all.begin(), all.end(), 0u);
    const std::vector<uint32_t> chosen = some_rows(all, n, options.seed + static_cast<uint64_t>(s));
    const std::vector<uint32_t> own = groups_of(chosen, s ? groups.other : groups.real);
    for (uint32_t r : chosen) rows.push_back(static_cast<uint32_t>(s ? sizes[0] : 0) + r);
    group.insert(group.end(), own.begin(), own.end());
    if (groups.common) continue;
    const std::vector<int> own_folds = folds_of(own, options.folds);
    fold.insert(fold.end(), own_folds.begin(), own_folds.end());
  }
  if (groups.common) fold = folds_of(group, options.folds);
  Trial out;
  for (size_t i = 0; i < n; ++i)
    for (size_t at : {i, n + i}) out.rows.push_back(rows[at]), out.fold.push_back(fold[at]);
  return out;
}

}  // namespace

TwoSampleResult two_sample_test(const Design &real, const Design &other, const TwoSampleGroups &groups, const TwoSampleOptions &options) {
  TwoSampleResult out;
  out.auc = no_score;
  const size_t fitting = std::max(least_wide, options.cells / 2 / std::max<size_t>(1, real.size()));
  const size_t sizes[2] = {rows_of(real), rows_of(other)};
  out.rows = std::min({sizes[0], sizes[1], options.rows, fitting});
  if (real.size() == 0 || out.rows < least_rows) return out;

  CodedDesign design({&real, &other});
  const Trial trial = make_trial(sizes, out.rows, groups, options);
  std::vector<float> target(sizes[0] + sizes[1], 0), truth;
  std::fill_n(target.begin(), sizes[0], 1.0f);
  for (uint32_t r : trial.rows) truth.push_back(target[r]);
  std::vector<double> scores(trial.rows.size(), 0), importance(real.size(), 0);
  ScoreOptions growing;
  growing.rounds = options.rounds;
  for (int f = 0; f < options.folds; ++f) {
    std::vector<uint32_t> train;
    for (size_t i = 0; i < trial.rows.size(); ++i)
      if (trial.fold[i] != f) train.push_back(trial.rows[i]);
    design.use(train);
    ScoreTrees trees;
    trees.fit(design.codes(), train, target, growing, options.poll);
    for (size_t i = 0; i < trial.rows.size(); ++i)  // as a probability, so that folds can be ranked together
      if (trial.fold[i] == f) scores[i] = 1 / (1 + std::exp(-trees.score(design.codes(), trial.rows[i])));
    const std::vector<double> told = trees.importance();
    for (size_t c = 0; c < told.size(); ++c) importance[design.column(c)] += told[c] / options.folds;
  }
  out.auc = area_under_curve(scores, truth);
  out.clues = clues_of(importance, real.names);
  return out;
}

}  // namespace relsynth::core
