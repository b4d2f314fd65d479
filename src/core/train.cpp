// Two passes: first codecs and codes of all tables, since the number of children of a row is learned from the parent's side and a cycle may
// put the child first; then table by table the conditionals of its steps, of its NULLs and of the numbers of its children.
#include "core/train.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "core/features.h"
#include "core/membership.h"
#include "core/recurrence.h"
#include "core/rules.h"
#include "core/spans.h"
#include "core/trainer.h"

namespace relsynth::core {

namespace {

constexpr size_t small_work = 20000;    // rows x jobs below which starting threads costs more than it brings
constexpr uint32_t least_entities = 5;  // on a side of a split, however few entities the table has

// Thrown in workers when the caller has been cancelled; parallel_for reports the caller's own exception.
struct Stopped {};

}  // namespace

// Tables in the plan's order; external ones that it leaves out after them.
std::vector<int> Trainer::order() const {
  std::vector<int> order = plan_.order;
  for (size_t t = 0; t < schema_.tables.size(); ++t)
    if (std::find(order.begin(), order.end(), static_cast<int>(t)) == order.end()) order.push_back(static_cast<int>(t));
  order.erase(std::remove_if(order.begin(), order.end(), [&](int t) { return !used(t); }), order.end());
  return order;
}

// Runs jobs on threads; each gets a poll that serves the caller's cancel wherever it runs.
void Trainer::run(size_t jobs, size_t rows, const std::function<void(size_t, const Poll &)> &work) const {
  std::atomic<bool> stop{false};
  auto caller = std::this_thread::get_id();
  Poll outer = [&] {
    try {
      if (options_.poll) options_.poll();
    } catch (...) {
      stop = true;
      throw;
    }
  };
  Poll inner = [&] {
    if (std::this_thread::get_id() == caller) return outer();
    if (stop) throw Stopped();
  };
  parallel_for(jobs, jobs * rows < small_work ? 1 : options_.threads, outer, [&](size_t i) { work(i, inner); });
}
// min_entities is for large tables: in a table of few entities a tenth of them will do, so that anything can be learned.
TreeOptions Trainer::tree_options(int table) const {
  TreeOptions tree = options_.tree;
  tree.min_entities = std::min(tree.min_entities, std::max(least_entities, set_.tables[table].entities / 10));
  return tree;
}

namespace {

// Features as columns over a table's rows, each made once for all fits that use it.
class FeatureColumns {
 public:
  void ask(const TrainSet &set, int table, const std::vector<FeatureRef> &refs) {
    for (const FeatureRef &ref : refs)
      if (!held_codes(set, table, ref)) made_[key_of(ref)];
  }
  size_t size() const { return made_.size(); }
  void make(const TrainSet &set, int table, size_t i) {
    auto &[key, codes] = *std::next(made_.begin(), static_cast<ptrdiff_t>(i));
    codes = feature_codes(set, table, {static_cast<FeatureRef::Kind>(key[0]), key[1], key[2]});
  }
  Feature feature(const TrainSet &set, int table, const FeatureRef &ref) const {
    const Code *held = held_codes(set, table, ref);
    return {held ? held : made_.at(key_of(ref)).data(), is_ordered(set, table, ref)};
  }

 private:
  using Key = std::array<int, 3>;
  static Key key_of(const FeatureRef &ref) { return {static_cast<int>(ref.kind), ref.fk, ref.column}; }
  std::map<Key, std::vector<Code>> made_;
};

// Features and entities of some rows only.
struct Picked {
  std::deque<std::vector<Code>> codes;
  std::vector<uint32_t> entity;

