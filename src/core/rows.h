// rows: structure + model -> blocks of rows: codes by the conditionals, values by the codecs, key columns by structure.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "core/derived_text.h"
#include "core/layout.h"
#include "core/relative_draw.h"
#include "core/rule_draw.h"
#include "core/world.h"

namespace relsynth::core {

// Draws the rows of one table whose structure stands. Draws are keyed by (table, row, column, attempt): any block, any number of threads.
class RowDrawer {
 public:
  RowDrawer(World &world, int table);

  Block draw(size_t first, size_t count);

  // How a redraw gets its values.
  enum class How {
    Conditional,  // given the row's other columns
    Widened,      // by the marginal and beyond it: decode_widened(), any kept row
  };
  // Draws columns and choice keys (foreign key positions) of a row again and sets its foreign key columns. `attempt` >= 1 keys the draw,
  // `width` says how far Widened may go.
  void redraw(Block &block, size_t r, const std::vector<int> &columns, const std::vector<int> &choices, uint64_t attempt, How how,
              int width);

  // Gives a row another parent along a choice or Further key.
  void set_parent(Block &block, size_t r, int fk, int32_t parent);

  // Puts a total, NaN for NULL, and what follows from it in the row.
  void put_total(Block &block, size_t r, int column, double value) const;

  // Fills the columns of Cut and late Self keys.
  void fill_late(Block &block);

  // The block is kept: what only redraws of it needed may go.
  void forget(const Block &block);

  // Columns that redraw() can change.
  bool drawable(int column) const { return step_of_[column] >= 0 || loose_[column]; }

  // The table's other foreign keys that a row may change on its own: Further, in no unique key, no column shared.
  const std::vector<int> &loose_keys() const { return loose_keys_; }

 private:
  struct Slot {
    FeatureRef ref;
    FeatureSource source;
  };
  struct Step {
    const ColumnModel *model;
    std::vector<uint16_t> inputs;           // slots
    std::vector<uint16_t> relative_inputs;  // of the difference's features
    std::unique_ptr<RelativeDraw> relative;
    std::vector<uint16_t> rule_inputs;  // of the rule's features
    std::unique_ptr<RuleDraw> rule;
  };
  // Codes of a row as first drawn, for the row after it.
  struct History {
    std::vector<Code> codes;    // per column
    std::vector<Code> choices;  // per foreign key position
  };
  struct Worker {
    std::vector<Code> slots, x, codes, choices;
    std::vector<int32_t> choice_parent;  // per foreign key position
    std::vector<uint8_t> written;        // per column
  };

  void add_step(const ColumnModel &model);
  uint16_t slot_of(const FeatureRef &ref);
  void find_loose();
  Worker worker() const;
  Block empty_block(size_t first, size_t count) const;
  Block kept_block(size_t first, size_t count) const;
  std::vector<size_t> chunks(size_t first, size_t count) const;
  void draw_chunk(Block &block, size_t begin, size_t end);
  bool first_of_group(const Place &place) const { return place.position == 1; }

  void context(Worker &w, const Place &place, const History *previous) const;
  void set_choice(Worker &w, int fk, int32_t parent) const;
  void set_own(Worker &w, int column, Code code) const;
  Code draw_code(Worker &w, const Step &step, Stream &random) const;
  int32_t draw_choice(Worker &w, const Step &step, Stream &random) const;
  int32_t other_row(int fk, Stream &random) const;
  void draw_codes(Worker &w, const Place &place, const History *previous, Block &block, bool codes_only) const;
  Code draw_value(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const;
  Code draw_bounded(Worker &w, const Step &step, Code code, double base, Stream &random, Block &block, size_t r) const;
  bool put_by_rule(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const;
  std::vector<Code> alternatives(const Block &block, size_t r) const;
  void follow(Block &block, size_t r, int fk, std::vector<int> changed, const std::vector<Code> &alternatives) const;
  std::vector<int> with_inputs(const std::vector<int> &columns, size_t row) const;
  bool settled(int column, size_t row) const;
  bool follows(const Step &step, const std::vector<int> &redrawn, const std::vector<int> &choices, size_t row) const;
  void set_value(Block &block, size_t r, int column, Code code, Stream &random) const;
  void fill_keys(Worker &w, Block &block, size_t r) const;
  void fill_foreign(Worker &w, Block &block, size_t r) const;
  void write_key(Worker &w, Block &block, size_t r, int fk, size_t parent) const;
  void fill_null_key(Worker &w, Block &block, size_t r, int fk) const;
  void fill_null_late(Block &block, size_t r, int fk) const;
  void fill_late_key(Worker &w, Block &block, size_t r, int fk) const;
  void redraw_choice(Worker &w, const Step &step, size_t row, uint64_t attempt, How how) const;
  void redraw_column(Worker &w, Block &block, size_t r, int column, uint64_t attempt, How how, int width) const;
  void prepare(const Block &block, size_t r);
  History history_of(const Block &block, size_t r) const;
  History replay(size_t row) const;
  bool previous_of(const Block &block, size_t row, const Place &place, History &previous) const;

  World &world_;
  int table_;
  const Table &schema_;
  const TablePlan &plan_;
  const TableModel &model_;
  TableState &state_;
  TextDeriver deriver_;
  std::vector<Slot> slots_;
  std::vector<Step> steps_;
  std::vector<int> step_of_;                      // per column
  std::vector<int> own_slot_, rule_slot_;         // per column
  std::vector<uint8_t> loose_;                    // per column: a codec, but no step of its own
  std::vector<uint8_t> based_;                    // per column: relative, or a base within the row: its codes follow from values
  std::vector<uint8_t> in_key_;                   // per column: part of a unique key
  std::vector<int> choice_step_;                  // per foreign key position
  std::vector<std::vector<double>> other_below_;  // per foreign key position: cumulated weights of choice_other
  std::vector<int> loose_keys_;
  bool closed_ = false;                  // late keys are filled
  bool history_ = false;                 // some step looks at the previous row
  Worker again_;                         // of redraws, with the context of the row drawn last
  size_t prepared_ = SIZE_MAX;           // that row
  std::map<size_t, History> originals_;  // first draws of rows redrawn since, and of the last rows of blocks
};

// A code by the training rows' counts; never NULL if `not_null` and there is anything else.
Code marginal_code(const Codec &codec, bool not_null, Stream &random);

// Decimals to print a foreign key column with: those of the keys that it is copied from.
int key_decimals(const World &world, int table, int column);

}  // namespace relsynth::core
