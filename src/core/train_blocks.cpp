// train, blocks of parents: parents along a Further key and what is known of its rows before -> classes of parents, p(class | row).
// Columns of the parent are added to the blocks one by one while the tree over the row's context tells more of the blocks than chance does.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/features.h"
#include "core/histogram.h"
#include "core/train_keys.h"

namespace relsynth::core {

namespace {

using Kind = FeatureRef::Kind;

constexpr size_t most_tried_rows = 20000;  // that the choice of columns looks at
constexpr size_t most_columns = 3;
constexpr size_t most_tried_further = 6;  // columns tried as second and third
constexpr int first_classes = 24, further_classes = 8;
constexpr int most_blocks = 63;  // so that every block is a class of its own in the tree

// A column of the parent as part of the blocks.
struct Part {
  BlockModel::Column column;
  std::vector<Code> codes;  // per parent row
  double gain = 0;
};

class BlockLearner {
 public:
  BlockLearner(const TrainSet &set, int table, int fk, const TreeOptions &options, const Poll &poll)
      : set_(set), table_(table), fk_(fk), parent_(set.key(table, fk).parent), options_(options), poll_(poll) {
    options_.classes = most_blocks + 1;
    options_.boost = false;  // leaves alone say which block
    least_ = least_support(set.plan.min_count, set.tables[table].entities);
  }

  void learn(BlockModel &model) {
    context_ = null_candidates(set_, table_, fk_);
    find_rows();
    if (context_.empty() || rows_.size() < 2 * static_cast<size_t>(options_.min_entities)) return;
    std::vector<Part> parts = single_parts();
    if (parts.empty()) return;
    std::vector<const Part *> chosen = choose(parts);
    BlockModel blocks = make_blocks(chosen, rows_);
    fit(blocks, labels(chosen, blocks, rows_), rows_);
    if (blocks.conditional.tree.leaves < 2) return;
    drop_unused(blocks.features, blocks.conditional);
    model = std::move(blocks);
  }

 private:
  // Rows whose parent is in the sample; every so many-th of them.
  void find_rows() {
    parents_ = set_.parents(table_, fk_);
    size_t n = set_.tables[parent_].rows;
    for (uint32_t r = 0; r < parents_.size(); ++r)
      if (parents_[r] >= 0 && static_cast<size_t>(parents_[r]) < n) rows_.push_back(r);
    size_t step = (rows_.size() + most_tried_rows - 1) / most_tried_rows;
    for (size_t i = 0; i < rows_.size(); i += step) tried_.push_back(rows_[i]);
  }

  // The parent's columns that follow the rows' context, the best first.
  std::vector<Part> single_parts() {
    std::vector<Part> parts;
    for (const FeatureRef &ref : count_candidates(set_, parent_, table_)) {
      if (is_place(ref.kind)) continue;
      if (poll_) poll_();
      Part part;
      part.column.ref = ref;
      part.codes = feature_codes(set_, parent_, ref);
      coarsen(part, first_classes);
      part.gain = part.column.classes < 2 ? 0 : gain({&part});
      if (part.gain > 0) parts.push_back(std::move(part));
    }
    std::stable_sort(parts.begin(), parts.end(), [](const Part &a, const Part &b) { return a.gain > b.gain; });
    if (parts.size() > 1 + most_tried_further) parts.resize(1 + most_tried_further);
    for (size_t i = 1; i < parts.size(); ++i) coarsen(parts[i], further_classes);
    return parts;
  }

  void coarsen(Part &part, int limit) const {
    std::vector<uint32_t> counts(256, 0);
    for (uint32_t r : rows_) ++counts[part.codes[parents_[r]]];
    part.column.class_of = coarse_classes(counts, is_ordered(set_, parent_, part.column.ref), limit, part.column.classes);
  }

  std::vector<const Part *> choose(const std::vector<Part> &parts) {
    std::vector<const Part *> chosen{&parts[0]};
    double best = parts[0].gain;
    while (chosen.size() < most_columns) {
      const Part *next = nullptr;
      for (const Part &part : parts) {
        if (std::find(chosen.begin(), chosen.end(), &part) != chosen.end()) continue;
        std::vector<const Part *> longer = chosen;
        longer.push_back(&part);
        double with = gain(longer);
        if (with <= best) continue;
        best = with;
        next = &part;
      }
      if (!next) break;
      chosen.push_back(next);
    }
    return chosen;
  }

