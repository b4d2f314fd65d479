// rows, trees: a row's features of the row that it refers to. Rows come after those that they refer to; a block of rows without groups is
// drawn level by level, each of rows that refer to none of the same level.
#include "core/rows.h"

namespace relsynth::core {

using Kind = FeatureRef::Kind;

void RowDrawer::find_lineage() {
  tree_ = tree_key(world_.plan, table_);
  lineage_.resize(schema_.columns.size());
  for (const Slot &slot : slots_) {
    if (tree_ < 0 || slot.ref.kind != Kind::Parent || slot.ref.fk != tree_ || !lineage_[slot.ref.column].empty()) continue;
    lineage_columns_.push_back(slot.ref.column);
    lineage_[slot.ref.column].assign(std::max<size_t>(state_.rows, 1), missing_code);
  }
}

// A row that is drawn again later stays for those below it what it was first, so that the size of blocks does not matter.
Code RowDrawer::parent_code(const FeatureRef &ref, size_t row) const {
  int32_t parent = state_.parents[tree_][row];
  return parent < 0 || static_cast<size_t>(parent) >= row ? missing_code : lineage_[ref.column][parent];
}

void RowDrawer::note_lineage(const Block &block, size_t r) {
  for (int c : lineage_columns_)
    if (!block.codes[c].empty()) lineage_[c][block.first + r] = block.codes[c][r];
}

void RowDrawer::draw_levels(Block &block) {
  constexpr size_t piece = 1024;
  const std::vector<int32_t> &parents = state_.parents[tree_];
  std::vector<uint32_t> level(block.rows, 0), begin(2, 0), order(block.rows);
  for (size_t r = 0; r < block.rows; ++r) {
    int32_t parent = parents[block.first + r];
    bool here = parent >= static_cast<int32_t>(block.first) && parent < static_cast<int32_t>(block.first + r);
    if (here) level[r] = level[static_cast<size_t>(parent) - block.first] + 1;
    if (level[r] + 2 > begin.size()) begin.resize(level[r] + 2, 0);
    ++begin[level[r] + 1];
  }
  for (size_t l = 1; l < begin.size(); ++l) begin[l] += begin[l - 1];
  std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
  for (uint32_t r = 0; r < block.rows; ++r) order[next[level[r]]++] = r;
  auto draw_rows = [&](Worker &w, size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) draw_row(w, {block.first + order[i], 1, 1}, nullptr, block);
  };
  Worker alone = worker();
  for (size_t l = 0; l + 1 < begin.size(); ++l) {
    size_t n = begin[l + 1] - begin[l];
    if (n <= piece) {
      if (l % 64 == 0) world_.poll();
      draw_rows(alone, begin[l], begin[l + 1]);
      continue;
    }
    parallel_for((n + piece - 1) / piece, world_.options.threads, world_.options.poll, [&](size_t i) {
      Worker w = worker();
      draw_rows(w, begin[l] + i * piece, std::min<size_t>(begin[l + 1], begin[l] + (i + 1) * piece));
    });
  }
}

}  // namespace relsynth::core
