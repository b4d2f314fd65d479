// Tells reference tables from tables of data, on several signs; in doubt a table is learned.
#include "core/lookup.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>

#include "core/civil.h"
#include "core/name_tokens.h"

namespace relsynth::core {

namespace {

constexpr size_t few_rows = 500, most_rows = 1000;
constexpr size_t most_attributes = 6;

// Words that name dictionaries, and words that name things that happen or that are owned.
const std::set<std::string_view> &dictionary_words() {
  static const std::set<std::string_view> words = {
      "country",    "category", "subcategory", "status",    "type",    "currency",  "language", "role",      "department", "region",
      "state",      "province", "genre",       "unit",      "level",   "class",     "kind",     "mode",      "reason",     "priority",
      "color",      "colour",   "size",        "lookup",    "ref",     "reference", "dim",      "code",      "continent",  "land",
      "medium",     "format",   "method",      "rating",    "grade",   "gender",    "tag",      "topic",     "sector",     "industry",
      "permission", "timezone", "locale",      "group",     "subject", "degree",    "major",    "territory", "county",     "zone",
      "severity",   "period",   "weekday",     "month",     "skill",   "allergy",   "species",  "breed",     "material",   "payment_method",
      "location",   "land",     "kategorie",   "categoria", "pays"};
  return words;
}
const std::set<std::string_view> &event_words() {
  static const std::set<std::string_view> words = {
      "order",       "payment", "transaction", "invoice", "event",  "log",         "session",    "visit",     "message", "booking",
      "reservation", "sale",    "purchase",    "claim",   "loan",   "account",     "contract",   "shipment",  "rental",  "review",
      "post",        "comment", "history",     "audit",   "ticket", "appointment", "enrollment", "membership"};
  return words;
}

bool has_word(const std::string &name, const std::set<std::string_view> &words) {
  std::vector<std::string> tokens = name_tokens(name);
  return !tokens.empty() && words.count(singular(tokens.back()));
}

// Distinct values of a column, counted up to what matters.
size_t distinct_of(const SourceColumn &values) {
  std::unordered_set<uint64_t> seen;
  for (size_t row = 0; row < values.size(); ++row) {
    if (values.nulls[row]) continue;
    uint64_t key = 0;
    if (values.repr == Repr::Text) key = values.ids[row];
    if (values.repr == Repr::Int) key = static_cast<uint64_t>(values.ints[row]);
    if (values.repr == Repr::Float) key = static_cast<uint64_t>(std::hash<double>()(values.floats[row]));
    seen.insert(key);
  }
  return seen.size();
}

size_t filled(const SourceColumn &values) { return static_cast<size_t>(std::count(values.nulls.begin(), values.nulls.end(), 0)); }

bool in_key(const Schema &schema, const Table &table, int column) {
  if (const UniqueKey *key = table.primary_key())
    if (std::find(key->columns.begin(), key->columns.end(), column) != key->columns.end()) return true;
  for (int fk : table.foreign_keys) {
    const auto &columns = schema.foreign_keys[static_cast<size_t>(fk)].child_columns;
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) return true;
  }
  return false;
}

// Dates on more than two days: rows came one by one.
bool has_history(const Column &column, const SourceColumn &values) {
  if (!is_calendar(column.cls)) return false;
  std::unordered_set<int64_t> days;
  for (size_t row = 0; row < values.size(); ++row)
    if (!values.nulls[row]) days.insert(column.cls == TypeClass::Date ? values.ints[row] : day_of(values.ints[row]));
  return days.size() > 2;
}

// Numbers of which nearly each row has its own: prices, populations, budgets.
bool is_measure(const Column &column, const SourceColumn &values) {
  bool fraction = column.cls == TypeClass::Numeric || column.cls == TypeClass::Float || column.cls == TypeClass::Money;
  if (!fraction && column.cls != TypeClass::Int) return false;
  size_t rows = filled(values), distinct = distinct_of(values);
  if (rows < 4 || distinct * 2 <= rows) return false;
  if (fraction) return true;
  auto [low, high] = std::minmax_element(values.ints.begin(), values.ints.end());
  return static_cast<double>(*high) - static_cast<double>(*low) > 10.0 * static_cast<double>(rows);
}

bool is_label(const Column &column, const SourceColumn &values) {
  if (column.cls != TypeClass::Text && column.cls != TypeClass::Enum) return false;
  size_t rows = filled(values), characters = 0;
  if (rows == 0 || rows < values.size() || distinct_of(values) < rows) return false;
  for (const std::string &text : values.pool) characters += text.size();
  return characters <= 60 * std::max<size_t>(1, values.pool.size());
}

// Rows of the tables that refer to this one; 0 when none does.
size_t referring_rows(const Schema &schema, const SourceData &data, int table, bool &referenced) {
  size_t most = 0;
  const SourceTable &source = data.tables[static_cast<size_t>(table)];
  for (size_t fk = 0; fk < schema.foreign_keys.size(); ++fk) {
    const ForeignKey &key = schema.foreign_keys[fk];
    if (key.parent != table || key.self()) continue;
    referenced = true;
    size_t rows = 0;
    if (fk < source.children.size())
      for (uint32_t n : source.children[fk]) rows += n;
    if (rows == 0 && static_cast<size_t>(key.child) < data.tables.size()) rows = data.tables[static_cast<size_t>(key.child)].total_rows;
    most = std::max(most, rows);
  }
  return most;
}

bool depends_on_learned(const Schema &schema, const Plan &plan, int table, std::string &reason) {
  for (int fk : schema.tables[static_cast<size_t>(table)].foreign_keys) {
    const ForeignKey &key = schema.foreign_keys[static_cast<size_t>(fk)];
    TableRole role = plan.tables[static_cast<size_t>(key.parent)].role;
    if (key.self() || role == TableRole::Keep || role == TableRole::External) continue;
    reason = "learned: its rows depend on " + schema.tables[static_cast<size_t>(key.parent)].name + ", which is learned";
    return true;
  }
  return false;
}

// What speaks against a dictionary in the rows themselves.
bool has_data_signs(const Schema &schema, const Table &table, const SourceTable &source, std::string &reason) {
  size_t attributes = 0;
  for (size_t c = 0; c < std::min(table.columns.size(), source.columns.size()); ++c) {
    const Column &column = table.columns[c];
    const SourceColumn &values = source.columns[c];
    std::string why;
    bool key = in_key(schema, table, static_cast<int>(c));
    if (looks_personal(table, column, values, why)) return reason = "learned: column " + column.name + " looks personal: " + why, true;
    if (has_history(column, values)) return reason = "learned: its rows have a history in column " + column.name, true;
    if (!key && is_measure(column, values)) return reason = "learned: column " + column.name + " measures each row", true;
    attributes += !key && !is_calendar(column.cls);
  }
  if (attributes > most_attributes)
    return reason = "learned: " + std::to_string(attributes) + " attributes are too many for a dictionary", true;
  return false;
}

}  // namespace

