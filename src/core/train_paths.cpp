// train, what further parents have to do with other parents: those of earlier rows of the group, and ancestors that agree along two ways.
#include <algorithm>
#include <deque>
#include <tuple>

#include "core/features.h"
#include "core/train_keys.h"

namespace relsynth::core {

namespace {

constexpr double least_excess = 0.05;           // of repeated parents over chance
constexpr size_t most_remembered = 64;          // parents of a group's earlier rows
constexpr size_t least_pairs = 30;              // rows that speak of a rule
constexpr double least_agreement = 0.95;        // share of them that keep it
constexpr double least_lift = 0.8;              // of the way from chance to always
constexpr size_t most_own = 3, most_other = 2;  // keys on a way
constexpr size_t most_ways = 64;
constexpr size_t most_tried_rows = 20000;  // that rules look at

// Rows of every group of one parent along key `by`, in their order.
std::vector<std::vector<uint32_t>> grouped(const TrainSet &set, int table, int by) {
  std::span<const int32_t> parents = set.parents(table, by);
  std::vector<std::vector<uint32_t>> groups(set.tables[set.key(table, by).parent].rows);
  auto add = [&](uint32_t r) {
    if (parents[r] >= 0 && static_cast<size_t>(parents[r]) < groups.size()) groups[parents[r]].push_back(r);
  };
  // In the order of the driver's groups; then rows without a driver.
  std::vector<uint8_t> seen(parents.size(), 0);
  for (uint32_t r : set.tables[table].group_rows) {
    add(r);
    seen[r] = 1;
  }
  for (uint32_t r = 0; r < parents.size(); ++r)
    if (!seen[r]) add(r);
  return groups;
}

// Share of the rows that each parent has.
std::vector<double> shares(std::span<const int32_t> parents, size_t parent_rows) {
  std::vector<double> counts(parent_rows, 0);
  double n = 0;
  for (int32_t p : parents) {
    if (p < 0 || static_cast<size_t>(p) >= parent_rows) continue;
    ++counts[p];
    ++n;
  }
  for (double &count : counts) count /= std::max(1.0, n);
  return counts;
}

// A unique key over columns of foreign keys alone makes the parents of a group differ, or leaves no room for repeats beside the driver. With a
// column of the row's own (student, course, term) there is room.
bool in_unique_pair(const TrainSet &set, int table, int fk) {
  auto of = [&](int f, int c) {
    const std::vector<int> &columns = set.key(table, f).child_columns;
    return std::find(columns.begin(), columns.end(), c) != columns.end();
  };
  auto of_any = [&](int c) {
    for (int f = 0; f < set.keys(table); ++f)
      if (of(f, c)) return true;
    return false;
  };
  const std::vector<UniqueKey> &keys = set.schema.tables[table].keys;
  return std::any_of(keys.begin(), keys.end(), [&](const UniqueKey &key) {
    return std::any_of(key.columns.begin(), key.columns.end(), [&](int c) { return of(fk, c); }) &&
           (!key.plain() || std::all_of(key.columns.begin(), key.columns.end(), of_any));
  });
}

// Outcomes along the groups, what was known before each, and how many repeats chance would bring.
struct Repeats {
  std::vector<uint32_t> rows, entities;
  std::vector<Code> outcome, distinct, run;
  double repeated = 0, by_chance = 0;

  void add_group(const std::vector<uint32_t> &group, std::span<const int32_t> parents, const std::vector<double> &share,
                 const std::vector<uint32_t> &entity) {
    std::vector<int32_t> earlier;  // the last one stands last
    double held = 0;               // share of all rows that they have
    size_t run_length = 0;
    for (uint32_t r : group) {
      if (parents[r] < 0 || static_cast<size_t>(parents[r]) >= share.size()) continue;
      auto found = std::find(earlier.rbegin(), earlier.rend(), parents[r]);
      bool again = found != earlier.rend();
      if (!earlier.empty()) {
        outcome.push_back(!again ? other_parent : found == earlier.rbegin() ? row_before : earlier_row);
        distinct.push_back(count_code(earlier.size()));
        run.push_back(count_code(run_length));
        rows.push_back(r);
        repeated += again;
        by_chance += held;
        if (again) entities.push_back(entity[r]);
      }
      run_length = !outcome.empty() && !earlier.empty() && outcome.back() == row_before ? run_length + 1 : 1;
      if (again) earlier.erase(std::next(found).base());
      if (!again) held += share[parents[r]];
      if (earlier.size() >= most_remembered) {
        held -= share[earlier.front()];
        earlier.erase(earlier.begin());
      }
      earlier.push_back(parents[r]);
    }
  }

