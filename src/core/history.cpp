#include "core/history.h"

#include <algorithm>
#include <cmath>

#include "core/clock.h"
#include "core/features.h"
#include "core/relative.h"

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

double end_of(const NumberCodec &codec) {
  size_t n = codec.bins.size();
  if (n == 0) return NAN;
  const NumberCodec::Bin &last = codec.bins[n - 1];
  bool far = n > 1 && last.low == last.high && last.low - codec.bins[n - 2].high > codec.bins[n - 2].high - codec.bins[0].low;
  return far ? codec.bins[n - 2].high : last.high;
}

namespace {

// Days a row on a logarithmic scale, 12 codes for each doubling.
Code pace_code(double days, size_t rows) {
  if (std::isnan(days) || rows == 0) return missing_code;
  if (days <= 0) return 1;
  return static_cast<Code>(std::clamp(124 + 12 * std::log2(days / static_cast<double>(rows)), 2.0, 254.0));
}

}  // namespace

std::array<Code, day_parts + 1> own_day_codes(double now, double before) {
  const std::array<Code, day_parts> day = day_codes(now);
  return {day[0], day[1], day[2], pace_code(now - before, 1)};
}

GroupHistory::GroupHistory(const std::vector<FeatureRef> &refs, const std::vector<HistoryColumn> &columns,
                           const std::vector<int> &recurring) {
  for (int column : recurring) recurring_.push_back({column, {}});
  for (const FeatureRef &ref : refs) {
    Column &c = columns_.emplace_back();
    c.ref = ref;
    c.of = columns[ref.column];
    c.counts = counts_.size();
    if (ref.kind == Kind::Usual && !c.of.ordered) counts_.resize(counts_.size() + 256, 0);
  }
}

void GroupHistory::begin() {
  for (Column &c : columns_) {
    c.value = c.mode = missing_code;
    c.values = 0;
    c.sum = 0;
    c.last = NAN;
  }
  for (Recurring &r : recurring_) r.codes.reset();
  for (uint32_t i : counted_) counts_[i] = 0;
  counted_.clear();
}

// The first of the most frequent codes stays the usual one.
void GroupHistory::count(Column &c, Code code) {
  uint32_t &n = counts_[c.counts + code];
  if (n++ == 0) counted_.push_back(static_cast<uint32_t>(c.counts + code));
  if (c.mode == missing_code || n > counts_[c.counts + c.mode]) c.mode = code;
}

void GroupHistory::add(const HistoryRow &row) {
  for (Recurring &r : recurring_)
    if (row.codes[r.column] != null_code) r.codes.set(row.codes[r.column]);
  double day = NAN;
  std::array<Code, day_parts> codes = day_codes(day);
  for (Column &c : columns_) {
    Code code = row.codes[c.ref.column];
    if (c.ref.kind == Kind::Calendar || c.ref.kind == Kind::Pace) {
      const double last = days_of(row.values[c.ref.column], c.of.cls);
      if (last != day) codes = day_codes(day = last);
      c.last = last;
      c.value = c.ref.kind == Kind::Calendar ? codes[c.ref.fk] : missing_code;
      continue;
    }
    if (c.ref.kind == Kind::Usual && !c.of.ordered) count(c, code);
    if (code == null_code) continue;
    c.value = code;
    c.sum += code;
    ++c.values;
  }
}

Code GroupHistory::feature(size_t i, size_t left) const {
  const Column &c = columns_[i];
  switch (c.ref.kind) {
    case Kind::Last:
    case Kind::Calendar: return c.value;
    case Kind::Pace: return pace_code(days_of(c.of.end, c.of.cls) - c.last, left);
    default: break;
  }
  if (!c.of.ordered) return c.mode;
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
  if (t.clock >= 0) {
    for (int part = 0; part < 3; ++part) out.push_back({Kind::Calendar, part, t.clock});
    out.push_back({Kind::Pace, -1, t.clock});
  }
  if (t.clock >= 0 && std::find(before.begin(), before.end(), t.clock) != before.end())
    for (int part = 0; part <= day_parts; ++part) out.push_back({Kind::OwnCalendar, part, t.clock});
  return out;
}

namespace {

std::vector<HistoryColumn> history_columns(const TrainSet &set, int table) {
  std::vector<HistoryColumn> out(set.tables[table].codes.size());
  for (size_t c = 0; c < out.size(); ++c)
    out[c] = {set.tables[table].ordered[c] != 0, set.schema.tables[table].columns[c].cls, set.tables[table].end[c]};
  return out;
}

}  // namespace

std::vector<std::vector<Code>> history_codes(const TrainSet &set, int table, const std::vector<FeatureRef> &refs) {
  const TrainTable &t = set.tables[table];
  GroupHistory history(refs, history_columns(set, table));
  std::vector<std::vector<Code>> out(refs.size(), std::vector<Code>(t.rows, missing_code));
  std::vector<Code> codes(t.codes.size(), null_code);
  std::vector<double> values(t.codes.size(), NAN);
  for (size_t at = 0, end = 0; at < t.group_rows.size(); ++at) {
    uint32_t row = t.group_rows[at];
    if (at == end) {
      history.begin();
      for (++end; end < t.group_rows.size() && t.previous[t.group_rows[end]] >= 0;) ++end;
    }
    for (const FeatureRef &ref : refs) {
      if (!t.codes[ref.column].empty()) codes[ref.column] = t.codes[ref.column][row];
      if (ref.kind == Kind::Calendar || ref.kind == Kind::Pace)
        values[ref.column] = number_at(set.data.tables[table].columns[ref.column], row, set.schema.tables[table].columns[ref.column].cls);
    }
    for (size_t i = 0; i < refs.size(); ++i) out[i][row] = history.feature(i, end - at);
    history.add({codes, values});
  }
  return out;
}

}  // namespace relsynth::core
