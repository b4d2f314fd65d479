// Floats side by side, in registers that every processor has: loops over classes and sketches run several times as fast, with the same
// results on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

namespace relsynth::core {

template <size_t N>
struct Lanes {
  static_assert(N % 4 == 0);
  using Four = float __attribute__((vector_size(16)));
  std::array<Four, N / 4> fours;

  static Lanes zero() { return Lanes{}; }
  static Lanes at(const float *from) {
    Lanes out;
    each([&](size_t i) { out.fours[i] = four_at(from, i); });
    return out;
  }
  void store(float *to) const {
    each([&](size_t i) { *reinterpret_cast<Anywhere *>(to + 4 * i) = fours[i]; });
  }
  float operator[](size_t i) const { return fours[i / 4][i % 4]; }
  void set(size_t i, float value) { fours[i / 4][i % 4] = value; }

  Lanes &operator+=(const Lanes &o) {
    each([&](size_t i) { fours[i] += o.fours[i]; });
    return *this;
  }
  Lanes &operator-=(const Lanes &o) {
    each([&](size_t i) { fours[i] -= o.fours[i]; });
    return *this;
  }
  Lanes &operator*=(const Lanes &o) {
    each([&](size_t i) { fours[i] *= o.fours[i]; });
    return *this;
  }
  Lanes &multiply(const float *by) {
    each([&](size_t i) { fours[i] *= four_at(by, i); });
    return *this;
  }
  Lanes &operator*=(float factor) {
    each([&](size_t i) { fours[i] *= factor; });
    return *this;
  }
  float sum() const {
    Four all = {0, 0, 0, 0};
    each([&](size_t i) { all += fours[i]; });
    return (all[0] + all[1]) + (all[2] + all[3]);
  }

 private:
  using Anywhere = float __attribute__((vector_size(16), aligned(alignof(float)), may_alias));
  static Four four_at(const float *from, size_t i) { return *reinterpret_cast<const Anywhere *>(from + 4 * i); }
  // Unrolled, so that all stays in registers.
  template <class F>
  static void each(F f) {
    [&]<size_t... I>(std::index_sequence<I...>) { (f(I), ...); }
    (std::make_index_sequence<N / 4>());
  }
};

// `n` filled up to whole lanes.
template <size_t N>
constexpr size_t whole_lanes(size_t n) {
  return (n + N - 1) / N * N;
}

}  // namespace relsynth::core
