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
