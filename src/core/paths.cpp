// paths: world + learned rules -> ancestors of the table's rows and of the rows that they may refer to.
#include "core/paths.h"

#include <algorithm>
#include <numeric>

#include "core/keys.h"

namespace relsynth::core {

namespace {

// Moves row numbers up along keys; false when a step is not known yet.
bool climb(const World &world, int table, const std::vector<int> &keys, size_t from, std::vector<int32_t> &rows) {
  for (size_t i = from; i < keys.size(); ++i) {
    if (keys[i] < 0 || keys[i] >= world.keys(table)) return false;
    const TableState &state = world.tables[table];
    size_t known = state.fixed ? world.model.tables[table].kept_parents.size() : state.parents.size();
    if (static_cast<size_t>(keys[i]) >= known) return false;
    const std::vector<int32_t> &parents = world.parents(table, keys[i]);
    if (parents.size() != state.rows) return false;
    for (int32_t &row : rows) row = row >= 0 && static_cast<size_t>(row) < parents.size() ? parents[row] : no_parent;
    table = world.key(table, keys[i]).parent;
  }
  return true;
}

std::vector<int32_t> all_rows(size_t n) {
  std::vector<int32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace

std::vector<KnownPath> known_paths(const World &world, int table, int fk) {
  std::vector<KnownPath> known;
  for (const PathRule &rule : world.model.tables[table].foreign_keys[fk].paths) {
    int parent = world.key(table, fk).parent;
    KnownPath path{all_rows(world.tables[table].rows), all_rows(world.tables[parent].rows), rule.share};
    if (climb(world, table, rule.own, 0, path.own) && climb(world, parent, rule.other, 0, path.other)) known.push_back(std::move(path));
  }
  return known;
}

void keep_meeting(const World &world, int table, std::vector<uint8_t> &usable) {
  const int driver = world.plan.tables[table].driver;
  for (int f = 0; f < world.keys(table); ++f) {
    const ForeignKey &key = world.key(table, f);
    if (f == driver || key.nullable) continue;
    for (const PathRule &rule : world.model.tables[table].foreign_keys[f].paths) {
      if (rule.share < 1 || rule.own[0] != driver) continue;
      std::vector<int32_t> own = all_rows(usable.size()), other = all_rows(world.tables[key.parent].rows);
      if (!climb(world, world.key(table, driver).parent, rule.own, 1, own) || !climb(world, key.parent, rule.other, 0, other)) continue;
      int32_t top = -1;
      for (int32_t end : own) top = std::max(top, end);
      std::vector<uint8_t> there(static_cast<size_t>(top + 1), 0);
      for (size_t p = 0; p < other.size(); ++p)
        if (other[p] >= 0 && other[p] <= top && referencable(world, key, p)) there[other[p]] = 1;
      std::vector<uint8_t> meeting = usable;
      for (size_t row = 0; row < own.size(); ++row)
        if (own[row] < 0 || !there[own[row]]) meeting[row] = 0;
      if (std::find(meeting.begin(), meeting.end(), uint8_t{1}) != meeting.end()) usable = std::move(meeting);
    }
  }
}

}  // namespace relsynth::core
