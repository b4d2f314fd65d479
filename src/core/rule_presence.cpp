// rules: columns that are NULL when another one of the row is, or is not, or has certain values.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/rules.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr double least_bits = 40;        // of surprise in all, were the columns independent
constexpr double least_code_bits = 20;   // of one value of the other column
constexpr size_t most_measured = 50000;  // rows that a category is looked for in; training confirms it on all

// Rows of one value, or of NULL, of the other column; entities in the order of the rows.
struct Seen {
  size_t rows = 0;
  uint32_t entities[2] = {0, 0}, last[2] = {UINT32_MAX, UINT32_MAX};  // with a value, with NULL
  void add(bool null, uint32_t entity) {
    ++rows;
    entities[null] += entity != last[null];
    last[null] = entity;
  }
  bool pure() const { return entities[0] == 0 || entities[1] == 0; }
};

double bits_of(const Seen &seen, double null_share) {
  if (!seen.pure()) return 0;
  double with = seen.entities[0], without = seen.entities[1];
  return without > 0 ? -without * std::log2(null_share) : -with * std::log2(1 - null_share);
}

// How surprising it is that two columns are NULL in the same rows, or in none of the same; 0 if they are not.
double bits_by_null(const SourceTable &source, int column, int other, const std::vector<uint32_t> &order, double share) {
  const std::vector<uint8_t> &nulls = source.columns[column].nulls, &others = source.columns[other].nulls;
  Seen seen[2];
  for (uint32_t r : order) {
    seen[others[r]].add(nulls[r], entity_of(source.entity, r));
    if (!seen[0].pure() || !seen[1].pure()) return 0;
  }
  return seen[0].rows == 0 || seen[1].rows == 0 ? 0 : bits_of(seen[0], share) + bits_of(seen[1], share);
}

}  // namespace

PresenceRule find_presence(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column,
                           const std::vector<int> &before) {
  const SourceTable &source = data.tables[table];
  const std::vector<uint8_t> &nulls = source.columns[column].nulls;
  size_t null_rows = static_cast<size_t>(std::count(nulls.begin(), nulls.end(), uint8_t{1}));
  PresenceRule best;
  if (null_rows == 0 || null_rows == nulls.size()) return best;
  const std::vector<uint32_t> order = by_entity(source), some = thin(order, most_measured);
  double share = static_cast<double>(null_rows) / static_cast<double>(nulls.size()), best_bits = 0;
  for (int other : before) {
    plan.check();
    if (double bits = bits_by_null(source, column, other, order, share); bits >= least_bits && bits >= best_bits) {
      best = {other, true, nulls.size(), source.entities};
      best_bits = bits;
      continue;
    }
    if (plan.tables[table].columns[other].encoding != Encoding::Category) continue;
    const Cells cells(source.columns[other], schema.tables[table].columns[other]);
    std::unordered_map<uint64_t, Seen> seen;
    for (uint32_t r : some) seen[cells.at(r)].add(nulls[r], entity_of(source.entity, r));
    double bits = 0;
    size_t rows = 0, entities = 0;
    for (const auto &[value, at] : seen) {
      if (bits_of(at, share) < least_code_bits) continue;
      bits += bits_of(at, share);
      rows += at.rows;
      entities += at.entities[0] + at.entities[1];
    }
    if (bits < least_bits || bits <= best_bits) continue;
    best = {other, false, rows, std::min<size_t>(entities, source.entities)};
    best_bits = bits;
  }
  return best;
}

Presence learn_presence(const TrainSet &set, int table, int column) {
  const PresenceRule &rule = set.plan.tables[table].columns[column].presence;
  Presence presence;
  if (rule.column < 0 || set.tables[table].codes[rule.column].empty()) return presence;
  const std::vector<Code> &codes = set.tables[table].codes[rule.column];
  const std::vector<uint8_t> &nulls = set.data.tables[table].columns[column].nulls;
  size_t null_rows = static_cast<size_t>(std::count(nulls.begin(), nulls.end(), uint8_t{1}));
  double share = static_cast<double>(null_rows) / static_cast<double>(nulls.size());
  std::vector<Seen> seen(256);
  for (uint32_t r : by_entity(set.data.tables[table])) {
    Code code = rule.by_null ? static_cast<Code>(codes[r] != null_code) : codes[r];
    seen[code].add(nulls[r], entity_of(set.tables[table].entity, r));
  }
  presence.column = rule.column;
  presence.null_at.assign(256, 2);
  for (size_t c = 0; c < seen.size(); ++c) {
    const Seen &at = seen[rule.by_null ? c != null_code : c];
    bool told = rule.by_null ? at.pure() : bits_of(at, share) >= least_code_bits;
    if (told && at.rows > 0) presence.null_at[c] = at.entities[1] > 0;
  }
  return presence;
}

}  // namespace relsynth::core
