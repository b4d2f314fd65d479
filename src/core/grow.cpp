// Depth first, left before right, so that the rows of the leaves lie in one array in the order of the leaves. A node with many rows keeps
// class counts of all its features; its larger child gets them by taking away the smaller one's (Ke et al. 2017). A small node counts
// one feature at a time over the codes and classes that occur in it.
#include "core/grow.h"

#include <algorithm>
#include <numeric>

#include "core/histogram.h"

namespace relsynth::core {

namespace {

constexpr uint32_t large_node = 1024;  // rows from which on a node keeps counts of all features
constexpr int most_retries = 24;       // splits of a node that may fail on entities before it becomes a leaf

class Grower {
 public:
  Grower(const std::vector<Feature> &features, std::span<const Code> class_of_row, int classes, bool target_ordered,
         std::span<const uint32_t> entity, const TreeOptions &options, const Poll &poll)
      : features_(features), entity_(entity), options_(options), poll_(poll), classes_(classes), target_ordered_(target_ordered) {
    order_rows(class_of_row);
    measure_features();
    compact_class_.resize(grown_.rows.size());
    local_codes_.resize(grown_.rows.size());
    moved_rows_.resize(grown_.rows.size());
    moved_classes_.resize(grown_.rows.size());
  }

  GrownTree grow() {
    Work root{0, 0, static_cast<uint32_t>(grown_.rows.size()), 0, {}, {}, {}};
    root.active.resize(features_.size());
    std::iota(root.active.begin(), root.active.end(), 0);
    if (root.rows() >= large_node) root.counts = count_all(root);
    grown_.tree.nodes.emplace_back();
    todo_.push_back(std::move(root));
    while (!todo_.empty()) {
      if (poll_) poll_();
      Work work = std::move(todo_.back());
      todo_.pop_back();
      step(work);
    }
    grown_.leaf_begin.push_back(static_cast<uint32_t>(grown_.rows.size()));
    return std::move(grown_);
  }

 private:
  struct Work {
    int node;
    uint32_t begin, end;  // its rows in grown_.rows
    int depth;
    std::vector<double> shares;    // class distribution of the parent, shrunk
    std::vector<int> active;       // features that were not constant in the parent
    std::vector<uint32_t> counts;  // large nodes: feature x code x class
    uint32_t rows() const { return end - begin; }
  };

