#include "core/features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/clock.h"
#include "core/histogram.h"
#include "core/history.h"
#include "core/relative.h"
#include "core/sisters.h"
#include "core/trainset.h"

namespace relsynth::core {

namespace {

using Kind = FeatureRef::Kind;

constexpr int most_steps_up = 3;  // along drivers: parent (1), Grandparent (2 and more)

void add_columns(const TrainTable &of, Kind kind, int fk, std::vector<FeatureRef> &out) {
  for (size_t c = 0; c < of.codes.size(); ++c)
    if (!of.codes[c].empty()) out.push_back({kind, fk, static_cast<int>(c)});
}

bool is_role(const TrainSet &set, int table, int fk, FkRole role) { return set.plan.tables[table].fk_roles[fk] == role; }

// The table reached by one step along the driver; -1 when there is none.
int driver_parent(const TrainSet &set, int table) {
  if (table < 0 || set.fixed(table) || set.plan.tables[table].driver < 0) return -1;
  return set.key(table, set.plan.tables[table].driver).parent;
}

// The driver's parents, one and more steps up, and the row's place among its siblings.
void add_driver(const TrainSet &set, int table, std::vector<FeatureRef> &out) {
  int up = driver_parent(set, table);
  if (up < 0) return;
  add_columns(set.tables[up], Kind::Parent, set.plan.tables[table].driver, out);
  for (const auto &[column, codes] : set.tables[up].spans) out.push_back({Kind::Span, -1, column});
  for (int steps = 2; steps <= most_steps_up && (up = driver_parent(set, up)) >= 0; ++steps)
    add_columns(set.tables[up], Kind::Grandparent, steps, out);
  out.push_back({Kind::Position, -1, -1});
  out.push_back({Kind::GroupSize, -1, -1});
  out.push_back({Kind::Remaining, -1, -1});
}

// What the driver's parent's other child tables say.
void add_sisters(const TrainSet &set, int parent, int before, std::vector<FeatureRef> &out) {
  if (parent < 0) return;
  std::vector<FeatureRef> sisters = sister_candidates(set, parent, before);
  out.insert(out.end(), sisters.begin(), sisters.end());
}

void add_has_parent(const TrainSet &set, int table, int fk, std::vector<FeatureRef> &out) {
  if (set.key(table, fk).nullable) out.push_back({Kind::HasParent, fk, -1});
}

// What is known before any step of the row is drawn.
void add_structure(const TrainSet &set, int table, int before_fk, std::vector<FeatureRef> &out) {
  add_driver(set, table, out);
  add_sisters(set, driver_parent(set, table), table, out);
  for (int f = 0; f < set.keys(table); ++f) {
    bool driver = is_role(set, table, f, FkRole::Driver);
    bool further = is_role(set, table, f, FkRole::Further) && !is_choice(set.schema, set.plan, table, f) && f < before_fk;
    if (further) add_columns(set.tables[set.key(table, f).parent], Kind::Parent, f, out);
    if (driver || further) add_has_parent(set, table, f, out);
  }
}

// The place in the trees of self references, and the row above where that is drawn before.
void add_trees(const TrainSet &set, int table, bool drawn, std::vector<FeatureRef> &out) {
  for (int f = 0; f < set.keys(table); ++f) {
    if (set.tables[table].depth[f].empty()) continue;
    for (Kind kind : {Kind::Depth, Kind::Children, Kind::Siblings, Kind::Sibling}) out.push_back({kind, f, -1});
    if (drawn && f == tree_key(set.plan, table)) add_columns(set.tables[table], Kind::Parent, f, out);
  }
}

// The row before in the group: all that is drawn of it.
void add_previous(const TrainSet &set, int table, std::vector<FeatureRef> &out) {
  if (set.tables[table].previous.empty()) return;
  for (int f = 0; f < set.keys(table); ++f)
    if (!set.tables[table].choice[f].empty()) out.push_back({Kind::PreviousChoice, f, -1});
  for (int c : set.plan.tables[table].column_order)
    if (!set.tables[table].codes[c].empty()) out.push_back({Kind::Previous, -1, c});
}

// Choices drawn before the choice key `before_fk` (all of them: a number past the last position), and their parents.
void add_choices(const TrainSet &set, int table, int before_fk, std::vector<FeatureRef> &out) {
  for (int f = 0; f < std::min(before_fk, set.keys(table)); ++f) {
    if (set.tables[table].choice[f].empty()) continue;
    out.push_back({Kind::Choice, f, -1});
    add_columns(set.tables[set.key(table, f).parent], Kind::Parent, f, out);
  }
}

}  // namespace

TreePlaces tree_places(std::span<const int32_t> parents, std::vector<uint32_t> counts) {
  size_t n = parents.size();
  auto above = [&](size_t r) { return parents[r] >= 0 && static_cast<size_t>(parents[r]) < n && parents[r] != static_cast<int32_t>(r); };
  std::vector<uint32_t> seen(n, 0);
  TreePlaces places{std::vector<Code>(n), std::vector<Code>(n, missing_code), std::vector<Code>(n, missing_code)};
  for (size_t r = 0; r < n; ++r)
    if (above(r)) places.sibling[r] = count_code(++seen[parents[r]]);
  if (counts.size() != n) counts = std::move(seen);
  for (size_t r = 0; r < n; ++r) places.children[r] = count_code(counts[r]);
  for (size_t r = 0; r < n; ++r)
    if (above(r)) places.siblings[r] = places.children[parents[r]];
  return places;
}

int tree_key(const Plan &plan, int table) {
  const TablePlan &t = plan.tables[table];
  if (t.role != TableRole::Learn) return -1;
  if (t.driver >= 0) return t.group_tree;
  auto found = std::find(t.fk_roles.begin(), t.fk_roles.end(), FkRole::Self);
  return found == t.fk_roles.end() ? -1 : static_cast<int>(found - t.fk_roles.begin());
}

std::vector<FeatureRef> step_candidates(const TrainSet &set, int table, int column, int fk) {
  std::vector<FeatureRef> out;
  std::vector<int> before;
  int all = set.keys(table);
  if (column >= 0)
    for (int c : set.plan.tables[table].column_order) {
      if (c == column) break;
      before.push_back(c);
      if (!set.tables[table].codes[c].empty()) out.push_back({Kind::Own, -1, c});
      if (!set.tables[table].rule[c].empty() && !set.plan.tables[table].columns[c].rule.always) out.push_back({Kind::Rule, -1, c});
    }
  add_choices(set, table, column >= 0 ? all : fk, out);
  add_structure(set, table, all, out);
  add_trees(set, table, column >= 0, out);
  if (column < 0) return out;
  add_previous(set, table, out);
  std::vector<FeatureRef> history = history_candidates(set, table, before);
  out.insert(out.end(), history.begin(), history.end());
  return out;
}

std::vector<FeatureRef> null_candidates(const TrainSet &set, int table, int fk) {
  std::vector<FeatureRef> out;
  add_structure(set, table, fk, out);
  return out;
}

std::vector<FeatureRef> count_candidates(const TrainSet &set, int parent, int child) {
  std::vector<FeatureRef> out;
  add_columns(set.tables[parent], Kind::Own, -1, out);
  if (set.fixed(parent)) return out;
  for (int f = 0; f < set.keys(parent); ++f)
    if (!set.tables[parent].choice[f].empty()) out.push_back({Kind::Choice, f, -1});
  for (const auto &[column, codes] : set.tables[parent].spans) out.push_back({Kind::Span, parent, column});
  add_driver(set, parent, out);
  add_sisters(set, parent, child, out);
  add_trees(set, parent, false, out);
  return out;
}

bool is_ordered(const TrainSet &set, int table, const FeatureRef &ref) {
  switch (ref.kind) {
    case Kind::Own:
    case Kind::Usual:
    case Kind::Last:
    case Kind::Previous: return set.tables[table].ordered[ref.column];
    case Kind::Parent: return set.tables[set.key(table, ref.fk).parent].ordered[ref.column];
    case Kind::Grandparent: {
      for (int i = 0; i < ref.fk; ++i) table = driver_parent(set, table);
      return set.tables[table].ordered[ref.column];
    }
    case Kind::SisterFirst:
    case Kind::SisterLast:
    case Kind::SisterUsual: return set.tables[set.schema.foreign_keys[ref.fk].child].ordered[ref.column];
    case Kind::Choice:
    case Kind::PreviousChoice:
    case Kind::SisterChoice: return false;
    default: return true;
  }
}

const Code *held_codes(const TrainSet &set, int table, const FeatureRef &ref) {
  const TrainTable &t = set.tables[table];
  switch (ref.kind) {
    case Kind::Own: return t.codes[ref.column].data();
    case Kind::Choice: return t.choice[ref.fk].data();
    case Kind::Position: return t.position.data();
    case Kind::GroupSize: return t.group_size.data();
    case Kind::Remaining: return t.remaining.data();
    case Kind::Depth: return t.depth[ref.fk].data();
    case Kind::Children: return t.tree[ref.fk].children.data();
    case Kind::Siblings: return t.tree[ref.fk].siblings.data();
    case Kind::Sibling: return t.tree[ref.fk].sibling.data();
    case Kind::Rule: return t.rule[ref.column].data();
    default: break;
  }
  auto found = t.history.find({static_cast<int>(ref.kind), ref.fk, ref.column});
  return found == t.history.end() ? nullptr : found->second.data();
}

namespace {

// Codes of a column as seen through steps up from the rows of a table; missing_code where a step leads nowhere.
struct Path {
  std::vector<std::span<const int32_t>> steps;
  std::span<const Code> codes;

