// linear: what a number is expected to be given other numbers of its row and of its driver's parent (ridge regression, Hoerl and Kennard
// 1970), so that only the rest is left to draw: the mean between highest and lowest, sales by customers. Input: sample; output: terms of a
// Relative, which train tries against the value itself.
#pragma once

#include <functional>

#include "core/model.h"
#include "core/trainset.h"

namespace relsynth::core {

// Sets intercept and terms of a Relative to a linear base; false where the other numbers explain too little.
bool fit_linear(const TrainSet &set, int table, int column, Relative &relative);

// A term's number for a row of the sample; NaN where it is not there.
double term_value(const TrainSet &set, int table, const LinearTerm &term, size_t row);

// What the terms come to; `value` gives a term's number. NaN where one is not there.
template <class Value>
double linear_value(const Relative &relative, Value value) {
  double sum = relative.intercept;
  for (const LinearTerm &term : relative.terms) {
    const double x = value(term);
    sum += term.weight * (x < term.low ? term.low : x > term.high ? term.high : x);  // NaN stays
  }
  return sum;
}

}  // namespace relsynth::core