  static size_t combination(const std::vector<const Part *> &parts, int32_t parent) {
    size_t at = 0;
    for (const Part *part : parts) at = at * part->column.classes + part->column.class_of[part->codes[parent]];
    return at;
  }

  // Distinct entities by label of the row.
  std::vector<uint32_t> entities_of(const std::vector<uint32_t> &label, size_t labels, const std::vector<uint32_t> &rows) const {
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (size_t i = 0; i < rows.size(); ++i) pairs.emplace_back(label[i], set_.tables[table_].entity[rows[i]]);
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    std::vector<uint32_t> entities(labels, 0);
    for (const auto &pair : pairs) ++entities[pair.first];
    return entities;
  }

  // Combinations of classes that enough entities share become blocks, the most frequent ones; the others join by the first column's class
  // if those are enough, else one block of all that is left.
  BlockModel make_blocks(const std::vector<const Part *> &parts, const std::vector<uint32_t> &rows) const {
    BlockModel model;
    size_t combinations = 1;
    for (const Part *part : parts) {
      model.columns.push_back(part->column);
      combinations *= part->column.classes;
    }
    size_t firsts = parts[0]->column.classes, each = combinations / firsts;
    std::vector<uint32_t> label;
    label.reserve(rows.size());
    for (uint32_t r : rows) label.push_back(static_cast<uint32_t>(combination(parts, parents_[r])));
    std::vector<uint32_t> entities = entities_of(label, combinations, rows), order, rest(combinations, 1);
    for (uint32_t c = 0; c < combinations; ++c)
      if (entities[c] >= least_) order.push_back(c);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return entities[a] > entities[b]; });
    order.resize(std::min<size_t>(order.size(), most_blocks - firsts - 1));
    for (uint32_t c : order) rest[c] = 0;
    for (uint32_t &l : label) l = rest[l] ? static_cast<uint32_t>(l / each) : static_cast<uint32_t>(firsts);
    entities = entities_of(label, firsts + 1, rows);
    // Code 1: all that is left.
    model.block_of.assign(combinations, 1);
    model.blocks = 1;
    for (uint32_t c : order) model.block_of[c] = static_cast<Code>(++model.blocks);
    for (size_t f = 0; f < firsts; ++f) {
      if (entities[f] < least_) continue;
      ++model.blocks;
      for (size_t c = f * each; c < (f + 1) * each; ++c)
        if (rest[c]) model.block_of[c] = static_cast<Code>(model.blocks);
    }
    return model;
  }

  std::vector<Code> labels(const std::vector<const Part *> &parts, const BlockModel &model, const std::vector<uint32_t> &rows) const {
    std::vector<Code> out;
    out.reserve(rows.size());
    for (uint32_t r : rows) out.push_back(model.block_of[combination(parts, parents_[r])]);
    return out;
  }

  void fit(BlockModel &model, const std::vector<Code> &target, const std::vector<uint32_t> &rows) {
    model.features = context_;
    if (context_.size() > most_features) {
      std::vector<Code> all(set_.tables[table_].rows, null_code);
      for (size_t i = 0; i < rows.size(); ++i) all[rows[i]] = target[i];
      model.features = screen(set_, table_, context_, all, false, options_.classes);
    }
    std::vector<Feature> features;
    for (const FeatureRef &ref : model.features) features.push_back({context_codes(ref, rows).data(), is_ordered(set_, table_, ref)});
    std::vector<uint32_t> entity;
    entity.reserve(rows.size());
    for (uint32_t r : rows) entity.push_back(set_.tables[table_].entity[r]);
    model.conditional = fit_conditional(features, target, false, entity, options_, poll_);
  }

  const std::vector<Code> &context_codes(const FeatureRef &ref, const std::vector<uint32_t> &rows) {
    if (rows.size() != columns_rows_) columns_.clear();
    columns_rows_ = rows.size();
    std::vector<Code> &codes = columns_[{static_cast<int>(ref.kind), ref.fk, ref.column}];
    if (codes.empty()) codes = feature_codes(set_, table_, ref, rows);
    return codes;
  }

