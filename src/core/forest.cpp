// forest: self references. Rows are spread over the learned depths; the rows of a depth are dealt to those of the depth before by the learned
// fan-out; roots are NULL or refer to themselves. Rows that stand on their own are numbered so that a parent comes before its children, whose
// columns then follow its own. Where the reference shares columns with other keys, every value has a forest of its own.
#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "core/error.h"
#include "core/layout.h"

namespace relsynth::core {

namespace {

using Rows = std::vector<uint32_t>;

class Forester {
 public:
  Forester(World &world, int table, int fk)
      : world_(world),
        table_(table),
        fk_(fk),
        key_(world.key(table, fk)),
        model_(world.model.tables[table].foreign_keys[fk]),
        state_(world.tables[table]),
        parents_(state_.parents[fk]),
        depth_(state_.depth[fk]) {}

  void run() {
    std::vector<Rows> groups = group_rows();
    rules_ = unique_rules(world_, table_, fk_);
    for (const KeyParts &parts : key_parts(world_, table_)) single_ |= parts.foreign_only() && parts.foreign == std::vector<int>{fk_};
    parents_.assign(state_.rows, no_parent);
    depth_.assign(state_.rows, 0);
    for (size_t g = 0; g < groups.size(); ++g) {
      if (g % 256 == 0) world_.poll();
      plant(g, groups.size() == 1, std::move(groups[g]));
    }
    state_.tree[fk_] = tree_places(parents_);
  }

 private:
  // Rows that agree on the columns which the reference shares with keys assigned before. Rows with a NULL there stay roots.
  std::vector<Rows> group_rows() const {
    std::vector<int> shared;
    for (int g = 0; g < world_.keys(table_); ++g) {
      if (g == fk_ || state_.parents[g].empty() || world_.role(table_, g) == FkRole::Self) continue;
      for (int c : shared_columns(key_, world_.key(table_, g)))
        if (std::find(shared.begin(), shared.end(), c) == shared.end()) shared.push_back(c);
    }
    std::vector<Rows> groups;
    std::unordered_map<uint64_t, size_t> index;
    for (size_t row = 0; row < state_.rows; ++row) {
      uint64_t hash = 1;
      bool null = false;
      for (int c : shared) {
        uint64_t value = foreign_hash(world_, table_, row, c);
        null |= value == hash_null;
        hash = combine(hash, value);
      }
      if (null && key_.nullable) continue;
      auto [found, fresh] = index.try_emplace(hash, groups.size());
      if (fresh) groups.emplace_back();
      groups[found->second].push_back(static_cast<uint32_t>(row));
    }
    return groups;
  }

  // Numbers of rows per depth, no gaps, at least one root.
  std::vector<size_t> depths(size_t n, double offset) const {
    std::vector<size_t> counts;
    double sum = 0, total = 0;
    for (double share : model_.depth_share) total += share;
    size_t before = 0;
    for (size_t d = 0; d < model_.depth_share.size() && total > 0; ++d) {
      sum += model_.depth_share[d] / total;
      bool last = d + 1 == model_.depth_share.size();
      size_t upto = last ? n : std::min(n, static_cast<size_t>(std::floor(sum * static_cast<double>(n) + offset)));
      if (upto > before) counts.push_back(upto - before);
      before = std::max(before, upto);
    }
    if (counts.empty() && n > 0) counts.push_back(n);
    return counts;
  }

  void plant(size_t group, bool alone, Rows rows) {
    Stream random = world_.stream(table_, group, Purpose::Depth, fk_);
    const bool ordered = fk_ == tree_key(world_.plan, table_);
    const Rows numbers = ordered ? rows : Rows();
    // Where keys hold by the row's number, that stays, and depths follow the numbers.
    for (size_t i = rows.size(); i > 1 && (!ordered || rules_.empty()); --i) std::swap(rows[i - 1], rows[random.below(i)]);
    placed_.clear();
    if (single_ && !key_.nullable) return ring(rows);
    double offset = alone ? 0.5 : random.uniform();
    size_t cyclic = static_cast<size_t>(std::floor(model_.cyclic_share * static_cast<double>(rows.size()) + offset));
    cyclic = cyclic < 2 ? 0 : std::min(cyclic, rows.size());
    circle(Rows(rows.end() - static_cast<ptrdiff_t>(cyclic), rows.end()), random);
    rows.resize(rows.size() - cyclic);
    std::vector<size_t> counts = depths(rows.size(), offset);
    if (counts.empty()) return;
    size_t next = counts[0];
    Rows above(rows.begin(), rows.begin() + static_cast<ptrdiff_t>(next));
    root(above, alone ? 0.5 : random.uniform());
    Rows carried;
    for (size_t d = 1; !above.empty() && (d < counts.size() || !carried.empty()); ++d) {
      Rows level = std::move(carried);
      carried.clear();
      if (d < counts.size()) {
        level.insert(level.end(), rows.begin() + static_cast<ptrdiff_t>(next), rows.begin() + static_cast<ptrdiff_t>(next + counts[d]));
        next += counts[d];
      }
      above = grow(group, d, level, above, carried);
    }
    // No room under the rows above: further roots.
    carried.insert(carried.end(), rows.begin() + static_cast<ptrdiff_t>(next), rows.end());
    root(carried, 0);
    if (ordered && rules_.empty()) number(numbers, random);
  }

