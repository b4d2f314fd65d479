// Picks the encoding of a modelled column from its type and its values.
#include <algorithm>

#include "core/codec.h"
#include "core/lookup.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

// How the values of a column are spread.
struct Spread {
  size_t rows = 0;      // not NULL
  size_t distinct = 0;  // texts only; else 1 or 2 ("more")
  size_t shared = 0;    // rows whose value enough entities carry
  size_t paired = 0;    // rows whose value two entities carry
  uint32_t most = 0;    // entities of the value most carried
};

Spread spread_of_texts(const SourceColumn &values, const std::vector<uint32_t> &rows, const std::vector<uint32_t> &entity,
                       uint32_t threshold) {
  Spread spread;
  spread.rows = rows.size();
  std::vector<Support> by_id(values.pool.size());
  for (uint32_t row : rows) by_id[values.ids[row]].add(entity_of(entity, row));
  for (const Support &support : by_id) {
    spread.distinct += support.rows > 0;
    if (support.entities >= threshold) spread.shared += support.rows;
    if (support.entities >= 2) spread.paired += support.rows;
    spread.most = std::max(spread.most, support.entities);
  }
  return spread;
}

bool constant_number(const SourceColumn &values, const std::vector<uint32_t> &rows) {
  for (uint32_t row : rows) {
    if (values.repr == Repr::Int && values.ints[row] != values.ints[rows.front()]) return false;
    if (values.repr == Repr::Float && !(values.floats[row] == values.floats[rows.front()])) return false;
  }
  return true;
}

Encoding choose_text(const Spread &spread, bool unique, bool personal, const std::string &why, uint32_t entities, int min_count,
                     std::string &reason) {
  if (unique) return reason = "values are unique", Encoding::Pattern;
  if (personal) return reason = why, Encoding::Pattern;
  std::string count = std::to_string(spread.distinct) + " distinct values in " + std::to_string(spread.rows) + " rows";
  bool few_rows = entities < 16u * static_cast<uint32_t>(std::max(2, min_count));
  bool small_category = few_rows && spread.rows >= 4 && spread.distinct * 2 <= spread.rows && spread.paired * 10 >= spread.rows * 8;
  if (spread.shared * 2 >= spread.rows || small_category) return reason = count, Encoding::Category;
  reason = count + ", most of them shared by few";
  return Encoding::Pattern;
}

// Whether nearly all texts are ones that far more entities carry than must: they tell of no one.
bool stock_phrases(const SourceColumn &values, const std::vector<uint32_t> &rows, const std::vector<uint32_t> &entity, uint32_t threshold) {
  const Spread spread = spread_of_texts(values, rows, entity, 2 * threshold);
  return spread.shared * 100 >= spread.rows * 95;
}

Encoding choose_structure(const Column &column, const Spread &spread, bool unique, bool personal, const std::string &why,
                          std::string &reason) {
  size_t share = column.cls == TypeClass::Other ? 5 : 8;  // a type we know nothing of: rather keep what is shared
  bool few = spread.distinct <= static_cast<size_t>(max_codes) && spread.shared * 10 >= spread.rows * share;
  if (few && !unique && !personal) return reason = "a few values that many rows share", Encoding::Category;
  reason = personal ? why : "text form of " + column.type_name;
  return Encoding::Structure;
}

}  // namespace

Encoding choose_encoding(const Table &table, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &entity,
                         uint32_t entities, int min_count, bool unique, std::string &reason) {
  std::vector<uint32_t> rows = rows_by_entity(values.nulls, entity, entities);
  if (rows.empty()) return reason = values.size() ? "only NULLs" : "no rows", Encoding::Constant;
  if (column.cls == TypeClass::Bool) return reason = "boolean", Encoding::Category;
  if (column.cls == TypeClass::Enum) return reason = "enum", Encoding::Category;
  if (values.repr != Repr::Text) {
    bool constant = rows.size() >= 2 && !unique && constant_number(values, rows);
    reason = constant ? "one value" : "numbers";
    return constant ? Encoding::Constant : Encoding::Number;
  }
  if (!column.labels.empty()) return reason = "a check lists its values", Encoding::Category;
  if (holds_secret(column)) return reason = "its name says that it is a secret", Encoding::Pattern;
  std::string why;
  bool personal = looks_personal(table, column, values, why);
  uint32_t threshold = support_threshold(entities, min_count, personal);
  Spread spread = spread_of_texts(values, rows, entity, threshold);
  if (spread.distinct == 1 && spread.rows >= 2 && !unique && (!personal || spread.most >= threshold))
    return reason = "one value", Encoding::Constant;
  if (personal && !unique && holds_remarks(column) && stock_phrases(values, rows, entity, threshold)) {
    reason = why + ", yet " + std::to_string(spread.distinct) + " values that many share";
    return Encoding::Category;
  }
  if (column.cls == TypeClass::Text) return choose_text(spread, unique, personal, why, entities, min_count, reason);
  return choose_structure(column, spread, unique, personal, why, reason);
}

}  // namespace relsynth::core
