// train, first pass: codecs and codes of all tables, what of the foreign keys is counted, and the rows that are kept.
#include <algorithm>
#include <unordered_set>

#include "core/category_codec.h"
#include "core/category_groups.h"
#include "core/features.h"
#include "core/membership.h"
#include "core/rules.h"
#include "core/sisters.h"
#include "core/spans.h"
#include "core/train_keys.h"
#include "core/trainer.h"

namespace relsynth::core {

// Kept rows are public as they stand; their columns are worth codes where these group rows (the row itself is a Choice code already).
Encoding Trainer::kept_encoding(int table, int column) const {
  const ColumnPlan &plan = plan_.tables[table].columns[column];
  const SourceColumn &values = data_.tables[table].columns[column];
  if (plan.unique || plan.encoding == Encoding::Constant) return Encoding::None;
  if (values.repr != Repr::Text) return plan.encoding == Encoding::Category ? Encoding::Category : Encoding::Number;
  std::unordered_set<uint32_t> distinct;
  for (size_t r = 0; r < values.size(); ++r)
    if (!values.nulls[r]) distinct.insert(values.ids[r]);
  return distinct.size() < max_codes && 2 * distinct.size() <= values.size() ? Encoding::Category : Encoding::None;
}

Encoding Trainer::encoding_of(int table, int column) const {
  const SourceTable &source = data_.tables[table];
  const ColumnPlan &plan = plan_.tables[table].columns[column];
  bool read = static_cast<size_t>(column) < source.columns.size() && source.columns[column].size() == source.rows;
  if (!read || plan.role != ColumnRole::Model) return Encoding::None;
  if (learned(table)) return plan.encoding;
  return source.rows == 0 ? Encoding::None : kept_encoding(table, column);
}

void Trainer::encode_column(int table, int column) {
  const Table &t = schema_.tables[table];
  const SourceColumn &values = data_.tables[table].columns[column];
  TrainTable &rows = set_.tables[table];
  ColumnPlan plan = plan_.tables[table].columns[column];
  plan.encoding = encoding_of(table, column);
  Codec &codec = model_.tables[table].codecs[column];
  int min_count = learned(table) ? plan_.min_count : 1;
  if (options_.membership) {
    const auto picked = options_.membership->training_column(table, values, rows.entity);
    codec = make_codec(t, t.columns[column], plan, picked.first, picked.second, rows.entities, min_count);
  } else {
    codec = make_codec(t, t.columns[column], plan, values, rows.entity, rows.entities, min_count);
  }
  rows.codes[column] = encode(codec, values);
  rows.ordered[column] = codec.ordered;
  rows.nulls[column] = std::find(rows.codes[column].begin(), rows.codes[column].end(), null_code) != rows.codes[column].end();
}

void Trainer::encode_all() {
  struct Job {
    int table, column;
  };
  std::vector<Job> jobs;
  size_t rows = 0;
  for (int t : order_) {
    model_.tables[t].codecs.resize(schema_.tables[t].columns.size());
    for (size_t c = 0; c < schema_.tables[t].columns.size(); ++c)
      if (encoding_of(t, static_cast<int>(c)) != Encoding::None) jobs.push_back({t, static_cast<int>(c)});
    rows = std::max(rows, data_.tables[t].rows);
  }
  run(jobs.size(), rows, [&](size_t i, const Poll &) { encode_column(jobs[i].table, jobs[i].column); });
}

// Categories of more values than codes: values with like company share a code.
void Trainer::group_categories(int table) {
  for (size_t c = 0; c < schema_.tables[table].columns.size(); ++c) {
    Codec &codec = model_.tables[table].codecs[c];
    if (codec.category.begin.empty()) continue;
    const std::vector<uint32_t> group = group_values(set_, table, static_cast<int>(c), codec, options_.poll);
    if (group.empty()) continue;
    regroup(codec, group);
    std::vector<Code> &codes = set_.tables[table].codes[c];
    codes = encode(codec, data_.tables[table].columns[c]);
    codec.counts.assign(static_cast<size_t>(codec.codes), 0);
    for (Code code : codes) ++codec.counts[code];
  }
}

// All of the foreign keys that is counted, not fitted; choice codes.
void Trainer::learn_keys(int table) {
  std::vector<ForeignKeyModel> &keys = model_.tables[table].foreign_keys;
  keys.resize(set_.keys(table));
  for (int f = 0; f < set_.keys(table); ++f) {
    keys[f].role = plan_.tables[table].fk_roles[f];
    keys[f].null_share = null_share(set_, table, f);
    if (!used(set_.key(table, f).parent)) continue;
    if (is_choice(schema_, plan_, table, f)) set_.tables[table].choice[f] = learn_choice(set_, table, f, keys[f]);
    if (keys[f].role == FkRole::Self) learn_forest(set_, table, f, keys[f]);
  }
}

namespace {

ValueColumn values_of(const SourceColumn &from) {
  ValueColumn to;
  to.repr = from.repr;
  to.ints = from.ints;
  to.floats = from.floats;
  to.nulls = from.nulls;
  to.decimals = from.decimals;
  to.padded = from.padded;
  if (from.repr == Repr::Text)
    for (size_t r = 0; r < from.size(); ++r) to.texts.push_back(from.nulls[r] ? std::string() : from.text(r));
  return to;
}

}  // namespace

void Trainer::keep_rows(int table) {
  TableModel &model = model_.tables[table];
  const SourceTable &source = data_.tables[table];
  size_t columns = schema_.tables[table].columns.size();
  model.kept_values.resize(columns);
  model.kept_nulls.resize(columns);
  if (model.role == TableRole::Keep) {
    model.kept = source.verbatim;
    model.kept.resize(columns);
    for (size_t c = 0; c < std::min(columns, source.columns.size()); ++c) model.kept_nulls[c] = source.columns[c].nulls;
  }
  for (const ForeignKey &key : schema_.foreign_keys) {
    if (key.parent != table) continue;
    for (int c : key.parent_columns)
      if (model.kept_values[c].size() == 0 && static_cast<size_t>(c) < source.columns.size())
        model.kept_values[c] = values_of(source.columns[c]);
  }
  for (int t : order_)
    for (const ColumnPlan &column : plan_.tables[t].columns)
      for (const RuleInput &input : column.rule.inputs)
        if (input.column >= 0 && table_of(schema_, t, input) == table && model.kept_values[input.column].size() == 0)
          model.kept_values[input.column] = values_of(source.columns[input.column]);
  model.kept_codes = set_.tables[table].codes;
  for (int f = 0; f < set_.keys(table); ++f) {
    std::span<const int32_t> parents = set_.parents(table, f);
    model.kept_parents.emplace_back(parents.begin(), parents.end());
  }
}

// What child tables say of parents that have several.
void Trainer::find_all_sisters() {
  std::vector<int> children(schema_.tables.size(), 0);
  for (const ForeignKey &key : schema_.foreign_keys) children[key.parent] += learned(key.child);
  for (int t : plan_.order) {
    if (!learned(t) || plan_.tables[t].driver < 0 || children[set_.key(t, plan_.tables[t].driver).parent] < 2) continue;
    if (options_.poll) options_.poll();
    model_.tables[t].group_spans = learn_group_spans(set_, t);
    find_sisters(set_, t, model_.tables[t].group_spans);
  }
}

}  // namespace relsynth::core
