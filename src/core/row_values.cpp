// rows, values: the code of a column given the row so far, and its value: by itself, from a base or the row before, within its bounds.
#include <algorithm>
#include <cmath>

#include "core/grain.h"
#include "core/rows.h"

namespace relsynth::core {

// By the conditional, what the group has already by its weight there: rejection sampling.
Code RowDrawer::draw_recurring(Worker &w, const Step &step, Stream &random) const {
  if (w.row_of != &step) step.conditional.read(w.slots.data(), w.row);
  w.row_of = &step;
  constexpr int most_attempts = 100;
  const std::vector<float> &again = step.model->again;
  Code code = step.conditional.draw(w.row, random);
  if (step.recurring < 0 || !w.previous) return code;
  const std::bitset<256> &had = w.previous->past.had(static_cast<size_t>(step.recurring));
  float most = 1;
  for (size_t c = 0; c < had.size(); ++c)
    if (had[c]) most = std::max(most, again[c]);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (random.uniform() * most < (had[code] ? again[code] : 1)) return code;
    code = step.conditional.draw(w.row, random);
  }
  return code;
}

Code RowDrawer::draw_code(Worker &w, const Step &step, Stream &random) const {
  constexpr int most_attempts = 64;
  int column = step.model->column;
  const Presence &presence = step.model->presence;
  uint8_t null = presence.column >= 0 ? presence.null_at[w.codes[presence.column]] : 2;
  if (null == 1 && !schema_.columns[column].not_null) return null_code;
  Code code = draw_recurring(w, step, random);
  if (column < 0 || code != null_code || (!schema_.columns[column].not_null && null != 0)) return code;
  for (int attempt = 0; attempt < most_attempts && code == null_code; ++attempt) code = draw_recurring(w, step, random);
  return code != null_code ? code : marginal_code(model_.codecs[column], true, random);
}

// A value of the code, as coarse as the row lets expect.
void RowDrawer::put_code(Worker &w, const Step &step, Code code, Stream &random, Block &block, size_t r) const {
  const int column = step.model->column;
  const Codec &codec = model_.codecs[column];
  if (!step.model->grain || !is_range(codec.number, code)) return set_value(block, r, column, code, random);
  set_own(w, column, code);
  const double value = draw_grained(codec.number, code, step.model->grain->grids, step.grain.draw(w.slots.data(), random), random);
  put_number(codec, schema_.columns[column], value, block.columns[column], r);
  block.codes[column][r] = code;
}

// Draws the value without looking at the row before, by its code or as a difference to a base that is there; draws again what lies on the
// wrong side of its base, or of the row before. `code`: missing_code where none is drawn yet.
Code RowDrawer::draw_bounded(Worker &w, const Step &step, Code code, double chained, Stream &random, Block &block, size_t r) const {
  constexpr int most_attempts = 16;
  // What first rows have to do with their base is no affair of the others.
  bool later = step.relative && step.model->relative->first_rows && !std::isnan(chained);
  const RelativeDraw *by = later ? step.guard.get() : step.relative.get();
  const RelativeDraw *bound = by && by->bound() ? by : step.guard && step.guard->bound() ? step.guard.get() : nullptr;
  double base = by ? by->base(block, r, w.before) : NAN, limit = bound ? bound->base(block, r, w.before) : NAN;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (std::isnan(base) || by->bound()) {
      if (code == missing_code) code = draw_code(w, step, random);
      put_code(w, step, code, random, block, r);
    } else {
      by->draw(base, w.slots.data(), w.course, random, block, r, code);
    }
    if ((std::isnan(limit) || bound->holds(limit, block, r)) && (std::isnan(chained) || step.chain->holds(chained, block, r)))
      return block.codes[step.model->column][r];
    Code next = draw_code(w, step, random);
    if (next != null_code) code = next;
  }
  bool broken = !std::isnan(chained) && !step.chain->holds(chained, block, r);
  return broken ? step.chain->put_bound(chained, block, r) : bound->put_bound(limit, block, r);
}

// Draws the value as a difference to the row before, as far from another base as it may be; false if that is not to be had.
bool RowDrawer::draw_chained(Worker &w, const Step &step, double chained, Stream &random, Block &block, size_t r, Code &code) const {
  constexpr int most_attempts = 4;
  const RelativeDraw *guard = step.relative && !step.model->relative->first_rows ? step.relative.get() : step.guard.get();
  double base = guard ? guard->base(block, r, w.before) : NAN;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (!step.chain->draw(chained, w.slots.data(), w.course, random, block, r, code)) return false;
    if (std::isnan(base) || guard->within(base, block, r)) return true;
  }
  return false;
}

// Draws a column, again and again while it is out of its bounds.
Code RowDrawer::draw_value(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const {
  constexpr int most_attempts = 16;
  int column = step.model->column;
  if (step.counted) return put_ordinal(w, step, block, r);
  if (step.rule && put_by_rule(w, step, random, block, r)) return block.codes[column][r];
  Code code = draw_free(w, step, random, block, r);
  if (step.recall >= 0 && code != null_code && put_recalled(w, step, random, block, r)) code = block.codes[column][r];
  if (!step.bounds || step.bounds->holds(block, r)) return code;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    code = draw_free(w, step, random, block, r);
    if (step.bounds->holds(block, r)) return code;
  }
  code = step.bounds->put_within(block, r);
  set_own(w, column, code);
  return code;
}

// Along the rows' numbers.
Code RowDrawer::draw_ascending(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const {
  const int column = step.model->column;
  const double place = static_cast<double>(block.first + r) + random.uniform();
  Code code = null_code;
  const double value = step.ascent->value_at(std::min(place / static_cast<double>(state_.rows), 1.0), code);
  if (code == null_code) return null_code;
  const Codec &codec = model_.codecs[column];
  ValueColumn &out = block.columns[column];
  out.nulls[r] = 0;
  store_number(value, limits_of(schema_.columns[column], codec.number.decimals), out, r);
  block.codes[column][r] = code;
  set_own(w, column, code);
  return code;
}

// The number of the row among those that share two parents with it.
Code RowDrawer::put_ordinal(Worker &w, const Step &step, Block &block, size_t r) const {
  const int column = step.model->column;
  ValueColumn &out = block.columns[column];
  out.nulls[r] = 0;
  out.ints[r] = state_.ordinals[column][block.first + r];
  block.codes[column][r] = step.counted->encode(out, r);
  set_own(w, column, block.codes[column][r]);
  return block.codes[column][r];
}

// As a difference to the row before or to its base where it has one.
Code RowDrawer::draw_free(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const {
  int column = step.model->column;
  w.row_of = nullptr;
  block.columns[column].nulls[r] = 0;
  if (step.ascent)
    if (Code along = draw_ascending(w, step, random, block, r); along != null_code) return along;
  Code code = missing_code;  // not drawn: a difference may do without
  if (step.conditional.gives_null() || step.model->presence.column >= 0) code = draw_code(w, step, random);
  if (code == null_code) {
    set_value(block, r, column, code, random);
    set_own(w, column, code);
    return code;
  }
  double chained = step.chain ? step.chain->base(block, r, w.before) : NAN;
  Code own = code;
  bool drawn = !std::isnan(chained) && !step.chain->bound() && draw_chained(w, step, chained, random, block, r, own);
  if (!drawn) own = draw_bounded(w, step, code, chained, random, block, r);
  set_own(w, column, own);
  return own;
}

}  // namespace relsynth::core
