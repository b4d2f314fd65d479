// Dealing parents to rows: slots by degree, shuffled, one a row, so that unique keys over foreign keys hold.
#pragma once

#include <cstdint>
#include <vector>

#include "core/affinity.h"
#include "core/keys.h"
#include "core/parallel.h"
#include "core/random.h"

namespace relsynth::core {

// A unique key made of foreign key columns only: the parent being dealt adds `part` to what the row has already (`prefix`).
struct UniqueRule {
  std::vector<uint64_t> prefix;  // per row of the table; 0: the row is free of the rule (a NULL in the key)
  std::vector<uint64_t> part;    // per row of the parent
  HashSet used;
  uint64_t hash(uint32_t row, int32_t parent) const { return combine(prefix[row], part[parent]); }
};

// Rows that share the same candidates.
struct Deal {
  const Affinity *affinity = nullptr;  // which parents the rows go to; nullptr: any
  std::vector<uint32_t> rows;
  std::vector<int32_t> candidates;
  std::vector<uint32_t> degrees;  // of the candidates; sum to the number of rows where caps allow
};

// Fills parents[row] for every row of the deal; returns the rows that no candidate fits. Degrees are kept wherever the rules allow it.
std::vector<uint32_t> deal_parents(const Deal &deal, std::vector<UniqueRule> &rules, Stream &random, const Poll &poll,
                                   std::vector<int32_t> &parents);

}  // namespace relsynth::core
