// What sample holds of generated tables: input Schema, Plan, Model; output features of rows, and what may be released when.
#include "core/world.h"

#include <algorithm>
#include <limits>

namespace relsynth::core {

namespace {

size_t kept_rows(const TableModel &model) {
  size_t rows = 0;
  for (const auto &column : model.kept) rows = std::max(rows, column.size());
  for (const auto &column : model.kept_values) rows = std::max(rows, column.size());
  for (const auto &column : model.kept_codes) rows = std::max(rows, column.size());
  return rows == 0 && model.kept.empty() ? model.source_rows : rows;
}

bool shares_columns(const ForeignKey &a, const ForeignKey &b) {
  return std::any_of(a.child_columns.begin(), a.child_columns.end(),
                     [&](int c) { return std::find(b.child_columns.begin(), b.child_columns.end(), c) != b.child_columns.end(); });
}

// The inverse of choice_rows.
std::vector<Code> invert_choice(const ForeignKeyModel &model, size_t rows) {
  std::vector<Code> codes(rows, choice_other);
  for (size_t i = 0; i < model.choice_rows.size(); ++i)
    if (static_cast<size_t>(model.choice_rows[i]) < rows) codes[model.choice_rows[i]] = static_cast<Code>(1 + i);
  return codes;
}

void extend(std::map<std::pair<int, int>, int> &map, int table, int item, int until) {
  int &last = map[{table, item}];
  last = std::max(last, until);
}

template <class T>
size_t bytes(const std::vector<T> &v) {
  return v.capacity() * sizeof(T);
}

template <class T>
void free_vector(std::vector<T> &v) {
  std::vector<T>().swap(v);
}

}  // namespace

World::World(const Schema &s, const Plan &p, const Model &m, SampleOptions o)
    : schema(s), plan(p), model(m), options(std::move(o)), tables(s.tables.size()), position(s.tables.size(), -1) {
  for (size_t i = 0; i < plan.order.size(); ++i) position[plan.order[i]] = static_cast<int>(i);
  choice_code.resize(schema.tables.size());
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    TableState &state = tables[t];
    state.name = hash_name(schema.tables[t].qualified());
    TableRole role = plan.tables[t].role;
    state.fixed = role == TableRole::Keep || role == TableRole::External;
    if (!state.fixed) continue;
    state.begun = state.ended = true;
    state.rows = kept_rows(model.tables[t]);
  }
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    int table = static_cast<int>(t);
    drawn_choice_.emplace_back(keys(table), 0);
    late_.emplace_back(keys(table), 0);
    choice_code[t].resize(keys(table));
    if (plan.tables[t].role != TableRole::Learn) continue;
    for (int f = 0; f < keys(table); ++f) {
      const ForeignKeyModel &fk = model.tables[t].foreign_keys[f];
      if (fk.choice) choice_code[t][f] = invert_choice(fk, tables[key(table, f).parent].rows);
      bool shared = false, step = false;
      for (int g = 0; g < keys(table); ++g) shared |= g != f && shares_columns(key(table, f), key(table, g));
      for (const ColumnModel &column : model.tables[t].columns) step |= column.column < 0 && column.fk == f;
      drawn_choice_[t][f] = fk.choice && step && !shared && role(table, f) == FkRole::Further;
    }
    for (int f = 0; f < keys(table); ++f)
      late_[t][f] = role(table, f) == FkRole::Cut || (role(table, f) == FkRole::Self && !pure_key(table, f));
  }
  for (size_t i = 0; i < plan.order.size(); ++i)
    if (plan.tables[plan.order[i]].role == TableRole::Learn)
      need_table(plan.order[i], has_late(plan.order[i]) ? std::numeric_limits<int>::max() : static_cast<int>(i));
}

bool World::drawn_choice(int table, int fk) const { return drawn_choice_[table][fk]; }

const ColumnModel *World::choice_step(int table, int fk) const {
  if (!drawn_choice(table, fk)) return nullptr;
  for (const ColumnModel &step : model.tables[table].columns)
    if (step.column < 0 && step.fk == fk) return &step;
  return nullptr;
}

bool World::late(int table, int fk) const { return late_[table][fk]; }

bool World::has_late(int table) const {
  const std::vector<ColumnPlan> &columns = plan.tables[table].columns;
  return std::find(late_[table].begin(), late_[table].end(), uint8_t{1}) != late_[table].end() ||
         std::any_of(columns.begin(), columns.end(), [](const ColumnPlan &c) { return c.rule.kind == Rule::Kind::Total; });
}

