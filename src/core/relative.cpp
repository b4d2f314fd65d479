// Chooses bases (settle) and learns differences (train). Input: settled plan, sampled values; output: ColumnPlan::base, Relative.
#include "core/relative.h"

#include <algorithm>
#include <unordered_set>

#include "core/number_codec.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr double day = 86400e6;       // in microseconds
constexpr size_t least_rows = 100;    // with a difference
constexpr double least_share = 0.95;  // of the rows with a value that have a base
constexpr double tight_times = 0.35;  // spread of the differences by that of the values
constexpr double tight_numbers = 0.2;
constexpr double wide_times = 0.9;  // where all lie on the same side
constexpr int most_steps_up = 2;
constexpr size_t most_measured = 20000;   // differences that spreads are measured on
constexpr double outlying_share = 0.005;  // of the rows that share a value far from all others

bool is_calendar(TypeClass cls) { return cls == TypeClass::Date || cls == TypeClass::Timestamp || cls == TypeClass::TimestampTz; }

bool comparable(TypeClass a, TypeClass b) {
  if (is_calendar(a)) return is_calendar(b);
  return a == b &&
         (a == TypeClass::Time || a == TypeClass::Int || a == TypeClass::Numeric || a == TypeClass::Float || a == TypeClass::Money);
}

bool usable(double value) { return std::fabs(value) <= largest_exact; }

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

bool has(const std::vector<double> &list, double value) { return std::find(list.begin(), list.end(), value) != list.end(); }

// The rows that hold a column's base, seen from the rows of a table.
class Way {
 public:
  Way(const Plan &plan, const Schema &schema, const SourceData &data, int table, int up) : table_(table) {
    for (; up > 0 && table_ >= 0; --up) {
      const TablePlan &p = plan.tables[table_];
      if (p.role != TableRole::Learn || p.driver < 0) {
        table_ = -1;
        return;
      }
      steps_.push_back(&data.tables[table_].parents[p.driver]);
      table_ = schema.foreign_keys[schema.tables[table_].foreign_keys[p.driver]].parent;
    }
    if (table_ >= 0 && plan.tables[table_].role != TableRole::Learn) table_ = -1;
  }
  int table() const { return table_; }  // -1: there is no such way
  // no_parent and unknown_parent where the way ends before.
  int64_t at(size_t row) const {
    int64_t r = static_cast<int64_t>(row);
    for (const std::vector<int32_t> *step : steps_) {
      if (static_cast<size_t>(r) >= step->size()) return unknown_parent;
      r = (*step)[r];
      if (r < 0) break;
    }
    return r;
  }

 private:
  int table_;
  std::vector<const std::vector<int32_t> *> steps_;
};

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

size_t distinct(const std::vector<double> &values) { return std::unordered_set<double>(values.begin(), values.end()).size(); }

double median_size(std::vector<double> values) {
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
  return std::fabs(*middle);
}

// Looks for the base of one column.
class Search {
 public:
  Search(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column)
      : plan_(plan),
        schema_(schema),
        data_(data),
        table_(table),
        cls_(schema.tables[table].columns[column].cls),
        values_(data.tables[table].columns[column]),
        outlying_(outlying_values(values_, cls_)) {}

  // A base among columns of the rows `up` steps up, the one with the least spread; or else, of times, a bound, the nearest one.
  BaseRef best(const std::vector<int> &columns, int up, bool bound) const {
    BaseRef best;
    double least = INFINITY;
    Way way(plan_, schema_, data_, table_, up);
    if (way.table() < 0) return best;
    for (int c : columns) {
      if (plan_.tables[way.table()].columns[c].encoding != Encoding::Number) continue;
      if (!comparable(schema_.tables[way.table()].columns[c].cls, cls_)) continue;
      double ratio = measure(way, c, bound);
      if (ratio < least) least = ratio, best = {c, up, bound};
    }
    return best;
  }

