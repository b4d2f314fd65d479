// rows: layout + model -> blocks of rows: codes by the conditionals, values by the codecs. Values: row_values.cpp;
// key columns: row_keys.cpp; rules: row_rules.cpp; what rows leave for the next: row_history.cpp.
#include "core/rows.h"

#include <algorithm>
#include <cmath>

namespace relsynth::core {

using Kind = FeatureRef::Kind;

RowDrawer::RowDrawer(World &world, int table)
    : world_(world),
      table_(table),
      schema_(world.schema.tables[table]),
      plan_(world.plan.tables[table]),
      model_(world.model.tables[table]),
      state_(world.tables[table]),
      deriver_(schema_, plan_, model_, world.options.seed, state_.name),
      step_of_(schema_.columns.size(), -1),
      own_slot_(schema_.columns.size(), -1),
      rule_slot_(schema_.columns.size(), -1),
      loose_(schema_.columns.size(), 0),
      based_(schema_.columns.size(), 0),
      in_key_(schema_.columns.size(), 0),
      member_place_(schema_.columns.size(), -1),
      held_place_(schema_.columns.size(), -1),
      no_base_(schema_.columns.size()),
      choice_step_(schema_.foreign_keys.size(), -1),
      other_below_(schema_.foreign_keys.size()) {
  if (state_.fixed) return;
  for (const ColumnModel &column : model_.columns) add_step(column);
  for (size_t c = 0; c < schema_.columns.size(); ++c) {
    bool coded = c < model_.codecs.size() && model_.codecs[c].encoding != Encoding::None;
    loose_[c] = coded && plan_.columns[c].role == ColumnRole::Model && step_of_[c] < 0;
  }
  for (const UniqueKey &key : schema_.keys)
    for (int c : key.columns)
      if (c >= 0) in_key_[c] = 1;
  find_loose();
  find_history();
  find_lineage();
}

// What a column is drawn relative to: a base, a guard, the row before.
void RowDrawer::add_bases(Step &step) {
  const ColumnModel &model = *step.model;
  if (model.relative) {
    step.relative = std::make_unique<RelativeDraw>(world_, table_, model.column, *model.relative, slots_of(model.relative->features));
    based_[model.column] = 1;
    if (model.relative->base.up == 0) based_[model.relative->base.column] = 1;
    for (const LinearTerm &term : model.relative->terms)
      if (term.up == 0) based_[term.column] = 1;
  }
  if (model.guard) {
    step.guard = std::make_unique<RelativeDraw>(world_, table_, model.column, *model.guard, slots_of(model.guard->features));
    if (model.guard->base.up == 0) based_[model.guard->base.column] = 1;
  }
  if (model.chain) {
    step.chain = std::make_unique<RelativeDraw>(world_, table_, model.column, *model.chain, slots_of(model.chain->features));
    int base = model.chain->base.column;
    if (step.chain->asks_first()) course_ = base;
    based_[model.column] = 1;
    for (int c : model.chain->partners) based_[c] = 1;
    need_value(base);
    no_base_[base] = model.chain->no_base;
    history_ = true;
  }
}

void RowDrawer::add_bounds(Step &step) {
  const int column = step.model->column;
  if (plan_.columns[column].ascending && model_.codecs[column].encoding == Encoding::Number) {
    step.ascent = std::make_unique<Ascent>(model_.codecs[column]);
    based_[column] = 1;
  }
  if (plan_.columns[column].within >= 0 && state_.ordinals.at(column).size() == state_.rows) {
    step.counted = std::make_unique<ValueEncoder>(model_.codecs[column]);
    based_[column] = 1;
  }
  if (plan_.columns[column].bounds.empty() || model_.codecs[column].encoding != Encoding::Number) return;
  step.bounds = std::make_unique<BoundDraw>(world_, table_, column);
  based_[column] = 1;
  for (const Bound &bound : plan_.columns[column].bounds)
    if (bound.input.path.empty()) based_[bound.input.column] = 1;
}

void RowDrawer::add_step(const ColumnModel &model) {
  if (model.column < 0 && !world_.drawn_choice(table_, model.fk)) return;
  Step step{&model, {model.conditional, slots_of(model.features)}};
  if (model.column >= 0) add_bases(step);
  if (model.column >= 0) add_bounds(step);
  if (model.grain) step.grain = {model.grain->conditional, slots_of(model.grain->features)};
  if (model.rule && model.column >= 0) add_rule(step);
  history_ |= !model.again.empty();
  if (model.column >= 0 && model.recall.share > 0) {
    step.recall = static_cast<int>(recalls_.size());
    recalls_.push_back(model.column);
    based_[model.column] = 1;
    for (int kind : model.recall.kinds) based_[kind] = 1;
    history_ = true;
  }
  int index = static_cast<int>(steps_.size());
  if (model.column >= 0) {
    step_of_[model.column] = index;
  } else {
    choice_step_[model.fk] = index;
    double sum = 0;
    for (float weight : model_.foreign_keys[model.fk].other_weight) other_below_[model.fk].push_back(sum += weight);
  }
  steps_.push_back(std::move(step));
  if (model.column < 0 || !plan_.columns[model.column].constant) return;
  held_place_[model.column] = static_cast<int>(held_.size());
  held_.push_back(model.column);
  based_[model.column] = 1;
  history_ = true;
}

uint16_t RowDrawer::slot_of(const FeatureRef &ref) {
  for (size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].ref == ref) return static_cast<uint16_t>(i);
  slots_.push_back({ref, resolve(world_, table_, ref, false), 0});
  if (ref.kind == Kind::Own) own_slot_[ref.column] = static_cast<int>(slots_.size() - 1);
  if (ref.kind == Kind::Rule) rule_slot_[ref.column] = static_cast<int>(slots_.size() - 1);
  history_ |= ref.kind == Kind::Previous || ref.kind == Kind::PreviousChoice || ref.kind == Kind::OwnStep ||
              ref.kind == Kind::OwnCalendar || is_history(ref.kind);
  return static_cast<uint16_t>(slots_.size() - 1);
}

