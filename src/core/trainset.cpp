#include "core/trainset.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "core/features.h"

namespace relsynth::core {

namespace {

// Unsigned numbers in the order of the values; NULL last, as ORDER BY has it.
std::vector<uint64_t> sort_keys(const SourceColumn &column) {
  constexpr uint64_t sign = uint64_t{1} << 63;
  std::vector<uint32_t> rank(column.pool.size());
  if (column.repr == Repr::Text) {
    std::vector<uint32_t> order(column.pool.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return column.pool[a] < column.pool[b]; });
    for (uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  }
  auto key_of = [&](size_t row) -> uint64_t {
    if (column.nulls[row]) return std::numeric_limits<uint64_t>::max();
    if (column.repr == Repr::Text) return rank[column.ids[row]];
    if (column.repr == Repr::Int) return static_cast<uint64_t>(column.ints[row]) ^ sign;
    uint64_t bits = std::bit_cast<uint64_t>(column.floats[row] + 0.0);
    return bits & sign ? ~bits : bits | sign;
  };
  std::vector<uint64_t> keys(column.size());
  for (size_t r = 0; r < keys.size(); ++r) keys[r] = key_of(r);
  return keys;
}

// Rows that have a parent, by parent, then by the plan's order, then as scanned.
std::vector<uint32_t> group_order(const TrainSet &set, int table, std::span<const int32_t> parents) {
  const SourceTable &source = set.data.tables[table];
  std::vector<std::vector<uint64_t>> keys;
  for (int column : set.plan.tables[table].order_by)
    if (column >= 0 && static_cast<size_t>(column) < source.columns.size() && source.columns[column].size() == parents.size())
      keys.push_back(sort_keys(source.columns[column]));
  std::vector<uint32_t> order;
  for (uint32_t r = 0; r < parents.size(); ++r)
    if (parents[r] >= 0) order.push_back(r);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    if (parents[a] != parents[b]) return parents[a] < parents[b];
    for (const auto &key : keys)
      if (key[a] != key[b]) return key[a] < key[b];
    return a < b;
  });
  return order;
}

void set_entities(const SourceTable &source, TrainTable &table) {
  table.entity = source.entity;
  table.entities = source.entities;
  if (table.entity.size() == table.rows) return;
  table.entity.resize(table.rows);
  std::iota(table.entity.begin(), table.entity.end(), 0u);
  table.entities = static_cast<uint32_t>(table.rows);
}

}  // namespace

std::span<const int32_t> TrainSet::parents(int table, int fk) const {
  const SourceTable &source = data.tables[table];
  if (static_cast<size_t>(fk) >= source.parents.size() || source.parents[fk].size() != source.rows) return {};
  return source.parents[fk];
}

std::vector<uint32_t> TrainSet::children(int schema_key) const {
  const ForeignKey &fk = schema.foreign_keys[schema_key];
  const SourceTable &parent = data.tables[fk.parent];
  if (static_cast<size_t>(schema_key) < parent.children.size() && parent.children[schema_key].size() == parent.rows)
    return parent.children[schema_key];
  std::vector<uint32_t> counts(parent.rows, 0);
  for (int f = 0; f < keys(fk.child); ++f) {
    if (schema.tables[fk.child].foreign_keys[f] != schema_key) continue;
    for (int32_t p : parents(fk.child, f))
      if (p >= 0 && static_cast<size_t>(p) < counts.size()) ++counts[p];
  }
  return counts;
}

void arrange_groups(TrainSet &set, int table) {
  int driver = set.plan.tables[table].driver;
  TrainTable &t = set.tables[table];
  if (driver < 0 || set.fixed(table)) return;
  std::span<const int32_t> parents = set.parents(table, driver);
  t.position.assign(t.rows, count_code(1));
  t.group_size.assign(t.rows, count_code(1));
  t.remaining.assign(t.rows, count_code(0));
  t.previous.assign(t.rows, -1);
  t.group_rows = group_order(set, table, parents);
  const std::vector<uint32_t> &order = t.group_rows;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && parents[order[end]] == parents[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) {
      t.position[order[i]] = count_code(i - begin + 1);
      t.group_size[order[i]] = count_code(end - begin);
      t.remaining[order[i]] = count_code(end - i - 1);
      if (i == begin) continue;
      t.previous[order[i]] = static_cast<int32_t>(order[i - 1]);
      ++t.chained;
    }
  }
}

