// rules: what holds in (nearly) all rows of the sample and is held in the rows drawn. Input: settled encodings, sample; output: ColumnPlan::rule
// and the drawing order; for train, which alternative of its rule each row takes.
//
// A rule needs evidence: it counts only what independent columns would not bring about by chance, in distinct entities.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/model.h"
#include "core/rule.h"
#include "core/rule_values.h"
#include "core/trainset.h"

namespace relsynth::core {

// Codes of a rule's step: no input is known; drawn by itself; 2 + i: by factor i.
inline constexpr Code rule_unknown = 0, rule_own = 1, rule_first = 2;

// A share in percent, with one decimal at most and never more than there is.
std::string percent_text(double share);

// Whether config turns the rule of a column off.
bool without_rule(const Plan &plan, const Schema &schema, int table, int column);

// Sets the rules of a table's columns, whose encodings and order stand, and moves columns behind what they follow from.
void find_rules(Plan &plan, const Schema &schema, const SourceData &data, int table);

// The best copy for a column; Kind::None if there is none. Of the row itself only columns before `column` in the table are looked at.
Rule find_copy(const Plan &plan, const Schema &schema, const SourceData &data, const std::vector<RuleWay> &ways, int table, int column);

// A column or a parent that the column is a function of, the one with the fewest values; `bases` are the columns of the row that may be.
Rule find_lookup(const Plan &plan, const Schema &schema, const SourceData &data, const std::vector<RuleWay> &ways, int table, int column,
                 const std::vector<int> &bases);

// A sum or product of some `inputs` of the row, and of its parents' columns, that the column is; with `inverse`, differences and ratios.
Rule find_formula(const Plan &plan, const Schema &schema, const SourceData &data, const std::vector<RuleWay> &ways, int table, int column,
                  const std::vector<int> &inputs, bool inverse);

// The time between two of the row's or its parents' `times` that the column counts, in seconds, hours, days ...
Rule find_span(const Plan &plan, const Schema &schema, const SourceData &data, const std::vector<RuleWay> &ways, int table, int column,
               const std::vector<int> &times);

// Those of the columns that are totals over rows of another table, which refer to the rows of this one.
std::vector<std::pair<int, Rule>> find_totals(const Plan &plan, const Schema &schema, const SourceData &data, int table,
                                              std::vector<int> columns);

// One row's share of a total; `input` gives the values of the child columns. NaN where one of them is NULL.
double total_share(const Rule &rule, const std::function<double(size_t)> &input);

// What a Sum or Product comes to, not rounded; `input` gives the values of its inputs.
double formula_value(const Rule &rule, const std::function<double(size_t)> &input);

// The column, of those drawn `before`, that tells whether this one is NULL.
PresenceRule find_presence(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column,
                           const std::vector<int> &before);
Presence learn_presence(const TrainSet &set, int table, int column);

// Fills lookup and values; the rows that tell what follows from the other inputs, one of each.
std::vector<uint32_t> learn_lookup(const TrainSet &set, int table, int column, const std::vector<Codec> &codecs, RuleModel &model);

// Of the candidates, those that are functions of a lookup's input.
std::vector<FeatureRef> lookup_candidates(const Plan &plan, int table, const RuleInput &input, std::vector<FeatureRef> candidates);

// "copy of customers.city".
std::string describe(const Rule &rule, const Schema &schema, int table);
std::string describe(const PresenceRule &rule, const Schema &schema, int table);
// "in 96 % of 830 rows, 91 entities".
std::string evidence(const Rule &rule);
std::string evidence(const PresenceRule &rule);

// The step's code for every row of the training set.
std::vector<Code> rule_codes(const TrainSet &set, int table, int column);

}  // namespace relsynth::core