 private:
  // The differences' spread by that of the values, or their median size where a bound is asked for; infinity where they do not serve.
  double measure(const Way &way, int base, bool bound) const {
    const SourceColumn &bases = data_.tables[way.table()].columns[base];
    TypeClass from = schema_.tables[way.table()].columns[base].cls;
    std::vector<double> own, differences;
    size_t valued = 0;
    bool below = false, above = false;
    for (size_t r = 0; r < values_.size(); ++r) {
      double value = number_at(values_, r, cls_);
      int64_t up = way.at(r);
      if (!usable(value) || has(outlying_, value) || up == unknown_parent) continue;
      ++valued;
      if (up < 0 || static_cast<size_t>(up) >= bases.size()) continue;
      double difference = value - in_units(number_at(bases, static_cast<size_t>(up), from), from, cls_);
      if (!usable(difference)) continue;
      own.push_back(value);
      differences.push_back(difference);
      below = below || difference < 0;
      above = above || difference > 0;
    }
    if (own.size() < least_rows || static_cast<double>(own.size()) < least_share * static_cast<double>(valued)) return INFINITY;
    own = thinned(own);
    differences = thinned(differences);
    if (bound) return is_time(cls_) && !(below && above) ? median_size(differences) : INFINITY;
    Spread values = spread_of(own), spread = spread_of(differences);
    double ratio = std::max(ratio_of(spread.middle, values.middle), ratio_of(spread.most, values.most));
    if (!is_time(cls_)) return ratio <= tight_numbers && distinct(differences) <= distinct(own) ? ratio : INFINITY;
    return ratio <= (below && above ? tight_times : wide_times) ? ratio : INFINITY;
  }

  const Plan &plan_;
  const Schema &schema_;
  const SourceData &data_;
  int table_;
  TypeClass cls_;
  const SourceColumn &values_;
  std::vector<double> outlying_;
};

std::vector<int> modelled(const TablePlan &plan) {
  std::vector<int> columns;
  for (size_t c = 0; c < plan.columns.size(); ++c)
    if (plan.columns[c].role == ColumnRole::Model) columns.push_back(static_cast<int>(c));
  return columns;
}

std::string name_of_base(const Schema &schema, const Way &way, const BaseRef &base) {
  const Table &t = schema.tables[way.table()];
  return base.up == 0 ? t.columns[base.column].name : t.name + "." + t.columns[base.column].name;
}

}  // namespace

bool is_time(TypeClass cls) { return is_calendar(cls) || cls == TypeClass::Time; }

double in_units(double base, TypeClass from, TypeClass to) {
  if (from == TypeClass::Date && is_calendar(to) && to != TypeClass::Date) base *= day;
  if (to == TypeClass::Date && is_calendar(from) && from != TypeClass::Date) base = std::floor(base / day);
  return usable(base) ? base : NAN;
}

double grid_base(double base, const NumberCodec &codec, TypeClass cls) {
  if (codec.step <= 0) return base;
  if (!is_time(cls)) return snap(base, codec.step, codec.origin);
  return codec.origin + std::floor((base - codec.origin) / codec.step) * codec.step;
}

std::vector<double> order_times(const Table &table, const SourceTable &source, const std::vector<int> &columns) {
  auto at = [&](int c, size_t r) {
    double v = number_at(source.columns[c], r, table.columns[c].cls);
    return table.columns[c].cls == TypeClass::Date ? v * day : v;
  };
  std::vector<double> rank(columns.size(), 0);
  size_t step = (source.rows + most_measured - 1) / most_measured;
  for (size_t a = 0; a < columns.size(); ++a)
    for (size_t b = a + 1; b < columns.size(); ++b) {
      int64_t balance = 0;  // rows where a is earlier, less those where b is
      for (size_t r = 0; r < source.rows; r += step) {
        double left = at(columns[a], r), right = at(columns[b], r);
        balance += (left < right) - (left > right);
      }
      (balance >= 0 ? rank[b] : rank[a]) += 1;
    }
  return rank;
}

namespace {

BaseRef find_base(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column, const std::vector<int> &before) {
  Search search(plan, schema, data, table, column);
  bool time = is_time(schema.tables[table].columns[column].cls);
  for (bool bound : {false, true})
    for (int up = 0; up <= (time ? most_steps_up : 1); ++up) {
      Way way(plan, schema, data, table, up);
      if (way.table() < 0) break;
      BaseRef base = search.best(up == 0 ? before : modelled(plan.tables[way.table()]), up, bound);
      if (base.column >= 0) return base;
    }
  return {};
}

}  // namespace

void choose_bases(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  TablePlan &p = plan.tables[table];
  if (p.role != TableRole::Learn) return;
  std::vector<int> before;
  for (int c : p.column_order) {
    ColumnPlan &column = p.columns[c];
    if (column.encoding == Encoding::Number && column.rule.kind == Rule::Kind::None && data.tables[table].columns[c].repr != Repr::Text)
      column.base = find_base(plan, schema, data, table, c, before);
    if (column.base.column >= 0) {
      std::string name = name_of_base(schema, Way(plan, schema, data, table, column.base.up), column.base);
      column.reason += (column.reason.empty() ? "" : "; ") + ((column.base.bound ? "on one side of " : "relative to ") + name);
    }
    before.push_back(c);
  }
}

