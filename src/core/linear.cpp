#include "core/linear.h"

#include <algorithm>
#include <cmath>
#include <Eigen/Dense>

#include "core/relative.h"
#include "core/relative_way.h"
#include "core/rule_values.h"

namespace relsynth::core {

double term_value(const TrainSet &set, int table, const LinearTerm &term, size_t row) {
  if (term.up > 0) {
    const int driver = set.plan.tables[table].driver;
    std::span<const int32_t> parents = set.parents(table, driver);
    if (row >= parents.size() || parents[row] < 0) return NAN;
    row = static_cast<size_t>(parents[row]);
    table = set.key(table, driver).parent;
    if (row >= set.data.tables[table].rows) return NAN;
  }
  return number_at(set.data.tables[table].columns[term.column], row, set.schema.tables[table].columns[term.column].cls);
}

namespace {

constexpr size_t least_rows = 60;     // that have all numbers
constexpr size_t most_rows = 20000;   // that are looked at
constexpr double least_known = 0.95;  // share of the rows with a value that have a term's number
constexpr double least_gain = 0.002;  // of the variance, by one more term
constexpr double least_explained = 0.5;
constexpr double tight = 0.6;   // spread of what is left by that of the values
constexpr double tail = 0.005;  // of the values on either side, which count as the value there
constexpr double ridge = 1e-3;  // by the rows, of standardised numbers
constexpr size_t most_terms = 6, most_candidates = 40;

// A number that the column may depend on, for the rows that are looked at.
struct Candidate {
  LinearTerm term;
  Eigen::VectorXd x;  // standardised
  double mean = 0, scale = 1;
};

std::pair<double, double> span_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto at = [&](double share) { return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))]; };
  return {at(tail), at(1 - tail)};
}

class LinearFit {
 public:
  LinearFit(const TrainSet &set, int table, int column) : set_(set), table_(table), column_(column) {
    const SourceColumn &values = set.data.tables[table].columns[column];
    std::vector<double> outlying = outlying_values(values, set.schema.tables[table].columns[column].cls);
    const size_t step = std::max<size_t>(1, values.size() / most_rows);
    for (size_t r = 0; r < values.size(); r += step) {
      double value = number_at(values, r, set.schema.tables[table].columns[column].cls);
      if (!is_exact(value)) continue;
      if (std::find(outlying.begin(), outlying.end(), value) == outlying.end()) rows_.push_back(static_cast<uint32_t>(r));
    }
  }

  bool fit(Relative &relative) {
    if (rows_.size() < least_rows) return false;
    find_candidates();
    keep_known();
    if (rows_.size() < least_rows || candidates_.empty()) return false;
    standardise();
    choose();
    if (explained_ < least_explained || !is_tight()) return false;
    relative.intercept = mean_;
    relative.terms.clear();
    for (size_t i = 0; i < chosen_.size(); ++i) {
      const Candidate &c = candidates_[chosen_[i]];
      LinearTerm term = c.term;
      term.weight = weights_[static_cast<Eigen::Index>(i)] * scale_ / c.scale;
      relative.intercept -= term.weight * c.mean;
      relative.terms.push_back(term);
    }
    return true;
  }

 private:
  void find_candidates() {
    auto add = [&](int table, int up, int c) {
      const Column &type = set_.schema.tables[table].columns[c];
      const bool number = set_.plan.tables[table].columns[c].encoding == Encoding::Number && is_quantity(type.cls);
      if (!number || candidates_.size() >= most_candidates) return;
      LinearTerm term{c, up, 0, 0, 0};
      std::vector<double> values;
      for (uint32_t r : rows_)
        if (double x = term_value(set_, table_, term, r); is_exact(x)) values.push_back(x);
      if (static_cast<double>(values.size()) < least_known * static_cast<double>(rows_.size())) return;
      std::tie(term.low, term.high) = span_of(std::move(values));
      if (term.low < term.high) candidates_.push_back({term, {}, 0, 1});
    };
    for (int c : set_.plan.tables[table_].column_order) {
      if (c == column_) break;
      add(table_, 0, c);
    }
    const int driver = set_.plan.tables[table_].driver;
    if (driver < 0) return;
    const int parent = set_.key(table_, driver).parent;
    for (int c : set_.plan.tables[parent].column_order) add(parent, 1, c);
  }

  double value_of(uint32_t row) const { return term_value(set_, table_, {column_, 0, 0, 0, 0}, row); }

