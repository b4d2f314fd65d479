#include "pg/progress.h"

#include <cmath>

#include "pg/guard.h"
#include "pg/interrupt.h"

namespace relsynth::pg {

namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void Progress::tell(const char *stage, const std::string &object, size_t rows, size_t total) {
  const Clock::time_point now = Clock::now();
  const std::string what = std::string(stage) + " " + object;
  if (what != what_) {
    what_ = what;
    stage_ = now;
  }
  if (seconds_between(told_, now) < core::seconds_until_told(seconds_between(started_, now))) return;
  told_ = now;
  const std::string rates = core::progress_text(rows, total, seconds_between(stage_, now));
  const std::string text = "relsynth: " + what + (rates.empty() ? "" : ": " + rates);
  call([&] { set_ps_display(text.c_str()); });
  if (enabled_) notice(NOTICE, text + " (" + std::to_string(std::lround(milliseconds() / 1000)) + " s)");
}

double Progress::milliseconds() const { return 1000 * seconds_between(started_, Clock::now()); }

void Progress::poll() {
  check_interrupts();
  const Clock::time_point now = Clock::now();
  if (now - sampled_ < std::chrono::milliseconds(50)) return;
  sampled_ = now;
  peak_.sample();
}

}  // namespace relsynth::pg
