// relative, train: differences to bases and their codes; whether the row before is the better base. Input: TrainSet, codecs; output: Relative
// without its conditional, the codes that this is to be fitted on.
#include <algorithm>
#include <cmath>

#include "core/features.h"
#include "core/linear.h"
#include "core/number_codec.h"
#include "core/relative.h"
#include "core/relative_way.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t most_tried_rows = 16000;  // that chain_tells_more() looks at, one half to learn from
constexpr double by_calendar = 0.1;        // what weights may add to differences of the time that orders a group
constexpr double worst = -14;              // log-likelihood of a code that the first half does not have

bool among(const std::vector<Code> &codes, Code code) { return std::find(codes.begin(), codes.end(), code) != codes.end(); }

bool same(double a, double b) { return std::fabs(a - b) <= 1e-9 * std::max(1.0, std::fabs(a)); }

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

// Differences of the rows that have one; `code` is set where it is no bin.
struct Seen {
  std::vector<uint32_t> rows;
  std::vector<double> differences;
  std::vector<int> as_such, partner;  // place in Relative::as_such, or -1; 2 * place in partners, and 1 if less its value; or -1
};

std::vector<Code> difference_codes(const Relative &relative, const Seen &seen) {
  std::vector<Code> codes;
  codes.reserve(seen.rows.size());
  NumberEncoder encoder(relative.differences);
  int bins = static_cast<int>(relative.differences.bins.size()), others = static_cast<int>(relative.as_such.size());
  for (size_t i = 0; i < seen.rows.size(); ++i) {
    if (seen.as_such[i] >= 0)
      codes.push_back(static_cast<Code>(1 + bins + seen.as_such[i]));
    else if (seen.partner[i] >= 0)
      codes.push_back(static_cast<Code>(1 + bins + others + seen.partner[i]));
    else
      codes.push_back(encoder.encode(seen.differences[i]));
  }
  return codes;
}

// The partner whose value leads from base to value.
int partner_of(const TrainSet &set, int table, const Relative &relative, size_t row, double base, double value) {
  for (size_t p = 0; p < relative.partners.size(); ++p) {
    int c = relative.partners[p];
    double by = number_at(set.data.tables[table].columns[c], row, set.schema.tables[table].columns[c].cls);
    if (by == 0 || std::isnan(by)) continue;
    if (same(base + by, value)) return static_cast<int>(2 * p);
    if (same(base - by, value)) return static_cast<int>(2 * p + 1);
  }
  return -1;
}

// Reads the rows' differences and keeps score of their signs.
Seen see_differences(const TrainSet &set, int table, int column, const Codec &codec, const Way &way, Relative &relative) {
  Seen seen;
  const TrainTable &train = set.tables[table];
  const SourceColumn &values = set.data.tables[table].columns[column];
  auto linear = [&](size_t row) {
    return linear_value(relative, [&](const LinearTerm &term) { return term_value(set, table, term, row); });
  };
  const SourceColumn &bases = set.data.tables[way.table()].columns[relative.base.column];
  const std::vector<Code> &base_codes = set.tables[way.table()].codes[relative.base.column];
  const Column &type = set.schema.tables[table].columns[column];
  TypeClass from = set.schema.tables[way.table()].columns[relative.base.column].cls;
  relative.never_below = relative.never_above = true;
  for (size_t r = 0; r < values.size(); ++r) {
    int64_t at = way.at(r);
    if (relative.first_rows && train.previous[r] >= 0) continue;
    if (values.nulls[r] || at < 0 || static_cast<size_t>(at) >= bases.size()) continue;
    if (!relative.no_base.empty() && among(relative.no_base, base_codes[at])) continue;
    double base = relative.base.up == linear_base ? linear(r) : in_units(number_at(bases, static_cast<size_t>(at), from), from, type.cls);
    double value = number_at(values, r, type.cls);
    auto such = std::find(relative.as_such.begin(), relative.as_such.end(), train.codes[column][r]);
    bool as_such = such != relative.as_such.end();
    if (std::isnan(base) || (!as_such && !is_exact(value))) continue;
    seen.rows.push_back(static_cast<uint32_t>(r));
    seen.as_such.push_back(as_such ? static_cast<int>(such - relative.as_such.begin()) : -1);
    seen.partner.push_back(as_such ? -1 : partner_of(set, table, relative, r, base, value));
    seen.differences.push_back(as_such ? NAN : without_noise(value - grid_base(base, codec.number, type.cls), codec.number));
    if (as_such) continue;
    relative.never_below = relative.never_below && value >= base;
    relative.never_above = relative.never_above && value <= base;
  }
  return seen;
}

}  // namespace

