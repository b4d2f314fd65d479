#include "core/clock.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/civil.h"
#include "core/features.h"
#include "core/history.h"
#include "core/relative.h"

namespace relsynth::core {

double days_of(double value, TypeClass cls) { return cls == TypeClass::Date ? value : is_timestamp(cls) ? value / usecs_per_day : NAN; }

std::array<Code, day_parts> day_codes(double days) {
  constexpr double most_days = 1e6;
  constexpr std::array<Code, day_parts> none{missing_code, missing_code, missing_code};
  if (!(std::fabs(days) <= most_days)) return none;
  const std::optional<Civil> date = civil_of(static_cast<int64_t>(std::floor(days)), TypeClass::Date);
  if (!date) return none;
  return {static_cast<Code>(date->day), static_cast<Code>(1 + days_in_month(*date) - date->day), static_cast<Code>(1 + date->weekday)};
}

Places::Places(const NumberCodec &codec, TypeClass cls) : codec_(codec), cls_(cls), encoder_(codec), end_(end_of(codec)) {}

size_t Places::place_of(double value) const {
  Code code = encoder_.encode(value);
  size_t bin = code - 1u, part = 0;
  if (code == null_code || bin >= codec_.bins.size()) return 0;
  const NumberCodec::Bin &b = codec_.bins[bin];
  if (b.low < b.high)
    while (part + 1 < parts_of_code && value > b.quantiles[part + 1]) ++part;
  return code * parts_of_code + part;
}

// How long the rows have on average, how many they are, and the step by that average: each on a scale of doublings.
size_t Places::pace_of(const TimeStep &step) const {
  double way = days_of(end_, cls_) - days_of(step.from, cls_), rows = static_cast<double>(std::max<size_t>(step.course.left, 1));
  double gap = days_of(step.to, cls_) - days_of(step.from, cls_);
  if (!(way > 0) || !(gap >= 0)) return 0;
  auto octave = [](double x, double first, size_t most) {
    return static_cast<size_t>(std::clamp(std::ceil(std::log2(x)) - first, 0.0, static_cast<double>(most - 1)));
  };
  size_t mean = octave(way / rows, -10, octaves), left = octave(rows, 0, lefts * 2) / 2;
  size_t ratio = gap <= 0 ? 0 : 1 + octave(gap * rows / way, -3, ratios - 1);
  return (mean * lefts + left) * ratios + ratio;
}

Places::Spot Places::spot(const TimeStep &step) const {
  Spot spot;
  spot.place = place_of(step.to);
  spot.pace = pace_of(step);
  const std::array<Code, day_parts> codes = day_codes(days_of(step.to, cls_));
  for (int p = 0; p < day_parts; ++p) spot.part[p] = std::min<size_t>(codes[p], of_part[p] - 1);
  const double end = days_of(end_, cls_), whole = end - days_of(step.course.first, cls_);
  if (whole > 0) spot.way = (end - days_of(step.to, cls_)) / whole;
  spot.after = std::max<size_t>(step.course.left, 1) - 1;
  spot.rows = step.course.rows;
  return spot;
}

double Places::ahead(const Calendar &calendar, const Spot &spot) {
  const double rows = static_cast<double>(std::max<size_t>(spot.rows, 2)) - 1;
  const double at = static_cast<double>(spot.after) / rows * static_cast<double>(Places::course_points - 1);
  const size_t below = std::min(static_cast<size_t>(at), Places::course_points - 2);
  const double part = at - static_cast<double>(below);
  return (calendar.course[below] * (1 - part) + calendar.course[below + 1] * part - spot.way) * rows;
}

// How likely it is that the rows after this one, each with its sway, end where the groups do (Doob's h-transform of a random walk).
double Places::evenness(const Calendar &calendar, const Spot &spot) {
  if (!(calendar.sway > 0) || std::isnan(spot.way)) return 1;
  const double off = ahead(calendar, spot) / calendar.sway;
  return std::exp(-off * off / (2 * (static_cast<double>(spot.after) + 1)));
}

double Places::weight(const Calendar &calendar, const Spot &spot) const {
  double weight = calendar.places[spot.place] * calendar.paces[spot.pace] * evenness(calendar, spot);
  for (int p = 0; p < day_parts; ++p) weight *= calendar.parts[p][spot.part[p]];
  return weight;
}

namespace {

constexpr size_t most_weighed = 20000;  // rows
constexpr int passes = 6;               // of fitting
constexpr double pseudo_rows = 8;       // that lie as the draws do, in each place
constexpr double least_gain = 0.01;     // nats a row
constexpr size_t least_course = 4;      // rows of a group that say how evenly they come ...
constexpr size_t least_courses = 200;   // ... and rows of such groups
constexpr double most_sway = 1.5;       // times at random have 1; above, groups go on anyhow

using Spot = Places::Spot;

// A row of the sample: where it is, and where it might have been.
struct Weighed {
  Spot real;
  std::array<Spot, most_proposals> drawn;
  int n = 0;
};

class Fitting {
 public:
  Fitting(const TrainSet &set, int table, int column, const Codec &codec, const Relative &chain)
      : set_(set), t_(set.tables[table]), table_(table), column_(column), codec_(codec), chain_(chain), places_(codec.number, cls()) {}

