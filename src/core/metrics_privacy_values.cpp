// Values that few entities of the source carry and that the target shows: texts, categories, extremes.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "core/metrics_privacy.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

// Chance is left out where made up texts of this many kinds and this length may hit one of the source: how many different ones are as likely.
constexpr double letters_per_place = 5, digits_per_place = 10;  // what follows a letter in names is no free choice
constexpr double least_chance = 0.05;                           // expected hits of one text in all rows
constexpr double least_tail = 0.01;                             // of as many extremes of the source by chance

double ways_of(std::string_view text) {
  double ways = 1;
  for (char c : text) {
    const bool digit = c >= '0' && c <= '9', letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
    if (digit) ways *= digits_per_place;
    if (letter) ways *= (c & 0xC0) == 0x80 ? 1 : letters_per_place;
  }
  return ways;
}

class ValueLeaks {
 public:
  ValueLeaks(const Audited &a, int table, PrivacyScores &out)
      : a_(a), index_(table), table_(a.comparison.layout.tables[table]), out_(out), about_(a.tables[table]) {
    entities_ = std::unordered_set<uint32_t>(about_.entity.begin(), about_.entity.end()).size();
  }

  void measure() {
    for (size_t c = 0; c < table_.columns.size(); ++c) {
      const ValueKind kind = table_.columns[c].kind;
      a_.poll();
      if (about_.open[c] || about_.key[c]) continue;
      if (kind == ValueKind::Text || kind == ValueKind::Category) texts(static_cast<int>(c));
      if (kind == ValueKind::Number || kind == ValueKind::Time) extremes(static_cast<int>(c));
    }
  }

 private:
  uint32_t threshold(int c) const { return support_threshold(static_cast<uint32_t>(entities_), a_.min_count, about_.personal[c]); }

  const ComparedValues &values(const View &view, int c) const { return view.side->tables[index_].columns[c]; }

  // Entities of the source that carry each level.
  std::vector<Support> level_support(const View &view, int c) const {
    std::vector<Support> out(a_.comparison.levels[index_][c].texts.size());
    const std::vector<int32_t> &levels = values(view, c).levels;
    for (uint32_t r : by_entity(view))
      if (levels[r] >= 0) out[levels[r]].add(about_.entity[r]);
    return out;
  }

  // Only of views of the source.
  std::vector<uint32_t> by_entity(const View &view) const {
    std::vector<uint32_t> rows = view.rows[index_];
    std::stable_sort(rows.begin(), rows.end(), [&](uint32_t x, uint32_t y) { return about_.entity[x] < about_.entity[y]; });
    return rows;
  }

  struct Leak {
    size_t shown = 0, chance = 0;  // texts that are judged, and those that chance may have made
  };
  Leak shown(const std::vector<Support> &support, const View &view, int c) const {
    const std::vector<std::string> &texts = a_.comparison.levels[index_][c].texts;
    const std::vector<int32_t> &levels = values(view, c).levels;
    std::unordered_set<int32_t> seen;
    Leak out;
    for (uint32_t r : view.rows[index_]) {
      const int32_t level = levels[r];
      if (level < 0 || support[level].entities == 0 || support[level].entities >= threshold(c) || !seen.insert(level).second) continue;
      const bool chance = static_cast<double>(view.rows[index_].size()) > least_chance * ways_of(texts[level]);
      ++(chance ? out.chance : out.shown);
    }
    return out;
  }

  void texts(int c) {
    const bool text = table_.columns[c].kind == ValueKind::Text || about_.personal[c];
    const Leak leak = shown(level_support(a_.source, c), a_.target, c);
    const Leak real = shown(level_support(a_.base, c), a_.other, c);
    std::string detail = "texts of fewer than " + std::to_string(threshold(c)) + " entities that the target has";
    if (leak.chance) detail += "; " + std::to_string(leak.chance) + " short ones that chance may have made are left out";
    add(c, text ? "verbatim_texts" : "rare_categories", leak.shown, real.shown, std::move(detail), leak.shown == 0);
  }

