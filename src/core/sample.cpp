// sample: model -> rows. Input: Schema, Plan, Model; output: blocks of rows, table by table in the plan's order.
#include "core/sample.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/layout.h"
#include "core/relative.h"
#include "core/rows.h"
#include "core/rules.h"
#include "core/spans.h"
#include "core/unique.h"
#include "core/world.h"

namespace relsynth::core {

namespace {

// Rows of a table that wait in memory for the rows that its totals are of; more are written with totals as drawn.
constexpr size_t most_waiting_rows = 300000;

// A column that adds up what is kept of another table.
struct RunningTotal {
  int table, column, child, fk;
  const Rule *rule;
  std::vector<double> sums;
  std::vector<uint32_t> rows;  // of the child, per row
};

std::vector<RunningTotal> totals_of(const World &world) {
  std::vector<RunningTotal> out;
  for (size_t t = 0; t < world.schema.tables.size(); ++t)
    for (size_t c = 0; c < world.plan.tables[t].columns.size(); ++c) {
      const Rule &rule = world.plan.tables[t].columns[c].rule;
      if (rule.kind != Rule::Kind::Total) continue;
      int child = world.schema.foreign_keys[rule.child_key].child;
      const std::vector<int> &keys = world.schema.tables[child].foreign_keys;
      auto fk = static_cast<int>(std::find(keys.begin(), keys.end(), rule.child_key) - keys.begin());
      out.push_back({static_cast<int>(t), static_cast<int>(c), child, fk, &rule, {}, {}});
    }
  return out;
}

// Adds a block of the child.
void add_up(const World &world, const Block &block, RunningTotal &total) {
  const std::vector<int32_t> &parents = world.parents(block.table, total.fk);
  for (size_t r = 0; r < block.rows && !total.sums.empty(); ++r) {
    int32_t p = parents[block.first + r];
    if (p < 0) continue;
    double share = total_share(*total.rule, [&](size_t i) {
      int c = total.rule->child_columns[i];
      return number_at(block.columns[c], r, world.schema.tables[block.table].columns[c].cls);
    });
    ++total.rows[p];
    if (!std::isnan(share)) total.sums[p] += share;
  }
}

}  // namespace

struct Sampler::State {
  State(const Schema &schema, const Plan &plan, const Model &model, SampleOptions options)
      : world(schema, plan, model, std::move(options)),
        drawers(schema.tables.size()),
        checkers(schema.tables.size()),
        closed(schema.tables.size(), 0),
        totals(totals_of(world)) {}

  void number(int table);
  void prepare(int table);
  void store(const Block &block);
  void prepare_spans(int table);
  void tell_spans(const Block &block);
  void prepare_sisters(int table);
  void tell_sisters(const Block &block);

  World world;
  std::vector<std::unique_ptr<RowDrawer>> drawers;
  std::vector<std::unique_ptr<KeyChecker>> checkers;
  std::vector<uint8_t> closed;  // the parents of Cut keys are assigned
  std::vector<RunningTotal> totals;
  std::map<int, std::vector<SpanEncoder>> spans;  // per table
  std::map<int, SisterGroup> sisters;             // per child table: of the group that its last row was of
};

// Integer keys, where a constraint decides which there are.
void Sampler::State::number(int table) {
  TableState &state = world.tables[table];
  const Table &t = world.schema.tables[table];
  for (size_t c = 0; c < t.columns.size() && world.options.serials; ++c) {
    if (world.plan.tables[table].columns[c].role != ColumnRole::Serial) continue;
    state.serials[c] = world.options.serials(table, static_cast<int>(c), state.first_serial[c], state.rows);
    if (state.serials[c].empty() || state.serials[c].size() >= state.rows) continue;
    for (size_t k = 0; k < t.keys.size(); ++k)
      if (t.keys[k].columns == std::vector<int>{static_cast<int>(c)})
        raise_capacity(world, table, static_cast<int>(k), static_cast<double>(state.rows), static_cast<double>(state.serials[c].size()));
  }
}

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
    values.padded = block.columns[c].padded;
    for (size_t r = 0; r < block.rows; ++r) convert(block.columns[c], r, t.columns[c], values, block.first + r, t.columns[c]);
  }
  state.keep(block.first + block.rows);
}

// Room for the spans that later tables read.
void Sampler::State::prepare_spans(int table) {
  for (const SpanModel &span : world.model.tables[table].spans) {
    if (!world.needs.spans.count({table, span.column})) continue;
    world.tables[table].spans[span.column].assign(world.tables[table].rows, missing_code);
    spans[table].emplace_back(world.schema.tables[table], span);
  }
}

void Sampler::State::tell_spans(const Block &block) {
  auto found = spans.find(block.table);
  if (found == spans.end()) return;
  for (const SpanEncoder &encoder : found->second) {
    auto codes = world.tables[block.table].spans.find(encoder.column());
    if (codes == world.tables[block.table].spans.end()) continue;
    for (size_t r = 0; r < block.rows; ++r) codes->second[block.first + r] = encoder.at(block.columns, r);
  }
}