std::vector<uint16_t> RowDrawer::slots_of(const std::vector<FeatureRef> &refs) {
  std::vector<uint16_t> slots;
  slots.reserve(refs.size());
  for (const FeatureRef &ref : refs) slots.push_back(slot_of(ref));
  return slots;
}

RowDrawer::Worker RowDrawer::worker() const {
  Worker w;
  w.slots.assign(slots_.size(), missing_code);
  w.codes.assign(schema_.columns.size(), null_code);
  w.choices.assign(schema_.foreign_keys.size(), null_code);
  w.choice_parent.assign(schema_.foreign_keys.size(), no_parent);
  w.written.assign(schema_.columns.size(), 0);
  w.named.assign(members_.size(), no_member);
  w.before.assign(schema_.columns.size(), NAN);
  return w;
}

// Features that stand before anything of the row is drawn.
void RowDrawer::context(Worker &w, const Place &place, const History *previous) const {
  set_before(w, previous);
  w.previous = previous;
  w.named = previous ? previous->named : std::vector<int32_t>();
  w.named.resize(members_.size(), no_member);
  w.course = {place.group_size - place.position + 1, place.group_size, previous ? previous->began : NAN};
  for (size_t f = 0; history_ && f < schema_.foreign_keys.size(); ++f) {
    const std::vector<Code> &codes = world_.choice_code[table_][f];
    if (codes.empty() || choice_step_[f] >= 0) continue;
    int32_t parent = state_.parents[f][place.row];
    w.choices[f] = parent < 0 ? null_code : codes[parent];
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    const Slot &slot = slots_[i];
    if (slot.ref.kind == Kind::Parent && slot.ref.fk == tree_)
      w.slots[i] = parent_code(slot.ref, place.row);
    else if (slot.ref.kind == Kind::Previous)
      w.slots[i] = previous ? previous->codes[slot.ref.column] : missing_code;
    else if (slot.ref.kind == Kind::PreviousChoice)
      w.slots[i] = previous ? previous->choices[slot.ref.fk] : missing_code;
    else if (is_history(slot.ref.kind))
      w.slots[i] = previous ? previous->past.feature(slot.history, w.course.left) : missing_code;
    else if (slot.ref.kind == Kind::Own || slot.ref.kind == Kind::OwnCalendar || slot.ref.kind == Kind::OwnStep ||
             slot.source.choice_fk >= 0)
      w.slots[i] = missing_code;
    else
      w.slots[i] = feature_code(slot.source, place);
  }
}