// Whether the key that a self reference points to follows from the structure alone, so that it is known before the row is drawn.
bool World::pure_key(int table, int fk) const {
  const ForeignKey &self = key(table, fk);
  for (int column : self.parent_columns) {
    ColumnRole column_role = plan.tables[table].columns[column].role;
    if (column_role == ColumnRole::Serial || column_role == ColumnRole::Uuid || column_role == ColumnRole::LineNumber) continue;
    if (column_role != ColumnRole::ForeignKey) return false;
    bool written = false;
    for (int f = 0; f < keys(table); ++f) {
      const ForeignKey &other = key(table, f);
      if (f == fk || std::find(other.child_columns.begin(), other.child_columns.end(), column) == other.child_columns.end()) continue;
      if (role(table, f) == FkRole::Self || role(table, f) == FkRole::Cut || drawn_choice_[table][f] || other.nullable) return false;
      written = true;
    }
    if (!written) return false;
  }
  return true;
}

void World::need_features(const std::vector<FeatureRef> &features, int table, bool generated, int until) {
  using Kind = FeatureRef::Kind;
  for (const FeatureRef &ref : features) {
    int here = table;
    auto climb = [&](int fk) {
      if (here != table || generated) extend(needs.parents, here, fk, until);
      here = key(here, fk).parent;
    };
    if (is_sister(ref.kind)) {
      int &last = needs.sisters[sister_key(ref)];
      last = std::max(last, until);
      if (here != sister_parent(sister_key(ref))) climb(plan.tables[here].driver);
      continue;
    }
    if (ref.kind == Kind::Span) {
      if (!generated) climb(plan.tables[table].driver);
      extend(needs.spans, here, ref.column, until);
      continue;
    }
    if (ref.kind == Kind::Own && generated) extend(needs.codes, table, ref.column, until);
    if (is_tree_place(ref.kind) && generated) extend(needs.trees, table, ref.fk, until);
    // Rows of the table itself are the drawer's affair.
    if (ref.kind == Kind::Parent && !generated && ref.fk >= 0 && ref.fk < keys(table) && role(table, ref.fk) == FkRole::Self) continue;
    if (ref.kind == Kind::Choice && generated) extend(needs.parents, table, ref.fk, until);
    if (is_place(ref.kind) && generated && plan.tables[table].driver >= 0) extend(needs.parents, table, plan.tables[table].driver, until);
    if (ref.kind == Kind::Parent && ref.fk >= 0 && ref.fk < keys(table)) {
      climb(ref.fk);
      extend(needs.codes, here, ref.column, until);
    }
    if (ref.kind == Kind::Grandparent) {
      int steps = 0;
      for (; steps < ref.fk && plan.tables[here].driver >= 0; ++steps) climb(plan.tables[here].driver);
      if (steps == ref.fk) extend(needs.codes, here, ref.column, until);
    }
  }
}

void World::need_base(const Relative &relative, int table, int until) {
  const BaseRef &base = relative.base;
  for (const LinearTerm &term : relative.terms)
    if (term.up > 0) extend(needs.values, key(table, plan.tables[table].driver).parent, term.column, until);
  int here = table;
  for (int i = 0; i < base.up; ++i) {
    if (plan.tables[here].driver < 0) return;
    if (here != table) extend(needs.parents, here, plan.tables[here].driver, until);
    here = key(here, plan.tables[here].driver).parent;
  }
  if (base.up > 0) extend(needs.values, here, base.column, until);
}

void World::need_input(const RuleInput &input, int table, int until) {
  int here = table;
  for (int fk : input.path) {
    if (here != table) extend(needs.parents, here, fk, until);
    here = key(here, fk).parent;
  }
  if (input.sister >= 0) {
    here = schema.foreign_keys[input.sister].child;
    extend(needs.parents, here, plan.tables[here].driver, until);  // with it go the groups
  }
  if (!input.path.empty() && input.column >= 0) extend(needs.values, here, input.column, until);
}

// Parents along a way up from a table, all but its first `known` steps.
void World::need_way(int table, const std::vector<int> &way, size_t known, int until) {
  for (size_t i = 0; i < way.size(); ++i) {
    if (i >= known) extend(needs.parents, table, way[i], until);
    table = key(table, way[i]).parent;
  }
}

