#include "core/metrics_privacy.h"

#include <algorithm>
#include <map>

#include "core/parallel.h"

namespace relsynth::core {

namespace {

constexpr size_t named_failures = 5;

// One row per metric: how many failed of those judged.
void summarise(const Audited &a, PrivacyScores &scores) {
  struct Tally {
    size_t judged = 0, failed = 0;
    std::string names;
  };
  std::map<std::string, Tally> tallies;
  Tally all;
  for (const PrivacyScore &s : scores) {
    Tally &tally = tallies[s.metric];
    if (!s.passed) continue;
    ++tally.judged, ++all.judged;
    if (*s.passed) continue;
    ++all.failed;
    const std::string name = a.comparison.layout.tables[s.table].name + (s.object.empty() ? "" : "." + s.object);
    if (++tally.failed <= named_failures) tally.names += (tally.names.empty() ? ": " : ", ") + name;
    if (tally.failed == named_failures + 1) tally.names += " ...";
  }
  auto row = [&](const std::string &metric, const Tally &tally) {
    PrivacyScore out{-1, "", metric, static_cast<double>(tally.failed), 0, {}, ""};
    if (tally.judged) out.passed = tally.failed == 0;
    out.detail = std::to_string(tally.failed) + " of " + std::to_string(tally.judged) + " failed" + tally.names;
    scores.push_back(std::move(out));
  };
  for (const auto &[metric, tally] : tallies)
    if (tally.judged) row(metric, tally);
  row("private", all);
}

}  // namespace

double share_noise(double share, size_t n) {
  const double rows = static_cast<double>(n), least = 1 / (rows + 2), p = std::clamp(share, least, 1 - least);
  return 4 * std::sqrt(p * (1 - p) / std::max(1.0, rows));
}

PrivacyScores measure_privacy(const Audited &a) {
  const size_t tables = a.comparison.layout.tables.size();
  std::vector<PrivacyScores> lists(3 * tables);
  parallel_for(lists.size(), a.options.threads, a.options.poll, [&](size_t i) {
    const int t = static_cast<int>(i / 3);
    if (a.source.rows[t].empty() || a.target.rows[t].empty()) return;
    if (a.tables[t].kept) {
      if (i % 3 == 0)
        lists[i].push_back({t, "", "reference_table", no_score, no_score, {}, "kept as it is, nothing personal in it: not judged"});
      return;
    }
    if (i % 3 == 0) measure_row_copies(a, t, lists[i]);
    if (i % 3 == 1) measure_value_leaks(a, t, lists[i]);
    if (i % 3 == 2) measure_distances(a, t, lists[i]);
  });
  PrivacyScores out;
  for (PrivacyScores &list : lists) std::move(list.begin(), list.end(), std::back_inserter(out));
  summarise(a, out);
  return out;
}

}  // namespace relsynth::core