bool is_lookup(const Schema &schema, const Plan &plan, const SourceData &data, int table, std::string &reason) {
  const Table &t = schema.tables[static_cast<size_t>(table)];
  const SourceTable &source = data.tables[static_cast<size_t>(table)];
  size_t rows = std::max(source.rows, source.total_rows);
  if (source.rows == 0) return reason = "learned: it has no rows", false;
  if (rows < 2) return reason = "learned: a single row is no dictionary", false;
  if (rows > most_rows) return reason = "learned: " + std::to_string(rows) + " rows are too many for a dictionary", false;
  bool referenced = false;
  size_t children = referring_rows(schema, data, table, referenced);
  if (!referenced) return reason = "learned: no other table refers to it", false;
  if (names_persons(t)) return reason = "learned: its rows are persons by the table's name", false;
  if (has_word(t.name, event_words())) return reason = "learned: its rows are events by the table's name", false;
  if (depends_on_learned(schema, plan, table, reason) || has_data_signs(schema, t, source, reason)) return false;
  size_t attributes = 0;
  std::string label;
  for (size_t c = 0; c < std::min(t.columns.size(), source.columns.size()); ++c) {
    if (label.empty() && is_label(t.columns[c], source.columns[c])) label = t.columns[c].name;
    attributes += !in_key(schema, t, static_cast<int>(c)) && !is_calendar(t.columns[c].cls);
  }
  if (label.empty()) return reason = "learned: it has no short label that is unique", false;
  bool named = has_word(t.name, dictionary_words());
  if (children > 0 && children < rows && !named) return reason = "learned: fewer rows refer to it than it has", false;
  if (rows > few_rows && children < 10 * rows) return reason = "learned: too many rows for the rows that refer to it", false;
  if (!named && attributes > 2) return reason = "learned: nothing says that it is a dictionary", false;
  reason = "reference table: " + std::to_string(rows) + " rows labelled by " + label + ", " + std::to_string(children) +
           " rows refer to them, nothing personal";
  return true;
}

}  // namespace relsynth::core
