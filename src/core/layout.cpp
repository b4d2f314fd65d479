// layout: Plan, Model and the parents' structure -> how many rows a table gets and its groups. Parents: parents.cpp, forest.cpp.
#include "core/layout.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <unordered_map>

#include "core/error.h"
#include "core/ordinal.h"
#include "core/paths.h"

namespace relsynth::core {

namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

bool contains(const std::vector<int> &v, int x) { return std::find(v.begin(), v.end(), x) != v.end(); }

int rank_of(const World &world, int table, int fk) {
  switch (world.role(table, fk)) {
    case FkRole::Driver: return 0;
    case FkRole::Further: return world.drawn_choice(table, fk) ? 3 : 1;
    case FkRole::Self: return 2;
    case FkRole::Cut: return 4;
  }
  return 5;
}

}  // namespace

std::vector<int> assignment_order(const World &world, int table) {
  std::vector<int> order(world.keys(table));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    int ra = rank_of(world, table, a), rb = rank_of(world, table, b);
    // Choices are learned in the order of the keys.
    return ra != rb ? ra < rb : ra != 3 && world.key(table, a).child_columns.size() > world.key(table, b).child_columns.size();
  });
  return order;
}

std::vector<KeyParts> key_parts(const World &world, int table) {
  const Table &t = world.schema.tables[table];
  std::vector<int> order = assignment_order(world, table);
  std::vector<KeyParts> all;
  for (size_t k = 0; k < t.keys.size(); ++k) {
    const UniqueKey &key = t.keys[k];
    auto within = [&](const UniqueKey &other, size_t at) {
      if (!other.plain() || at == k) return false;
      bool inside = std::all_of(other.columns.begin(), other.columns.end(), [&](int c) { return contains(key.columns, c); });
      return inside && (other.columns.size() < key.columns.size() || at < k) && (!key.nulls_not_distinct || other.nulls_not_distinct);
    };
    bool implied = false;
    for (size_t o = 0; o < t.keys.size(); ++o) implied |= within(t.keys[o], o);
    if (!key.plain() || implied) continue;
    KeyParts parts;
    parts.key = static_cast<int>(k);
    for (int c : key.columns) {
      auto first = std::find_if(order.begin(), order.end(), [&](int f) { return contains(world.key(table, f).child_columns, c); });
      parts.owner.push_back(first == order.end() ? -1 : *first);
      ColumnRole role = world.plan.tables[table].columns[c].role;
      if (first == order.end() && role == ColumnRole::Model) parts.modelled.push_back(c);
      if (first == order.end() && role != ColumnRole::Model) parts.counted = true;
    }
    for (int f : order)
      if (contains(parts.owner, f)) parts.foreign.push_back(f);
    all.push_back(std::move(parts));
  }
  return all;
}

std::vector<int> shared_columns(const ForeignKey &a, const ForeignKey &b) {
  std::vector<int> shared;
  for (int c : a.child_columns)
    if (contains(b.child_columns, c)) shared.push_back(c);
  std::sort(shared.begin(), shared.end());
  return shared;
}

uint64_t parent_hash(const World &world, const ForeignKey &key, const std::vector<int> &columns, size_t parent_row) {
  uint64_t hash = 0x72656c73796e7468ULL;
  for (int c : columns) {
    size_t i = static_cast<size_t>(std::find(key.child_columns.begin(), key.child_columns.end(), c) - key.child_columns.begin());
    hash = combine(hash, key_hash(world, key.parent, key.parent_columns[i], parent_row, world.schema.tables[key.child].columns[c]));
  }
  return hash == 0 ? 1 : hash;
}

std::vector<uint8_t> usable_parents(const World &world, int table, int fk) {
  const ForeignKey &key = world.key(table, fk);
  size_t n = world.tables[key.parent].rows;
  std::vector<uint8_t> usable(n);
  for (size_t row = 0; row < n; ++row) usable[row] = referencable(world, key, row);
  for (int g = 0; g < world.keys(table); ++g) {
    const ForeignKey &other = world.key(table, g);
    std::vector<int> shared = shared_columns(key, other);
    if (g == fk || shared.empty() || other.nullable || world.role(table, g) == FkRole::Self || world.role(table, g) == FkRole::Cut)
      continue;
    HashSet there;
    for (size_t row = 0; row < world.tables[other.parent].rows; ++row)
      if (referencable(world, other, row)) there.insert(parent_hash(world, other, shared, row));
    for (size_t row = 0; row < n; ++row)
      if (usable[row] && !there.contains(parent_hash(world, key, shared, row))) usable[row] = 0;
  }
  return usable;
}

