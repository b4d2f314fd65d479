// Checks of what the rows of a table are drawn by: features, steps of columns, foreign keys, kept rows.
#include <algorithm>
#include <cmath>

#include "core/archive.h"
#include "core/clock.h"
#include "core/features.h"
#include "core/model_check.h"
#include "core/rules.h"
#include "core/sisters.h"

namespace relsynth::core {

namespace {

// Who asks for features: a row; a row by features that stand for what its group has so far, too; a parent row, of its children.
enum class Asking { Row, Group, Parent };

class TableChecker {
 public:
  TableChecker(const Trained &trained, int table)
      : schema_(trained.schema),
        plan_(trained.plan),
        model_(trained.model),
        table_(table),
        t_(schema_.tables[table]),
        p_(plan_.tables[table]),
        m_(model_.tables[table]) {}

  void run() {
    static_assert(field_count<TableModel> == 12, "check what is new in it here");
    require(m_.role == p_.role && m_.source_rows < 1ULL << 40, "model of a table");
    if (p_.role != TableRole::Learn) return check_kept();
    require(m_.codecs.size() == t_.columns.size() && m_.foreign_keys.size() == t_.foreign_keys.size(), "parts of a table");
    for (size_t c = 0; c < t_.columns.size(); ++c) {
      if (p_.columns[c].role == ColumnRole::Model) check_codec(m_.codecs[c], t_.columns[c]);
      for (const Bound &bound : p_.columns[c].bounds) check_kept_input(bound.input);
    }
    check_steps();
    for (size_t f = 0; f < m_.foreign_keys.size(); ++f) check_foreign_key(static_cast<int>(f));
    for (const SpanModel &span : m_.spans) check_span(span);
    for (const SpanModel &span : m_.group_spans) check_span(span);
  }

 private:
  bool coded(int column) const {
    return is_index(column, t_.columns.size()) && p_.columns[column].role == ColumnRole::Model &&
           m_.codecs[column].encoding != Encoding::None;
  }

  bool number(int column) const { return is_index(column, t_.columns.size()) && is_number(t_.columns[column]); }

  // Columns that values are read of while a row is drawn.
  bool readable_number(int column) const { return number(column) && p_.columns[column].role != ColumnRole::Generated; }

  int parent_of(int table, int fk) const { return schema_.foreign_keys[schema_.tables[table].foreign_keys[fk]].parent; }

  void check_features(const std::vector<FeatureRef> &refs, int table, Asking asking) const {
    static_assert(field_count<FeatureRef> == 3 && enumerators<FeatureRef::Kind> == 28, "check what is new in them here");
    require(refs.size() < 10000, "number of features");
    for (const FeatureRef &ref : refs) check_feature(ref, table, asking);
  }

  void check_feature(const FeatureRef &ref, int table, Asking asking) const {
    using Kind = FeatureRef::Kind;
    const size_t columns = schema_.tables[table].columns.size(), keys = schema_.tables[table].foreign_keys.size();
    const bool row = asking != Asking::Parent;
    switch (ref.kind) {
      case Kind::Own:
        if (asking == Asking::Group && ref.column < -1 && ref.column >= -7) return;
        return require(is_index(ref.column, columns), "a feature of the row");
      case Kind::Previous:
      case Kind::Rule:
      case Kind::OwnStep:
      case Kind::Usual:
      case Kind::Last: return require(row && is_index(ref.column, columns), "a feature of the rows before");
      case Kind::Calendar:
      case Kind::Pace:
      case Kind::OwnCalendar:
        return require(row && is_index(ref.column, columns) && is_number(schema_.tables[table].columns[ref.column]) && ref.fk >= -1 &&
                           ref.fk <= 3 && (ref.kind != Kind::Calendar || is_index(ref.fk, day_parts)),
                       "a feature of time");
      case Kind::Parent:
        require(is_index(ref.fk, keys), "foreign key of a feature");
        return require(is_index(ref.column, schema_.tables[parent_of(table, ref.fk)].columns.size()), "a feature of the parent");
      case Kind::Grandparent: return check_grandparent(ref, table);
      case Kind::Choice:
      case Kind::PreviousChoice:
      case Kind::HasParent:
      case Kind::Depth:
      case Kind::Children:
      case Kind::Siblings:
      case Kind::Sibling: return require(is_index(ref.fk, keys) && (row || ref.kind != Kind::PreviousChoice), "foreign key of a feature");
      case Kind::Position:
      case Kind::GroupSize:
      case Kind::Remaining: return;
      case Kind::Span:
        require(!row || plan_.tables[table].driver >= 0, "a span without a parent");
        return require(is_index(ref.column, schema_.tables[row ? parent_of(table, plan_.tables[table].driver) : table].columns.size()),
                       "a span");
      default: return check_sister(ref, table);
    }
  }