// The parent along a choice key is known: so are the features behind it.
void RowDrawer::set_choice(Worker &w, int fk, int32_t parent) const {
  const std::vector<Code> &codes = world_.choice_code[table_][fk];
  w.choice_parent[fk] = parent;
  w.choices[fk] = parent < 0 ? null_code : codes[parent];
  for (size_t i = 0; i < slots_.size(); ++i) {
    const FeatureSource &source = slots_[i].source;
    if (source.choice_fk != fk) continue;
    if (source.ref.kind == Kind::HasParent)
      w.slots[i] = has_parent_code(parent);
    else if (source.ref.kind == Kind::Choice)
      w.slots[i] = w.choices[fk];
    else
      w.slots[i] = parent >= 0 && source.codes ? source.codes[parent] : missing_code;
  }
}

void RowDrawer::set_own(Worker &w, int column, Code code) const {
  w.codes[column] = code;
  if (own_slot_[column] >= 0) w.slots[own_slot_[column]] = code;
  if (!w.previous) return;
  for (int i : steps_from_[column]) w.slots[i] = step_code(w.previous->codes[column], code, model_.codecs[column].ordered);
}

// One of the kept rows without a code of their own.
int32_t RowDrawer::other_row(int fk, Stream &random) const {
  const std::vector<double> &below = other_below_[fk];
  size_t rows = world_.tables[world_.key(table_, fk).parent].rows;
  if (below.empty() || below.size() != rows || below.back() <= 0) return static_cast<int32_t>(random.below(rows));
  auto found = std::upper_bound(below.begin(), below.end(), random.uniform() * below.back());
  return static_cast<int32_t>(std::min<size_t>(static_cast<size_t>(found - below.begin()), rows - 1));
}

int32_t RowDrawer::draw_choice(Worker &w, const Step &step, Stream &random) const {
  int fk = step.model->fk;
  const ForeignKey &key = world_.key(table_, fk);
  const std::vector<int32_t> &rows = model_.foreign_keys[fk].choice_rows;
  if (world_.tables[key.parent].rows == 0) return no_parent;
  w.row_of = nullptr;
  for (int attempt = 0; attempt < 64; ++attempt) {
    Code code = draw_code(w, step, random);
    if (code == null_code && key.nullable) return no_parent;
    if (code == null_code && attempt < 16) continue;
    int32_t parent = code > 0 && code <= rows.size() ? rows[code - 1] : other_row(fk, random);
    if (static_cast<size_t>(parent) < world_.tables[key.parent].rows && referencable(world_, key, parent)) return parent;
  }
  for (size_t row = 0; row < world_.tables[key.parent].rows; ++row)
    if (referencable(world_, key, row)) return static_cast<int32_t>(row);
  return no_parent;
}

