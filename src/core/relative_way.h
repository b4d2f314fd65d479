// relative: the way from a row to the row that holds a column's base. Input: settled plan and sample; output: row numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "core/data.h"
#include "core/plan.h"
#include "core/schema.h"

namespace relsynth::core {

class Way {
 public:
  // `previous`: trainset's row before in the group; may be empty if `up` is not previous_row.
  Way(const Plan &plan, const Schema &schema, const SourceData &data, int table, int up, const std::vector<int32_t> &previous)
      : table_(table), previous_(up == previous_row) {
    if (previous_) {
      steps_.push_back(&previous);
      if (previous.empty()) table_ = -1;
    }
    for (; up > 0 && table_ >= 0; --up) {
      const TablePlan &p = plan.tables[table_];
      if (p.role != TableRole::Learn || p.driver < 0) {
        table_ = -1;
        return;
      }
      steps_.push_back(&data.tables[table_].parents[p.driver]);
      table_ = schema.foreign_keys[schema.tables[table_].foreign_keys[p.driver]].parent;
    }
    if (table_ >= 0 && plan.tables[table_].role != TableRole::Learn) table_ = -1;
  }

  int table() const { return table_; }  // -1: there is no such way

  // no_parent and unknown_parent where the way ends before; of first rows of a group, which are not meant to have a base, the latter.
  int64_t at(size_t row) const {
    int64_t r = static_cast<int64_t>(row);
    for (const std::vector<int32_t> *step : steps_) {
      if (static_cast<size_t>(r) >= step->size()) return unknown_parent;
      r = (*step)[r];
      if (r < 0) return previous_ ? unknown_parent : r;
    }
    return r;
  }

 private:
  int table_;
  bool previous_;
  std::vector<const std::vector<int32_t> *> steps_;
};

}  // namespace relsynth::core
