// Texts of the source that must not come out again by chance: a Bloom filter (Bloom 1970) of their hashes, which holds no text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace relsynth::core {

struct KnownTexts {
  // Room for `texts` of them.
  void reserve(size_t texts);
  void add(std::string_view text);
  // True for all that were added, and for one in 1500 others. Upper and lower case are one.
  bool contains(std::string_view text) const;

  template <class Use>
  bool visit(std::string_view text, Use use) const;

  std::vector<uint64_t> bits;
};

}  // namespace relsynth::core
