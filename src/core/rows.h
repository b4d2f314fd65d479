// rows: structure + model -> blocks of rows: codes by the conditionals, values by the codecs, key columns by structure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/ascending.h"
#include "core/bounds.h"
#include "core/compiled.h"
#include "core/derived_text.h"
#include "core/history.h"
#include "core/layout.h"
#include "core/parallel.h"
#include "core/recall.h"
#include "core/relative_draw.h"
#include "core/rule_draw.h"
#include "core/world.h"

namespace relsynth::core {

// Draws the rows of one table whose structure stands. Draws are keyed by (table, row, column, attempt): any block, any number of threads.
class RowDrawer {
 public:
  RowDrawer(World &world, int table);

  Block draw(size_t first, size_t count);

  // Draws rows in the background, for draw() of the same rows to take, while the caller checks and keeps those before. Does nothing where
  // these decide about them.
  void draw_ahead(size_t first, size_t count);
  // A block of about so many rows from `first` on should end before this row.
  size_t block_end(size_t first, size_t count) const;

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
    size_t history = 0;  // of features of the rows before: their number in GroupHistory
  };
  struct Step {
    const ColumnModel *model;
    CompiledConditional conditional, grain = {};  // they read slots
    std::unique_ptr<RelativeDraw> relative = nullptr, chain = nullptr, guard = nullptr;
    std::unique_ptr<RuleDraw> rule = nullptr;
    std::unique_ptr<BoundDraw> bounds = nullptr;
    std::unique_ptr<Ascent> ascent = nullptr;
    std::unique_ptr<ValueEncoder> counted = nullptr;  // of TableState::ordinals
    int recall = -1;                                  // number in recalls_ of a column with ColumnModel::recall
    int recurring = -1;                               // number in GroupHistory of a column with ColumnModel::again
  };
  // The value of a column that is the same in all rows of a group.
  struct Held {
    ValueColumn value;
    Code code = null_code;
  };
  // A row as first drawn and what the rows of its group up to it come to, for the row after it.
  struct History {
    std::vector<Code> codes;            // per column
    std::vector<Code> choices;          // per foreign key position
    std::vector<Held> held;             // of the columns held_; empty in originals_ of rows inside a block
    GroupHistory past;                  // empty in originals_ of rows inside a block
    std::vector<double> values;         // per column: those that chains start from, else NaN; empty without any
    double began = NAN;                 // the value that course_ had in the group's first row
    std::vector<Recalled::Value> told;  // per column of recalls_: the row's own value, in originals_
    std::vector<Recalled> recalled;     // per column of recalls_: the group's values so far; empty in originals_ of rows inside a block
    std::vector<int32_t>
        named;  // per Member of members_: number of the group's last value of the sister's; of originals_ inside a block the row's own
  };
  struct Worker {
    std::vector<Code> slots, codes, choices;
    std::vector<int32_t> choice_parent;  // per foreign key position
    std::vector<uint8_t> written;        // per column
    const History *previous = nullptr;   // the row before
    Course course;                       // where the row stands in its group
    CompiledConditional::Row row;        // of the column being drawn ...
    const Step *row_of = nullptr;        // ... once its step has read the slots
    std::vector<int32_t> named;          // as in History
    std::vector<double> before;          // per column: History::values of the row before where they serve as bases, else NaN
  };

  // The row referred to along tree_ (row_tree.cpp).
  void find_lineage();
  Code parent_code(const FeatureRef &ref, size_t row) const;
  void note_lineage(const Block &block, size_t r);
  void draw_levels(Block &block);

  void add_step(const ColumnModel &model);
  void add_bases(Step &step);
  void add_bounds(Step &step);
  uint16_t slot_of(const FeatureRef &ref);
  std::vector<uint16_t> slots_of(const std::vector<FeatureRef> &refs);
  void find_loose();
  Worker worker() const;
  Block empty_block(size_t first, size_t count) const;
  Block kept_block(size_t first, size_t count) const;
  // A block while it is drawn, piece by piece.
  struct Drawing {
    Block block;
    std::vector<size_t> begins;  // of the pieces, and the end
    History last;                // what the last row leaves for the next block
  };
  bool in_groups() const { return history_ || !lineage_columns_.empty(); }  // rows ask for earlier ones of their group
  std::vector<size_t> chunks(size_t first, size_t count) const;
  void begin_drawing(Drawing &drawing, size_t first, size_t count, int threads);
  Block end_drawing(Drawing &drawing);
  History draw_chunk(Block &block, size_t begin, size_t end);
  void draw_row(Worker &w, const Place &place, const History *previous, Block &block);
  bool first_of_group(const Place &place) const { return place.position == 1; }

