// What is compared, and the rows of each database in the form that measures take.
#include "core/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "core/measured_value.h"
#include "core/random.h"

namespace relsynth::core {

namespace {

constexpr size_t kind_rows = 20000;  // of the source that decide about kinds

std::string label_of(const Schema &schema, const ForeignKey &fk) {
  std::string columns;
  for (int c : fk.child_columns) columns += (columns.empty() ? "" : ", ") + schema.tables[fk.child].columns[c].name;
  auto name = [&](int t) { return schema.names.size() > 1 ? schema.tables[t].qualified() : schema.tables[t].name; };
  return name(fk.child) + "(" + columns + ") -> " + name(fk.parent);
}

bool is_text_like(TypeClass cls) {
  return cls == TypeClass::Text || cls == TypeClass::Enum || cls == TypeClass::Bool || cls == TypeClass::Uuid;
}

// By the type and the keys; categories may turn out to be texts.
ValueKind kind_of(const Column &column, bool key) {
  if (key) return ValueKind::Key;
  if (is_text_like(column.cls)) return ValueKind::Category;
  if (is_calendar(column.cls)) return ValueKind::Time;
  switch (column.cls) {
    case TypeClass::Int:
    case TypeClass::Numeric:
    case TypeClass::Float:
    case TypeClass::Money:
    case TypeClass::Time:
    case TypeClass::TimeTz:
    case TypeClass::Interval: return ValueKind::Number;
    case TypeClass::Array:
    case TypeClass::Json:
    case TypeClass::Xml:
    case TypeClass::Bytea:
    case TypeClass::TextSearch:
    case TypeClass::Geometric: return ValueKind::Length;
    default: break;
  }
  return is_document(column) ? ValueKind::Length : ValueKind::Category;
}

// Columns of foreign keys, and a primary key of one column.
std::vector<uint8_t> key_columns(const Schema &schema, int table) {
  const Table &t = schema.tables[table];
  std::vector<uint8_t> key(t.columns.size(), 0);
  for (int f : t.foreign_keys)
    for (int c : schema.foreign_keys[f].child_columns) key[c] = 1;
  for (const ForeignKey &fk : schema.implied)
    if (fk.child == table)
      for (int c : fk.child_columns) key[c] = 1;
  if (const UniqueKey *primary = t.primary_key(); primary && primary->columns.size() == 1 && primary->columns[0] >= 0)
    key[primary->columns[0]] = 1;
  return key;
}

ComparedTable compared_table(const Schema &schema, int table) {
  const Table &t = schema.tables[table];
  const std::vector<uint8_t> key = key_columns(schema, table);
  ComparedTable out;
  out.source = table;
  out.name = schema.names.size() > 1 ? t.qualified() : t.name;
  for (size_t c = 0; c < t.columns.size(); ++c) out.columns.push_back({t.columns[c].name, kind_of(t.columns[c], key[c]), t.columns[c].cls});
  return out;
}

void add_links(const Schema &schema, const Plan &plan, const std::vector<int> &compared, ComparedLayout &layout) {
  for (size_t f = 0; f < schema.foreign_keys.size(); ++f) {
    const ForeignKey &fk = schema.foreign_keys[f];
    int child = compared[fk.child], parent = compared[fk.parent];
    if (child < 0 || parent < 0) continue;
    int link = static_cast<int>(layout.links.size());
    ComparedTable &table = layout.tables[child];
    const std::vector<int> &keys = schema.tables[fk.child].foreign_keys;
    int driver = plan.tables[fk.child].driver;
    if (driver >= 0 && keys[driver] == static_cast<int>(f)) table.driver = link;
    layout.links.push_back({fk.name, label_of(schema, fk), static_cast<int>(f), child, parent, static_cast<int>(table.links.size())});
    table.links.push_back(link);
    layout.tables[parent].children.push_back(link);
  }
}

// A column of a scanned side as numbers, or as levels.
ComparedValues values_of(const ComparedColumn &compared, const Column &column, const SourceColumn &from, Levels &levels) {
  ComparedValues out;
  if (compared.kind == ValueKind::Key) return out;
  const size_t n = from.size();
  if (is_numeric(compared.kind)) {
    out.numbers.resize(n);
    for (size_t r = 0; r < n; ++r) out.numbers[r] = measured_number(compared.kind, compared.cls, column, from, r);
    return out;
  }
  out.levels.assign(n, -1);
  std::vector<int32_t> of_pool(from.pool.size(), -1);
  for (size_t r = 0; r < n; ++r) {
    if (from.nulls[r]) continue;
    if (from.repr != Repr::Text) {
      out.levels[r] = levels.of(printed_level(column, from, r));
      continue;
    }
    int32_t &level = of_pool[from.ids[r]];
    if (level < 0) level = levels.of(from.pool[from.ids[r]]);
    out.levels[r] = level;
  }
  return out;
}

// A category of too many levels is text, of one for nearly every row a key if they are uuids.
ValueKind settled_kind(const ComparedColumn &column, const std::vector<int32_t> &levels) {
  size_t step = std::max<size_t>(1, levels.size() / kind_rows), rows = 0;
  std::unordered_set<int32_t> seen;
  for (size_t r = 0; r < levels.size(); r += step) {
    if (levels[r] < 0) continue;
    ++rows;
    seen.insert(levels[r]);
  }
  const double distinct = static_cast<double>(seen.size()), all = static_cast<double>(rows);
  if (column.cls == TypeClass::Uuid && distinct > 0 && distinct > 0.9 * all) return ValueKind::Key;
  if ((distinct > 50 && distinct > 0.2 * all) || distinct > 1000) return ValueKind::Text;
  return ValueKind::Category;
}

void settle_kinds(Comparison &comparison) {
  for (size_t t = 0; t < comparison.layout.tables.size(); ++t) {
    ComparedTable &table = comparison.layout.tables[t];
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].kind != ValueKind::Category) continue;
      ComparedValues &values = comparison.sides[0].tables[t].columns[c];
      table.columns[c].kind = settled_kind(table.columns[c], values.levels);
      if (table.columns[c].kind == ValueKind::Key) values = {};
    }
  }
}