Differences learn_differences(const TrainSet &set, int table, int column, const std::vector<Codec> &codecs, Relative &relative) {
  const TrainTable &train = set.tables[table];
  const Codec &codec = codecs[column];
  const SourceColumn &values = set.data.tables[table].columns[column];
  const Column &type = set.schema.tables[table].columns[column];
  Way way(set.plan, set.schema, set.data, table, relative.base.up, train.previous);
  if (way.table() < 0 || codec.encoding != Encoding::Number) return {};
  relative.as_such = outlying_codes(codec, values, type.cls);
  if (relative.base.up == previous_row) {
    int c = relative.base.column;
    relative.no_base = outlying_codes(codecs[c], set.data.tables[table].columns[c], set.schema.tables[table].columns[c].cls);
  }
  Seen seen = see_differences(set, table, column, codec, way, relative);
  std::vector<Observation> observed;
  double least = INFINITY, most = -INFINITY;
  for (size_t i = 0; i < seen.rows.size(); ++i) {
    if (seen.as_such[i] >= 0) continue;
    least = std::min(least, seen.differences[i]);
    most = std::max(most, seen.differences[i]);
    if (seen.partner[i] < 0) observed.push_back({seen.differences[i], entity_of(train.entity, seen.rows[i])});
  }
  if (least > most || relative.base.bound) return {};
  uint32_t threshold = support_threshold(train.entities, set.plan.min_count, false);
  int others = static_cast<int>(relative.as_such.size() + 2 * relative.partners.size());
  if (!observed.empty())
    relative.differences = make_number(std::move(observed), difference_limits(type, values.decimals), threshold, max_codes - others);
  hold_sign(relative.differences, least, most);
  std::vector<Code> codes = difference_codes(relative, seen);
  return {std::move(seen.rows), std::move(codes)};
}

namespace {

// Points of the column's grid that share a code: codes of values and of differences are compared by the likelihood of a point.
double points(const NumberCodec &codec, Code code, double unit) {
  size_t bin = code - 1u;
  if (code == null_code || bin >= codec.bins.size()) return 1;
  return 1 + (codec.bins[bin].high - codec.bins[bin].low) / unit;
}

// The grid's step; where there is none, a part of the values' span.
double unit_of(const NumberCodec &codec) {
  if (codec.step > 0 || codec.bins.empty()) return codec.step > 0 ? codec.step : 1;
  double span = codec.bins.back().high - codec.bins.front().low;
  return span > 0 ? span * 1e-6 : 1;
}

// Mean log-likelihood of a grid's point in `test` rows of a model learned from `fit` rows; both are places in `rows`.
class Trial {
 public:
  Trial(const TrainSet &set, int table, int column, const TreeOptions &options, const Poll &poll)
      : set_(set), table_(table), candidates_(step_candidates(set, table, column, -1)), options_(options), poll_(poll) {}

  void add(uint32_t row, Code value, Code difference) {
    bool fit = mix(set_.tables[table_].entity[row]) % 2 == 0;
    (fit ? fit_ : test_).rows.push_back(row);
    (fit ? fit_ : test_).values.push_back(value);
    (fit ? fit_ : test_).differences.push_back(difference);
  }

  size_t least() const { return std::min(fit_.rows.size(), test_.rows.size()); }

  // Calls `each` with a model learned from the first half, the features of every row of the second and its number there.
  template <class Each>
  void ask(const std::vector<Code> &fit, Each each) const {
    std::vector<FeatureRef> refs = screen(set_, table_, candidates_, fit, true, options_.classes, fit_.rows);
    std::vector<std::vector<Code>> learned, held_out;
    std::vector<Feature> features;
    learned.reserve(refs.size());
    held_out.reserve(refs.size());
    features.reserve(refs.size());
    for (const FeatureRef &ref : refs) {
      learned.push_back(feature_codes(set_, table_, ref, fit_.rows));
      held_out.push_back(feature_codes(set_, table_, ref, test_.rows));
      features.push_back({learned.back().data(), is_ordered(set_, table_, ref)});
    }
    std::vector<uint32_t> entity;
    entity.reserve(fit_.rows.size());
    for (uint32_t r : fit_.rows) entity.push_back(set_.tables[table_].entity[r]);
    Conditional conditional = fit_conditional(features, fit, true, entity, options_, poll_);
    std::vector<Code> x(refs.size());
    for (size_t i = 0; i < test_.rows.size(); ++i) {
      for (size_t f = 0; f < refs.size(); ++f) x[f] = held_out[f][i];
      each(conditional, x.data(), i);
    }
  }