  // Rows in order of their entity, so that entities can be counted as runs; partitions keep the order.
  void order_rows(std::span<const Code> class_of_row) {
    auto &rows = grown_.rows;
    rows.resize(class_of_row.size());
    std::iota(rows.begin(), rows.end(), 0u);
    if (!entity_.empty() && !std::is_sorted(entity_.begin(), entity_.end())) sort_by_entity(rows);
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
    for (uint32_t e : entity_) ++next[e + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (uint32_t r = 0; r < rows.size(); ++r) rows[next[entity_[r]]++] = r;
  }

  void measure_features() {
    size_t size = 0;
    for (const Feature &f : features_) {
      Code highest = 0;
      for (size_t i = 0; i < grown_.rows.size(); ++i) highest = std::max(highest, f.codes[i]);
      codes_.push_back(highest + 1);
      offset_.push_back(size);
      size += static_cast<size_t>(highest + 1) * classes_;
    }
    counts_size_ = size;
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
    size_t k = compact_node_.size();
    local_cells_.assign(table_.slots * k, 0);
    for (uint32_t i = 0; i < work.rows(); ++i) ++local_cells_[slot_of[local_codes_[i]] * k + compact_class_[i]];
    for (int s = 0; s < table_.slots; ++s) table_.counts[s] = local_cells_.data() + s * k;
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
    double net;  // gain above the threshold
  };

  Candidate candidate(const Work &work, const std::vector<uint32_t> &node, int f, SideRows min_rows, double threshold, bool &constant) {
    Split split = split_on(work, node, f, min_rows, constant);
    return {split, min_rows, split.gain - threshold - options_.penalty * split.freedom};
  }

  // The best split whose gain pays its penalty and whose sides hold enough entities; removes constant features from the work's.
  Split find_split(Work &work, const std::vector<uint32_t> &node, double threshold) {
    std::vector<Candidate> candidates;
    std::vector<int> active;
    bool constant;
    if (work.counts.empty()) compact(work, node);
    for (int f : work.active) {
      Candidate c = candidate(work, node, f, {options_.min_entities, options_.min_entities}, threshold, constant);
      if (!constant) active.push_back(f);
      if (c.net > 0) candidates.push_back(c);
    }
    work.active = std::move(active);
    for (int retry = 0; retry < most_retries && !candidates.empty(); ++retry) {
      auto best =
          std::max_element(candidates.begin(), candidates.end(), [](const Candidate &a, const Candidate &b) { return a.net < b.net; });
      if (enough_entities(work, best->split, best->min_rows)) return best->split;
      *best = candidate(work, node, best->split.feature, best->min_rows, threshold, constant);
      if (best->net <= 0) candidates.erase(best);
    }
    return {};
  }

  // The node's class shares, drawn towards the parent's.
  std::vector<double> shrink(const Work &work, const std::vector<uint32_t> &node) const {
    double weight = work.shares.empty() ? 0 : options_.shrinkage, total = work.rows() + weight;
    std::vector<double> shares(classes_, 0.0);
    for (int k = 0; k < classes_; ++k) {
      double prior = work.shares.empty() ? 0 : weight * work.shares[k];
      shares[k] = total > 0 ? (node[k] + prior) / total : 1.0 / classes_;
    }
    return shares;
  }

  void step(Work &work) {
    std::vector<uint32_t> node = class_counts(work);
    work.shares = shrink(work, node);
    int present = 0;
    double most_gain = n_log_n(work.rows());  // no split can explain more than all of the node's uncertainty
    for (uint32_t n : node) {
      present += n > 0;
      most_gain -= n_log_n(n);
    }
    double threshold = std::max(0.0, options_.penalty) * ((present - 1) / 2.0 + 3);
    bool leaf =
        work.depth >= options_.max_depth || work.rows() < 2 * uint64_t{options_.min_entities} || present < 2 || most_gain <= threshold;
    Split split;
    if (!leaf) split = find_split(work, node, threshold);
    if (split.feature < 0) {
      make_leaf(work);
    } else {
      make_children(work, split);
    }
  }

  void make_leaf(const Work &work) {
    grown_.tree.nodes[work.node].leaf = grown_.tree.leaves++;
    grown_.leaf_begin.push_back(work.begin);
    for (double share : work.shares) grown_.probabilities.push_back(static_cast<float>(share));
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

  void make_children(Work &work, const Split &split) {
    auto &nodes = grown_.tree.nodes;
    int left_node = static_cast<int>(nodes.size());
    nodes.resize(nodes.size() + 2);
    Tree::Node &node = nodes[work.node];
    node.feature = split.feature;
    node.left = left_node;
    node.right = left_node + 1;
    std::copy(split.goes_left.begin(), split.goes_left.end(), node.goes_left);
    uint32_t middle = partition(work, split);
    Work left{left_node, work.begin, middle, work.depth + 1, work.shares, work.active, {}};
    Work right{left_node + 1, middle, work.end, work.depth + 1, std::move(work.shares), std::move(work.active), {}};
    if (!work.counts.empty() && left.depth < options_.max_depth) share_counts(std::move(work.counts), left, right);
    todo_.push_back(std::move(right));
    todo_.push_back(std::move(left));
  }

  // Hands the parent's counts, less the smaller child's rows, to the larger child.
  void share_counts(std::vector<uint32_t> counts, Work &left, Work &right) const {
    Work &larger = left.rows() >= right.rows() ? left : right;
    Work &smaller = left.rows() >= right.rows() ? right : left;
    if (larger.rows() < large_node) return;
    if (smaller.rows() >= large_node) {
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
  std::vector<Work> todo_;
  // Space that the nodes take turns to use.
  ClassTable table_;
  std::vector<uint32_t> compact_node_, local_cells_, moved_rows_;
  std::vector<Code> compact_class_, local_codes_, moved_classes_;
};

}  // namespace

GrownTree grow_tree(const std::vector<Feature> &features, std::span<const Code> class_of_row, int classes, bool target_ordered,
                    std::span<const uint32_t> entity, const TreeOptions &options, const Poll &poll) {
  return Grower(features, class_of_row, classes, target_ordered, entity, options, poll).grow();
}

}  // namespace relsynth::core