// Values of a column that the side does not have.
ComparedValues nothing(ValueKind kind, size_t rows) {
  ComparedValues out;
  if (is_numeric(kind)) out.numbers.assign(rows, std::numeric_limits<double>::quiet_NaN());
  if (kind == ValueKind::Category || kind == ValueKind::Text) out.levels.assign(rows, -1);
  return out;
}

SideTable side_table(Comparison &comparison, size_t t, const Counterpart &counterpart, SourceData &data) {
  const ComparedTable &table = comparison.layout.tables[t];
  SideTable out;
  int there = counterpart.table[t];
  if (there < 0) {
    for (const ComparedColumn &c : table.columns) out.columns.push_back(nothing(c.kind, 0));
    out.parents.resize(table.links.size());
    out.counts.resize(table.children.size());
    return out;
  }
  SourceTable &from = data.tables[there];
  out.present = true;
  out.rows = from.rows;
  out.total_rows = from.total_rows;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    int column = counterpart.column[t][c];
    if (column < 0) {
      out.columns.push_back(nothing(table.columns[c].kind, from.rows));
      continue;
    }
    out.columns.push_back(
        values_of(table.columns[c], counterpart.schema.tables[there].columns[column], from.columns[column], comparison.levels[t][c]));
    from.columns[column] = {};
  }
  for (int link : table.links) {
    int key = counterpart.key[link];
    std::vector<int32_t> parents(from.rows, unknown_parent);
    const std::vector<int> &keys = counterpart.schema.tables[there].foreign_keys;
    if (key >= 0) parents = from.parents[std::find(keys.begin(), keys.end(), key) - keys.begin()];
    out.parents.push_back(std::move(parents));
  }
  for (int link : table.children) {
    int key = counterpart.key[link];
    std::vector<uint32_t> counts(from.rows, 0);
    if (key >= 0 && from.children[key].size() == from.rows) counts = from.children[key];
    out.counts.push_back(std::move(counts));
  }
  return out;
}

