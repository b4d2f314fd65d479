// parents: structure of a table so far -> the parents along one Further or Cut key: NULLs as learned, a learned degree per parent, slots dealt
// to the rows. Keys that share columns with keys assigned before are dealt among the parents that agree on the shared values.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <unordered_map>

#include "core/demand.h"
#include "core/error.h"
#include "core/layout.h"
#include "core/paths.h"
#include "core/repeats.h"

namespace relsynth::core {

namespace {

// Exactly round(share * n) NULLs at random places.
std::vector<uint8_t> share_of_nulls(size_t n, double share, Stream random) {
  std::vector<uint8_t> nulls(n, 0);
  size_t wanted = static_cast<size_t>(std::llround(std::clamp(share, 0.0, 1.0) * static_cast<double>(n)));
  // Selection sampling (Knuth, algorithm S).
  for (size_t row = 0; row < n && wanted > 0; ++row) {
    if (random.uniform() * static_cast<double>(n - row) >= static_cast<double>(wanted)) continue;
    nulls[row] = 1;
    --wanted;
  }
  return nulls;
}

}  // namespace

namespace {

// Whether rows have no parent, by a conditional.
class NullDrawer {
 public:
  NullDrawer(const World &world, int table, int fk, const std::vector<FeatureRef> &features, const Conditional &conditional)
      : world_(world), state_(world.tables[table]), table_(table), fk_(fk), conditional_(conditional) {
    for (const FeatureRef &ref : features) sources_.push_back(resolve(world, table, ref, false));
  }

  // As many as learned, as far as the conditional lets it.
  std::vector<uint8_t> run(double share) const {
    std::vector<uint8_t> nulls(state_.rows);
    constexpr size_t chunk = 8192;
    parallel_for((state_.rows + chunk - 1) / chunk, world_.options.threads, world_.options.poll, [&](size_t i) {
      std::vector<Code> x;
      for (size_t row = i * chunk; row < std::min(state_.rows, (i + 1) * chunk); ++row) nulls[row] = draw(row, 0, x);
    });
    int64_t missing = std::llround(share * static_cast<double>(state_.rows)) - std::count(nulls.begin(), nulls.end(), 1);
    Stream random = world_.stream(table_, 0, Purpose::Nulls, fk_, 1);
    std::vector<Code> x;
    for (uint64_t tries = 2 * state_.rows + 64; missing != 0 && tries > 0; --tries) {
      size_t row = random.below(state_.rows);
      uint8_t wanted = missing > 0;
      if (nulls[row] == wanted || draw(row, 1 + tries, x) != wanted) continue;
      nulls[row] = wanted;
      missing += wanted ? -1 : 1;
    }
    return nulls;
  }

 private:
  uint8_t draw(size_t row, uint64_t attempt, std::vector<Code> &x) const {
    Place place = place_of(state_, row);
    x.resize(sources_.size() + 1);
    for (size_t s = 0; s < sources_.size(); ++s) x[s] = feature_code(sources_[s], place);
    Stream random = world_.stream(table_, row, Purpose::Nulls, fk_, attempt);
    return conditional_.draw(x.data(), random) == null_code;
  }

