// parents: structure of a table so far -> the parents along one Further or Cut key: NULLs as learned, a learned degree per parent, slots dealt
// to the rows. Keys that share columns with keys assigned before are dealt among the parents that agree on the shared values.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <unordered_map>

#include "core/error.h"
#include "core/layout.h"

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

std::vector<uint8_t> draw_nulls(const World &world, int table, int fk) {
  const TableState &state = world.tables[table];
  const ForeignKeyModel &model = world.model.tables[table].foreign_keys[fk];
  if (!world.key(table, fk).nullable) return std::vector<uint8_t>(state.rows, 0);
  if (model.null_conditional.tree.nodes.empty() || world.role(table, fk) == FkRole::Cut)
    return share_of_nulls(state.rows, model.null_share, world.stream(table, 0, Purpose::Nulls, fk));
  std::vector<FeatureSource> sources;
  for (const FeatureRef &ref : model.null_features) sources.push_back(resolve(world, table, ref, false));
  std::vector<uint8_t> nulls(state.rows);
  constexpr size_t chunk = 8192;
  parallel_for((state.rows + chunk - 1) / chunk, world.options.threads, world.options.poll, [&](size_t i) {
    std::vector<Code> x(sources.size() + 1);
    for (size_t row = i * chunk; row < std::min(state.rows, (i + 1) * chunk); ++row) {
      Place place = place_of(state, row);
      for (size_t s = 0; s < sources.size(); ++s) x[s] = feature_code(sources[s], place);
      Stream random = world.stream(table, row, Purpose::Nulls, fk);
      nulls[row] = model.null_conditional.draw(x.data(), random) == 0;
    }
  });
  return nulls;
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
    bool drawn = false;
    for (int f : parts.foreign) drawn |= world.drawn_choice(table, f);
    bool complete = (parts.foreign_only() && !drawn) || world.role(table, fk) == FkRole::Cut;
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
    group_rows();
    rules_ = unique_rules(world_, table_, fk_);
    CountDrawer draw(world_, table_, fk_, Purpose::Parent, world_.model.tables[table_].foreign_keys[fk_].children, key_.parent);
    degrees_ = draw.draw_usable(usable_);
    caps_ = child_caps(world_, table_, fk_, usable_);
    if (!late_) affinity_ = find_affinity(world_, table_, fk_);
    for (size_t g = 0; g < rows_.size(); ++g) deal(g, draw);
  }

 private:
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
      uint64_t hash = shared_.empty() ? 1 : parent_hash(world_, key_, shared_, p);
      auto [found, fresh] = groups_.try_emplace(hash, candidates_.size());
      if (fresh) candidates_.emplace_back();
      candidates_[found->second].push_back(static_cast<int32_t>(p));
    }
    rows_.resize(candidates_.size());
    std::vector<uint32_t> free;  // shared columns NULL, the key NOT NULL otherwise: any parent will do
    for (size_t row = 0; row < state_.rows; ++row) {
      if (target_[row] != later_parent) continue;
      uint64_t hash = shared_.empty() ? 1 : row_hash(row);
      auto found = groups_.find(hash);
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
    if (free.empty()) return;
    if (candidates_.empty()) raise_no_parent();
    candidates_.emplace_back();
    for (size_t p = 0; p < usable_.size(); ++p)
      if (usable_[p]) candidates_.back().push_back(static_cast<int32_t>(p));
    rows_.push_back(std::move(free));
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

  void deal(size_t g, const CountDrawer &draw) {
    if (rows_[g].empty()) return;
    Deal deal;
    deal.rows = std::move(rows_[g]);
    deal.candidates = std::move(candidates_[g]);
    std::vector<uint32_t> caps;
    for (int32_t p : deal.candidates) {
      deal.degrees.push_back(degrees_[p]);
      if (!caps_.empty()) caps.push_back(caps_[p]);
    }
    auto redraw = [&](size_t i, uint64_t attempt) { return draw(static_cast<size_t>(deal.candidates[i]), attempt); };
    adjust_counts(deal.degrees, deal.rows.size(), caps, redraw, world_.stream(table_, g, Purpose::Adjust, fk_));
    if (!late_) deal_same(deal, g);
    if (!affinity_.empty()) deal.affinity = &affinity_;
    Stream random = world_.stream(table_, g, Purpose::Shuffle, fk_);
    std::vector<uint32_t> unplaced = deal_parents(deal, rules_, random, world_.options.poll, target_);
    if (unplaced.empty()) return;
    if (!key_.nullable) raise_unplaced(deal.rows.size(), deal.rows.size() - unplaced.size());
    for (uint32_t row : unplaced) target_[row] = no_parent;
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
  std::vector<uint32_t> degrees_, caps_;
  Affinity affinity_;
  std::vector<uint32_t> candidate_;  // per row of the parent: its number among a deal's candidates, absent for others
};

}  // namespace

void assign_parents(World &world, int table, int fk) { Assigner(world, table, fk).run(); }

}  // namespace relsynth::core
