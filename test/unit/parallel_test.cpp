#include "core/parallel.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace relsynth::core {
namespace {

TEST(Parallel, RunsEveryItemOnce) {
  for (int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> hits(1000);
    parallel_for(hits.size(), threads, {}, [&](size_t i) { ++hits[i]; });
    for (auto &h : hits) EXPECT_EQ(h, 1);
  }
}

TEST(Parallel, NothingToDo) {
  parallel_for(0, 4, {}, [](size_t) { FAIL(); });
}

TEST(Parallel, OneThreadRunsInTheCallerAndPollsBetweenItems) {
  auto caller = std::this_thread::get_id();
  int polls = 0;
  parallel_for(
      3, 1, [&] { ++polls; }, [&](size_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
  EXPECT_EQ(polls, 3);
}

TEST(Parallel, PollsInTheCallerWhileWorkersRun) {
  auto caller = std::this_thread::get_id();
  int polls = 0;
  auto poll = [&] {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    ++polls;
  };
  parallel_for(2, 2, poll, [&](size_t) {
    EXPECT_NE(std::this_thread::get_id(), caller);
    std::this_thread::sleep_for(std::chrono::milliseconds(220));
  });
  EXPECT_GE(polls, 3);
}

TEST(Parallel, PollThatThrowsStopsFurtherItems) {
  std::atomic<int> done{0};
  auto poll = [] { throw std::runtime_error("cancelled"); };
  auto work = [&](size_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ++done;
  };
  EXPECT_THROW(parallel_for(10000, 2, poll, work), std::runtime_error);
  EXPECT_LT(done, 1000);
}

TEST(Parallel, WorkersExceptionReachesTheCaller) {
  for (int threads : {1, 3}) {
    auto work = [](size_t i) {
      if (i == 7) throw std::out_of_range("seven");
    };
    EXPECT_THROW(parallel_for(100, threads, {}, work), std::out_of_range);
  }
}

TEST(Parallel, WorkersHaveAllSignalsBlockedAndTheCallerDoesNot) {
  std::atomic<int> blocked{0};
  parallel_for(4, 2, {}, [&](size_t) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    if (sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) && sigismember(&mask, SIGALRM)) ++blocked;
  });
  EXPECT_EQ(blocked, 4);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_FALSE(sigismember(&mask, SIGINT));
}

TEST(Background, RunsEveryItemOnceBesideTheCaller) {
  for (int threads : {0, 1, 3}) {
    std::vector<std::atomic<int>> hits(1000);
    Background loop;
    loop.begin(hits.size(), threads, [&](size_t i) { ++hits[i]; });
    loop.finish({});
    for (auto &h : hits) EXPECT_EQ(h, 1);
    loop.finish({});  // nothing is left
  }
}

TEST(Background, GoesOnWhileTheCallerDoesSomethingElse) {
  std::atomic<int> done{0};
  Background loop;
  loop.begin(3, 1, [&](size_t) { ++done; });
  for (int i = 0; i < 500 && done < 3; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(done, 3);
  loop.finish({});
}

TEST(Background, IsJoinedBeforeItGoes) {
  std::atomic<int> running{0}, done{0};
  {
    Background loop;
    loop.begin(10000, 2, [&](size_t) {
      ++running;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --running, ++done;
    });
    loop.begin(10000, 2, [&](size_t) {  // gives up the first one
      ++running;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --running, ++done;
    });
    Background::stop_all();
    EXPECT_EQ(running, 0);
  }
  EXPECT_LT(done, 1000);
}

TEST(Background, ExceptionsReachTheCaller) {
  for (int threads : {0, 2}) {
    Background loop;
    loop.begin(100, threads, [](size_t i) {
      if (i == 7) throw std::out_of_range("seven");
    });
    EXPECT_THROW(loop.finish({}), std::out_of_range);
    loop.begin(100, threads, [](size_t) {});
    EXPECT_THROW(loop.finish([] { throw std::runtime_error("cancelled"); }), std::runtime_error);
  }
}

}  // namespace
}  // namespace relsynth::core