// All steps of a row; `codes_only`: for history, with a block of its own that no one else reads.
void RowDrawer::draw_codes(Worker &w, const Place &place, const History *previous, Block &block, bool codes_only) const {
  context(w, place, previous);
  size_t r = place.row - block.first;
  for (const Step &step : steps_) {
    int column = step.model->column;
    if (column < 0) {
      set_choice(w, step.model->fk, state_.parents[step.model->fk][place.row]);
      continue;
    }
    Stream random(world_.options.seed, state_.name, place.row, static_cast<uint64_t>(column));
    w.row_of = nullptr;
    if (held_place_[column] >= 0 && previous)
      copy_held(w, column, block, r);
    else if (codes_only && !based_[column])
      set_own(w, column, draw_code(w, step, random));
    else
      draw_value(w, step, random, block, r);
    if (member_place_[column] >= 0) note_member(w, step, block, r);
    if (column == clock_) set_time(w, block, r);
  }
  if (codes_only) return;
  for (size_t c = 0; c < loose_.size(); ++c) {
    if (!loose_[c]) continue;
    Stream random(world_.options.seed, state_.name, place.row, static_cast<uint64_t>(c));
    set_value(block, r, static_cast<int>(c), marginal_code(model_.codecs[c], schema_.columns[c].not_null, random), random);
  }
}

void RowDrawer::set_value(Block &block, size_t r, int column, Code code, Stream &random) const {
  block.codes[column][r] = code;
  if (code == null_code) {
    block.columns[column].set_null(r);
    return;
  }
  block.columns[column].nulls[r] = 0;
  decode(model_.codecs[column], schema_.columns[column], code, random, block.columns[column], r);
}

Block RowDrawer::kept_block(size_t first, size_t count) const {
  Block block{table_, first, count, {}, {}};
  block.columns.resize(schema_.columns.size());
  block.codes.resize(schema_.columns.size());
  for (size_t c = 0; c < schema_.columns.size() && c < model_.kept.size(); ++c) {
    ValueColumn &out = block.columns[c];
    if (model_.kept[c].empty() || plan_.columns[c].role == ColumnRole::Generated) continue;
    out.repr = Repr::Text;
    out.resize(count);
    for (size_t r = 0; r < count; ++r) {
      out.nulls[r] = c < model_.kept_nulls.size() && first + r < model_.kept_nulls[c].size() ? model_.kept_nulls[c][first + r] : 0;
      if (!out.nulls[r]) out.texts[r] = model_.kept[c][first + r];
    }
  }
  return block;
}

Block RowDrawer::empty_block(size_t first, size_t count) const {
  Block block{table_, first, count, {}, {}};
  block.columns.resize(schema_.columns.size());
  block.codes.resize(schema_.columns.size());
  for (size_t c = 0; c < schema_.columns.size(); ++c) {
    if (plan_.columns[c].role == ColumnRole::Generated) continue;
    ValueColumn &out = block.columns[c];
    bool coded = plan_.columns[c].role == ColumnRole::Model && c < model_.codecs.size() && model_.codecs[c].encoding != Encoding::None;
    out.repr = coded ? model_.codecs[c].repr : repr_of(schema_.columns[c].cls);
    if (coded) {
      out.decimals = model_.codecs[c].number.decimals;
      out.padded = model_.codecs[c].number.padded;
    } else {
      print_as_parents(world_, table_, static_cast<int>(c), out);
    }
    out.resize(count);
    if (coded) block.codes[c].assign(count, null_code);
    if (plan_.columns[c].role == ColumnRole::Model && !coded)
      for (size_t r = 0; r < count; ++r) out.set_null(r);
  }
  return block;
}

// Where the parallel pieces of a block begin, and its end. History runs through a group, so pieces then begin with one.
std::vector<size_t> RowDrawer::chunks(size_t first, size_t count) const {
  constexpr size_t size = 1024;
  std::vector<size_t> begins{first};
  for (size_t row = first + size; row < first + count; row += size) {
    size_t begin = row;
    if (in_groups()) {
      Place place = place_of(state_, row);
      if (place.position > 1) begin = row - place.position + 1 + place.group_size;
    }
    if (begin > begins.back() && begin < first + count) begins.push_back(begin);
    row = std::max(row, begin);
  }
  begins.push_back(first + count);
  return begins;
}

