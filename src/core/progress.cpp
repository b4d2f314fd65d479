#include "core/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace relsynth::core {

std::string progress_text(size_t rows, size_t total, double seconds) {
  if (rows == 0) return "";
  std::string text = std::to_string(rows) + (total > 0 ? " of " + std::to_string(total) : "") + " rows";
  const double rate = seconds > 0 ? static_cast<double>(rows) / seconds : 0;
  if (rate < 1) return text;
  text += ", " + std::to_string(std::llround(rate)) + " rows/s";
  if (total > rows) text += ", " + std::to_string(std::llround(std::ceil(static_cast<double>(total - rows) / rate))) + " s left";
  return text;
}

double seconds_until_told(double seconds) { return std::clamp(seconds / 20, 2.0, 60.0); }

size_t own_memory() {
  std::FILE *file = std::fopen("/proc/self/statm", "r");
  if (!file) return 0;
  unsigned long resident = 0, shared = 0;
  const int read = std::fscanf(file, "%*u %lu %lu", &resident, &shared);
  std::fclose(file);
  return read == 2 && resident > shared ? (resident - shared) * static_cast<size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

void MemoryPeak::sample() { most_ = std::max(most_, own_memory()); }

}  // namespace relsynth::core
