// rows that have the value of an earlier row of their kind in the group again (recall.h).
#include "core/rows.h"

namespace relsynth::core {

// Puts the last value of the row's kind in place of a fresh one, as often as learned.
bool RowDrawer::put_recalled(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const {
  const size_t place = static_cast<size_t>(step.recall);
  if (!w.previous || place >= w.previous->recalled.size()) return false;
  const RecallModel &recall = step.model->recall;
  const uint32_t kind = recall.kind_of(block.codes, r);
  const Recalled::Value *last = w.previous->recalled[place].find(kind);
  if (!last || random.uniform() >= recall.share_of(kind)) return false;
  const int column = step.model->column;
  block.columns[column].copy(r, last->value, 0);
  block.codes[column][r] = last->code;
  set_own(w, column, last->code);
  return true;
}

// What the row leaves to others of its kind.
std::vector<Recalled::Value> RowDrawer::told_by(const Block &block, size_t r) const {
  std::vector<Recalled::Value> told;
  for (int c : recalls_) {
    const Step &step = steps_[step_of_[c]];
    Recalled::Value &value = told.emplace_back();
    if (block.columns[c].nulls[r]) continue;
    Held own = value_of(block, r, c);
    value = {step.model->recall.kind_of(block.codes, r), std::move(own.value), own.code};
  }
  return told;
}

void RowDrawer::remember(History &history, bool first, const std::vector<Recalled::Value> &told) const {
  history.recalled.resize(recalls_.size());
  for (size_t i = 0; i < recalls_.size(); ++i) {
    if (first) history.recalled[i].clear();
    if (told[i].code != null_code) history.recalled[i].put(told[i].kind, told[i].value, 0, told[i].code);
  }
}

}  // namespace relsynth::core
