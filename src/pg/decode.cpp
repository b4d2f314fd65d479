// decode: datum -> Cell. Fixed-width types directly, text after detoasting, numeric from its digits, the rest by its output function.
#include "pg/decode.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "core/random.h"

#include "pg/encoding.h"
#include "pg/guard.h"

namespace relsynth::pg {

namespace {

Form form_of(const core::Column &column) {
  switch (column.base_oid) {
    case BOOLOID: return Form::Bool;
    case INT2OID: return Form::Int2;
    case INT4OID: return Form::Int4;
    case OIDOID: return Form::Oid;
    case DATEOID: return Form::Date;
    case FLOAT4OID: return Form::Float4;
    case FLOAT8OID: return Form::Float8;
    case NUMERICOID: return Form::Numeric;
    case BPCHAROID: return Form::Padded;
    case BYTEAOID: return Form::Bytea;
    case NAMEOID: return Form::Name;
    case CHAROID: return Form::Char;
    case INT8OID:
    case CASHOID:
    case TIMEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID: return Form::Int8;
    default: break;
  }
  return column.cls == core::TypeClass::Text ? Form::Varlena : Form::Output;
}

int64_t date_days(DateADT date) {
  if (DATE_IS_NOBEGIN(date)) return std::numeric_limits<int64_t>::min();
  if (DATE_IS_NOEND(date)) return std::numeric_limits<int64_t>::max();
  return date;
}

// The double that prints as the float4 does: 0.1 stays 0.1, so that values keep their grid.
double widen(float value) {
  char text[32];
  std::to_chars_result end = std::to_chars(text, text + sizeof text, value);
  double wide = value;
  if (std::isfinite(value)) std::from_chars(text, end.ptr, wide);
  return wide;
}

// A numeric as it is stored: base-10000 digits behind a short or a long header (utils/adt/numeric.c; on-disk, so it does not change).
struct Digits {
  uint16_t special = 0;  // the header of NaN and infinities, else 0
  bool negative = false;
  int weight = 0, scale = 0, count = 0;
  const char *data = nullptr;
  int operator[](int i) const {
    int16_t digit;
    memcpy(&digit, data + 2 * i, sizeof digit);
    return digit;
  }
};

Digits read_digits(const char *data, size_t size) {
  Digits d;
  uint16_t header;
  memcpy(&header, data, sizeof header);
  size_t skip = 2;
  if ((header & 0xC000) == 0xC000) {
    d.special = header & 0xF000;
    return d;
  }
  if (header & 0x8000) {
    d.negative = header & 0x2000;
    d.scale = (header & 0x1F80) >> 7;
    d.weight = (header & 0x0040 ? ~0x003F : 0) | (header & 0x003F);
  } else {
    d.negative = (header & 0xC000) == 0x4000;
    d.scale = header & 0x3FFF;
    int16_t weight;
    memcpy(&weight, data + 2, sizeof weight);
    d.weight = weight;
    skip = 4;
  }
  d.count = static_cast<int>((size - skip) / 2);
  d.data = data + skip;
  return d;
}

constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// A mantissa below 2^53 times or over a power of ten up to 10^22: both exact as doubles, so one operation rounds correctly.
bool to_double(const Digits &d, int64_t mantissa, double &out) {
  int exponent = 4 * (d.weight - d.count + 1);
  if (mantissa >= (int64_t{1} << 53) || exponent > 22 || exponent < -22) return false;
  double m = static_cast<double>(mantissa);
  out = exponent >= 0 ? m * powers[exponent] : m / powers[-exponent];
  if (d.negative) out = -out;
  return true;
}

bool to_integer(const Digits &d, int64_t mantissa, int64_t &out) {
  int steps = d.weight - d.count + 1;
  if (steps < 0) return false;
  while (steps-- > 0)
    if (__builtin_mul_overflow(mantissa, int64_t{10000}, &mantissa)) return false;
  out = d.negative ? -mantissa : mantissa;
  return true;
}

double special_value(uint16_t special) {
  if (special == 0xD000) return std::numeric_limits<double>::infinity();
  if (special == 0xF000) return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

// Digits after the point that say something: numbers are stored without base-10000 digits of 0 at the end.
int needed_scale(const Digits &d) {
  int scale = d.count == 0 ? 0 : 4 * (d.count - 1 - d.weight);
  for (int last = d.count == 0 ? 0 : d[d.count - 1]; scale > 0 && last > 0 && last % 10 == 0; last /= 10) --scale;
  return std::max(scale, 0);
}

void decode_numeric(Datum value, Cell &cell) {
  struct varlena *packed = PG_DETOAST_DATUM_PACKED(value);
  Digits d = read_digits(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
  if (d.special) {
    cell.number = special_value(d.special);
    cell.hash = core::hash_float(cell.number);
    return;
  }
  cell.scale = d.scale;
  cell.needed_scale = needed_scale(d);
  int64_t mantissa = 0;
  bool small = true;
  for (int i = 0; i < d.count && small; ++i)
    small = !__builtin_mul_overflow(mantissa, int64_t{10000}, &mantissa) && !__builtin_add_overflow(mantissa, int64_t{d[i]}, &mantissa);
  if (d.count == 0) {
    cell.number = 0;
  } else if (!small || !to_double(d, mantissa, cell.number)) {
    cell.number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
  }
  int64_t integer = 0;
  if (d.count == 0 || (small && to_integer(d, mantissa, integer)))
    cell.hash = core::hash_int(integer);
  else if (small && mantissa < (int64_t{1} << 53))
    cell.hash = core::hash_float(cell.number);
  else
    cell.hash =
        core::combine(core::hash_name({d.data, 2 * static_cast<size_t>(d.count)}), 2 * static_cast<uint64_t>(d.weight) + d.negative);
}

// The first `most` bytes; what is stored out of line is fetched only so far.
struct varlena *beginning(Datum value, int most) {
  if (toast_raw_datum_size(value) <= static_cast<Size>(most) + VARHDRSZ) return PG_DETOAST_DATUM_PACKED(value);
  return PG_DETOAST_DATUM_SLICE(value, 0, most);
}

void take_utf8(Cell &cell) {
  const Bytes text = to_utf8({cell.text, cell.length});
  cell.text = text.data;
  cell.length = text.size;
}

void decode_text(Datum value, bool padded, Cell &cell) {
  struct varlena *packed = beginning(value, longest_text);
  cell.text = VARDATA_ANY(packed);
  cell.length = VARSIZE_ANY_EXHDR(packed);
  // A cut in the middle of a character takes the whole character away.
  if (cell.length == static_cast<size_t>(longest_text))
    cell.length = static_cast<size_t>(pg_mbcliplen(cell.text, static_cast<int>(cell.length), longest_text));
  if (padded)
    while (cell.length > 0 && cell.text[cell.length - 1] == ' ') --cell.length;
  take_utf8(cell);
}

// As byteaout prints in its hex format.
void decode_bytea(Datum value, Cell &cell) {
  struct varlena *packed = beginning(value, longest_bytes);
  size_t size = VARSIZE_ANY_EXHDR(packed);
  char *text = static_cast<char *>(palloc(2 * size + 2));
  text[0] = '\\';
  text[1] = 'x';
  cell.text = text;
  cell.length = 2 + static_cast<size_t>(hex_encode(VARDATA_ANY(packed), size, text + 2));
}

}  // namespace

std::vector<Decoder> make_decoders(const core::Table &table, const std::vector<int> &columns) {
  std::vector<Decoder> decoders(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const core::Column &column = table.columns[columns[i]];
    Decoder &decoder = decoders[i];
    decoder.form = form_of(column);
    decoder.repr = core::repr_of(column.cls);
    Oid type = column.base_oid;
    FmgrInfo *output = &decoder.output;
    call([=] {
      Oid function;
      bool varlena;
      getTypeOutputInfo(type, &function, &varlena);
      fmgr_info(function, output);
    });
  }
  return decoders;
}

void decode(Decoder &decoder, Datum value, bool null, Cell &cell) {
  cell.null = null;
  if (null) return;
  switch (decoder.form) {
    case Form::Bool: cell.integer = DatumGetBool(value); return;
    case Form::Int2: cell.integer = DatumGetInt16(value); return;
    case Form::Int4: cell.integer = DatumGetInt32(value); return;
    case Form::Int8: cell.integer = DatumGetInt64(value); return;
    case Form::Oid: cell.integer = DatumGetObjectId(value); return;
    case Form::Date: cell.integer = date_days(DatumGetDateADT(value)); return;
    case Form::Float4: cell.number = widen(DatumGetFloat4(value)); return;
    case Form::Float8: cell.number = DatumGetFloat8(value); return;
    case Form::Numeric: decode_numeric(value, cell); return;
    case Form::Varlena: decode_text(value, false, cell); return;
    case Form::Padded: decode_text(value, true, cell); return;
    case Form::Bytea: decode_bytea(value, cell); return;
    case Form::Name:
      cell.text = NameStr(*DatumGetName(value));
      cell.length = strlen(cell.text);
      take_utf8(cell);
      return;
    case Form::Char:
    case Form::Output: print(decoder, value, false, cell); return;
  }
}

void print(Decoder &decoder, Datum value, bool null, Cell &cell) {
  cell.null = null;
  if (null) return;
  cell.text = OutputFunctionCall(&decoder.output, value);
  cell.length = strlen(cell.text);
  take_utf8(cell);
}

uint64_t hash_cell(const Cell &cell, const Decoder &decoder, const core::Column &type) {
  if (cell.null) return core::hash_null;
  if (decoder.form == Form::Numeric) return cell.hash;
  switch (decoder.repr) {
    case core::Repr::Int: return core::hash_int(cell.integer);
    case core::Repr::Float: return core::hash_float(cell.number);
    case core::Repr::Text: break;
  }
  return core::hash_text({cell.text, cell.length}, type);
}

}  // namespace relsynth::pg
