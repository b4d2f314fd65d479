// Signs of life on long work: a NOTICE now and then with stage, table, rows and time.
#pragma once

#include <chrono>
#include <string>

namespace relsynth::pg {

class Progress {
 public:
  explicit Progress(bool enabled) : enabled_(enabled), started_(Clock::now()), told_(started_) {}
  // Told at most every two seconds; short runs stay silent. `total` 0: unknown.
  void tell(const char *stage, const std::string &object, size_t rows = 0, size_t total = 0);
  double milliseconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  Clock::time_point started_, told_;
};

}  // namespace relsynth::pg