  const World &world_;
  const TableState &state_;
  int table_, fk_;
  const Conditional &conditional_;
  std::vector<FeatureSource> sources_;
};

}  // namespace

std::vector<uint8_t> draw_nulls(const World &world, int table, int fk) {
  const TableState &state = world.tables[table];
  const ForeignKeyModel &model = world.model.tables[table].foreign_keys[fk];
  if (!world.key(table, fk).nullable || state.rows == 0) return std::vector<uint8_t>(state.rows, 0);
  const ColumnModel *step = world.choice_step(table, fk);
  if (step && !step->conditional.null_step.empty())
    return NullDrawer(world, table, fk, step->features, step->conditional.null_step[0]).run(model.null_share);
  if (step || model.null_conditional.tree.nodes.empty() || world.role(table, fk) == FkRole::Cut)
    return share_of_nulls(state.rows, model.null_share, world.stream(table, 0, Purpose::Nulls, fk));
  return NullDrawer(world, table, fk, model.null_features, model.null_conditional).run(model.null_share);
}

namespace {

// What the rows have of a key already, its owner `fk` apart; 0 where a NULL frees the row.
std::vector<uint64_t> key_prefix(const World &world, int table, int fk, const KeyParts &parts) {
  const TableState &state = world.tables[table];
  const UniqueKey &key = world.schema.tables[table].keys[parts.key];
  auto late = state.late_prefix.find(parts.key);
  std::vector<uint64_t> prefix(state.rows, 0x6b6579ULL);
  if (late != state.late_prefix.end()) prefix = late->second;
  for (size_t row = 0; row < state.rows; ++row) {
    bool free = prefix[row] == 0;
    for (size_t i = 0; i < parts.owner.size(); ++i) {
      if (parts.owner[i] < 0 || parts.owner[i] == fk) continue;
      uint64_t value = foreign_hash(world, table, row, key.columns[i]);
      free |= value == hash_null && !key.nulls_not_distinct;
      prefix[row] = combine(prefix[row], value);
    }
    prefix[row] = free ? 0 : prefix[row] == 0 ? 1 : prefix[row];
  }
  return prefix;
}

}  // namespace

std::vector<UniqueRule> unique_rules(const World &world, int table, int fk) {
  const Table &t = world.schema.tables[table];
  const ForeignKey &key = world.key(table, fk);
  std::vector<UniqueRule> rules;
  for (const KeyParts &parts : key_parts(world, table)) {
    bool complete = parts.foreign_only() || world.role(table, fk) == FkRole::Cut;
    if (!complete || parts.foreign.empty() || parts.foreign.back() != fk) continue;
    UniqueRule rule;
    rule.prefix = key_prefix(world, table, fk, parts);
    std::vector<int> own;
    for (size_t i = 0; i < parts.owner.size(); ++i)
      if (parts.owner[i] == fk) own.push_back(t.keys[parts.key].columns[i]);
    rule.part.resize(world.tables[key.parent].rows);
    // Key values of a table's own rows may not be known yet; being a key, the row number stands for them.
    for (size_t row = 0; row < rule.part.size(); ++row) rule.part[row] = key.self() ? mix(row + 1) : parent_hash(world, key, own, row);
    rules.push_back(std::move(rule));
  }
  return rules;
}

namespace {

// The work of assign_parents().
class Assigner {
 public:
  Assigner(World &world, int table, int fk)
      : world_(world), table_(table), fk_(fk), key_(world.key(table, fk)), state_(world.tables[table]), target_(state_.parents[fk]) {}

  void run() {
    late_ = world_.role(table_, fk_) == FkRole::Cut;
    if (!late_) {
      std::vector<uint8_t> nulls = draw_nulls(world_, table_, fk_);
      target_.assign(state_.rows, later_parent);
      for (size_t row = 0; row < state_.rows; ++row)
        if (nulls[row]) target_[row] = no_parent;
    }
    usable_ = usable_parents(world_, table_, fk_);
    find_shared();
    if (!late_ && shared_.empty()) paths_ = known_paths(world_, table_, fk_);
    group_rows();
    rules_ = unique_rules(world_, table_, fk_);
    wish_distinct();
    if (!late_) affinity_ = find_affinity(world_, table_, fk_);
    draw_degrees();
    caps_ = child_caps(world_, table_, fk_, usable_);
    if (!late_ && rows_.size() > 1 && repeats()) note_deals();
    for (size_t g = 0; g < rows_.size(); ++g) deal(g);
    if (repeats()) repeat_parents(world_, table_, fk_, affinity_, deal_of_, fixed_, target_);
  }

 private:
  const ForeignKeyModel &model() const { return world_.model.tables[table_].foreign_keys[fk_]; }

  // Where a unique key stands on the parents, they do not repeat.
  bool repeats() const { return !late_ && rules_.empty() && !model().repeat.conditional.tree.nodes.empty(); }

  void note_deals() {
    deal_of_.assign(state_.rows, 0);
    for (uint32_t g = 0; g < rows_.size(); ++g)
      for (uint32_t row : rows_[g]) deal_of_[row] = g;
  }

  // Kept rows have their own numbers of children, others learned ones.
  void draw_degrees() {
    if (model().choice) {
      degrees_ = kept_degrees(model(), usable_.size(), affinity_, target_);
      return;
    }
    draw_ = std::make_unique<CountDrawer>(world_, table_, fk_, Purpose::Parent, model().children, key_.parent);
    degrees_ = draw_->draw_usable(usable_);
    if (!affinity_.empty())
      follow_demand(affinity_, target_, world_.options.poll, world_.stream(table_, 0, Purpose::Adjust, fk_, 1), degrees_);
  }

