// Chooses bases (settle). Input: plan with encodings and order, sampled values; output: ColumnPlan::base, chain, chain_bound, partners.
#include "core/relative.h"

#include <algorithm>
#include <unordered_set>

#include "core/civil.h"
#include "core/number_codec.h"
#include "core/relative_way.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t least_rows = 40;     // with a difference
constexpr double least_share = 0.95;  // of the rows with a value that have a base
constexpr double rarely_known = 0.5;  // of the rows where another time is: drawn after that, which it cannot be a base of
constexpr double tight_times = 0.35;  // spread of the differences by that of the values
constexpr double tight_numbers = 0.2;
constexpr double wide_times = 0.9;  // where all lie on the same side
constexpr double loose = 0.9;       // differences to the row before that train tries
constexpr int most_steps_up = 2;
constexpr size_t most_measured = 20000;   // differences that spreads are measured on
constexpr double outlying_share = 0.005;  // of the rows that share a value far from all others
constexpr double partner_share = 0.4;     // of the rows whose difference is that of a column of the row
constexpr size_t partner_values = 20;     // that it then has
constexpr size_t most_partners = 4;

bool comparable(TypeClass a, TypeClass b) {
  if (is_calendar(a)) return is_calendar(b);
  return a == b &&
         (a == TypeClass::Time || a == TypeClass::Int || a == TypeClass::Numeric || a == TypeClass::Float || a == TypeClass::Money);
}

// A frequent value at an end, as far from the others as these reach, stands for none rather than for a time or a quantity.
void add_outlying(const std::vector<double> &sorted, bool top, std::vector<double> &out) {
  double end = top ? sorted.back() : sorted.front();
  auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), end);
  size_t count = static_cast<size_t>(last - first);
  if (count == sorted.size()) return;
  double next = top ? *(first - 1) : *last, far = top ? sorted.front() : sorted.back();
  bool frequent = static_cast<double>(count) >= outlying_share * static_cast<double>(sorted.size());
  if (std::isinf(end) || (frequent && std::fabs(end - next) > std::fabs(next - far))) out.push_back(end);
}

}  // namespace

std::vector<double> outlying_values(const SourceColumn &values, TypeClass cls) {
  std::vector<double> sorted, out;
  for (size_t r = 0; r < values.size(); ++r)
    if (double v = number_at(values, r, cls); !std::isnan(v)) sorted.push_back(v);
  std::sort(sorted.begin(), sorted.end());
  if (sorted.empty()) return out;
  add_outlying(sorted, true, out);
  add_outlying(sorted, false, out);
  return out;
}

namespace {

bool has(const std::vector<double> &list, double value) { return std::find(list.begin(), list.end(), value) != list.end(); }

struct Spread {
  double middle = 0, most = 0;  // between the quartiles; from 5 % to 95 %
};

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto at = [&](double share) { return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))]; };
  return {at(0.75) - at(0.25), at(0.95) - at(0.05)};
}

double ratio_of(double part, double whole) { return part <= 0 ? 0 : whole <= 0 ? INFINITY : part / whole; }

std::vector<double> thinned(const std::vector<double> &values) {
  std::vector<double> out;
  size_t step = (values.size() + most_measured - 1) / most_measured;
  for (size_t i = 0; i < values.size(); i += step) out.push_back(values[i]);
  return out;
}

// Share of the values that are not the most frequent one.
double unequal(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t most = 0;
  for (size_t begin = 0, end = 0; begin < values.size(); begin = end) {
    while (end < values.size() && values[end] == values[begin]) ++end;
    most = std::max(most, end - begin);
  }
  return 1 - static_cast<double>(most) / static_cast<double>(std::max<size_t>(values.size(), 1));
}

size_t distinct(const std::vector<double> &values) { return std::unordered_set<double>(values.begin(), values.end()).size(); }

double median_size(std::vector<double> values) {
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
  return std::fabs(*middle);
}

// Looks for the base of one column.
class Search {
 public:
  Search(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column, const std::vector<int32_t> &previous,
         const std::vector<std::vector<double>> &outlying)
      : plan_(plan),
        schema_(schema),
        data_(data),
        table_(table),
        previous_(previous),
        cls_(schema.tables[table].columns[column].cls),
        column_(column),
        values_(data.tables[table].columns[column]),
        outlying_(outlying) {}