namespace {

// The columns of a key that foreign key `fk` fills.
std::vector<int> owned(const World &world, int table, const KeyParts &parts, int fk) {
  std::vector<int> columns;
  for (size_t i = 0; i < parts.owner.size(); ++i)
    if (parts.owner[i] == fk) columns.push_back(world.schema.tables[table].keys[parts.key].columns[i]);
  return columns;
}

// A NULL in one of these columns frees a row of the key.
bool frees(const World &world, int table, const KeyParts &parts, const std::vector<int> &columns) {
  const Table &t = world.schema.tables[table];
  if (t.keys[parts.key].nulls_not_distinct) return false;
  return std::any_of(columns.begin(), columns.end(), [&](int c) { return !t.columns[c].not_null; });
}

// How many values foreign key `fk` can give to the key's columns.
double foreign_capacity(const World &world, int table, const KeyParts &parts, int fk) {
  std::vector<int> columns = owned(world, table, parts, fk);
  FkRole role = world.role(table, fk);
  if (role == FkRole::Self || role == FkRole::Cut || frees(world, table, parts, columns)) return unbounded;
  const ForeignKey &key = world.key(table, fk);
  HashSet values;
  for (size_t row = 0; row < world.tables[key.parent].rows; ++row)
    if (referencable(world, key, row)) values.insert(parent_hash(world, key, columns, row));
  return static_cast<double>(values.size());
}

double modelled_capacity(const World &world, int table, const KeyParts &parts) {
  if (parts.counted) return unbounded;
  double product = 1;
  for (int c : parts.modelled) {
    if (frees(world, table, parts, {c})) return unbounded;
    product *= capacity(world.model.tables[table].codecs[c], world.schema.tables[table].columns[c]);
  }
  return product;
}

// Multiplies `room` (per parent of `fk`) by what foreign key `other` can give beside it.
void multiply_room(const World &world, int table, const KeyParts &parts, int fk, int other, std::vector<double> &room) {
  const ForeignKey &mine = world.key(table, fk);
  const ForeignKey &theirs = world.key(table, other);
  std::vector<int> shared = shared_columns(mine, theirs);
  double all = foreign_capacity(world, table, parts, other);
  if (shared.empty() || all == unbounded) {
    for (double &r : room)
      if (r > 0) r *= all;
    return;
  }
  std::vector<int> columns = owned(world, table, parts, other);
  std::unordered_map<uint64_t, uint32_t> counts;
  HashSet seen;
  for (size_t row = 0; row < world.tables[theirs.parent].rows; ++row) {
    if (!referencable(world, theirs, row)) continue;
    uint64_t group = parent_hash(world, theirs, shared, row);
    if (seen.insert(combine(group, parent_hash(world, theirs, columns, row)))) ++counts[group];
  }
  for (size_t row = 0; row < room.size(); ++row) {
    auto found = counts.find(parent_hash(world, mine, shared, row));
    room[row] *= found == counts.end() ? 0 : found->second;
  }
}

}  // namespace

std::vector<uint32_t> child_caps(const World &world, int table, int fk, const std::vector<uint8_t> &usable) {
  size_t n = usable.size();
  std::vector<uint32_t> caps;
  auto lower = [&](const std::vector<double> &room) {
    if (caps.empty()) caps.assign(n, UINT32_MAX);
    for (size_t row = 0; row < n; ++row)
      if (room[row] < caps[row]) caps[row] = static_cast<uint32_t>(room[row]);
  };
  for (const KeyParts &parts : key_parts(world, table)) {
    if (!contains(parts.foreign, fk)) continue;
    double modelled = modelled_capacity(world, table, parts);
    if (modelled == unbounded) continue;
    std::vector<double> room(n, modelled);
    for (int other : parts.foreign)
      if (other != fk) multiply_room(world, table, parts, fk, other, room);
    if (n > 0 && *std::min_element(room.begin(), room.end()) != unbounded) lower(room);
  }
  if (std::find(usable.begin(), usable.end(), uint8_t{0}) != usable.end()) {
    if (caps.empty()) caps.assign(n, UINT32_MAX);
    for (size_t row = 0; row < n; ++row)
      if (!usable[row]) caps[row] = 0;
  }
  return caps;
}