// Table columns, keys and order of a counterpart; its foreign keys come when all tables are there.
Table counterpart_table(const Table &source, const Table &there, std::vector<int> &column) {
  Table out = there;
  out.columns.clear();
  out.keys.clear();
  out.checks.clear();
  out.foreign_keys.clear();
  out.external = false;
  for (const Column &c : source.columns) {
    int at = there.column_index(c.name);
    column.push_back(at < 0 ? -1 : static_cast<int>(out.columns.size()));
    if (at < 0) continue;
    out.columns.push_back(there.columns[at]);
    out.columns.back().generated = 0;
  }
  for (const UniqueKey &key : source.keys) {
    UniqueKey copy = key;
    bool whole = true;
    for (int &c : copy.columns) {
      c = c < 0 ? -1 : column[c];
      whole = whole && c >= 0;
    }
    if (whole) out.keys.push_back(std::move(copy));
  }
  return out;
}

// A key of the source between the tables of a counterpart; false where a column is missing.
bool counterpart_key(const Counterpart &counterpart, const ComparedLink &link, ForeignKey &fk) {
  fk.validated = true;
  fk.declared = false;
  fk.only_in.clear();
  fk.only_to = {};
  for (int &c : fk.child_columns) c = counterpart.column[link.child][c];
  for (int &c : fk.parent_columns) c = counterpart.column[link.parent][c];
  fk.child = counterpart.table[link.child];
  fk.parent = counterpart.table[link.parent];
  auto there = [](int c) { return c >= 0; };
  return fk.child >= 0 && fk.parent >= 0 && std::all_of(fk.child_columns.begin(), fk.child_columns.end(), there) &&
         std::all_of(fk.parent_columns.begin(), fk.parent_columns.end(), there);
}

}  // namespace

int32_t Levels::of(std::string_view text) {
  auto [it, fresh] = at.try_emplace(std::string(text), static_cast<int32_t>(texts.size()));
  if (fresh) texts.emplace_back(text);
  return it->second;
}

ComparedLayout make_layout(const Schema &schema, const Plan &plan) {
  ComparedLayout layout;
  std::vector<int> compared(schema.tables.size(), -1);
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    if (schema.tables[t].external || plan.tables[t].role == TableRole::Skip) continue;
    compared[t] = static_cast<int>(layout.tables.size());
    layout.tables.push_back(compared_table(schema, static_cast<int>(t)));
  }
  add_links(schema, plan, compared, layout);
  for (int t : plan.order)
    if (compared[t] >= 0) layout.order.push_back(compared[t]);
  return layout;
}

Counterpart make_counterpart(const ComparedLayout &layout, const Schema &source, const Schema &there,
                             const std::map<std::string, std::string> &schemas, int64_t sample_rows) {
  Counterpart out;
  out.schema.names = there.names;
  out.table.assign(layout.tables.size(), -1);
  out.column.resize(layout.tables.size());
  for (size_t t = 0; t < layout.tables.size(); ++t) {
    const Table &table = source.tables[layout.tables[t].source];
    auto found = std::find_if(there.tables.begin(), there.tables.end(), [&](const Table &other) {
      return !other.external && other.name == table.name && other.schema == schemas.at(table.schema);
    });
    if (found == there.tables.end()) continue;
    out.table[t] = static_cast<int>(out.schema.tables.size());
    out.schema.tables.push_back(counterpart_table(table, *found, out.column[t]));
  }
  out.plan.tables.resize(out.schema.tables.size());
  out.plan.sample_rows = sample_rows;
  for (const ComparedLink &link : layout.links) {
    ForeignKey fk = source.foreign_keys[link.source];
    out.key.push_back(-1);
    if (out.table[link.child] < 0 || out.table[link.parent] < 0 || !counterpart_key(out, link, fk)) continue;
    out.key.back() = static_cast<int>(out.schema.foreign_keys.size());
    std::vector<int> &keys = out.schema.tables[fk.child].foreign_keys;
    if (layout.tables[link.child].driver == static_cast<int>(&link - layout.links.data()))
      out.plan.tables[fk.child].driver = static_cast<int>(keys.size());
    keys.push_back(out.key.back());
    out.schema.foreign_keys.push_back(std::move(fk));
  }
  for (int t : layout.order)
    if (out.table[t] >= 0) out.plan.order.push_back(out.table[t]);
  return out;
}