  // Rows that have every candidate.
  void keep_known() {
    std::erase_if(rows_, [&](uint32_t r) {
      return std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate &c) {
        double x = term_value(set_, table_, c.term, r);
        return !std::isfinite(x) || std::fabs(x) > largest_exact;
      });
    });
  }

  void standardise() {
    const auto n = static_cast<Eigen::Index>(rows_.size());
    auto scaled = [&](Eigen::VectorXd &x, double &mean, double &scale) {
      mean = x.mean();
      x.array() -= mean;
      scale = std::sqrt(x.squaredNorm() / static_cast<double>(n));
      if (scale > 0) x /= scale;
    };
    std::vector<double> values;
    for (uint32_t r : rows_) values.push_back(value_of(r));
    const auto [low, high] = span_of(values);
    y_.resize(n);
    for (Eigen::Index i = 0; i < n; ++i) y_[i] = std::clamp(values[static_cast<size_t>(i)], low, high);
    scaled(y_, mean_, scale_);
    for (Candidate &c : candidates_) {
      c.x.resize(n);
      for (Eigen::Index i = 0; i < n; ++i)
        c.x[i] = std::clamp(term_value(set_, table_, c.term, rows_[static_cast<size_t>(i)]), c.term.low, c.term.high);
      scaled(c.x, c.mean, c.scale);
    }
    std::erase_if(candidates_, [](const Candidate &c) { return c.scale <= 0; });
  }

  // Term by term, the one that what is left follows most (orthogonal matching pursuit, Pati et al. 1993).
  void choose() {
    const double n = static_cast<double>(rows_.size());
    Eigen::VectorXd rest = y_;
    if (scale_ <= 0) return;
    while (chosen_.size() < most_terms) {
      size_t best = candidates_.size();
      double most = 0;
      for (size_t i = 0; i < candidates_.size(); ++i) {
        const double follows = std::fabs(candidates_[i].x.dot(rest)) / n;
        if (follows > most && std::find(chosen_.begin(), chosen_.end(), i) == chosen_.end()) most = follows, best = i;
      }
      if (best == candidates_.size()) return;
      chosen_.push_back(best);
      const Eigen::VectorXd weights = solve(n);
      Eigen::VectorXd left = y_;
      for (size_t i = 0; i < chosen_.size(); ++i) left -= weights[static_cast<Eigen::Index>(i)] * candidates_[chosen_[i]].x;
      const double explained = 1 - left.squaredNorm() / n;
      if (explained < explained_ + least_gain) {
        chosen_.pop_back();
        return;
      }
      explained_ = explained;
      weights_ = weights;
      rest = std::move(left);
    }
  }

  // Whether what is left spreads far less than the values, at the ends as in the middle: rows of another kind would be lost among the rest.
  bool is_tight() const {
    std::vector<double> left, values;
    for (size_t r = 0; r < rows_.size(); ++r) {
      const auto row = static_cast<Eigen::Index>(r);
      double expected = 0;
      for (size_t i = 0; i < chosen_.size(); ++i) expected += weights_[static_cast<Eigen::Index>(i)] * candidates_[chosen_[i]].x[row];
      values.push_back((value_of(rows_[r]) - mean_) / scale_);
      left.push_back(values.back() - expected);
    }
    std::sort(values.begin(), values.end());
    std::sort(left.begin(), left.end());
    auto spread = [](const std::vector<double> &sorted, double share) {
      const double last = static_cast<double>(sorted.size() - 1);
      return sorted[static_cast<size_t>((1 - share) * last)] - sorted[static_cast<size_t>(share * last)];
    };
    return spread(left, 0.25) <= tight * spread(values, 0.25) && spread(left, tail) <= tight * spread(values, tail);
  }

  Eigen::VectorXd solve(double n) const {
    const auto k = static_cast<Eigen::Index>(chosen_.size());
    Eigen::MatrixXd gram(k, k);
    Eigen::VectorXd right(k);
    for (Eigen::Index i = 0; i < k; ++i) {
      const Eigen::VectorXd &x = candidates_[chosen_[static_cast<size_t>(i)]].x;
      right[i] = x.dot(y_);
      for (Eigen::Index j = 0; j < k; ++j) gram(i, j) = x.dot(candidates_[chosen_[static_cast<size_t>(j)]].x) + (i == j ? ridge * n : 0);
    }
    return gram.ldlt().solve(right);
  }

  const TrainSet &set_;
  int table_, column_;
  std::vector<uint32_t> rows_;
  std::vector<Candidate> candidates_;
  std::vector<size_t> chosen_;
  Eigen::VectorXd y_, weights_;
  double mean_ = 0, scale_ = 1, explained_ = 0;
};

}  // namespace

bool fit_linear(const TrainSet &set, int table, int column, Relative &relative) { return LinearFit(set, table, column).fit(relative); }

}  // namespace relsynth::core
