// Classifier two-sample tests: rows of every table, by row and by entity; parents with what their children come to; rows with their parent's.
#include <algorithm>
#include <set>

#include "core/metrics.h"
#include "core/series.h"
#include "core/two_sample.h"

namespace relsynth::core {

namespace {

constexpr size_t least_parents = 200, least_joined = 20, least_groups = 6;  // rows, parents
constexpr int many_tests = 200, least_rounds = 30;                          // in schemas of more tests, fewer trees
constexpr double least_doubt = 0.06;  // below 0.5: the twin of a row left out was trained on with the other label
constexpr double telling = 0.6;       // AUC above which the columns are named that tell most

class Detection {
 public:
  explicit Detection(const Measured &m) : m_(m) {
    options_.seed = m.options.seed;
    options_.rows = m.options.rows;
    options_.cells = m.options.cells;
    const int tests = static_cast<int>(2 * m.layout().tables.size() + m.layout().links.size());
    options_.rounds = std::clamp(options_.rounds * many_tests / std::max(tests, 1), least_rounds, options_.rounds);
    if (m.options.threads <= 1) options_.poll = m.options.poll;  // workers do not poll
  }

  // Rows of a table: left out one by one, and where they hang on others, entity by entity as well. A row's relatives in the training rows can
  // tell its sample without anything being wrong with it.
  void single(int t, Scores &out) const {
    if (m_.real.rows[t].empty() || m_.real.is_shared(t)) return;
    if (m_.other.rows[t].empty()) {
      out.push_back({t, "", "c2st", 1, "no rows in the target"});
      return;
    }
    Sample sides[2];
    for (int s = 0; s < 2; ++s) sides[s] = sample(t, m_.options.rows, s);
    test(t, "c2st", sides, out);
    if (m_.layout().tables[t].driver < 0) return;
    for (int s = 0; s < 2; ++s)
      for (uint32_t r : sides[s].rows) sides[s].groups.push_back((s ? m_.other : m_.real).side->tables[t].entity[r]);
    test(t, "c2st_entity", sides, out);
  }

  // Parents with aggregates of all their children; as many parents as there are children to be had for.
  void aggregates(int t, Scores &out) const {
    const ComparedTable &table = m_.layout().tables[t];
    if (table.children.empty() || m_.real.rows[t].empty() || m_.other.rows[t].empty() || m_.real.is_shared(t)) return;
    size_t children = 0;
    for (int link : table.children) children += m_.real.rows[m_.layout().links[link].child].size();
    const double each = std::max(1.0, static_cast<double>(children) / static_cast<double>(m_.real.rows[t].size()));
    const size_t most = std::clamp(static_cast<size_t>(static_cast<double>(m_.options.children) / each), least_parents, m_.options.rows);
    Sample sides[2];
    for (int s = 0; s < 2; ++s) {
      sides[s] = sample(t, most, s);
      for (int link : table.children)
        if (m_.other.side->tables[m_.layout().links[link].child].present)
          add_children(m_.comparison, s ? m_.other : m_.real, link, sides[s].rows, sides[s].design);
    }
    test(t, "c2st_agg", sides, out);
  }

  // Rows with their parent's columns; those of one parent are left out together.
  void joined(int index, Scores &out) const {
    const ComparedLink &link = m_.layout().links[index];
    Sample sides[2];
    for (int s = 0; s < 2; ++s) {
      const View &view = s ? m_.other : m_.real;
      if (!view.side->tables[link.child].present || !view.side->tables[link.parent].present || view.is_shared(link.child)) return;
      const std::vector<int32_t> &parents = view.side->tables[link.child].parents[link.position];
      std::vector<int32_t> rows;
      for (uint32_t r : some_rows(view.rows[link.child], m_.options.rows, m_.options.seed + static_cast<uint64_t>(s)))
        if (parents[r] >= 0) rows.push_back(static_cast<int32_t>(r)), sides[s].groups.push_back(static_cast<uint32_t>(parents[r]));
      if (rows.size() < least_joined) return;
      add_columns(m_.comparison, *view.side, link.child, rows, "", sides[s].design);
      const size_t own = sides[s].design.size();
      add_columns(m_.comparison, *view.side, link.parent, {sides[s].groups.begin(), sides[s].groups.end()},
                  m_.layout().tables[link.parent].name + ".", sides[s].design);
      if (own == 0 || own == sides[s].design.size()) return;  // nothing on one of the two
      if (std::set<uint32_t>(sides[s].groups.begin(), sides[s].groups.end()).size() < least_groups) return;
    }
    add(link.child, link.label, "c2st_join", run(sides), out);
  }

 private:
  struct Sample {
    Design design;
    std::vector<uint32_t> rows, groups;
  };

  Sample sample(int t, size_t most, int s) const {
    const View &view = s ? m_.other : m_.real;
    Sample out;
    out.rows = some_rows(view.rows[t], most, m_.options.seed + static_cast<uint64_t>(s));
    add_columns(m_.comparison, *view.side, t, as_rows(out.rows), "", out.design);
    return out;
  }

  TwoSampleResult run(Sample (&sides)[2]) const {
    const bool common =
        m_.real.side == m_.other.side && !sides[0].groups.empty();  // two halves of one database: a parent that both know is one
    return two_sample_test(sides[0].design, sides[1].design, {std::move(sides[0].groups), std::move(sides[1].groups), common}, options_);
  }

  void test(int t, const char *metric, Sample (&sides)[2], Scores &out) const { add(t, "", metric, run(sides), out); }

  static void add(int t, const std::string &object, const char *metric, const TwoSampleResult &result, Scores &out) {
    if (!std::isfinite(result.auc)) return;
    std::string detail = "AUC over " + std::to_string(result.rows) + " rows of each side";
    const double noise = std::max(least_doubt, 4 * std::sqrt(0.25 / static_cast<double>(2 * result.rows)));
    if (result.auc < 0.5 - noise) detail += "; below 0.5: near copies of the source's rows";
    for (size_t i = 0; i < result.clues.size() && result.auc > telling; ++i)
      detail += (i ? ", " : "; told by ") + result.clues[i].first + " " + percent(result.clues[i].second);
    out.push_back({t, object, metric, result.auc, std::move(detail)});
  }

  const Measured &m_;
  TwoSampleOptions options_;
};

}  // namespace

Scores measure_detection(const Measured &m) {
  const Detection detection(m);
  const size_t tables = m.layout().tables.size();
  Scores out = gather(m, 2 * tables + m.layout().links.size(), [&](size_t i, Scores &scores) {
    if (i < tables)
      detection.single(static_cast<int>(i), scores);
    else if (i < 2 * tables)
      detection.aggregates(static_cast<int>(i - tables), scores);
    else
      detection.joined(static_cast<int>(i - 2 * tables), scores);
  });
  for (const char *metric : {"c2st", "c2st_entity", "c2st_agg", "c2st_join"}) {
    Mean mean;
    for (const Score &s : out)
      if (s.metric == metric) mean.add(std::max(0.5, s.value));
    if (mean.count())
      out.push_back({-1, "", metric, mean.value(), "mean of " + std::to_string(mean.count()) + ", each at least 0.5; 0.5 is best"});
  }
  return out;
}

}  // namespace relsynth::core