namespace {

// One table with its groups, and nothing else.
TrainTable arranged(const Schema &schema, const Plan &plan, const SourceData &data, int table) {
  TrainSet set{schema, plan, data, {}};
  set.tables.resize(schema.tables.size());
  set.tables[table].rows = data.tables[table].rows;
  arrange_groups(set, table);
  return std::move(set.tables[table]);
}

}  // namespace

std::vector<int32_t> previous_rows(const Schema &schema, const Plan &plan, const SourceData &data, int table) {
  return arranged(schema, plan, data, table).previous;
}

std::vector<uint32_t> grouped_rows(const Schema &schema, const Plan &plan, const SourceData &data, int table) {
  return arranged(schema, plan, data, table).group_rows;
}

std::vector<uint32_t> end_rows(const Schema &schema, const Plan &plan, const SourceData &data, int table, bool first) {
  TrainTable t = arranged(schema, plan, data, table);
  std::erase_if(t.group_rows, [&](uint32_t row) { return first ? t.previous[row] >= 0 : t.remaining[row] != 0; });
  return std::move(t.group_rows);
}

std::vector<uint8_t> within_groups(const TrainSet &set, int table, int fk) {
  const std::vector<uint32_t> &order = set.tables[table].group_rows;
  std::span<const int32_t> parents = set.parents(table, fk), drivers = set.parents(table, set.plan.tables[table].driver);
  std::vector<uint32_t> rank(parents.size(), UINT32_MAX);
  for (uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  std::vector<uint8_t> within(parents.size(), 0);
  for (uint32_t r : order) {
    int32_t p = parents[r];
    within[r] = p >= 0 && static_cast<size_t>(p) < rank.size() && rank[p] < rank[r] && drivers[p] == drivers[r];
  }
  return within;
}

int find_group_tree(const Schema &schema, const Plan &plan, const SourceData &data, int table) {
  constexpr double least_share = 0.95;
  constexpr size_t least_rows = 30;
  const TablePlan &p = plan.tables[table];
  const Table &t = schema.tables[table];
  if (p.role != TableRole::Learn || p.driver < 0 || std::find(p.fk_roles.begin(), p.fk_roles.end(), FkRole::Self) == p.fk_roles.end())
    return -1;
  TrainSet set{schema, plan, data, {}};
  set.tables.resize(schema.tables.size());
  set.tables[table].rows = data.tables[table].rows;
  arrange_groups(set, table);
  for (int f = 0; f < set.keys(table); ++f) {
    std::span<const int32_t> parents = set.parents(table, f);
    // Keys that hold by the row's number, or columns that another key writes, leave no choice.
    auto bound = [&](int c) {
      auto holds = [&](const std::vector<int> &columns) { return std::find(columns.begin(), columns.end(), c) != columns.end(); };
      bool shared = std::any_of(t.keys.begin(), t.keys.end(), [&](const UniqueKey &key) { return holds(key.columns); });
      for (int g = 0; g < set.keys(table); ++g) shared |= g != f && g != p.driver && holds(set.key(table, g).child_columns);
      return shared && !holds(set.key(table, p.driver).child_columns);
    };
    const std::vector<int> &columns = set.key(table, f).child_columns;
    if (p.fk_roles[f] != FkRole::Self || parents.empty() || std::any_of(columns.begin(), columns.end(), bound)) continue;
    std::vector<uint8_t> within = within_groups(set, table, f);
    size_t rows = 0, inside = 0;
    for (size_t r = 0; r < parents.size(); ++r) {
      if (parents[r] < 0 || parents[r] == static_cast<int32_t>(r)) continue;
      ++rows;
      inside += within[r];
    }
    if (rows >= least_rows && static_cast<double>(inside) >= least_share * static_cast<double>(rows)) return f;
  }
  return -1;
}

std::vector<int32_t> depths_of(std::span<const int32_t> parents) {
  constexpr int32_t unseen = -3, on_the_way = -4;
  std::vector<int32_t> depth(parents.size(), unseen), way;
  for (size_t start = 0; start < parents.size(); ++start) {
    if (depth[start] != unseen) continue;
    way.clear();
    int32_t row = static_cast<int32_t>(start), above = -5;
    while (above == -5) {
      int32_t parent = parents[row];
      depth[row] = on_the_way;
      way.push_back(row);
      if (parent == no_parent || parent == row) {
        way.pop_back();
        above = depth[row] = 0;
      } else if (parent < 0 || static_cast<size_t>(parent) >= parents.size()) {
        above = unknown_depth;
      } else if (depth[parent] == on_the_way) {
        above = cyclic_depth;
      } else if (depth[parent] != unseen) {
        above = depth[parent];
      }
      row = parent;
    }
    std::reverse(way.begin(), way.end());
    for (int32_t r : way) depth[r] = above = above < 0 ? above : above + 1;
  }
  return depth;
}

namespace {

void place_in_tree(TrainSet &set, int table, int fk) {
  TrainTable &t = set.tables[table];
  std::span<const int32_t> parents = set.parents(table, fk);
  std::vector<uint32_t> counts = set.children(set.schema.tables[table].foreign_keys[fk]);
  for (size_t r = 0; r < parents.size(); ++r)
    if (parents[r] == static_cast<int32_t>(r) && counts[r] > 0) --counts[r];
  t.tree[fk] = tree_places(parents, std::move(counts));
  if (fk != tree_key(set.plan, table)) return;
  t.above.assign(parents.begin(), parents.end());
  for (size_t r = 0; r < t.above.size(); ++r)
    if (t.depths[fk][r] == cyclic_depth || t.above[r] == static_cast<int32_t>(r)) t.above[r] = no_parent;
  if (set.plan.tables[table].driver < 0) return;
  std::vector<uint8_t> within = within_groups(set, table, fk);
  for (size_t r = 0; r < t.above.size(); ++r)
    if (!within[r]) t.above[r] = no_parent;
}

}  // namespace

TrainSet make_train_set(const Schema &schema, const Plan &plan, const SourceData &data, const Poll &poll) {
  TrainSet set{schema, plan, data, {}};
  set.tables.resize(schema.tables.size());
  for (size_t i = 0; i < schema.tables.size() && i < data.tables.size(); ++i) {
    int t = static_cast<int>(i);
    TrainTable &table = set.tables[i];
    table.rows = data.tables[i].rows;
    table.codes.resize(schema.tables[i].columns.size());
    table.ordered.resize(schema.tables[i].columns.size());
    table.rule.resize(schema.tables[i].columns.size());
    table.nulls.resize(schema.tables[i].columns.size());
    table.end.resize(schema.tables[i].columns.size());
    table.choice.resize(set.keys(t));
    table.depths.resize(set.keys(t));
    table.depth.resize(set.keys(t));
    table.tree.resize(set.keys(t));
    if (plan.tables[i].role == TableRole::Skip) continue;
    if (poll) poll();
    set_entities(data.tables[i], table);
    arrange_groups(set, t);
    for (int f = 0; f < set.keys(t); ++f) {
      if (plan.tables[i].fk_roles.size() <= static_cast<size_t>(f) || plan.tables[i].fk_roles[f] != FkRole::Self || set.fixed(t)) continue;
      table.depths[f] = depths_of(set.parents(t, f));
      for (int32_t d : table.depths[f]) table.depth[f].push_back(depth_code(d));
      place_in_tree(set, t, f);
    }
  }
  return set;
}

}  // namespace relsynth::core
