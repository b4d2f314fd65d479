// recurrence: how often values that a codec does not keep come again. Input: rows per value; output: made-up values that come again likewise.
// A column of codes, units or streets has few values beside its rows, the rare ones too: each is made up once, not once per row.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"

namespace relsynth::core {

// Of the values behind one code.
struct Recurrence {
  struct Part {
    uint32_t values = 0;  // of about equal frequency
    double share = 0;     // of the rows; what all parts leave of 1 does not come again
  };
  std::vector<Part> parts;  // none: no value comes again
  uint32_t values = 0;      // of all parts
};

// From the rows of each value. Frequencies are told in doubling steps only.
Recurrence learn_recurrence(const std::vector<uint32_t> &rows);

// Which of the made-up values a row gets: below recurrence.values; false: one of its own.
bool draw_recurring(const Recurrence &recurrence, Stream &random, uint32_t &value);

}  // namespace relsynth::core
