#include "evaluate.h"

#include <map>
#include <optional>
#include <tuple>

#include "core/metrics.h"
#include "pg/interrupt.h"
#include "pg/progress.h"
#include "pg/settings.h"

namespace relsynth {

namespace {

constexpr size_t least_halved = 40;  // rows of a table that can be halved

using Key = std::tuple<int, std::string, std::string>;

core::Scores measure(const core::Measured &m, const core::View *test, pg::Progress &progress) {
  core::Scores out;
  auto add = [&](const char *what, core::Scores scores) {
    progress.tell("measured", what);
    std::move(scores.begin(), scores.end(), std::back_inserter(out));
  };
  add("columns", core::measure_columns(m));
  add("foreign keys", core::measure_links(m));
  add("children", core::measure_groups(m));
  add("classifiers", core::measure_detection(m));
  add("predictions", core::measure_utility(m, test));
  core::Mean orders;  // within rows, and between children and parents
  for (const core::Score &s : out)
    if (s.metric == "orders") orders.add(s.value);
  if (orders.count()) out.push_back({-1, "", "orders", orders.value(), "mean of " + std::to_string(orders.count()) + " pairs of dates"});
  out.push_back({-1, "", "overall", core::overall(out), "mean of nine parts"});
  return out;
}

}  // namespace

std::vector<EvaluateRow> evaluate(const CompareRequest &request) {
  const pg::CurrentSettings settings = pg::settings();
  pg::Progress progress(settings.progress);
  const ReadComparison read = read_comparison(request, "cannot evaluate");
  const core::Comparison &comparison = read.comparison;
  core::MeasureOptions options;
  options.threads = settings.threads;
  options.poll = pg::check_interrupts;

  const core::View source = core::whole_view(comparison.sides[source_side]), target = core::whole_view(comparison.sides[target_side]);
  std::optional<core::View> holdout;
  if (comparison.sides.size() > holdout_side) holdout = core::whole_view(comparison.sides[holdout_side]);
  const core::View *test = holdout ? &*holdout : nullptr;
  const core::Scores scores = measure({comparison, source, target, options}, test, progress);

  // The floor: the holdout in the target's place, or one half of the source held against the other.
  core::Scores real;
  if (holdout) {
    real = measure({comparison, source, *holdout, options}, test, progress);
  } else {
    const auto [first, second] = core::halves(comparison, comparison.sides[source_side], least_halved);
    real = measure({comparison, first, second, options}, nullptr, progress);
  }
  std::map<Key, double> floor;
  for (const core::Score &s : real) floor[{s.table, s.object, s.metric}] = s.value;

  std::vector<EvaluateRow> rows;
  for (const core::Score &s : scores) {
    auto it = floor.find({s.table, s.object, s.metric});
    rows.push_back({s.table < 0 ? "" : comparison.layout.tables[s.table].name, s.object, s.metric, s.value,
                    it == floor.end() ? core::no_score : it->second, s.detail});
  }
  return rows;
}

}  // namespace relsynth
