// Two-level codes: values of a category are divided, again and again, where that tells most of the other columns. Where to divide is decided on
// the rows of one half of the entities, whether to do so on those of the other.
#include "core/category_groups.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "core/features.h"
#include "core/histogram.h"

namespace relsynth::core {

namespace {

constexpr size_t most_groups = 128;
constexpr size_t most_company = 6;  // other columns that are looked at
constexpr int most_classes = 64;    // of each of them
constexpr size_t most_rows = 200000;
constexpr double cost = 3;  // nats that a cut has to gain beside what chance gains
constexpr int power_steps = 12;

// How often values come with the classes of another column: value x class, in either half.
struct Company {
  int classes = 0;
  bool ordered = false;
  std::array<std::vector<uint32_t>, 2> counts;
  double information = 0;
};

class Grouper {
 public:
  Grouper(const TrainSet &set, int table, int column, const Codec &codec, const Poll &poll)
      : set_(set), table_(table), column_(column), values_(codec.category.texts.size()), poll_(poll) {
    find_values(codec);
  }

  std::vector<uint32_t> run() {
    find_company();
    if (company_.empty()) return {};
    std::vector<uint32_t> all(values_);
    std::iota(all.begin(), all.end(), 0u);
    groups_ = {Group{all, {}, 0}};
    propose(groups_[0]);
    while (groups_.size() < most_groups) {
      auto best = std::max_element(groups_.begin(), groups_.end(), [](const Group &a, const Group &b) { return a.gain < b.gain; });
      if (best->gain <= 0) break;
      if (poll_) poll_();
      Group left{{best->order.begin(), best->order.begin() + static_cast<ptrdiff_t>(best->cut)}, {}, 0};
      Group right{{best->order.begin() + static_cast<ptrdiff_t>(best->cut), best->order.end()}, {}, 0};
      propose(left);
      propose(right);
      *best = std::move(left);
      groups_.insert(best + 1, std::move(right));
    }
    if (groups_.size() < 2) return {};
    std::vector<uint32_t> group(values_);
    for (uint32_t g = 0; g < groups_.size(); ++g)
      for (uint32_t v : groups_[g].values) group[v] = g;
    return group;
  }

 private:
  struct Group {
    std::vector<uint32_t> values, order;  // `order`: as the best cut has them
    double gain = 0;                      // of the best cut; none: 0
    size_t cut = 0;
  };

  // Rows that have one of the values; every so many-th of them.
  void find_values(const Codec &codec) {
    const SourceColumn &source = set_.data.tables[table_].columns[column_];
    std::unordered_map<std::string_view, uint32_t> number;
    for (uint32_t v = 0; v < values_; ++v) number[codec.category.texts[v]] = v;
    std::vector<uint32_t> by_id(source.pool.size(), UINT32_MAX);
    for (size_t id = 0; id < source.pool.size(); ++id) {
      std::string_view text = source.pool[id];
      while (!number.count(text) && !text.empty() && text.back() == ' ') text.remove_suffix(1);
      if (auto found = number.find(text); found != number.end()) by_id[id] = found->second;
    }
    size_t step = (source.size() + most_rows - 1) / most_rows;
    for (size_t r = 0; r < source.size(); r += step) {
      if (source.nulls[r] || by_id[source.ids[r]] == UINT32_MAX) continue;
      rows_.push_back(static_cast<uint32_t>(r));
      value_.push_back(by_id[source.ids[r]]);
      half_.push_back(mix(set_.tables[table_].entity[r]) & 1);
    }
  }

  // Whether a column of the row is looked up by the value, each by itself.
  bool follows(size_t column) const {
    const Rule &rule = set_.plan.tables[table_].columns[column].rule;
    if (rule.kind != Rule::Kind::Lookup || !rule.inputs[0].path.empty()) return false;
    return rule.inputs[0].column == column_ || follows(static_cast<size_t>(rule.inputs[0].column));
  }