  // Gives the tree's rows other numbers out of `numbers`, which ascend: parents before their children, in an order drawn at random.
  void number(const Rows &numbers, Stream &random) {
    std::vector<std::pair<double, uint32_t>> order;  // when a row comes, parents first
    order.reserve(numbers.size());
    new_number_.resize(state_.rows);
    time_.resize(state_.rows);
    for (uint32_t row : placed_) {
      int32_t parent = parents_[row];
      bool below = depth_[row] != 0 && depth_[row] != missing_code;
      double from = below ? time_[parent] : 0;
      order.emplace_back(time_[row] = from + (1 - from) * random.uniform(), row);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    for (size_t i = 0; i < order.size(); ++i) new_number_[order[i].second] = numbers[i];
    std::vector<std::pair<int32_t, Code>> moved;
    moved.reserve(order.size());
    for (const auto &[time, row] : order) {
      int32_t parent = parents_[row];
      moved.emplace_back(parent < 0 ? parent : static_cast<int32_t>(new_number_[parent]), depth_[row]);
    }
    for (size_t i = 0; i < moved.size(); ++i) std::tie(parents_[numbers[i]], depth_[numbers[i]]) = moved[i];
  }

  void root(const Rows &rows, double offset) {
    double share = key_.nullable ? model_.self_loop_share : 1;
    size_t loops = std::min(rows.size(), static_cast<size_t>(std::floor(share * static_cast<double>(rows.size()) + offset)));
    for (size_t i = 0; i < rows.size(); ++i) {
      depth_[rows[i]] = 0;
      parents_[rows[i]] = i < loops || !key_.nullable ? static_cast<int32_t>(rows[i]) : no_parent;
      if (parents_[rows[i]] >= 0) note(rows[i]);
      placed_.push_back(rows[i]);
    }
  }

  void note(uint32_t row) {
    for (UniqueRule &rule : rules_)
      if (rule.prefix[row] != 0) rule.used.insert(rule.hash(row, parents_[row]));
  }

  // Deals the rows of depth d to those above; returns the rows that found a parent, `left` the others.
  Rows grow(size_t group, size_t d, const Rows &level, const Rows &above, Rows &left) {
    Deal deal;
    deal.rows = level;
    std::vector<uint32_t> caps;
    for (uint32_t row : above) {
      deal.candidates.push_back(static_cast<int32_t>(row));
      if (single_) caps.push_back(parents_[row] == static_cast<int32_t>(row) ? 0 : 1);
    }
    static const CountModel none;
    const CountModel &counts = model_.fan_out.empty() ? none : model_.fan_out[std::min(d - 1, model_.fan_out.size() - 1)];
    CountDrawer draw(world_, table_, fk_, Purpose::Depth, counts, table_);
    auto redraw = [&](size_t i, uint64_t attempt) { return draw(above[i], attempt + 1); };
    deal.degrees = draw.draw(above);
    uint64_t sub = (static_cast<uint64_t>(fk_) << 8) + d;
    adjust_counts(deal.degrees, level.size(), caps, redraw, world_.stream(table_, group, Purpose::Adjust, sub));
    Stream random = world_.stream(table_, group, Purpose::Shuffle, sub);
    left = deal_parents(deal, rules_, random, world_.options.poll, parents_);
    Rows placed;
    for (uint32_t row : level) {
      if (parents_[row] == no_parent) continue;
      depth_[row] = count_code(d);
      placed.push_back(row);
      placed_.push_back(row);
    }
    return placed;
  }

  // Rows that no root is above of refer to each other.
  void circle(const Rows &rows, Stream &random) {
    for (size_t i = 0; i < rows.size(); ++i) {
      size_t other = (i + 1) % rows.size();
      if (!single_ && rules_.empty() && rows.size() > 2) other = (i + 1 + random.below(rows.size() - 1)) % rows.size();
      parents_[rows[i]] = static_cast<int32_t>(rows[other]);
      depth_[rows[i]] = missing_code;
      note(rows[i]);
      placed_.push_back(rows[i]);
    }
  }

  // NOT NULL and unique: every row is referred to exactly once. Loops, or one ring where the source has none.
  void ring(const Rows &rows) {
    bool loops = model_.self_loop_share > 0 || model_.cyclic_share < 0.5 || rows.size() < 2;
    for (size_t i = 0; i < rows.size(); ++i) {
      parents_[rows[i]] = static_cast<int32_t>(loops ? rows[i] : rows[(i + 1) % rows.size()]);
      depth_[rows[i]] = loops ? 0 : missing_code;
    }
  }

  World &world_;
  int table_, fk_;
  const ForeignKey &key_;
  const ForeignKeyModel &model_;
  TableState &state_;
  std::vector<int32_t> &parents_;
  std::vector<Code> &depth_;
  std::vector<UniqueRule> rules_;
  Rows placed_;                       // of a tree, parents first
  std::vector<double> time_;          // per row, of number()
  std::vector<uint32_t> new_number_;  // the same
  bool single_ = false;               // a unique key stands on the reference alone: one child a row
};

}  // namespace

void assign_self(World &world, int table, int fk) {
  if (world.model.tables[table].foreign_keys[fk].group_tree.empty())
    Forester(world, table, fk).run();
  else
    assign_in_groups(world, table, fk);
}

}  // namespace relsynth::core
