// The nearest of several words, for hints.
#include <algorithm>
#include <limits>

#include "core/config.h"

namespace relsynth::core {

namespace {

// Optimal string alignment distance, case-insensitive for ASCII; more than `limit` is as good as infinite.
size_t distance(const std::string &a, const std::string &b, size_t limit) {
  if ((a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) > limit) return limit + 1;
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::vector<size_t> before, last(b.size() + 1), now(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      bool same = lower(a[i - 1]) == lower(b[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(const std::string &word, const std::vector<std::string> &candidates) {
  std::string best;
  size_t best_distance = std::numeric_limits<size_t>::max();
  for (const std::string &candidate : candidates) {
    size_t longer = std::max(word.size(), candidate.size()), shorter = std::min(word.size(), candidate.size());
    size_t limit = std::max<size_t>(1, (longer + 1) / 3);
    size_t d = distance(word, candidate, limit);
    // A beginning of the other ("sample" for "sample_rows") is near whatever the length.
    if (d > limit && shorter >= 3 && longer < 200 && distance(word.substr(0, shorter), candidate.substr(0, shorter), 0) == 0)
      d = longer - shorter;
    else if (d > limit)
      continue;
    if (d < best_distance || (d == best_distance && candidate < best)) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace relsynth::core
