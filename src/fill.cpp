#include "fill.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "core/sample.h"
#include "pg/allowed.h"
#include "pg/interrupt.h"
#include "pg/spi.h"
#include "pg/write.h"

namespace relsynth {

namespace {

constexpr size_t block_rows = 8192;
// Draws of one row before a constraint counts as unsatisfiable from the model; then it borrows the values of a row that passed.
constexpr int draws_before_borrowing = 100;
constexpr int most_draws = 1000;

uint32_t relation_named(const core::QualifiedName &name) {
  return pg::to_oid(pg::query("SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                              " WHERE n.nspname = $1 AND c.relname = $2",
                              {name.first, name.second})
                        .at(0)
                        .at(0));
}

// One table on its way into the target.
class TableFill {
 public:
  TableFill(const core::Schema &schema, const core::Plan &plan, core::Sampler &sampler, int table, const pg::Target &target)
      : TableFill(schema, plan, sampler, table, pg::RowGate::open(schema, table, target.relations[table]),
                  pg::RowSink::open(schema, table, target.relations[table], target.mode != pg::Mode::Append)) {
    for (size_t f = 0; f < schema.foreign_keys.size(); ++f) {
      const core::ForeignKey &key = schema.foreign_keys[f];
      if (key.parent != table || key.only_to.second.empty()) continue;
      const core::QualifiedName &name = target.names.at(key.only_to);
      partitions_[static_cast<int>(f)] = relation_named(name);
    }
  }

  TableFill(const core::Schema &schema, const core::Plan &plan, core::Sampler &sampler, int table, std::unique_ptr<pg::RowGate> gate,
            std::unique_ptr<pg::RowSink> sink)
      : schema_(schema), plan_(plan), sampler_(sampler), table_(table), gate_(std::move(gate)), sink_(std::move(sink)) {
    for (const core::UniqueKey &key : schema.tables[table].keys)
      for (int c : key.columns)
        if (c >= 0) key_columns_.insert(c);
  }

  // Takes the rows as there already: appending to a target that has its reference tables.
  void pass() {
    for (size_t first = 0, total = sampler_.rows(table_); first < total; first += block_rows)
      sampler_.keep(sampler_.draw(table_, first, std::min(block_rows, total - first)));
    sampler_.end(table_);
    sink_->finish();
  }

  // Draws and writes all rows, or holds them back when a key of theirs can only be assigned later.
  void run(pg::Progress &progress) {
    const bool hold = sampler_.deferred(table_);
    const size_t total = sampler_.rows(table_);
    for (size_t first = 0, end = 0; first < total; first = end) {
      progress.poll();
      end = sampler_.block_end(table_, first, block_rows);
      core::Block block = sampler_.draw(table_, first, end - first);
      sampler_.draw_ahead(table_, end, sampler_.block_end(table_, end, block_rows) - end);
      satisfy(block, !hold);
      sampler_.keep(block);
      for (const auto &[key, partition] : partitions_)
        if (!hold) sampler_.confine(key, block, gate_->inside(partition));
      if (hold)
        held_.push_back(std::move(block));
      else
        write(block);
      progress.tell("writing", schema_.tables[table_].qualified(), end, total);
    }
    sampler_.end(table_);
    if (!hold) sink_->finish();
  }

  bool holds() const { return !held_.empty(); }

  // The cycle's other tables exist: fills the keys that were left open, and writes.
  void release() {
    for (core::Block &block : held_) {
      pg::check_interrupts();
      sampler_.close(block);
      closing_ = true;
      satisfy(block, true);
      write(block);
    }
    held_.clear();
    sink_->finish();
  }

 private:
  void write(const core::Block &block) {
    gate_->accept(block);
    sink_->write(*gate_, block);
  }

  // Until every row of the block satisfies every constraint: test, draw the refused rows again.
  void satisfy(core::Block &block, bool with_gate) {
    std::vector<int> draws(block.rows, 0);
    std::set<size_t> refused_rows;
    std::vector<size_t> changed;
    bool tested = false;
    for (;;) {
      std::vector<core::Rejection> refused;
      if (!closing_) refused = sampler_.check_keys(block);
      const bool keys_hold = refused.empty();
      if (keys_hold && with_gate) {
        refused = gate_->test(block, changed);
        tested = true;
        changed.clear();
      }
      if (refused.empty()) return;
      pg::check_interrupts();
      for (const core::Rejection &r : refused) refused_rows.insert(r.row);
      draw_again(block, refused, draws, refused_rows, keys_hold);
      if (tested)
        for (const core::Rejection &r : refused) changed.push_back(r.row);
      std::sort(changed.begin(), changed.end());
      changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    }
  }

