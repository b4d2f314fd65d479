// The values that the columns of a unique key can take, in an order, so that free ones can be looked for one by one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/text_space.h"
#include "core/world.h"

namespace relsynth::core {

// All combinations of a list of columns and choice keys.
class Domain {
 public:
  // `learned`: of columns that have only values of their own, no values between them.
  Domain(const World &world, int table, const std::vector<int> &columns, const std::vector<int> &choices, bool learned = false);

  // How many; 0 when a column's values cannot be counted.
  uint64_t size() const { return size_; }

  // Of one column of numbers: the value `index` steps beyond the learned ones, above and below by turns; false where there is none.
  bool set_beyond(uint64_t index, Block &block, size_t r) const;

  // Writes combination `index` into a row: columns, codes; parents along the choice keys into `parents`, in the order of the choices.
  void set(uint64_t index, Block &block, size_t r, std::vector<int32_t> &parents, Stream &random) const;

 private:
  struct Axis {
    int column = -1;  // -1: a choice
    uint64_t size = 0;
    bool grid = false;  // numbers on a grid; else codes 1 .. size
    double first = 0, step = 1;
    std::shared_ptr<const TextSpace> texts;  // of short texts
  };
  void put_number(const Axis &axis, double value, Block &block, size_t r) const;
  Axis axis_of(int column, bool learned) const;

  const World &world_;
  int table_;
  std::vector<Axis> axes_;
  uint64_t size_ = 0;
};

}  // namespace relsynth::core
