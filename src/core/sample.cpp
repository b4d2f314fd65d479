// sample: model -> rows. Input: Schema, Plan, Model; output: blocks of rows, table by table in the plan's order.
#include "core/sample.h"

#include <algorithm>

#include "core/error.h"
#include "core/layout.h"
#include "core/rows.h"
#include "core/unique.h"
#include "core/world.h"

namespace relsynth::core {

struct Sampler::State {
  State(const Schema &schema, const Plan &plan, const Model &model, SampleOptions options)
      : world(schema, plan, model, std::move(options)),
        drawers(schema.tables.size()),
        checkers(schema.tables.size()),
        closed(schema.tables.size(), 0) {}

  void prepare(int table);
  void store(const Block &block);

  World world;
  std::vector<std::unique_ptr<RowDrawer>> drawers;
  std::vector<std::unique_ptr<KeyChecker>> checkers;
  std::vector<uint8_t> closed;  // the parents of Cut keys are assigned
};

// Room for what later tables read of this one.
void Sampler::State::prepare(int table) {
  TableState &state = world.tables[table];
  const Table &t = world.schema.tables[table];
  const TablePlan &plan = world.plan.tables[table];
  state.codes.resize(t.columns.size());
  state.values.resize(t.columns.size());
  for (const auto &[item, until] : world.needs.codes)
    if (item.first == table && !world.model.tables[table].codecs.empty() &&
        world.model.tables[table].codecs[item.second].encoding != Encoding::None)
      state.codes[item.second].assign(state.rows, missing_code);
  for (const auto &[item, until] : world.needs.values) {
    if (item.first != table) continue;
    const ColumnRole role = plan.columns[item.second].role;
    if (role == ColumnRole::Serial || role == ColumnRole::Uuid) continue;
    ValueColumn &values = state.values[item.second];
    values.repr = repr_of(t.columns[item.second].cls);
    values.resize(state.rows);
  }
}

void Sampler::State::store(const Block &block) {
  TableState &state = world.tables[block.table];
  const Table &t = world.schema.tables[block.table];
  for (size_t c = 0; c < state.codes.size(); ++c)
    if (!state.codes[c].empty() && !block.codes[c].empty())
      std::copy(block.codes[c].begin(), block.codes[c].end(), state.codes[c].begin() + static_cast<ptrdiff_t>(block.first));
  for (size_t c = 0; c < state.values.size(); ++c) {
    ValueColumn &values = state.values[c];
    if (values.size() == 0 || block.columns[c].size() == 0) continue;
    values.decimals = std::max(values.decimals, block.columns[c].decimals);
    for (size_t r = 0; r < block.rows; ++r) convert(block.columns[c], r, t.columns[c], values, block.first + r, t.columns[c]);
  }
  state.kept = std::max(state.kept, block.first + block.rows);
}

Sampler::Sampler(const Schema &schema, const Plan &plan, const Model &model, SampleOptions options)
    : state_(std::make_unique<State>(schema, plan, model, std::move(options))) {}

Sampler::~Sampler() = default;

void Sampler::begin(int table) {
  World &world = state_->world;
  TableState &state = world.tables[table];
  if (!state.fixed) {
    const std::vector<ColumnPlan> &columns = world.plan.tables[table].columns;
    state.first_serial.assign(columns.size(), 1);
    for (size_t c = 0; c < columns.size(); ++c)
      if (columns[c].role == ColumnRole::Serial && world.options.first_serial)
        state.first_serial[c] = world.options.first_serial(table, static_cast<int>(c));
    build_structure(world, table);
    state_->prepare(table);
  }
  state_->drawers[table] = std::make_unique<RowDrawer>(world, table);
  state_->checkers[table] = std::make_unique<KeyChecker>(world, table, *state_->drawers[table]);
}

size_t Sampler::rows(int table) const { return state_->world.tables[table].rows; }

Block Sampler::draw(int table, size_t first, size_t count) {
  size_t rows = state_->world.tables[table].rows;
  first = std::min(first, rows);
  return state_->drawers[table]->draw(first, std::min(count, rows - first));
}

std::vector<Rejection> Sampler::check_keys(const Block &block) { return state_->checkers[block.table]->check(block); }

void Sampler::redraw(Block &block, const std::vector<Rejection> &rejections, int) {
  if (state_->world.tables[block.table].fixed) return;
  state_->checkers[block.table]->redraw(block, rejections);
}

void Sampler::keep(const Block &block) {
  if (state_->world.tables[block.table].fixed) return;
  state_->checkers[block.table]->keep(block);
  state_->store(block);
  state_->drawers[block.table]->forget(block);
}

void Sampler::end(int table) {
  World &world = state_->world;
  world.tables[table].ended = true;
  if (!world.has_late(table)) {
    state_->checkers[table].reset();
    state_->drawers[table].reset();
  }
  world.release(world.position[table]);
}

bool Sampler::deferred(int table) const {
  const World &world = state_->world;
  if (world.tables[table].fixed) return false;
  for (int f = 0; f < world.keys(table); ++f)
    if (world.late(table, f) && !world.tables[world.key(table, f).parent].ended) return true;
  return false;
}

void Sampler::close(Block &block) {
  World &world = state_->world;
  if (!world.has_late(block.table)) return;
  if (!state_->closed[block.table]) {
    for (int f : assignment_order(world, block.table))
      if (world.role(block.table, f) == FkRole::Cut) assign_parents(world, block.table, f);
    state_->closed[block.table] = 1;
  }
  state_->drawers[block.table]->fill_late(block);
}

size_t Sampler::memory() const { return state_->world.memory(); }

}  // namespace relsynth::core