  void check_grandparent(const FeatureRef &ref, int table) const {
    require(ref.fk > 0 && ref.fk < 64, "steps of a feature");
    for (int i = 0; i < ref.fk; ++i) {
      require(plan_.tables[table].driver >= 0, "a feature without a way");
      table = parent_of(table, plan_.tables[table].driver);
    }
    require(is_index(ref.column, schema_.tables[table].columns.size()), "a feature of a grandparent");
  }

  void check_sister(const FeatureRef &ref, int table) const {
    using Kind = FeatureRef::Kind;
    require(is_sister(ref.kind) && is_index(ref.fk, schema_.foreign_keys.size()), "a feature of sisters");
    const int child = schema_.foreign_keys[ref.fk].child, parent = schema_.foreign_keys[ref.fk].parent, driver = plan_.tables[child].driver;
    require(driver >= 0 && schema_.tables[child].foreign_keys[driver] == ref.fk, "group of a feature of sisters");
    if (table != parent)
      require(plan_.tables[table].driver >= 0 && parent_of(table, plan_.tables[table].driver) == parent, "parent of sisters");
    if (ref.kind == Kind::SisterChoice) return require(is_index(ref.column, schema_.tables[child].foreign_keys.size()), "key of sisters");
    if (ref.kind == Kind::SisterCount) return;
    require(is_index(ref.column, schema_.tables[child].columns.size()), "column of sisters");
    if (ref.kind != Kind::SisterSpan) return;
    const std::vector<SpanModel> &spans = model_.tables[child].group_spans;
    require(std::count_if(spans.begin(), spans.end(), [&](const SpanModel &s) { return s.column == ref.column; }) == 1, "span of sisters");
  }

  void check_step(const std::vector<FeatureRef> &features, const Conditional &conditional, Asking asking = Asking::Row) const {
    check_features(features, table_, asking);
    check_conditional(conditional, features.size());
  }

  void check_steps() const {
    static_assert(field_count<ColumnModel> == 12 && field_count<GrainModel> == 3 && field_count<Presence> == 2,
                  "check what is new in them here");
    std::vector<uint8_t> columns(t_.columns.size(), 0), keys(t_.foreign_keys.size(), 0);
    for (const ColumnModel &step : m_.columns) {
      check_step(step.features, step.conditional);
      if (step.column < 0) {
        require(step.column == -1 && is_index(step.fk, keys.size()) && !keys[step.fk]++, "step of a choice");
        require(!step.relative && !step.rule && !step.chain && !step.grain && !step.guard && step.again.empty() && step.recall.share == 0 &&
                    step.presence.column == -1,
                "parts of a choice");
        continue;
      }
      require(coded(step.column) && !columns[step.column]++, "step of a column");
      for (const auto *relative : {&step.relative, &step.chain, &step.guard})
        if (*relative) check_relative(step.column, **relative);
      require(!step.chain || step.chain->base.up == previous_row, "a chain");
      if (step.rule) check_rule_model(step.column, *step.rule);
      if (step.grain) check_grain(step.column, *step.grain);
      require(is_index_or_none(step.presence.column, t_.columns.size()) &&
                  (step.presence.column < 0 || (step.presence.null_at.size() == 256 && coded(step.presence.column))),
              "presence of a value");
      require((step.again.empty() || step.again.size() == 256) && is_finite(step.again) &&
                  std::all_of(step.again.begin(), step.again.end(), [](float w) { return w >= 0; }),
              "weights of what comes again");
      check_recall(step.recall);
    }
  }

