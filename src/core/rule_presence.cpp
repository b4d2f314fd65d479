// rules: columns that are NULL when another one of the row is, or is not, or has certain values.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/rules.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr double least_bits = 40;       // of surprise in all, were the columns independent
constexpr double least_code_bits = 20;  // of one value of the other column

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

}  // namespace

PresenceRule find_presence(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column,
                           const std::vector<int> &before) {
  const SourceTable &source = data.tables[table];
  const std::vector<uint8_t> &nulls = source.columns[column].nulls;
  size_t null_rows = static_cast<size_t>(std::count(nulls.begin(), nulls.end(), uint8_t{1}));
  const std::vector<uint32_t> order = by_entity(source);
  PresenceRule best;
  if (null_rows == 0 || null_rows == nulls.size()) return best;
  double share = static_cast<double>(null_rows) / static_cast<double>(nulls.size()), best_bits = 0;
  for (int other : before) {
    const Cells cells(source.columns[other], schema.tables[table].columns[other]);
    bool category = plan.tables[table].columns[other].encoding == Encoding::Category;
    std::map<uint64_t, Seen> by_value;
    std::map<bool, Seen> by_null;
    for (uint32_t r : order) {
      uint64_t value = cells.at(r);
      by_null[value == hash_null].add(nulls[r], entity_of(source.entity, r));
      if (category) by_value[value].add(nulls[r], entity_of(source.entity, r));
    }
    double null_bits = 0, value_bits = 0;
    size_t rows = 0, entities = 0;
    bool all = by_null.size() == 2;
    for (const auto &[null, seen] : by_null) {
      all = all && seen.pure();
      null_bits += bits_of(seen, share);
    }
    for (const auto &[value, seen] : by_value)
      if (double bits = bits_of(seen, share); bits >= least_code_bits) {
        value_bits += bits;
        rows += seen.rows;
        entities += seen.entities[0] + seen.entities[1];
      }
    if (all && null_bits >= least_bits && null_bits >= best_bits)
      best = {other, true, nulls.size(), source.entities}, best_bits = null_bits;
    else if (value_bits >= least_bits && value_bits > best_bits)
      best = {other, false, rows, std::min<size_t>(entities, source.entities)}, best_bits = value_bits;
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
