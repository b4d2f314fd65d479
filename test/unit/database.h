// Small databases for tests of train: integer columns, foreign keys, a settled plan.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/model.h"
#include "core/plan.h"

namespace relsynth::core::test {

struct TrainingData {
  Schema schema;
  Plan plan;
  SourceData data;

  int table(const std::string &name, size_t rows, TableRole role = TableRole::Learn) {
    int t = static_cast<int>(schema.tables.size());
    schema.tables.emplace_back();
    schema.tables[t].schema = "public";
    schema.tables[t].name = name;
    plan.tables.emplace_back();
    plan.tables[t].role = role;
    plan.order.push_back(t);
    SourceTable &source = data.tables.emplace_back();
    source.rows = source.total_rows = rows;
    for (size_t r = 0; r < rows; ++r) source.entity.push_back(static_cast<uint32_t>(r));
    source.entities = static_cast<uint32_t>(rows);
    return t;
  }

  // A column of small integers; negative values are NULL.
  int column(int t, const std::vector<int64_t> &values, Encoding encoding = Encoding::Number) {
    int c = static_cast<int>(schema.tables[t].columns.size());
    Column &column = schema.tables[t].columns.emplace_back();
    column.name = "c" + std::to_string(c);
    column.cls = TypeClass::Int;
    ColumnPlan &p = plan.tables[t].columns.emplace_back();
    p.encoding = encoding;
    p.role = encoding == Encoding::None ? ColumnRole::Serial : ColumnRole::Model;
    if (encoding != Encoding::None) plan.tables[t].column_order.push_back(c);
    SourceColumn &source = data.tables[t].columns.emplace_back();
    for (int64_t v : values) {
      source.ints.push_back(v < 0 ? 0 : v);
      source.nulls.push_back(v < 0);
    }
    return c;
  }

  // A foreign key along a key column of its own; the driver's entities become the child's.
  int key(int child, int parent, FkRole role, const std::vector<int32_t> &parents, bool nullable = false) {
    int position = static_cast<int>(schema.tables[child].foreign_keys.size());
    ForeignKey &key = schema.foreign_keys.emplace_back();
    key.name = "fk" + std::to_string(schema.foreign_keys.size());
    key.child = child;
    key.parent = parent;
    key.parent_columns = {0};
    key.nullable = nullable;
    schema.tables[child].foreign_keys.push_back(static_cast<int>(schema.foreign_keys.size()) - 1);
    plan.tables[child].fk_roles.push_back(role);
    SourceTable &source = data.tables[child];
    source.parents.push_back(parents);
    size_t nulls = 0;
    for (int32_t p : parents) nulls += p == no_parent;
    source.null_share.push_back(parents.empty() ? 0 : static_cast<double>(nulls) / static_cast<double>(parents.size()));
    if (role == FkRole::Driver) {
      plan.tables[child].driver = position;
      source.entities = 0;
      uint32_t next = data.tables[parent].entities;
      for (size_t r = 0; r < parents.size(); ++r) source.entity[r] = parents[r] >= 0 ? data.tables[parent].entity[parents[r]] : next++;
      source.entities = next;
    }
    return position;
  }
};

// The code of an integer value in a column of the model.
inline Code code_of(const Codec &codec, int64_t value) {
  SourceColumn one;
  one.ints = {value < 0 ? 0 : value};
  one.nulls = {value < 0};
  return encode(codec, one)[0];
}

// Features that a test fixes; all others are missing.
struct Given {
  FeatureRef ref;
  Code code;
};

// p(code | given features).
inline double probability(const std::vector<FeatureRef> &features, const Conditional &conditional, const std::vector<Given> &given,
                          Code code) {
  std::vector<Code> x(features.size(), missing_code);
  for (size_t i = 0; i < features.size(); ++i)
    for (const Given &g : given)
      if (g.ref == features[i]) x[i] = g.code;
  return std::exp(conditional.log_likelihood(x.data(), code));
}

inline bool uses(const std::vector<FeatureRef> &features, const FeatureRef &ref) {
  for (const FeatureRef &f : features)
    if (f == ref) return true;
  return false;
}

}  // namespace relsynth::core::test
