// Dealing parents to rows: slots by degree, shuffled, one a row, so that unique keys over foreign keys hold.
#include "core/deal.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

namespace relsynth::core {

namespace {

constexpr size_t least_matched = 8;  // rows of a deal below which the affinity is left alone

class Dealer {
 public:
  Dealer(const Deal &deal, std::vector<UniqueRule> &rules, Stream &random, const Poll &poll, std::vector<int32_t> &parents)
      : deal_(deal), rules_(rules), random_(random), poll_(poll), parents_(parents) {}

  std::vector<uint32_t> run() {
    if (deal_.candidates.empty()) return deal_.rows;
    if (dense())
      by_prefix();
    else
      by_row();
    return std::move(unplaced_);
  }

 private:
  bool fits(uint32_t row, int32_t parent) const {
    for (const UniqueRule &rule : rules_)
      if (rule.prefix[row] != 0 && rule.used.contains(rule.hash(row, parent))) return false;
    return true;
  }
  void place(uint32_t row, int32_t parent) {
    for (UniqueRule &rule : rules_)
      if (rule.prefix[row] != 0) rule.used.insert(rule.hash(row, parent));
    parents_[row] = parent;
  }
  void take_back(uint32_t row, int32_t parent) {
    for (UniqueRule &rule : rules_)
      if (rule.prefix[row] != 0) rule.used.erase(rule.hash(row, parent));
  }
  void poll(size_t i) const {
    if (poll_ && i % 4096 == 0) poll_();
  }

  // Few rows fall into place by chance just as well.
  bool matched() const { return deal_.affinity && deal_.rows.size() > least_matched; }

  // One slot per child wanted, shuffled or matched to the rows; as many as rows.
  std::vector<int32_t> slots() {
    std::vector<int32_t> slots;
    slots.reserve(deal_.rows.size());
    for (size_t i = 0; i < deal_.candidates.size(); ++i) slots.insert(slots.end(), deal_.degrees[i], deal_.candidates[i]);
    while (slots.size() < deal_.rows.size()) slots.push_back(deal_.candidates[random_.below(deal_.candidates.size())]);
    if (matched()) {
      match_slots(*deal_.affinity, deal_.rows, slots, random_);
      return slots;
    }
    for (size_t i = slots.size(); i > 1; --i) std::swap(slots[i - 1], slots[random_.below(i)]);
    return slots;
  }

  void by_row() {
    std::vector<int32_t> slot = slots();
    if (matched() && !rules_.empty()) find_peers(slot);
    for (size_t i = 0; i < deal_.rows.size(); ++i) {
      poll(i);
      uint32_t row = deal_.rows[i];
      if (fits(row, slot[i]) || take_later(slot, i)) {
        place(row, slot[i]);
      } else if (!swap_earlier(slot, i) && !place_any(row)) {
        unplaced_.push_back(row);
      }
    }
  }