  void check_recall(const RecallModel &recall) const {
    static_assert(field_count<RecallModel> == 3 && field_count<RecallModel::Share> == 2, "check what is new in them here");
    require(recall.kinds.size() <= sizeof(uint32_t), "columns of a kind");
    for (int c : recall.kinds) require(coded(c), "column of a kind");
    require(recall.share >= 0 && recall.share <= 1, "share of values that come again");
    for (const RecallModel::Share &s : recall.shares) require(s.share >= 0 && s.share <= 1, "share of values that come again");
  }

  void check_grain(int column, const GrainModel &grain) const {
    NumberCodec as_codec;
    as_codec.grids = grain.grids;
    check_number(as_codec);
    require(number(column), "grain of a text");
    check_step(grain.features, grain.conditional);
  }

  void check_relative(int column, const Relative &r) const {
    static_assert(field_count<Relative> == 13 && field_count<LinearTerm> == 5 && field_count<Calendar> == 5,
                  "check what is new in them here");
    require(number(column) && m_.codecs[column].encoding == Encoding::Number, "a difference of texts");
    check_base(schema_, plan_, table_, r.base);
    require(r.base.column >= 0 || r.base.up == linear_base, "base of a difference");
    if (r.base.up <= 0 && r.base.column >= 0) require(readable_number(r.base.column), "base of a difference");
    check_number(r.differences);
    require(r.as_such.size() + 2 * r.partners.size() + r.differences.bins.size() <= 254, "codes of a difference");
    for (int c : r.partners) require(readable_number(c), "a partner");
    for (const LinearTerm &term : r.terms) check_term(term);
    require(std::isfinite(r.intercept), "intercept");
    const Calendar &c = r.calendar;
    require(is_finite(c.places) && is_finite(c.paces) && is_finite(c.course), "weights of times");
    require(c.sway >= 0 && std::isfinite(c.sway) && (c.sway == 0 || (c.course.size() == Places::course_points && !c.places.empty())),
            "course of times");
    for (const auto &part : c.parts) require(is_finite(part), "weights of times");
    if (!c.places.empty()) {
      require(c.places.size() == 256 * Places::parts_of_code && c.paces.size() == Places::octaves * Places::lefts * Places::ratios &&
                  is_calendar(t_.columns[column].cls),
              "places of times");
      for (size_t i = 0; i < c.parts.size(); ++i) require(c.parts[i].size() == Places::of_part[i], "parts of dates");
    }
    check_step(r.features, r.conditional);
  }

  void check_term(const LinearTerm &term) const {
    require(term.up == 0 || (term.up == 1 && p_.driver >= 0), "term of a base");
    const Table &there = term.up == 0 ? t_ : schema_.tables[parent_of(table_, p_.driver)];
    require(is_index(term.column, there.columns.size()) && is_number(there.columns[term.column]) &&
                (term.up > 0 || readable_number(term.column)),
            "term of a base");
    require(std::isfinite(term.weight) && std::isfinite(term.low) && std::isfinite(term.high) && term.low <= term.high, "weight of a term");
  }

  void check_rule_model(int column, const RuleModel &r) const {
    static_assert(field_count<RuleModel> == 5, "check what is new in it here");
    require(r.rule.kind != Rule::Kind::None && r.rule.kind != Rule::Kind::Total, "kind of a rule");
    check_rule(schema_, plan_, table_, column, r.rule);
    for (const RuleInput &input : r.rule.inputs)
      if (input.path.empty()) require(input.column >= 0 && p_.columns[input.column].role != ColumnRole::Generated, "input of a rule");
    for (const RuleInput &input : r.rule.inputs) check_kept_input(input);
    const RuleInput &first = r.rule.inputs[0];
    if (r.rule.kind == Rule::Kind::Lookup && first.column >= 0) require(coded(first.column), "input of a lookup");
    check_values(r.values);
    require(r.values.size() == 0 || (r.values.size() >= r.lookup.size() && r.values.repr == m_.codecs[column].repr), "values of a lookup");
    check_step(r.features, r.conditional);
  }

