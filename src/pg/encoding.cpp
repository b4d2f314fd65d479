// encoding: texts of the server's encoding <-> UTF-8.
#include "pg/encoding.h"

#include <algorithm>

#include "pg/guard.h"

namespace relsynth::pg {

namespace {

// Guarded. Whether the text reads differently in UTF-8.
bool differs(Bytes text) {
  const int encoding = GetDatabaseEncoding();
  if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII) return false;
  return std::any_of(text.data, text.data + text.size, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

// Guarded. False where a character has no counterpart.
bool converted(Bytes text, int from, int to, Bytes *out) {
  if (text.size > MaxAllocSize / MAX_CONVERSION_GROWTH - 1) return false;
  const Oid conversion = FindDefaultConversionProc(from, to);
  if (!OidIsValid(conversion)) return false;
  const int most = static_cast<int>(text.size * MAX_CONVERSION_GROWTH + 1);
  unsigned char *buffer = static_cast<unsigned char *>(palloc(most));
  unsigned char *source = reinterpret_cast<unsigned char *>(const_cast<char *>(text.data));
  const int size = static_cast<int>(text.size);
  if (pg_do_encoding_conversion_buf(conversion, from, to, source, size, buffer, most, true) != size) return false;
  *out = {reinterpret_cast<char *>(buffer), strlen(reinterpret_cast<char *>(buffer))};
  return true;
}

bool valid(int encoding, Bytes text) { return pg_verify_mbstr(encoding, text.data, static_cast<int>(text.size), true); }

}  // namespace

Bytes to_utf8(Bytes text) {
  Bytes out = text;
  if (differs(text)) converted(text, GetDatabaseEncoding(), PG_UTF8, &out);
  return out;
}

bool from_utf8(Bytes text, Bytes *out) {
  *out = text;
  if (text.size >= MaxAllocSize / 4) return false;
  if (differs(text) && valid(PG_UTF8, text) && !converted(text, PG_UTF8, GetDatabaseEncoding(), out)) return false;
  return valid(GetDatabaseEncoding(), *out);
}

std::string utf8_of(const std::string &text) {
  const Bytes source{text.data(), text.size()};
  const Bytes out = call([=] { return to_utf8(source); });
  return {out.data, out.size};
}

}  // namespace relsynth::pg
