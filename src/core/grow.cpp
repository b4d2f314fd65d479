// Depth first, left before right, so that the rows of the leaves lie in one array in the order of the leaves. A node with many rows keeps
// class counts of all its features; its larger child gets them by taking away the smaller one's (Ke et al. 2017). A small node counts
// one feature at a time over the codes and classes that occur in it.
#include "core/grow.h"

#include <algorithm>
#include <numeric>

#include "core/histogram.h"

namespace relsynth::core {

namespace {

constexpr uint32_t least_large = 1024;  // rows of a node that keeps counts of all features
constexpr size_t cells_per_row = 2;     // of these counts, at most
constexpr size_t counts_a_row = 4;      // of one feature from which on rows take their place
constexpr int most_retries = 24;        // splits of a node that may fail on entities before it becomes a leaf

class Grower {
 public:
  Grower(const std::vector<Feature> &features, std::span<const Code> class_of_row, int classes, bool target_ordered,
         std::span<const uint32_t> entity, std::span<const uint32_t> some, const TreeOptions &options, const Poll &poll)
      : features_(features), entity_(entity), options_(options), poll_(poll), classes_(classes), target_ordered_(target_ordered) {
    grown_.classes = classes;
    order_rows(class_of_row, some);
    measure_features();
    if (!entities_are_rows_)
      for (size_t f = 0; f < features_.size(); ++f) likeness_[f] = features_[f].ordered ? correlation(f) : agreement(f);
    compact_class_.resize(grown_.rows.size());
    local_codes_.resize(grown_.rows.size());
    sorted_classes_.resize(grown_.rows.size());
    moved_rows_.resize(grown_.rows.size());
    moved_classes_.resize(grown_.rows.size());
  }

  GrownTree grow() {
    Work root{0, 0, static_cast<uint32_t>(grown_.rows.size()), 0, {}, {}};
    root.active.resize(features_.size());
    std::iota(root.active.begin(), root.active.end(), 0);
    if (is_large(root)) root.counts = count_all(root);
    grown_.nodes.emplace_back();
    todo_.push_back(std::move(root));
    while (!todo_.empty()) {
      if (poll_) poll_();
      Work work = std::move(todo_.back());
      todo_.pop_back();
      step(work);
    }
    return std::move(grown_);
  }

 private:
  struct Work {
    int node;
    uint32_t begin, end;  // its rows in grown_.rows
    int depth;
    std::vector<int> active;       // features that were not constant in the parent
    std::vector<uint32_t> counts;  // large nodes: feature x code x class
    uint32_t rows() const { return end - begin; }
  };

  // Counts of all features are worth it where there are more rows than cells.
  bool is_large(const Work &work) const {
    return work.rows() >= least_large && work.rows() * features_.size() >= counts_size_ / cells_per_row;
  }

  // Rows in order of their entity, so that entities can be counted as runs; partitions keep the order.
  void order_rows(std::span<const Code> class_of_row, std::span<const uint32_t> some) {
    auto &rows = grown_.rows;
    rows.assign(some.begin(), some.end());
    if (some.empty()) {
      rows.resize(class_of_row.size());
      std::iota(rows.begin(), rows.end(), 0u);
    }
    auto by_entity = [&](uint32_t a, uint32_t b) { return entity_[a] < entity_[b]; };
    if (!entity_.empty() && !std::is_sorted(rows.begin(), rows.end(), by_entity)) sort_by_entity(rows);
    row_class_.reserve(rows.size());
    for (uint32_t r : rows) row_class_.push_back(class_of_row[r]);
    entities_are_rows_ = true;
    for (size_t i = 1; i < rows.size() && entities_are_rows_ && !entity_.empty(); ++i)
      entities_are_rows_ = entity_[rows[i]] != entity_[rows[i - 1]];
  }

  // Counting sort, since entities are numbered densely; stable.
  void sort_by_entity(std::vector<uint32_t> &rows) const {
    uint32_t highest = *std::max_element(entity_.begin(), entity_.end());
    if (highest / 4 > rows.size()) {
      std::stable_sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) { return entity_[a] < entity_[b]; });
      return;
    }
    std::vector<uint32_t> next(static_cast<size_t>(highest) + 2, 0);
    for (uint32_t r : rows) ++next[entity_[r] + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    const std::vector<uint32_t> as_given = rows;
    for (uint32_t r : as_given) rows[next[entity_[r]]++] = r;
  }

