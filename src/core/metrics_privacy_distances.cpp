// Distances of rows to their nearest: near copies, distances to the closest record, and what these tell of who was in the source.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "core/design.h"
#include "core/metrics_privacy.h"

namespace relsynth::core {

namespace {

constexpr size_t asking_rows = 1000, least_asked = 1000, most_asked = 50000, asked_cells = 200000000;  // distances are taken from, and to
constexpr size_t least_rows = 20;
constexpr double near = 0.2;  // of the distance to the second nearest
constexpr double near_allowed = 0.05, near_ratio = 1.5, least_ratio = 0.5, share_allowed = 0.05, auc_allowed = 0.05;

// Rows as points: numbers by their rank in the rows they are compared with, 0 to 1, everything else by its level. NULL is far from all
// but NULL. The distance is the mean over columns (Gower).
class Points {
 public:
  void add(const std::vector<const std::vector<double> *> &parts, size_t ranked_by, bool category) {
    std::vector<double> sorted;
    for (double v : *parts[ranked_by])
      if (std::isfinite(v)) sorted.push_back(v);
    std::sort(sorted.begin(), sorted.end());
    for (size_t p = 0; p < parts.size(); ++p) {
      if (values_.size() <= p) values_.resize(p + 1);
      std::vector<float> column;
      for (double v : *parts[p]) column.push_back(!std::isfinite(v) ? std::nanf("") : category ? static_cast<float>(v) : rank(sorted, v));
      values_[p].push_back(std::move(column));
    }
    category_.push_back(category);
  }
  bool empty() const { return category_.empty(); }
  size_t rows(size_t part) const { return values_[part].empty() ? 0 : values_[part][0].size(); }

  // Distances of a row of `from` to the nearest and the second nearest of `to`.
  struct Nearest {
    double first = 1, second = 1;
  };
  std::vector<Nearest> nearest(size_t from, size_t to, const Audited &a) const {
    const size_t n = rows(to), d = category_.size();
    std::vector<Nearest> out;
    std::vector<float> sum(n);
    for (size_t i = 0; i < rows(from); ++i) {
      if (i % 64 == 0) a.poll();
      std::fill(sum.begin(), sum.end(), 0.0f);
      for (size_t c = 0; c < d; ++c) add_distances(values_[from][c][i], values_[to][c], category_[c], sum);
      float first = static_cast<float>(d), second = first;
      for (float s : sum) {
        if (s < first)
          second = first, first = s;
        else if (s < second)
          second = s;
      }
      out.push_back({first / static_cast<double>(d), second / static_cast<double>(d)});
    }
    return out;
  }

 private:
  static float rank(const std::vector<double> &sorted, double v) {
    if (sorted.empty()) return 0;
    const auto low = std::lower_bound(sorted.begin(), sorted.end(), v), high = std::upper_bound(low, sorted.end(), v);
    double at = static_cast<double>((low - sorted.begin()) + (high - sorted.begin())) / 2;
    if (low == high && low != sorted.begin() && low != sorted.end()) at += (v - *(low - 1)) / (*low - *(low - 1)) - 0.5;  // between two
    return static_cast<float>(at / static_cast<double>(sorted.size()));
  }

  static void add_distances(float value, const std::vector<float> &others, bool category, std::vector<float> &sum) {
    const bool missing = std::isnan(value);
    for (size_t j = 0; j < others.size(); ++j) {
      const bool absent = std::isnan(others[j]);
      if (missing || absent)
        sum[j] += missing == absent ? 0.0f : 1.0f;
      else
        sum[j] += category ? (value == others[j] ? 0.0f : 1.0f) : std::abs(value - others[j]);
    }
  }

