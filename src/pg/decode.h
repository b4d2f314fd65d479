// Datums of a row -> plain values that C++ takes over. Everything here but make_decoders and hash_cell is PostgreSQL's side of a crossing: it
// may longjmp and creates no C++ object.
#pragma once

#include <cstdint>
#include <vector>

#include "core/data.h"

#include "pg/pg.h"

namespace relsynth::pg {

// One value; text points into the row or into the memory context of the call.
struct Cell {
  bool null = true;
  int scale = 0;         // display scale of a numeric
  int needed_scale = 0;  // the same less its trailing zeros
  int64_t integer = 0;
  double number = 0;
  uint64_t hash = 0;  // of a numeric, exact where `number` is rounded
  const char *text = nullptr;
  size_t length = 0;
};

// Of longer text and bytea values only the beginning is read: a document of megabytes tells a model nothing more.
inline constexpr int longest_text = 64 * 1024, longest_bytes = 32 * 1024;

// How a column's datums are held.
enum class Form : uint8_t { Bool, Int2, Int4, Int8, Oid, Date, Float4, Float8, Numeric, Varlena, Padded, Bytea, Name, Char, Output };

struct Decoder {
  Form form = Form::Output;
  core::Repr repr = core::Repr::Text;
  FmgrInfo output;
};

// Decoders of the columns; what they allocate lives in the current memory context.
std::vector<Decoder> make_decoders(const core::Table &table, const std::vector<int> &columns);

void decode(Decoder &decoder, Datum value, bool null, Cell &cell);

// The value as the type's output function prints it.
void print(Decoder &decoder, Datum value, bool null, Cell &cell);

// As core::hash_value of the stored value; `type` gives text its equality.
uint64_t hash_cell(const Cell &cell, const Decoder &decoder, const core::Column &type);

}  // namespace relsynth::pg