  Code at(uint32_t row) const {
    int64_t r = row;
    for (auto step : steps) {
      if (static_cast<size_t>(r) >= step.size()) return missing_code;
      r = step[r];
      if (r < 0) return missing_code;
    }
    return static_cast<size_t>(r) < codes.size() ? codes[r] : missing_code;
  }
};

Path path_of(const TrainSet &set, int table, const FeatureRef &ref) {
  Path path;
  const TrainTable &t = set.tables[table];
  if (is_sister(ref.kind)) {
    int parent = set.schema.foreign_keys[ref.fk].parent;
    if (table != parent) path.steps.push_back(set.parents(table, set.plan.tables[table].driver));
    path.codes = set.tables[parent].sisters.at(sister_key(ref));
    return path;
  }
  switch (ref.kind) {
    case Kind::Span:
      if (ref.fk < 0) path.steps.push_back(set.parents(table, set.plan.tables[table].driver));
      path.codes = set.tables[ref.fk < 0 ? driver_parent(set, table) : table].spans.at(ref.column);
      return path;
    case Kind::Previous:
      path.steps.push_back(t.previous);
      path.codes = t.codes[ref.column];
      return path;
    case Kind::PreviousChoice:
      path.steps.push_back(t.previous);
      path.codes = t.choice[ref.fk];
      return path;
    case Kind::Parent:
      path.steps.push_back(ref.fk == tree_key(set.plan, table) ? std::span<const int32_t>(t.above) : set.parents(table, ref.fk));
      path.codes = set.tables[set.key(table, ref.fk).parent].codes[ref.column];
      return path;
    case Kind::Grandparent:
      for (int i = 0; i < ref.fk; ++i) {
        path.steps.push_back(set.parents(table, set.plan.tables[table].driver));
        table = driver_parent(set, table);
      }
      path.codes = set.tables[table].codes[ref.column];
      return path;
    default: path.codes = {held_codes(set, table, ref), t.rows}; return path;
  }
}

std::vector<Code> own_calendar(const TrainSet &set, int table, const FeatureRef &ref, std::span<const uint32_t> rows) {
  const TrainTable &t = set.tables[table];
  const SourceColumn &times = set.data.tables[table].columns[ref.column];
  TypeClass cls = set.schema.tables[table].columns[ref.column].cls;
  auto at = [&](size_t row) { return days_of(number_at(times, row, cls), cls); };
  std::vector<Code> out(rows.empty() ? t.rows : rows.size());
  for (size_t i = 0; i < out.size(); ++i) {
    size_t row = rows.empty() ? i : rows[i];
    int32_t before = t.previous[row];
    out[i] = own_day_codes(at(row), before < 0 ? NAN : at(static_cast<size_t>(before)))[ref.fk];
  }
  return out;
}

}  // namespace

std::vector<Code> feature_codes(const TrainSet &set, int table, const FeatureRef &ref, std::span<const uint32_t> rows) {
  size_t n = rows.empty() ? set.tables[table].rows : rows.size();
  std::vector<Code> out(n);
  if (ref.kind == Kind::HasParent) {
    std::span<const int32_t> parents = set.parents(table, ref.fk);
    for (size_t i = 0; i < n; ++i) {
      size_t row = rows.empty() ? i : rows[i];
      out[i] = has_parent_code(row < parents.size() ? parents[row] : no_parent);
    }
    return out;
  }
  if (ref.kind == Kind::OwnCalendar) return own_calendar(set, table, ref, rows);
  if (ref.kind == Kind::OwnStep) {
    const TrainTable &t = set.tables[table];
    const std::vector<Code> &codes = t.codes[ref.column];
    for (size_t i = 0; i < n; ++i) {
      size_t row = rows.empty() ? i : rows[i];
      int32_t before = t.previous[row];
      out[i] = before < 0 ? missing_code : step_code(codes[before], codes[row], t.ordered[ref.column]);
    }
    return out;
  }
  Path path = path_of(set, table, ref);
  for (size_t i = 0; i < n; ++i) out[i] = path.at(rows.empty() ? static_cast<uint32_t>(i) : rows[i]);
  return out;
}

namespace {

// Mutual information between codes and classes, times the rows, plus what depends on neither's pairing; `cells` is zero again afterwards.
double information(const std::vector<Code> &codes, const std::vector<Code> &classes, int k, std::vector<uint32_t> &cells) {
  std::array<bool, 256> seen{};
  for (size_t i = 0; i < codes.size(); ++i) {
    ++cells[codes[i] * k + classes[i]];
    seen[codes[i]] = true;
  }
  double sum = 0;
  for (size_t c = 0; c < seen.size(); ++c) {
    if (!seen[c]) continue;
    for (uint32_t *n = &cells[c * k]; n < &cells[c * k] + k; ++n) {
      sum += n_log_n(*n);
      *n = 0;
    }
  }
  return sum;
}

std::vector<Code> shuffled(std::vector<Code> values) {
  Stream random(0, hash_name("screen"), 0, Purpose::Train);
  for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
  return values;
}

}  // namespace

std::vector<FeatureRef> screen(const TrainSet &set, int table, std::vector<FeatureRef> candidates, std::span<const Code> target,
                               bool target_ordered, int classes, std::span<const uint32_t> target_rows) {
  if (candidates.size() <= most_features || target.empty()) return candidates;
  std::vector<uint32_t> rows, counts(256, 0);
  size_t step = (target.size() + most_screened_rows - 1) / most_screened_rows;
  for (Code c : target) ++counts[c];
  int k = 1;
  std::vector<Code> class_of = coarse_classes(counts, target_ordered, classes, k), row_class;
  for (size_t i = 0; i < target.size(); i += step) {
    rows.push_back(target_rows.empty() ? static_cast<uint32_t>(i) : target_rows[i]);
    row_class.push_back(class_of[target[i]]);
  }
  std::vector<Code> by_chance = shuffled(row_class);
  std::vector<uint32_t> cells(256 * static_cast<size_t>(k), 0);
  std::vector<std::pair<double, size_t>> scores;
  for (size_t i = 0; i < candidates.size(); ++i) {
    std::vector<Code> codes = feature_codes(set, table, candidates[i], rows);
    scores.emplace_back(information(codes, by_chance, k, cells) - information(codes, row_class, k, cells), i);
  }
  std::sort(scores.begin(), scores.end());
  scores.resize(most_features);
  std::sort(scores.begin(), scores.end(), [](const auto &a, const auto &b) { return a.second < b.second; });
  std::vector<FeatureRef> kept;
  kept.reserve(scores.size());
  for (const auto &[score, i] : scores) kept.push_back(candidates[i]);
  return kept;
}

void drop_unused(std::vector<FeatureRef> &features, Conditional &conditional) {
  std::vector<Tree *> trees{&conditional.tree};
  std::vector<Conditional *> steps{&conditional};
  for (Conditional &step : conditional.null_step) {
    trees.push_back(&step.tree);
    steps.push_back(&step);
  }
  for (Conditional *c : steps)
    for (BoostedTree &boosted : c->boosted) trees.push_back(&boosted.tree);
  std::vector<int> number(features.size(), -1);
  for (const Tree *tree : trees)
    for (const Tree::Node &node : tree->nodes)
      if (node.feature >= 0) number[node.feature] = 0;
  std::vector<FeatureRef> used;
  for (size_t i = 0; i < features.size(); ++i) {
    if (number[i] < 0) continue;
    number[i] = static_cast<int>(used.size());
    used.push_back(features[i]);
  }
  for (Tree *tree : trees)
    for (Tree::Node &node : tree->nodes)
      if (node.feature >= 0) node.feature = number[node.feature];
  features = std::move(used);
}

}  // namespace relsynth::core
