// usage: model_fuzz SECONDS SEED MODEL...
//
// Reads exported models, changes them at random places and draws from those that are still taken for valid. A crash, a finding of a sanitizer
// or a draw that cannot be stopped ends the run; the number of the last round is printed every now and then, and round N of a seed is always
// the same. With CMake: cmake --build ... --target model_fuzz, with -DRELSYNTH_SANITIZE=address,undefined.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/model_store.h"
#include "model_mutation.h"

namespace test = relsynth::core::test;
using relsynth::core::Error;
using relsynth::core::read_model;
using relsynth::core::read_model_body;
using relsynth::core::Trained;
using relsynth::core::write_model_body;

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned most_seconds = 60;  // of a round, before it counts as one that hangs

// The fields alone, changed byte by byte: what a reader makes of any bytes.
void read_bytes(std::string body, std::mt19937_64 &random) {
  for (uint64_t n = 1 + random() % 4; n > 0; --n) body[random() % body.size()] = static_cast<char>(random());
  if (random() % 4 == 0) body.resize(random() % body.size());
  try {
    test::draw_some(read_model_body(body), {});
  } catch (const Error &) {
  }
}

// True if the changed model was taken.
bool read_fields(const std::string &body, uint64_t seed) {
  Trained changed = read_model_body(body);
  test::Mutator mutator(seed);
  for (uint64_t n = 1 + seed % 3; n > 0; --n) mutator.mutate(changed);
  try {
    changed = read_model_body(write_model_body(changed));
  } catch (const Error &) {
    return false;
  }
  const auto until = Clock::now() + std::chrono::seconds(3);
  test::draw_some(std::move(changed), [&] {
    if (Clock::now() > until) throw test::Enough();
  });
  return true;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: model_fuzz SECONDS SEED MODEL...\n"), 2;
  std::vector<std::string> bodies;
  for (int i = 3; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const Trained model = read_model(std::string(std::istreambuf_iterator<char>(file), {}));
    bodies.push_back(write_model_body(model));
    if (!test::draw_some(model, {})) return std::fprintf(stderr, "%s cannot be drawn from\n", argv[i]), 1;
  }
  const auto until = Clock::now() + std::chrono::seconds(std::atoi(argv[1]));
  uint64_t round = std::strtoull(argv[2], nullptr, 10), taken = 0, rounds = 0;
  for (; Clock::now() < until; ++round, ++rounds) {
    alarm(most_seconds);
    const size_t which = round % bodies.size();
    std::mt19937_64 random(round);
    if (round % 8 == 0)
      read_bytes(bodies[which], random);
    else
      taken += read_fields(bodies[which], round);
    if (rounds % 100 == 0)
      std::printf("round %llu: %llu taken\n", static_cast<unsigned long long>(round), static_cast<unsigned long long>(taken)),
          std::fflush(stdout);
  }
  std::printf("%llu rounds, %llu models taken\n", static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(taken));
  return 0;
}
