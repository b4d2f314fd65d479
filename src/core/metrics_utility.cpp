// ML utility, train on synthetic and test on real: what trees trained on the other rows predict of real rows, beside what trees trained on real
// rows predict of them.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

#include "core/design.h"
#include "core/metrics.h"
#include "core/score_trees.h"
#include "core/series.h"

namespace relsynth::core {

namespace {

constexpr size_t least_real = 200, least_other = 50, least_test = 50;    // rows of a table
constexpr size_t least_train = 50, least_tested = 20, least_class = 20;  // rows of a target
constexpr size_t least_wide = 2000;                                      // rows, however many columns
constexpr size_t most_classes = 20, most_candidates = 8, most_targets = 3;
constexpr double test_share = 0.3, most_one_class = 0.97, least_known = 0.3, least_strength = 0.1, most_ratio = 1.2;
const ScoreOptions classify{Loss::Logistic, 80, 5, 0.2, 1, 1}, predict{Loss::Squared, 80, 5, 0.2, 1, 1};

struct Target {
  int feature = -1;
  bool classes = false;
  std::vector<double> levels;  // values of the classes
  double real = 0;             // AUC or R2 of training on real rows
  double strength() const { return classes ? 2 * (real - 0.5) : real; }
};

// A table with the columns of its parents, of three parts that lie one after the other: real rows to train on, others, rows to test on.
class Utility {
 public:
  Utility(const Measured &m, const View *test, int table) : m_(m), test_(test), table_(table) {}

  void measure(Scores &out) {
    if (m_.real.rows[table_].size() < least_real || m_.other.rows[table_].size() < least_other) return;
    prepare();
    std::vector<Target> targets;
    for (Target &target : candidates()) {
      target.real = fitted(0, target);
      if (std::isfinite(target.real) && target.strength() > least_strength) targets.push_back(std::move(target));
    }
    std::stable_sort(targets.begin(), targets.end(), [](const Target &a, const Target &b) { return a.strength() > b.strength(); });
    targets.resize(std::min(targets.size(), most_targets));
    for (const Target &target : targets) {
      double other = fitted(1, target);
      if (!std::isfinite(other)) other = target.classes ? 0.5 : 0;
      const double ratio = std::clamp(target.classes ? (other - 0.5) / (target.real - 0.5) : other / target.real, 0.0, most_ratio);
      char detail[96];
      std::snprintf(detail, sizeof detail, "%s %.3f, trained on real rows %.3f", target.classes ? "AUC" : "R2", other, target.real);
      out.push_back({table_, names_[target.feature], "ml_utility", std::min(1.0, ratio), detail});
    }
  }

 private:
  void prepare() {
    const size_t most = std::min(m_.options.rows, std::max(least_wide, m_.options.cells / 4 / width()));
    std::vector<uint32_t> real = some_rows(m_.real.rows[table_], most, m_.options.seed);
    const std::vector<uint32_t> other = some_rows(m_.other.rows[table_], most, m_.options.seed + 1);
    std::vector<uint32_t> tested;
    const View *from = test_ && test_->rows[table_].size() >= least_test ? test_ : &m_.real;
    if (from == test_) {
      tested = some_rows(test_->rows[table_], most, m_.options.seed + 2);
    } else {
      const size_t kept = real.size() - static_cast<size_t>(test_share * static_cast<double>(real.size()));
      tested.assign(real.begin() + static_cast<ptrdiff_t>(kept), real.end());
      real.resize(kept);
    }
    Design parts[3];
    fill(m_.real, real, parts[0]);
    fill(m_.other, other, parts[1]);
    fill(*from, tested, parts[2]);
    for (int i = 0; i < 3; ++i) begin_[i + 1] = begin_[i] + static_cast<uint32_t>((i == 0 ? real : i == 1 ? other : tested).size());
    design_.emplace(std::vector<const Design *>{&parts[0], &parts[1], &parts[2]});
    names_ = parts[0].names;
    for (size_t f = 0; f < parts[0].size(); ++f) {
      own_.push_back(parts[0].column[f]);
      for (int i = 1; i < 3; ++i) parts[0].values[f].insert(parts[0].values[f].end(), parts[i].values[f].begin(), parts[i].values[f].end());
    }
    values_ = std::move(parts[0].values);
  }

  // Columns of the table and its parents.
  size_t width() const {
    const ComparedTable &table = m_.layout().tables[table_];
    size_t n = 1 + table.columns.size();
    for (int link : table.links) n += m_.layout().tables[m_.layout().links[link].parent].columns.size();
    return n;
  }

  void fill(const View &view, const std::vector<uint32_t> &rows, Design &out) const {
    const ComparedTable &table = m_.layout().tables[table_];
    add_columns(m_.comparison, *view.side, table_, as_rows(rows), "", out);
    for (int index : table.links) {
      const ComparedLink &link = m_.layout().links[index];
      if (link.self() || !m_.other.side->tables[link.parent].present) continue;
      std::vector<int32_t> parents;
      for (uint32_t r : rows) parents.push_back(view.side->tables[table_].parents[link.position][r]);
      add_columns(m_.comparison, *view.side, link.parent, parents, link.label + ".", out);
    }
  }

