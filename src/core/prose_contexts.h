// Token numbers of free text and the contexts that they follow; shared by learning and drawing.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/prose.h"

namespace relsynth::core {

inline constexpr uint32_t rare_separator = 8, rare_end = 9, first_shared = 16, no_token = UINT32_MAX;

inline bool is_end(uint32_t token) { return token == rare_end || (token >= first_shared && token % 2 == 1); }
inline size_t shared_at(uint32_t token) { return (token - first_shared) / 2; }
inline bool is_word(const Prose::Token &token) { return token.kind != RunKind::Blank; }

// Where in a text one is: the last words and separator, the last two anchors, the number of words or, within a frame, of anchors;
// whether a bracket is open.
class ProsePlace {
 public:
  explicit ProsePlace(const Prose &prose) : prose_(prose) {}

  static constexpr size_t contexts = 7;
  // The longest first.
  uint64_t context(size_t level) const {
    uint64_t turn = word_next_ + 2 * open_ + 4 * level, early = prose_.frame ? std::min(anchors_, 60u) : std::min(words_, 6u);
    uint64_t anchors = static_cast<uint64_t>(anchor_) << 32 | anchor_before_, near = static_cast<uint64_t>(word_) << 32 | separator_;
    switch (level) {
      case 0: return context_of(context_of(near, word_before_), context_of(anchors, early * 64 + turn));
      case 1: return context_of(near, context_of(anchors, early * 64 + turn));
      case 2: return context_of(near, context_of(word_before_, turn));
      case 3: return context_of(near, std::min(words_, 3u) * 64 + turn);
      case 4:
        return context_of(static_cast<uint64_t>(kind_) << 32 | separator_, context_of(kind_before_, std::min(words_, 10u) * 64 + turn));
      case 5: return context_of(std::min(words_, 10u), turn);
      default: return context_of(std::min(words_, 1u), turn);
    }
  }

  void push(uint32_t token) {
    if (!word_next_) {
      separator_ = token;
      bracket(token);
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
  void bracket(uint32_t separator) {
    using Bracket = Prose::Token::Bracket;
    Bracket bracket = separator >= first_shared ? prose_.tokens[shared_at(separator)].bracket : Bracket::None;
    if (bracket != Bracket::None) open_ = bracket == Bracket::Opens || (bracket == Bracket::Turns && !open_);
  }

  const Prose &prose_;
  bool word_next_ = false, open_ = false;  // the turn; within brackets or quotes
  uint32_t words_ = 0, anchors_ = 0;
  uint32_t word_ = no_token, word_before_ = no_token, separator_ = no_token;
  uint32_t kind_ = no_token, kind_before_ = no_token, anchor_ = no_token, anchor_before_ = no_token;
};

}  // namespace relsynth::core
