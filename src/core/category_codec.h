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

// Draws the value of a code that stands for kept values; false for the rare code.
bool draw_category(const CategoryCodec &category, Code code, Stream &random, ValueColumn &out, size_t row);

// Puts the i-th kept value and returns its code.
Code put_category(const CategoryCodec &category, size_t i, ValueColumn &out, size_t row);

// Kept values, and the codes that stand for them; the code of the i-th.
size_t category_size(const CategoryCodec &category);
size_t category_codes(const CategoryCodec &category);
Code category_code(const CategoryCodec &category, size_t i);

// Gives texts that share codes other ones: group[i] is that of texts[i], numbered from 0 in the order of the codes.
void regroup(Codec &codec, const std::vector<uint32_t> &group);

}  // namespace relsynth::core
