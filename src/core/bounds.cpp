#include "core/bounds.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/keys.h"
#include "core/relative.h"
#include "core/rules.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t most_bounds = 3;      // of a column
constexpr size_t least_rows = 40;      // that have both values
constexpr double least_broken = 0.03;  // share of the rows that independent columns would break
constexpr double least_expected = 20;  // entities whose rows would
constexpr size_t glance = 200;         // rows that are looked at first
constexpr size_t most_steps = 2;       // along foreign keys

bool comparable(TypeClass a, TypeClass b) {
  if (is_quantity(a)) return is_quantity(b) && (a == TypeClass::Money) == (b == TypeClass::Money);
  return is_calendar(a) ? is_calendar(b) : a == TypeClass::Time && b == a;
}

// A column that another may be bounded by.
struct Other {
  const RuleWay *way;
  const SourceColumn *values;
  TypeClass cls;
  int column;
};

class BoundSearch {
 public:
  BoundSearch(const SourceTable &source, const SourceColumn &values, TypeClass cls) : source_(source), values_(values), cls_(cls) {}

  // Whether the column is on one side of the other in every row, by more than chance; the share of rows that chance would break.
  double measure(const Other &other, Bound &bound) const {
    bool below = true, above = true;
    if (!side(other, std::max<size_t>(1, source_.rows / glance), below, above) || !side(other, 1, below, above)) return 0;
    if (below == above) return 0;  // equal: a rule's affair
    bound.input = {other.way->path, other.column};
    bound.above = above;
    std::unordered_set<uint32_t> entities;
    size_t broken = 0, paired = 0;
    const size_t n = source_.rows, shift = n / 2 + 1;
    for (size_t r = 0; r < n; ++r) {
      const double value = own(r), there = at(other, r), chance = at(other, (r + shift) % n);
      if (std::isnan(value)) continue;
      if (!std::isnan(there)) ++bound.rows, entities.insert(entity_of(source_.entity, r));
      if (std::isnan(chance)) continue;
      ++paired;
      broken += above ? value < chance : value > chance;
    }
    bound.entities = entities.size();
    const double share = static_cast<double>(broken) / std::max(1.0, static_cast<double>(paired));
    const bool enough = bound.rows >= least_rows && share * static_cast<double>(entities.size()) >= least_expected;
    return enough && share >= least_broken ? share : 0;
  }

 private:
  double own(size_t row) const { return number_at(values_, row, cls_); }
  double at(const Other &other, size_t row) const {
    const int32_t there = other.way->at(row);
    return there < 0 ? NAN : in_units(number_at(*other.values, static_cast<size_t>(there), other.cls), other.cls, cls_);
  }
  // Which sides the rows, every `step`-th of them, leave open; false when none.
  bool side(const Other &other, size_t step, bool &below, bool &above) const {
    for (size_t r = 0; r < source_.rows && (below || above); r += step) {
      const double value = own(r), there = at(other, r);
      below = below && !(value > there);
      above = above && !(value < there);
    }
    return below || above;
  }

  const SourceTable &source_;
  const SourceColumn &values_;
  TypeClass cls_;
};

// Whether the column is drawn as a difference to the other one, or bounded by it already.
bool is_base(const TablePlan &plan, int column, const RuleWay &way, int other) {
  const BaseRef &base = plan.columns[column].base;
  const bool there = way.path.empty() ? base.up == 0 : base.up == 1 && way.path == std::vector<int>{plan.driver};
  return there && base.column == other && plan.columns[column].first_base.column < 0;
}

}  // namespace