  // What the tree tells of the blocks, in nats, less what its parameters would tell by chance.
  double gain(const std::vector<const Part *> &parts) {
    BlockModel model = make_blocks(parts, tried_);
    fit(model, labels(parts, model, tried_), tried_);
    const Conditional &c = model.conditional;
    if (c.tree.leaves < 2) return 0;
    double sum = n_log_n(static_cast<uint32_t>(tried_.size()));
    int used = 0;
    for (const Conditional::Cell &cell : c.root_cells) {
      sum -= n_log_n(cell.count);
      ++used;
    }
    for (int leaf = 0; leaf < c.tree.leaves; ++leaf) {
      uint32_t n = 0;
      for (uint32_t i = c.cell_begin[leaf * c.classes]; i < c.cell_begin[(leaf + 1) * c.classes]; ++i) {
        sum += n_log_n(c.cells[i].count);
        n += c.cells[i].count;
      }
      sum -= n_log_n(n);
    }
    return sum - static_cast<double>(c.tree.leaves - 1) * (used - 1);
  }

  const TrainSet &set_;
  int table_, fk_, parent_;
  TreeOptions options_;
  const Poll &poll_;
  uint32_t least_ = 1;
  std::vector<FeatureRef> context_;
  std::span<const int32_t> parents_;
  std::vector<uint32_t> rows_, tried_;
  std::map<std::array<int, 3>, std::vector<Code>> columns_;  // context features over the rows last used
  size_t columns_rows_ = 0;
};

}  // namespace

void learn_blocks(const TrainSet &set, int table, int fk, const TreeOptions &options, const Poll &poll, BlockModel &model) {
  BlockLearner(set, table, fk, options, poll).learn(model);
}

namespace {

constexpr double least_same = 0.05;   // share of rows with one parent along both keys that is worth keeping
constexpr double times_chance = 3.0;  // and so many times what independent keys have

// A key over one of the foreign key's columns: giving rows the parent of another key could break it.
bool in_unique_key(const Table &table, const ForeignKey &fk) {
  return std::any_of(table.keys.begin(), table.keys.end(), [&](const UniqueKey &key) {
    return std::any_of(key.columns.begin(), key.columns.end(),
                       [&](int c) { return std::find(fk.child_columns.begin(), fk.child_columns.end(), c) != fk.child_columns.end(); });
  });
}

// Share of rows with one parent along both keys, chance apart; 0 when it is not worth keeping.
double same_share(const TrainSet &set, int table, std::span<const int32_t> a, std::span<const int32_t> b, size_t parent_rows) {
  std::vector<uint32_t> as(parent_rows, 0), bs(parent_rows, 0), entities;
  double both = 0, same = 0;
  for (size_t r = 0; r < std::min(a.size(), b.size()); ++r) {
    if (a[r] < 0 || b[r] < 0 || std::max<size_t>(a[r], b[r]) >= parent_rows) continue;
    ++as[a[r]];
    ++bs[b[r]];
    ++both;
    if (a[r] != b[r]) continue;
    ++same;
    entities.push_back(set.tables[table].entity[r]);
  }
  std::sort(entities.begin(), entities.end());
  size_t distinct = static_cast<size_t>(std::unique(entities.begin(), entities.end()) - entities.begin());
  if (both == 0 || distinct < least_support(set.plan.min_count, set.tables[table].entities)) return 0;
  double chance = 0, share = same / both;
  for (size_t p = 0; p < parent_rows; ++p) chance += as[p] / both * (bs[p] / both);
  if (share < least_same || share < times_chance * chance) return 0;
  return (share - chance) / (1 - chance);
}

}  // namespace

std::vector<SameParent> learn_same(const TrainSet &set, int table, int fk) {
  std::vector<SameParent> same;
  const ForeignKey &key = set.key(table, fk);
  if (in_unique_key(set.schema.tables[table], key)) return same;
  for (int g = 0; g < set.keys(table); ++g) {
    const ForeignKey &other = set.key(table, g);
    FkRole role = set.plan.tables[table].fk_roles[g];
    bool dealt = role == FkRole::Driver || (role == FkRole::Further && g < fk);
    if (g == fk || !dealt || other.parent != key.parent || other.parent_columns != key.parent_columns) continue;
    double share = same_share(set, table, set.parents(table, g), set.parents(table, fk), set.tables[key.parent].rows);
    if (share > 0) same.push_back({g, share});
  }
  return same;
}

}  // namespace relsynth::core
