// The two RowSinks behind write.h.
#pragma once

#include <memory>

#include "pg/write.h"

namespace relsynth::pg {

std::unique_ptr<RowSink> open_heap_sink(uint32_t relation);
std::unique_ptr<RowSink> open_copy_sink(uint32_t relation);

}  // namespace relsynth::pg
