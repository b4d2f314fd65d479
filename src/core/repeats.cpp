// repeats: which rows of a group share a parent is drawn first; then these sets, the largest first, collect rows' worth of one parent by
// exchanges with rows outside. Every parent keeps its number of children.
#include "core/repeats.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace relsynth::core {

namespace {

constexpr int most_tries = 8;         // parents that a set looks at
constexpr size_t most_looks = 8;      // at rows of other leaves
constexpr double least_likely = 0.5;  // parents exchanged between leaves, against those that the rows have
constexpr size_t most_avoided = 16;   // parents of other sets of the group that it does not take

class Repeater {
 public:
  Repeater(const World &world, int table, int fk, const Affinity &affinity, const std::vector<uint32_t> &deal_of,
           std::vector<int32_t> &parents)
      : world_(world),
        state_(world.tables[table]),
        model_(world.model.tables[table].foreign_keys[fk].repeat),
        table_(table),
        fk_(fk),
        affinity_(affinity),
        deal_of_(deal_of),
        parents_(parents),
        random_(world.stream(table, 0, Purpose::Repeat, static_cast<uint64_t>(fk))) {}

  void run(const std::vector<uint8_t> &fixed) {
    settled_ = fixed;
    settled_.resize(state_.rows, 0);
    marked_.resize(state_.rows, 0);
    draw_sets();
    fill_pools();
    std::vector<uint32_t> order(begin_.size() - 1);
    std::iota(order.begin(), order.end(), 0u);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return size(a) > size(b); });
    for (size_t i = 0; i < order.size(); ++i) {
      if (i % 1024 == 0) world_.poll();
      join(order[i]);
    }
  }

 private:
  size_t size(uint32_t set) const { return begin_[set + 1] - begin_[set]; }
  uint32_t deal_of(uint32_t row) const { return deal_of_.empty() ? 0 : deal_of_[row]; }

  // The outcome for a row, given what is known of it and of the rows before.
  Code outcome(size_t row, const Place &place, size_t distinct, size_t run) {
    x_.resize(sources_.size() + 1);
    for (size_t s = 0; s < sources_.size(); ++s)
      x_[s] = model_.features[s] == distinct_before ? count_code(distinct)
              : model_.features[s] == run_before    ? count_code(run)
                                                    : feature_code(sources_[s], place);
    Stream random = world_.stream(table_, row, Purpose::Repeat, static_cast<uint64_t>(fk_), 1);
    return model_.conditional.draw(x_.data(), random);
  }

  // Rows of the groups by set: begin_ and rows_.
  void draw_sets() {
    for (const FeatureRef &ref : model_.features) sources_.push_back(resolve(world_, table_, ref, false));
    std::vector<std::vector<uint32_t>> sets;
    begin_.assign(1, 0);
    for (size_t g = 0; g + 1 < state_.group_begin.size(); ++g) {
      if (g % 4096 == 0) world_.poll();
      sets.clear();
      size_t last = 0, run = 0, first = state_.group_begin[g], n = state_.group_begin[g + 1] - first;
      for (size_t i = 0; i < n; ++i) {
        uint32_t row = static_cast<uint32_t>(first + i);
        if (parents_[row] < 0 || settled_[row]) continue;
        Code how = sets.empty() ? other_parent : outcome(row, Place{row, i + 1, n}, sets.size(), run);
        size_t set = how == other_parent ? sets.size() : last;
        if (how > row_before && sets.size() > 1) set = (last + 1 + random_.below(sets.size() - 1)) % sets.size();
        if (set < sets.size() && deal_of(sets[set][0]) != deal_of(row)) set = sets.size();
        if (set == sets.size()) sets.emplace_back();
        sets[set].push_back(row);
        run = set == last ? run + 1 : 1;
        last = set;
      }
      for (const std::vector<uint32_t> &set : sets) {
        rows_.insert(rows_.end(), set.begin(), set.end());
        begin_.push_back(static_cast<uint32_t>(rows_.size()));
        group_.push_back(static_cast<uint32_t>(g));
      }
    }
  }

  uint64_t key(uint32_t row, int32_t parent, bool by_leaf) const {
    uint64_t leaf = by_leaf && !affinity_.empty() ? affinity_.leaf[row] + 1 : 0;
    return combine(combine(deal_of(row), leaf), static_cast<uint64_t>(parent));
  }
  void offer(uint32_t row) {
    pools_[key(row, parents_[row], false)].push_back(row);
    if (!affinity_.empty()) pools_[key(row, parents_[row], true)].push_back(row);
  }
  void fill_pools() {
    std::vector<uint32_t> order = rows_;
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    for (uint32_t row : order) offer(row);
  }

  bool taken(uint32_t row, int32_t parent) const { return settled_[row] || marked_[row] || parents_[row] != parent; }

  // Whether two rows of different leaves may exchange parents: nearly as likely as what they have.
  bool fits(uint32_t row, uint32_t partner) const {
    if (affinity_.empty()) return true;
    auto weight = [&](uint32_t of, uint32_t with) {
      return affinity_.weight[affinity_.leaf[of] * affinity_.blocks + affinity_.block[parents_[with]]];
    };
    return weight(row, partner) * weight(partner, row) >= least_likely * weight(row, row) * weight(partner, partner);
  }

  // A row with `parent` that gives it to `row` for its own; UINT32_MAX: none. Marks it.
  uint32_t find_partner(uint32_t row, int32_t parent) {
    for (bool by_leaf : {true, false}) {
      if (by_leaf && affinity_.empty()) continue;
      auto found = pools_.find(key(row, parent, by_leaf));
      if (found == pools_.end()) continue;
      std::vector<uint32_t> &pool = found->second;
      while (!pool.empty() && taken(pool.back(), parent)) pool.pop_back();
      for (size_t i = pool.size(); i > 0 && i + most_looks > pool.size(); --i) {
        uint32_t partner = pool[i - 1];
        if (taken(partner, parent) || (!by_leaf && !fits(row, partner))) continue;
        pool.erase(pool.begin() + static_cast<ptrdiff_t>(i - 1));
        marked_[partner] = 1;
        return partner;
      }
    }
    return UINT32_MAX;
  }

  bool avoided(uint32_t group, int32_t parent) const {
    auto found = used_.find(group);
    return found != used_.end() && std::find(found->second.begin(), found->second.end(), parent) != found->second.end();
  }

  using Exchanges = std::vector<std::pair<uint32_t, uint32_t>>;

  // Exchanges that would give the rows of a set one parent; `have`: how many rows then have it.
  Exchanges plan(std::span<const uint32_t> rows, int32_t parent, size_t &have) {
    Exchanges exchanges;
    have = 0;
    for (uint32_t row : rows) {
      uint32_t partner = parents_[row] == parent ? row : find_partner(row, parent);
      have += partner != UINT32_MAX;
      if (partner != UINT32_MAX && partner != row) exchanges.emplace_back(row, partner);
    }
    return exchanges;
  }

  // Gives the rows of a set one parent.
  void join(uint32_t set) {
    std::span<const uint32_t> rows(rows_.data() + begin_[set], size(set));
    for (uint32_t row : rows) marked_[row] = 1;
    Exchanges best;
    int32_t parent = parents_[rows[0]];
    size_t most = 0;
    for (int attempt = 0; attempt < most_tries && most < rows.size(); ++attempt) {
      uint32_t like = attempt == 0 ? rows[0] : attempt < 4 ? rows[random_.below(rows.size())] : rows_[random_.below(rows_.size())];
      int32_t tried = parents_[like];
      if (deal_of(like) != deal_of(rows[0]) || settled_[like] || (attempt + 1 < most_tries && avoided(group_[set], tried))) continue;
      size_t have = 0;
      Exchanges exchanges = plan(rows, tried, have);
      if (have > most) {
        std::swap(best, exchanges);
        most = have;
        parent = tried;
      }
      for (const auto &exchange : exchanges) give_back(exchange.second);
    }
    for (const auto &[row, partner] : best) {
      std::swap(parents_[row], parents_[partner]);
      give_back(partner);
    }
    for (uint32_t row : rows) {
      marked_[row] = 0;
      settled_[row] |= parents_[row] == parent;
    }
    note(group_[set], parent);
  }

  void give_back(uint32_t row) {
    marked_[row] = 0;
    offer(row);
  }

  void note(uint32_t group, int32_t parent) {
    std::vector<int32_t> &used = used_[group];
    if (used.size() >= most_avoided) used.erase(used.begin());
    used.push_back(parent);
  }

  const World &world_;
  const TableState &state_;
  const RepeatModel &model_;
  int table_, fk_;
  const Affinity &affinity_;
  const std::vector<uint32_t> &deal_of_;
  std::vector<int32_t> &parents_;
  Stream random_;
  std::vector<FeatureSource> sources_;
  std::vector<Code> x_;
  std::vector<uint32_t> rows_, begin_, group_;                 // rows by set; group of every set
  std::vector<uint8_t> settled_, marked_;                      // per row of the table
  std::unordered_map<uint64_t, std::vector<uint32_t>> pools_;  // rows by deal, leaf and parent; some may have moved since
  std::unordered_map<uint32_t, std::vector<int32_t>> used_;    // parents of a group's sets so far
};

}  // namespace

void repeat_parents(const World &world, int table, int fk, const Affinity &affinity, const std::vector<uint32_t> &deal_of,
                    const std::vector<uint8_t> &fixed, std::vector<int32_t> &parents) {
  Repeater(world, table, fk, affinity, deal_of, parents).run(fixed);
}

}  // namespace relsynth::core