void World::need_table(int table, int until) {
  const TableModel &m = model.tables[table];
  for (const ColumnModel &column : m.columns) {
    need_features(column.features, table, false, until);
    if (column.rule) {
      need_features(column.rule->features, table, false, until);
      for (const RuleInput &input : column.rule->rule.inputs) need_input(input, table, until);
    }
    if (column.column >= 0)
      for (const Bound &bound : plan.tables[table].columns[column.column].bounds) need_input(bound.input, table, until);
    if (column.grain) need_features(column.grain->features, table, false, until);
    if (column.chain) need_features(column.chain->features, table, false, until);
    if (column.guard) {
      need_features(column.guard->features, table, false, until);
      need_base(*column.guard, table, until);
    }
    if (!column.relative) continue;
    need_features(column.relative->features, table, false, until);
    need_base(*column.relative, table, until);
  }
  for (int f = 0; f < keys(table); ++f) {
    const ForeignKeyModel &fk = m.foreign_keys[f];
    need_features(fk.null_features, table, false, until);
    need_features(fk.block.features, table, false, until);
    for (const BlockModel::Column &column : fk.block.columns) need_features({column.ref}, key(table, f).parent, true, until);
    need_features(fk.children.features, key(table, f).parent, true, until);
    need_features(fk.repeat.features, table, false, until);
    need_features(fk.group_tree.depth_features, table, false, until);
    need_features(fk.group_tree.back_features, table, false, until);
    for (const PathRule &rule : fk.paths) {
      need_way(table, rule.own, 1, until);
      need_way(key(table, f).parent, rule.other, 0, until);
    }
    for (int column : key(table, f).parent_columns) extend(needs.values, key(table, f).parent, column, until);
  }
}

void World::release(int done) {
  for (auto &[item, until] : needs.codes)
    if (until <= done && item.first >= 0 && !tables[item.first].codes.empty()) free_vector(tables[item.first].codes[item.second]);
  for (auto &[item, until] : needs.values)
    if (until <= done && !tables[item.first].values.empty()) tables[item.first].values[item.second] = ValueColumn();
  for (const auto &[item, until] : needs.spans)
    if (until <= done) tables[item.first].spans.erase(item.second);
  for (const auto &[item, until] : needs.sisters)
    if (until <= done) tables[sister_parent(item)].sisters.erase(item);
  for (size_t t = 0; t < tables.size(); ++t) {
    TableState &state = tables[t];
    if (state.fixed || !state.ended || has_late(static_cast<int>(t))) continue;
    for (size_t f = 0; f < state.parents.size(); ++f) {
      auto found = needs.parents.find({static_cast<int>(t), static_cast<int>(f)});
      if (found != needs.parents.end() && found->second > done) continue;
      free_vector(state.parents[f]);
      if (static_cast<int>(f) == plan.tables[t].driver) free_vector(state.group_begin);
    }
    for (size_t f = 0; f < state.depth.size(); ++f) {
      auto found = needs.trees.find({static_cast<int>(t), static_cast<int>(f)});
      if (found != needs.trees.end() && found->second > done) continue;
      free_vector(state.depth[f]);
      state.tree[f] = {};
    }
    state.late_prefix.clear();
  }
}

size_t World::memory() const {
  size_t sum = 0;
  for (const TableState &state : tables) {
    sum += bytes(state.group_begin);
    for (const auto &[key, v] : state.late_prefix) sum += bytes(v);
    for (const auto &v : state.parents) sum += bytes(v);
    for (const auto &v : state.depth) sum += bytes(v);
    for (const TreePlaces &v : state.tree) sum += bytes(v.children) + bytes(v.siblings) + bytes(v.sibling);
    for (const auto &v : state.codes) sum += bytes(v);
    for (const auto &[key, v] : state.sisters) sum += bytes(v);
    for (const auto &[column, v] : state.spans) sum += bytes(v);
    for (const ValueColumn &v : state.values) {
      sum += bytes(v.ints) + bytes(v.floats) + bytes(v.texts) + bytes(v.nulls);
      for (const std::string &text : v.texts)
        if (text.capacity() > 15) sum += text.capacity() + 1;
    }
  }
  return sum;
}

namespace {

const std::vector<Code> *stored_codes(const World &world, int table, int column) {
  const auto &codes = world.tables[table].fixed ? world.model.tables[table].kept_codes : world.tables[table].codes;
  if (column < 0 || static_cast<size_t>(column) >= codes.size() || codes[column].empty()) return nullptr;
  return &codes[column];
}

// One step up; false when the way is not known.
bool climb(const World &world, int &table, int fk, FeatureSource &source) {
  if (fk < 0 || fk >= world.keys(table)) return false;
  const auto &all = world.tables[table].fixed ? world.model.tables[table].kept_parents : world.tables[table].parents;
  if (static_cast<size_t>(fk) >= all.size() || all[fk].empty()) return false;
  source.up.push_back(all[fk].data());
  table = world.key(table, fk).parent;
  return true;
}

const Code *tree_codes(const TableState &state, const FeatureRef &ref) {
  using Kind = FeatureRef::Kind;
  if (ref.fk < 0 || static_cast<size_t>(ref.fk) >= state.tree.size() || state.depth[ref.fk].empty()) return nullptr;
  const TreePlaces &tree = state.tree[ref.fk];
  if (ref.kind == Kind::Depth) return state.depth[ref.fk].data();
  return (ref.kind == Kind::Children ? tree.children : ref.kind == Kind::Siblings ? tree.siblings : tree.sibling).data();
}

}  // namespace