  void measure_features() {
    size_t size = 0;
    for (const Feature &f : features_) {
      Code highest = 0;
      for (uint32_t r : grown_.rows) highest = std::max(highest, f.codes[r]);
      codes_.push_back(highest + 1);
      offset_.push_back(size);
      size += static_cast<size_t>(highest + 1) * classes_;
    }
    counts_size_ = size;
    likeness_.assign(features_.size(), 0);
  }

  // Calls `each` with the rows [begin, end) of every entity among those of a node.
  template <class Each>
  void each_entity(uint32_t begin, uint32_t end, Each each) const {
    for (uint32_t i = begin, j = begin; i < end; i = j) {
      while (j < end && entity_[grown_.rows[j]] == entity_[grown_.rows[i]]) ++j;
      each(i, j);
    }
  }

  // How much alike the codes of an entity's rows are, between 0 and 1: intraclass correlation of an ordered feature ...
  double correlation(size_t f) const {
    double n = 0, entities = 0, sum = 0, squares = 0, within = 0;
    each_entity(0, static_cast<uint32_t>(grown_.rows.size()), [&](uint32_t begin, uint32_t end) {
      double m = 0, s = 0, q = 0;
      for (uint32_t i = begin; i < end; ++i) {
        Code c = features_[f].codes[grown_.rows[i]];
        if (c == null_code || c == missing_code) continue;
        m += 1, s += c, q += static_cast<double>(c) * c;
      }
      if (m == 0) return;
      n += m, entities += 1, sum += s, squares += q, within += q - s * s / m;
    });
    double total = n > 0 ? squares - sum * sum / n : 0;
    if (total <= 0) return n > 0 ? 0 : 1;
    return n > entities ? std::clamp(1 - within / (n - entities) / (total / (n - 1)), 0.0, 1.0) : 0;
  }

  // ... and how much more often than others two of its rows share the code of an unordered one.
  double agreement(size_t f) const {
    std::array<double, 256> all{};
    std::array<uint32_t, 256> own{};
    double pairs = 0, same = 0, n = static_cast<double>(grown_.rows.size());
    each_entity(0, static_cast<uint32_t>(grown_.rows.size()), [&](uint32_t begin, uint32_t end) {
      for (uint32_t i = begin; i < end; ++i) same += own[features_[f].codes[grown_.rows[i]]]++;
      for (uint32_t i = begin; i < end; ++i) {
        Code c = features_[f].codes[grown_.rows[i]];
        all[c] += own[c];
        own[c] = 0;
      }
      pairs += (end - begin) * (end - begin - 1.0) / 2;
    });
    double chance = 0;
    for (double rows : all) chance += rows / n * (rows / n);
    return pairs > 0 && chance < 1 ? std::clamp((same / pairs - chance) / (1 - chance), 0.0, 1.0) : 0;
  }

  // What entities whose rows are of like classes add to the gain of a split between entities that is but chance: as if there were so many
  // times the rows (Kish 1965). The classes' chi-square of entities against rows.
  double design_effect(const Work &work, const std::vector<uint32_t> &node, int present) {
    if (entities_are_rows_ || present < 2) return 1;
    std::array<uint32_t, 256> own{};
    std::array<double, 256> weight{};
    for (int k = 0; k < classes_; ++k) weight[k] = node[k] > 0 ? 1.0 / node[k] : 0;
    double alike = 0, sizes = 0;
    each_entity(work.begin, work.end, [&](uint32_t begin, uint32_t end) {
      for (uint32_t i = begin; i < end; ++i) {
        Code k = row_class_[i];
        alike += (2.0 * own[k]++ + 1) * weight[k];
      }
      for (uint32_t i = begin; i < end; ++i) own[row_class_[i]] = 0;
      sizes += static_cast<double>(end - begin) * (end - begin);
    });
    return std::max(1.0, (alike - sizes / work.rows()) / (present - 1));
  }

  std::vector<uint32_t> class_counts(const Work &work) const {
    std::vector<uint32_t> counts(classes_, 0);
    for (uint32_t i = work.begin; i < work.end; ++i) ++counts[row_class_[i]];
    return counts;
  }