  // Child columns that keys assigned before write too.
  void find_shared() {
    for (int g : assignment_order(world_, table_)) {
      if (g == fk_) break;
      for (int c : shared_columns(key_, world_.key(table_, g)))
        if (std::find(shared_.begin(), shared_.end(), c) == shared_.end()) shared_.push_back(c);
    }
    std::sort(shared_.begin(), shared_.end());
  }

  // Hash of the shared columns' values in a row; 0 where one of them is NULL.
  uint64_t row_hash(size_t row) const {
    uint64_t hash = 0x72656c73796e7468ULL;
    for (int c : shared_) {
      uint64_t value = foreign_hash(world_, table_, row, c);
      if (value == hash_null) return 0;
      hash = combine(hash, value);
    }
    return hash == 0 ? 1 : hash;
  }

  void group_rows() {
    std::vector<uint32_t> group_of_parent(usable_.size(), UINT32_MAX);
    for (size_t p = 0; p < usable_.size(); ++p) {
      if (!usable_[p]) continue;
      uint64_t hash = !shared_.empty() ? parent_hash(world_, key_, shared_, p) : path_hash(p, &KnownPath::other);
      if (hash == 0) continue;
      auto [found, fresh] = groups_.try_emplace(hash, candidates_.size());
      if (fresh) candidates_.emplace_back();
      candidates_[found->second].push_back(static_cast<int32_t>(p));
    }
    rows_.resize(candidates_.size());
    std::vector<uint32_t> free;  // shared columns NULL, the key NOT NULL otherwise: any parent will do
    for (size_t row = 0; row < state_.rows; ++row) {
      if (target_[row] != later_parent) continue;
      bool exempt = !paths_.empty() && world_.stream(table_, row, Purpose::Parent, fk_, 3).uniform() >= least_share();
      uint64_t hash = !shared_.empty() ? row_hash(row) : exempt ? 0 : path_hash(row, &KnownPath::own);
      auto found = groups_.find(hash);
      if (found == groups_.end() && !paths_.empty()) {
        free.push_back(static_cast<uint32_t>(row));
        continue;
      }
      if (found == groups_.end() && hash != 0 && !key_.nullable) found = move_row(row);
      if (found != groups_.end())
        rows_[found->second].push_back(static_cast<uint32_t>(row));
      else if (key_.nullable)
        target_[row] = no_parent;
      else if (hash == 0)
        free.push_back(static_cast<uint32_t>(row));
      else
        raise_no_parent();
    }
    if (!free.empty()) free_rows(std::move(free));
  }

  // Rows that any parent will do for.
  void free_rows(std::vector<uint32_t> rows) {
    std::vector<int32_t> any;
    for (size_t p = 0; p < usable_.size(); ++p)
      if (usable_[p]) any.push_back(static_cast<int32_t>(p));
    if (any.empty() && !key_.nullable) raise_no_parent();
    for (uint32_t row : rows)
      if (any.empty()) target_[row] = no_parent;
    if (any.empty()) return;
    candidates_.push_back(std::move(any));
    rows_.push_back(std::move(rows));
  }

  // Hash of the ancestors that two ways meet at; 0 where one is lost.
  uint64_t path_hash(size_t row, std::vector<int32_t> KnownPath::*way) const {
    uint64_t hash = 1;
    for (const KnownPath &path : paths_) {
      int32_t end = (path.*way)[row];
      if (end < 0) return 0;
      hash = combine(hash, static_cast<uint64_t>(end));
    }
    return hash == 0 ? 1 : hash;
  }
  double least_share() const {
    double share = 1;
    for (const KnownPath &path : paths_) share = std::min(share, path.share);
    return share;
  }

  // No parent agrees with what other keys wrote in the shared columns: gives the row another parent along one of those, where that helps.
  std::unordered_map<uint64_t, size_t>::iterator move_row(size_t row) {
    Stream random = world_.stream(table_, row, Purpose::Parent, fk_, 1);
    for (int g = 0; g < world_.keys(table_); ++g) {
      const ForeignKey &other = world_.key(table_, g);
      if (g == fk_ || world_.role(table_, g) != FkRole::Further || state_.parents[g].empty() || state_.parents[g][row] < 0) continue;
      if (shared_columns(other, key_).empty()) continue;
      std::vector<int> fixed = columns_of_others(g);
      int32_t before = state_.parents[g][row];
      uint64_t agreed = parent_hash(world_, other, fixed, before);
      size_t n = world_.tables[other.parent].rows;
      size_t start = random.below(n);
      for (size_t k = 0; k < std::min<size_t>(n, 4096); ++k) {
        size_t p = (start + k) % n;
        if (!referencable(world_, other, p) || parent_hash(world_, other, fixed, p) != agreed) continue;
        state_.parents[g][row] = static_cast<int32_t>(p);
        auto found = groups_.find(row_hash(row));
        if (found != groups_.end()) return found;
      }
      state_.parents[g][row] = before;
    }
    return groups_.end();
  }

