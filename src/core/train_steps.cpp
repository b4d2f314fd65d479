// train, second pass: what a table's conditionals are to tell - its steps, differences, rules, NULLs and the numbers of its children - and
// from which rows and features.
#include <algorithm>

#include "core/clock.h"
#include "core/features.h"
#include "core/grain.h"
#include "core/history.h"
#include "core/linear.h"
#include "core/recall.h"
#include "core/rule_values.h"
#include "core/rules.h"
#include "core/train_keys.h"
#include "core/trainer.h"

namespace relsynth::core {

namespace {

constexpr size_t least_own_rows = 20;  // that do not follow a column's rule, for these to be learned by themselves
constexpr double most_wrong = 0.125;   // of values drawn that a bound may refuse

// Leaves the rows that do not follow a rule.
void leave_ruled_grains(const std::vector<Code> &rule, Grains &grains) {
  size_t kept = 0;
  for (size_t i = 0; i < grains.rows.size(); ++i) {
    if (grains.rows[i] < rule.size() && rule[grains.rows[i]] >= rule_first) continue;
    grains.rows[kept] = grains.rows[i];
    grains.codes[kept++] = grains.codes[i];
  }
  grains.rows.resize(kept);
  grains.codes.resize(kept);
  if (kept < least_own_rows) grains.grids.clear();
}

}  // namespace

// The time that orders the groups of a table.
void Trainer::find_history(int table) {
  TrainTable &rows = set_.tables[table];
  const std::vector<int> &order_by = plan_.tables[table].order_by;
  for (size_t c = 0; c < rows.codes.size(); ++c) rows.end[c] = end_of(model_.tables[table].codecs[c].number);
  if (rows.chained < least_chained) return;
  if (int c = order_by.empty() ? -1 : order_by[0];
      c >= 0 && !rows.codes[c].empty() && model_.tables[table].codecs[c].encoding == Encoding::Number) {
    if (is_calendar(schema_.tables[table].columns[c].cls)) rows.clock = c;
  }
}

// What the steps of a table may ask of the rows before, a column of it each job.
void Trainer::make_history(int table) {
  TrainTable &rows = set_.tables[table];
  std::map<int, std::vector<FeatureRef>> refs;
  for (const ColumnModel &step : model_.tables[table].columns)
    for (const FeatureRef &ref : step_candidates(set_, table, step.column, step.fk)) {
      std::vector<FeatureRef> &mine = refs[ref.column];
      if (is_history(ref.kind) && std::find(mine.begin(), mine.end(), ref) == mine.end()) mine.push_back(ref);
    }
  std::vector<std::vector<std::vector<Code>>> made(refs.size());
  run(refs.size(), rows.rows, [&](size_t i, const Poll &poll) {
    poll();
    const std::vector<FeatureRef> &mine = std::next(refs.begin(), static_cast<ptrdiff_t>(i))->second;
    if (!mine.empty()) made[i] = history_codes(set_, table, mine);
  });
  for (size_t i = 0; i < made.size(); ++i) {
    const std::vector<FeatureRef> &mine = std::next(refs.begin(), static_cast<ptrdiff_t>(i))->second;
    for (size_t f = 0; f < made[i].size(); ++f)
      rows.history[{static_cast<int>(mine[f].kind), mine[f].fk, mine[f].column}] = std::move(made[i][f]);
  }
}

// Whether the values of a step are categories that its group may have again. No part of the membership benchmark, which asks conditionals
// for likelihoods.
bool Trainer::recurs(int table, const Fit &fit) const {
  const bool drawn = fit.column >= 0 && fit.rows.empty() && fit.target.size() == set_.tables[table].rows &&
                     !plan_.tables[table].columns[fit.column].constant;
  return drawn && !options_.membership && set_.tables[table].chained >= least_chained &&
         model_.tables[table].codecs[fit.column].encoding == Encoding::Category;
}

// The steps that draw a row: choice keys, then columns.
void Trainer::add_steps(int table, std::deque<Fit> &fits) {
  TableModel &model = model_.tables[table];
  TrainTable &rows = set_.tables[table];
  find_history(table);
  auto add = [&](int column, int fk, std::vector<Code> target, bool ordered) {
    model.columns.push_back({column, fk, {}, {}});
    Fit fit{step_candidates(set_, table, column, fk), std::move(target), {}, ordered, nullptr, nullptr};
    // The others copy the first row.
    if (column >= 0 && plan_.tables[table].columns[column].constant) {
      for (uint32_t r = 0; r < rows.rows; ++r)
        if (rows.previous[r] < 0) fit.rows.push_back(r);
      for (uint32_t r : fit.rows) fit.own_target.push_back(rows.codes[column][r]);
      fits.push_back(std::move(fit));
      fits.back().target = fits.back().own_target;
      return;
    }
    fit.target = column >= 0 ? std::span<const Code>(rows.codes[column]) : std::span<const Code>(fit.own_target);
    if (column >= 0) leave_ruled_rows(table, column, fit);
    if (column >= 0) model.columns.back().presence = learn_presence(set_, table, column);
    if (column >= 0) model.columns.back().recall = learn_recall(set_, table, column);
    fits.push_back(std::move(fit));
  };
  for (int f = 0; f < set_.keys(table); ++f) {
    if (!model.foreign_keys[f].choice) continue;
    std::vector<Code> target = rows.choice[f];
    // A child table without rows: any of the kept ones.
    if (target.empty() && !model.foreign_keys[f].other_weight.empty()) target.push_back(choice_other);
    add(-1, f, std::move(target), false);
  }
  for (int c : plan_.tables[table].column_order)
    if (model.codecs[c].encoding != Encoding::None) add(c, -1, {}, model.codecs[c].ordered);
  for (size_t i = 0; i < model.columns.size(); ++i) {
    fits[i].column = model.columns[i].column;
    fits[i].boost = model.columns[i].column >= 0;  // of choices leaves alone say what rows are alike
    if (!fits[i].rows.empty()) fits[i].target = fits[i].own_target;
    fits[i].features = &model.columns[i].features;
    fits[i].conditional = &model.columns[i].conditional;
    if (recurs(table, fits[i])) fits[i].again = &model.columns[i].again;
  }
}

// Columns that have a base or a chain: their differences, on the rows that have one.
void Trainer::add_relatives(int table, std::deque<Fit> &fits) {
  TableModel &model = model_.tables[table];
  std::vector<Found> found(model.columns.size());
  run(model.columns.size(), set_.tables[table].rows, [&](size_t i, const Poll &poll) {
    poll();
    found[i] = find_differences(table, model.columns[i], poll);
  });
  auto add = [&](int column, Relative &relative, Differences &differences) {
    if (differences.rows.empty()) return;
    Fit fit{step_candidates(set_, table, column, -1),
            std::move(differences.codes),
            {},
            true,
            &relative.features,
            &relative.conditional,
            std::move(differences.rows),
            column};
    fits.push_back(std::move(fit));
    fits.back().target = fits.back().own_target;
  };
  for (size_t i = 0; i < model.columns.size(); ++i) {
    ColumnModel &step = model.columns[i];
    if (step.relative) add(step.column, *step.relative, found[i].relative);
    if (step.chain) add(step.column, *step.chain, found[i].chain);
    if (step.guard) add(step.column, *step.guard, found[i].guard);
  }
}

// How coarsely numbers are given that are drawn by their codes, not as differences.
void Trainer::add_grains(int table, std::deque<Fit> &fits) {
  TableModel &model = model_.tables[table];
  std::vector<Grains> found(model.columns.size());
  auto free = [](const std::optional<Relative> &relative) { return !relative || relative->base.bound; };
  run(model.columns.size(), set_.tables[table].rows, [&](size_t i, const Poll &poll) {
    poll();
    const ColumnModel &step = model.columns[i];
    if (step.column < 0 || !free(step.relative) || !free(step.chain)) return;
    const ColumnPlan &plan = plan_.tables[table].columns[step.column];
    // Of columns that repeat a sister's values the rows that do not.
    const bool part = plan.rule.kind == Rule::Kind::Member || plan.rule.named();
    if (plan.constant || plan.ascending || (plan.rule.everywhere() && !part)) return;
    found[i] = find_grains(set_, table, step.column, model.codecs[step.column]);
    if (part) leave_ruled_grains(set_.tables[table].rule[step.column], found[i]);
  });
  for (size_t i = 0; i < model.columns.size(); ++i) {
    if (found[i].grids.empty()) continue;
    ColumnModel &step = model.columns[i];
    GrainModel &grain = step.grain.emplace();
    grain.grids = std::move(found[i].grids);
    Fit fit{step_candidates(set_, table, step.column, -1),
            std::move(found[i].codes),
            {},
            false,
            &grain.features,
            &grain.conditional,
            std::move(found[i].rows),
            step.column,
            false};
    fit.candidates.push_back({FeatureRef::Kind::Own, -1, step.column});
    fits.push_back(std::move(fit));
    fits.back().target = fits.back().own_target;
  }
}

// Which alternative of its rule each row takes, learned where it may be one or the other.
void Trainer::add_rules(int table, std::deque<Fit> &fits) {
  for (ColumnModel &step : model_.tables[table].columns) {
    if (step.column < 0 || set_.tables[table].rule[step.column].empty()) continue;
    RuleModel &rule = step.rule.emplace();
    rule.rule = plan_.tables[table].columns[step.column].rule;
    if (rule.rule.kind == Rule::Kind::Lookup) add_lookup(table, step, fits);
    if (rule.rule.always) continue;
    Fit fit{step_candidates(set_, table, step.column, -1), {}, {}, false, &rule.features, &rule.conditional};
    const std::vector<Code> &codes = set_.tables[table].rule[step.column];
    for (uint32_t r = 0; r < codes.size(); ++r) {
      if (codes[r] == rule_unknown) continue;
      fit.rows.push_back(r);
      fit.own_target.push_back(codes[r]);
    }
    fits.push_back(std::move(fit));
    fits.back().target = fits.back().own_target;
  }
}

// What follows from inputs that cannot be kept: learned on one row of each.
void Trainer::add_lookup(int table, ColumnModel &step, std::deque<Fit> &fits) {
  RuleModel &rule = *step.rule;
  Fit fit{lookup_candidates(plan_, table, rule.rule.inputs[0], step_candidates(set_, table, step.column, -1)),
          {},
          {},
          model_.tables[table].codecs[step.column].ordered,
          &rule.features,
          &rule.conditional};
  fit.rows = learn_lookup(set_, table, step.column, model_.tables[table].codecs, rule);
  if (fit.rows.empty()) return;
  for (uint32_t r : fit.rows) fit.own_target.push_back(set_.tables[table].codes[step.column][r]);
  fits.push_back(std::move(fit));
  fits.back().target = fits.back().own_target;
}

// What a column is drawn by where its rule leaves it open: the rows that do not follow it, if they are enough.
void Trainer::leave_ruled_rows(int table, int column, Fit &fit) const {
  const std::vector<Code> &rule = set_.tables[table].rule[column];
  if (rule.empty()) return;
  std::vector<uint32_t> rows;
  for (uint32_t r = 0; r < rule.size(); ++r)
    if (rule[r] < rule_first) rows.push_back(r);
  if (rows.size() < least_own_rows) {
    if (plan_.tables[table].columns[column].rule.always) fit.candidates.clear();
    return;
  }
  for (uint32_t r : rows) fit.own_target.push_back(fit.target[r]);
  fit.rows = std::move(rows);
  fit.target = {};
}

// A relative but for what is fitted; none where the base does not serve.
Differences Trainer::learn_relative(int table, int column, const BaseRef &base, const std::vector<int> &partners, bool first,
                                    std::optional<Relative> &relative) const {
  relative.reset();
  if (base.column < 0) return {};
  relative.emplace().base = base;
  relative->partners = partners;
  relative->first_rows = first;
  Differences differences = learn_differences(set_, table, column, model_.tables[table].codecs, *relative);
  bool bounds = base.bound && relative->never_below != relative->never_above;
  if (differences.rows.empty() && !bounds) relative.reset();
  return differences;
}

// Sets a column's relative, chain and guard but for what is fitted.
Trainer::Found Trainer::find_differences(int table, ColumnModel &step, const Poll &poll) const {
  Found found;
  if (step.column < 0) return found;
  const ColumnPlan &plan = plan_.tables[table].columns[step.column];
  auto learn = [&](const BaseRef &base, bool first, std::optional<Relative> &relative) {
    return learn_relative(table, step.column, base, {}, first, relative);
  };
  found.relative = learn(plan.base, false, step.relative);
  found.chain = learn_relative(table, step.column, plan.chain, plan.partners, false, step.chain);
  const Relative *other = step.relative && !step.relative->base.bound ? &*step.relative : nullptr;
  TreeOptions tree = tree_options(table);
  tree.tune = tree.boost = false;
  if (!step.chain || !chain_tells_more(set_, table, step.column, model_.tables[table].codecs, *step.chain, found.chain, other,
                                       found.relative, tree, poll)) {
    found.chain = learn(plan.chain_bound, false, step.chain);
    if (step.chain && wrong_side(set_, table, step.column, *step.chain, tree, poll) > most_wrong) step.chain.reset();
  } else if (plan.first_base.column >= 0 && !plan.first_base.bound) {
    step.guard = std::move(step.relative);
    found.guard = std::move(found.relative);
    found.relative = learn(plan.first_base, true, step.relative);
  }
  if (!step.guard && (!step.chain || step.chain->base.bound)) try_linear(table, step, tree, poll, found);
  return found;
}

// What other numbers of the row come to for a base, if the difference to that tells more than the present way.
void Trainer::try_linear(int table, ColumnModel &step, const TreeOptions &tree, const Poll &poll, Found &found) const {
  if (!is_quantity(schema_.tables[table].columns[step.column].cls) || plan_.tables[table].columns[step.column].constant) return;
  if (plan_.tables[table].columns[step.column].rule.everywhere()) return;
  Relative linear;
  linear.base = {step.column, linear_base, false};
  if (model_.tables[table].codecs[step.column].encoding != Encoding::Number || !fit_linear(set_, table, step.column, linear)) return;
  poll();
  Differences differences = learn_differences(set_, table, step.column, model_.tables[table].codecs, linear);
  const Relative *other = step.relative && !step.relative->base.bound ? &*step.relative : nullptr;
  if (differences.rows.empty() || linear.differences.bins.size() < 2) return;
  if (!chain_tells_more(set_, table, step.column, model_.tables[table].codecs, linear, differences, other, found.relative, tree, poll))
    return;
  linear.never_below = linear.never_above = false;
  if (step.relative && step.relative->base.bound) {
    step.guard = std::move(step.relative);
    found.guard = std::move(found.relative);
  }
  step.relative = std::move(linear);
  found.relative = std::move(differences);
}

// What the calendar adds to the time that orders a group; no part of the membership benchmark, which asks conditionals for likelihoods.
void Trainer::weigh_times(int table) {
  int clock = set_.tables[table].clock;
  if (!learned(table) || clock < 0 || options_.membership) return;
  for (ColumnModel &step : model_.tables[table].columns)
    if (step.column == clock && step.chain && !step.chain->base.bound) {
      step.chain->calendar = learn_calendar(set_, table, clock, model_.tables[table].codecs[clock], *step.chain, options_.poll);
    }
}

void Trainer::add_nulls(int table, std::deque<Fit> &fits) {
  for (int f = 0; f < set_.keys(table); ++f) {
    ForeignKeyModel &key = model_.tables[table].foreign_keys[f];
    if (key.role != FkRole::Further || key.choice) continue;
    std::vector<Code> target;
    for (int32_t p : set_.parents(table, f)) target.push_back(has_parent_code(p));
    if (target.empty()) target.push_back(1);
    Fit fit{null_candidates(set_, table, f), std::move(target), {}, true, &key.null_features, &key.null_conditional};
    fit.target = fit.own_target;
    fits.push_back(std::move(fit));
  }
}

// What the parents of Further keys have to do with the rows.
void Trainer::learn_affinity(int table) {
  std::vector<int> dealt;
  for (int f = 0; f < set_.keys(table); ++f)
    if (model_.tables[table].foreign_keys[f].role == FkRole::Further || f == plan_.tables[table].group_tree) dealt.push_back(f);
  TreeOptions tree = tree_options(table);
  run(dealt.size(), set_.tables[table].rows, [&](size_t i, const Poll &poll) {
    ForeignKeyModel &key = model_.tables[table].foreign_keys[dealt[i]];
    if (key.role == FkRole::Self) return learn_group_tree(set_, table, dealt[i], tree, poll, key.group_tree);
    key.paths = learn_paths(set_, table, dealt[i]);
    learn_repeats(set_, table, dealt[i], tree, poll, key.repeat);
    if (key.choice) return;
    learn_blocks(set_, table, dealt[i], tree, poll, key.block);
    key.same = learn_same(set_, table, dealt[i]);
  });
}

// Numbers of children of the rows of `parent`, along every key that leads to it.
void Trainer::add_counts(int parent, std::deque<Fit> &fits) {
  for (int child : order_) {
    if (!learned(child)) continue;
    for (int f = 0; f < set_.keys(child); ++f) {
      ForeignKeyModel &key = model_.tables[child].foreign_keys[f];
      if (set_.key(child, f).parent != parent || key.role == FkRole::Self) continue;
      std::vector<uint32_t> counts = set_.children(schema_.tables[child].foreign_keys[f]);
      std::vector<Code> target = learn_counts(set_, parent, counts, {}, backed_parents(set_, child, f), key.children);
      key.children.mean = mean_children(set_, child, f, counts);
      Fit fit{count_candidates(set_, parent, child), std::move(target), {}, true, &key.children.features, &key.children.conditional};
      fit.target = fit.own_target;
      fits.push_back(std::move(fit));
    }
  }
}

}  // namespace relsynth::core