  // Adds (or with step -1 takes away) the rows of a node to class counts of all its features.
  void count_rows(const Work &work, uint32_t step, std::vector<uint32_t> &counts) const {
    for (int f : work.active) {
      const Code *codes = features_[f].codes;
      uint32_t *cells = counts.data() + offset_[f];
      for (uint32_t i = work.begin; i < work.end; ++i) cells[codes[grown_.rows[i]] * classes_ + row_class_[i]] += step;
    }
  }

  std::vector<uint32_t> count_all(const Work &work) const {
    std::vector<uint32_t> counts(counts_size_, 0);
    count_rows(work, 1, counts);
    return counts;
  }

  void tabulate_large(const Work &work, int f) {
    table_.by_rows = false;
    table_.classes = classes_;
    table_.slots = 0;
    for (int c = 0; c < codes_[f]; ++c) {
      const uint32_t *cells = work.counts.data() + offset_[f] + static_cast<size_t>(c) * classes_;
      uint32_t total = std::accumulate(cells, cells + classes_, 0u);
      if (total > 0) add_slot(static_cast<Code>(c), total, cells);
    }
  }

  void add_slot(Code code, uint32_t total, const uint32_t *cells) {
    table_.codes[table_.slots] = code;
    table_.totals[table_.slots] = total;
    table_.counts[table_.slots++] = cells;
  }

  // Counts the rows of one feature. With few codes into a table of all of them; with many, only of those that occur, in a second pass.
  void tabulate_small(const Work &work, int f) {
    size_t k = compact_node_.size();
    table_.classes = static_cast<int>(k);
    table_.slots = 0;
    const Code *codes = features_[f].codes;
    if (codes_[f] * k > 2 * work.rows()) return tabulate_sparse(work, f);
    table_.by_rows = false;
    local_cells_.assign(codes_[f] * k, 0);
    for (uint32_t i = 0; i < work.rows(); ++i) ++local_cells_[codes[grown_.rows[work.begin + i]] * k + compact_class_[i]];
    for (int c = 0; c < codes_[f]; ++c) {
      const uint32_t *cells = local_cells_.data() + c * k;
      uint32_t total = std::accumulate(cells, cells + k, 0u);
      if (total > 0) add_slot(static_cast<Code>(c), total, cells);
    }
  }

  void tabulate_sparse(const Work &work, int f) {
    std::array<uint32_t, 256> totals{};
    std::array<uint8_t, 256> slot_of;
    table_.by_rows = features_[f].ordered && codes_[f] * compact_node_.size() > counts_a_row * work.rows();
    for (uint32_t i = 0; i < work.rows(); ++i) {
      local_codes_[i] = features_[f].codes[grown_.rows[work.begin + i]];
      ++totals[local_codes_[i]];
    }
    for (int c = 0; c < codes_[f]; ++c) {
      if (totals[c] == 0) continue;
      slot_of[c] = static_cast<uint8_t>(table_.slots);
      add_slot(static_cast<Code>(c), totals[c], nullptr);
    }
    if (table_.slots < 2) return;
    if (table_.by_rows) return sort_classes(work);
    size_t k = compact_node_.size();
    local_cells_.assign(table_.slots * k, 0);
    for (uint32_t i = 0; i < work.rows(); ++i) ++local_cells_[slot_of[local_codes_[i]] * k + compact_class_[i]];
    for (int s = 0; s < table_.slots; ++s) table_.counts[s] = local_cells_.data() + s * k;
  }

  // Puts the classes of a node's rows in the order of their codes.
  void sort_classes(const Work &work) {
    std::array<uint32_t, 256> next;
    uint32_t begin = 0;
    for (int s = 0; s < table_.slots; ++s) {
      table_.rows[s] = sorted_classes_.data() + begin;
      next[table_.codes[s]] = begin;
      begin += table_.totals[s];
    }
    for (uint32_t i = 0; i < work.rows(); ++i) sorted_classes_[next[local_codes_[i]]++] = compact_class_[i];
  }

  // Numbers the classes that occur in a small node, in their order.
  void compact(const Work &work, const std::vector<uint32_t> &node) {
    std::array<Code, 256> number{};
    compact_node_.clear();
    for (int k = 0; k < classes_; ++k) {
      if (node[k] == 0) continue;
      number[k] = static_cast<Code>(compact_node_.size());
      compact_node_.push_back(node[k]);
    }
    for (uint32_t i = 0; i < work.rows(); ++i) compact_class_[i] = number[row_class_[work.begin + i]];
  }