  void draw_again(core::Block &block, const std::vector<core::Rejection> &refused, std::vector<int> &draws,
                  const std::set<size_t> &refused_rows, bool by_gate) {
    std::map<int, std::vector<core::Rejection>> by_attempt;  // a row's attempt is its own, whatever happens to its neighbours
    for (const core::Rejection &r : refused) {
      const int attempt = ++draws[r.row];
      if (by_gate && attempt % 10 == 0 && gate_->repair(block, r)) continue;
      if (attempt > most_draws) give_up(block, r);
      if (by_gate && attempt > draws_before_borrowing && attempt % 2 == 0 && borrow(block, r, attempt, refused_rows)) continue;
      by_attempt[attempt].push_back(closing_ ? outside_keys(r) : r);
    }
    for (const auto &[attempt, rejections] : by_attempt) sampler_.redraw(block, rejections, attempt);
  }

  // A row whose keys others may refer to already is drawn again in its other columns only.
  core::Rejection outside_keys(core::Rejection r) const {
    if (r.columns.empty())
      for (size_t c = 0; c < schema_.tables[table_].columns.size(); ++c) r.columns.push_back(static_cast<int>(c));
    std::erase_if(r.columns, [&](int c) { return key_columns_.count(c) > 0; });
    return r;
  }

  // Not a value that follows from the row's own parents.
  bool lends(int column) const {
    const core::ColumnPlan &plan = plan_.tables[table_].columns[column];
    const auto &inputs = plan.rule.inputs;
    return plan.role == core::ColumnRole::Model && plan.rule.kind != core::Rule::Kind::Total && !key_columns_.count(column) &&
           std::all_of(inputs.begin(), inputs.end(), [](const core::RuleInput &input) { return input.path.empty(); });
  }

  // Takes the modelled values of a synthetic row of the same block that passed; keys and foreign keys stay the row's own.
  bool borrow(core::Block &block, const core::Rejection &r, int attempt, const std::set<size_t> &refused_rows) const {
    if (refused_rows.size() >= block.rows) return false;
    if (!r.columns.empty() && std::none_of(r.columns.begin(), r.columns.end(), [&](int c) { return c >= 0 && lends(c); })) return false;
    const size_t row = r.row;
    size_t lender = (row + static_cast<size_t>(attempt) * 7919) % block.rows;
    while (refused_rows.count(lender)) lender = (lender + 1) % block.rows;
    for (size_t c = 0; c < block.columns.size(); ++c) {
      if (!lends(static_cast<int>(c))) continue;
      block.columns[c].copy(row, block.columns[c], lender);
      if (!block.codes[c].empty()) block.codes[c][row] = block.codes[c][lender];
    }
    return true;
  }

  [[noreturn]] void give_up(const core::Block &block, const core::Rejection &r) const {
    const core::Table &t = schema_.tables[table_];
    throw core::Error(core::sqlstate::check_violation, "cannot draw a row of \"" + t.name + "\" that satisfies \"" + r.constraint + "\"",
                      "Row " + std::to_string(block.first + r.row + 1) + " was refused " + std::to_string(most_draws) + " times.",
                      "Look at the constraint with relsynth.explain(), or ask for fewer rows with scale or config tables.rows.");
  }

  const core::Schema &schema_;
  const core::Plan &plan_;
  core::Sampler &sampler_;
  int table_;
  std::unique_ptr<pg::RowGate> gate_;
  std::unique_ptr<pg::RowSink> sink_;
  std::set<int> key_columns_;
  std::map<int, uint32_t> partitions_;  // per foreign key that refers to one partition of this table only: the partition
  std::vector<core::Block> held_;
  bool closing_ = false;
};

// Tables whose rows wait for those of later ones.
class Waiting {
 public:
  Waiting(const core::Plan &plan, const core::Sampler &sampler) : plan_(plan), sampler_(sampler), tables_(plan.tables.size()) {}

