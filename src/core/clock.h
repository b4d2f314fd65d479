// clock: where on the time axis rows go, beyond what their distance to the row before says: days on which something happens in all groups,
// ends of months, Mondays, the end of the data. Input: a time column drawn as a difference to the row before, its conditional fitted; output:
// weights, by which one of a few draws is taken (sampling importance resampling, Rubin 1987).
#pragma once

#include <array>
#include <cmath>

#include "core/model.h"
#include "core/number_codec.h"
#include "core/trainset.h"

namespace relsynth::core {

inline constexpr int most_proposals = 8;  // draws that one is taken of

// Days since 2000-01-01; NaN for what is no date or time.
double days_of(double value, TypeClass cls);

// Parts of a date: 0 day of the month, 1 days left of it, 2 day of the week; 1 and more.
inline constexpr int day_parts = 3;
std::array<Code, day_parts> day_codes(double days);
inline Code day_code(double days, int part) { return day_codes(days)[part]; }

// Where a row stands in its group.
struct Course {
  size_t left = 1;     // rows of the group from this one on
  size_t rows = 1;     // of the group
  double first = NAN;  // the time of its first row; NaN: not known
};

// A step to a value.
struct TimeStep {
  double from = 0, to = 0;
  Course course;
};

// The places of a time column.
class Places {
 public:
  // What is weighed of a step.
  struct Spot {
    size_t place = 0, pace = 0;
    std::array<size_t, day_parts> part{};
    double way = NAN;  // from there to the column's end, as part of that from the group's first row ...
    size_t after = 0;  // ... and how many rows come after it, ...
    size_t rows = 1;   // ... of how many from the first one on
  };
  Places(const NumberCodec &codec, TypeClass cls);
  Spot spot(const TimeStep &step) const;
  double weight(const Calendar &calendar, const Spot &spot) const;
  // How many mean steps further on (back, if negative) the row is than the course takes groups.
  static double ahead(const Calendar &calendar, const Spot &spot);

  static constexpr size_t parts_of_code = 4;  // of a bin: between its quantiles
  static constexpr std::array<size_t, day_parts> of_part{32, 32, 8};
  static constexpr size_t course_points = 17;
  static constexpr size_t octaves = 24, lefts = 5, ratios = 8;

 private:
  size_t place_of(double value) const;
  size_t pace_of(const TimeStep &step) const;
  static double evenness(const Calendar &calendar, const Spot &spot);
  const NumberCodec &codec_;
  TypeClass cls_;
  NumberEncoder encoder_;
  double end_;
};

// The weights under which draws from real rows before fall where the rows of the sample do; none where they do so anyway.
Calendar learn_calendar(const TrainSet &set, int table, int column, const Codec &codec, const Relative &chain, const Poll &poll);

}  // namespace relsynth::core
