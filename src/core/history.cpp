#include "core/history.h"

#include <algorithm>

#include "core/features.h"

namespace relsynth::core {

using Kind = FeatureRef::Kind;

Code step_code(Code from, Code to, bool ordered) {
  constexpr int middle = 126, widest = 125;
  constexpr Code to_null = 252, from_null = 253, both_null = 254;
  if (from == missing_code || to == missing_code) return missing_code;
  if (!ordered) return from == to ? 0 : 1;
  if (from == null_code) return to == null_code ? both_null : from_null;
  if (to == null_code) return to_null;
  return static_cast<Code>(middle + std::clamp(static_cast<int>(to) - static_cast<int>(from), -widest, widest));
}

GroupHistory::GroupHistory(const std::vector<FeatureRef> &refs, const std::vector<uint8_t> &ordered) {
  for (const FeatureRef &ref : refs) {
    Column &c = columns_.emplace_back();
    c.ref = ref;
    c.ordered = ordered[ref.column];
    if (ref.kind != Kind::Usual || c.ordered) continue;
    c.counts = counts_.size();
    counts_.resize(counts_.size() + 256, 0);
  }
}

void GroupHistory::begin() {
  for (Column &c : columns_) {
    c.value = c.mode = missing_code;
    c.values = 0;
    c.sum = 0;
  }
  for (uint32_t i : counted_) counts_[i] = 0;
  counted_.clear();
}

// The first of the most frequent codes stays the usual one.
void GroupHistory::count(Column &c, Code code) {
  uint32_t &n = counts_[c.counts + code];
  if (n++ == 0) counted_.push_back(static_cast<uint32_t>(c.counts + code));
  if (c.mode == missing_code || n > counts_[c.counts + c.mode]) c.mode = code;
}

void GroupHistory::add(const std::vector<Code> &codes) {
  for (Column &c : columns_) {
    Code code = codes[c.ref.column];
    if (c.ref.kind == Kind::Usual && !c.ordered) count(c, code);
    if (code == null_code) continue;
    c.value = code;
    c.sum += code;
    ++c.values;
  }
}

Code GroupHistory::feature(size_t i) const {
  const Column &c = columns_[i];
  if (c.ref.kind == Kind::Last) return c.value;
  if (!c.ordered) return c.mode;
  return c.values == 0 ? missing_code : static_cast<Code>((c.sum + c.values / 2) / c.values);
}

std::vector<FeatureRef> history_candidates(const TrainSet &set, int table, const std::vector<int> &before) {
  std::vector<FeatureRef> out;
  const TrainTable &t = set.tables[table];
  if (t.chained < least_chained) return out;
  for (int c : before)
    if (!t.codes[c].empty()) out.push_back({Kind::OwnStep, -1, c});
  for (int c : set.plan.tables[table].column_order) {
    if (t.codes[c].empty()) continue;
    out.push_back({Kind::Usual, -1, c});
    if (t.nulls[c]) out.push_back({Kind::Last, -1, c});
  }
  return out;
}

std::vector<std::vector<Code>> history_codes(const TrainSet &set, int table, const std::vector<FeatureRef> &refs) {
  const TrainTable &t = set.tables[table];
  GroupHistory history(refs, t.ordered);
  std::vector<std::vector<Code>> out(refs.size(), std::vector<Code>(t.rows, missing_code));
  std::vector<Code> codes(t.codes.size(), null_code);
  for (uint32_t row : t.group_rows) {
    if (t.previous[row] < 0) history.begin();
    for (const FeatureRef &ref : refs) codes[ref.column] = t.codes[ref.column][row];
    for (size_t i = 0; i < refs.size(); ++i) out[i][row] = history.feature(i);
    history.add(codes);
  }
  return out;
}

}  // namespace relsynth::core