void RowDrawer::begin_drawing(Drawing &drawing, size_t first, size_t count, int threads) {
  drawing = {empty_block(first, count), chunks(first, count), {}};
  drawn_ = std::max(drawn_, first + count);
  loop_.begin(drawing.begins.size() - 1, threads, [this, &drawing](size_t i) {
    History end = draw_chunk(drawing.block, drawing.begins[i], drawing.begins[i + 1]);
    if (i + 2 == drawing.begins.size()) drawing.last = std::move(end);
  });
}

Block RowDrawer::end_drawing(Drawing &drawing) {
  loop_.finish(world_.options.poll);
  Block block = std::move(drawing.block);
  const size_t first = block.first, last = block.first + block.rows - 1;
  if (history_ && place_of(state_, last).group_size > 1) originals_[last] = std::move(drawing.last);
  // The row before the block was drawn again since.
  auto final = first > 0 ? finals_.find(first - 1) : finals_.end();
  if (final != finals_.end() && place_of(state_, first).position > 1) carry(block, 0, originals_.at(first - 1).values, final->second);
  return block;
}

Block RowDrawer::draw(size_t first, size_t count) {
  if (ahead_) {
    Block block = end_drawing(*ahead_);
    ahead_.reset();
    if (block.first == first && block.rows == count) return block;
  }
  if (state_.fixed) return kept_block(first, count);
  if (count == 0) return empty_block(first, count);
  if (!lineage_columns_.empty() && first > drawn_) draw(drawn_, first - drawn_);
  if (!lineage_columns_.empty() && plan_.driver < 0) {
    Block block = empty_block(first, count);
    drawn_ = std::max(drawn_, first + count);
    draw_levels(block);
    return block;
  }
  Drawing drawing;
  begin_drawing(drawing, first, count, world_.options.threads - 1);
  return end_drawing(drawing);
}

void RowDrawer::draw_ahead(size_t first, size_t count) {
  if (state_.fixed || count == 0 || world_.options.threads < 2) return;
  if (!lineage_columns_.empty() && plan_.driver < 0) return;
  // Rows that copy keys of earlier ones wait for these.
  for (int f = 0; f < world_.keys(table_); ++f)
    if (world_.key(table_, f).self()) return;
  if (in_groups() && place_of(state_, first).position > 1) return;
  begin_drawing(ahead_.emplace(), first, count, world_.options.threads - 1);
}

void RowDrawer::draw_row(Worker &w, const Place &place, const History *previous, Block &block) {
  size_t r = place.row - block.first;
  draw_codes(w, place, previous, block, false);
  fill_keys(w, block, r);
  if (deriver_.any()) deriver_.derive(block, r);
  note_lineage(block, r);
}

// Returns what the last row leaves for the next one.
RowDrawer::History RowDrawer::draw_chunk(Block &block, size_t begin, size_t end) {
  Worker w = worker();
  History previous = blank();
  Place place = place_of(state_, begin);
  bool known = previous_of(begin, place, previous);
  for (size_t row = begin; row < end; ++row) {
    if (row > begin) place = place.position < place.group_size ? Place{row, place.position + 1, place.group_size} : place_of(state_, row);
    draw_row(w, place, known && place.position > 1 ? &previous : nullptr, block);
    if (history_) {
      previous.codes = w.codes;
      previous.choices = w.choices;
      previous.values = chain_values(block, row - block.first);
      previous.named = w.named;
      follow(previous, place.position == 1);
      remember(previous, place.position == 1, told_by(block, row - block.first));
      known = true;
    }
  }
  if (history_) previous.held = held_of(block, end - 1 - block.first);
  return previous;
}

// Sets up the context of a row for redraws, which mostly come several in a row.
void RowDrawer::prepare(const Block &block, size_t r) {
  size_t row = block.first + r;
  if (prepared_ == row) return;
  Place place = place_of(state_, row);
  if (again_.codes.empty()) again_ = worker();
  if (history_ && place.group_size > 1) originals_.try_emplace(row, history_of(block, r));
  bool known = history_ && place.position > 1;
  if (known) walk(block, row, place);
  if (known && r > 0) before_.values = chain_values(block, r - 1);
  if (auto final = row > 0 ? finals_.find(row - 1) : finals_.end(); known && r == 0 && final != finals_.end())
    before_.values = final->second;
  context(again_, place, known ? &before_ : nullptr);
  prepared_ = row;
}

