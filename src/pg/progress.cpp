#include "pg/progress.h"

#include <cmath>

#include "pg/guard.h"

namespace relsynth::pg {

void Progress::tell(const char *stage, const std::string &object, size_t rows, size_t total) {
  if (!enabled_) return;
  Clock::time_point now = Clock::now();
  if (now - told_ < std::chrono::seconds(2)) return;
  told_ = now;
  std::string text = std::string("relsynth: ") + stage + " " + object;
  if (rows && total)
    text += ": " + std::to_string(rows) + " of " + std::to_string(total) + " rows";
  else if (rows)
    text += ": " + std::to_string(rows) + " rows";
  notice(NOTICE, text + " (" + std::to_string(std::lround(milliseconds() / 1000)) + " s)");
}

double Progress::milliseconds() const { return std::chrono::duration<double, std::milli>(Clock::now() - started_).count(); }

}  // namespace relsynth::pg
