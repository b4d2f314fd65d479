// Measures of the children of a parent among themselves: how alike they are, how one follows the other, how long they last; and whether their
// dates keep the order with their parent's.
#include <algorithm>
#include <cstdio>
#include <functional>

#include "core/group_statistics.h"
#include "core/metrics.h"
#include "core/series.h"

namespace relsynth::core {

namespace {

constexpr size_t least_parents_read = 100, least_parents = 5, least_children = 20, least_values = 20, least_groups = 20;
constexpr size_t least_ordered = 20, least_ordered_other = 5;
constexpr double least_siblings = 0.1, steady_share = 0.99, ordered_share = 0.99, dated_share = 0.5;

// Children of some parents of one side, in the order of their parents and, where there is one, of a date.
struct Children {
  const Side *side = nullptr;
  std::vector<uint32_t> rows;
  std::vector<int32_t> groups;   // per row, dense
  std::vector<int32_t> parents;  // per row
};

Children children_of(const Measured &m, const View &view, const ComparedLink &link, size_t most, uint64_t salt) {
  Children out;
  out.side = view.side;
  const SideTable &parent = view.side->tables[link.parent];
  const std::vector<int32_t> &parents = view.side->tables[link.child].parents[link.position];
  std::vector<int32_t> group(parent.rows, -1);
  int32_t groups = 0;
  for (uint32_t p : some_rows(view.rows[link.parent], most, m.options.seed + salt)) group[p] = groups++;
  for (uint32_t r : view.rows[link.child])
    if (parents[r] >= 0 && group[parents[r]] >= 0) {
      out.rows.push_back(r);
      out.groups.push_back(group[parents[r]]);
      out.parents.push_back(parents[r]);
    }
  return out;
}

void sort_children(Children &children, const std::vector<double> *dates) {
  std::vector<uint32_t> order(children.rows.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  auto date = [&](uint32_t i) {
    const double d = (*dates)[children.rows[i]];
    return std::isfinite(d) ? d : std::numeric_limits<double>::infinity();
  };
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    if (children.groups[a] != children.groups[b]) return children.groups[a] < children.groups[b];
    return dates && date(a) < date(b);
  });
  const Children before = children;
  for (size_t i = 0; i < order.size(); ++i) {
    children.rows[i] = before.rows[order[i]];
    children.groups[i] = before.groups[order[i]];
    children.parents[i] = before.parents[order[i]];
  }
}

// Values enough, and not all but one the same.
bool usable(const Series &series) {
  std::vector<double> values = series.numbers;
  for (int32_t level : series.levels) values.push_back(level < 0 ? no_score : level);
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  if (values.size() < least_values) return false;
  std::sort(values.begin(), values.end());
  size_t most = 0, run = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    run = i > 0 && values[i] == values[i - 1] ? run + 1 : 1;
    most = std::max(most, run);
  }
  return static_cast<double>(most) < steady_share * static_cast<double>(values.size());
}

class GroupMeasure {
 public:
  GroupMeasure(const Measured &m, int index, Scores &out)
      : m_(m), link_(m.layout().links[index]), child_(m.layout().tables[link_.child]), out_(out) {}

  void measure() {
    if (link_.self() || m_.real.is_shared(link_.child) || !m_.other.side->tables[link_.child].present ||
        !m_.other.side->tables[link_.parent].present)
      return;
    const size_t parents = m_.real.rows[link_.parent].size(), children = m_.real.rows[link_.child].size();
    if (std::min(parents, m_.other.rows[link_.parent].size()) < least_parents) return;
    const double each = std::max(1.0, static_cast<double>(children) / static_cast<double>(parents));
    const size_t most =
        std::clamp(static_cast<size_t>(static_cast<double>(m_.options.children) / each), least_parents_read, m_.options.rows);
    real_ = children_of(m_, m_.real, link_, most, 0);
    other_ = children_of(m_, m_.other, link_, most, 1);
    if (std::min(real_.rows.size(), other_.rows.size()) < least_children || one_to_one()) return;
    find_date();
    const std::vector<double> *dates[2] = {nullptr, nullptr};
    if (date_ >= 0) dates[0] = &column(real_, date_).numbers, dates[1] = &column(other_, date_).numbers;
    sort_children(real_, dates[0]);
    sort_children(other_, dates[1]);
    alike();
    if (date_ >= 0) {
      successive();
      lasting();
      orders();
    }
    finish();
  }

 private:
  const ComparedValues &column(const Children &children, int c) const { return children.side->tables[link_.child].columns[c]; }
  Series series(const Children &children, int c) const { return series_of(child_.columns[c].kind, column(children, c), children.rows); }

  bool one_to_one() const {
    std::vector<int32_t> groups = real_.groups;
    std::sort(groups.begin(), groups.end());
    const auto different = std::unique(groups.begin(), groups.end()) - groups.begin();
    const double all = static_cast<double>(real_.rows.size());
    return (all - static_cast<double>(different)) / all < least_siblings;
  }

  // The first date that most children have.
  void find_date() {
    for (size_t c = 0; c < child_.columns.size() && date_ < 0; ++c) {
      if (child_.columns[c].kind != ValueKind::Time) continue;
      std::vector<double> values = series(real_, static_cast<int>(c)).numbers;
      std::erase_if(values, [](double v) { return !std::isfinite(v); });
      const size_t known = values.size();
      std::sort(values.begin(), values.end());
      const auto different = std::unique(values.begin(), values.end()) - values.begin();
      if (different > 2 && static_cast<double>(known) > dated_share * static_cast<double>(real_.rows.size())) date_ = static_cast<int>(c);
    }
  }

