// The settings of relsynth (GUCs, prefix "relsynth."), sorted by name.
#pragma once

#include <cstdint>

namespace relsynth::pg {

struct CurrentSettings {
  int min_count;    // relsynth.min_count: entities that must share a value before it is kept
  bool progress;    // relsynth.progress: tell the stage as NOTICEs on long work
  int sample_rows;  // relsynth.sample_rows: rows of a table to learn from
  int seed;         // relsynth.seed: 0 draws one
  int threads;      // relsynth.threads
};

void define_settings();
CurrentSettings settings();

}  // namespace relsynth::pg
