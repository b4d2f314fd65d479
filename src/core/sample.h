// sample: model -> rows. Per table: structure (group sizes and the parents of every row), then blocks of rows, keys included.
// Rows are a pure function of (model, seed, table, row): blocks may be drawn in any order and by any number of threads.
#pragma once

#include <memory>
#include <vector>

#include "core/model.h"
#include "core/parallel.h"
#include "core/plan.h"

namespace relsynth::core {

struct SampleOptions {
  uint64_t seed = 0;
  double scale = 1.0;
  int threads = 1;
  Poll poll;
  // First value of Serial columns per table and column, for append; default 1.
  std::function<int64_t(int table, int column)> first_serial;
  // Values of Serial columns for a number of rows from a first one on; empty: counted up one by one. Fewer: no more are allowed.
  std::function<std::vector<int64_t>(int table, int column, int64_t first, size_t rows)> serials;
  // Bytes that the structure of one table may take; 0: half of the machine's memory.
  double memory = 0;
};

// Use, per table in plan.order: begin(t); for blocks: draw(), fix by redraw() until every constraint holds, keep(); end(t).
// A table with a Cut foreign key is begun and drawn like any other, but its blocks are written only after close(t) filled those columns,
// which needs the parent to have ended: Plan::order says when (see deferred()).
class Sampler {
 public:
  Sampler(const Schema &schema, const Plan &plan, const Model &model, SampleOptions options);
  ~Sampler();

  // Structure: row count, group sizes, parents. Throws Error 23514/23505 naming constraint and counts where a key cannot hold that many rows.
  void begin(int table);
  size_t rows(int table) const;

  // Rows [first, first + count), all columns but those of Cut keys; keys made, plain unique keys NOT yet checked.
  Block draw(int table, size_t first, size_t count);

  // The same in the background, for draw() of these rows to take. Helps where there are several threads and rows do not depend on how the
  // block before ends; block_end() is where a block of about so many rows should, for that.
  void draw_ahead(int table, size_t first, size_t count);
  size_t block_end(int table, size_t first, size_t count) const;

  // Checks the plain unique keys of the block against all kept rows and within itself. Blocks come in row order.
  std::vector<Rejection> check_keys(const Block &block);

  // Draws the rejected rows again (attempt 1, 2, ...). The columns of rejection widen with the attempt (see decode_widened).
  void redraw(Block &block, const std::vector<Rejection> &rejections, int attempt);

  // Takes note of an accepted block: keys used, codes and key values that children, self references and cut keys need.
  void keep(const Block &block);

  // Of a block that is kept: which rows are in the partition that a foreign key (of the schema) to this table refers to.
  void confine(int foreign_key, const Block &block, const std::vector<uint8_t> &inside);

  // All rows kept: what only structure needed is released.
  void end(int table);

  // Tables in a cycle: true while the table has a Cut key whose parent has not ended.
  bool deferred(int table) const;
  // Fills the columns of Cut keys of a drawn block.
  void close(Block &block);

  // Bytes held for tables that are still needed.
  size_t memory() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace relsynth::core
