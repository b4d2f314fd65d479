#include "evaluate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "core/metrics.h"
#include "core/thresholds.h"
#include "pg/interrupt.h"
#include "pg/progress.h"
#include "pg/settings.h"
#include "pg/verify.h"

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

std::vector<EvaluateRow> evaluate(const CompareRequest &request) { return evaluate(read_comparison(request, "cannot evaluate")); }

std::vector<EvaluateRow> evaluate(const ReadComparison &read) {
  const pg::CurrentSettings settings = pg::settings();
  pg::Progress progress(settings.progress);
  const core::Comparison &comparison = read.comparison;
  core::MeasureOptions options;
  options.threads = settings.threads;
  options.poll = pg::check_interrupts;

  const core::View source = core::whole_view(comparison.sides[source_side]), target = core::whole_view(comparison.sides[target_side]);
  std::optional<core::View> holdout;
  if (comparison.sides.size() > holdout_side) holdout = core::whole_view(comparison.sides[holdout_side]);
  const core::View *test = holdout ? &*holdout : nullptr;
  const core::Scores scores = measure({comparison, source, target, options}, test, progress);

  // The floor: the holdout in the target's place (rows are never tested by what was trained on them), or one half of the source held against
  // the other.
  core::Scores real;
  if (holdout) {
    real = measure({comparison, source, *holdout, options}, nullptr, progress);
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

namespace {

double count_violations(const CompareRequest &request) {
  double violations = 0;
  for (const pg::VerifyRow &row : pg::verify(request.sources, request.targets)) {
    // A constraint that cannot be counted, for a table or a column is missing, is a violation, too.
    if (row.constraint) violations += row.violations ? static_cast<double>(*row.violations) : 1;
  }
  return violations;
}

}  // namespace

std::vector<CheckRow> check(const CompareRequest &request, const std::string &thresholds) {
  core::Problems problems;
  const std::vector<core::Threshold> asked = core::parse_thresholds(thresholds, problems);
  core::raise_if_any(problems, "cannot check");
  auto counted = [](const core::Threshold &t) { return t.metric == core::violations_metric; };
  std::vector<EvaluateRow> rows;
  if (std::any_of(asked.begin(), asked.end(), counted)) rows.push_back({"", "", core::violations_metric, count_violations(request), 0, ""});
  if (!std::all_of(asked.begin(), asked.end(), counted))
    for (EvaluateRow &row : evaluate(request)) rows.push_back(std::move(row));

  std::vector<CheckRow> out;
  std::string shortfalls;
  size_t short_of = 0;
  for (const core::Threshold &t : asked) {
    double value = core::no_score, floor = core::no_score;
    for (const EvaluateRow &row : rows)
      if (row.table.empty() && row.object.empty() && row.metric == t.metric) value = row.value, floor = row.floor;
    out.push_back({t.metric, value, t.asked(floor)});
    if (t.met(value, floor)) continue;
    ++short_of;
    shortfalls += (shortfalls.empty() ? "" : "\n") + core::describe_shortfall(t, value, floor);
  }
  if (short_of == 0) return out;
  throw core::Error(core::sqlstate::data_exception,
                    "synthetic data fall short in " + std::to_string(short_of) + " of " + std::to_string(asked.size()) + " metrics",
                    shortfalls, "relsynth.evaluate() shows where, relsynth.verify() lists violations.");
}

}  // namespace relsynth