  // Columns of the row and of its parents that tell most of the value.
  void find_company() {
    std::vector<FeatureRef> refs;
    auto add = [&](int of, FeatureRef::Kind kind, int fk) {
      for (size_t c = 0; c < set_.tables[of].codes.size(); ++c)
        if (!set_.tables[of].codes[c].empty() && !(of == table_ && (static_cast<int>(c) == column_ || follows(c))))
          refs.push_back({kind, fk, static_cast<int>(c)});
    };
    add(table_, FeatureRef::Kind::Own, -1);
    for (int f = 0; f < set_.keys(table_); ++f) {
      if (!set_.tables[table_].choice[f].empty()) refs.push_back({FeatureRef::Kind::Choice, f, -1});
      if (set_.key(table_, f).parent != table_) add(set_.key(table_, f).parent, FeatureRef::Kind::Parent, f);
    }
    for (const FeatureRef &ref : refs) {
      if (poll_) poll_();
      look_at(ref);
    }
    std::stable_sort(company_.begin(), company_.end(), [](const Company &a, const Company &b) { return a.information > b.information; });
    if (company_.size() > most_company) company_.resize(most_company);
  }

  void look_at(const FeatureRef &ref) {
    const std::vector<Code> codes = feature_codes(set_, table_, ref, rows_);
    std::vector<uint32_t> counts(256, 0);
    for (Code c : codes) ++counts[c];
    Company company;
    company.ordered = is_ordered(set_, table_, ref);
    const std::vector<Code> class_of = coarse_classes(counts, company.ordered, most_classes, company.classes);
    if (company.classes < 2) return;
    for (auto &half : company.counts) half.assign(values_ * static_cast<size_t>(company.classes), 0);
    for (size_t i = 0; i < codes.size(); ++i) ++company.counts[half_[i]][at(company, value_[i]) + class_of[codes[i]]];
    company.information = information(company);
    if (company.information > 0) company_.push_back(std::move(company));
    // Tables are large: only the best so far stay.
    if (company_.size() <= 2 * most_company) return;
    std::stable_sort(company_.begin(), company_.end(), [](const Company &a, const Company &b) { return a.information > b.information; });
    company_.resize(most_company);
  }

  static size_t at(const Company &company, uint32_t value) { return value * static_cast<size_t>(company.classes); }

  // What one half of the rows of each value tells of the other half's classes, in nats, against the classes of all rows.
  double information(const Company &company) const {
    const size_t k = static_cast<size_t>(company.classes);
    std::vector<double> all(k, 0.5);
    for (size_t i = 0; i < company.counts[0].size(); ++i) all[i % k] += company.counts[0][i];
    const double total = std::accumulate(all.begin(), all.end(), 0.0);
    double nats = 0;
    for (size_t v = 0; v < values_; ++v) {
      const uint32_t *learned = &company.counts[0][v * k], *asked = &company.counts[1][v * k];
      const double rows = std::accumulate(learned, learned + k, 0.0);
      for (size_t c = 0; c < k; ++c) {
        const double base = all[c] / total;
        if (asked[c] > 0) nats += asked[c] * std::log((learned[c] + 2 * base) / (rows + 2) / base);
      }
    }
    return nats;
  }

  // A score per value of the group: mean class, or place on the first principal component of the class shares.
  std::vector<double> scores(const Company &company, const std::vector<uint32_t> &values) const {
    const size_t k = static_cast<size_t>(company.classes);
    std::vector<double> share(values.size() * k), mean(k, 0), axis(k), score(values.size(), 0), weight(values.size(), 0);
    double total = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const uint32_t *counts = &company.counts[0][values[i] * k];
      weight[i] = std::accumulate(counts, counts + k, 0.0);
      for (size_t c = 0; c < k; ++c) {
        share[i * k + c] = counts[c] / std::max(1.0, weight[i]);
        mean[c] += counts[c];
      }
      total += weight[i];
    }
    for (size_t c = 0; c < k; ++c) {
      mean[c] /= std::max(1.0, total);
      axis[c] = company.ordered ? static_cast<double>(c) : mean[c] * (1 + 0.37 * static_cast<double>(c % 7));
    }
    for (int step = 0;; ++step) {
      for (size_t i = 0; i < values.size(); ++i) {
        score[i] = 0;
        for (size_t c = 0; c < k; ++c) score[i] += (share[i * k + c] - mean[c]) * axis[c];
      }
      if (company.ordered || step == power_steps) return score;
      std::fill(axis.begin(), axis.end(), 0);
      for (size_t i = 0; i < values.size(); ++i)
        for (size_t c = 0; c < k; ++c) axis[c] += weight[i] * score[i] * (share[i * k + c] - mean[c]);
      double length = 0;
      for (double a : axis) length += a * a;
      if (length <= 0) return score;
      for (double &a : axis) a /= std::sqrt(length);
    }
  }

