// Two passes: first codecs and codes of all tables, since the number of children of a row is learned from the parent's side and a cycle may
// put the child first; then table by table the conditionals of its steps, of its NULLs and of the numbers of its children.
#include "core/train.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <thread>
#include <unordered_set>

#include "core/features.h"
#include "core/history.h"
#include "core/membership.h"
#include "core/relative.h"
#include "core/rules.h"
#include "core/train_keys.h"
#include "core/trainset.h"

namespace relsynth::core {

namespace {

constexpr size_t small_work = 20000;    // rows x jobs below which starting threads costs more than it brings
constexpr size_t least_own_rows = 20;   // that do not follow a column's rule, for these to be learned by themselves
constexpr double most_wrong = 0.125;    // of values drawn that a bound may refuse
constexpr uint32_t least_entities = 5;  // on a side of a split, however few entities the table has

// Thrown in workers when the caller has been cancelled; parallel_for reports the caller's own exception.
struct Stopped {};

// A conditional to fit on the rows of a table.
struct Fit {
  std::vector<FeatureRef> candidates;
  std::vector<Code> own_target;  // where the target is no column of the training set
  std::span<const Code> target;
  bool ordered = true;
  std::vector<FeatureRef> *features;
  Conditional *conditional;
  std::vector<uint32_t> rows = {};  // of the table that it is fitted on; empty: all
  int column = -1;                  // that it draws
  bool boost = true;
};

class Trainer {
 public:
  Trainer(const Schema &schema, const Plan &plan, const SourceData &data, const TrainOptions &options)
      : schema_(schema),
        plan_(plan),
        data_(data),
        options_(options),
        set_(make_train_set(schema, plan, data, options.poll)),
        order_(order()) {}

  Model train();

 private:
  bool used(int table) const { return plan_.tables[table].role != TableRole::Skip; }
  bool learned(int table) const { return plan_.tables[table].role == TableRole::Learn; }
  std::vector<int> order() const;
  void run(size_t jobs, size_t rows, const std::function<void(size_t, const Poll &)> &work) const;
  Encoding encoding_of(int table, int column) const;
  Encoding kept_encoding(int table, int column) const;
  void encode_all();
  void encode_column(int table, int column);
  void learn_keys(int table);
  void keep_rows(int table);
  void add_steps(int table, std::deque<Fit> &fits);
  void make_history(int table);
  void add_relatives(int table, std::deque<Fit> &fits);
  void add_rules(int table, std::deque<Fit> &fits);
  void add_lookup(int table, ColumnModel &step, std::deque<Fit> &fits);
  void leave_ruled_rows(int table, int column, Fit &fit) const;
  struct Found {
    Differences relative, chain, guard;
  };
  Differences learn_relative(int table, int column, const BaseRef &base, const std::vector<int> &partners, bool first,
                             std::optional<Relative> &relative) const;
  Found find_differences(int table, ColumnModel &step, const Poll &poll) const;
  void add_nulls(int table, std::deque<Fit> &fits);
  void add_counts(int parent, std::deque<Fit> &fits);
  void learn_affinity(int table);
  void fit_all(int table, std::deque<Fit> &fits) const;
  void fit_members(int table, Fit &fit, const std::vector<Feature> &features, const TreeOptions &tree, const Poll &poll) const;
  TreeOptions tree_options(int table) const;

