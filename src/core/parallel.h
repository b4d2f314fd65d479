// Threads of the core. Workers never call PostgreSQL; signals are blocked before they start; the caller polls while it waits.
#pragma once

#include <cstddef>
#include <functional>

namespace relsynth::core {

// Called from long loops of the calling thread every few thousand rows; throws to cancel.
using Poll = std::function<void()>;

// Runs work(i) for i in [0, n) on `threads` threads (1: in the caller, polling between items). Each worker takes the next index.
// `poll` runs in the calling thread at least every 50 ms; when it throws, no further item starts, workers are joined and the exception goes on.
// The first exception of a worker is rethrown in the caller after all have been joined.
void parallel_for(size_t n, int threads, const Poll &poll, const std::function<void(size_t)> &work);

}  // namespace relsynth::core
