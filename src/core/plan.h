// plan: Schema + Graph + Config -> what is done with every table, foreign key and column, before any row is read.
// settle() completes it once the sample is there: which small tables are kept, which encoder each column gets.
#pragma once

#include <string>
#include <vector>

#include "core/config.h"
#include "core/data.h"
#include "core/error.h"
#include "core/graph.h"
#include "core/parallel.h"
#include "core/rule.h"
#include "core/schema.h"

namespace relsynth::core {

enum class TableRole : uint8_t {
  Learn,     // modelled
  Keep,      // a reference table: its rows are taken over as they are
  External,  // outside the chosen schemas: referenced where it stands, never written
  Skip       // excluded by config: neither read nor created
};

enum class FkRole : uint8_t {
  Driver,   // the parent's children are generated as a group (size, order, history)
  Further,  // parent chosen for rows that exist already
  Self,     // a self reference: a tree (or a graph) over the table's own rows
  Cut       // closes a cycle: assigned when both tables exist in memory, before the child is written
};

enum class ColumnRole : uint8_t {
  Model,       // encoded, learned and drawn
  ForeignKey,  // copied from the parent's key
  Serial,      // integer key, fresh: 1, 2, 3 ...
  LineNumber,  // integer that counts the rows of a group: 1, 2, 3 ... within the driver's parent
  Uuid,        // fresh random uuid
  Generated    // computed by the server
};

// How a modelled column becomes codes (core/codec.h).
enum class Encoding : uint8_t {
  None,      // not modelled
  Constant,  // only NULLs, or one value
  Number,    // spikes, bins on the column's grid, special values
  Category,  // values that enough entities share
  Pattern,   // fresh text of the learned shapes; identifying or unique text, codes
  Structure  // text forms with numbers and words in it: json, arrays, ranges, inet, geometric, tsvector ...
};

// The value that a column is drawn relative to.
inline constexpr int previous_row = -1, linear_base = -2;
struct BaseRef {
  int column = -1;  // -1: none
  int up = 0;  // 0: of the same row, drawn before; n: of the row n steps up along drivers; previous_row: of the row before in the group;
               // linear_base: what other numbers come to (linear.h), chosen by train
  bool bound = false;  // only the side is kept: the value itself is drawn, not the difference
};

// A part of a text that is made of other columns of its row.
struct TextPiece {
  enum class Kind : uint8_t { Literal, Column, Rest };
  enum class Part : uint8_t { Whole, First, Last };  // words
  enum class Case : uint8_t { AsIs, Lower, Upper, Capital };
  Kind kind = Kind::Literal;
  std::string text = {};  // Literal; Rest: the mark that the column's own text goes on from, empty for its last digits
  int column = -1;
  Part part = Part::Whole;
  Case letters = Case::AsIs;
  bool stripped = false;  // letters and digits only
  char joint = 0;         // in place of each blank; stripped: in place of each run of what is left out inside
  uint8_t prefix = 0;     // characters; 0: all
  uint8_t digits = 0;     // of a number, with zeros before it
};

struct ColumnPlan {
  ColumnRole role = ColumnRole::Model;
  Encoding encoding = Encoding::None;  // settle()
  int foreign_key = -1;                // ForeignKey: position in Table::foreign_keys of the key that writes the column
  bool unique = false;                 // a single-column plain key stands on it
  bool constant = false;               // settle(): the same in all rows of a driver's group
  bool ascending = false;              // settle(): never falls from row to row (ascending.h)
  int within = -1;                 // settle(): counts the rows of a group that share the parent along this key, too (ordinal.h); -1 none
  std::string reason;              // for explain(): why this role and encoding
  BaseRef base = {};               // settle(): Number only
  Rule rule = {};                  // settle()
  PresenceRule presence = {};      // settle()
  RecallRule recall = {};          // settle()
  std::vector<Bound> bounds = {};  // settle(): Number only
  std::vector<TextPiece> pieces = {};  // settle(): Pattern only; not empty: the text is made of these
  double derived_share = 1;            // of the rows that are
  size_t numbered = 0;                 // the piece that a number may follow, where a text must be another one
  // settle(), for rows after the first of their group: a base that train tries against the present way, and a bound in case that loses.
  BaseRef chain = {}, chain_bound = {};
  BaseRef first_base = {};    // settle(): of the first rows, where the others follow the chain
  std::vector<int> partners;  // settle(): columns of the row that the difference to `chain` is equal to in many rows, or to their negative
};

// Two positions in Table::foreign_keys.
struct KeyPair {
  int a = -1, b = -1;
};

// Columns no two rows are alike in, though no unique key says so: of all combinations of a time (the first) and the others there are most.
struct Grid {
  std::vector<int> columns;
};

struct TablePlan {
  TableRole role = TableRole::Learn;
  bool keep_candidate = false;      // plan: small, referenced, its own parents candidates too; settle() decides on the rows
  int driver = -1;                  // position in Table::foreign_keys, -1 none
  std::vector<FkRole> fk_roles;     // per Table::foreign_keys position
  int group_tree = -1;              // settle(): position of a self reference that leads to earlier rows of the driver's group; -1 none
  std::vector<ColumnPlan> columns;  // per Table::columns
  std::vector<int> order_by;        // columns that order the rows of a group: config, else time column in a key, time column, key
  std::vector<KeyPair> distinct;    // settle(): foreign keys that no two rows share the parents along, though no unique key says so
  std::vector<Grid> grids;          // settle()
  int sorted_by = -1;               // settle(): position of a key whose parents' order is the rows' (ascending.h); -1 none
  std::vector<int> column_order;    // settle(): modelled columns in drawing order (rising cardinality, dates and dependants last)
  std::optional<int64_t> rows;      // config
  double scale = 1.0;               // overall scale times the table's own
  std::string reason;               // for explain() and the result's notes: why kept, skipped ...
};

struct Plan {
  Graph graph;
  std::vector<int> order;         // tables to generate, parents first (graph.order without skipped ones)
  std::vector<TablePlan> tables;  // per Schema::tables
  Config config;
  int64_t sample_rows = 250000;
  int min_count = 8;
  std::vector<Problem> notes;  // things worth telling that stop nothing
  Poll poll;                   // settle() calls it between the columns that it looks at; may throw
  void check() const {
    if (poll) poll();
  }
};

struct PlanOptions {
  double scale = 1.0;
  int64_t sample_rows = 250000;
  int min_count = 8;
};

// All problems at once in `problems`; the plan is of use only when there are none.
// It calls check_config(). A foreign key may drive if it is neither a self reference nor cut, its parent is learned, and the parents are
// many enough to count entities in (200, or 40 that look like persons), or their rows are parts of them (the key leads a key of few rows each).
// Of those the best by, in this order: config's choice; the parent is no candidate for a reference table; no longer key implies it (tenant_id
// beside tenant_id, customer_id); it leads the primary key; NOT NULL; it leads another key; groups of about ten rows; ON DELETE CASCADE; name.
Plan make_plan(const Schema &schema, Graph graph, const Config &config, const PlanOptions &options, Problems &problems);

// Numbers of rows for a plan that is made: the scale, and "rows" and "scale" of tables in `config`, which override those that it was made with.
void set_row_targets(Plan &plan, const Schema &schema, const Config &config, double scale, Problems &problems);

// Completes the plan with what the sample shows: keeps or learns the candidates (see lookup.h); a driver whose parent turns out to be kept
// becomes Further, and a table left without one gets the best remaining; settles Serial, LineNumber and Uuid roles against the values, picks
// encodings (choose_encoding) and the drawing order; numbers the entities of every table along the final drivers (data's entity, entities).
// Texts that hold dates or numbers become such in schema and data (typed_text.h).
void settle(Plan &plan, Schema &schema, SourceData &data);

// A row of relsynth.explain().
struct ExplainRow {
  int position;                     // in generation order; 0 for the schema as a whole
  std::string table, object, kind;  // kind: schema, table, foreign key, column, constraint, problem, note
  std::string decision, reason;
};
std::vector<ExplainRow> explain(const Schema &schema, const Plan &plan, const Problems &problems);

inline constexpr const char *implied_role = "implied";  // of Schema::implied, where others have name_of(FkRole)
const char *name_of(TableRole role);
const char *name_of(FkRole role);
const char *name_of(ColumnRole role);
const char *name_of(Encoding encoding);

}  // namespace relsynth::core