  const Schema &schema_;
  const Plan &plan_;
  const SourceData &data_;
  const TrainOptions &options_;
  TrainSet set_;
  std::vector<int> order_;
  Model model_;
};

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

// Kept rows are public as they stand; their columns are worth codes where these group rows (the row itself is a Choice code already).
Encoding Trainer::kept_encoding(int table, int column) const {
  const ColumnPlan &plan = plan_.tables[table].columns[column];
  const SourceColumn &values = data_.tables[table].columns[column];
  if (plan.unique || plan.encoding == Encoding::Constant) return Encoding::None;
  if (values.repr != Repr::Text) return plan.encoding == Encoding::Category ? Encoding::Category : Encoding::Number;
  std::unordered_set<uint32_t> distinct;
  for (size_t r = 0; r < values.size(); ++r)
    if (!values.nulls[r]) distinct.insert(values.ids[r]);
  return distinct.size() < max_codes && 2 * distinct.size() <= values.size() ? Encoding::Category : Encoding::None;
}

Encoding Trainer::encoding_of(int table, int column) const {
  const SourceTable &source = data_.tables[table];
  const ColumnPlan &plan = plan_.tables[table].columns[column];
  bool read = static_cast<size_t>(column) < source.columns.size() && source.columns[column].size() == source.rows;
  if (!read || plan.role != ColumnRole::Model) return Encoding::None;
  if (learned(table)) return plan.encoding;
  return source.rows == 0 ? Encoding::None : kept_encoding(table, column);
}

void Trainer::encode_column(int table, int column) {
  const Table &t = schema_.tables[table];
  const SourceColumn &values = data_.tables[table].columns[column];
  TrainTable &rows = set_.tables[table];
  ColumnPlan plan = plan_.tables[table].columns[column];
  plan.encoding = encoding_of(table, column);
  Codec &codec = model_.tables[table].codecs[column];
  int min_count = learned(table) ? plan_.min_count : 1;
  if (options_.membership) {
    const auto picked = options_.membership->training_column(table, values, rows.entity);
    codec = make_codec(t, t.columns[column], plan, picked.first, picked.second, rows.entities, min_count);
  } else {
    codec = make_codec(t, t.columns[column], plan, values, rows.entity, rows.entities, min_count);
  }
  rows.codes[column] = encode(codec, values);
  rows.ordered[column] = codec.ordered;
  rows.nulls[column] = std::find(rows.codes[column].begin(), rows.codes[column].end(), null_code) != rows.codes[column].end();
}

void Trainer::encode_all() {
  struct Job {
    int table, column;
  };
  std::vector<Job> jobs;
  size_t rows = 0;
  for (int t : order_) {
    model_.tables[t].codecs.resize(schema_.tables[t].columns.size());
    for (size_t c = 0; c < schema_.tables[t].columns.size(); ++c)
      if (encoding_of(t, static_cast<int>(c)) != Encoding::None) jobs.push_back({t, static_cast<int>(c)});
    rows = std::max(rows, data_.tables[t].rows);
  }
  run(jobs.size(), rows, [&](size_t i, const Poll &) { encode_column(jobs[i].table, jobs[i].column); });
}

// All of the foreign keys that is counted, not fitted; choice codes.
void Trainer::learn_keys(int table) {
  std::vector<ForeignKeyModel> &keys = model_.tables[table].foreign_keys;
  keys.resize(set_.keys(table));
  for (int f = 0; f < set_.keys(table); ++f) {
    keys[f].role = plan_.tables[table].fk_roles[f];
    keys[f].null_share = null_share(set_, table, f);
    if (!used(set_.key(table, f).parent)) continue;
    if (is_choice(schema_, plan_, table, f)) set_.tables[table].choice[f] = learn_choice(set_, table, f, keys[f]);
    if (keys[f].role == FkRole::Self) learn_forest(set_, table, f, keys[f]);
  }
}

ValueColumn values_of(const SourceColumn &from) {
  ValueColumn to;
  to.repr = from.repr;
  to.ints = from.ints;
  to.floats = from.floats;
  to.nulls = from.nulls;
  to.decimals = from.decimals;
  if (from.repr == Repr::Text)
    for (size_t r = 0; r < from.size(); ++r) to.texts.push_back(from.nulls[r] ? std::string() : from.text(r));
  return to;
}

void Trainer::keep_rows(int table) {
  TableModel &model = model_.tables[table];
  const SourceTable &source = data_.tables[table];
  size_t columns = schema_.tables[table].columns.size();
  model.kept_values.resize(columns);
  model.kept_nulls.resize(columns);
  if (model.role == TableRole::Keep) {
    model.kept = source.verbatim;
    model.kept.resize(columns);
    for (size_t c = 0; c < std::min(columns, source.columns.size()); ++c) model.kept_nulls[c] = source.columns[c].nulls;
  }
  for (const ForeignKey &key : schema_.foreign_keys) {
    if (key.parent != table) continue;
    for (int c : key.parent_columns)
      if (model.kept_values[c].size() == 0 && static_cast<size_t>(c) < source.columns.size())
        model.kept_values[c] = values_of(source.columns[c]);
  }
  for (int t : order_)
    for (const ColumnPlan &column : plan_.tables[t].columns)
      for (const RuleInput &input : column.rule.inputs)
        if (input.column >= 0 && table_at(schema_, t, input.path) == table && model.kept_values[input.column].size() == 0)
          model.kept_values[input.column] = values_of(source.columns[input.column]);
  model.kept_codes = set_.tables[table].codes;
  for (int f = 0; f < set_.keys(table); ++f) {
    std::span<const int32_t> parents = set_.parents(table, f);
    model.kept_parents.emplace_back(parents.begin(), parents.end());
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

// The steps that draw a row: choice keys, then columns.
void Trainer::add_steps(int table, std::deque<Fit> &fits) {
  TableModel &model = model_.tables[table];
  TrainTable &rows = set_.tables[table];
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
  return found;
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
    if (model_.tables[table].foreign_keys[f].role == FkRole::Further) dealt.push_back(f);
  TreeOptions tree = tree_options(table);
  run(dealt.size(), set_.tables[table].rows, [&](size_t i, const Poll &poll) {
    ForeignKeyModel &key = model_.tables[table].foreign_keys[dealt[i]];
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
      Fit fit{count_candidates(set_, parent), std::move(target), {}, true, &key.children.features, &key.children.conditional};
      fit.target = fit.own_target;
      fits.push_back(std::move(fit));
    }
  }
}

// min_entities is for large tables: in a table of few entities a tenth of them will do, so that anything can be learned.
TreeOptions Trainer::tree_options(int table) const {
  TreeOptions tree = options_.tree;
  tree.min_entities = std::min(tree.min_entities, std::max(least_entities, set_.tables[table].entities / 10));
  return tree;
}

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
    for (size_t c = 0; c < schema_.tables[t].columns.size(); ++c)
      if (!set_.tables[t].codes[c].empty()) set_.tables[t].rule[c] = rule_codes(set_, t, static_cast<int>(c));
  }
  for (int t : order_) {
    if (options_.starting) options_.starting(t);
    if (!learned(t)) keep_rows(t);
    std::deque<Fit> fits;
    if (learned(t)) {
      add_steps(t, fits);
      make_history(t);
      add_relatives(t, fits);
      add_rules(t, fits);
      add_nulls(t, fits);
      learn_affinity(t);
    }
    add_counts(t, fits);
    fit_all(t, fits);
    set_.tables[t].history.clear();
  }
  return std::move(model_);
}

}  // namespace

Model train(const Schema &schema, const Plan &plan, const SourceData &data, const TrainOptions &options) {
  return Trainer(schema, plan, data, options).train();
}

}  // namespace relsynth::core
