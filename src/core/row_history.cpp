// rows, history: what a row's group leaves for the next row: codes, values that chains start from, values that the group shares; and what
// follows from a row that was drawn again.
#include <algorithm>
#include <cmath>

#include "core/clock.h"
#include "core/rows.h"

namespace relsynth::core {

using Kind = FeatureRef::Kind;

RowDrawer::Held RowDrawer::value_of(const Block &block, size_t r, int column) const {
  Held held;
  held.value.repr = block.columns[column].repr;
  held.value.resize(1);
  held.value.copy(0, block.columns[column], r);
  held.code = block.codes[column][r];
  return held;
}

std::vector<RowDrawer::Held> RowDrawer::held_of(const Block &block, size_t r) const {
  std::vector<Held> held;
  for (int c : held_) held.push_back(value_of(block, r, c));
  return held;
}

// The value of the row before, which may be of the block before.
void RowDrawer::copy_held(Worker &w, int column, Block &block, size_t r) const {
  ValueColumn &values = block.columns[column];
  const Held *held = r == 0 ? &w.previous->held[held_place_[column]] : nullptr;
  values.copy(r, held ? held->value : values, held ? 0 : r - 1);
  block.codes[column][r] = held ? held->code : block.codes[column][r - 1];
  set_own(w, column, block.codes[column][r]);
}

// The rest of the group has the row's values too.
void RowDrawer::spread_held(Block &block, size_t r) const {
  if (block.first + r < state_.kept) return;
  for (size_t next = r + 1; next < block.rows && place_of(state_, block.first + next).position > 1; ++next)
    for (int c : held_) {
      block.columns[c].copy(next, block.columns[c], r);
      block.codes[c][next] = block.codes[c][r];
    }
}

RowDrawer::History RowDrawer::blank() const {
  History history;
  history.past = past_;
  return history;
}

// Takes the row's codes into what the group comes to.
void RowDrawer::follow(History &history, bool first) const {
  if (first && course_ >= 0) history.began = history.values[course_];
  if (history.past.empty()) return;
  if (first) history.past.begin();
  history.past.add({history.codes, history.values});
}

RowDrawer::History RowDrawer::history_of(const Block &block, size_t r) const {
  History history;
  history.codes.assign(schema_.columns.size(), null_code);
  history.choices.assign(schema_.foreign_keys.size(), null_code);
  for (size_t c = 0; c < schema_.columns.size(); ++c)
    if (!block.codes[c].empty()) history.codes[c] = block.codes[c][r];
  for (size_t f = 0; f < schema_.foreign_keys.size(); ++f) {
    const std::vector<Code> &codes = world_.choice_code[table_][f];
    if (codes.empty()) continue;
    int32_t parent = state_.parents[f][block.first + r];
    history.choices[f] = parent < 0 ? null_code : codes[parent];
  }
  history.values = chain_values(block, r);
  history.named = members_of(block, r);
  history.told = told_by(block, r);
  return history;
}

std::vector<double> RowDrawer::chain_values(const Block &block, size_t r) const {
  if (chain_columns_.empty()) return {};
  std::vector<double> values(schema_.columns.size(), NAN);
  for (int c : chain_columns_) values[c] = number_at(block.columns[c], r, schema_.columns[c].cls);
  return values;
}

// What the row before `row`, which lies in an earlier block, was first drawn as; false when it is of another group.
bool RowDrawer::previous_of(size_t row, const Place &place, History &previous) const {
  if (!history_ || place.position <= 1) return false;
  auto original = originals_.find(row - 1);
  bool whole =
      original != originals_.end() && original->second.held.size() == held_.size() && original->second.past.empty() == past_.empty();
  previous = whole ? original->second : replay(row - 1);
  return true;
}

// Sets before_ to the row before `row`: from where it stands if that is of the same group, else from the group's first row in the block.
void RowDrawer::walk(const Block &block, size_t row, const Place &place) {
  size_t begin = row - place.position + 1, at = before_row_ + 1;
  if (before_block_ != block.first || before_row_ < begin || before_row_ >= row) {
    at = std::max(begin, block.first);
    if (begin >= block.first)
      before_ = blank();
    else if (auto original = originals_.find(at - 1); original != originals_.end())
      before_ = original->second;
    else
      before_ = replay(at - 1);
  }
  for (; at < row; ++at) {
    auto original = originals_.find(at);
    History next = original != originals_.end() ? original->second : history_of(block, at - block.first);
    next.past = std::move(before_.past);
    next.began = before_.began;
    next.named.resize(members_.size(), no_member);
    for (size_t i = 0; i < before_.named.size(); ++i)
      if (next.named[i] < 0) next.named[i] = before_.named[i];
    follow(next, at == begin);
    next.recalled = std::move(before_.recalled);
    remember(next, at == begin, next.told);
    before_ = std::move(next);
  }
  before_block_ = block.first;
  before_row_ = row - 1;
}

// The codes of a row of an earlier block, drawn once more from its group's first row on.
RowDrawer::History RowDrawer::replay(size_t row) const {
  Worker w = worker();
  History previous = blank();
  size_t begin = row - place_of(state_, row).position + 1;
  Block scratch = empty_block(begin, 1);
  for (size_t at = begin; at <= row; ++at) {
    scratch.first = at;
    draw_codes(w, place_of(state_, at), at > begin ? &previous : nullptr, scratch, true);
    previous.codes = w.codes;
    previous.choices = w.choices;
    previous.values = chain_values(scratch, 0);
    previous.named = w.named;
    previous.held = held_of(scratch, 0);
    follow(previous, at == begin);
    remember(previous, at == begin, told_by(scratch, 0));
  }
  return previous;
}

void RowDrawer::forget(const Block &block) {
  if (block.rows == 0) return;
  auto last = block.first + block.rows - 1;
  auto original = originals_.find(last);
  if (original != originals_.end()) original->second.held = held_of(block, block.rows - 1);
  finals_.clear();
  if (original != originals_.end() && !chain_columns_.empty() && chain_values(block, block.rows - 1) != original->second.values)
    finals_[last] = chain_values(block, block.rows - 1);
  if (world_.has_late(table_)) return;
  originals_.erase(originals_.begin(), originals_.lower_bound(last));
}

// What follows a row whose values are no longer those that it was drawn with: the differences to it stay, the values move.
void RowDrawer::carry(Block &block, size_t from, std::vector<double> was, std::vector<double> now) {
  bool moved = true;
  for (size_t r = from; moved && r < block.rows && place_of(state_, block.first + r).position > 1; ++r) {
    if (r % 4096 == 0) world_.poll();
    moved = carry_row(block, r, was, now);
  }
}

// Moves one row by what its bases moved from `was` to `now`, which become its own; false if it stays as it is.
bool RowDrawer::carry_row(Block &block, size_t r, std::vector<double> &was, std::vector<double> &now) {
  bool kept = block.first + r < state_.kept;
  bool moved = false;
  History old = history_of(block, r);
  auto value = [&](int c) { return number_at(block.columns[c], r, schema_.columns[c].cls); };
  std::vector<double> before(schema_.columns.size(), NAN);
  for (const Step &step : steps_)
    if (int c = step.model->column; c >= 0 && block.columns[c].repr != Repr::Text) before[c] = value(c);
  for (const Step &step : steps_) {
    int c = step.model->column;
    if (c < 0 || held_place_[c] >= 0 || (kept && in_key_[c])) continue;
    bool chained = step.chain && !step.chain->bound() && !std::isnan(was[step.model->chain->base.column]);
    bool own = !chained && step.relative && !step.relative->bound() && step.model->relative->base.up == 0;
    if (!chained && !own) continue;
    const RelativeDraw &draw = chained ? *step.chain : *step.relative;
    const BaseRef &base = chained ? step.model->chain->base : step.model->relative->base;
    double shift = draw.base(block, r, now) - draw.units(chained ? was[base.column] : before[base.column]);
    if (std::isnan(shift) || shift == 0) continue;
    draw.shift(shift, draw.base(block, r, now), block, r);
    moved = moved || value(c) != before[c];
  }
  if (!moved) return false;
  was = old.values;
  now = chain_values(block, r);
  originals_.try_emplace(block.first + r, std::move(old));
  return true;
}

// Values of the row before that columns may be relative to.
void RowDrawer::set_before(Worker &w, const History *previous) const {
  for (int c : chain_columns_) {
    bool base = previous && std::find(no_base_[c].begin(), no_base_[c].end(), previous->codes[c]) == no_base_[c].end();
    w.before[c] = base ? previous->values[c] : NAN;
  }
}

// The row's time stands: so do the features that go by it.
void RowDrawer::set_time(Worker &w, const Block &block, size_t r) const {
  TypeClass cls = schema_.columns[clock_].cls;
  double now = days_of(number_at(block.columns[clock_], r, cls), cls);
  double before = w.previous ? days_of(w.previous->values[clock_], cls) : NAN;
  const auto codes = own_day_codes(now, before);
  for (int i : timed_) w.slots[i] = codes[slots_[i].ref.fk];
}

// The value of the row before is asked for, so that it is drawn even where only codes are.
void RowDrawer::need_value(int column) {
  based_[column] = 1;
  if (std::find(chain_columns_.begin(), chain_columns_.end(), column) == chain_columns_.end()) chain_columns_.push_back(column);
}

// Which features the rows before decide, alone or with a column of the row.
void RowDrawer::find_history() {
  steps_from_.resize(schema_.columns.size());
  std::vector<FeatureRef> refs;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const FeatureRef &ref = slots_[i].ref;
    if (ref.kind == Kind::OwnStep) steps_from_[ref.column].push_back(static_cast<int>(i));
    if (ref.kind == Kind::OwnCalendar) {
      timed_.push_back(static_cast<int>(i));
      need_value(clock_ = ref.column);
    }
    if (!is_history(ref.kind)) continue;
    slots_[i].history = refs.size();
    refs.push_back(ref);
    if (ref.kind == Kind::Calendar || ref.kind == Kind::Pace) need_value(ref.column);
  }
  std::vector<int> recurring;
  for (Step &step : steps_) {
    if (step.model->again.empty()) continue;
    step.recurring = static_cast<int>(recurring.size());
    recurring.push_back(step.model->column);
  }
  std::vector<HistoryColumn> columns(schema_.columns.size());
  for (size_t c = 0; c < model_.codecs.size(); ++c)
    columns[c] = {model_.codecs[c].ordered, schema_.columns[c].cls, end_of(model_.codecs[c].number)};
  past_ = GroupHistory(refs, columns, recurring);
}

// With the end of a group, if that is near.
size_t RowDrawer::block_end(size_t first, size_t count) const {
  const size_t end = std::min(first + count, state_.rows);
  if (!in_groups() || end == state_.rows) return end;
  const Place place = place_of(state_, end);
  const size_t next = end - place.position + 1 + place.group_size;
  return place.position > 1 && next - first <= 2 * count ? next : end;
}

}  // namespace relsynth::core