  // Columns of foreign key g that keys other than it and the one being assigned hold too: another parent must agree on them.
  std::vector<int> columns_of_others(int g) const {
    std::vector<int> columns;
    for (int h = 0; h < world_.keys(table_); ++h) {
      if (h == g || h == fk_ || state_.parents[h].empty() || world_.role(table_, h) == FkRole::Cut) continue;
      for (int c : shared_columns(world_.key(table_, g), world_.key(table_, h)))
        if (std::find(columns.begin(), columns.end(), c) == columns.end()) columns.push_back(c);
    }
    std::sort(columns.begin(), columns.end());
    return columns;
  }

  void deal(size_t g) {
    if (rows_[g].empty()) return;
    Deal deal;
    deal.rows = std::move(rows_[g]);
    deal.candidates = std::move(candidates_[g]);
    std::vector<uint32_t> caps;
    for (int32_t p : deal.candidates) {
      deal.degrees.push_back(degrees_[p]);
      if (!caps_.empty()) caps.push_back(caps_[p]);
    }
    Redraw redraw;
    if (draw_) redraw = [&](size_t i, uint64_t attempt) { return (*draw_)(static_cast<size_t>(deal.candidates[i]), attempt); };
    adjust_counts(deal.degrees, deal.rows.size(), caps, redraw, world_.stream(table_, g, Purpose::Adjust, fk_));
    if (!late_) deal_same(deal, g);
    if (!affinity_.empty()) deal.affinity = &affinity_;
    Stream random = world_.stream(table_, g, Purpose::Shuffle, fk_);
    std::vector<uint32_t> unplaced = deal_parents(deal, rules_, random, world_.options.poll, target_);
    if (!unplaced.empty() && wishes_ > 0) unplaced = deal_unwished(deal, std::move(unplaced), random);
    if (unplaced.empty()) return;
    // A row with a choice can still change what else is in its keys.
    if (world_.choice_step(table_, fk_)) {
      for (uint32_t row : unplaced) target_[row] = deal.candidates[random.below(deal.candidates.size())];
      return;
    }
    if (!key_.nullable) raise_unplaced(deal.rows.size(), deal.rows.size() - unplaced.size());
    for (uint32_t row : unplaced) target_[row] = no_parent;
  }

  // Pairs of parents that no two rows of the source share, this key the last of them: rules that give way where they cannot be kept.
  void wish_distinct() {
    for (const KeyPair &pair : world_.plan.tables[table_].distinct) {
      int other = pair.a == fk_ ? pair.b : pair.b == fk_ ? pair.a : -1;
      if (other < 0 || late_ || state_.parents[other].size() != state_.rows) continue;
      UniqueRule rule;
      rule.prefix.reserve(state_.rows);
      for (int32_t p : state_.parents[other]) rule.prefix.push_back(p < 0 ? 0 : mix(static_cast<uint64_t>(p) + 1));
      rule.part.reserve(usable_.size());
      for (size_t p = 0; p < usable_.size(); ++p) rule.part.push_back(mix(p + 1));
      rules_.push_back(std::move(rule));
      ++wishes_;
    }
  }

  // Rows that the wishes leave no parent for.
  std::vector<uint32_t> deal_unwished(Deal &deal, std::vector<uint32_t> rows, Stream &random) {
    std::vector<UniqueRule> wishes;
    for (; wishes.size() < wishes_; rules_.pop_back()) wishes.push_back(std::move(rules_.back()));
    deal.rows = std::move(rows);
    std::fill(deal.degrees.begin(), deal.degrees.end(), 0);
    std::vector<uint32_t> unplaced = deal_parents(deal, rules_, random, world_.options.poll, target_);
    for (; !wishes.empty(); wishes.pop_back()) rules_.push_back(std::move(wishes.back()));
    return unplaced;
  }

  static constexpr uint32_t absent = UINT32_MAX;

