#include "pg/spi.h"

#include "pg/interrupt.h"
#include "pg/scope.h"

namespace relsynth::pg {

namespace {

struct Parameters {
  std::vector<Oid> types;
  std::vector<Datum> values;
  std::string nulls;
};

Parameters text_parameters(const std::vector<Text> &parameters) {
  Parameters p;
  for (const Text &text : parameters) {
    p.types.push_back(TEXTOID);
    p.nulls += text ? ' ' : 'n';
    const char *data = text ? text->data() : nullptr;
    int length = text ? static_cast<int>(text->size()) : 0;
    p.values.push_back(data ? call([=] { return PointerGetDatum(cstring_to_text_with_len(data, length)); }) : Datum(0));
  }
  return p;
}

struct CopiedTable {
  SPITupleTable *table;
  uint64 rows;
  int columns;
};

}  // namespace

std::vector<TextRow> query(const std::string &sql, const std::vector<Text> &parameters) {
  MemoryScope memory("relsynth query");
  Parameters p = text_parameters(parameters);
  const char *text = sql.c_str();
  int n = static_cast<int>(p.types.size());
  Oid *types = p.types.data();
  Datum *values = p.values.data();
  const char *nulls = p.nulls.c_str();
  CopiedTable result = call([=] {
    int code = SPI_execute_with_args(text, n, types, values, nulls, true, 0);
    if (code < 0) elog(ERROR, "query failed: %s", SPI_result_code_string(code));
    return CopiedTable{SPI_tuptable, SPI_processed, SPI_tuptable ? SPI_tuptable->tupdesc->natts : 0};
  });
  std::vector<TextRow> rows;
  rows.reserve(result.rows);
  for (uint64 r = 0; r < result.rows; ++r) {
    if (r % 1024 == 0) check_interrupts();
    TextRow &row = rows.emplace_back();
    for (int c = 1; c <= result.columns; ++c) {
      const char *value = call([=] { return static_cast<const char *>(SPI_getvalue(result.table->vals[r], result.table->tupdesc, c)); });
      if (value)
        row.emplace_back(value);
      else
        row.emplace_back(std::nullopt);
    }
  }
  if (result.table) call([=] { SPI_freetuptable(result.table); });
  return rows;
}

uint64_t execute(const std::string &sql) {
  const char *text = sql.c_str();
  return call([=]() -> uint64_t {
    int code = SPI_execute(text, false, 0);
    if (code < 0) elog(ERROR, "command failed: %s", SPI_result_code_string(code));
    if (SPI_tuptable) SPI_freetuptable(SPI_tuptable);
    return SPI_processed;
  });
}

std::string quote_name(std::string_view name) {
  std::string copy(name);
  const char *text = copy.c_str();
  return call([=] { return quote_identifier(text); });
}

std::string quote_name(std::string_view schema, std::string_view name) { return quote_name(schema) + "." + quote_name(name); }

std::string quote_literal(std::string_view text) {
  std::string out;
  bool escape = text.find('\\') != std::string_view::npos;
  if (escape) out += "E";
  out += '\'';
  for (char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out += '\'';
}

std::vector<std::string> parse_array(const Text &array) {
  std::vector<std::string> out;
  if (!array || array->size() < 2) return out;
  const std::string &s = *array;
  std::string item;
  bool quoted = false, had_quotes = false, any = false;
  for (size_t i = 1; i + 1 < s.size(); ++i) {
    char c = s[i];
    any = true;
    if (c == '\\' && i + 2 < s.size()) {
      item += s[++i];
    } else if (c == '"') {
      quoted = !quoted;
      had_quotes = true;
    } else if (c == ',' && !quoted) {
      out.push_back(!had_quotes && item == "NULL" ? "" : item);
      item.clear();
      had_quotes = false;
    } else {
      item += c;
    }
  }
  if (any) out.push_back(!had_quotes && item == "NULL" ? "" : item);
  return out;
}

std::vector<int> parse_int_vector(const Text &array) {
  std::vector<int> out;
  if (!array) return out;
  std::string number;
  for (char c : *array + " ") {
    if ((c >= '0' && c <= '9') || c == '-') {
      number += c;
    } else if (!number.empty()) {
      out.push_back(std::stoi(number));
      number.clear();
    }
  }
  return out;
}

}  // namespace relsynth::pg
