#include "pg/result.h"

#include "pg/guard.h"

namespace relsynth::pg {

void begin_rows(FunctionCallInfo fcinfo) {
  call([=] {
#if PG_VERSION_NUM >= 160000
    InitMaterializedSRF(fcinfo, 0);
#else
    SetSingleFuncCall(fcinfo, 0);
#endif
  });
}

void put_rows(FunctionCallInfo fcinfo, const std::vector<TextRow> &rows) {
  ReturnSetInfo *set = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
  AttInMetadata *meta = call([=] { return TupleDescGetAttInMetadata(set->setDesc); });
  for (const TextRow &row : rows) {
    std::vector<char *> cells;
    for (const Text &cell : row) cells.push_back(cell ? const_cast<char *>(cell->c_str()) : nullptr);
    char **values = cells.data();
    call([=] {
      HeapTuple tuple = BuildTupleFromCStrings(meta, values);
      tuplestore_puttuple(set->setResult, tuple);
      heap_freetuple(tuple);
    });
  }
}

Text text_argument(FunctionCallInfo fcinfo, int position) {
  if (PG_ARGISNULL(position)) return std::nullopt;
  struct Bytes {
    const char *data;
    int size;
  };
  Bytes bytes = call([=] {
    text *t = PG_GETARG_TEXT_PP(position);
    return Bytes{VARDATA_ANY(t), static_cast<int>(VARSIZE_ANY_EXHDR(t))};
  });
  return std::string(bytes.data, bytes.size);
}

std::vector<Text> text_array_argument(FunctionCallInfo fcinfo, int position) {
  struct Elements {
    Datum *values;
    bool *nulls;
    int count;
  };
  const Elements elements = call([=] {
    Elements e;
    deconstruct_array(PG_GETARG_ARRAYTYPE_P(position), TEXTOID, -1, false, TYPALIGN_INT, &e.values, &e.nulls, &e.count);
    return e;
  });
  std::vector<Text> out;
  for (int i = 0; i < elements.count; ++i) {
    const Datum value = elements.values[i];
    out.push_back(elements.nulls[i] ? Text() : Text(call([=] { return static_cast<const char *>(TextDatumGetCString(value)); })));
  }
  return out;
}

std::string array_literal(const std::vector<std::string> &items) {
  std::string out = "{";
  for (const std::string &item : items) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (char c : item) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

}  // namespace relsynth::pg
