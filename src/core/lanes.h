// Floats side by side, in registers that every processor has: loops over classes and sketches run several times as fast, with the same
// results on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

namespace relsynth::core {

template <size_t N>
struct Lanes {
  static_assert(N % 4 == 0);
  using Four = float __attribute__((vector_size(16)));
  std::array<Four, N / 4> fours;

  static Lanes zero() { return Lanes{}; }
  static Lanes at(const float *from) {
    Lanes out;
    std::memcpy(&out.fours, from, sizeof(out.fours));
    return out;
  }
  void store(float *to) const { std::memcpy(to, &fours, sizeof(fours)); }
  float operator[](size_t i) const { return fours[i / 4][i % 4]; }
  void set(size_t i, float value) { fours[i / 4][i % 4] = value; }

  Lanes &operator+=(const Lanes &o) {
    for (size_t i = 0; i < fours.size(); ++i) fours[i] += o.fours[i];
    return *this;
  }
  Lanes &operator-=(const Lanes &o) {
    for (size_t i = 0; i < fours.size(); ++i) fours[i] -= o.fours[i];
    return *this;
  }
  Lanes &operator*=(const Lanes &o) {
    for (size_t i = 0; i < fours.size(); ++i) fours[i] *= o.fours[i];
    return *this;
  }
  Lanes &operator*=(float factor) {
    for (Four &four : fours) four *= factor;
    return *this;
  }
  float sum() const {
    Four all = fours[0];
    for (size_t i = 1; i < fours.size(); ++i) all += fours[i];
    return (all[0] + all[1]) + (all[2] + all[3]);
  }
};

// `n` filled up to whole lanes.
template <size_t N>
constexpr size_t whole_lanes(size_t n) {
  return (n + N - 1) / N * N;
}

}  // namespace relsynth::core
