// Source databases by functions of the row number, for tests that follow a planted structure from settle to drawn rows.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/train.h"
#include "sample_support.h"

namespace relsynth::core::test {

template <class T>
using Values = std::function<std::optional<T>(size_t row)>;

// Tables with an integer primary key "id"; columns belong to the table named last.
class PlantedSource {
 public:
  PlantedSource &table(const std::string &name, size_t rows) {
    b_.entity(name, static_cast<double>(rows));
    SourceTable &t = data.tables.emplace_back();
    t.rows = t.total_rows = rows;
    SourceColumn id;
    for (size_t r = 0; r < rows; ++r) id.ints.push_back(static_cast<int64_t>(r + 1));
    id.nulls.assign(rows, 0);
    t.columns.push_back(id);
    return *this;
  }
  PlantedSource &ints(const std::string &name, const Values<int64_t> &values, TypeClass cls = TypeClass::Int) {
    return column(name, cls, Repr::Int, [&](SourceColumn &c, size_t r) { return put(c.ints, values(r), int64_t{0}); });
  }
  PlantedSource &numbers(const std::string &name, int decimals, const Values<double> &values) {
    column(name, TypeClass::Numeric, Repr::Float, [&](SourceColumn &c, size_t r) { return put(c.floats, values(r), 0.0); });
    data.tables.back().columns.back().decimals = decimals;
    return *this;
  }
  PlantedSource &texts(const std::string &name, const Values<std::string> &values) {
    return column(name, TypeClass::Text, Repr::Text, [&](SourceColumn &c, size_t r) {
      std::optional<std::string> value = values(r);
      auto found = std::find(c.pool.begin(), c.pool.end(), value.value_or(""));
      c.ids.push_back(static_cast<uint32_t>(found - c.pool.begin()));
      if (found == c.pool.end()) c.pool.push_back(value.value_or(""));
      return !value;
    });
  }
  PlantedSource &dates(const std::string &name, const Values<int64_t> &values) { return ints(name, values, TypeClass::Date); }
  PlantedSource &refers(const std::string &name, const std::string &parent, const std::function<int32_t(size_t)> &row) {
    ints(name, [&](size_t r) { return row(r) < 0 ? std::nullopt : std::optional<int64_t>(row(r) + 1); });
    b_.references({name}, parent);
    std::vector<int32_t> &parents = data.tables.back().parents.emplace_back();
    for (size_t r = 0; r < data.tables.back().rows; ++r) parents.push_back(row(r));
    return *this;
  }
  SchemaBuilder &builder() { return b_; }

  // Plans and settles, unless settle() has, and trains.
  Database learn(const TrainOptions &options = {}, const Config &config = {}) {
    if (plan.tables.empty()) settle(config);
    Database db;
    db.schema = schema;
    db.plan = plan;
    db.model = train(schema, plan, data, options);
    db.options.seed = 11;
    db.options.threads = options.threads;
    return db;
  }
  Database draw(const Config &config = {}, int threads = 1) {
    TrainOptions options;
    options.threads = threads;
    Database db = learn(options, config);
    draw_all(db, 700, threads);
    return db;
  }
  void settle(const Config &config = {}) {
    schema = b_.schema();
    Problems problems;
    plan = make_plan(schema, build_graph(schema), config, {}, problems);
    ASSERT_TRUE(problems.empty()) << problems[0].message;
    core::settle(plan, schema, data);
  }
  int at(const std::string &table, const std::string &name) const { return schema.tables[table_at(schema, table)].column_index(name); }
  const ColumnPlan &column(const std::string &table, const std::string &name) const {
    return plan.tables[table_at(schema, table)].columns[at(table, name)];
  }

  Schema schema;
  Plan plan;
  SourceData data;

 private:
  template <class T>
  static bool put(std::vector<T> &to, const std::optional<T> &value, T none) {
    to.push_back(value.value_or(none));
    return !value;
  }
  PlantedSource &column(const std::string &name, TypeClass cls, Repr repr, const std::function<bool(SourceColumn &, size_t)> &add) {
    SourceColumn c;
    c.repr = repr;
    bool nullable = false;
    for (size_t r = 0; r < data.tables.back().rows; ++r) {
      c.nulls.push_back(add(c, r));
      nullable = nullable || c.nulls.back();
    }
    b_.column(nullable ? name + "?" : name, cls);
    data.tables.back().columns.push_back(std::move(c));
    return *this;
  }

  SchemaBuilder b_;
};

// Plans, settles and trains on a source made by hand.
inline Database learn(const Schema &schema, SourceData &data, double scale = 1) {
  Database db;
  Problems problems;
  PlanOptions options;
  options.scale = scale;
  db.schema = schema;
  db.plan = make_plan(db.schema, build_graph(db.schema), {}, options, problems);
  EXPECT_TRUE(problems.empty());
  settle(db.plan, db.schema, data);
  db.model = train(db.schema, db.plan, data, {});
  db.options.scale = scale;
  db.options.seed = 5;
  return db;
}

// Values that are there for every row.
inline Values<int64_t> listed(std::vector<int64_t> values) {
  return [values = std::move(values)](size_t row) { return values[row]; };
}

// A number below n that depends on a row and a purpose.
inline int64_t chance(uint64_t row, uint64_t what, uint64_t n) { return static_cast<int64_t>(Stream(3, 1, row, what).below(n)); }

// A made-up word of its own.
inline std::string word(uint64_t row, uint64_t what) {
  std::string text;
  for (uint64_t i = 0; i < 8; ++i) text += static_cast<char>('a' + chance(row, what * 100 + i, 26));
  return text;
}

}  // namespace relsynth::core::test