void raise_capacity(const World &world, int table, int key, double wanted, double capacity) {
  const Table &t = world.schema.tables[table];
  auto number = [](double x) { return std::to_string(static_cast<long long>(std::min(x, 9e18))); };
  throw Error(sqlstate::unique_violation,
              "unique key \"" + t.keys[key].name + "\" of table \"" + t.qualified() + "\" cannot hold that many rows",
              "Wanted are " + number(wanted) + " rows, but there are only " + number(capacity) + " different values for its columns.",
              "Ask for fewer rows of this table, or for more rows of the tables that it refers to.");
}

namespace {

// Rows that a table is asked for, NULL drivers included.
double wanted_rows(World &world, int table) {
  const TablePlan &plan = world.plan.tables[table];
  TableState &state = world.tables[table];
  double source = static_cast<double>(world.model.tables[table].source_rows);
  if (plan.rows) {
    state.factor = source > 0 ? static_cast<double>(*plan.rows) / source : 1;
    return static_cast<double>(*plan.rows);
  }
  state.factor = plan.scale;
  if (plan.driver >= 0) {
    const TableState &parent = world.tables[world.key(table, plan.driver).parent];
    if (!parent.fixed && world.options.scale > 0) state.factor = parent.factor * plan.scale / world.options.scale;
    return std::round(source * state.factor);
  }
  return source > 0 ? std::max(1.0, std::round(source * state.factor)) : 0;
}

// Lowers `wanted` to what the keys hold where fewer rows are a valid answer: the bound comes from the number of parents and nobody asked
// for an exact number.
double bounded_rows(const World &world, int table, double wanted) {
  bool exact = world.plan.tables[table].rows.has_value();
  for (int f = 0; f < world.keys(table); ++f) {
    const ForeignKey &key = world.key(table, f);
    FkRole role = world.role(table, f);
    if (key.nullable || role == FkRole::Self || role == FkRole::Cut || wanted == 0) continue;
    const TableState &parent = world.tables[key.parent];
    bool any = false;
    for (size_t row = 0; row < parent.rows && !any; ++row) any = referencable(world, key, row);
    if (any) continue;
    if (exact)
      throw Error(
          sqlstate::foreign_key_violation, "rows of table \"" + world.schema.tables[table].qualified() + "\" find no parent",
          "Foreign key \"" + key.name + "\" is NOT NULL, but table \"" + world.schema.tables[key.parent].qualified() + "\" gets no rows.");
    wanted = 0;
  }
  for (const KeyParts &parts : key_parts(world, table)) {
    double room = modelled_capacity(world, table, parts);
    for (int f : parts.foreign) room = room == 0 ? 0 : room * foreign_capacity(world, table, parts, f);
    if (room >= wanted) continue;
    if (exact || parts.foreign.empty()) raise_capacity(world, table, parts.key, wanted, room);
    wanted = room;
  }
  return wanted;
}

// Sizes of the groups of all driver's parents.
std::vector<uint32_t> group_sizes(const World &world, int table, double wanted) {
  int driver = world.plan.tables[table].driver;
  const ForeignKey &key = world.key(table, driver);
  std::vector<uint8_t> usable = usable_parents(world, table, driver);
  keep_meeting(world, table, usable);
  std::vector<uint32_t> caps = child_caps(world, table, driver, usable);
  CountDrawer draw(world, table, driver, Purpose::GroupSize, world.model.tables[table].foreign_keys[driver].children, key.parent);
  std::vector<uint32_t> sizes = draw.draw_usable(usable);
  uint64_t missing = adjust_counts(sizes, static_cast<uint64_t>(wanted), caps, draw, world.stream(table, 0, Purpose::Adjust, driver));
  if (missing > 0 && world.plan.tables[table].rows && !key.nullable)
    throw Error(sqlstate::unique_violation, "table \"" + world.schema.tables[table].qualified() + "\" cannot hold that many rows",
                "Wanted are " + std::to_string(static_cast<uint64_t>(wanted)) + " rows, but the unique keys allow only " +
                    std::to_string(static_cast<uint64_t>(wanted) - missing) + " for the rows of table \"" +
                    world.schema.tables[key.parent].qualified() + "\".",
                "Ask for fewer rows of this table, or for more rows of the tables that it refers to.");
  return sizes;
}

void build_groups(World &world, int table, double wanted) {
  TableState &state = world.tables[table];
  int driver = world.plan.tables[table].driver;
  bool nullable = world.key(table, driver).nullable;
  double nulls = nullable ? std::round(wanted * world.model.tables[table].foreign_keys[driver].null_share) : 0;
  std::vector<uint32_t> sizes = group_sizes(world, table, wanted - nulls);
  state.group_begin.resize(sizes.size() + 1);
  state.group_begin[0] = 0;
  uint64_t sum = 0;
  for (size_t p = 0; p < sizes.size(); ++p) state.group_begin[p + 1] = static_cast<uint32_t>(sum += sizes[p]);
  // Rows that were asked for and find no parent go without one.
  if (nullable && world.plan.tables[table].rows) nulls = wanted - static_cast<double>(sum);
  state.rows = sum + static_cast<size_t>(nulls);
  state.parents[driver].assign(state.rows, no_parent);
  for (size_t p = 0; p < sizes.size(); ++p)
    std::fill(state.parents[driver].begin() + state.group_begin[p], state.parents[driver].begin() + state.group_begin[p + 1],
              static_cast<int32_t>(p));
}

}  // namespace