  // A number that counts rows is not known of kept rows unless it is kept with them.
  void check_kept_input(const RuleInput &input) const {
    if (input.column < 0) return;
    const int there = table_of(schema_, table_, input);
    require(plan_.tables[there].role == TableRole::Learn || plan_.tables[there].columns[input.column].role != ColumnRole::Serial ||
                has_kept(there, input.column),
            "an input that is not kept");
  }

  bool has_kept(int table, int column) const {
    const std::vector<ValueColumn> &values = model_.tables[table].kept_values;
    return kept_rows(table) == 0 || (static_cast<size_t>(column) < values.size() && values[column].size() > 0);
  }

  static void check_values(const ValueColumn &v) {
    static_assert(field_count<ValueColumn> == 7, "check what is new in it here");
    const size_t n = v.nulls.size();
    require(v.ints.size() == (v.repr == Repr::Int ? n : 0) && v.floats.size() == (v.repr == Repr::Float ? n : 0) &&
                v.texts.size() == (v.repr == Repr::Text ? n : 0),
            "values of a column");
    require(v.decimals >= 0 && v.decimals <= 400, "decimals of values");
  }

  // `parent`: the table whose rows have the children.
  void check_counts(const CountModel &counts, int parent) const {
    static_assert(field_count<CountModel> == 5 && field_count<CountModel::Step> == 3, "check what is new in them here");
    for (const CountModel::Step &step : counts.steps) require(step.parents > 0, "a number of children");
    require(std::is_sorted(counts.steps.begin(), counts.steps.end(), [](const auto &a, const auto &b) { return a.count < b.count; }),
            "numbers of children");
    require(std::isfinite(counts.mean) && counts.mean >= 0, "mean number of children");
    check_features(counts.features, parent, Asking::Parent);
    check_conditional(counts.conditional, counts.features.size());
  }

  void check_block(const BlockModel &block, int parent) const {
    static_assert(field_count<BlockModel> == 5 && field_count<BlockModel::Column> == 3, "check what is new in them here");
    double combinations = 1;
    for (const BlockModel::Column &column : block.columns) {
      check_feature(column.ref, parent, Asking::Parent);
      require(column.classes > 0 && column.classes <= 256 && column.class_of.size() == 256, "classes of parents");
      for (Code k : column.class_of) require(k < column.classes, "class of parents");
      combinations *= column.classes;
    }
    require(block.columns.empty() || static_cast<double>(block.block_of.size()) == combinations, "combinations of parents");
    require(block.blocks >= 0 && block.blocks <= 254, "blocks of parents");
    for (Code b : block.block_of) require(b > 0 && b <= block.blocks, "a block of parents");
    check_step(block.features, block.conditional);
  }

  void check_foreign_key(int f) const {
    static_assert(field_count<ForeignKeyModel> == 18 && field_count<SameParent> == 2 && field_count<RepeatModel> == 3 &&
                      field_count<GroupTreeModel> == 4 && field_count<PathRule> == 3,
                  "check what is new in them here");
    const ForeignKeyModel &fk = m_.foreign_keys[f];
    const int parent = parent_of(table_, f);
    require(fk.role == p_.fk_roles[f], "role of a foreign key");
    require(is_share(fk.null_share) && is_share(fk.self_loop_share) && is_share(fk.cyclic_share), "shares of a foreign key");
    check_counts(fk.children, parent);
    check_step(fk.null_features, fk.null_conditional);
    check_block(fk.block, parent);
    for (const SameParent &same : fk.same)
      require(is_index(same.fk, t_.foreign_keys.size()) && parent_of(table_, same.fk) == parent && is_share(same.share), "a shared parent");
    require(is_index_or_none(fk.repeat.by, t_.foreign_keys.size()) && (fk.repeat.by >= 0 || fk.repeat.conditional.tree.nodes.empty()),
            "key that parents repeat by");
    check_step(fk.repeat.features, fk.repeat.conditional, Asking::Group);
    for (const PathRule &path : fk.paths) {
      require(!path.own.empty() && is_share(path.share), "ways that meet");
      require(check_path(schema_, table_, path.own) == check_path(schema_, parent, path.other), "ways that do not meet");
    }
    check_choice(fk, parent);
    check_tree_shape(fk);
    for (const CountModel &counts : fk.fan_out) check_counts(counts, table_);
  }

