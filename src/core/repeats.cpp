// repeats: which rows of a group - of one parent along another key - share a parent is drawn first; then these sets, the largest first, collect rows' worth of one parent by
// exchanges with rows outside. Every parent keeps its number of children.
#include "core/repeats.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace relsynth::core {

namespace {

constexpr int most_tries = 8;        // parents that a set looks at
constexpr size_t most_looks = 16;    // at rows that a row may exchange its parent with
constexpr size_t most_avoided = 16;  // other sets of the group on either side, whose parents it does not take

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
    draw_sets(fixed);
    fill_slots(world_.tables[world_.key(table_, fk_).parent].rows);
    std::vector<uint32_t> order(group_.size());
    std::iota(order.begin(), order.end(), 0u);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return size(a) > size(b); });
    parent_of_.assign(group_.size(), no_parent);
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

  // Rows of the groups by set: begin_, rows_ and group_.
  void draw_sets(const std::vector<uint8_t> &fixed) {
    for (const FeatureRef &ref : model_.features) sources_.push_back(resolve(world_, table_, ref, false));
    begin_.assign(1, 0);
    const std::vector<int32_t> &by = state_.parents[model_.by];
    std::vector<uint32_t> group_begin(world_.tables[world_.key(table_, model_.by).parent].rows + 1, 0), order;
    for (int32_t parent : by)
      if (parent >= 0) ++group_begin[parent + 1];
    std::partial_sum(group_begin.begin(), group_begin.end(), group_begin.begin());
    order.resize(group_begin.back());
    std::vector<uint32_t> next = group_begin;
    for (uint32_t row = 0; row < by.size(); ++row)
      if (by[row] >= 0) order[next[by[row]]++] = row;
    for (uint32_t g = 0; g + 1 < group_begin.size(); ++g) {
      if (g % 4096 == 0) world_.poll();
      draw_group(g, {order.data() + group_begin[g], group_begin[g + 1] - group_begin[g]}, fixed);
    }
  }

  void draw_group(uint32_t g, std::span<const uint32_t> rows, const std::vector<uint8_t> &fixed) {
    size_t last = 0, run = 0;
    members_.clear();
    set_rows_.clear();
    for (uint32_t row : rows) {
      if (parents_[row] < 0 || (!fixed.empty() && fixed[row])) continue;
      const size_t sets = set_rows_.size();
      Code how = sets == 0 ? other_parent : outcome(row, place_of(state_, row), sets, run);
      size_t set = how == other_parent ? sets : last;
      if (how == earlier_row && sets > 1) set = (last + 1 + random_.below(sets - 1)) % sets;
      if (set < sets && deal_of(set_rows_[set].first) != deal_of(row)) set = sets;
      if (set == sets) set_rows_.emplace_back(row, 0);
      ++set_rows_[set].second;
      members_.emplace_back(static_cast<uint32_t>(set), row);
      run = set == last ? run + 1 : 1;
      last = set;
    }
    for (const auto &set : set_rows_) {
      begin_.push_back(begin_.back() + set.second);
      group_.push_back(g);
    }
    // Each set's rows in their order.
    rows_.resize(begin_.back());
    next_.assign(begin_.end() - 1 - static_cast<ptrdiff_t>(set_rows_.size()), begin_.end() - 1);
    for (const auto &[set, row] : members_) rows_[next_[set]++] = row;
  }

  // The rows by parent; those that are still to be had come first. Exchanges leave the number of every parent as it is.
  void fill_slots(size_t parents) {
    first_.assign(parents + 1, 0);
    for (uint32_t row : rows_) ++first_[parents_[row] + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    open_.assign(parents, 0);
    slots_.resize(rows_.size());
    slot_of_.resize(state_.rows);
    std::vector<uint32_t> order = rows_;
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    for (uint32_t row : order) set_slot(row, first_[parents_[row]] + open_[parents_[row]]++);
    settled_.assign(state_.rows, 0);
  }

  void set_slot(uint32_t row, uint32_t slot) {
    slots_[slot] = row;
    slot_of_[row] = slot;
  }
  void swap_slots(uint32_t a, uint32_t b) {
    uint32_t slot = slot_of_[a];
    set_slot(a, slot_of_[b]);
    set_slot(b, slot);
  }
  // A row is no longer to be had.
  void close(uint32_t row) { swap_slots(row, slots_[first_[parents_[row]] + --open_[parents_[row]]]); }
  void open(uint32_t row) { swap_slots(row, slots_[first_[parents_[row]] + open_[parents_[row]]++]); }

  // Two rows exchange parents as likely as their new ones are, against what they have (Metropolis et al. 1953): the affinity stays as it is.
  bool accepts(uint32_t row, uint32_t partner) {
    if (affinity_.empty() || affinity_.leaf[row] == affinity_.leaf[partner]) return true;
    auto weight = [&](uint32_t of, uint32_t with) {
      return affinity_.weight[affinity_.leaf[of] * affinity_.blocks + affinity_.block[parents_[with]]];
    };
    return weight(row, partner) * weight(partner, row) >= random_.uniform() * weight(row, row) * weight(partner, partner);
  }

  // An open row with `parent` for `row`; UINT32_MAX: none.
  uint32_t find_partner(uint32_t row, int32_t parent) {
    size_t looks = std::min<size_t>(most_looks, open_[parent]);
    for (size_t i = 0; i < looks; ++i) {
      uint32_t partner = slots_[first_[parent] + random_.below(open_[parent])];
      if (deal_of(partner) == deal_of(row) && accepts(row, partner)) return partner;
    }
    return UINT32_MAX;
  }

  // Whether a set of the same group has the parent already.
  bool avoided(uint32_t set, int32_t parent) const {
    for (size_t i = set; i > 0 && set - i < most_avoided && group_[i - 1] == group_[set]; --i)
      if (parent_of_[i - 1] == parent) return true;
    for (size_t i = set + 1; i < group_.size() && i - set <= most_avoided && group_[i] == group_[set]; ++i)
      if (parent_of_[i] == parent) return true;
    return false;
  }

  using Exchanges = std::vector<std::pair<uint32_t, uint32_t>>;

  // Exchanges that would give the rows of a set one parent, their partners closed; `have`: how many rows then have it.
  Exchanges plan(std::span<const uint32_t> rows, int32_t parent, size_t &have) {
    Exchanges exchanges;
    have = 0;
    for (uint32_t row : rows) {
      uint32_t partner = parents_[row] == parent ? row : find_partner(row, parent);
      have += partner != UINT32_MAX;
      if (partner == UINT32_MAX || partner == row) continue;
      exchanges.emplace_back(row, partner);
      close(partner);
    }
    return exchanges;
  }

  // Gives the rows of a set one parent.
  void join(uint32_t set) {
    std::span<const uint32_t> rows(rows_.data() + begin_[set], size(set));
    for (uint32_t row : rows) close(row);
    Exchanges best;
    int32_t parent = parents_[rows[0]];
    size_t most = 0;
    for (int attempt = 0; attempt < most_tries && most < rows.size(); ++attempt) {
      uint32_t like = attempt == 0 ? rows[0] : attempt < 4 ? rows[random_.below(rows.size())] : rows_[random_.below(rows_.size())];
      int32_t tried = parents_[like];
      if (settled_[like] || deal_of(like) != deal_of(rows[0]) || (attempt + 1 < most_tries && avoided(set, tried))) continue;
      size_t have = 0;
      Exchanges exchanges = plan(rows, tried, have);
      if (have > most) {
        std::swap(best, exchanges);
        most = have;
        parent = tried;
      }
      for (const auto &exchange : exchanges) open(exchange.second);
    }
    for (const auto &[row, partner] : best) {
      swap_slots(row, partner);
      std::swap(parents_[row], parents_[partner]);
      open(partner);
    }
    for (uint32_t row : rows) {
      settled_[row] = parents_[row] == parent;
      if (!settled_[row]) open(row);
    }
    parent_of_[set] = parent;
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
  std::vector<std::pair<uint32_t, uint32_t>> set_rows_, members_;  // of a group: first row and number by set; set and row
  std::vector<uint32_t> next_;
  std::vector<uint32_t> rows_, begin_, group_;  // rows by set; group of every set
  std::vector<int32_t> parent_of_;              // per set that is done
  std::vector<uint32_t> slots_, slot_of_;       // rows by parent, and where each of them is
  std::vector<uint32_t> first_, open_;          // per parent: its first slot, and how many from there are open
  std::vector<uint8_t> settled_;                // per row of the table
};

}  // namespace

void repeat_parents(const World &world, int table, int fk, const Affinity &affinity, const std::vector<uint32_t> &deal_of,
                    const std::vector<uint8_t> &fixed, std::vector<int32_t> &parents) {
  Repeater(world, table, fk, affinity, deal_of, parents).run(fixed);
}

}  // namespace relsynth::core
