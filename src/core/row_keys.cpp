// The key columns of drawn rows: serials, line numbers, uuids, and the values that foreign keys copy from their parents.
#include <algorithm>

#include "core/keys.h"
#include "core/rows.h"

namespace relsynth::core {

// Keys that a row may change on its own.
void RowDrawer::find_loose() {
  for (int f = 0; f < world_.keys(table_); ++f) {
    const std::vector<int> &columns = world_.key(table_, f).child_columns;
    bool bound = world_.role(table_, f) != FkRole::Further || world_.drawn_choice(table_, f);
    for (int g = 0; g < world_.keys(table_); ++g) bound |= g != f && !shared_columns(world_.key(table_, f), world_.key(table_, g)).empty();
    for (const UniqueKey &key : schema_.keys)
      for (int c : columns) bound |= std::find(key.columns.begin(), key.columns.end(), c) != key.columns.end();
    if (!bound) loose_keys_.push_back(f);
  }
}

Code marginal_code(const Codec &codec, bool not_null, Stream &random) {
  uint64_t total = 0;
  size_t first = not_null ? 1 : 0;
  for (size_t c = first; c < codec.counts.size(); ++c) total += codec.counts[c];
  if (total == 0) return static_cast<Code>(codec.codes > 1 ? 1 + random.below(static_cast<uint64_t>(codec.codes - 1)) : 0);
  uint64_t at = random.below(total);
  for (size_t c = first; c < codec.counts.size(); ++c) {
    if (at < codec.counts[c]) return static_cast<Code>(c);
    at -= codec.counts[c];
  }
  return null_code;
}

void print_as_parents(const World &world, int table, int column, ValueColumn &out) {
  for (int f = 0; f < world.keys(table); ++f) {
    const ForeignKey &key = world.key(table, f);
    for (size_t i = 0; i < key.child_columns.size(); ++i) {
      if (key.child_columns[i] != column || (key.self() && key.parent_columns[i] == column)) continue;
      const TableState &parent = world.tables[key.parent];
      const auto &values = parent.fixed ? world.model.tables[key.parent].kept_values : parent.values;
      size_t c = static_cast<size_t>(key.parent_columns[i]);
      if (c >= values.size()) continue;
      out.decimals = std::max(out.decimals, values[c].decimals);
      out.padded = values[c].padded;
    }
  }
}

void RowDrawer::fill_keys(Worker &w, Block &block, size_t r) const {
  size_t row = block.first + r;
  for (size_t c = 0; c < schema_.columns.size(); ++c) {
    ColumnRole role = plan_.columns[c].role;
    if (role != ColumnRole::Serial && role != ColumnRole::Uuid && role != ColumnRole::LineNumber) continue;
    copy_key(world_, table_, static_cast<int>(c), row, schema_.columns[c], block.columns[c], r);
  }
  fill_foreign(w, block, r);
}

// Copies the parent's key, but for columns of the row's own key that a self reference shares.
void RowDrawer::write_key(Worker &w, Block &block, size_t r, int fk, size_t parent) const {
  const ForeignKey &key = world_.key(table_, fk);
  for (size_t i = 0; i < key.child_columns.size(); ++i) {
    int c = key.child_columns[i];
    if (plan_.columns[c].role != ColumnRole::ForeignKey || (key.self() && key.parent_columns[i] == c)) continue;
    copy_key(world_, key.parent, key.parent_columns[i], parent, schema_.columns[c], block.columns[c], r);
    w.written[c] = 1;
  }
}

void RowDrawer::fill_foreign(Worker &w, Block &block, size_t r) const {
  size_t row = block.first + r;
  std::fill(w.written.begin(), w.written.end(), 0);
  for (int f = 0; f < world_.keys(table_); ++f) {
    int32_t parent = state_.parents[f][row];
    if (parent >= 0 && (closed_ || !world_.late(table_, f))) write_key(w, block, r, f, static_cast<size_t>(parent));
  }
  for (int f = 0; f < world_.keys(table_); ++f)
    if (state_.parents[f][row] == no_parent) fill_null_key(w, block, r, f);
  for (int f = 0; f < world_.keys(table_); ++f) {
    if (closed_ || !world_.late(table_, f)) continue;
    for (int c : world_.key(table_, f).child_columns)
      if (!w.written[c] && plan_.columns[c].role == ColumnRole::ForeignKey) block.columns[c].set_null(r);
  }
}

// A NULL key: NULL where the column may be and no other key needs it; else, under MATCH SIMPLE, any value of the parent's.
void RowDrawer::fill_null_key(Worker &w, Block &block, size_t r, int fk) const {
  const ForeignKey &key = world_.key(table_, fk);
  size_t rows = world_.tables[key.parent].rows;
  Stream random = world_.stream(table_, block.first + r, Purpose::Parent, static_cast<uint64_t>(fk), 1u << 30);
  size_t other = rows > 0 ? random.below(rows) : 0;
  for (size_t i = 0; i < key.child_columns.size(); ++i) {
    int c = key.child_columns[i];
    if (w.written[c] || plan_.columns[c].role != ColumnRole::ForeignKey) continue;
    if (!schema_.columns[c].not_null) {
      block.columns[c].set_null(r);
    } else if (rows > 0 && (closed_ || !world_.late(table_, fk))) {
      copy_key(world_, key.parent, key.parent_columns[i], other, schema_.columns[c], block.columns[c], r);
      w.written[c] = 1;
    }
  }
}

void RowDrawer::set_parent(Block &block, size_t r, int fk, int32_t parent) {
  if (again_.codes.empty()) again_ = worker();
  const bool ruled = std::any_of(steps_.begin(), steps_.end(), [&](const Step &step) { return step.rule && step.rule->reads_parent(fk); });
  const std::vector<Code> before = ruled ? alternatives(block, r) : std::vector<Code>();
  state_.parents[fk][block.first + r] = parent;
  if (ruled) follow(block, r, fk, {}, before);
  prepared_ = SIZE_MAX;
  fill_foreign(again_, block, r);
}

// A NULL key's NOT NULL columns that nothing else wrote.
void RowDrawer::fill_null_late(Block &block, size_t r, int fk) const {
  const ForeignKey &key = world_.key(table_, fk);
  size_t rows = world_.tables[key.parent].rows;
  if (rows == 0) return;
  Stream random = world_.stream(table_, block.first + r, Purpose::Parent, static_cast<uint64_t>(fk), 1u << 30);
  size_t other = random.below(rows);
  for (size_t i = 0; i < key.child_columns.size(); ++i) {
    int c = key.child_columns[i];
    if (schema_.columns[c].not_null && block.columns[c].nulls[r])
      copy_key(world_, key.parent, key.parent_columns[i], other, schema_.columns[c], block.columns[c], r);
  }
}

void RowDrawer::fill_late_key(Worker &w, Block &block, size_t r, int fk) const {
  const ForeignKey &key = world_.key(table_, fk);
  int32_t &parent = state_.parents[fk][block.first + r];
  if (parent < 0) return fill_null_late(block, r, fk);
  if (!referencable(world_, key, static_cast<size_t>(parent))) {
    size_t rows = world_.tables[key.parent].rows;
    size_t k = 0;
    while (!key.nullable && k < rows && !referencable(world_, key, (static_cast<size_t>(parent) + k) % rows)) ++k;
    parent = key.nullable ? no_parent : static_cast<int32_t>((static_cast<size_t>(parent) + k) % rows);
  }
  if (parent >= 0) write_key(w, block, r, fk, static_cast<size_t>(parent));
}

void RowDrawer::fill_late(Block &block) {
  closed_ = true;
  for (int f = 0; f < world_.keys(table_); ++f) {
    if (!world_.late(table_, f)) continue;
    for (int c : world_.key(table_, f).child_columns) print_as_parents(world_, table_, c, block.columns[c]);
  }
  constexpr size_t chunk = 1024;
  parallel_for((block.rows + chunk - 1) / chunk, world_.options.threads, world_.options.poll, [&](size_t i) {
    Worker w = worker();
    for (size_t r = i * chunk; r < std::min(block.rows, (i + 1) * chunk); ++r) {
      for (int f = 0; f < world_.keys(table_); ++f)
        if (world_.late(table_, f)) fill_late_key(w, block, r, f);
      std::fill(w.written.begin(), w.written.end(), 0);
    }
  });
}

}  // namespace relsynth::core
