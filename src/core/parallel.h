// Threads of the core. Workers never call PostgreSQL; signals are blocked before they start; the caller polls while it waits.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace relsynth::core {

// Called from long loops of the calling thread every few thousand rows; throws to cancel.
using Poll = std::function<void()>;

// Runs work(i) for i in [0, n) on `threads` threads (1: in the caller, polling between items). Each worker takes the next index.
// `poll` runs in the calling thread at least every 50 ms; when it throws, no further item starts, workers are joined and the exception goes on.
// The first exception of a worker is rethrown in the caller after all have been joined.
void parallel_for(size_t n, int threads, const Poll &poll, const std::function<void(size_t)> &work);

// A loop that goes on while the caller does something else. One at a time is begun, finished or given up; by the same thread.
class Background {
 public:
  Background();
  ~Background();  // no further item starts; workers are joined
  Background(const Background &) = delete;
  Background &operator=(const Background &) = delete;

  // Runs work(i) for i in [0, n) on up to `threads` threads beside the caller; with none, finish() does it all.
  void begin(size_t n, int threads, std::function<void(size_t)> work);
  // Takes items, too, until all are done; polls in between. Rethrows the first exception of a worker, after all have been joined.
  void finish(const Poll &poll);

  // Joins the workers of all that there are: for a process that exits without unwinding.
  static void stop_all();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace relsynth::core
