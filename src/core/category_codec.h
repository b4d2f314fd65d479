// encode, categories: values that enough entities share get a code each, the others one together.
#pragma once

#include <vector>

#include "core/codec.h"

namespace relsynth::core {

// Fills codec.category (and shapes or number for the rare values) from the rows that are not NULL, in the order of their entities.
void learn_category(Codec &codec, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &rows,
                    const std::vector<uint32_t> &entity, uint32_t threshold);

// The one value of a constant column.
void learn_constant(Codec &codec, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &rows);

// Adds the codes of all rows.
void encode_category(const Codec &codec, const SourceColumn &values, std::vector<Code> &codes);

// Draws the value of a code that stands for a kept value; false for the rare code.
bool draw_category(const CategoryCodec &category, Code code, ValueColumn &out, size_t row);

size_t category_size(const CategoryCodec &category);

}  // namespace relsynth::core
