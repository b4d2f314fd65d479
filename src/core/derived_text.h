// derived text: columns whose texts are made of other columns of the row, such as first.last@host. Input of settle: the sample; output: the
// pieces of such columns in the plan. Input of sample: drawn rows; output: these columns, made of the drawn values.
#pragma once

#include <string>
#include <vector>

#include "core/model.h"
#include "core/plan.h"

namespace relsynth::core {

// Finds the columns of a table that are made of others in nearly every row, sets their pieces and says so in their reasons.
void find_derived(Plan &plan, const Schema &schema, const SourceData &data, int table);

// The text of a piece that comes from a column's value; nothing where there is none.
void append_part(const TextPiece &piece, std::string_view value, std::string &out);

// Makes the derived columns of drawn rows.
class TextDeriver {
 public:
  TextDeriver(const Table &table, const TablePlan &plan, const TableModel &model, uint64_t seed, uint64_t name);

  bool any() const { return !order_.empty(); }
  // Makes all of them, in a row drawn for the first time.
  void derive(Block &block, size_t r) const;
  // After columns of the row were drawn again. A derived one among them gets a number; the others follow their bases, unless `settled`.
  void derive_again(Block &block, size_t r, const std::vector<int> &redrawn, uint64_t attempt, bool settled) const;

 private:
  bool make(Block &block, size_t r, int column, uint64_t number, std::string &out) const;
  void put(Block &block, size_t r, int column, uint64_t attempt, bool numbered) const;

  const Table &table_;
  const TablePlan &plan_;
  const TableModel &model_;
  uint64_t seed_, name_;
  std::vector<int> order_;  // bases first
};

}  // namespace relsynth::core