  // A base among columns of the rows `up` steps up, the one with the least spread; or else, of times, a bound, the nearest one. `first`: for
  // the first rows of groups.
  BaseRef best(const std::vector<int> &columns, int up, bool bound, bool first = false) const {
    BaseRef best;
    double least = INFINITY;
    Way way(plan_, schema_, data_, table_, up, previous_);
    if (way.table() < 0) return best;
    for (int c : columns) {
      if (plan_.tables[way.table()].columns[c].encoding != Encoding::Number) continue;
      if (!comparable(schema_.tables[way.table()].columns[c].cls, cls_)) continue;
      plan_.check();
      double ratio = measure(way, c, up, bound, first);
      if (ratio < least) least = ratio, best = {c, up, bound};
    }
    return best;
  }

 private:
  struct Found {
    std::vector<double> own, differences;
    size_t valued = 0;
    bool below = false, above = false;
  };

  Found find(const Way &way, int base, int up, bool all, bool first) const {
    const SourceColumn &bases = data_.tables[way.table()].columns[base];
    TypeClass from = schema_.tables[way.table()].columns[base].cls;
    static const std::vector<double> none;
    const std::vector<double> &no_base = up == previous_row ? outlying_[base] : none;
    Found found;
    size_t step = all ? 1 : (values_.size() + most_measured - 1) / most_measured;
    for (size_t r = 0; r < values_.size(); r += std::max<size_t>(step, 1)) {
      if (first && previous_[r] >= 0) continue;
      double value = number_at(values_, r, cls_);
      int64_t at = way.at(r);
      if (!is_exact(value) || has(outlying_[column_], value) || at == unknown_parent) continue;
      double base_value = at < 0 || static_cast<size_t>(at) >= bases.size() ? NAN : number_at(bases, static_cast<size_t>(at), from);
      if (has(no_base, base_value)) continue;
      ++found.valued;
      double difference = value - in_units(base_value, from, cls_);
      if (!is_exact(difference)) continue;
      found.own.push_back(value);
      found.differences.push_back(difference);
      found.below = found.below || difference < 0;
      found.above = found.above || difference > 0;
    }
    return found;
  }

  // The differences' spread by that of the values, or their median size where a bound is asked for; infinity where they do not serve.
  double measure(const Way &way, int base, int up, bool bound, bool first) const {
    Found found = find(way, base, up, up != previous_row || bound, first);
    bool one_side = !(found.below && found.above);
    if (found.own.size() < least_rows || static_cast<double>(found.own.size()) < least_share * static_cast<double>(found.valued))
      return INFINITY;
    std::vector<double> own = thinned(found.own), differences = thinned(found.differences);
    if (bound) return is_time(cls_) && one_side ? median_size(differences) : INFINITY;
    Spread values = spread_of(own), spread = spread_of(differences);
    double ratio = std::max(ratio_of(spread.middle, values.middle), ratio_of(spread.most, values.most));
    if (up == previous_row) return ratio <= loose ? ratio + 1e-3 * unequal(differences) : INFINITY;
    if (!is_time(cls_)) return ratio <= tight_numbers && distinct(differences) <= distinct(own) ? ratio : INFINITY;
    return ratio <= (one_side ? wide_times : tight_times) ? ratio : INFINITY;
  }

  const Plan &plan_;
  const Schema &schema_;
  const SourceData &data_;
  int table_;
  const std::vector<int32_t> &previous_;
  TypeClass cls_;
  int column_;
  const SourceColumn &values_;
  const std::vector<std::vector<double>> &outlying_;
};

std::vector<int> modelled(const TablePlan &plan) {
  std::vector<int> columns;
  for (size_t c = 0; c < plan.columns.size(); ++c)
    if (plan.columns[c].role == ColumnRole::Model) columns.push_back(static_cast<int>(c));
  return columns;
}

}  // namespace

double in_units(double base, TypeClass from, TypeClass to) {
  if (from == TypeClass::Date && is_timestamp(to)) base *= usecs_per_day;
  if (to == TypeClass::Date && is_timestamp(from)) base = std::floor(base / usecs_per_day);
  return is_exact(base) ? base : NAN;
}

double grid_base(double base, const NumberCodec &codec, TypeClass cls) {
  if (codec.step <= 0) return base;
  if (!is_time(cls)) return snap(base, codec.step, codec.origin);
  return codec.origin + std::floor((base - codec.origin) / codec.step) * codec.step;
}