void find_bounds(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  TablePlan &p = plan.tables[table];
  const Table &t = schema.tables[table];
  if (p.role != TableRole::Learn || !plan.config.rules || data.tables[table].rows < least_rows) return;
  const std::vector<RuleWay> ways = rule_ways(plan, schema, data, table, most_steps);
  std::vector<int> before;
  for (int c : p.column_order) {
    const bool drawn = is_number(plan, schema, data, table, c) && !without_rule(plan, schema, table, c);
    const Rule &rule = p.columns[c].rule;
    const bool open = drawn && !(rule.everywhere() && rule.always && !rule.named()) && !p.columns[c].constant;
    std::vector<std::pair<double, Bound>> found;
    for (const RuleWay &way : ways) {
      if (!open) break;
      for (size_t b = 0; b < schema.tables[way.table].columns.size(); ++b) {
        const int other = static_cast<int>(b);
        const Column &type = schema.tables[way.table].columns[b];
        if (!is_number(plan, schema, data, way.table, other) || !comparable(t.columns[c].cls, type.cls)) continue;
        if (way.path.empty() && std::find(before.begin(), before.end(), other) == before.end()) continue;
        if (is_base(p, c, way, other)) continue;
        plan.check();
        Bound bound;
        const BoundSearch search(data.tables[table], data.tables[table].columns[c], t.columns[c].cls);
        if (double broken = search.measure({&way, &data.tables[way.table].columns[b], type.cls, other}, bound); broken > 0)
          found.emplace_back(broken, std::move(bound));
      }
    }
    std::stable_sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
    for (size_t i = 0; i < std::min(found.size(), most_bounds); ++i) p.columns[c].bounds.push_back(std::move(found[i].second));
    before.push_back(c);
  }
}

std::string describe(const Bound &bound, const Schema &schema, int table) {
  return (bound.above ? "at least " : "at most ") + name_of(schema, table, bound.input);
}

std::string evidence(const Bound &bound) {
  return "in all " + std::to_string(bound.rows) + " rows, " + std::to_string(bound.entities) + " entities";
}

BoundDraw::BoundDraw(const World &world, int table, int column)
    : world_(world),
      bounds_(world.plan.tables[table].columns[column].bounds),
      table_(table),
      column_(column),
      type_(world.schema.tables[table].columns[column]),
      codec_(world.model.tables[table].codecs[column]),
      limits_(limits_of(type_, codec_.number.decimals)),
      encoder_(codec_) {}

bool BoundDraw::reads_column(int column) const {
  return std::any_of(bounds_.begin(), bounds_.end(), [&](const Bound &b) { return b.input.path.empty() && b.input.column == column; });
}

// The value of a bound in the column's units; NaN where there is none.
double BoundDraw::limit(const Bound &bound, const Block &block, size_t r) const {
  const int there = table_of(world_.schema, table_, bound.input);
  const Column &type = world_.schema.tables[there].columns[bound.input.column];
  if (bound.input.path.empty()) return in_units(number_at(block.columns[bound.input.column], r, type.cls), type.cls, type_.cls);
  const int64_t row = row_along(world_, table_, bound.input.path, block.first + r);
  return row < 0 ? NAN : in_units(stored_number(world_, there, bound.input.column, static_cast<size_t>(row)), type.cls, type_.cls);
}

bool BoundDraw::holds(const Block &block, size_t r) const {
  const double value = number_at(block.columns[column_], r, type_.cls);
  return std::none_of(bounds_.begin(), bounds_.end(), [&](const Bound &bound) {
    const double there = limit(bound, block, r);
    return bound.above ? value < there : value > there;
  });
}

Code BoundDraw::put_within(Block &block, size_t r) const {
  double low = limits_.low, high = limits_.high;
  for (const Bound &bound : bounds_)
    if (const double there = limit(bound, block, r); !std::isnan(there))
      (bound.above ? low : high) = bound.above ? std::max(low, there) : std::min(high, there);
  ValueColumn &out = block.columns[column_];
  if (low <= high && !out.nulls[r]) {
    // On the column's own places, inwards.
    const double unit = codec_.repr == Repr::Int ? 1 : power_of_ten(codec_.number.decimals);
    const bool coarse = codec_.repr == Repr::Int || codec_.number.step > 0;
    double value = std::clamp(number_at(out, r, type_.cls), low, high);
    if (coarse && std::fabs(value) < largest_exact / unit)
      value = (value == low ? std::ceil(value * unit - 1e-6) : std::floor(value * unit + 1e-6)) / unit;
    store_number(value, limits_, out, r);
    block.codes[column_][r] = encoder_.encode(out, r);
  }
  return block.codes[column_][r];
}

}  // namespace relsynth::core