  std::vector<std::vector<std::vector<float>>> values_;  // per part, column and row
  std::vector<uint8_t> category_;
};

using Distances = std::vector<Points::Nearest>;

double median(std::vector<double> values) {
  if (values.empty()) return no_score;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double median_distance(const Distances &all) {
  std::vector<double> values;
  for (const Points::Nearest &d : all) values.push_back(d.first);
  return median(std::move(values));
}

double median_ratio(const Distances &all) {
  std::vector<double> values;
  for (const Points::Nearest &d : all) values.push_back(d.second > 0 ? d.first / d.second : 1);
  return median(std::move(values));
}

double near_share(const Distances &all) {
  size_t n = 0;
  for (const Points::Nearest &d : all) n += d.second > 0 && d.first <= near * d.second;
  return static_cast<double>(n) / static_cast<double>(all.size());
}

class TableDistances {
 public:
  TableDistances(const Audited &a, int table, PrivacyScores &out)
      : a_(a), index_(table), table_(a.comparison.layout.tables[table]), out_(out) {}

  void measure() {
    if (a_.base.is_shared(index_)) return;
    closeness();
    if (!a_.holdout) return;
    membership(false);
    if (table_.driver < 0 && !table_.children.empty()) membership(true);
  }

 private:
  using Rows = std::vector<uint32_t>;
  Rows some(const View &view, size_t most, uint64_t salt) const { return some_rows(view.rows[index_], most, a_.options.seed + salt); }

  std::vector<double> column(const View &view, int c, const Rows &rows) const {
    const ComparedValues &values = view.side->tables[index_].columns[c];
    std::vector<double> out;
    for (uint32_t r : rows)
      out.push_back(is_numeric(table_.columns[c].kind) ? values.numbers[r] : values.levels[r] < 0 ? no_score : values.levels[r]);
    return out;
  }

  void add(const char *metric, double value, double reference, std::optional<bool> passed, std::string detail) {
    if (std::isfinite(value)) out_.push_back({index_, "", metric, value, reference, passed, std::move(detail)});
  }

  // As many rows as all distances to them can be had for.
  size_t asked_rows(size_t columns) const {
    return std::clamp(asked_cells / asking_rows / std::max<size_t>(1, columns), least_asked, most_asked);
  }

  void closeness() {
    enum { Base, Other, Target, OtherAsking };
    const size_t most = std::min({asked_rows(table_.columns.size()), a_.base.rows[index_].size(), a_.other.rows[index_].size()});
    const Rows rows[] = {some(a_.base, most, 0), some(a_.other, most, 1), some(a_.target, asking_rows, 2), some(a_.other, asking_rows, 3)};
    if (most < least_rows || rows[Target].size() < least_rows) return;
    const View *views[] = {&a_.base, &a_.other, &a_.target, &a_.other};
    Points points;
    for (size_t c = 0; c < table_.columns.size(); ++c) {
      const ValueKind kind = table_.columns[c].kind;
      // Texts that are all different are equally far; verbatim_texts looks at them.
      if (kind == ValueKind::Key || kind == ValueKind::Text || a_.tables[index_].key[c]) continue;
      std::vector<double> parts[4];
      for (int p = 0; p < 4; ++p) parts[p] = column(*views[p], static_cast<int>(c), rows[p]);
      points.add({&parts[0], &parts[1], &parts[2], &parts[3]}, Base, !is_numeric(kind));
    }
    if (points.empty()) return;
    const Distances target = points.nearest(Target, Base, a_), real = points.nearest(OtherAsking, Base, a_);
    const std::string of = std::to_string(target.size()) + " rows of the target, " + std::to_string(most) + " of the source";

    const double value = near_share(target), reference = near_share(real);
    add("near_copies", value, reference, value <= near_ratio * reference + near_allowed + share_noise(reference, real.size()), of);
    const double base = median_distance(real);
    if (base > 0) {
      const double ratio = median_distance(target) / base;
      add("dcr_ratio", ratio, 1, ratio >= least_ratio, "median distance to the closest row, by that of real rows; " + of);
    }
    add("nndr", median_ratio(target), median_ratio(real), {}, "median; judged by near_copies");
    dcr_share(target, points.nearest(Target, Other, a_));
  }

  void dcr_share(const Distances &base, const Distances &other) {
    double nearer = 0;
    for (size_t i = 0; i < base.size(); ++i) nearer += base[i].first < other[i].first ? 1 : base[i].first == other[i].first ? 0.5 : 0;
    const double share = nearer / static_cast<double>(base.size());
    if (a_.holdout)
      add("dcr_share", share, 0.5, share <= 0.5 + share_allowed + share_noise(0.5, base.size()),
          "rows nearer to the source than to the holdout");
    else
      add("dcr_share", share, 0.5, {}, "rows nearer to one half of the source than to the other; judged only with a holdout");
  }

  // Who is nearer to the target: rows of the source, or those of the holdout. With what their children come to: entities.
  void membership(bool entity) {
    enum { Member, Stranger, Target };
    size_t columns = table_.columns.size();
    if (entity)
      for (int link : table_.children) columns += 5 * a_.comparison.layout.tables[a_.comparison.layout.links[link].child].columns.size();
    const Rows rows[] = {some(a_.source, asking_rows, 4), some(a_.other, asking_rows, 5), some(a_.target, asked_rows(columns), 6)};
    const View *views[] = {&a_.source, &a_.other, &a_.target};
    for (const Rows &r : rows)
      if (r.size() < least_rows) return;
    Design designs[3];
    for (int p = 0; p < 3; ++p) {
      add_columns(a_.comparison, *views[p]->side, index_, as_rows(rows[p]), "", designs[p]);
      if (!entity) continue;
      for (int link : table_.children) {
        const int child = a_.comparison.layout.links[link].child;
        if (child == index_ || !a_.target.side->tables[child].present || !a_.other.side->tables[child].present) continue;
        add_children(a_.comparison, *views[p], link, rows[p], designs[p]);
      }
    }
    Points points;
    for (size_t c = 0; c < designs[0].size(); ++c) {
      const int own = designs[0].column[c];
      if (own >= 0 && a_.tables[index_].key[own]) continue;
      points.add({&designs[Member].values[c], &designs[Stranger].values[c], &designs[Target].values[c]}, Target, designs[0].category[c]);
    }
    if (points.empty()) return;
    const Distances members = points.nearest(Member, Target, a_), strangers = points.nearest(Stranger, Target, a_);
    const double value = nearer_auc(members, strangers), m = static_cast<double>(members.size()), s = static_cast<double>(strangers.size());
    const double noise = 3 * std::sqrt((m + s + 1) / (12 * m * s));
    add(entity ? "membership_auc_entity" : "membership_auc", value, 0.5, value <= 0.5 + auc_allowed + noise,
        std::to_string(members.size()) + " of the source against " + std::to_string(strangers.size()) + " of the holdout");
  }

  // The chance that a member is nearer than a stranger.
  static double nearer_auc(const Distances &members, const Distances &strangers) {
    std::vector<double> sorted;
    for (const Points::Nearest &d : strangers) sorted.push_back(d.first);
    std::sort(sorted.begin(), sorted.end());
    double sum = 0;
    for (const Points::Nearest &d : members) {
      const auto low = std::lower_bound(sorted.begin(), sorted.end(), d.first), high = std::upper_bound(low, sorted.end(), d.first);
      sum += static_cast<double>(sorted.end() - high) + static_cast<double>(high - low) / 2;
    }
    return sum / (static_cast<double>(members.size()) * static_cast<double>(sorted.size()));
  }

  const Audited &a_;
  int index_;
  const ComparedTable &table_;
  PrivacyScores &out_;
};

}  // namespace

void measure_distances(const Audited &a, int table, PrivacyScores &out) { TableDistances(a, table, out).measure(); }

}  // namespace relsynth::core