  // Values that fewer than threshold entities carry, beyond the bound that leaves as many of the outermost entities outside.
  struct End {
    double bound = 0, last = 0;
    std::unordered_set<double> values;
    double density = 1;  // of them among all values of their grid beyond the bound
    bool beyond(double v) const { return last > bound ? v > bound && v <= last : v < bound && v >= last; }
  };

  void extremes(int c) {
    size_t values = 0, shown = 0, real = 0;
    bool passed = true;
    for (const End &end : ends(a_.source, c)) {
      size_t beyond = 0;
      const size_t hits = among(a_.target, c, end, beyond);
      values += end.values.size();
      shown += hits;
      passed = passed && (hits == 0 || chance_of(hits, beyond, end.density) >= least_tail);
    }
    if (values == 0) return;
    for (const End &end : ends(a_.base, c)) {
      size_t beyond = 0;
      real += among(a_.other, c, end, beyond);
    }
    add(c, "extreme_values", shown, real,
        std::to_string(values) + " values beyond the " + std::to_string(threshold(c)) + "th entity from either end" +
            (passed && shown ? "; chance may have made those that the target has" : ""),
        passed);
  }

  std::vector<End> ends(const View &view, int c) const {
    const std::vector<double> &numbers = values(view, c).numbers;
    std::vector<uint32_t> rows;
    for (uint32_t r : view.rows[index_])
      if (std::isfinite(numbers[r])) rows.push_back(r);
    std::sort(rows.begin(), rows.end(), [&](uint32_t x, uint32_t y) { return numbers[x] < numbers[y]; });
    std::vector<End> out;
    auto from = [&](auto begin, auto end) {
      End e;
      std::unordered_set<uint32_t> entities;
      for (auto it = begin; it != end;) {
        e.bound = numbers[*it];
        for (; it != end && numbers[*it] == e.bound; ++it) entities.insert(about_.entity[*it]);
        if (entities.size() >= threshold(c)) break;
        e.values.insert(e.bound);
      }
      if (e.values.empty()) return;
      e.last = numbers[*begin];
      const double cells = std::abs(e.last - e.bound) / grid(e);
      e.density = cells > 0 ? std::min(1.0, static_cast<double>(e.values.size()) / cells) : 1;
      out.push_back(std::move(e));
    };
    from(rows.begin(), rows.end());
    from(rows.rbegin(), rows.rend());
    return out;
  }

  // The step that all of the values are multiples of.
  static double grid(const End &end) {
    auto whole = [](double v) { return static_cast<int64_t>(std::llround(std::clamp(std::abs(v) * 1e4, 0.0, 9e18))); };
    int64_t step = whole(end.bound);
    for (double v : end.values) step = std::gcd(step, whole(v));
    return std::max<double>(static_cast<double>(step), 1) / 1e4;
  }

  // Different values that the rows have beyond the bound, and how many of them are the source's.
  size_t among(const View &view, int c, const End &end, size_t &beyond) const {
    std::unordered_set<double> seen;
    for (uint32_t r : view.rows[index_]) {
      const double v = values(view, c).numbers[r];
      if (end.beyond(v)) seen.insert(v);
    }
    beyond = seen.size();
    return static_cast<size_t>(std::count_if(seen.begin(), seen.end(), [&](double v) { return end.values.count(v); }));
  }

  // That at least `hits` of `tries` succeed (binomial).
  static double chance_of(size_t hits, size_t tries, double each) {
    if (each >= 1) return 1;
    const double n = static_cast<double>(tries);
    double sum = 0;
    for (size_t k = hits; k <= tries; ++k) {
      const double i = static_cast<double>(k);
      sum += std::exp(std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1) + i * std::log(each) + (n - i) * std::log1p(-each));
    }
    return sum;
  }

  void add(int c, const char *metric, size_t value, size_t reference, std::string detail, bool passed) {
    out_.push_back(
        {index_, table_.columns[c].name, metric, static_cast<double>(value), static_cast<double>(reference), passed, std::move(detail)});
  }

  const Audited &a_;
  int index_;
  const ComparedTable &table_;
  PrivacyScores &out_;
  const AuditedTable &about_;
  size_t entities_ = 0;
};

}  // namespace

void measure_value_leaks(const Audited &a, int table, PrivacyScores &out) { ValueLeaks(a, table, out).measure(); }

}  // namespace relsynth::core