  void pick(const std::vector<uint32_t> &rows, std::vector<Feature> &features, std::span<const uint32_t> &entities) {
    for (Feature &feature : features) {
      std::vector<Code> &own = codes.emplace_back();
      own.reserve(rows.size());
      for (uint32_t r : rows) own.push_back(feature.codes[r]);
      feature.codes = own.data();
    }
    for (uint32_t r : rows) entity.push_back(entities[r]);
    entities = entity;
  }
};

GroupedRows grouped(const TrainTable &table, const Fit &fit, const std::vector<Feature> &features) {
  GroupedRows out{table.group_rows, {}, table.entity, fit.target, features};
  out.first.reserve(out.rows.size());
  for (uint32_t r : out.rows) out.first.push_back(table.previous[r] < 0);
  return out;
}

}  // namespace

// For the membership benchmark: without the entities that are left out, all of which the conditional is then asked about.
void Trainer::fit_members(int table, Fit &fit, const std::vector<Feature> &features, const TreeOptions &tree, const Poll &poll) const {
  size_t rows = fit.rows.empty() ? set_.tables[table].rows : fit.rows.size();
  if (fit.target.size() != rows) return;
  std::vector<uint32_t> picked_rows;
  std::vector<Code> target;
  for (uint32_t i : options_.membership->training_rows(table, fit.rows)) {
    picked_rows.push_back(fit.rows.empty() ? i : fit.rows[i]);
    target.push_back(fit.target[i]);
  }
  std::vector<Feature> picked_features = features;
  std::span<const uint32_t> entity = set_.tables[table].entity;
  Picked picked;
  picked.pick(picked_rows, picked_features, entity);
  *fit.conditional = fit_conditional(picked_features, target, fit.ordered, entity, tree, poll);
  options_.membership->add(table, fit.column, *fit.conditional, features, fit.target, fit.rows);
}

void Trainer::fit_all(int table, std::deque<Fit> &fits) const {
  const TrainTable &rows = set_.tables[table];
  TreeOptions tree = tree_options(table);
  run(fits.size(), rows.rows, [&](size_t i, const Poll &poll) {
    poll();
    Fit &fit = fits[i];
    if (fit.rows.empty() && fit.target.size() != rows.rows) fit.candidates.clear();
    *fit.features = screen(set_, table, std::move(fit.candidates), fit.target, fit.ordered, tree.classes, fit.rows);
  });
  FeatureColumns columns;
  for (const Fit &fit : fits) columns.ask(set_, table, *fit.features);
  run(columns.size(), rows.rows, [&](size_t i, const Poll &) { columns.make(set_, table, i); });
  run(fits.size(), rows.rows, [&](size_t i, const Poll &poll) {
    Fit &fit = fits[i];
    std::vector<Feature> features;
    for (const FeatureRef &ref : *fit.features) features.push_back(columns.feature(set_, table, ref));
    TreeOptions own = tree;
    own.boost &= fit.boost;
    if (options_.membership) return fit_members(table, fit, features, own, poll);
    std::span<const uint32_t> entity;
    if (fit.target.size() == rows.rows || !fit.rows.empty()) entity = rows.entity;
    Picked picked;
    if (!fit.rows.empty()) picked.pick(fit.rows, features, entity);
    *fit.conditional = fit_conditional(features, fit.target, fit.ordered, entity, own, poll);
    if (fit.again) *fit.again = learn_recurrence(grouped(rows, fit, features), *fit.conditional, poll);
    drop_unused(*fit.features, *fit.conditional);
  });
}

Model Trainer::train() {
  model_.tables.resize(schema_.tables.size());
  for (size_t t = 0; t < schema_.tables.size(); ++t) {
    model_.tables[t].role = plan_.tables[t].role;
    if (used(static_cast<int>(t))) model_.tables[t].source_rows = data_.tables[t].total_rows;
  }
  if (options_.membership) options_.membership->divide(set_, order_);
  encode_all();
  for (int t : order_) {
    if (options_.poll) options_.poll();
    if (!learned(t)) continue;
    learn_keys(t);
    group_categories(t);
    for (size_t c = 0; c < schema_.tables[t].columns.size(); ++c) {
      if (options_.poll) options_.poll();
      if (!set_.tables[t].codes[c].empty()) set_.tables[t].rule[c] = rule_codes(set_, t, static_cast<int>(c));
    }
  }
  for (int t : order_)
    if (learned(t)) model_.tables[t].spans = learn_spans(set_, t);
  find_all_sisters();
  for (int t : order_) {
    if (options_.starting) options_.starting(t);
    if (!learned(t)) keep_rows(t);
    std::deque<Fit> fits;
    if (learned(t)) {
      add_steps(t, fits);
      make_history(t);
      add_relatives(t, fits);
      add_grains(t, fits);
      add_rules(t, fits);
      add_nulls(t, fits);
      learn_affinity(t);
    }
    add_counts(t, fits);
    fit_all(t, fits);
    weigh_times(t);
    set_.tables[t].history.clear();
  }
  return std::move(model_);
}

Model train(const Schema &schema, const Plan &plan, const SourceData &data, const TrainOptions &options) {
  return Trainer(schema, plan, data, options).train();
}

}  // namespace relsynth::core
