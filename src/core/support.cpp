#include "core/support.h"

#include <algorithm>

namespace relsynth::core {

uint32_t support_threshold(uint32_t entities, int min_count, bool personal) {
  uint32_t least = static_cast<uint32_t>(std::max(1, min_count));
  return personal ? std::max(2u, least) : std::clamp<uint32_t>(entities / 16, std::min(2u, least), least);
}

std::vector<uint32_t> rows_by_entity(const std::vector<uint8_t> &nulls, const std::vector<uint32_t> &entity, uint32_t entities) {
  uint32_t top = entities;
  for (size_t row = 0; row < nulls.size(); ++row) top = std::max(top, entity_of(entity, row) + 1);
  std::vector<uint32_t> begin(static_cast<size_t>(top) + 1, 0);
  for (size_t row = 0; row < nulls.size(); ++row)
    if (!nulls[row]) ++begin[entity_of(entity, row) + 1];
  for (size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<uint32_t> rows(begin.back());
  for (size_t row = 0; row < nulls.size(); ++row)
    if (!nulls[row]) rows[begin[entity_of(entity, row)]++] = static_cast<uint32_t>(row);
  return rows;
}

std::vector<uint32_t> thin(const std::vector<uint32_t> &rows, size_t limit) {
  if (rows.size() <= limit) return rows;
  std::vector<uint32_t> some(limit);
  for (size_t i = 0; i < limit; ++i) some[i] = rows[i * rows.size() / limit];
  return some;
}

}  // namespace relsynth::core
