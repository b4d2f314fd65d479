// Token numbers of free text and the contexts that they follow; shared by learning and drawing.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/prose.h"
#include "core/random.h"

namespace relsynth::core {

inline constexpr uint32_t rare_separator = 8, rare_end = 9, first_shared = 16, no_token = UINT32_MAX;

inline bool is_end(uint32_t token) { return token == rare_end || (token >= first_shared && token % 2 == 1); }
inline size_t shared_at(uint32_t token) { return (token - first_shared) / 2; }
inline bool is_word(const Prose::Token &token) { return token.kind != RunKind::Blank; }

// Where in a text one is: the last words and separator, the last two anchors, the number of words or, within a frame, of anchors.
class ProsePlace {
 public:
  explicit ProsePlace(const Prose &prose) : prose_(prose) {}

  // The longest first.
  std::array<uint64_t, 7> contexts() const {
    uint64_t turn = word_next_, early = prose_.frame ? std::min(anchors_, 60u) : std::min(words_, 6u), place = std::min(words_, 10u);
    uint64_t anchors = combine(anchor_, anchor_before_), near = combine(word_, separator_);
    return {combine(combine(near, word_before_), combine(anchors, early * 16 + turn)),
            combine(near, combine(anchors, early * 16 + 2 + turn)),
            combine(combine(near, word_before_), 4 + turn),
            combine(near, std::min(words_, 3u) * 16 + 6 + turn),
            combine(combine(kind_, kind_before_), combine(separator_, place * 16 + 8 + turn)),
            combine(place, 10 + turn),
            combine(std::min(words_, 1u), 12 + turn)};
  }

  void push(uint32_t token) {
    if (!word_next_) {
      separator_ = token;
    } else {
      word_before_ = word_;
      kind_before_ = kind_;
      word_ = token;
      const Prose::Token *shared = token >= first_shared ? &prose_.tokens[shared_at(token)] : nullptr;
      kind_ = shared ? static_cast<uint32_t>(shared->kind) : token;
      if (shared && shared->anchor) {
        anchor_before_ = anchor_;
        anchor_ = token;
        ++anchors_;
      }
      ++words_;
    }
    word_next_ = !word_next_;
  }

 private:
  const Prose &prose_;
  bool word_next_ = false;
  uint32_t words_ = 0, anchors_ = 0;
  uint32_t word_ = no_token, word_before_ = no_token, separator_ = no_token;
  uint32_t kind_ = no_token, kind_before_ = no_token, anchor_ = no_token, anchor_before_ = no_token;
};

}  // namespace relsynth::core
