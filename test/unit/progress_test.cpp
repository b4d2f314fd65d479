#include "core/progress.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

namespace relsynth::core {
namespace {

TEST(Progress, TellsHowFarHowFastAndHowLong) {
  EXPECT_EQ(progress_text(0, 100, 1), "");
  EXPECT_EQ(progress_text(50, 0, 0), "50 rows");
  EXPECT_EQ(progress_text(1200, 0, 2), "1200 rows, 600 rows/s");
  EXPECT_EQ(progress_text(1200, 1900, 2), "1200 of 1900 rows, 600 rows/s, 2 s left");
  EXPECT_EQ(progress_text(1900, 1900, 2), "1900 of 1900 rows, 950 rows/s");
  EXPECT_EQ(progress_text(3, 9, 100), "3 of 9 rows");
}

TEST(Progress, IsToldRarerOnLongerWork) {
  EXPECT_EQ(seconds_until_told(0), 2);
  EXPECT_EQ(seconds_until_told(200), 10);
  EXPECT_EQ(seconds_until_told(1e6), 60);
}

TEST(Progress, SeesTheMemoryThatIsTaken) {
  constexpr size_t bytes = 64 << 20;
  if (own_memory() == 0) GTEST_SKIP();
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the sanitizer takes several times what the test does";
#endif
  MemoryPeak peak;
  {
    std::unique_ptr<char[]> space(new char[bytes]);
    std::memset(space.get(), 1, bytes);
    peak.sample();
    EXPECT_EQ(space[bytes - 1], 1);
  }
  EXPECT_GE(peak.bytes(), bytes / 2);
  EXPECT_LT(peak.bytes(), bytes * 2);
}

}  // namespace
}  // namespace relsynth::core