void add_side(Comparison &comparison, const std::string &name, const Counterpart &counterpart, SourceData data) {
  comparison.levels.resize(comparison.layout.tables.size());
  Side side;
  side.name = name;
  for (size_t t = 0; t < comparison.layout.tables.size(); ++t) {
    comparison.levels[t].resize(comparison.layout.tables[t].columns.size());
    side.tables.push_back(side_table(comparison, t, counterpart, data));
  }
  number_entities(comparison.layout, side);
  comparison.sides.push_back(std::move(side));
  if (comparison.sides.size() == 1) settle_kinds(comparison);
}

View whole_view(const Side &side) {
  View view;
  view.side = &side;
  for (const SideTable &table : side.tables) {
    view.rows.emplace_back(table.rows);
    std::iota(view.rows.back().begin(), view.rows.back().end(), 0u);
  }
  return view;
}

namespace {

// Along the driver: the row above, -1 where there is none.
int32_t above(const ComparedLink *driver, const SideTable &table, uint32_t row) {
  return driver ? std::max(-1, table.parents[driver->position][row]) : -1;
}

const ComparedLink *driver_of(const ComparedLayout &layout, int table) {
  return layout.tables[table].driver < 0 ? nullptr : &layout.links[layout.tables[table].driver];
}

}  // namespace

void number_entities(const ComparedLayout &layout, Side &side) {
  uint32_t next = 0;
  for (int t : layout.order) {
    const ComparedLink *driver = driver_of(layout, t);
    SideTable &table = side.tables[t];
    table.entity.resize(table.rows);
    for (uint32_t r = 0; r < table.rows; ++r) {
      const int32_t parent = above(driver, table, r);
      const bool known = parent >= 0 && static_cast<size_t>(parent) < side.tables[driver->parent].entity.size();
      table.entity[r] = known ? side.tables[driver->parent].entity[parent] : next++;
    }
  }
}

std::pair<View, View> halves(const Comparison &comparison, const Side &side, size_t least) {
  std::vector<std::vector<uint64_t>> hash(side.tables.size());
  std::vector<uint8_t> shared(side.tables.size(), 0);
  std::pair<View, View> out;
  for (View *view : {&out.first, &out.second}) {
    view->side = &side;
    view->rows.resize(side.tables.size());
    view->whole = false;
  }
  for (int t : comparison.layout.order) {
    const SideTable &table = side.tables[t];
    const ComparedLink *driver = driver_of(comparison.layout, t);
    if (driver && (shared[driver->parent] || driver->self())) driver = nullptr;
    shared[t] = !driver && table.rows < least;
    hash[t].resize(table.rows);
    for (uint32_t r = 0; r < table.rows; ++r) {
      const int32_t parent = above(driver, table, r);
      const bool known = parent >= 0 && static_cast<size_t>(parent) < hash[driver->parent].size();
      const uint64_t h = hash[t][r] = known ? hash[driver->parent][parent] : combine(hash_name(comparison.layout.tables[t].name), r);
      if (shared[t] || !(h & 1)) out.first.rows[t].push_back(r);
      if (shared[t] || (h & 1)) out.second.rows[t].push_back(r);
    }
  }
  out.first.shared = out.second.shared = shared;
  return out;
}

std::vector<uint32_t> some_rows(const std::vector<uint32_t> &rows, size_t most, uint64_t salt) {
  std::vector<uint32_t> out = rows;
  Stream random(salt, hash_name("rows"), out.size(), Purpose::Shuffle);
  const size_t n = std::min(most, out.size());
  for (size_t i = 0; i < n; ++i) std::swap(out[i], out[i + random.below(out.size() - i)]);
  out.resize(n);
  return out;
}

}  // namespace relsynth::core
