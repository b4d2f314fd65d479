// Signs of life on long work: a NOTICE now and then with stage, table, rows, rate and time left, the same in the title of the process, and the
// memory that the work takes.
#pragma once

#include <chrono>
#include <string>

#include "core/progress.h"

namespace relsynth::pg {

class Progress {
 public:
  explicit Progress(bool enabled) : enabled_(enabled), started_(Clock::now()), told_(started_), sampled_(started_), stage_(started_) {}
  // Told at most every two seconds, later less often; short runs stay silent. `total` 0: unknown. Rates count from the stage's beginning.
  void tell(const char *stage, const std::string &object, size_t rows = 0, size_t total = 0);
  double milliseconds() const;

  // For long loops: serves interrupts, looks at the memory now and then.
  void poll();
  size_t peak_memory() const { return peak_.bytes(); }

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  Clock::time_point started_, told_, sampled_, stage_;
  std::string what_;  // stage and object
  core::MemoryPeak peak_;
};

}  // namespace relsynth::pg