  Split split_on(const Work &work, const std::vector<uint32_t> &node, int f, SideRows min_rows, bool &constant) {
    bool large = !work.counts.empty();
    if (large) {
      tabulate_large(work, f);
    } else {
      tabulate_small(work, f);
    }
    constant = table_.slots < 2;
    Split split = best_split(table_, large ? node : compact_node_, features_[f].ordered, target_ordered_, min_rows);
    split.feature = f;
    return split;
  }

  // Whether both sides of a split hold enough distinct entities. If not, raises `min_rows` of the poor sides for another try: smaller sides
  // of the same feature hold fewer entities.
  bool enough_entities(const Work &work, const Split &split, SideRows &min_rows) const {
    if (entities_are_rows_) return true;
    const Code *codes = features_[split.feature].codes;
    uint32_t rows[2] = {0, 0}, entities[2] = {0, 0}, last[2] = {~0u, ~0u}, enough = options_.min_entities;
    for (uint32_t i = work.begin; i < work.end; ++i) {
      uint32_t r = grown_.rows[i], e = entity_[r];
      int side = split.left_has(codes[r]) ? 0 : 1;
      ++rows[side];
      if (e != last[side]) ++entities[side];
      last[side] = e;
      if (entities[0] >= enough && entities[1] >= enough) return true;
    }
    auto raised = [&](int side) {
      uint64_t guess = uint64_t{rows[side]} * enough / std::max(1u, entities[side]);
      return static_cast<uint32_t>(std::max<uint64_t>(rows[side] + 1, std::min<uint64_t>(guess, rows[side] + rows[side] / 2)));
    };
    if (entities[0] < enough) min_rows.left = raised(0);
    if (entities[1] < enough) min_rows.right = raised(1);
    return false;
  }

  // A split that pays its penalty, and how many rows its sides must have.
  struct Candidate {
    Split split;
    SideRows min_rows;
    double cost;
    double net;  // gain above what the penalty makes of the cost
  };

  // `parameters` are those that a split adds; `effect` is the design effect.
  Candidate candidate(const Work &work, const std::vector<uint32_t> &node, int f, SideRows min_rows, double parameters, double effect,
                      bool &constant) {
    Split split = split_on(work, node, f, min_rows, constant);
    double cost = (parameters + split.freedom) * (1 + (effect - 1) * likeness_[f]);
    return {split, min_rows, cost, split.gain - std::max(0.0, options_.penalty) * cost};
  }

  // The best split whose gain pays its penalty and whose sides hold enough entities; removes constant features from the work's.
  Candidate find_split(Work &work, const std::vector<uint32_t> &node, double parameters, double effect) {
    std::vector<Candidate> candidates;
    std::vector<int> active;
    bool constant;
    if (work.counts.empty()) compact(work, node);
    for (int f : work.active) {
      Candidate c = candidate(work, node, f, {options_.min_entities, options_.min_entities}, parameters, effect, constant);
      if (!constant) active.push_back(f);
      if (c.net > 0) candidates.push_back(c);
    }
    work.active = std::move(active);
    for (int retry = 0; retry < most_retries && !candidates.empty(); ++retry) {
      auto best =
          std::max_element(candidates.begin(), candidates.end(), [](const Candidate &a, const Candidate &b) { return a.net < b.net; });
      if (enough_entities(work, best->split, best->min_rows)) return *best;
      *best = candidate(work, node, best->split.feature, best->min_rows, parameters, effect, constant);
      if (best->net <= 0) candidates.erase(best);
    }
    return {};
  }

  void step(Work &work) {
    std::vector<uint32_t> node = class_counts(work);
    int present = 0;
    double most_gain = n_log_n(work.rows());  // no split can explain more than all of the node's uncertainty
    for (uint32_t n : node) {
      present += n > 0;
      most_gain -= n_log_n(n);
    }
    double parameters = (present - 1) / 2.0 + 3, effect = design_effect(work, node, present);
    GrownTree::Node &here = grown_.nodes[work.node];
    here.begin = work.begin;
    here.end = work.end;
    here.effect = effect;
    std::copy(node.begin(), node.end(), count_space(work.node));
    bool leaf = work.depth >= options_.max_depth || work.rows() < 2 * uint64_t{options_.min_entities} || present < 2 ||
                most_gain <= std::max(0.0, options_.penalty) * parameters;
    if (leaf) return;
    Candidate best = find_split(work, node, parameters, effect);
    if (best.split.feature >= 0) make_children(work, best);
  }