  void check_choice(const ForeignKeyModel &fk, int parent) const {
    const TableRole role = plan_.tables[parent].role;
    require(!fk.choice || role == TableRole::Keep || role == TableRole::External, "a choice of rows that are not kept");
    require(fk.choice_rows.size() <= max_choices && fk.choice_counts.size() == fk.choice_rows.size(), "number of choices");
    for (int32_t row : fk.choice_rows) require(row >= 0, "a choice");
    require(is_finite(fk.other_weight) && std::all_of(fk.other_weight.begin(), fk.other_weight.end(), [](float w) { return w >= 0; }),
            "weights of choices");
  }

  void check_tree_shape(const ForeignKeyModel &fk) const {
    require(fk.depth_share.size() <= 256, "depths");
    for (double share : fk.depth_share) require(share >= 0 && share <= 1.01, "share of a depth");
    const GroupTreeModel &tree = fk.group_tree;
    check_step(tree.depth_features, tree.depth, Asking::Group);
    check_step(tree.back_features, tree.back, Asking::Group);
    require(std::find(tree.depth_features.begin(), tree.depth_features.end(), above_before) == tree.depth_features.end(),
            "a feature of rows above");
  }

  void check_span(const SpanModel &span) const {
    static_assert(field_count<SpanModel> == 5, "check what is new in it here");
    require(readable_number(span.column) && readable_number(span.base), "columns of a span");
    check_number(span.differences);
    require(std::isfinite(span.until) && std::all_of(span.open.begin(), span.open.end(), [](double x) { return std::isfinite(x); }),
            "ends of a span");
  }

  size_t kept_rows(int table) const {
    const TableModel &m = model_.tables[table];
    size_t rows = 0;
    for (const auto &column : m.kept) rows = std::max(rows, column.size());
    for (const auto &column : m.kept_values) rows = std::max(rows, column.size());
    for (const auto &column : m.kept_codes) rows = std::max(rows, column.size());
    return rows == 0 && m.kept.empty() ? m.source_rows : rows;
  }

  // Columns that are kept have all rows; parents are kept rows themselves.
  void check_kept() const {
    const size_t rows = kept_rows(table_), columns = t_.columns.size();
    require(rows < 1ULL << 31, "number of kept rows");
    auto whole = [&](size_t n) { return n == 0 || n == rows; };
    require(m_.kept.size() <= columns && m_.kept_nulls.size() <= columns && m_.kept_values.size() <= columns &&
                m_.kept_codes.size() <= columns && m_.kept_parents.size() == t_.foreign_keys.size(),
            "columns of kept rows");
    for (const auto &column : m_.kept) require(whole(column.size()), "kept texts");
    for (const auto &column : m_.kept_nulls) require(whole(column.size()), "kept nulls");
    for (const auto &column : m_.kept_codes) require(whole(column.size()), "kept codes");
    for (size_t c = 0; c < m_.kept_values.size(); ++c) {
      check_values(m_.kept_values[c]);
      require(whole(m_.kept_values[c].size()) && (m_.kept_values[c].size() == 0 || m_.kept_values[c].repr == repr_of(t_.columns[c].cls)),
              "kept values");
    }
    for (const ForeignKey &key : schema_.foreign_keys)
      for (int c : key.parent_columns) require(key.parent != table_ || has_kept(table_, c), "a key of kept rows");
    for (size_t f = 0; f < m_.kept_parents.size(); ++f) {
      const int parent = parent_of(table_, static_cast<int>(f));
      const TableRole role = plan_.tables[parent].role;
      const size_t there = role == TableRole::Keep || role == TableRole::External ? kept_rows(parent) : 0;
      require(whole(m_.kept_parents[f].size()), "parents of kept rows");
      for (int32_t p : m_.kept_parents[f]) require(p < 0 || is_index(p, there), "parent of a kept row");
    }
  }

  const Schema &schema_;
  const Plan &plan_;
  const Model &model_;
  int table_;
  const Table &t_;
  const TablePlan &p_;
  const TableModel &m_;
};

}  // namespace

void check_table(const Trained &trained, int table) { TableChecker(trained, table).run(); }

}  // namespace relsynth::core
