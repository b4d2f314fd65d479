// settle: the plan and the sample -> the final plan. Which small tables are kept, which foreign keys drive, roles and encodings of columns.
// Input: Plan of make_plan(), SourceData of scan; output: both completed (data: entities).
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <unordered_set>

#include "core/ascending.h"
#include "core/bounds.h"
#include "core/codec.h"
#include "core/derived_text.h"
#include "core/distinct.h"
#include "core/group_constant.h"
#include "core/lookup.h"
#include "core/ordinal.h"
#include "core/plan.h"
#include "core/recall.h"
#include "core/relative.h"
#include "core/roles.h"
#include "core/rule_member.h"
#include "core/rules.h"
#include "core/typed_text.h"

namespace relsynth::core {

namespace {

constexpr double counted_share = 0.99;  // of groups whose numbers must be 1 .. n for a line number
constexpr double dense_factor = 1.2;    // of rows that the values of a fresh integer key may span
constexpr size_t most_distinct = 4096;  // counted for the drawing order; more are equally many

// Numeric values of a column, whatever holds them.
double value_at(const SourceColumn &column, size_t row) {
  return column.repr == Repr::Int ? static_cast<double>(column.ints[row]) : column.floats[row];
}

bool has_nulls(const SourceColumn &column) { return std::find(column.nulls.begin(), column.nulls.end(), uint8_t{1}) != column.nulls.end(); }

struct Span {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
};

Span span_of(const SourceColumn &column) {
  Span span;
  if (column.repr == Repr::Text) return span;
  for (size_t r = 0; r < column.size(); ++r) {
    if (column.nulls[r]) continue;
    span.low = std::min(span.low, value_at(column, r));
    span.high = std::max(span.high, value_at(column, r));
  }
  return span;
}

size_t distinct_values(const SourceColumn &column) {
  if (column.repr == Repr::Text) return column.pool.size();
  std::unordered_set<double> seen;
  for (size_t r = 0; r < column.size() && seen.size() < most_distinct; ++r)
    if (!column.nulls[r]) seen.insert(value_at(column, r));
  return seen.size();
}

class Settler {
 public:
  Settler(Plan &plan, Schema &schema, SourceData &data) : plan_(plan), schema_(schema), data_(data) {
    data_.tables.resize(schema_.tables.size());
    for (size_t t = 0; t < schema_.tables.size(); ++t) {
      data_.tables[t].columns.resize(schema_.tables[t].columns.size());
      data_.tables[t].parents.resize(schema_.tables[t].foreign_keys.size());
    }
  }
  void settle();

 private:
  bool kept_or_outside(int table) const {
    return plan_.tables[table].role == TableRole::Keep || plan_.tables[table].role == TableRole::External;
  }
  bool whole(int table) const { return data_.tables[table].rows >= data_.tables[table].total_rows; }
  void decide_candidates();
  void count();
  bool is_shortcut(int table, size_t position) const;
  void take_back_keeps();
  bool may_redrive(int table) const;
  void redrive(int table);
  void root_entities(int table, uint32_t &next);
  void number_entities();
  void settle_columns(int table);
  void settle_role(int table, int column);
  bool counts_groups(int table, const SourceColumn &values) const;
  bool counts_unsaid(int table, int column) const;
  void encode_columns(int table);
  void order_columns(int table);

