#include "core/model_check.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/archive.h"
#include "core/date_part.h"
#include "core/rules.h"

namespace relsynth::core {

void require(bool holds, const char *what) {
  if (!holds) Reader::fail(what);
}

bool is_share(double x) { return x >= 0 && x <= 1; }

bool is_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

bool is_number(const Column &column) { return repr_of(column.cls) != Repr::Text; }

namespace {

bool are_columns(const std::vector<int> &columns, const Table &table) {
  return std::all_of(columns.begin(), columns.end(), [&](int c) { return is_index(c, table.columns.size()); });
}

void check_form(const TextForm &form) {
  static_assert(field_count<TextForm> == 9 && field_count<TextForm::Piece> == 5, "check what is new in them here");
  for (const TextForm::Piece &piece : form.pieces) require(piece.digits >= 0 && piece.digits <= 20, "digits of a date");
  require(form.decimals >= 0 && form.decimals <= 40, "decimals of a text");
}

void check_table_of_schema(const Table &t) {
  static_assert(field_count<Table> == 13 && field_count<Column> == 22 && field_count<UniqueKey> == 6 && field_count<Check> == 4,
                "check what is new in them here");
  require(!t.schema.empty() && !t.name.empty(), "a table without a name");
  for (const Column &c : t.columns) {
    require(!c.name.empty() && c.max_length >= -1, "a column");
    check_form(c.form);
  }
  for (const UniqueKey &key : t.keys)
    require(std::all_of(key.columns.begin(), key.columns.end(), [&](int c) { return is_index_or_none(c, t.columns.size()); }),
            "columns of a key");
  for (const Check &check : t.checks) require(are_columns(check.columns, t), "columns of a check");
}

void check_foreign_key(const Schema &schema, const ForeignKey &key) {
  static_assert(field_count<ForeignKey> == 13 && field_count<LostKey> == 3, "check what is new in them here");
  require(is_index(key.child, schema.tables.size()) && is_index(key.parent, schema.tables.size()), "tables of a foreign key");
  require(are_columns(key.child_columns, schema.tables[key.child]) && are_columns(key.parent_columns, schema.tables[key.parent]) &&
              !key.child_columns.empty() && key.child_columns.size() == key.parent_columns.size(),
          "columns of a foreign key");
}

}  // namespace

void check_schema(const Schema &schema) {
  static_assert(field_count<Schema> == 5, "check what is new in it here");
  require(!schema.names.empty(), "no schema");
  for (const Table &t : schema.tables) check_table_of_schema(t);
  for (const ForeignKey &key : schema.foreign_keys) check_foreign_key(schema, key);
  for (const ForeignKey &key : schema.implied) check_foreign_key(schema, key);
  for (const LostKey &key : schema.lost) require(is_index(key.child, schema.tables.size()), "table of a lost key");
  std::set<int> listed;
  for (size_t t = 0; t < schema.tables.size(); ++t)
    for (int f : schema.tables[t].foreign_keys)
      require(is_index(f, schema.foreign_keys.size()) && schema.foreign_keys[f].child == static_cast<int>(t) && listed.insert(f).second,
              "foreign keys of a table");
  require(listed.size() == schema.foreign_keys.size(), "a foreign key of no table");
}

void check_definition(const Schema &schema, const Definition &d) {
  static_assert(field_count<Definition> == 10 && field_count<Definition::Index> == 2 && field_count<Statement> == 4,
                "check what is new in them here");
  const std::set<std::string> sources(d.sources.begin(), d.sources.end());
  require(d.sources == schema.names && sources.size() == d.sources.size(), "schemas of the definition");
  for (const auto &[name, home] : d.homes) require(sources.count(home) > 0, "home of an object");
  for (const auto *list : {&d.relations, &d.types, &d.routines, &d.others})
    for (const QualifiedName &name : *list) require(d.homes.count(name) > 0, "an object without a home");
  std::set<QualifiedName> indexes;
  for (const Definition::Index &index : d.indexes) {
    require(sources.count(index.home) > 0, "home of an index");
    indexes.insert(index.name);
  }
  for (const auto *list : {&d.creation, &d.sealing})
    for (const Statement &s : *list)
      require(s.index.second.empty() || (s.at <= s.sql.size() && indexes.count(s.index) > 0), "an index that a statement names");
  for (const Table &t : schema.tables)
    require(t.external || (d.columns.count({t.schema, t.name}) > 0 && d.homes.count({t.schema, t.name}) > 0), "a table without definition");
}

int check_path(const Schema &schema, int table, const std::vector<int> &path) {
  for (int fk : path) {
    require(is_index(fk, schema.tables[table].foreign_keys.size()), "a way along foreign keys");
    table = schema.foreign_keys[schema.tables[table].foreign_keys[fk]].parent;
  }
  return table;
}

void check_input(const Schema &schema, const Plan &plan, int table, const RuleInput &input) {
  static_assert(field_count<RuleInput> == 4, "check what is new in it here");
  int there = check_path(schema, table, input.path);
  if (input.sister != -1) {
    // A group of the same parent, whose rows are there before.
    require(is_index(input.sister, schema.foreign_keys.size()), "a sister");
    const int child = schema.foreign_keys[input.sister].child, driver = plan.tables[child].driver;
    require(plan.tables[table].driver >= 0 && input.path == std::vector<int>{plan.tables[table].driver}, "way to a sister");
    require(is_index(driver, schema.tables[child].foreign_keys.size()) && schema.tables[child].foreign_keys[driver] == input.sister &&
                schema.foreign_keys[input.sister].parent == there && child != table,
            "group of a sister");
    const auto mine = std::find(plan.order.begin(), plan.order.end(), table);
    require(std::find(plan.order.begin(), mine, child) != mine, "a sister that comes later");
    there = child;
  }
  require(is_index_or_none(input.column, schema.tables[there].columns.size()), "column of an input");
}

void check_base(const Schema &schema, const Plan &plan, int table, const BaseRef &base) {
  static_assert(field_count<BaseRef> == 3, "check what is new in it here");
  if (base.column == -1 && base.up <= 0) return;
  require(base.up >= linear_base && base.up < 64, "steps to a base");
  for (int i = 0; i < base.up; ++i) {
    require(plan.tables[table].driver >= 0, "a base without a way");
    table = check_path(schema, table, {plan.tables[table].driver});
  }
  require(is_index(base.column, schema.tables[table].columns.size()) && is_number(schema.tables[table].columns[base.column]), "a base");
}

namespace {

const Column &column_of(const Schema &schema, int table, const RuleInput &input) {
  return schema.tables[table_of(schema, table, input)].columns[input.column];
}

void check_copy(const Schema &schema, int table, const Column &column, const Rule &rule) {
  const bool numbers = is_number(column);
  require(rule.inputs[0].column >= 0, "what a rule copies");
  require(numbers || std::all_of(rule.factors.begin(), rule.factors.end(), [](double f) { return f == 1; }), "factors of a text");
  require(!numbers || is_number(column_of(schema, table, rule.inputs[0])), "numbers from texts");
  require(rule.inputs.size() <= 3 && rule.inputs.size() != 0, "inputs of a copy");
  if (rule.inputs.size() == 1) return;
  require(rule.named() && rule.inputs[0].sister >= 0 && rule.inputs[1].path.empty() && rule.inputs[1].sister < 0 &&
              rule.inputs[1].column >= 0 && rule.inputs[2].sister == rule.inputs[0].sister && rule.inputs[2].column >= 0,
          "inputs of a named copy");
}

void check_lookup(const Plan &plan, int table, const Rule &rule) {
  const RuleInput &input = rule.inputs[0];
  require(rule.inputs.size() == 1 && input.sister < 0, "inputs of a lookup");
  require(input.column >= 0 ? input.path.empty() : input.path.size() == 1, "what a lookup reads");
  require(input.column < 0 || plan.tables[table].columns[input.column].role == ColumnRole::Model, "a lookup of a key");
}

void check_total(const Schema &schema, int table, const Column &column, const Rule &rule) {
  require(is_number(column) && is_index(rule.child_key, schema.foreign_keys.size()) && rule.uses.size() >= rule.child_columns.size(),
          "a total");
  const ForeignKey &key = schema.foreign_keys[rule.child_key];
  require(key.parent == table && are_columns(rule.child_columns, schema.tables[key.child]), "rows of a total");
  for (int c : rule.child_columns) require(is_number(schema.tables[key.child].columns[c]), "a total of texts");
}

void check_formula(const Schema &schema, int table, const Column &column, const Rule &rule) {
  const size_t n = rule.kind == Rule::Kind::Sum ? rule.factors.size() : rule.uses.size();
  require(is_number(column) && n >= rule.inputs.size(), "a formula");
  for (const RuleInput &input : rule.inputs)
    require(input.column >= 0 && input.sister < 0 && is_number(column_of(schema, table, input)), "input of a formula");
}

}  // namespace

void check_rule(const Schema &schema, const Plan &plan, int table, int column, const Rule &rule) {
  static_assert(field_count<Rule> == 13, "check what is new in it here");
  using Kind = Rule::Kind;
  const Column &c = schema.tables[table].columns[column];
  if (rule.kind == Kind::None) return;
  if (rule.kind == Kind::Total) return check_total(schema, table, c, rule);
  require(!rule.inputs.empty() && rule.inputs.size() < 64 && rule.factors.size() < 200, "inputs of a rule");
  for (const RuleInput &input : rule.inputs) check_input(schema, plan, table, input);
  require(std::all_of(rule.factors.begin(), rule.factors.end(), [](double f) { return std::isfinite(f); }), "factors of a rule");
  const RuleInput &first = rule.inputs[0];
  if (rule.kind == Kind::Copy) check_copy(schema, table, c, rule);
  if (rule.kind == Kind::Lookup) check_lookup(plan, table, rule);
  if (rule.kind == Kind::Sum || rule.kind == Kind::Product) check_formula(schema, table, c, rule);
  if (rule.kind == Kind::Member)
    require(rule.inputs.size() == 1 && first.sister >= 0 && first.column >= 0 && is_number(c) == is_number(column_of(schema, table, first)),
            "a member");
  if (rule.kind == Kind::DatePart)
    require(first.path.empty() && first.sister < 0 && first.column >= 0 && is_calendar(schema.tables[table].columns[first.column].cls) &&
                rule.part < date_parts() && is_date_part_text(rule.part) == !is_number(c),
            "part of a date");
}

namespace {

void check_pieces(const Table &t, const TablePlan &p, size_t column) {
  static_assert(field_count<TextPiece> == 9, "check what is new in it here");
  const ColumnPlan &c = p.columns[column];
  require(c.pieces.empty() || c.numbered < c.pieces.size(), "the numbered piece of a text");
  for (const TextPiece &piece : c.pieces)
    if (piece.kind == TextPiece::Kind::Column) {
      require(is_index(piece.column, t.columns.size()), "piece of a text");
      require(repr_of(t.columns[piece.column].cls) != Repr::Float && p.columns[piece.column].role != ColumnRole::Generated,
              "a piece that is no text");
    }
}

// Texts that are made of one another, round and round.
void check_derived(const TablePlan &p) {
  std::vector<int> state(p.columns.size(), 0);  // 1: being looked at, 2: done
  auto visit = [&](auto &self, int c) -> void {
    require(state[c] != 1, "a text that is made of itself");
    if (state[c] == 2) return;
    state[c] = 1;
    for (const TextPiece &piece : p.columns[c].pieces)
      if (piece.kind == TextPiece::Kind::Column) self(self, piece.column);
    state[c] = 2;
  };
  for (size_t c = 0; c < p.columns.size(); ++c) visit(visit, static_cast<int>(c));
}

void check_column_plan(const Schema &schema, const Plan &plan, int table, int column) {
  static_assert(field_count<ColumnPlan> == 20 && field_count<Bound> == 4 && field_count<PresenceRule> == 4 && field_count<RecallRule> == 4,
                "check what is new in them here");
  const Table &t = schema.tables[table];
  const ColumnPlan &c = plan.tables[table].columns[column];
  const size_t keys = t.foreign_keys.size();
  require(is_index_or_none(c.foreign_key, keys) && is_index_or_none(c.within, keys), "foreign key of a column");
  require(c.role != ColumnRole::ForeignKey || c.foreign_key >= 0, "a key column without a key");
  require((c.role != ColumnRole::Serial && c.role != ColumnRole::LineNumber) || is_number(t.columns[column]), "a key that counts");
  require(c.within < 0 || repr_of(t.columns[column].cls) == Repr::Int, "rows that are counted");
  require(c.role != ColumnRole::Uuid || t.columns[column].cls == TypeClass::Uuid, "a uuid");
  for (const BaseRef *base : {&c.base, &c.chain, &c.chain_bound, &c.first_base}) check_base(schema, plan, table, *base);
  check_rule(schema, plan, table, column, c.rule);
  for (const Bound &bound : c.bounds) {
    check_input(schema, plan, table, bound.input);
    require(bound.input.sister < 0 && bound.input.column >= 0 && is_number(column_of(schema, table, bound.input)) &&
                is_number(t.columns[column]),
            "a bound");
  }
  require(is_index_or_none(c.presence.column, t.columns.size()) && are_columns(c.partners, t) && are_columns(c.recall.kinds, t),
          "what a column goes with");
  check_pieces(t, plan.tables[table], static_cast<size_t>(column));
}

void check_table_plan(const Schema &schema, const Plan &plan, int table) {
  static_assert(field_count<TablePlan> == 14 && field_count<KeyPair> == 2 && field_count<Grid> == 1, "check what is new in them here");
  const Table &t = schema.tables[table];
  const TablePlan &p = plan.tables[table];
  const size_t keys = t.foreign_keys.size();
  require(p.columns.size() == t.columns.size() && p.fk_roles.size() == keys, "plan of a table");
  require((p.role == TableRole::External) == t.external, "role of a table");
  for (size_t f = 0; f < keys; ++f) {
    require((p.fk_roles[f] == FkRole::Self) == schema.foreign_keys[t.foreign_keys[f]].self(), "a self reference");
    require((p.fk_roles[f] == FkRole::Driver) == (p.driver == static_cast<int>(f)), "driver of a table");
  }
  require(is_index_or_none(p.driver, keys) && is_index_or_none(p.group_tree, keys) && is_index_or_none(p.sorted_by, keys),
          "foreign keys of a plan");
  require(p.group_tree < 0 || p.fk_roles[p.group_tree] == FkRole::Self, "tree of a group");
  require(are_columns(p.order_by, t) && are_columns(p.column_order, t), "order of columns");
  for (const KeyPair &pair : p.distinct) require(is_index(pair.a, keys) && is_index(pair.b, keys), "a pair of keys");
  for (const Grid &grid : p.grids) require(!grid.columns.empty() && are_columns(grid.columns, t), "a grid");
  require(std::isfinite(p.scale) && p.scale > 0 && (!p.rows || *p.rows >= 0), "number of rows");
}

// Tables come after those that their rows are dealt to.
void check_order(const Schema &schema, const Plan &plan) {
  std::vector<int> position(schema.tables.size(), -1);
  for (size_t i = 0; i < plan.order.size(); ++i) {
    require(is_index(plan.order[i], schema.tables.size()) && position[plan.order[i]] < 0, "order of tables");
    position[plan.order[i]] = static_cast<int>(i);
  }
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    const TablePlan &p = plan.tables[t];
    require(p.role == TableRole::External || p.role == TableRole::Skip || position[t] >= 0, "a table that is not made");
    require(p.role != TableRole::Skip, "a table that is left out");
    for (size_t f = 0; f < p.fk_roles.size() && p.role == TableRole::Learn; ++f) {
      const int parent = schema.foreign_keys[schema.tables[t].foreign_keys[f]].parent;
      const TableRole role = plan.tables[parent].role;
      if (p.fk_roles[f] == FkRole::Self || role == TableRole::Keep || role == TableRole::External) continue;
      require(position[parent] >= 0 && (p.fk_roles[f] == FkRole::Cut || position[parent] < position[t]), "a parent that comes later");
    }
  }
}

}  // namespace

void check_plan(const Schema &schema, const Plan &plan) {
  static_assert(field_count<Plan> == 8 && field_count<Graph> == 5, "check what is new in them here");
  require(plan.tables.size() == schema.tables.size(), "number of plans");
  for (size_t t = 0; t < plan.tables.size(); ++t) check_table_plan(schema, plan, static_cast<int>(t));
  check_order(schema, plan);
  for (size_t t = 0; t < plan.tables.size(); ++t) {
    for (size_t c = 0; c < plan.tables[t].columns.size(); ++c) check_column_plan(schema, plan, static_cast<int>(t), static_cast<int>(c));
    check_derived(plan.tables[t]);
  }
}

void check_model(const Trained &trained) {
  static_assert(field_count<Trained> == 7 && field_count<Model> == 1, "check what is new in them here");
  check_schema(trained.schema);
  check_definition(trained.schema, trained.definition);
  check_plan(trained.schema, trained.plan);
  const size_t tables = trained.schema.tables.size();
  require(trained.model.tables.size() == tables && trained.summaries.size() == tables, "number of tables");
  for (size_t t = 0; t < tables; ++t) check_table(trained, static_cast<int>(t));
}

}  // namespace relsynth::core