  double score(const std::vector<Code> &fit, const std::vector<Code> &test, const NumberCodec &codec, double unit) const {
    double sum = 0;
    ask(fit, [&](const Conditional &conditional, const Code *x, size_t i) {
      sum += std::max(conditional.log_likelihood(x, test[i]), worst) - std::log(points(codec, test[i], unit));
    });
    return sum / static_cast<double>(test.size());
  }

  // Mass of codes on the wrong side of the row before, which count half if they are its own.
  double wrong_side(bool never_below, const std::vector<Code> &codes, const std::vector<int32_t> &previous) const {
    constexpr size_t most_rows = 2000;
    size_t step = 1 + test_.rows.size() / most_rows, rows = 0;
    double sum = 0;
    ask(fit_.values, [&](const Conditional &conditional, const Code *x, size_t i) {
      if (i % step != 0) return;
      Code base = codes[previous[test_.rows[i]]];
      double wrong = 0, all = 0;
      std::vector<double> mass = conditional.distribution(conditional.tree.leaf(x));
      for (size_t c = 1; c < mass.size(); ++c) {
        all += mass[c];
        if (c == base) wrong += mass[c] / 2;
        if (never_below ? c < base : c > base) wrong += mass[c];
      }
      sum += all > 0 ? wrong / all : 0;
      ++rows;
    });
    return rows == 0 ? 0 : sum / static_cast<double>(rows);
  }

  double values(const NumberCodec &codec, double unit) const { return score(fit_.values, test_.values, codec, unit); }
  double differences(const NumberCodec &codec, double unit) const { return score(fit_.differences, test_.differences, codec, unit); }

 private:
  struct Half {
    std::vector<uint32_t> rows;
    std::vector<Code> values, differences;
  };
  const TrainSet &set_;
  int table_;
  std::vector<FeatureRef> candidates_;
  const TreeOptions &options_;
  const Poll &poll_;
  Half fit_, test_;
};

}  // namespace

bool chain_tells_more(const TrainSet &set, int table, int column, const std::vector<Codec> &codecs, const Relative &chain,
                      const Differences &chained, const Relative *other, const Differences &others, const TreeOptions &options,
                      const Poll &poll) {
  constexpr size_t least_rows = 200;
  if (!chain.partners.empty() || chain.differences.bins.size() == 1) return true;
  Trial trial(set, table, column, options, poll);
  const std::vector<uint32_t> &entity = set.tables[table].entity;
  uint64_t share = std::max<uint64_t>(1, chained.rows.size() / most_tried_rows);
  for (size_t i = 0, o = 0; i < chained.rows.size(); ++i) {
    uint32_t row = chained.rows[i];
    if (mix(entity[row] + 1) % share != 0) continue;
    while (other && o < others.rows.size() && others.rows[o] < row) ++o;
    if (other && (o == others.rows.size() || others.rows[o] != row)) continue;
    trial.add(row, other ? others.codes[o] : set.tables[table].codes[column][row], chained.codes[i]);
  }
  if (trial.least() < least_rows) return false;
  double unit = unit_of(codecs[column].number);
  double calendar = set.tables[table].clock == column ? by_calendar : 0;
  return trial.differences(chain.differences, unit) + calendar > trial.values(other ? other->differences : codecs[column].number, unit);
}

double wrong_side(const TrainSet &set, int table, int column, const Relative &bound, const TreeOptions &options, const Poll &poll) {
  if (bound.base.column != column) return 0;
  Trial trial(set, table, column, options, poll);
  const TrainTable &train = set.tables[table];
  uint64_t share = std::max<uint64_t>(1, train.rows / most_tried_rows);
  for (uint32_t r = 0; r < train.rows; ++r)
    if (train.previous[r] >= 0 && train.codes[column][r] != null_code && mix(train.entity[r] + 1) % share == 0)
      trial.add(r, train.codes[column][r], null_code);
  if (trial.least() == 0) return 0;
  return trial.wrong_side(bound.never_below, train.codes[column], train.previous);
}

}  // namespace relsynth::core
