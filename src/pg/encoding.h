// encoding: texts of the server's encoding <-> UTF-8, in which core sees characters. SQL_ASCII says nothing of its bytes: they stay as they are.
#pragma once

#include <string>

#include "pg/pg.h"

namespace relsynth::pg {

struct Bytes {
  const char *data = nullptr;
  size_t size = 0;
};

// Guarded. A text of the server as UTF-8; itself where it cannot be converted. What it allocates lives in the current memory context.
Bytes to_utf8(Bytes text);

// Guarded. A UTF-8 text, or bytes that to_utf8() left as they were, in the server's encoding; false when that has no such characters.
bool from_utf8(Bytes text, Bytes *out);

// A text of the server as UTF-8.
std::string utf8_of(const std::string &text);

}  // namespace relsynth::pg
