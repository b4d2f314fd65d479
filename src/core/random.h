// Counter-based random streams: every draw is a pure function of (seed, table, entity, column, attempt), so that rows do not
// depend on threads, block sizes or the order of work. Philox4x64-10 (Salmon et al., SC'11) from Random123.
#pragma once

#include <Random123/philox.h>

#include <cmath>
#include <cstdint>
#include <string_view>

namespace relsynth::core {

// FNV-1a; used to key tables by name, so that adding a table leaves the streams of the others alone.
constexpr uint64_t hash_name(std::string_view s) {
  uint64_t h = 1469598103934665603ULL;
  for (char c : s) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return h;
}

// Finaliser of MurmurHash3; mixes a 64-bit value or combines two.
constexpr uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}
constexpr uint64_t combine(uint64_t a, uint64_t b) { return mix(a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2))); }

// What a stream is for, besides columns (whose id is their index): ids past every column number.
enum class Purpose : uint64_t {
  GroupSize = 1u << 16,
  Parent,   // + foreign key index
  Depth,    // self references
  Shuffle,  // of parent slots, + foreign key index
  Adjust,   // of group sizes to the target total
  Holdout,
  Train,
  Nulls,
  Repeat,  // of parents within a group
};

class Stream {
 public:
  Stream(uint64_t seed, uint64_t table, uint64_t entity, uint64_t column, uint64_t attempt = 0)
      : key_{{seed, table}}, counter_{{entity, column, attempt, 0}} {}
  Stream(uint64_t seed, uint64_t table, uint64_t entity, Purpose purpose, uint64_t sub = 0, uint64_t attempt = 0)
      : Stream(seed, table, entity, (static_cast<uint64_t>(purpose) << 16) + sub, attempt) {}

  uint64_t next() {
    if (used_ == 4) {
      block_ = r123::Philox4x64()(counter_, key_);
      ++counter_[3];
      used_ = 0;
    }
    return block_[used_++];
  }
  // Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Uniform in [0, n); n > 0. Lemire's multiply-shift; the bias is below 2^-32 for the ranges used here.
  uint64_t below(uint64_t n) { return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * n) >> 64); }
  // Uniform integer in [low, high].
  int64_t between(int64_t low, int64_t high) {
    uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
    return span == 0 ? static_cast<int64_t>(next()) : static_cast<int64_t>(static_cast<uint64_t>(low) + below(span));
  }

 private:
  r123::Philox4x64::key_type key_;
  r123::Philox4x64::ctr_type counter_;
  r123::Philox4x64::ctr_type block_{};
  int used_ = 4;
};

}  // namespace relsynth::core
