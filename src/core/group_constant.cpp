// Input: plan with drivers and encodings, sampled values; output: ColumnPlan::constant.
#include "core/group_constant.h"

#include <unordered_map>

#include "core/relative.h"

namespace relsynth::core {

namespace {

constexpr size_t least_groups = 50;       // of two rows or more
constexpr double constant_share = 0.995;  // of these
constexpr double most_chance = 0.9;       // that two rows have the same value anyway

// A value as a number; NULL is one of its own.
double value_of(const SourceColumn &values, size_t row, TypeClass cls) {
  if (values.nulls[row]) return -1e300;
  return values.repr == Repr::Text ? values.ids[row] : number_at(values, row, cls);
}

double chance(const SourceColumn &values, TypeClass cls) {
  std::unordered_map<double, double> rows;
  for (size_t r = 0; r < values.size(); ++r) ++rows[value_of(values, r, cls)];
  double sum = 0;
  for (const auto &[value, n] : rows) sum += n * n;
  return sum / static_cast<double>(values.size()) / static_cast<double>(values.size());
}

bool constant(const SourceColumn &values, TypeClass cls, const std::vector<int32_t> &parents, size_t groups) {
  std::vector<uint32_t> rows(groups, 0);
  std::vector<double> first(groups, 0);
  std::vector<uint8_t> varies(groups, 0);
  for (size_t r = 0; r < values.size(); ++r) {
    if (parents[r] < 0) continue;
    double value = value_of(values, r, cls);
    if (rows[parents[r]]++ == 0) first[parents[r]] = value;
    // NaN is like no other value.
    if (!(value == first[parents[r]])) varies[parents[r]] = 1;
  }
  size_t several = 0, same = 0;
  for (size_t g = 0; g < groups; ++g) {
    several += rows[g] > 1;
    same += rows[g] > 1 && !varies[g];
  }
  return several >= least_groups && static_cast<double>(same) >= constant_share * static_cast<double>(several) &&
         chance(values, cls) <= most_chance;
}

}  // namespace

void find_constants(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  TablePlan &p = plan.tables[table];
  const SourceTable &source = data.tables[table];
  if (p.role != TableRole::Learn || p.driver < 0) return;
  const std::vector<int32_t> &parents = source.parents[p.driver];
  size_t groups = 0;
  for (int32_t up : parents) groups = std::max(groups, static_cast<size_t>(std::max(up + 1, 0)));
  std::vector<uint8_t> in_key(p.columns.size(), 0);
  for (const UniqueKey &key : schema.tables[table].keys)
    for (int c : key.columns)
      if (c >= 0) in_key[c] = 1;
  for (int c : p.column_order) {
    if (p.columns[c].rule.kind != Rule::Kind::None) continue;
    if (p.columns[c].encoding == Encoding::Constant || in_key[c] || source.columns[c].size() != parents.size()) continue;
    if (!constant(source.columns[c], schema.tables[table].columns[c].cls, parents, groups)) continue;
    p.columns[c].constant = true;
    p.columns[c].reason += (p.columns[c].reason.empty() ? "" : "; ") + std::string("the same in all rows of a group");
  }
}

}  // namespace relsynth::core
