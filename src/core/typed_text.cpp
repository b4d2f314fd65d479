#include "core/typed_text.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/lookup.h"
#include "core/name_tokens.h"
#include "core/rule_values.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr uint32_t text_oid = 25, varchar_oid = 1043;
constexpr size_t least_numbers = 20;       // distinct values of a column of numbers
constexpr size_t least_compact = 20;       // of dates without anything between their digits
constexpr double exception_share = 0.002;  // of the rows that have a text which is none of the others' form

// What people write where there is no value: tells of no one, however few rows have it.
bool says_none(std::string_view text) {
  static const std::set<std::string_view> marks = {"",    "null", "NULL", "Null", "none", "None", "N/A", "n/a",     "NA",      "na",
                                                   "nan", "NaN",  "nil",  "-",    "--",   "?",    "\\N", "unknown", "Unknown", "missing"};
  return marks.count(text) > 0;
}

// Numbers that are names of things.
bool names_code(const Column &column) {
  static const std::set<std::string_view> words = {"zip",  "postal", "postcode", "zipcode", "phone",  "fax",  "mobile",
                                                   "code", "id",     "no",       "number",  "ssn",    "isbn", "sku",
                                                   "ean",  "iban",   "account",  "card",    "version"};
  const std::vector<std::string> tokens = name_tokens(column.name);
  return std::any_of(tokens.begin(), tokens.end(), [](const std::string &token) { return words.count(token) > 0; });
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Whether the texts are numbers but name persons or rows.
bool identifies(const Table &table, const Column &column, const SourceColumn &values) {
  const std::vector<int> alone{table.column_index(column.name)};
  const bool unique = std::any_of(table.keys.begin(), table.keys.end(), [&](const UniqueKey &key) { return key.columns == alone; });
  std::string why;
  return unique || looks_personal(table, column, values, why);
}

// Of digits alone, and all as many: more likely a code than a quantity.
bool looks_like_code(const TextForm &form, const std::vector<std::string_view> &texts) {
  if (form.decimals > 0 || form.grouped || !form.prefix.empty() || !form.suffix.empty()) return false;
  return std::all_of(texts.begin(), texts.end(), [&](std::string_view text) { return text.size() == texts[0].size(); });
}

bool compact(const TextForm &form) {
  return std::none_of(form.pieces.begin(), form.pieces.end(),
                      [](const TextForm::Piece &piece) { return piece.field == TextForm::Piece::Field::Literal; });
}

std::set<int> key_columns(const Schema &schema, int table) {
  std::set<int> columns;
  for (const ForeignKey &key : schema.foreign_keys) {
    if (key.child == table) columns.insert(key.child_columns.begin(), key.child_columns.end());
    if (key.parent == table) columns.insert(key.parent_columns.begin(), key.parent_columns.end());
  }
  for (const UniqueKey &key : schema.tables[table].keys)
    if (!key.plain()) columns.insert(key.columns.begin(), key.columns.end());
  return columns;
}

bool may_hold(const Column &column, const SourceColumn &values) {
  const bool plain = column.base_oid == text_oid || column.base_oid == varchar_oid;
  return column.cls == TypeClass::Text && plain && !column.case_insensitive && !column.generated && column.labels.empty() &&
         values.repr == Repr::Text && !values.pool.empty();
}

// Entities whose rows have each text of the pool.
std::vector<size_t> entities_with(const SourceTable &source, const SourceColumn &values) {
  std::vector<size_t> entities(values.pool.size(), 0);
  std::vector<uint32_t> last(values.pool.size(), UINT32_MAX);
  for (uint32_t r : by_entity(source)) {
    if (values.nulls[r]) continue;
    const uint32_t entity = entity_of(source.entity, r);
    if (last[values.ids[r]] != entity) ++entities[values.ids[r]];
    last[values.ids[r]] = entity;
  }
  return entities;
}

// The form of a column's texts; none where they have none, or more likely are codes.
TextForm form_of(const Column &column, const SourceTable &source, const SourceColumn &values, int min_count) {
  std::vector<size_t> rows(values.pool.size(), 0);
  const std::vector<size_t> entities = entities_with(source, values);
  size_t valued = 0;
  for (size_t r = 0; r < values.size(); ++r) {
    if (values.nulls[r]) continue;
    ++rows[values.ids[r]];
    ++valued;
  }
  std::vector<std::string_view> texts, exceptions;
  const double least = exception_share * static_cast<double>(valued);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == 0) continue;
    texts.emplace_back(values.pool[i]);
    if (static_cast<double>(rows[i]) >= least && (entities[i] >= static_cast<size_t>(min_count) || says_none(values.pool[i])))
      exceptions.emplace_back(values.pool[i]);
  }
  if (texts.size() < 2) return {};
  TextForm form = find_form(texts, exceptions);
  if (form.kind == TextForm::Kind::Number && (texts.size() < least_numbers || names_code(column) || looks_like_code(form, texts)))
    return {};
  if (std::any_of(form.prefix.begin(), form.prefix.end(), is_ascii_letter)) return {};  // u1007
  if (form.kind != TextForm::Kind::Number && form.any() && compact(form) && texts.size() < least_compact) return {};
  return form;
}

TypeClass class_of(TextForm::Kind kind) {
  switch (kind) {
    case TextForm::Kind::Date: return TypeClass::Date;
    case TextForm::Kind::Time: return TypeClass::Time;
    case TextForm::Kind::Timestamp: return TypeClass::Timestamp;
    default: return TypeClass::Numeric;
  }
}

SourceColumn typed(const TextForm &form, SourceColumn texts) {
  SourceColumn out;
  out.repr = repr_of(class_of(form.kind));
  out.decimals = form.decimals;
  out.nulls = std::move(texts.nulls);
  const size_t rows = out.nulls.size();
  std::vector<int64_t> times(texts.pool.size(), 0);
  std::vector<double> numbers(texts.pool.size(), 0);
  for (size_t i = 0; i < texts.pool.size(); ++i) {
    if (out.repr == Repr::Int) times[i] = parse_time(form, texts.pool[i]).value_or(0);
    if (out.repr == Repr::Float) numbers[i] = parse_number(form, texts.pool[i]).value_or(0);
  }
  if (out.repr == Repr::Int) out.ints.assign(rows, 0);
  if (out.repr == Repr::Float) out.floats.assign(rows, 0);
  for (size_t r = 0; r < rows; ++r) {
    if (out.nulls[r]) continue;
    if (out.repr == Repr::Int) out.ints[r] = times[texts.ids[r]];
    if (out.repr == Repr::Float) out.floats[r] = numbers[texts.ids[r]];
  }
  return out;
}

}  // namespace

void read_typed_texts(Schema &schema, const Plan &plan, SourceData &data) {
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    if (plan.tables[t].role != TableRole::Learn) continue;
    const std::set<int> keys = key_columns(schema, static_cast<int>(t));
    for (size_t c = 0; c < schema.tables[t].columns.size(); ++c) {
      Column &column = schema.tables[t].columns[c];
      SourceColumn &values = data.tables[t].columns[c];
      if (keys.count(static_cast<int>(c)) || values.size() != data.tables[t].rows || !may_hold(column, values)) continue;
      plan.check();
      TextForm form = form_of(column, data.tables[t], values, plan.min_count);
      const bool number = form.kind == TextForm::Kind::Number;
      if (!form.any() || (number && identifies(schema.tables[t], column, values))) continue;
      column.cls = class_of(form.kind);
      values = typed(form, std::move(values));
      column.form = std::move(form);
    }
  }
}

}  // namespace relsynth::core