std::vector<double> order_times(const Table &table, const SourceTable &source, const std::vector<int> &columns) {
  auto at = [&](int c, size_t r) {
    double v = number_at(source.columns[c], r, table.columns[c].cls);
    return table.columns[c].cls == TypeClass::Date ? v * usecs_per_day : v;
  };
  std::vector<double> rank(columns.size(), 0), known(columns.size(), 0);
  for (size_t i = 0; i < columns.size(); ++i)
    known[i] =
        static_cast<double>(std::count(source.columns[columns[i]].nulls.begin(), source.columns[columns[i]].nulls.end(), uint8_t{0}));
  size_t step = (source.rows + most_measured - 1) / most_measured;
  for (size_t a = 0; a < columns.size(); ++a)
    for (size_t b = a + 1; b < columns.size(); ++b) {
      int64_t balance = 0;  // rows where a is earlier, less those where b is
      for (size_t r = 0; r < source.rows; r += step) {
        double left = at(columns[a], r), right = at(columns[b], r);
        balance += (left < right) - (left > right);
      }
      const bool rare_a = known[a] < rarely_known * known[b], rare_b = known[b] < rarely_known * known[a];
      (rare_b || (balance >= 0 && !rare_a) ? rank[b] : rank[a]) += 1;
    }
  return rank;
}

namespace {

// Whether a value is another one, or so near that only rounding can have come between.
bool same(double a, double b) { return std::fabs(a - b) <= 1e-9 * std::max(1.0, std::fabs(a)); }

// The bases of one table's columns, in the order that they are drawn in.
class Chooser {
 public:
  Chooser(Plan &plan, const Schema &schema, const SourceData &data, int table)
      : plan_(plan),
        schema_(schema),
        data_(data),
        table_(table),
        previous_(previous_rows(schema, plan, data, table)),
        mine_(plan.tables[table]),
        types_(schema.tables[table].columns),
        values_(data.tables[table].columns),
        outlying_(values_.size()) {}

  void choose() {
    for (int c : mine_.column_order)
      if (numbers(c)) outlying_[c] = outlying_values(values_[c], types_[c].cls);
    order_partners();
    std::vector<int> before;
    for (int c : std::vector<int>(mine_.column_order)) {
      if (numbers(c) && !ruled(c)) {
        mine_.columns[c].base = find_base(c, before, false);
        find_chain(c, before);
        tell(c);
      }
      before.push_back(c);
    }
  }

 private:
  bool numbers(int c) const { return mine_.columns[c].encoding == Encoding::Number && values_[c].repr != Repr::Text; }
  bool ruled(int c) const { return mine_.columns[c].rule.everywhere() || mine_.columns[c].ascending || mine_.columns[c].within >= 0; }
  // Whether a rule of the row reads the column, which then stays where it is in the order.
  bool read(int c) const {
    for (const ColumnPlan &column : mine_.columns)
      for (const RuleInput &input : column.rule.inputs)
        if (input.path.empty() && input.column == c) return true;
    return false;
  }
  int tables(int up) const { return Way(plan_, schema_, data_, table_, up, previous_).table(); }

  BaseRef find_base(int column, const std::vector<int> &before, bool first) const {
    Search search(plan_, schema_, data_, table_, column, previous_, outlying_);
    bool time = is_time(types_[column].cls);
    for (bool bound : {false, true})
      for (int up = 0; up <= (time ? most_steps_up : 1); ++up) {
        int table = tables(up);
        if (table < 0) break;
        BaseRef base = search.best(up == 0 ? before : modelled(plan_.tables[table]), up, bound, first);
        if (base.column >= 0) return base;
      }
    return {};
  }

  // What is told by another column of the row needs no row before, whose columns tell that one.
  void find_chain(int column, const std::vector<int> &before) {
    ColumnPlan &plan = mine_.columns[column];
    bool told = plan.base.column >= 0 && plan.base.up == 0 && !plan.base.bound;
    if (told || plan.constant || tables(previous_row) < 0) return;
    Search search(plan_, schema_, data_, table_, column, previous_, outlying_);
    if (!plan.partners.empty())
      plan.chain = {column, previous_row, false};
    else
      plan.chain = search.best(mine_.column_order, previous_row, false);
    plan.chain_bound = search.best(mine_.column_order, previous_row, true);
    if (plan.chain.column >= 0) plan.first_base = find_base(column, before, true);
  }