FeatureSource resolve(const World &world, int table, const FeatureRef &ref, bool generated) {
  using Kind = FeatureRef::Kind;
  FeatureSource source;
  source.ref = ref;
  int here = table;
  bool known = true;
  if (ref.kind == Kind::Parent || ref.kind == Kind::HasParent || ref.kind == Kind::Choice) {
    known = climb(world, here, ref.fk, source);
    if (known && !generated && world.drawn_choice(table, ref.fk)) source.choice_fk = ref.fk;
    // A row's own generation cannot read codes of rows of the same table: they may not be drawn yet.
    if (ref.kind == Kind::Parent && here == table && !generated) known = false;
  }
  if (ref.kind == Kind::Grandparent)
    for (int i = 0; i < ref.fk && known; ++i) known = climb(world, here, world.plan.tables[here].driver, source);
  if (ref.kind == Kind::Span) {
    if (!generated) known = climb(world, here, world.plan.tables[here].driver, source);
    auto found = world.tables[here].spans.find(ref.column);
    if (found != world.tables[here].spans.end()) source.codes = found->second.data();
  }
  if (is_sister(ref.kind)) {
    int parent = world.sister_parent(sister_key(ref));
    if (here != parent) known = climb(world, here, world.plan.tables[here].driver, source) && here == parent;
    auto found = world.tables[parent].sisters.find(sister_key(ref));
    if (found != world.tables[parent].sisters.end()) source.codes = found->second.data();
  }
  if (!known) {
    source.up.clear();
    source.ref.kind = Kind::Own;  // without codes: missing
    return source;
  }
  if (ref.kind == Kind::Choice && !world.choice_code[table][ref.fk].empty()) source.choice = world.choice_code[table][ref.fk].data();
  if (is_tree_place(ref.kind)) source.codes = tree_codes(world.tables[table], ref);
  if (ref.kind == Kind::Parent || ref.kind == Kind::Grandparent || (ref.kind == Kind::Own && generated)) {
    const std::vector<Code> *codes = stored_codes(world, here, ref.column);
    if (codes) source.codes = codes->data();
  }
  return source;
}

Code feature_code(const FeatureSource &source, const Place &place) {
  using Kind = FeatureRef::Kind;
  switch (source.ref.kind) {
    case Kind::Position: return count_code(place.position);
    case Kind::GroupSize: return count_code(place.group_size);
    case Kind::Remaining: return count_code(place.group_size - place.position);
    case Kind::HasParent: return has_parent_code(source.up[0][place.row]);
    case Kind::Choice: {
      int32_t parent = source.up[0][place.row];
      if (parent == no_parent) return null_code;
      return parent < 0 || !source.choice ? missing_code : source.choice[parent];
    }
    case Kind::Own:
    case Kind::Parent:
    case Kind::Grandparent:
    case Kind::Depth:
    case Kind::Span:
    case Kind::Children:
    case Kind::Siblings:
    case Kind::Sibling: break;
    default:
      if (!is_sister(source.ref.kind)) return missing_code;  // of the rows before, which are the caller's affair
  }
  int64_t row = static_cast<int64_t>(place.row);
  for (const int32_t *up : source.up) {
    row = up[row];
    if (row < 0) return missing_code;
  }
  return source.codes ? source.codes[row] : missing_code;
}

int64_t row_along(const World &world, int table, const std::vector<int> &path, size_t row) {
  int64_t r = static_cast<int64_t>(row);
  for (int fk : path) {
    const std::vector<int32_t> &parents = world.parents(table, fk);
    if (static_cast<size_t>(r) >= parents.size()) return unknown_parent;
    r = parents[r];
    if (r < 0) return r;
    table = world.key(table, fk).parent;
  }
  return r;
}

Place place_of(const TableState &table, size_t row) {
  Place place;
  place.row = row;
  if (table.group_begin.empty() || row >= table.group_begin.back()) return place;
  auto next = std::upper_bound(table.group_begin.begin(), table.group_begin.end(), static_cast<uint32_t>(row));
  size_t first = *(next - 1);
  place.position = row - first + 1;
  place.group_size = *next - first;
  return place;
}

}  // namespace relsynth::core