  Plan &plan_;
  Schema &schema_;
  SourceData &data_;
  Counts counts_;
};

void Settler::count() {
  for (size_t t = 0; t < schema_.tables.size(); ++t) {
    plan_.check();
    counts_.rows.push_back(static_cast<double>(data_.tables[t].total_rows));
    counts_.personal.push_back(about_persons(schema_.tables[t], data_.tables[t]));
  }
  for (size_t f = 0; f < schema_.foreign_keys.size(); ++f) {
    const ForeignKey &fk = schema_.foreign_keys[f];
    const auto &children = data_.tables[fk.parent].children;
    const std::vector<int> &mine = schema_.tables[fk.child].foreign_keys;
    size_t position = std::find(mine.begin(), mine.end(), static_cast<int>(f)) - mine.begin();
    size_t groups = 0;
    if (f < children.size() && !children[f].empty()) {
      groups = children[f].size() - std::count(children[f].begin(), children[f].end(), 0u);
      // The parent's sample stands for all of it.
      groups = groups * std::max<size_t>(data_.tables[fk.parent].total_rows, 1) / std::max<size_t>(data_.tables[fk.parent].rows, 1);
    } else {
      std::unordered_set<int32_t> seen(data_.tables[fk.child].parents[position].begin(), data_.tables[fk.child].parents[position].end());
      groups = seen.size() - seen.count(no_parent) - seen.count(unknown_parent);
    }
    counts_.groups.push_back(static_cast<double>(groups));
  }
  counts_.shortcut.assign(schema_.foreign_keys.size(), 0);
  for (size_t t = 0; t < schema_.tables.size(); ++t)
    for (size_t i = 0; i < schema_.tables[t].foreign_keys.size(); ++i)
      counts_.shortcut[schema_.tables[t].foreign_keys[i]] = is_shortcut(static_cast<int>(t), i);
}

// Whether a key leads, in every row, to the parent of another parent of the row, whose own rows are no fewer than two on average: the other
// key then says more of a row (a ticket's contact, whose account is the ticket's).
bool Settler::is_shortcut(int table, size_t position) const {
  constexpr double least_group = 2;
  constexpr size_t least_rows = 100, most_tried = 20000;
  const std::vector<int> &keys = schema_.tables[table].foreign_keys;
  const ForeignKey &fk = schema_.foreign_keys[keys[position]];
  auto parents = [&](int of, size_t at) {
    const auto &all = data_.tables[of].parents;
    return at < all.size() ? std::span<const int32_t>(all[at]) : std::span<const int32_t>();
  };
  const std::span<const int32_t> mine = parents(table, position);
  size_t step = std::max<size_t>(1, mine.size() / most_tried);
  auto agrees = [&](std::span<const int32_t> other, std::span<const int32_t> up) {
    size_t rows = 0;
    for (size_t r = 0; r < std::min(mine.size(), other.size()); r += step) {
      int32_t there = other[r] >= 0 && static_cast<size_t>(other[r]) < up.size() ? up[other[r]]
                      : other[r] == no_parent                                    ? no_parent
                                                                                 : unknown_parent;
      if (there == unknown_parent || mine[r] == unknown_parent) continue;
      if (there != mine[r]) return false;
      rows += there >= 0;
    }
    return rows >= least_rows;
  };
  for (size_t by = 0; by < keys.size(); ++by) {
    const ForeignKey &other = schema_.foreign_keys[keys[by]];
    bool finer = counts_.groups[keys[by]] > counts_.groups[keys[position]] && counts_.rows[table] >= least_group * counts_.groups[keys[by]];
    if (by == position || other.self() || fk.self() || other.parent == fk.parent || !finer) continue;
    const std::vector<int> &further = schema_.tables[other.parent].foreign_keys;
    for (size_t h = 0; h < further.size(); ++h)
      if (schema_.foreign_keys[further[h]].parent == fk.parent && agrees(parents(table, by), parents(other.parent, h))) return true;
  }
  return false;
}

// Parents first, so that is_lookup() sees what became of a candidate's parents.
void Settler::decide_candidates() {
  for (int t : plan_.order) {
    TablePlan &p = plan_.tables[t];
    if (!p.keep_candidate || p.role != TableRole::Learn) continue;
    p.keep_candidate = false;
    std::string reason;
    if (!whole(t))
      reason = "too many rows to be a reference table";
    else if (is_lookup(schema_, plan_, data_, t, reason))
      p.role = TableRole::Keep;
    p.reason = reason;
  }
  take_back_keeps();
  for (size_t t = 0; t < plan_.tables.size(); ++t)
    if (plan_.tables[t].role == TableRole::Learn) data_.tables[t].verbatim.clear();
}

// A kept row refers to kept rows: a reference table with a learned parent (in a cycle, or one that came to be learned) is learned, too.
void Settler::take_back_keeps() {
  for (bool changed = true; changed;) {
    changed = false;
    for (const ForeignKey &fk : schema_.foreign_keys) {
      TablePlan &child = plan_.tables[fk.child];
      if (child.role != TableRole::Keep || fk.self() || plan_.tables[fk.parent].role != TableRole::Learn) continue;
      child.role = TableRole::Learn;
      child.reason = "refers to table " + schema_.tables[fk.parent].name + ", which is learned";
      changed = true;
    }
  }
}

// A driver decides what the sample holds of a large table; another one fits only where nothing was left out, or where the old one is gone.
bool Settler::may_redrive(int table) const {
  const TablePlan &p = plan_.tables[table];
  if (p.driver < 0) return whole(table);
  const Table &t = schema_.tables[table];
  if (plan_.tables[schema_.foreign_keys[t.foreign_keys[p.driver]].parent].role != TableRole::Learn) return true;
  bool all = whole(table);
  for (int f : t.foreign_keys) all = all && whole(schema_.foreign_keys[f].parent);
  return all;
}

void Settler::redrive(int table) {
  TablePlan &p = plan_.tables[table];
  if (p.role != TableRole::Learn)
    p.driver = -1;
  else if (may_redrive(table))
    p.driver = choose_driver(schema_, plan_, table, counts_);
  assign_fk_roles(schema_, plan_, table);
}

// Entities of the table's rows as numbered over the whole database.
void Settler::root_entities(int table, uint32_t &next) {
  SourceTable &source = data_.tables[table];
  const TablePlan &p = plan_.tables[table];
  source.entity.resize(source.rows);
  const std::vector<int32_t> *parents = p.driver >= 0 ? &source.parents[p.driver] : nullptr;
  int parent = p.driver >= 0 ? schema_.foreign_keys[schema_.tables[table].foreign_keys[p.driver]].parent : -1;
  for (size_t r = 0; r < source.rows; ++r) {
    int32_t up = parents && r < parents->size() ? (*parents)[r] : no_parent;
    bool known = up >= 0 && static_cast<size_t>(up) < data_.tables[parent].entity.size();
    source.entity[r] = known ? data_.tables[parent].entity[up] : next++;
  }
}

// First one numbering for all tables, then, per table, the entities that it has from 0 on: thresholds count those.
void Settler::number_entities() {
  uint32_t next = 0;
  for (int t : plan_.order) root_entities(t, next);
  std::vector<int> numbered_for(next, -1);
  std::vector<uint32_t> dense(next);
  for (int t : plan_.order) {
    SourceTable &source = data_.tables[t];
    source.entities = 0;
    for (uint32_t &e : source.entity) {
      if (numbered_for[e] != t) dense[e] = source.entities++;
      numbered_for[e] = t;
      e = dense[e];
    }
  }
}

// Whether the values number the rows of the driver's groups 1, 2, 3 ...: the key over both makes them distinct, so that n of them between 1
// and n are all of these. Of a group that is in the sample in part, n is known from the whole table.
bool Settler::counts_groups(int table, const SourceColumn &values) const {
  const TablePlan &p = plan_.tables[table];
  const std::vector<int32_t> &parents = data_.tables[table].parents[p.driver];
  size_t groups = 0;
  for (int32_t up : parents) groups = std::max(groups, static_cast<size_t>(std::max(up + 1, 0)));
  std::vector<Span> span(groups);
  std::vector<size_t> count(groups, 0);
  for (size_t r = 0; r < values.size() && r < parents.size(); ++r) {
    if (parents[r] < 0) continue;
    double v = values.nulls[r] ? 0 : value_at(values, r);
    span[parents[r]].low = std::min(span[parents[r]].low, v);
    span[parents[r]].high = std::max(span[parents[r]].high, v);
    ++count[parents[r]];
  }
  int fk = schema_.tables[table].foreign_keys[p.driver];
  const auto &children = data_.tables[schema_.foreign_keys[fk].parent].children;
  bool whole_counts = static_cast<size_t>(fk) < children.size() && children[fk].size() >= groups;
  size_t used = 0, counted = 0;
  for (size_t g = 0; g < groups; ++g) {
    size_t n = whole_counts ? std::max<size_t>(count[g], children[fk][g]) : count[g];
    used += count[g] > 0;
    counted += count[g] > 0 && span[g].low >= 1 && span[g].high <= static_cast<double>(n);
  }
  return static_cast<double>(counted) >= counted_share * static_cast<double>(used);
}

// The same where no key over both says so.
bool Settler::counts_unsaid(int table, int column) const {
  const TablePlan &p = plan_.tables[table];
  const std::vector<UniqueKey> &keys = schema_.tables[table].keys;
  if (p.driver < 0 || std::any_of(keys.begin(), keys.end(), [&](const UniqueKey &key) {
        return std::find(key.columns.begin(), key.columns.end(), column) != key.columns.end();
      }))
    return false;
  return numbers_groups(data_.tables[table].parents[p.driver], data_.tables[table].columns[column]);
}

void Settler::settle_role(int table, int column) {
  plan_.check();
  const Table &t = schema_.tables[table];
  const SourceColumn &values = data_.tables[table].columns[column];
  const Column &c = t.columns[column];
  ColumnPlan &p = plan_.tables[table].columns[column];
  auto model = [&](const char *reason) {
    p.role = ColumnRole::Model;
    p.reason = reason;
  };
  bool checked = c.domain;
  for (const Check &check : t.checks) checked = checked || check.columns == std::vector<int>{column};
  Span span = span_of(values);
  bool any = span.low <= span.high;
  if (p.role == ColumnRole::Serial && checked) p.reason += "; the first values that its check takes";
  if ((p.role == ColumnRole::Serial || p.role == ColumnRole::Uuid) && has_nulls(values)) return model("key column with NULLs");
  if (p.role == ColumnRole::LineNumber && !counts_groups(table, values)) return model("does not count the rows of the driver's groups");
  if (p.role == ColumnRole::Model && c.cls == TypeClass::Int && !checked && counts_unsaid(table, column)) {
    p.role = ColumnRole::LineNumber;
    p.reason = "numbers the rows of the driver's groups";
  }
  if (p.role != ColumnRole::Model || !p.unique || has_nulls(values) || (checked && span.low > 1)) return;
  bool integer = c.cls == TypeClass::Int;
  if (integer && any && span.low >= 0 && span.high <= dense_factor * std::max(counts_.rows[table], 1.0)) {
    p.role = ColumnRole::Serial;
    p.reason = "unique and dense";
  }
}

void Settler::settle_columns(int table) {
  assign_column_roles(schema_, plan_, table, counts_.rows);
  if (plan_.tables[table].role == TableRole::Learn)
    for (size_t c = 0; c < schema_.tables[table].columns.size(); ++c) settle_role(table, static_cast<int>(c));
  plan_.tables[table].order_by = choose_order(schema_, plan_, table);
}

// Columns that were not read (of external tables) stay without encoding.
void Settler::encode_columns(int table) {
  const Table &t = schema_.tables[table];
  SourceTable &source = data_.tables[table];
  for (size_t c = 0; c < t.columns.size(); ++c) {
    ColumnPlan &p = plan_.tables[table].columns[c];
    if (p.role != ColumnRole::Model || source.columns[c].size() != source.rows) continue;
    plan_.check();
    std::string reason;
    if (t.columns[c].form.any()) p.reason += (p.reason.empty() ? "" : "; ") + ("texts written as " + describe(t.columns[c].form));
    p.encoding = choose_encoding(t, t.columns[c], source.columns[c], source.entity, source.entities, plan_.min_count, p.unique, reason);
    if (!reason.empty()) p.reason += (p.reason.empty() ? "" : "; ") + reason;
  }
}

// Coarse things first, since what follows is drawn given them: categories by rising number of values, numbers likewise, times as they follow
// each other in the rows, text made of shapes last. The times of a grid, and the one that orders the rows of a group, come before all: what
// happens depends on the day.
void Settler::order_columns(int table) {
  const Table &t = schema_.tables[table];
  TablePlan &p = plan_.tables[table];
  std::vector<std::tuple<int, double, int>> keys;  // group, distinct values or rank in time, column
  std::vector<int> times;
  for (size_t c = 0; c < p.columns.size(); ++c) {
    Encoding e = p.columns[c].encoding;
    if (p.columns[c].role != ColumnRole::Model || e == Encoding::None) continue;
    plan_.check();
    TypeClass cls = t.columns[c].cls;
    const SourceColumn &values = data_.tables[table].columns[c];
    int group = e == Encoding::Constant ? 0 : e == Encoding::Category ? 1 : e != Encoding::Number ? 4 : is_time(cls) ? 3 : 2;
    if (group == 3 && p.driver >= 0 && !p.order_by.empty() && p.order_by[0] == static_cast<int>(c) && cls != TypeClass::Time) group = -1;
    double rank = 0;
    if (group == 1 || group == 2) rank = static_cast<double>(distinct_values(values));
    if (group == 3 && is_axis(schema_, plan_, data_, table, static_cast<int>(c))) group = -1;
    if (group == 3) times.push_back(static_cast<int>(c));
    if (group != 3) keys.emplace_back(group, rank, static_cast<int>(c));
  }
  std::vector<double> ranks = order_times(t, data_.tables[table], times);
  for (size_t i = 0; i < times.size(); ++i) keys.emplace_back(3, ranks[i], times[i]);
  std::sort(keys.begin(), keys.end());
  p.column_order.clear();
  for (const auto &key : keys) p.column_order.push_back(std::get<2>(key));
}

void Settler::settle() {
  count();
  decide_candidates();
  for (int t : plan_.order) redrive(t);
  number_entities();
  read_typed_texts(schema_, plan_, data_);
  order_sisters(plan_, schema_, data_);
  for (int t : plan_.order) {
    find_distinct(plan_, schema_, data_, t);
    settle_columns(t);
    encode_columns(t);
    order_columns(t);
    find_once(plan_, schema_, data_, t);
    find_ascending(plan_, schema_, data_, t);
    find_ordinals(plan_, schema_, data_, t);
    plan_.tables[t].group_tree = find_group_tree(schema_, plan_, data_, t);
    find_rules(plan_, schema_, data_, t);
    find_constants(plan_, schema_, data_, t);
    choose_bases(plan_, schema_, data_, t);
    find_recalls(plan_, schema_, data_, t);
    find_bounds(plan_, schema_, data_, t);
    find_derived(plan_, schema_, data_, t);
  }
}

}  // namespace

void settle(Plan &plan, Schema &schema, SourceData &data) { Settler(plan, schema, data).settle(); }

}  // namespace relsynth::core
