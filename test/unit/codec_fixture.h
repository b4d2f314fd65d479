// Columns made by hand, for the tests of the codecs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/codec.h"

namespace relsynth::core::testing {

inline Column column_of(TypeClass cls, const std::string &name = "c", uint32_t base_oid = 0) {
  Column column;
  column.name = name;
  column.cls = cls;
  column.base_oid = base_oid;
  return column;
}

inline SourceColumn ints(const std::vector<int64_t> &values) {
  SourceColumn column;
  column.repr = Repr::Int;
  column.ints = values;
  column.nulls.assign(values.size(), 0);
  return column;
}

inline SourceColumn floats(const std::vector<double> &values, int decimals = 0) {
  SourceColumn column;
  column.repr = Repr::Float;
  column.floats = values;
  column.nulls.assign(values.size(), 0);
  column.decimals = decimals;
  return column;
}

inline SourceColumn texts(const std::vector<std::string> &values) {
  SourceColumn column;
  column.repr = Repr::Text;
  std::map<std::string, uint32_t> ids;
  for (const std::string &value : values) {
    auto [at, added] = ids.try_emplace(value, static_cast<uint32_t>(column.pool.size()));
    if (added) column.pool.push_back(value);
    column.ids.push_back(at->second);
  }
  column.nulls.assign(values.size(), 0);
  return column;
}

inline std::vector<uint32_t> own_entities(size_t rows) {
  std::vector<uint32_t> entity(rows);
  for (size_t i = 0; i < rows; ++i) entity[i] = static_cast<uint32_t>(i);
  return entity;
}

inline Table table_of(const Column &column, const std::string &name = "things") {
  Table table;
  table.schema = "public";
  table.name = name;
  table.columns = {column};
  return table;
}

// The codec of a column whose rows are entities of their own.
inline Codec learn(const Column &column, Encoding encoding, const SourceColumn &values, int min_count = 8) {
  ColumnPlan plan;
  plan.encoding = encoding;
  return make_codec(table_of(column), column, plan, values, own_entities(values.size()), static_cast<uint32_t>(values.size()), min_count);
}

// `n` values drawn from the marginal of the codes.
inline ValueColumn draw(const Codec &codec, const Column &column, size_t n, uint64_t seed = 1) {
  ValueColumn out;
  out.repr = codec.repr;
  out.resize(n);
  std::vector<Code> codes;
  for (size_t c = 0; c < codec.counts.size(); ++c) codes.insert(codes.end(), codec.counts[c], static_cast<Code>(c));
  for (size_t i = 0; i < n; ++i) {
    Stream random(seed, 1, i, 1);
    Code code = codes.empty() ? null_code : codes[random.below(codes.size())];
    decode(codec, column, code, random, out, i);
  }
  return out;
}

inline Encoding chosen(const Column &column, const SourceColumn &values, const std::string &table = "things", bool unique = false) {
  std::string reason;
  return choose_encoding(table_of(column, table), column, values, own_entities(values.size()), static_cast<uint32_t>(values.size()), 8,
                         unique, reason);
}

}  // namespace relsynth::core::testing