  Calendar fit(const Poll &poll) {
    find_rows();
    if (rows_.size() < least_chained) return {};
    Calendar calendar;
    draw(poll);
    calendar.places.assign(256 * Places::parts_of_code, 1);
    calendar.paces.assign(Places::octaves * Places::lefts * Places::ratios, 1);
    for (int p = 0; p < day_parts; ++p) calendar.parts[p].assign(Places::of_part[p], 1);
    double before = likelihood(calendar);
    measure_course(calendar);
    for (int pass = 0; pass < passes; ++pass) {
      if (poll) poll();
      improve(calendar, calendar.places, [](const Spot &s) { return s.place; });
      improve(calendar, calendar.paces, [](const Spot &s) { return s.pace; });
      for (int p = 0; p < day_parts; ++p) improve(calendar, calendar.parts[p], [p](const Spot &s) { return s.part[p]; });
    }
    if (calendar.sway <= 0 && likelihood(calendar) - before < least_gain) calendar = {};
    return calendar;
  }

 private:
  double value_at(int column, size_t row) const {
    return number_at(set_.data.tables[table_].columns[column], row, set_.schema.tables[table_].columns[column].cls);
  }
  double base_of(uint32_t row) const {
    int c = chain_.base.column;
    int32_t before = t_.previous[row];
    if (before < 0 || std::find(chain_.no_base.begin(), chain_.no_base.end(), t_.codes[c][before]) != chain_.no_base.end()) return NAN;
    return in_units(value_at(c, static_cast<size_t>(before)), set_.schema.tables[table_].columns[c].cls, cls());
  }
  TypeClass cls() const { return set_.schema.tables[table_].columns[column_].cls; }

  void find_rows() {
    std::vector<uint32_t> all;
    std::vector<Course> courses;
    for (size_t i = 0, begin = 0, end = 0; i < t_.group_rows.size(); ++i) {
      uint32_t r = t_.group_rows[i];
      if (i == end) {
        for (++end; end < t_.group_rows.size() && t_.previous[t_.group_rows[end]] >= 0;) ++end;
        begin = i;
      }
      Code code = t_.codes[column_][r];
      bool such = std::find(chain_.as_such.begin(), chain_.as_such.end(), code) != chain_.as_such.end();
      if (code == null_code || such || std::isnan(base_of(r))) continue;
      all.push_back(r);
      courses.push_back({end - i, end - begin, value_at(column_, t_.group_rows[begin])});
    }
    size_t step = 1 + all.size() / most_weighed;
    for (size_t i = 0; i < all.size(); i += step) rows_.push_back(all[i]), courses_.push_back(courses[i]);
  }

  // Calendar::course and ::sway, of groups of some rows.
  void measure_course(Calendar &calendar) const {
    std::vector<double> sums(Places::course_points, 0), counts(Places::course_points, 0);
    auto says = [](const Weighed &w) { return !std::isnan(w.real.way) && w.real.rows >= least_course; };
    auto gone = [](const Weighed &w) { return static_cast<double>(w.real.rows - 1 - w.real.after); };
    size_t rows = 0;
    for (const Weighed &w : weighed_) {
      if (!says(w)) continue;
      const double left = static_cast<double>(w.real.after) / static_cast<double>(w.real.rows - 1);
      const size_t at = static_cast<size_t>(std::lround(left * static_cast<double>(Places::course_points - 1)));
      sums[at] += w.real.way;
      ++counts[at];
      ++rows;
    }
    if (rows < least_courses) return;
    for (size_t i = 0; i < Places::course_points; ++i)
      calendar.course.push_back(static_cast<float>(counts[i] < 1 ? static_cast<double>(i) / static_cast<double>(Places::course_points - 1)
                                                                 : sums[i] / counts[i]));
    calendar.course.back() = 1;
    double sum = 0;
    for (const Weighed &w : weighed_) {
      if (!says(w)) continue;
      const double off = Places::ahead(calendar, w.real);
      sum += off * off / (gone(w) * static_cast<double>(w.real.after) / static_cast<double>(w.real.rows - 1) + 1);
    }
    calendar.sway = std::sqrt(sum / static_cast<double>(rows));
    if (calendar.sway > most_sway) calendar.sway = 0;
  }