void RowDrawer::redraw(Block &block, size_t r, const std::vector<int> &columns, const std::vector<int> &choices, uint64_t attempt, How how,
                       int width) {
  prepare(block, r);
  Worker &w = again_;
  size_t row = block.first + r;
  std::vector<double> was = chain_values(block, r);
  bool first = place_of(state_, row).position == 1;
  // A value that the group shares stays, unless nothing else helps.
  auto held = [&](int column) { return held_place_[column] >= 0 && !first && how == How::Conditional; };
  auto wanted = [](const std::vector<int> &list, int x) { return std::find(list.begin(), list.end(), x) != list.end(); };
  std::vector<int> redrawn = how == How::Conditional ? with_inputs(columns, row) : columns;
  const std::vector<int> asked = redrawn;
  for (const Step &step : steps_) {
    int column = step.model->column, fk = step.model->fk;
    if (column < 0 && wanted(choices, fk)) {
      redraw_choice(w, step, row, attempt, how);
    } else if (column < 0) {
      set_choice(w, fk, state_.parents[fk][row]);
    } else if (wanted(asked, column) && !held(column)) {
      redraw_column(w, block, r, column, attempt, how, width);
    } else if (!held(column) && follows(step, redrawn, choices, row)) {
      redraw_column(w, block, r, column, attempt, How::Conditional, 0);
      redrawn.push_back(column);
    } else {
      set_own(w, column, block.codes[column][r]);
      if (rule_slot_[column] >= 0)
        w.slots[rule_slot_[column]] = step.rule->found(block, r, member_place_[column] >= 0 ? last_member(w, column) : no_member);
    }
    if (column >= 0 && member_place_[column] >= 0) note_member(w, step, block, r);
    if (column >= 0 && column == clock_) set_time(w, block, r);
  }
  for (int c : columns)
    if (loose_[c]) redraw_column(w, block, r, c, attempt, how, width);
  if (!choices.empty()) fill_foreign(w, block, r);
  if (deriver_.any()) deriver_.derive_again(block, r, redrawn, attempt, row < state_.kept);
  if (first && !held_.empty()) spread_held(block, r);
  if (!was.empty()) carry(block, r + 1, std::move(was), chain_values(block, r));
}

void RowDrawer::redraw_choice(Worker &w, const Step &step, size_t row, uint64_t attempt, How how) const {
  int fk = step.model->fk;
  const ForeignKey &key = world_.key(table_, fk);
  size_t rows = world_.tables[key.parent].rows;
  Stream random = world_.stream(table_, row, Purpose::Parent, static_cast<uint64_t>(fk), attempt);
  size_t any = how == How::Widened && rows > 0 ? random.below(rows) : rows;
  bool fits = any < rows && referencable(world_, key, any);
  set_choice(w, fk, fits ? static_cast<int32_t>(any) : draw_choice(w, step, random));
  state_.parents[fk][row] = w.choice_parent[fk];
}

void RowDrawer::redraw_column(Worker &w, Block &block, size_t r, int column, uint64_t attempt, How how, int width) const {
  const Codec &codec = model_.codecs[column];
  Stream random(world_.options.seed, state_.name, block.first + r, static_cast<uint64_t>(column), attempt);
  Code code = null_code;
  block.columns[column].nulls[r] = 0;
  if (how == How::Widened && decode_widened(codec, schema_.columns[column], width, random, block.columns[column], r, code)) {
    block.codes[column][r] = code;
  } else {
    if (step_of_[column] >= 0) {
      draw_value(w, steps_[step_of_[column]], random, block, r);
      return;
    }
    code = marginal_code(codec, schema_.columns[column].not_null, random);
    set_value(block, r, column, code, random);
  }
  set_own(w, column, code);
}

}  // namespace relsynth::core