  // Gives rows the parent that they have along an earlier key, as often as learned.
  void deal_same(Deal &deal, size_t g) {
    const std::vector<SameParent> &all = world_.model.tables[table_].foreign_keys[fk_].same;
    if (all.empty()) return;
    candidate_.resize(usable_.size(), absent);
    for (uint32_t i = 0; i < deal.candidates.size(); ++i) candidate_[deal.candidates[i]] = i;
    for (const SameParent &same : all)
      if (!state_.parents[same.fk].empty()) deal_same(deal, same, world_.stream(table_, g, Purpose::Parent, fk_, 2 + same.fk));
    for (int32_t p : deal.candidates) candidate_[p] = absent;
  }

  // Rows whose parent still has children to get come first; then degrees give way: others' slots go in exchange.
  void deal_same(Deal &deal, const SameParent &same, Stream random) {
    const std::vector<int32_t> &earlier = state_.parents[same.fk];
    std::vector<uint32_t> &rows = deal.rows, order;
    for (uint32_t i = 0; i < rows.size(); ++i)
      if (earlier[rows[i]] >= 0 && candidate_[earlier[rows[i]]] != absent) order.push_back(i);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    size_t wanted = static_cast<size_t>(std::llround(same.share * static_cast<double>(order.size())));
    uint64_t excess = 0;
    for (bool spare : {true, false})
      for (uint32_t i : order) {
        if (wanted == 0) break;
        uint32_t &degree = deal.degrees[candidate_[earlier[rows[i]]]];
        if (target_[rows[i]] >= 0 || (spare && degree == 0)) continue;
        target_[rows[i]] = earlier[rows[i]];
        fixed_.resize(state_.rows, 0);
        fixed_[rows[i]] = 1;
        if (degree > 0)
          --degree;
        else
          ++excess;
        --wanted;
      }
    rows.erase(std::remove_if(rows.begin(), rows.end(), [&](uint32_t row) { return target_[row] >= 0; }), rows.end());
    drop_slots(deal.degrees, excess, random);
  }

  // Takes `excess` slots at random out of the degrees.
  static void drop_slots(std::vector<uint32_t> &degrees, uint64_t excess, Stream &random) {
    uint64_t slots = std::accumulate(degrees.begin(), degrees.end(), uint64_t{0});
    for (size_t i = 0; i < degrees.size() && excess > 0; ++i)
      for (uint32_t k = degrees[i]; k > 0; --k, --slots) {
        // Selection sampling (Knuth, algorithm S).
        if (random.uniform() * static_cast<double>(slots) >= static_cast<double>(excess)) continue;
        --degrees[i];
        --excess;
      }
  }

  [[noreturn]] void raise_no_parent() const {
    const Schema &schema = world_.schema;
    throw Error(late_ && usable_.empty() ? sqlstate::not_null_violation : sqlstate::foreign_key_violation,
                "rows of table \"" + schema.tables[table_].qualified() + "\" find no parent",
                "Foreign key \"" + key_.name + "\" is NOT NULL, and table \"" + schema.tables[key_.parent].qualified() +
                    "\" has no row for them" +
                    (shared_.empty() ? "." : " that agrees with the other foreign keys on their common columns."));
  }

  [[noreturn]] void raise_unplaced(size_t wanted, size_t placed) const {
    for (const KeyParts &parts : key_parts(world_, table_))
      if (!parts.foreign.empty() && parts.foreign.back() == fk_)
        raise_capacity(world_, table_, parts.key, static_cast<double>(wanted), static_cast<double>(placed));
    raise_no_parent();
  }

  World &world_;
  int table_, fk_;
  const ForeignKey &key_;
  TableState &state_;
  std::vector<int32_t> &target_;
  bool late_ = false;
  std::vector<uint8_t> usable_;
  std::vector<int> shared_;
  std::unordered_map<uint64_t, size_t> groups_;
  std::vector<std::vector<int32_t>> candidates_;  // per group of parents that agree on the shared columns
  std::vector<std::vector<uint32_t>> rows_;       // that need one of them
  std::vector<UniqueRule> rules_;
  size_t wishes_ = 0;  // of them, at the end
  std::vector<uint32_t> degrees_, caps_;
  std::unique_ptr<CountDrawer> draw_;
  std::vector<KnownPath> paths_;
  std::vector<uint32_t> deal_of_;  // per row; empty: one deal
  std::vector<uint8_t> fixed_;     // rows with the parent of an earlier key; empty: none
  Affinity affinity_;
  std::vector<uint32_t> candidate_;  // per row of the parent: its number among a deal's candidates, absent for others
};

}  // namespace

void assign_parents(World &world, int table, int fk) { Assigner(world, table, fk).run(); }

}  // namespace relsynth::core
