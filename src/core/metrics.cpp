#include "core/metrics.h"

#include <algorithm>

namespace relsynth::core {

Scores gather(const Measured &m, size_t items, const std::function<void(size_t, Scores &)> &measure) {
  std::vector<Scores> lists(items);
  parallel_for(items, m.options.threads, m.options.poll, [&](size_t i) { measure(i, lists[i]); });
  Scores out;
  for (Scores &list : lists) std::move(list.begin(), list.end(), std::back_inserter(out));
  return out;
}

double summary(const Scores &scores, const std::string &metric) {
  for (const Score &s : scores)
    if (s.table < 0 && s.object.empty() && s.metric == metric) return s.value;
  return no_score;
}

double overall(const Scores &scores) {
  auto or_else = [](double a, double b) { return std::isfinite(a) ? a : b; };
  auto of = [&](const char *metric) { return summary(scores, metric); };
  auto hidden = [](double auc) { return std::isfinite(auc) ? std::clamp(2 - 2 * auc, 0.0, 1.0) : no_score; };
  Mean trends;
  for (const char *metric : {"trends_1hop", "trends_2hop", "co_parents"}) trends.add(of(metric));
  Mean mean;
  for (double part :
       {of("shapes"), or_else(of("strong_pairs"), of("pairs")), of("cardinality"), or_else(of("strong_trends"), trends.value()),
        of("within_parent"), of("ml_utility"), hidden(of("c2st")), hidden(of("c2st_agg")), hidden(of("c2st_join"))})
    mean.add(part);
  return mean.value();
}

}  // namespace relsynth::core