  void context(Worker &w, const Place &place, const History *previous) const;
  void set_choice(Worker &w, int fk, int32_t parent) const;
  void set_own(Worker &w, int column, Code code) const;
  Code draw_code(Worker &w, const Step &step, Stream &random) const;
  Code draw_recurring(Worker &w, const Step &step, Stream &random) const;
  int32_t draw_choice(Worker &w, const Step &step, Stream &random) const;
  int32_t other_row(int fk, Stream &random) const;
  void draw_codes(Worker &w, const Place &place, const History *previous, Block &block, bool codes_only) const;
  Code draw_ascending(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const;
  Code put_ordinal(Worker &w, const Step &step, Block &block, size_t r) const;
  void put_code(Worker &w, const Step &step, Code code, Stream &random, Block &block, size_t r) const;
  Code draw_free(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const;
  Code draw_value(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const;
  void add_rule(Step &step);
  bool put_by_rule(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const;
  void note_member(Worker &w, const Step &step, const Block &block, size_t r) const;
  int32_t &last_member(Worker &w, int column) const { return w.named[static_cast<size_t>(member_place_[column])]; }
  std::vector<int32_t> members_of(const Block &block, size_t r) const;
  bool on_its_side(const Worker &w, const Step &step, const Block &block, size_t r) const;
  std::vector<Code> alternatives(const Block &block, size_t r) const;
  void follow(Block &block, size_t r, int fk, std::vector<int> changed, const std::vector<Code> &alternatives) const;
  std::vector<int> with_inputs(const std::vector<int> &columns, size_t row) const;
  bool settled(int column, size_t row) const;
  bool follows(const Step &step, const std::vector<int> &redrawn, const std::vector<int> &choices, size_t row) const;
  bool draw_chained(Worker &w, const Step &step, double chained, Stream &random, Block &block, size_t r, Code &code) const;
  Code draw_bounded(Worker &w, const Step &step, Code code, double chained, Stream &random, Block &block, size_t r) const;
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
  History blank() const;
  std::vector<Held> held_of(const Block &block, size_t r) const;
  void copy_held(Worker &w, int column, Block &block, size_t r) const;
  void spread_held(Block &block, size_t r) const;
  void follow(History &history, bool first) const;
  std::vector<double> chain_values(const Block &block, size_t r) const;
  void set_before(Worker &w, const History *previous) const;
  void carry(Block &block, size_t from, std::vector<double> was, std::vector<double> now);
  bool carry_row(Block &block, size_t r, std::vector<double> &was, std::vector<double> &now);
  History replay(size_t row) const;
  bool previous_of(size_t row, const Place &place, History &previous) const;
  void walk(const Block &block, size_t row, const Place &place);
  bool put_recalled(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const;
  std::vector<Recalled::Value> told_by(const Block &block, size_t r) const;
  void remember(History &history, bool first, const std::vector<Recalled::Value> &told) const;
  Held value_of(const Block &block, size_t r, int column) const;
  void find_history();
  void need_value(int column);
  void set_time(Worker &w, const Block &block, size_t r) const;

  World &world_;
  int table_;
  const Table &schema_;
  const TablePlan &plan_;
  const TableModel &model_;
  TableState &state_;
  TextDeriver deriver_;
  std::vector<Slot> slots_;
  std::vector<Step> steps_;
  std::vector<int> step_of_;               // per column
  std::vector<int> own_slot_, rule_slot_;  // per column
  std::vector<uint8_t> loose_;             // per column: a codec, but no step of its own
  std::vector<uint8_t> based_;             // per column: relative, or a base within the row: its codes follow from values
  std::vector<uint8_t> in_key_;            // per column: part of a unique key
  std::vector<int> members_;               // columns that have one of a sister's values (rule_member.h)
  std::vector<int> member_place_;          // per column: in members_, or -1
  std::map<std::pair<int, int>, std::shared_ptr<const MemberPool>> pools_;  // by key and column of the sister
  std::vector<int> held_;                                                   // columns that are the same in all rows of a group
  std::vector<int> held_place_;                                             // per column: in held_, or -1
  std::vector<int> recalls_;                                                // columns whose values come again (recall.h)
  std::vector<int> chain_columns_;                                          // of the row before that columns are relative to
  std::vector<std::vector<Code>> no_base_;                                  // per column: codes that no chain starts from
  std::vector<int> choice_step_;                                            // per foreign key position
  std::vector<std::vector<double>> other_below_;                            // per foreign key position: cumulated weights of choice_other
  std::vector<int> loose_keys_;
  int tree_ = -1;                                           // the self reference whose parents are drawn first
  std::vector<int> lineage_columns_;                        // that features read of the row referred to ...
  std::vector<std::vector<Code>> lineage_;                  // ... and per column their codes as first drawn, of every row
  size_t drawn_ = 0;                                        // rows that lineage_ has
  bool closed_ = false;                                     // late keys are filled
  bool history_ = false;                                    // some step looks at the previous row
  GroupHistory past_;                                       // of no row; what steps ask of the rows before
  std::vector<std::vector<int>> steps_from_;                // per column: OwnStep slots that its code decides
  std::vector<int> timed_;                                  // slots that the row's own time decides
  int course_ = -1;                                         // the column whose first value in the group chains ask for
  int clock_ = -1;                                          // its column, where any step asks for it
  Worker again_;                                            // of redraws, with the context of the row drawn last
  size_t prepared_ = SIZE_MAX;                              // that row
  History before_;                                          // the row before it ...
  size_t before_row_ = SIZE_MAX, before_block_ = SIZE_MAX;  // ... its number, and the block that it was looked for from
  std::map<size_t, History> originals_;                     // first draws of rows redrawn since, and of the last rows of blocks
  std::map<size_t, std::vector<double>> finals_;            // chain values of the last rows of blocks as they were kept
  std::optional<Drawing> ahead_;
  Background loop_;  // draws it; goes first
};

// A code by the training rows' counts; never NULL if `not_null` and there is anything else.
Code marginal_code(const Codec &codec, bool not_null, Stream &random);

// Numbers of a foreign key column are printed as those of the keys that it is copied from.
void print_as_parents(const World &world, int table, int column, ValueColumn &out);

}  // namespace relsynth::core