namespace {

// The same sign for all differences, whatever a bin of few values would allow.
void hold_sign(NumberCodec &codec, double least, double most) {
  double step = codec.step > 0 ? codec.step : 0;
  double low = least > 0 ? std::min(least, step) : least >= 0 ? 0 : -INFINITY;
  double high = most < 0 ? std::max(most, -step) : most <= 0 ? 0 : INFINITY;
  for (NumberCodec::Bin &bin : codec.bins) {
    bin.low = std::clamp(bin.low, low, high);
    bin.high = std::clamp(bin.high, low, high);
    for (double &q : bin.quantiles) q = std::clamp(q, low, high);
  }
}

NumberLimits difference_limits(const Column &column, int decimals) {
  NumberLimits limits = limits_of(column, decimals);
  limits.high = std::max(std::fabs(limits.low), std::fabs(limits.high));
  limits.low = -limits.high;
  limits.infinite = false;
  return limits;
}

// Codes of the column that stand for one outlying value alone.
std::vector<Code> outlying_codes(const Codec &codec, const SourceColumn &values, TypeClass cls) {
  std::vector<Code> out;
  NumberEncoder encoder(codec.number);
  for (double v : outlying_values(values, cls)) {
    Code code = encoder.encode(v);
    size_t bin = code - 1u;
    if (std::isinf(v) || (bin < codec.number.bins.size() && codec.number.bins[bin].low == v && codec.number.bins[bin].high == v))
      out.push_back(code);
  }
  return out;
}

double without_noise(double difference, const NumberCodec &codec) {
  if (codec.integral || codec.step <= 0) return difference;
  double scale = std::pow(10, codec.decimals);
  return std::nearbyint(difference * scale) / scale;
}

// `differences`: NaN for a value as such.
std::vector<Code> difference_codes(const Relative &relative, const std::vector<double> &differences, const std::vector<uint32_t> &rows,
                                   const std::vector<Code> &own) {
  std::vector<Code> codes;
  NumberEncoder encoder(relative.differences);
  for (size_t i = 0; i < rows.size(); ++i) {
    auto as_such = std::find(relative.as_such.begin(), relative.as_such.end(), own[rows[i]]) - relative.as_such.begin();
    size_t code = 1 + relative.differences.bins.size() + static_cast<size_t>(as_such);
    codes.push_back(std::isnan(differences[i]) ? static_cast<Code>(code) : encoder.encode(differences[i]));
  }
  return codes;
}

}  // namespace

Differences learn_differences(const TrainSet &set, int table, int column, const Codec &codec, Relative &relative) {
  Differences out;
  const TrainTable &train = set.tables[table];
  Way way(set.plan, set.schema, set.data, table, relative.base.up);
  if (way.table() < 0 || codec.encoding != Encoding::Number) return out;
  const SourceColumn &values = set.data.tables[table].columns[column];
  const SourceColumn &bases = set.data.tables[way.table()].columns[relative.base.column];
  const Column &type = set.schema.tables[table].columns[column];
  TypeClass from = set.schema.tables[way.table()].columns[relative.base.column].cls;
  relative.as_such = outlying_codes(codec, values, type.cls);
  relative.never_below = relative.never_above = true;
  std::vector<Observation> observed;
  std::vector<double> differences;  // NaN: a value as such
  double least = INFINITY, most = -INFINITY;
  for (size_t r = 0; r < values.size(); ++r) {
    int64_t up = way.at(r);
    if (values.nulls[r] || up < 0 || static_cast<size_t>(up) >= bases.size()) continue;
    double base = in_units(number_at(bases, static_cast<size_t>(up), from), from, type.cls), value = number_at(values, r, type.cls);
    bool as_such = std::find(relative.as_such.begin(), relative.as_such.end(), train.codes[column][r]) != relative.as_such.end();
    if (std::isnan(base) || (!as_such && !usable(value))) continue;
    double difference = as_such ? NAN : without_noise(value - grid_base(base, codec.number, type.cls), codec.number);
    out.rows.push_back(static_cast<uint32_t>(r));
    differences.push_back(difference);
    if (as_such) continue;
    observed.push_back({difference, entity_of(train.entity, r)});
    relative.never_below = relative.never_below && value >= base;
    relative.never_above = relative.never_above && value <= base;
    least = std::min(least, difference);
    most = std::max(most, difference);
  }
  if (observed.empty() || relative.base.bound) return {};
  uint32_t threshold = support_threshold(train.entities, set.plan.min_count, false);
  relative.differences = make_number(std::move(observed), difference_limits(type, values.decimals), threshold,
                                     max_codes - static_cast<int>(relative.as_such.size()));
  hold_sign(relative.differences, least, most);
  out.codes = difference_codes(relative, differences, out.rows, train.codes[column]);
  return out;
}

}  // namespace relsynth::core