  // How far from chance to always; 0 where that says too little.
  double excess(uint32_t least) {
    std::sort(entities.begin(), entities.end());
    size_t n = static_cast<size_t>(std::unique(entities.begin(), entities.end()) - entities.begin());
    if (rows.size() < least_pairs || n < least) return 0;
    double share = (repeated - by_chance) / std::max(1.0, static_cast<double>(rows.size()) - by_chance);
    return share > least_excess ? share : 0;
  }
};

}  // namespace

namespace {

// The driver and the Further keys that are assigned before one.
std::vector<int> keys_before(const TrainSet &set, int table, int fk) {
  std::vector<int> before;
  auto rank = [&](int f) {
    const bool choice = is_choice(set.schema, set.plan, table, f);
    return std::make_tuple(choice, choice ? size_t{0} : SIZE_MAX - set.key(table, f).child_columns.size(), f);
  };
  for (int f = 0; f < set.keys(table); ++f) {
    FkRole role = set.plan.tables[table].fk_roles[f];
    bool earlier = role == FkRole::Driver || (role == FkRole::Further && rank(f) < rank(fk));
    if (f != fk && earlier && !set.parents(table, f).empty()) before.push_back(f);
  }
  return before;
}

// The repeats by the key that brings the most of them.
Repeats find_repeats(const TrainSet &set, int table, int fk, RepeatModel &model) {
  const TrainTable &t = set.tables[table];
  std::span<const int32_t> parents = set.parents(table, fk);
  Repeats best;
  if (parents.empty() || in_unique_pair(set, table, fk)) return best;
  std::vector<double> share = shares(parents, set.tables[set.key(table, fk).parent].rows);
  double most = 0;
  for (int by : keys_before(set, table, fk)) {
    Repeats repeats;
    for (const std::vector<uint32_t> &group : grouped(set, table, by)) repeats.add_group(group, parents, share, t.entity);
    double excess = repeats.excess(least_support(set.plan.min_count, t.entities));
    if (excess <= most) continue;
    most = excess;
    best = std::move(repeats);
    model.by = by;
  }
  return best;
}

}  // namespace

void learn_repeats(const TrainSet &set, int table, int fk, const TreeOptions &options, const Poll &poll, RepeatModel &model) {
  const TrainTable &t = set.tables[table];
  Repeats repeats = find_repeats(set, table, fk, model);
  if (model.by < 0) return;
  model.features = screen(set, table, null_candidates(set, table, fk), repeats.outcome, false, options.classes, repeats.rows);
  std::deque<std::vector<Code>> codes;
  std::vector<Feature> features;
  for (const FeatureRef &ref : model.features)
    features.push_back({codes.emplace_back(feature_codes(set, table, ref, repeats.rows)).data(), is_ordered(set, table, ref)});
  features.push_back({repeats.distinct.data(), true});
  features.push_back({repeats.run.data(), true});
  model.features.push_back(distinct_before);
  model.features.push_back(run_before);
  TreeOptions plain = options;
  plain.boost = false;
  std::vector<uint32_t> entity;
  entity.reserve(repeats.rows.size());
  for (uint32_t r : repeats.rows) entity.push_back(t.entity[r]);
  model.conditional = fit_conditional(features, repeats.outcome, false, entity, plain, poll);
  drop_unused(model.features, model.conditional);
}

namespace {

// A way up from the rows of a table, and where it leads: a row number of `end`, negative where it is lost.
struct Way {
  std::vector<int> keys;
  int end = -1;
  std::vector<int32_t> at;
};

bool leads_on(const TrainSet &set, int table, int fk) {
  TableRole role = set.plan.tables[table].role;
  if (role == TableRole::Skip || set.plan.tables[set.key(table, fk).parent].role == TableRole::Skip) return false;
  FkRole of = set.plan.tables[table].fk_roles[fk];
  return of == FkRole::Driver || of == FkRole::Further;
}

// Ways of up to `most` steps from `from`, itself first.
std::vector<Way> ways_from(const TrainSet &set, Way from, size_t most) {
  std::vector<Way> ways{std::move(from)};
  for (size_t i = 0; i < ways.size(); ++i) {
    if (ways[i].keys.size() >= most) continue;
    for (int f = 0; f < set.keys(ways[i].end); ++f) {
      std::span<const int32_t> parents = set.parents(ways[i].end, f);
      if (parents.empty() || !leads_on(set, ways[i].end, f) || ways.size() >= most_ways) continue;
      Way way = ways[i];
      way.keys.push_back(f);
      way.end = set.key(ways[i].end, f).parent;
      for (int32_t &row : way.at) row = row >= 0 && static_cast<size_t>(row) < parents.size() ? parents[row] : unknown_parent;
      ways.push_back(std::move(way));
    }
  }
  return ways;
}

struct Agreement {
  double share = 0, chance = 1;
};

Agreement agreement(const TrainSet &set, int table, size_t step, const std::vector<int32_t> &a, const std::vector<int32_t> &b) {
  size_t ends = 0;
  for (size_t r = 0; r < a.size(); ++r) ends = std::max(ends, static_cast<size_t>(std::max({a[r], b[r], -1}) + 1));
  std::vector<double> as(ends, 0), bs(ends, 0);
  std::vector<uint32_t> entities;
  double both = 0, same = 0;
  for (size_t r = 0; r < a.size(); ++r) {
    if (a[r] < 0 || b[r] < 0) continue;
    ++both;
    same += a[r] == b[r];
    ++as[a[r]];
    ++bs[b[r]];
    if (a[r] == b[r]) entities.push_back(set.tables[table].entity[r * step]);
  }
  Agreement result;
  std::sort(entities.begin(), entities.end());
  size_t distinct = static_cast<size_t>(std::unique(entities.begin(), entities.end()) - entities.begin());
  if (both < static_cast<double>(least_pairs) || distinct < least_support(set.plan.min_count, set.tables[table].entities)) return result;
  result.share = same / both;
  result.chance = 0;
  for (size_t e = 0; e < ends; ++e) result.chance += as[e] / both * (bs[e] / both);
  return result;
}

bool share_columns(const ForeignKey &a, const ForeignKey &b) {
  return std::any_of(a.child_columns.begin(), a.child_columns.end(),
                     [&](int c) { return std::find(b.child_columns.begin(), b.child_columns.end(), c) != b.child_columns.end(); });
}

}  // namespace

std::vector<PathRule> learn_paths(const TrainSet &set, int table, int fk) {
  std::span<const int32_t> parents = set.parents(table, fk);
  std::vector<PathRule> rules;
  if (parents.size() < least_pairs) return rules;
  size_t step = (parents.size() + most_tried_rows - 1) / most_tried_rows;
  auto some = [&](std::span<const int32_t> of) {
    std::vector<int32_t> rows;
    for (size_t r = 0; r < of.size(); r += step) rows.push_back(of[r]);
    return rows;
  };
  std::vector<Way> others = ways_from(set, {{}, set.key(table, fk).parent, some(parents)}, most_other);
  for (int g = 0; g < set.keys(table); ++g) {
    std::span<const int32_t> first = set.parents(table, g);
    if (g == fk || first.empty() || !leads_on(set, table, g) || share_columns(set.key(table, fk), set.key(table, g))) continue;
    PathRule best;
    double least_chance = 1;
    for (const Way &own : ways_from(set, {{g}, set.key(table, g).parent, some(first)}, most_own))
      for (const Way &other : others) {
        if (own.end != other.end || (own.keys.size() == 1 && other.keys.empty())) continue;
        Agreement found = agreement(set, table, step, own.at, other.at);
        bool kept = found.share >= least_agreement && found.share - found.chance >= least_lift * (1 - found.chance);
        if (!kept || found.chance >= least_chance) continue;
        least_chance = found.chance;
        best = {own.keys, other.keys, found.share};
      }
    if (!best.own.empty()) rules.push_back(std::move(best));
  }
  return rules;
}

}  // namespace relsynth::core