  std::vector<uint32_t>::iterator count_space(int node) {
    grown_.counts.resize(std::max(grown_.counts.size(), grown_.nodes.size() * classes_));
    return grown_.counts.begin() + static_cast<ptrdiff_t>(node) * classes_;
  }

  // Stable partition of a node's rows; returns where the right side begins.
  uint32_t partition(const Work &work, const Split &split) {
    const Code *codes = features_[split.feature].codes;
    uint32_t left = work.begin, right = 0;
    for (uint32_t i = work.begin; i < work.end; ++i) {
      uint32_t r = grown_.rows[i];
      Code k = row_class_[i];
      if (split.left_has(codes[r])) {
        grown_.rows[left] = r;
        row_class_[left++] = k;
      } else {
        moved_rows_[right] = r;
        moved_classes_[right++] = k;
      }
    }
    std::copy_n(moved_rows_.begin(), right, grown_.rows.begin() + left);
    std::copy_n(moved_classes_.begin(), right, row_class_.begin() + left);
    return left;
  }

  void make_children(Work &work, const Candidate &best) {
    const Split &split = best.split;
    auto &nodes = grown_.nodes;
    int left_node = static_cast<int>(nodes.size());
    nodes.resize(nodes.size() + 2);
    GrownTree::Node &node = nodes[work.node];
    node.feature = split.feature;
    node.left = left_node;
    node.right = left_node + 1;
    node.gain = split.gain;
    node.cost = best.cost;
    node.goes_left = split.goes_left;
    uint32_t middle = partition(work, split);
    Work left{left_node, work.begin, middle, work.depth + 1, work.active, {}};
    Work right{left_node + 1, middle, work.end, work.depth + 1, std::move(work.active), {}};
    if (!work.counts.empty() && left.depth < options_.max_depth) share_counts(std::move(work.counts), left, right);
    todo_.push_back(std::move(right));
    todo_.push_back(std::move(left));
  }

  // Hands the parent's counts, less the smaller child's rows, to the larger child.
  void share_counts(std::vector<uint32_t> counts, Work &left, Work &right) const {
    Work &larger = left.rows() >= right.rows() ? left : right;
    Work &smaller = left.rows() >= right.rows() ? right : left;
    if (!is_large(larger)) return;
    if (is_large(smaller)) {
      smaller.counts = count_all(smaller);
      for (size_t i = 0; i < counts.size(); ++i) counts[i] -= smaller.counts[i];
    } else {
      count_rows(smaller, ~0u, counts);
    }
    larger.counts = std::move(counts);
  }

  const std::vector<Feature> &features_;
  std::span<const uint32_t> entity_;
  const TreeOptions &options_;
  const Poll &poll_;
  int classes_;
  bool target_ordered_;
  bool entities_are_rows_ = true;
  GrownTree grown_;
  std::vector<Code> row_class_;  // in the order of grown_.rows
  std::vector<int> codes_;       // per feature: highest code + 1
  std::vector<size_t> offset_;   // per feature, in Work::counts
  size_t counts_size_ = 0;
  std::vector<double> likeness_;  // per feature: of its codes within an entity
  std::vector<Work> todo_;
  // Space that the nodes take turns to use.
  ClassTable table_;
  std::vector<uint32_t> compact_node_, local_cells_, moved_rows_;
  std::vector<Code> compact_class_, local_codes_, sorted_classes_, moved_classes_;
};

}  // namespace

GrownTree grow_tree(const std::vector<Feature> &features, std::span<const Code> class_of_row, int classes, bool target_ordered,
                    std::span<const uint32_t> entity, std::span<const uint32_t> some, const TreeOptions &options, const Poll &poll) {
  return Grower(features, class_of_row, classes, target_ordered, entity, some, options, poll).grow();
}

}  // namespace relsynth::core
