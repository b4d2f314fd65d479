// Whether a model that was read can be used: everything that sample takes as an index, a length or a weight is within its bounds, whoever
// wrote it. What a number means is not judged: a model may draw nonsense, it must not break anything.
#pragma once

#include <span>
#include <string>

#include "core/trained.h"

namespace relsynth::core {

// Throws Error 22P03 that says what is wrong.
void check_model(const Trained &trained);

// Its parts (model_check_*.cpp).
void require(bool holds, const char *what);
inline bool is_index(int64_t i, size_t n) { return i >= 0 && static_cast<uint64_t>(i) < n; }
inline bool is_index_or_none(int64_t i, size_t n) { return i == -1 || is_index(i, n); }
bool is_share(double x);  // 0 to 1
bool is_finite(std::span<const float> values);

void check_schema(const Schema &schema);
void check_plan(const Schema &schema, const Plan &plan);
void check_definition(const Schema &schema, const Definition &definition);
void check_codec(const Codec &codec, const Column &column);
void check_number(const NumberCodec &codec);
void check_conditional(const Conditional &c, size_t features);
void check_table(const Trained &trained, int table);

// A rule, bound or base of a column, in the plan or in the model.
void check_input(const Schema &schema, const Plan &plan, int table, const RuleInput &input);
void check_base(const Schema &schema, const Plan &plan, int table, const BaseRef &base);
void check_rule(const Schema &schema, const Plan &plan, int table, int column, const Rule &rule);
// The table that a way along foreign key positions leads to.
int check_path(const Schema &schema, int table, const std::vector<int> &path);
bool is_number(const Column &column);

}  // namespace relsynth::core
