#include "pg/settings.h"

#include <climits>

#include "pg/pg.h"

namespace relsynth::pg {

namespace {
int min_count = 8;
bool progress = true;
int sample_rows = 250000;
int seed = 0;
int threads = 2;
}  // namespace

void define_settings() {
  DefineCustomIntVariable("relsynth.min_count", "Number of entities that must share a value before it may appear in synthetic data.",
                          "Rarer categories, spikes and extremes are not carried over.", &min_count, 8, 1, 1000000, PGC_USERSET, 0, nullptr,
                          nullptr, nullptr);
  DefineCustomBoolVariable("relsynth.progress", "Tells stage, table and rows as notices during long work.", nullptr, &progress, true,
                           PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("relsynth.sample_rows", "Largest number of rows of a table to learn from.",
                          "Larger tables are sampled by entity; counts are taken over all rows.", &sample_rows, 250000, 100, INT_MAX,
                          PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("relsynth.seed", "Seed of the random streams.", "0 draws a new seed for every call.", &seed, 0, 0, INT_MAX,
                          PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("relsynth.threads", "Number of threads that train and sample.", "The rows do not depend on it.", &threads, 2, 1,
                          64, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  MarkGUCPrefixReserved("relsynth");
}

CurrentSettings settings() { return {min_count, progress, sample_rows, seed, threads}; }

}  // namespace relsynth::pg