  // The cut of an order that gains most in the first half.
  size_t best_cut(const Company &company, const std::vector<uint32_t> &order) const {
    const size_t k = static_cast<size_t>(company.classes);
    std::vector<uint32_t> left(k, 0), right(k, 0);
    uint32_t left_rows = 0, right_rows = 0;
    for (uint32_t v : order)
      for (size_t c = 0; c < k; ++c) right[c] += company.counts[0][v * k + c];
    right_rows = std::accumulate(right.begin(), right.end(), 0u);
    double left_sum = 0, right_sum = 0, most = -INFINITY;
    for (uint32_t n : right) right_sum += n_log_n(n);
    size_t cut = 0;
    for (size_t i = 0; i + 1 < order.size(); ++i) {
      for (size_t c = 0; c < k; ++c) {
        const uint32_t n = company.counts[0][order[i] * k + c];
        if (n == 0) continue;
        left_sum += n_log_n(left[c] + n) - n_log_n(left[c]);
        right_sum += n_log_n(right[c] - n) - n_log_n(right[c]);
        left[c] += n;
        right[c] -= n;
        left_rows += n;
        right_rows -= n;
      }
      const double gain = left_sum - n_log_n(left_rows) + right_sum - n_log_n(right_rows);
      if (gain > most) most = gain, cut = i + 1;
    }
    return cut;
  }

  // What a cut gains in the second half, over all columns, less what it gains by chance.
  double gain_of(const std::vector<uint32_t> &order, size_t cut) const {
    double gain = -cost;
    for (const Company &company : company_) {
      const size_t k = static_cast<size_t>(company.classes);
      std::vector<uint32_t> side[2] = {std::vector<uint32_t>(k, 0), std::vector<uint32_t>(k, 0)};
      for (size_t i = 0; i < order.size(); ++i)
        for (size_t c = 0; c < k; ++c) side[i >= cut][c] += company.counts[1][order[i] * k + c];
      uint32_t rows[2] = {std::accumulate(side[0].begin(), side[0].end(), 0u), std::accumulate(side[1].begin(), side[1].end(), 0u)};
      int seen = 0;
      for (size_t c = 0; c < k; ++c) {
        seen += side[0][c] + side[1][c] > 0;
        gain += n_log_n(side[0][c]) + n_log_n(side[1][c]) - n_log_n(side[0][c] + side[1][c]);
      }
      gain += n_log_n(rows[0] + rows[1]) - n_log_n(rows[0]) - n_log_n(rows[1]);
      gain -= 0.5 * std::max(0, seen - 1);
    }
    return gain;
  }

  void propose(Group &group) const {
    if (group.values.size() < 2) return;
    for (const Company &company : company_) {
      const std::vector<double> score = scores(company, group.values);
      std::vector<uint32_t> place(group.values.size()), order;
      std::iota(place.begin(), place.end(), 0u);
      std::stable_sort(place.begin(), place.end(), [&](uint32_t a, uint32_t b) { return score[a] < score[b]; });
      for (uint32_t p : place) order.push_back(group.values[p]);
      const size_t cut = best_cut(company, order);
      const double gain = cut == 0 ? 0 : gain_of(order, cut);
      if (gain <= group.gain) continue;
      group.gain = gain;
      group.cut = cut;
      group.order = std::move(order);
    }
  }

  const TrainSet &set_;
  int table_, column_;
  size_t values_;
  const Poll &poll_;
  std::vector<uint32_t> rows_, value_;
  std::vector<uint8_t> half_;  // of the entities
  std::vector<Company> company_;
  std::vector<Group> groups_;
};

}  // namespace

std::vector<uint32_t> group_values(const TrainSet &set, int table, int column, const Codec &codec, const Poll &poll) {
  return Grouper(set, table, column, codec, poll).run();
}

}  // namespace relsynth::core