  // Positions by the block of their slots, so that swaps can stay within the block.
  void find_peers(const std::vector<int32_t> &slot) {
    const Affinity &affinity = *deal_.affinity;
    std::vector<uint32_t> next(affinity.blocks + 1, 0);
    for (int32_t parent : slot) ++next[affinity.block[parent] + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    peer_begin_ = next;
    peers_.resize(slot.size());
    for (size_t i = 0; i < slot.size(); ++i) peers_[next[affinity.block[slot[i]]]++] = static_cast<uint32_t>(i);
  }

  // A later position, of the same block while `peer`, that can be tried; SIZE_MAX: none.
  size_t pick_later(const std::vector<int32_t> &slot, size_t i, bool peer) {
    if (!peer) return i + 1 < slot.size() ? i + 1 + random_.below(slot.size() - i - 1) : SIZE_MAX;
    auto [first, last] = peers_of(slot[i]);
    auto begin = std::upper_bound(first, last, static_cast<uint32_t>(i));
    return begin == last ? SIZE_MAX : *(begin + static_cast<ptrdiff_t>(random_.below(static_cast<uint64_t>(last - begin))));
  }

  std::pair<std::vector<uint32_t>::const_iterator, std::vector<uint32_t>::const_iterator> peers_of(int32_t parent) const {
    uint8_t block = deal_.affinity->block[parent];
    return {peers_.begin() + peer_begin_[block], peers_.begin() + peer_begin_[block + 1]};
  }

  // Swaps slot i with a later one that fits.
  bool take_later(std::vector<int32_t> &slot, size_t i) {
    for (bool peer : {true, false}) {
      if (peer && peers_.empty()) continue;
      for (int attempt = 0; attempt < 32; ++attempt) {
        size_t j = pick_later(slot, i, peer);
        if (j == SIZE_MAX) break;
        if (!fits(deal_.rows[i], slot[j])) continue;
        std::swap(slot[i], slot[j]);
        return true;
      }
    }
    return false;
  }

  // An earlier position, of the same block if `peer` and there is one.
  size_t pick_earlier(const std::vector<int32_t> &slot, size_t i, bool peer) {
    if (peer) {
      auto [first, last] = peers_of(slot[i]);
      auto end = std::lower_bound(first, last, static_cast<uint32_t>(i));
      if (end != first) return *(first + static_cast<ptrdiff_t>(random_.below(static_cast<uint64_t>(end - first))));
    }
    return random_.below(i);
  }

  // Exchanges parents with a row that has one already, where both then fit.
  bool swap_earlier(std::vector<int32_t> &slot, size_t i) {
    uint32_t row = deal_.rows[i];
    for (int attempt = 0; attempt < 64 && i > 0; ++attempt) {
      uint32_t other = deal_.rows[pick_earlier(slot, i, !peers_.empty() && attempt < 32)];
      int32_t theirs = parents_[other];
      if (theirs < 0 || !fits(row, theirs)) continue;
      take_back(other, theirs);
      if (fits(other, slot[i])) {
        place(other, slot[i]);
        if (fits(row, theirs)) {
          place(row, theirs);
          return true;
        }
        take_back(other, slot[i]);
      }
      place(other, theirs);
    }
    return false;
  }

  // Gives up the degrees: any candidate that fits.
  bool place_any(uint32_t row) {
    size_t n = deal_.candidates.size();
    size_t start = random_.below(n);
    for (size_t k = 0; k < n; ++k) {
      int32_t parent = deal_.candidates[(start + k) % n];
      if (!fits(row, parent)) continue;
      place(row, parent);
      return true;
    }
    return false;
  }

  // Whether the combinations of one rule are so few that going through all of them per prefix is cheap, and so full that trying is not.
  bool dense() const {
    if (rules_.size() != 1) return false;
    const UniqueRule &rule = rules_[0];
    HashSet prefixes, parts;
    for (uint32_t row : deal_.rows) {
      if (rule.prefix[row] == 0) return false;
      prefixes.insert(rule.prefix[row]);
    }
    double combinations = static_cast<double>(prefixes.size()) * static_cast<double>(deal_.candidates.size());
    if (combinations > 20.0 * static_cast<double>(deal_.rows.size()) + 1000) return false;
    for (int32_t parent : deal_.candidates)
      if (!parts.insert(rule.part[parent])) return false;
    return true;
  }

  // The rows of every prefix take different parents, drawn without replacement by what is left of the degrees (Efraimidis and Spirakis 2006).
  // A parent that needs all remaining prefixes goes first.
  void by_prefix() {
    std::vector<std::vector<uint32_t>> groups;
    std::unordered_map<uint64_t, size_t> index;
    for (uint32_t row : deal_.rows) {
      auto [found, fresh] = index.try_emplace(rules_[0].prefix[row], groups.size());
      if (fresh) groups.emplace_back();
      groups[found->second].push_back(row);
    }
    std::vector<int64_t> left(deal_.degrees.begin(), deal_.degrees.end());
    if (matched()) find_liking();
    for (size_t g = 0; g < groups.size(); ++g) {
      poll(g * 64);
      deal_group(groups[g], static_cast<int64_t>(groups.size() - g), left);
    }
  }

  // How many times as often as by chance rows of a leaf go to parents of a block.
  void find_liking() {
    const Affinity &affinity = *deal_.affinity;
    std::vector<uint32_t> leaves(affinity.leaves, 0), blocks(affinity.blocks, 0);
    uint64_t slots = 0;
    for (uint32_t row : deal_.rows) ++leaves[affinity.leaf[row]];
    for (size_t i = 0; i < deal_.candidates.size(); ++i) {
      blocks[affinity.block[deal_.candidates[i]]] += deal_.degrees[i];
      slots += deal_.degrees[i];
    }
    liking_ = affinity.weight;
    scale_table(liking_, leaves, blocks);
    for (size_t i = 0; i < liking_.size(); ++i) {
      double by_chance = static_cast<double>(leaves[i / affinity.blocks]) * blocks[i % affinity.blocks];
      liking_[i] = by_chance > 0 ? std::max(1e-6, liking_[i] * static_cast<double>(slots) / by_chance) : 1;
    }
  }
  double liking(uint32_t row, int32_t parent) const {
    return liking_.empty() ? 1 : liking_[deal_.affinity->leaf[row] * deal_.affinity->blocks + deal_.affinity->block[parent]];
  }

  void deal_group(const std::vector<uint32_t> &rows, int64_t prefixes_left, std::vector<int64_t> &left) {
    ranked_.clear();
    for (size_t c = 0; c < deal_.candidates.size(); ++c) {
      if (!fits(rows[0], deal_.candidates[c])) continue;
      double exponential = -std::log(1.0 - random_.uniform());
      double rank = left[c] >= prefixes_left ? -1.0
                    : left[c] > 0            ? exponential / (liking(rows[0], deal_.candidates[c]) * static_cast<double>(left[c]))
                                             : 1e15 * (1 + exponential);
      ranked_.emplace_back(rank, c);
    }
    size_t take = std::min(rows.size(), ranked_.size());
    if (take < ranked_.size()) std::nth_element(ranked_.begin(), ranked_.begin() + static_cast<ptrdiff_t>(take), ranked_.end());
    ranked_.resize(take);
    std::sort(ranked_.begin(), ranked_.end(), [](const auto &a, const auto &b) { return a.second < b.second; });
    for (size_t i = take; i > 1; --i) std::swap(ranked_[i - 1], ranked_[random_.below(i)]);
    for (size_t i = 0; i < take; ++i) {
      place(rows[i], deal_.candidates[ranked_[i].second]);
      --left[ranked_[i].second];
    }
    unplaced_.insert(unplaced_.end(), rows.begin() + static_cast<ptrdiff_t>(take), rows.end());
  }

  const Deal &deal_;
  std::vector<UniqueRule> &rules_;
  Stream &random_;
  const Poll &poll_;
  std::vector<int32_t> &parents_;
  std::vector<uint32_t> unplaced_;
  std::vector<std::pair<double, size_t>> ranked_;
  std::vector<uint32_t> peers_, peer_begin_;  // positions of the slots, by block; empty: no affinity
  std::vector<double> liking_;                // leaf x block; the same
};

}  // namespace

std::vector<uint32_t> deal_parents(const Deal &deal, std::vector<UniqueRule> &rules, Stream &random, const Poll &poll,
                                   std::vector<int32_t> &parents) {
  return Dealer(deal, rules, random, poll, parents).run();
}

}  // namespace relsynth::core