namespace {

// Better an error than the kernel's choice of a process to kill: what grows with the rows, parents and the hashes of unique keys, must fit.
void check_memory(const World &world, int table, double rows) {
  const Table &t = world.schema.tables[table];
  double bytes_per_row = 4.0 * world.keys(table);
  for (int f = 0; f < world.keys(table); ++f)
    if (world.role(table, f) == FkRole::Self) bytes_per_row += 4;
  for (const UniqueKey &key : t.keys) {
    auto fresh = [&](int c) {
      ColumnRole role = world.plan.tables[table].columns[c].role;
      return role == ColumnRole::Serial || role == ColumnRole::Uuid || role == ColumnRole::LineNumber;
    };
    if (key.plain() && std::none_of(key.columns.begin(), key.columns.end(), fresh)) bytes_per_row += 12;
  }
  double most = world.options.memory;
  if (most <= 0) most = 0.5 * static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (rows * bytes_per_row <= most) return;
  auto megabytes = [](double bytes) { return std::to_string(static_cast<int64_t>(bytes / 1048576)); };
  throw Error(sqlstate::out_of_memory, "table \"" + t.qualified() + "\" would get more rows than memory holds the keys of",
              std::to_string(static_cast<int64_t>(rows)) + " rows need " + megabytes(rows * bytes_per_row) + " MB, and " + megabytes(most) +
                  " MB may be used.",
              "Choose a smaller scale.");
}

// Puts rows that stand on their own in the order of their parents along the key that the source's follow; nothing else is known of them yet.
void sort_rows(World &world, int table) {
  TableState &state = world.tables[table];
  const int by = world.plan.tables[table].sorted_by;
  if (by < 0 || state.parents[by].size() != state.rows) return;
  std::vector<uint32_t> order(state.rows);
  std::iota(order.begin(), order.end(), 0u);
  const std::vector<int32_t> key = state.parents[by];
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key[a] < key[b]; });
  for (std::vector<int32_t> &parents : state.parents) {
    if (parents.size() != state.rows) continue;
    const std::vector<int32_t> before = parents;
    for (size_t r = 0; r < order.size(); ++r) parents[r] = before[order[r]];
  }
}

}  // namespace

void build_structure(World &world, int table) {
  TableState &state = world.tables[table];
  state.parents.resize(world.keys(table));
  state.depth.resize(world.keys(table));
  state.tree.resize(world.keys(table));
  double wanted = bounded_rows(world, table, wanted_rows(world, table));
  if (std::isnan(wanted)) wanted = 0;  // no rows for no parents
  if (wanted > 2e9)
    throw Error(sqlstate::feature_not_supported, "table \"" + world.schema.tables[table].qualified() + "\" would get too many rows",
                "A table can get up to 2000000000 rows.");
  check_memory(world, table, wanted);
  state.rows = static_cast<size_t>(wanted);
  if (world.plan.tables[table].driver >= 0) build_groups(world, table, wanted);
  double source = static_cast<double>(world.model.tables[table].source_rows);
  if (source > 0 && static_cast<double>(state.rows) < std::round(source * state.factor) * 0.99)
    state.factor = static_cast<double>(state.rows) / source;
  for (int f : assignment_order(world, table)) {
    FkRole role = world.role(table, f);
    if (role == FkRole::Further) assign_parents(world, table, f);
    if (role == FkRole::Self) assign_self(world, table, f);
    if (role != FkRole::Cut) continue;
    std::vector<uint8_t> nulls = draw_nulls(world, table, f);
    state.parents[f].assign(state.rows, later_parent);
    for (size_t row = 0; row < state.rows; ++row)
      if (nulls[row]) state.parents[f][row] = no_parent;
  }
  sort_rows(world, table);
  count_ordinals(world, table);
  state.begun = true;
}

}  // namespace relsynth::core
