// How many distinct entities carry a value: the measure behind every threshold of the codecs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace relsynth::core {

// Rows and distinct entities of one value; rows are to be added in the order of their entities.
struct Support {
  uint32_t rows = 0, entities = 0;
  uint32_t last = UINT32_MAX;
  void add(uint32_t entity) {
    ++rows;
    if (entity != last) {
      last = entity;
      ++entities;
    }
  }
};

// Fewest entities that must share a value before it may be kept: min_count; in a small table a sixteenth of its entities, at least 2 (1 if that is min_count), for
// columns that are not personal, so that a table of some dozens of rows still has categories.
uint32_t support_threshold(uint32_t entities, int min_count, bool personal);

// The rows that are not NULL, in the order of their entities (stable).
std::vector<uint32_t> rows_by_entity(const std::vector<uint8_t> &nulls, const std::vector<uint32_t> &entity, uint32_t entities);

// At most `limit` of the rows, evenly spread; keeps the order.
std::vector<uint32_t> thin(const std::vector<uint32_t> &rows, size_t limit);

// Entity of a row; a row without one counts as its own.
inline uint32_t entity_of(const std::vector<uint32_t> &entity, size_t row) {
  return row < entity.size() ? entity[row] : static_cast<uint32_t>(row);
}

}  // namespace relsynth::core
