// Threads for one loop at a time; none outlives the call, so that a backend that leaves by an error has none running.
#include "core/parallel.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace relsynth::core {

namespace {

// Blocks every signal of the calling thread while it lives. Threads inherit the mask: the server's handlers must only run in the caller.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals &) = delete;
  BlockedSignals &operator=(const BlockedSignals &) = delete;

 private:
  sigset_t before_;
};

// What the workers of one loop share.
struct Loop {
  Loop(size_t items, std::function<void(size_t)> item) : n(items), work(std::move(item)) {}

  size_t n;
  std::function<void(size_t)> work;
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable ended;
  size_t running = 0;          // under mutex
  std::exception_ptr failure;  // under mutex: the first one

  void run() {
    std::exception_ptr error;
    try {
      for (size_t i; !stop && (i = next++) < n;) work(i);
    } catch (...) {
      error = std::current_exception();
      stop = true;
    }
    std::lock_guard lock(mutex);
    if (error && !failure) failure = error;
    if (--running == 0) ended.notify_all();
  }

  // The caller takes items like the others.
  void help(const Poll &poll) {
    for (size_t i; !stop && (i = next++) < n;) {
      if (poll) poll();
      work(i);
    }
  }

  void wait(const Poll &poll) {
    std::unique_lock lock(mutex);
    while (running > 0) {
      ended.wait_for(lock, std::chrono::milliseconds(50));
      lock.unlock();
      if (poll) poll();
      lock.lock();
    }
  }
};

// Threads that are joined whatever happens.
struct Workers {
  Loop &loop;
  std::vector<std::thread> threads;
  explicit Workers(Loop &l) : loop(l) {}
  ~Workers() { join(); }

  void join() {
    loop.stop = true;
    for (auto &t : threads) t.join();
    threads.clear();
  }

  // Starts up to `count` workers; fewer, when the system gives no more.
  void start(size_t count) {
    BlockedSignals blocked;
    threads.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      {
        std::lock_guard lock(loop.mutex);
        ++loop.running;
      }
      try {
        threads.emplace_back([&l = loop] { l.run(); });
      } catch (const std::system_error &) {
        std::lock_guard lock(loop.mutex);
        --loop.running;
        return;
      }
    }
  }
};

void run_here(size_t n, const Poll &poll, const std::function<void(size_t)> &work) {
  for (size_t i = 0; i < n; ++i) {
    if (poll) poll();
    work(i);
  }
}

}  // namespace

void parallel_for(size_t n, int threads, const Poll &poll, const std::function<void(size_t)> &work) {
  size_t count = std::min<size_t>(n, threads > 0 ? static_cast<size_t>(threads) : 1);
  if (count <= 1) return run_here(n, poll, work);
  Loop loop(n, work);
  bool started;
  {
    Workers workers(loop);
    workers.start(count);
    started = !workers.threads.empty();
    if (started) loop.wait(poll);
  }
  if (!started) return run_here(n, poll, work);
  if (loop.failure) std::rethrow_exception(loop.failure);
}

// Joined before the loop goes.
struct Background::State {
  State(size_t n, std::function<void(size_t)> work) : loop(n, std::move(work)), workers(loop) { running().push_back(this); }
  ~State() { std::erase(running(), this); }

  // The caller's: no worker looks at it.
  static std::vector<State *> &running() {
    static std::vector<State *> all;
    return all;
  }

  Loop loop;
  Workers workers;
};

Background::Background() = default;

Background::~Background() = default;

void Background::begin(size_t n, int threads, std::function<void(size_t)> work) {
  state_.reset();
  state_ = std::make_unique<State>(n, std::move(work));
  if (threads > 0) state_->workers.start(std::min(n, static_cast<size_t>(threads)));
}

void Background::finish(const Poll &poll) {
  if (!state_) return;
  const std::unique_ptr<State> state = std::move(state_);
  if (poll) poll();
  state->loop.help(poll);
  state->loop.wait(poll);
  if (state->loop.failure) std::rethrow_exception(state->loop.failure);
}

void Background::stop_all() {
  for (State *state : State::running()) state->workers.join();
}

}  // namespace relsynth::core