  void draw(const Poll &poll) {
    std::vector<std::vector<Code>> features;
    features.reserve(chain_.features.size());
    for (const FeatureRef &ref : chain_.features) features.push_back(feature_codes(set_, table_, ref, rows_));
    std::vector<Code> x(features.size());
    double low = codec_.number.bins.front().low, high = codec_.number.bins.back().high;
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (poll && i % 1024 == 0) poll();
      uint32_t row = rows_[i];
      for (size_t f = 0; f < features.size(); ++f) x[f] = features[f][i];
      double from = base_of(row), base = grid_base(from, codec_.number, cls());
      Stream random(0, hash_name("calendar"), row, Purpose::Train);
      Weighed w;
      w.real = places_.spot({from, value_at(column_, row), courses_[i]});
      for (int m = 0; m < most_proposals; ++m) {
        Code difference = std::max<Code>(1, chain_.conditional.draw(x.data(), random));
        double value = base + draw_number(chain_.differences, difference, random);
        if (difference > chain_.differences.bins.size() || !(value >= low && value <= high)) continue;
        w.drawn[w.n++] = places_.spot({from, value, courses_[i]});
      }
      if (w.n > 0) weighed_.push_back(w);
    }
  }

  // Moves the draws of every place towards the rows that are there (Deming and Stephan 1940).
  template <class Place>
  void improve(const Calendar &calendar, std::vector<float> &weights, Place place) const {
    std::vector<double> there(weights.size(), 0), drawn(weights.size(), 0);
    for (const Weighed &w : weighed_) {
      double sum = 0;
      std::array<double, most_proposals> each{};
      for (int m = 0; m < w.n; ++m) sum += each[m] = places_.weight(calendar, w.drawn[m]);
      there[place(w.real)] += 1;
      for (int m = 0; m < w.n; ++m) drawn[place(w.drawn[m])] += each[m] / sum;
    }
    for (size_t i = 0; i < weights.size(); ++i) {
      double moved = weights[i] * (there[i] + pseudo_rows) / (drawn[i] + pseudo_rows);
      weights[i] = static_cast<float>(std::clamp(moved, 1e-4, 1e4));
    }
  }

  // How well the draws fall on the places of the rows.
  double likelihood(const Calendar &calendar) const {
    std::vector<double> there(256 * Places::parts_of_code, 0), drawn(256 * Places::parts_of_code, 0);
    for (const Weighed &w : weighed_) {
      double sum = 0;
      for (int m = 0; m < w.n; ++m) sum += places_.weight(calendar, w.drawn[m]);
      there[w.real.place] += 1;
      for (int m = 0; m < w.n; ++m) drawn[w.drawn[m].place] += places_.weight(calendar, w.drawn[m]) / sum;
    }
    double all = 0;
    for (size_t i = 0; i < there.size(); ++i) all += there[i] * std::log((drawn[i] + 1) / static_cast<double>(weighed_.size()));
    return weighed_.empty() ? 0 : all / static_cast<double>(weighed_.size());
  }

  const TrainSet &set_;
  const TrainTable &t_;
  int table_, column_;
  const Codec &codec_;
  const Relative &chain_;
  Places places_;
  std::vector<uint32_t> rows_;
  std::vector<Course> courses_;  // of each of them
  std::vector<Weighed> weighed_;
};

}  // namespace

Calendar learn_calendar(const TrainSet &set, int table, int column, const Codec &codec, const Relative &chain, const Poll &poll) {
  if (codec.number.bins.empty() || chain.differences.bins.empty()) return {};
  return Fitting(set, table, column, codec, chain).fit(poll);
}

}  // namespace relsynth::core
