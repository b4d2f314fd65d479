// Measures along foreign keys: children per parent, columns of children and of parents up to three steps up, columns of two parents of a row.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "core/metrics.h"
#include "core/series.h"

namespace relsynth::core {

namespace {

constexpr size_t most_steps = 3, most_chains = 120;
constexpr size_t least_joined = 10, least_co = 20, least_co_other = 5;  // rows
constexpr double shown_below = 0.95;
constexpr size_t shown_pairs = 6;  // of a chain, beside the strong ones

std::string two_decimals(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

// Children of every row of the view's parents along a link.
std::vector<double> children_of(const Comparison &comparison, const View &view, int index) {
  const ComparedLink &link = comparison.layout.links[index];
  const std::vector<int> &links = comparison.layout.tables[link.parent].children;
  const SideTable &parent = view.side->tables[link.parent];
  std::vector<uint32_t> counts;
  if (view.whole) {
    counts = parent.counts[std::find(links.begin(), links.end(), index) - links.begin()];
  } else {
    counts.assign(parent.rows, 0);
    const std::vector<int32_t> &parents = view.side->tables[link.child].parents[link.position];
    for (uint32_t r : view.rows[link.child])
      if (parents[r] >= 0) ++counts[parents[r]];
  }
  // Rows of a half follow their driver; along other links each half has its rows of all parents.
  if (!view.whole && comparison.layout.tables[link.child].driver != index) return {counts.begin(), counts.end()};
  std::vector<double> out;
  for (uint32_t r : view.rows[link.parent]) out.push_back(counts[r]);
  return out;
}

void measure_cardinality(const Measured &m, int index, Scores &out) {
  const ComparedLink &link = m.layout().links[index];
  if (!m.other.side->tables[link.child].present || !m.other.side->tables[link.parent].present || m.real.is_shared(link.child)) return;
  const std::vector<double> real = children_of(m.comparison, m.real, index), other = children_of(m.comparison, m.other, index);
  if (real.empty()) return;
  auto described = [](const std::vector<double> &counts) {
    Mean mean, none;
    for (double c : counts) mean.add(c), none.add(c == 0);
    return two_decimals(mean.value()) + " a parent, " + percent(none.value()) + " without";
  };
  out.push_back({link.child, link.label, "cardinality", ks_complement(real, other),
                 other.empty() ? "no parents" : described(other) + " instead of " + described(real)});
}

// Rows of a table and of its ancestors along a chain of links.
struct Path {
  std::vector<uint32_t> from;
  std::vector<int32_t> to;
};

Path walk(const ComparedLayout &layout, const View &view, const std::vector<uint32_t> &rows, const std::vector<int> &chain) {
  Path path;
  for (uint32_t r : rows) {
    int32_t at = static_cast<int32_t>(r);
    for (size_t i = 0; i < chain.size() && at >= 0; ++i) {
      const ComparedLink &link = layout.links[chain[i]];
      at = view.side->tables[link.child].parents[link.position][at];
    }
    if (at < 0) continue;
    path.from.push_back(r);
    path.to.push_back(at);
  }
  return path;
}

// Pairs of columns of two tables whose rows stand side by side.
class CrossPairs {
 public:
  CrossPairs(const Measured &m, int a, int b) : m_(m), a_(a), b_(b) {}

  template <class RowsA, class RowsB>
  void measure(const RowsA &real_a, const RowsB &real_b, const RowsA &other_a, const RowsB &other_b) {
    const std::vector<int> of_a = paired_columns(table(a_)), of_b = paired_columns(table(b_));
    std::vector<std::pair<int, int>> todo;
    for (size_t i = 0; i < of_a.size(); ++i)
      for (size_t j = 0; j < of_b.size(); ++j) todo.emplace_back(i, j);
    choose_pairs(todo, m_.options);
    std::vector<PairColumn> left, right;
    for (int c : of_a) left.push_back(column(a_, c, real_a, other_a));
    for (int c : of_b) right.push_back(column(b_, c, real_b, other_b));
    for (auto [i, j] : todo) {
      const std::optional<PairScore> score = pair_score(left[i], right[j]);
      if (!score) continue;
      scores.push_back(*score);
      names.push_back(table(a_).columns[of_a[i]].name + ", " + table(b_).columns[of_b[j]].name);
    }
  }

  std::vector<PairScore> scores;
  std::vector<std::string> names;

 private:
  const ComparedTable &table(int t) const { return m_.layout().tables[t]; }

  template <class Rows>
  PairColumn column(int t, int c, const Rows &real, const Rows &other) const {
    const ValueKind kind = table(t).columns[c].kind;
    return pair_column(series_of(kind, m_.real.side->tables[t].columns[c], real),
                       series_of(kind, m_.other.side->tables[t].columns[c], other));
  }

  const Measured &m_;
  int a_, b_;
};

// What one chain or pair of parents says: each score counts in the mean of the database.
struct Trend {
  int table = -1, steps = 0;  // steps 0: co-parents
  std::string label, detail;
  CrossPairs pairs;
  std::optional<double> fixed;  // the side lacks a table
};

Trend measure_chain(const Measured &m, const std::vector<int> &chain) {
  const ComparedLayout &layout = m.layout();
  const int child = layout.links[chain.front()].child, top = layout.links[chain.back()].parent;
  Trend out{child, static_cast<int>(chain.size()), "", "", CrossPairs(m, child, top), {}};
  for (int link : chain) out.label += (out.label.empty() ? "" : " => ") + layout.links[link].label;
  if (m.real.rows[child].empty() || m.real.is_shared(child)) return out;
  bool whole = !m.other.rows[child].empty();
  for (int link : chain) whole = whole && m.other.side->tables[layout.links[link].parent].present;
  if (!whole) {
    out.fixed = 0;
    return out;
  }
  const Path real = walk(layout, m.real, some_rows(m.real.rows[child], m.options.rows, m.options.seed), chain);
  if (real.from.size() < least_joined) return out;
  const Path other = walk(layout, m.other, some_rows(m.other.rows[child], m.options.rows, m.options.seed + 1), chain);
  out.pairs.measure(real.from, real.to, other.from, other.to);
  return out;
}

// Parents of a row along two links, where it has both.
std::pair<std::vector<int32_t>, std::vector<int32_t>> both_parents(const View &view, int table, const std::vector<uint32_t> &rows, int a,
                                                                   int b) {
  std::pair<std::vector<int32_t>, std::vector<int32_t>> out;
  const auto &parents = view.side->tables[table].parents;
  for (uint32_t r : rows) {
    if (parents[a][r] < 0 || parents[b][r] < 0) continue;
    out.first.push_back(parents[a][r]);
    out.second.push_back(parents[b][r]);
  }
  return out;
}

// Pairs of parents that more than one row has.
double repeated(std::pair<std::vector<int32_t>, std::vector<int32_t>> parents) {
  std::vector<std::pair<int32_t, int32_t>> pairs;
  for (size_t i = 0; i < parents.first.size(); ++i) pairs.emplace_back(parents.first[i], parents.second[i]);
  const size_t all = pairs.size();
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return all ? static_cast<double>(all - pairs.size()) / static_cast<double>(all) : 0;
}

Trend measure_co_parents(const Measured &m, int a, int b) {
  const ComparedLink &f = m.layout().links[a], &g = m.layout().links[b];
  Trend out{f.child, 0, f.label + " x " + g.label, "", CrossPairs(m, f.parent, g.parent), {}};
  const std::vector<uint32_t> real_rows = some_rows(m.real.rows[f.child], m.options.rows, m.options.seed);
  const std::vector<uint32_t> other_rows = some_rows(m.other.rows[f.child], m.options.rows, m.options.seed + 1);
  if (real_rows.size() < least_co || other_rows.size() < least_co_other || m.real.is_shared(f.child)) return out;
  if (!m.other.side->tables[f.parent].present || !m.other.side->tables[g.parent].present) return out;
  const auto real = both_parents(m.real, f.child, real_rows, f.position, g.position);
  const auto other = both_parents(m.other, f.child, other_rows, f.position, g.position);
  if (real.first.size() < least_co) return out;
  out.pairs.measure(real.first, real.second, other.first, other.second);
  const double twice_real = repeated(both_parents(m.real, f.child, m.real.rows[f.child], f.position, g.position));
  const double twice_other = repeated(both_parents(m.other, f.child, m.other.rows[f.child], f.position, g.position));
  out.detail = ", the same two parents again " + percent(twice_other) + " instead of " + percent(twice_real);
  return out;
}

// Chains of links upwards, the short ones first.
std::vector<std::vector<int>> chains(const ComparedLayout &layout) {
  std::vector<std::vector<int>> out;
  for (size_t f = 0; f < layout.links.size(); ++f) out.push_back({static_cast<int>(f)});
  for (size_t i = 0; i < out.size() && out.size() < most_chains; ++i) {
    const std::vector<int> chain = out[i];
    if (chain.size() >= most_steps) continue;
    for (int f : layout.tables[layout.links[chain.back()].parent].links)
      if (!layout.links[f].self() && std::find(chain.begin(), chain.end(), f) == chain.end()) {
        out.push_back(chain);
        out.back().push_back(f);
      }
  }
  out.resize(std::min(out.size(), most_chains));
  return out;
}

// Scores of one chain: its mean, the strong pairs and the worst others.
void list_trend(const Trend &trend, const char *metric, Scores &out) {
  Mean mean;
  std::vector<size_t> weak;
  for (size_t i = 0; i < trend.pairs.scores.size(); ++i) {
    const PairScore &score = trend.pairs.scores[i];
    mean.add(score.value);
    if (score.strong)
      out.push_back({trend.table, trend.label + ": " + trend.pairs.names[i], "strong_trends", score.value,
                     score.correlation ? "correlation similarity" : "contingency similarity"});
    else if (score.value < shown_below)
      weak.push_back(i);
  }
  std::stable_sort(weak.begin(), weak.end(), [&](size_t a, size_t b) { return trend.pairs.scores[a].value < trend.pairs.scores[b].value; });
  for (size_t i = 0; i < std::min(weak.size(), shown_pairs); ++i)
    out.push_back({trend.table, trend.label + ": " + trend.pairs.names[weak[i]], metric, trend.pairs.scores[weak[i]].value, ""});
  const double value = trend.fixed ? *trend.fixed : mean.value();
  if (trend.fixed || mean.count() || !trend.detail.empty())
    out.push_back({trend.table, trend.label, metric, value,
                   trend.fixed ? "missing in the target" : "mean of " + std::to_string(mean.count()) + " pairs" + trend.detail});
}

}  // namespace

Scores measure_links(const Measured &m) {
  const ComparedLayout &layout = m.layout();
  Scores out = gather(m, layout.links.size(), [&](size_t f, Scores &scores) { measure_cardinality(m, static_cast<int>(f), scores); });
  Mean cardinality;
  for (const Score &s : out) cardinality.add(s.value);
  if (cardinality.count())
    out.push_back({-1, "", "cardinality", cardinality.value(), "mean of " + std::to_string(cardinality.count()) + " foreign keys"});

  const std::vector<std::vector<int>> up = chains(layout);
  std::vector<std::pair<int, int>> co;
  for (const ComparedTable &table : layout.tables)
    for (size_t i = 0; i < table.links.size(); ++i)
      for (size_t j = i + 1; j < table.links.size(); ++j) co.emplace_back(table.links[i], table.links[j]);
  std::vector<std::optional<Trend>> trends(up.size() + co.size());
  parallel_for(trends.size(), m.options.threads, m.options.poll, [&](size_t i) {
    trends[i].emplace(i < up.size() ? measure_chain(m, up[i]) : measure_co_parents(m, co[i - up.size()].first, co[i - up.size()].second));
  });

  // One and more steps: the mean of all pairs; co-parents: that of all pairs of parents.
  Mean steps[3], strong;
  static const char *const metrics[] = {"co_parents", "trends_1hop", "trends_2hop"};
  std::map<int, Mean> by_steps;
  for (const std::optional<Trend> &trend : trends) {
    const int kind = std::min(trend->steps, 2);
    list_trend(*trend, metrics[kind], out);
    Mean mean;
    for (const PairScore &score : trend->pairs.scores) {
      if (score.strong) strong.add(score.value);
      mean.add(score.value);
      if (kind) by_steps[trend->steps].add(score.value);
    }
    if (trend->fixed) by_steps[trend->steps].add(*trend->fixed);
    if (!kind) steps[0].add(mean.value());
  }
  for (const auto &[n, mean] : by_steps) steps[std::min(n, 2)].add(mean.value());
  for (int kind : {1, 2, 0})
    if (steps[kind].count()) out.push_back({-1, "", metrics[kind], steps[kind].value(), ""});
  if (strong.count()) out.push_back({-1, "", "strong_trends", strong.value(), "mean of " + std::to_string(strong.count()) + " pairs"});
  return out;
}

}  // namespace relsynth::core