// Room for what later tables ask of the parents of this one's groups.
void Sampler::State::prepare_sisters(int table) {
  std::vector<FeatureRef> refs;
  for (const auto &[item, until] : world.needs.sisters) {
    if (world.sister_child(item) != table) continue;
    refs.push_back({static_cast<FeatureRef::Kind>(item[0]), item[1], item[2]});
    TableState &parent = world.tables[world.sister_parent(item)];
    parent.sisters[item].assign(parent.rows, without_sisters(refs.back().kind));
  }
  if (refs.empty()) return;
  std::vector<uint8_t> ordered;
  for (const Codec &codec : world.model.tables[table].codecs) ordered.push_back(codec.ordered);
  sisters.insert_or_assign(table, SisterGroup(std::move(refs), ordered, world.schema.tables[table], world.model.tables[table].group_spans));
}

void Sampler::State::tell_sisters(const Block &block) {
  auto found = sisters.find(block.table);
  if (found == sisters.end()) return;
  SisterGroup &group = found->second;
  const int table = block.table, driver = world.plan.tables[table].driver;
  const TableState &state = world.tables[table];
  TableState &parent = world.tables[world.key(table, driver).parent];
  std::vector<Code> codes(block.codes.size(), null_code), choices(world.keys(table), null_code);
  for (size_t r = 0; r < block.rows; ++r) {
    const size_t row = block.first + r;
    const int32_t p = world.parents(table, driver)[row];
    if (p < 0) continue;
    const Place place = place_of(state, row);
    if (place.position == 1) group.begin();
    for (size_t c = 0; c < codes.size(); ++c)
      if (!block.codes[c].empty()) codes[c] = block.codes[c][r];
    for (int f = 0; f < world.keys(table); ++f) {
      if (world.choice_code[table][f].empty()) continue;
      const int32_t kept = world.parents(table, f)[row];
      choices[f] = kept < 0 ? null_code : world.choice_code[table][f][kept];
    }
    group.add(codes, choices, block.columns, r);
    if (place.position < place.group_size) continue;
    for (size_t i = 0; i < group.refs().size(); ++i) parent.sisters.at(sister_key(group.refs()[i]))[p] = group.feature(i);
  }
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
    state.serials.resize(columns.size());
    for (size_t c = 0; c < columns.size(); ++c)
      if (columns[c].role == ColumnRole::Serial && world.options.first_serial)
        state.first_serial[c] = world.options.first_serial(table, static_cast<int>(c));
    build_structure(world, table);
    state_->number(table);
    state_->prepare(table);
    state_->prepare_spans(table);
    state_->prepare_sisters(table);
    for (RunningTotal &total : state_->totals)
      if (total.table == table && state.rows <= most_waiting_rows) {
        total.sums.assign(state.rows, 0);
        total.rows.assign(state.rows, 0);
      }
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

void Sampler::draw_ahead(int table, size_t first, size_t count) { state_->drawers[table]->draw_ahead(first, count); }

size_t Sampler::block_end(int table, size_t first, size_t count) const { return state_->drawers[table]->block_end(first, count); }

std::vector<Rejection> Sampler::check_keys(const Block &block) { return state_->checkers[block.table]->check(block); }

void Sampler::redraw(Block &block, const std::vector<Rejection> &rejections, int) {
  if (state_->world.tables[block.table].fixed) return;
  state_->checkers[block.table]->redraw(block, rejections);
}

void Sampler::keep(const Block &block) {
  if (state_->world.tables[block.table].fixed) return;
  state_->checkers[block.table]->keep(block);
  state_->store(block);
  state_->tell_spans(block);
  state_->tell_sisters(block);
  for (RunningTotal &total : state_->totals)
    if (total.child == block.table) add_up(state_->world, block, total);
  state_->drawers[block.table]->forget(block);
}

void Sampler::confine(int foreign_key, const Block &block, const std::vector<uint8_t> &inside) {
  TableState &state = state_->world.tables[block.table];
  std::vector<uint8_t> &rows = state.inside[foreign_key];
  rows.resize(state.rows, 1);
  std::copy(inside.begin(), inside.end(), rows.begin() + static_cast<ptrdiff_t>(block.first));
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
  for (const RunningTotal &total : state_->totals)
    if (total.table == table && !total.sums.empty() && !world.tables[total.child].ended) return true;
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
  for (const RunningTotal &total : state_->totals) {
    if (total.table != block.table) continue;
    for (size_t r = 0; r < block.rows && !total.sums.empty(); ++r) {
      size_t row = block.first + r;
      if (total.rows[row] == 0 && total.rule->empty == Rule::Empty::Own) continue;
      bool null = total.rows[row] == 0 && total.rule->empty == Rule::Empty::Null;
      state_->drawers[block.table]->put_total(block, r, total.column, null ? NAN : total.sums[row]);
    }
  }
}

size_t Sampler::memory() const { return state_->world.memory(); }

}  // namespace relsynth::core
