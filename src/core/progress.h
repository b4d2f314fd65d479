// What is told of long work: how far it is, how fast, how much is left; and the memory that it takes.
#pragma once

#include <cstddef>
#include <string>

namespace relsynth::core {

// "1200000 of 2000000 rows, 480000 rows/s, 2 s left" after so many seconds; what is 0 is not known.
std::string progress_text(size_t rows, size_t total, double seconds);

// Seconds between two tidings, after so many: rarer on longer work.
double seconds_until_told(double seconds);

// Bytes of the process's own memory, shared memory and files apart; 0 where the system does not say.
size_t own_memory();

// The most that was taken over what there was to begin with, as far as sample() saw it.
class MemoryPeak {
 public:
  MemoryPeak() : first_(own_memory()), most_(first_) {}
  void sample();
  size_t bytes() const { return most_ - first_; }

 private:
  size_t first_, most_;
};

}  // namespace relsynth::core