  void add(int table, std::unique_ptr<TableFill> fill) { tables_[table] = std::move(fill); }
  bool has(int table) const { return tables_[table] != nullptr; }
  // Those that wait no longer.
  void release() {
    for (int t : plan_.order)
      if (tables_[t] && !sampler_.deferred(t)) {
        tables_[t]->release();
        tables_[t].reset();
      }
  }

 private:
  const core::Plan &plan_;
  const core::Sampler &sampler_;
  std::vector<std::unique_ptr<TableFill>> tables_;
};

std::string target_name(const pg::Target &target, int table) {
  return pg::query("SELECT $1::oid::regclass::text", {std::to_string(target.relations[table])})[0][0].value();
}

bool has_rows(const pg::Target &target, int table) {
  return pg::is_true(pg::query("SELECT EXISTS (SELECT FROM " + target_name(target, table) + ")")[0][0]);
}

// The next value of a serial column when rows are appended to a table that has some.
int64_t next_value(const core::Schema &schema, const pg::Target &target, int table, int column) {
  const std::string name = target_name(target, table);
  const std::string c = pg::quote_name(schema.tables[table].columns[column].name);
  const pg::Text highest = pg::query("SELECT max(" + c + ")::bigint FROM " + name)[0][0];
  return highest ? std::stoll(*highest) + 1 : 1;
}

}  // namespace

void fill(const core::Trained &trained, const pg::Target &target, const FillOptions &options, pg::Progress &progress,
          std::vector<TableResult> &results) {
  const core::Schema &schema = trained.schema;
  const core::Plan &plan = trained.plan;
  core::SampleOptions sampling{options.seed, options.scale, options.threads, [&] { progress.poll(); }, {}, {}};
  if (target.mode == pg::Mode::Append)
    sampling.first_serial = [&](int table, int column) { return next_value(schema, target, table, column); };
  sampling.serials = [&](int table, int column, int64_t first, size_t rows) {
    const core::Column &c = schema.tables[table].columns[column];
    return pg::allowed_values(target.relations[table], c.name, first, rows);
  };
  pg::join_threads_at_exit();
  core::Sampler sampler(schema, plan, trained.model, sampling);

  Waiting waiting(plan, sampler);
  size_t written = 0;
  for (int t : plan.order) {
    const double begun = progress.milliseconds();
    sampler.begin(t);
    if (plan.tables[t].role == core::TableRole::External) {
      sampler.end(t);
      continue;
    }
    auto table = std::make_unique<TableFill>(schema, plan, sampler, t, target);
    const bool there = target.mode == pg::Mode::Append && plan.tables[t].role == core::TableRole::Keep && has_rows(target, t);
    if (there)
      table->pass();
    else
      table->run(progress);
    if (table->holds()) waiting.add(t, std::move(table));
    waiting.release();
    results[written].synthetic_rows = there ? 0 : static_cast<int64_t>(sampler.rows(t));
    results[written].milliseconds = progress.milliseconds() - begun;
    ++written;
  }
}

void draw_rows(const core::Trained &trained, int wanted, pg::TypedRows rows, const FillOptions &options, pg::Progress &progress) {
  const core::Schema &schema = trained.schema;
  const core::Plan &plan = trained.plan;
  pg::join_threads_at_exit();
  core::Sampler sampler(schema, plan, trained.model, {options.seed, options.scale, options.threads, pg::check_interrupts, {}, {}});
  Waiting waiting(plan, sampler);
  bool begun = false;
  for (int t : plan.order) {
    sampler.begin(t);
    if (plan.tables[t].role == core::TableRole::External) {
      sampler.end(t);
      continue;
    }
    pg::TypedRows own = t == wanted ? std::move(rows) : pg::open_no_rows();
    auto table = std::make_unique<TableFill>(schema, plan, sampler, t, std::move(own.gate), std::move(own.sink));
    table->run(progress);
    if (table->holds()) waiting.add(t, std::move(table));
    waiting.release();
    begun |= t == wanted;
    if (begun && !waiting.has(wanted)) return;
  }
}

}  // namespace relsynth
