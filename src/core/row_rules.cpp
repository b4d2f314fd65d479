// rows that follow rules: drawing by them, and what else of a row changes when some of it does.
#include <algorithm>
#include <cmath>

#include "core/number_codec.h"
#include "core/rows.h"
#include "core/rules.h"

namespace relsynth::core {

void RowDrawer::add_rule(Step &step) {
  const ColumnModel &model = *step.model;
  const Rule &rule = model.rule->rule;
  std::shared_ptr<const MemberPool> pool;
  if (rule.kind == Rule::Kind::Member || rule.named()) {
    const RuleInput &by = rule.inputs.back();
    std::shared_ptr<const MemberPool> &known = pools_[{by.sister, by.column}];
    if (!known) known = std::make_shared<const MemberPool>(drawn_pool(world_, table_, rule));
    pool = known;
  }
  step.rule = std::make_unique<RuleDraw>(world_, table_, model, slots_of(model.rule->features), std::move(pool));
  based_[model.column] = 1;
  for (const RuleInput &input : rule.inputs)
    if (input.path.empty()) based_[input.column] = 1;
  if (!step.rule->is_member()) return;
  member_place_[model.column] = static_cast<int>(members_.size());
  members_.push_back(model.column);
  history_ = true;
}

// The row's value of a Member, for the rows after it.
void RowDrawer::note_member(Worker &w, const Step &step, const Block &block, size_t r) const {
  if (const int32_t now = step.rule->member(block, r); now >= 0) last_member(w, step.model->column) = now;
}

std::vector<int32_t> RowDrawer::members_of(const Block &block, size_t r) const {
  std::vector<int32_t> named;
  named.reserve(members_.size());
  for (int c : members_) named.push_back(steps_[step_of_[c]].rule->member(block, r));
  return named;
}

// Lets the column follow its rule; false where the row leaves it to the column's own draw.
bool RowDrawer::put_by_rule(Worker &w, const Step &step, Stream &random, Block &block, size_t r) const {
  int column = step.model->column;
  Code alternative = step.rule->choose(block, r, w.slots.data(), random);
  const bool put = step.rule->is_member() ? step.rule->put_member(alternative, last_member(w, column), random, block, r)
                                          : alternative >= rule_first && step.rule->put(alternative, block, r);
  const bool done = put && on_its_side(w, step, block, r);
  if (rule_slot_[column] >= 0) w.slots[rule_slot_[column]] = done || alternative == rule_unknown ? alternative : rule_own;
  if (done) set_own(w, column, block.codes[column][r]);
  return done;
}

// A value of another group's row may lie on the wrong side of what the row itself has.
bool RowDrawer::on_its_side(const Worker &w, const Step &step, const Block &block, size_t r) const {
  const Rule &rule = step.model->rule->rule;
  if (step.bounds && (rule.named() || rule.kind == Rule::Kind::Member) && !step.bounds->holds(block, r)) return false;
  if (rule.everywhere() || !step.relative) return true;
  const double base = step.relative->base(block, r, w.before);
  return std::isnan(base) || step.relative->holds(base, block, r);
}

// The row is kept, and others have taken or copied the value.
bool RowDrawer::settled(int column, size_t row) const {
  size_t c = static_cast<size_t>(column);
  return row < state_.kept && (in_key_[column] || (c < state_.values.size() && state_.values[c].size() > 0));
}

// A column that follows a rule is drawn again by what it follows from.
std::vector<int> RowDrawer::with_inputs(const std::vector<int> &columns, size_t row) const {
  std::vector<int> out = columns;
  for (size_t i = 0; i < out.size(); ++i) {
    if (step_of_[out[i]] < 0 || !steps_[step_of_[out[i]]].rule) continue;
    for (const RuleInput &input : steps_[step_of_[out[i]]].model->rule->rule.inputs)
      if (input.path.empty() && !settled(input.column, row) && std::find(out.begin(), out.end(), input.column) == out.end())
        out.push_back(input.column);
  }
  return out;
}

// A column moves with its base, unless a key holds it, and with what its rule reads.
bool RowDrawer::follows(const Step &step, const std::vector<int> &redrawn, const std::vector<int> &choices, size_t row) const {
  int column = step.model->column;
  if (settled(column, row)) return false;
  if (step.rule && std::any_of(choices.begin(), choices.end(), [&](int fk) { return step.rule->reads_parent(fk); })) return true;
  if (step.model->presence.column >= 0 && std::find(redrawn.begin(), redrawn.end(), step.model->presence.column) != redrawn.end())
    return true;
  if (step.rule && std::any_of(redrawn.begin(), redrawn.end(), [&](int c) { return step.rule->reads_column(c); })) return true;
  if (step.bounds && std::any_of(redrawn.begin(), redrawn.end(), [&](int c) { return step.bounds->reads_column(c); })) return true;
  if (in_key_[column]) return false;
  auto moved = [&](int c) { return std::find(redrawn.begin(), redrawn.end(), c) != redrawn.end(); };
  if (step.chain && std::any_of(step.model->chain->partners.begin(), step.model->chain->partners.end(), moved)) return true;
  if (!step.relative) return false;
  const Relative &relative = *step.model->relative;
  auto counted = [&](const LinearTerm &term) { return term.up == 0 && moved(term.column); };
  return (relative.base.up == 0 && moved(relative.base.column)) || std::any_of(relative.terms.begin(), relative.terms.end(), counted);
}

// The alternatives that a row's columns take, before another parent changes their inputs.
std::vector<Code> RowDrawer::alternatives(const Block &block, size_t r) const {
  std::vector<Code> out(steps_.size(), rule_unknown);
  for (size_t i = 0; i < steps_.size(); ++i)
    if (steps_[i].rule) out[i] = steps_[i].rule->found(block, r);
  return out;
}

// Puts the values that follow from the row's parent along `fk` or from columns of it that changed.
void RowDrawer::follow(Block &block, size_t r, int fk, std::vector<int> changed, const std::vector<Code> &alternatives) const {
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step &step = steps_[i];
    if (!step.rule || settled(step.model->column, block.first + r)) continue;
    bool reads =
        step.rule->reads_parent(fk) || std::any_of(changed.begin(), changed.end(), [&](int c) { return step.rule->reads_column(c); });
    if (!reads) continue;
    Code alternative = alternatives[i] == rule_unknown && step.model->rule->rule.always ? rule_first : alternatives[i];
    if (step.rule->put(alternative, block, r)) changed.push_back(step.model->column);
  }
  if (deriver_.any()) deriver_.derive_again(block, r, changed, 0, block.first + r < state_.kept);
}

void RowDrawer::put_total(Block &block, size_t r, int column, double value) const {
  ValueColumn &out = block.columns[column];
  const Codec &codec = model_.codecs[column];
  NumberLimits limits = limits_of(schema_.columns[column], codec.number.decimals);
  if (std::isnan(value) ? schema_.columns[column].not_null : value < limits.low || value > limits.high) return;
  const std::vector<Code> before = alternatives(block, r);
  if (std::isnan(value)) {
    out.set_null(r);
  } else {
    double unit = power_of_ten(codec.number.decimals);
    out.nulls[r] = 0;
    store_number(std::round(value * unit + std::copysign(1e-7, value)) / unit, limits, out, r);
  }
  follow(block, r, -1, {column}, before);
}

}  // namespace relsynth::core
