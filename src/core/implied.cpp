// implied: foreign keys that hold by the other keys alone. Input: Schema; output: the same without them, and the list of them.
#include "core/implied.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace relsynth::core {

namespace {

// Columns of a table that hold one value, in the order of the key that the search began with.
using Place = std::pair<int, std::vector<int>>;

// Where the values at `place` come from along a key; its table is -1 when the key stands on other columns.
Place follow(const ForeignKey &fk, const Place &place) {
  Place next{-1, {}};
  if (fk.child != place.first || fk.child_columns.size() != place.second.size()) return next;
  for (int c : place.second) {
    auto at = std::find(fk.child_columns.begin(), fk.child_columns.end(), c);
    if (at == fk.child_columns.end()) return next;
    next.second.push_back(fk.parent_columns[at - fk.child_columns.begin()]);
  }
  next.first = fk.parent;
  return next;
}

// Whether the columns were met before, in any order: in another one they hold other rows' values.
bool passed(const std::vector<Place> &seen, const Place &next) {
  return std::any_of(seen.begin(), seen.end(), [&](const Place &place) {
    return place.first == next.first &&
           std::is_permutation(place.second.begin(), place.second.end(), next.second.begin(), next.second.end());
  });
}

// Whether NOT NULL keys lead the values of `key` back to where they start.
bool returns(const std::vector<ForeignKey> &keys, const ForeignKey &key) {
  const Place start{key.child, key.child_columns};
  std::vector<Place> seen{{key.parent, key.parent_columns}};
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] == start) return true;
    for (const ForeignKey &other : keys) {
      if (&other == &key || other.nullable || other.self()) continue;
      Place next = follow(other, seen[i]);
      if (next.first >= 0 && (next == start || !passed(seen, next))) seen.push_back(std::move(next));
    }
  }
  return false;
}

bool implied(const std::vector<ForeignKey> &keys, const ForeignKey &fk) {
  if (fk.self()) return fk.child_columns == fk.parent_columns;
  return !fk.nullable && fk.validated && !fk.declared && returns(keys, fk);
}

bool fresh(const Schema &schema, const ForeignKey &fk) {
  const Column &first = schema.tables[fk.child].columns[fk.child_columns[0]];
  return first.serial || first.has_default;
}

}  // namespace

void set_aside_implied(Schema &schema) {
  std::vector<ForeignKey> &keys = schema.foreign_keys;
  for (;;) {
    // Values best start where the table makes them itself.
    auto rank = [&](const ForeignKey &fk) { return std::make_tuple(!fresh(schema, fk), schema.tables[fk.child].qualified(), fk.name); };
    auto first = keys.end();
    for (auto fk = keys.begin(); fk != keys.end(); ++fk)
      if (implied(keys, *fk) && (first == keys.end() || rank(*fk) < rank(*first))) first = fk;
    if (first == keys.end()) return;
    schema.implied.push_back(std::move(*first));
    keys.erase(first);
  }
}

}  // namespace relsynth::core