  // Distances of a statistic between both sides, of the columns of some kinds. `scale`: the largest distance that there is.
  void compare(const char *name, double scale, double without, const std::function<double(const Children &, int)> &statistic) {
    Mean mean;
    for (size_t i = 0; i < child_.columns.size(); ++i) {
      const int c = static_cast<int>(i);
      const double real = usable_columns_[i] ? statistic(real_, c) : no_score;
      if (!std::isfinite(real)) continue;
      const double other = usable(series(other_, c)) ? statistic(other_, c) : no_score;
      mean.add(std::isfinite(other) ? 1 - std::min(1.0, std::abs(real - other) / scale) : without);
    }
    part(name, mean.value());
  }

  void part(const char *name, double value) {
    if (!std::isfinite(value)) return;
    out_.push_back({link_.child, link_.label + ": " + name, "within_parent", value, ""});
    mean_.add(value);
  }

  void alike() {
    for (size_t c = 0; c < child_.columns.size(); ++c)
      usable_columns_.push_back(is_paired(child_.columns[c].kind) && usable(series(real_, static_cast<int>(c))));
    compare("intraclass correlation", 1, 0, [&](const Children &children, int c) {
      return is_numeric(kind(c)) ? intraclass_correlation(series(children, c).numbers, children.groups) : no_score;
    });
    compare("sibling agreement", 1, 0, [&](const Children &children, int c) {
      return is_numeric(kind(c)) ? no_score : sibling_agreement(series(children, c).levels, children.groups);
    });
  }

  ValueKind kind(int c) const { return child_.columns[c].kind; }

  void successive() {
    compare("lag 1", 2, 0.5, [&](const Children &children, int c) {
      if (kind(c) == ValueKind::Number) return lag_correlation(series(children, c).numbers, children.groups, true);
      return kind(c) == ValueKind::Category ? lag_agreement(series(children, c).levels, children.groups) : no_score;
    });
    compare("lag 1 uncentred", 2, 0.5, [&](const Children &children, int c) {
      return kind(c) == ValueKind::Number ? lag_correlation(series(children, c).numbers, children.groups, false) : no_score;
    });
    Mean steps;
    for (size_t c = 0; c < child_.columns.size(); ++c) {
      if (!usable_columns_[c] || child_.columns[c].kind != ValueKind::Number) continue;
      const std::vector<double> real = steps_within(series(real_, static_cast<int>(c)).numbers, real_.groups);
      if (real.size() > least_values)
        steps.add(ks_complement(real, steps_within(series(other_, static_cast<int>(c)).numbers, other_.groups)));
    }
    part("differences", steps.value());
  }

  void lasting() {
    const std::vector<double> real = series(real_, date_).numbers, other = series(other_, date_).numbers;
    part("inter-arrival", ks_complement(steps_within(real, real_.groups), steps_within(other, other_.groups)));
    const Extents of_real = extents_of(real, real_.groups), of_other = extents_of(other, other_.groups);
    if (of_real.first.size() < least_groups) return;
    part("first", ks_complement(of_real.first, of_other.first));
    part("span", ks_complement(of_real.span, of_other.span));
  }

  // Dates of a child that are never before, or never after, one of its parent.
  void orders() {
    const ComparedTable &parent = m_.layout().tables[link_.parent];
    for (size_t p = 0; p < parent.columns.size(); ++p) {
      if (parent.columns[p].kind != ValueKind::Time) continue;
      const std::vector<double> up[2] = {parents_date(real_, p), parents_date(other_, p)};
      for (size_t c = 0; c < child_.columns.size(); ++c) {
        if (child_.columns[c].kind != ValueKind::Time) continue;
        const std::vector<double> own[2] = {series(real_, static_cast<int>(c)).numbers, series(other_, static_cast<int>(c)).numbers};
        const std::string names = parent.name + "." + parent.columns[p].name + ", " + child_.columns[c].name;
        order(names, "the parent's is not after its own", ordered(up[0], own[0]), ordered(up[1], own[1]));
        order(names + " (after)", "its own is not after the parent's", ordered(own[0], up[0]), ordered(own[1], up[1]));
      }
    }
  }

  std::vector<double> parents_date(const Children &children, size_t p) const {
    return series_of(ValueKind::Time, children.side->tables[link_.parent].columns[p], children.parents).numbers;
  }

  void order(const std::string &object, const char *detail, const Ordered &real, const Ordered &other) {
    if (real.rows <= least_ordered || other.rows <= least_ordered_other || real.share < ordered_share) return;
    out_.push_back({link_.child, object, "orders", std::min(1.0, other.share / real.share), detail});
  }

  void finish() {
    if (mean_.count() == 0) return;
    out_.push_back({link_.child, link_.label, "within_parent", mean_.value(),
                    date_ < 0 ? "children without a date to order them" : "children in the order of " + child_.columns[date_].name});
  }

  const Measured &m_;
  const ComparedLink &link_;
  const ComparedTable &child_;
  Scores &out_;
  Children real_, other_;
  std::vector<uint8_t> usable_columns_;  // in the real rows
  int date_ = -1;
  Mean mean_;
};

}  // namespace

Scores measure_groups(const Measured &m) {
  Scores out =
      gather(m, m.layout().links.size(), [&](size_t f, Scores &scores) { GroupMeasure(m, static_cast<int>(f), scores).measure(); });
  Mean mean;
  for (const Score &s : out)
    if (s.metric == "within_parent" &&
        std::any_of(m.layout().links.begin(), m.layout().links.end(), [&](const ComparedLink &l) { return l.label == s.object; }))
      mean.add(s.value);
  if (mean.count()) out.push_back({-1, "", "within_parent", mean.value(), "mean of " + std::to_string(mean.count()) + " foreign keys"});
  return out;
}

}  // namespace relsynth::core