  // Columns of the table that can be predicted: a few classes, or a number of many values. Judged on all real rows.
  std::vector<Target> candidates() const {
    std::vector<Target> out;
    for (size_t f = 0; f < values_.size() && out.size() < most_candidates; ++f) {
      if (own_[f] < 0) continue;
      const ValueKind kind = m_.layout().tables[table_].columns[own_[f]].kind;
      if (kind != ValueKind::Category && kind != ValueKind::Number) continue;
      std::map<double, size_t> rows;
      size_t known = 0, most = 0, frequent = 0;
      for (uint32_t r = begin_[0]; r < begin_[3]; r = r + 1 == begin_[1] ? begin_[2] : r + 1) {
        if (r >= begin_[2] && test_) break;
        if (!std::isfinite(values_[f][r])) continue;
        ++known;
        most = std::max(most, ++rows[values_[f][r]]);
      }
      for (const auto &[value, n] : rows) frequent += n >= least_class;
      const size_t all = begin_[1] + (test_ ? 0 : begin_[3] - begin_[2]);
      const bool varied = static_cast<double>(most) < most_one_class * static_cast<double>(all);
      const bool few = kind == ValueKind::Category ? frequent >= 2 && frequent <= most_classes : rows.size() >= 2 && rows.size() <= 10;
      if (few && varied)
        out.push_back({static_cast<int>(f), true, classes_of(f), 0});
      else if (kind == ValueKind::Number && rows.size() > 20 && static_cast<double>(known) > least_known * static_cast<double>(all))
        out.push_back({static_cast<int>(f), false, {}, 0});
    }
    return out;
  }

  // Values that enough of the real rows to train on have.
  std::vector<double> classes_of(size_t f) const {
    std::map<double, size_t> rows;
    for (uint32_t r = begin_[0]; r < begin_[1]; ++r)
      if (std::isfinite(values_[f][r])) ++rows[values_[f][r]];
    std::vector<std::pair<size_t, double>> order;
    for (const auto &[value, n] : rows)
      if (n >= least_class) order.emplace_back(n, value);
    std::sort(order.rbegin(), order.rend());
    std::vector<double> out;
    for (size_t i = 0; i < std::min(order.size(), most_classes); ++i) out.push_back(order[i].second);
    return out;
  }

  std::vector<uint32_t> usable_rows(int part, const Target &target) const {
    std::vector<uint32_t> out;
    const std::vector<double> &values = values_[target.feature];
    for (uint32_t r = begin_[part]; r < begin_[part + 1]; ++r)
      if (target.classes ? std::count(target.levels.begin(), target.levels.end(), values[r]) > 0 : std::isfinite(values[r]))
        out.push_back(r);
    return out;
  }

  // AUC (over the classes, one against the others) or R2 on the rows to test on, of trees trained on a part.
  double fitted(int part, const Target &target) {
    const std::vector<uint32_t> train = usable_rows(part, target), test = usable_rows(2, target);
    if (train.size() < (part ? least_tested : least_train) || test.size() < least_tested) return no_score;
    std::vector<std::vector<Code>> features;
    design_->use(train);
    for (size_t f = 0; f < design_->codes().size(); ++f)
      if (static_cast<int>(design_->column(f)) != target.feature) features.push_back(design_->codes()[f]);
    if (features.empty()) return no_score;
    return target.classes ? mean_auc(features, train, test, target) : r_squared(features, train, test, target);
  }

  double mean_auc(const std::vector<std::vector<Code>> &features, const std::vector<uint32_t> &train, const std::vector<uint32_t> &test,
                  const Target &target) const {
    const std::vector<double> &values = values_[target.feature];
    std::set<double> in_train, in_both;
    for (uint32_t r : train) in_train.insert(values[r]);
    for (uint32_t r : test)
      if (in_train.count(values[r])) in_both.insert(values[r]);
    if (in_both.size() < 2) return no_score;
    Mean mean;
    for (double level : in_both) {
      std::vector<float> truth(values.size());
      for (size_t r = 0; r < values.size(); ++r) truth[r] = values[r] == level ? 1 : 0;
      ScoreTrees trees;
      trees.fit(features, train, truth, classify, {});
      std::vector<double> scores;
      std::vector<float> tested;
      for (uint32_t r : test) scores.push_back(trees.score(features, r)), tested.push_back(truth[r]);
      mean.add(area_under_curve(scores, tested));
      if (in_both.size() == 2) break;
    }
    return mean.value();
  }

  double r_squared(const std::vector<std::vector<Code>> &features, const std::vector<uint32_t> &train, const std::vector<uint32_t> &test,
                   const Target &target) const {
    const std::vector<double> &values = values_[target.feature];
    double mean = 0, square = 0;
    for (uint32_t r : test) mean += values[r] / static_cast<double>(test.size());
    for (uint32_t r : test) square += (values[r] - mean) * (values[r] - mean);
    if (square <= 0) return no_score;
    const double scale = std::sqrt(square / static_cast<double>(test.size()));  // so that floats hold it
    std::vector<float> truth(values.size());
    for (size_t r = 0; r < values.size(); ++r) truth[r] = std::isfinite(values[r]) ? static_cast<float>((values[r] - mean) / scale) : 0;
    ScoreTrees trees;
    trees.fit(features, train, truth, predict, {});
    double rest = 0;
    for (uint32_t r : test) rest += std::pow(values[r] - (mean + scale * trees.score(features, r)), 2);
    return 1 - rest / square;
  }

  const Measured &m_;
  const View *test_;
  int table_;
  uint32_t begin_[4] = {0, 0, 0, 0};  // of the parts
  std::optional<CodedDesign> design_;
  std::vector<std::vector<double>> values_;
  std::vector<std::string> names_;
  std::vector<int> own_;  // per feature: column of the table, -1
};

}  // namespace

Scores measure_utility(const Measured &m, const View *test) {
  Scores out =
      gather(m, m.layout().tables.size(), [&](size_t t, Scores &scores) { Utility(m, test, static_cast<int>(t)).measure(scores); });
  Mean mean;
  for (const Score &s : out) mean.add(s.value);
  if (mean.count()) out.push_back({-1, "", "ml_utility", mean.value(), "mean of " + std::to_string(mean.count()) + " columns"});
  return out;
}

}  // namespace relsynth::core