  void tell(int column) {
    ColumnPlan &plan = mine_.columns[column];
    auto add = [&](const std::string &text) { plan.reason += (plan.reason.empty() ? "" : "; ") + text; };
    if (plan.base.column >= 0) {
      const Table &t = schema_.tables[tables(plan.base.up)];
      const std::string &name = t.columns[plan.base.column].name;
      add((plan.base.bound ? "on one side of " : "relative to ") + (plan.base.up == 0 ? name : t.name + "." + name));
    }
    if (!plan.partners.empty())
      add("the previous row's, and " + types_[plan.partners[0]].name + " more or less");
    else if (plan.chain.column >= 0)
      add("relative to the previous row's " + types_[plan.chain.column].name + " where that tells more");
    if (plan.chain_bound.column >= 0) add("on one side of the previous row's " + types_[plan.chain_bound.column].name);
  }

  // Running totals: columns whose difference to the row before is what other columns say, which are then drawn first.
  void order_partners() {
    if (previous_.empty()) return;
    for (int c : std::vector<int>(mine_.column_order)) {
      if (!numbers(c) || ruled(c) || read(c) || is_time(types_[c].cls) || mine_.columns[c].constant) continue;
      std::vector<int> &partners = mine_.columns[c].partners;
      partners = find_partners(c);
      if (partners.empty()) continue;
      std::vector<int> &order = mine_.column_order;
      order.erase(std::find(order.begin(), order.end(), c));
      auto last = order.begin();
      for (int p : partners) last = std::max(last, std::find(order.begin(), order.end(), p) + 1);
      order.insert(last, c);
    }
  }

  double at(int c, size_t r) const { return number_at(values_[c], r, types_[c].cls); }

  // Columns that tell more of the differences than those before them; a column that is a running total itself is none.
  std::vector<int> find_partners(int column) const {
    std::vector<uint32_t> rows;
    for (uint32_t r = 0; r < previous_.size(); ++r)
      if (previous_[r] >= 0 && is_exact(at(column, r)) && is_exact(at(column, previous_[r])) && at(column, r) != at(column, previous_[r]))
        rows.push_back(r);
    if (rows.size() < least_rows) return {};
    rows = thin(rows, most_measured);
    std::vector<int> partners;
    double all = static_cast<double>(rows.size());
    size_t told = 0;
    while (partners.size() < most_partners && !rows.empty()) {
      int best = -1;
      std::vector<uint32_t> left = rows;
      for (int c : mine_.column_order) {
        if (c == column || !numbers(c) || !comparable(types_[c].cls, types_[column].cls) || !mine_.columns[c].partners.empty()) continue;
        std::vector<uint32_t> rest = untold(column, c, rows);
        if (rest.size() < left.size()) left = rest, best = c;
      }
      if (best < 0 || static_cast<double>(rows.size() - left.size()) < 0.05 * all) break;
      told += rows.size() - left.size();
      partners.push_back(best);
      rows = left;
    }
    return static_cast<double>(told) >= partner_share * all ? partners : std::vector<int>{};
  }

  // The rows whose difference is not the partner's value, whatever the sign; all of them where it has few values, which fit by chance.
  std::vector<uint32_t> untold(int column, int partner, const std::vector<uint32_t> &rows) const {
    std::vector<uint32_t> left;
    std::unordered_set<double> seen;
    for (uint32_t r : rows) {
      double value = std::fabs(at(partner, r)), before = at(column, previous_[r]), now = at(column, r);
      bool told = same(before + value, now) || same(before - value, now);
      if (told) seen.insert(value);
      if (!told) left.push_back(r);
    }
    return seen.size() < partner_values ? rows : left;
  }

  Plan &plan_;
  const Schema &schema_;
  const SourceData &data_;
  int table_;
  std::vector<int32_t> previous_;
  TablePlan &mine_;
  const std::vector<Column> &types_;
  const std::vector<SourceColumn> &values_;
  std::vector<std::vector<double>> outlying_;  // per column
};

}  // namespace

void choose_bases(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  if (plan.tables[table].role == TableRole::Learn) Chooser(plan, schema, data, table).choose();
}

}  // namespace relsynth::core
