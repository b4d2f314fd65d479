// Models by hand and a runner for tests of sample: draws a whole database and checks its keys.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "build_schema.h"
#include "core/graph.h"
#include "core/plan.h"
#include "core/sample.h"
#include "core/tree.h"

namespace relsynth::core::test {

inline Codec number_codec(int64_t low, int64_t high, int bins) {
  Codec codec;
  codec.encoding = Encoding::Number;
  codec.repr = Repr::Int;
  codec.ordered = true;
  codec.number.integral = true;
  codec.number.step = 1;
  for (int i = 0; i < bins; ++i) {
    NumberCodec::Bin bin;
    bin.low = static_cast<double>(low + (high - low + 1) * i / bins);
    bin.high = static_cast<double>(low + (high - low + 1) * (i + 1) / bins - 1);
    for (int q = 0; q < 5; ++q) bin.quantiles[q] = bin.low + (bin.high - bin.low) * q / 4;
    codec.number.bins.push_back(bin);
  }
  codec.codes = 1 + bins;
  codec.counts.assign(codec.codes, 10);
  codec.counts[0] = 0;
  return codec;
}

inline Codec category_codec(int values) {
  Codec codec;
  codec.encoding = Encoding::Category;
  codec.repr = Repr::Text;
  for (int i = 0; i < values; ++i) codec.category.texts.push_back("v" + std::to_string(i));
  codec.codes = 1 + values;
  codec.counts.assign(codec.codes, 10);
  codec.counts[0] = 0;
  return codec;
}

inline Conditional uniform_conditional(int codes, std::vector<Code> extra = {}) {
  std::vector<Code> target = std::move(extra);
  for (int c = 1; c < codes; ++c) target.insert(target.end(), 10, static_cast<Code>(c));
  std::vector<uint32_t> entity(target.size());
  for (size_t i = 0; i < entity.size(); ++i) entity[i] = static_cast<uint32_t>(i);
  return fit_conditional({}, target, true, entity, {}, {});
}

// Counts spread around `mean`, a good share of them zero.
inline CountModel count_model(double mean) {
  CountModel model;
  int64_t top = std::max<int64_t>(1, std::llround(mean * 3));
  int codes = static_cast<int>(std::min<int64_t>(top + 1, 20));
  for (int64_t count = 0; count <= top; ++count)
    model.steps.push_back({static_cast<uint32_t>(count), count == 0 ? 30u : 10u, static_cast<Code>(1 + count * codes / (top + 1))});
  model.conditional = uniform_conditional(codes + 1, std::vector<Code>(20, 1));
  model.mean = mean;
  return model;
}

struct Database {
  Schema schema;
  Plan plan;
  Model model;
  SampleOptions options;
  std::vector<Block> tables;  // after draw_all

  // A value as text; "NULL" for NULL.
  std::string text(int table, int column, size_t row) const {
    const ValueColumn &v = tables[table].columns[column];
    if (v.nulls[row]) return "NULL";
    if (v.repr == Repr::Int) return std::to_string(v.ints[row]);
    if (v.repr == Repr::Float) return std::to_string(v.floats[row]);
    return v.texts[row];
  }
  std::string text(int table, const std::vector<int> &columns, size_t row) const {
    std::string all;
    for (int c : columns) all += text(table, c, row) + "|";
    return all;
  }
  bool any_null(int table, const std::vector<int> &columns, size_t row) const {
    for (int c : columns)
      if (tables[table].columns[c].nulls[row]) return true;
    return false;
  }
};

// Columns: Int numbers 1..1000, Text "cat..." five categories, other Text patterns. Foreign keys: a tenth NULL where they may be.
inline void make_model(Database &db) {
  const Schema &schema = db.schema;
  db.model.tables.resize(schema.tables.size());
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    const Table &table = schema.tables[t];
    TableModel &model = db.model.tables[t];
    model.role = db.plan.tables[t].role;
    model.source_rows = static_cast<size_t>(table.estimated_rows);
    model.codecs.resize(table.columns.size());
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (db.plan.tables[t].columns[c].role != ColumnRole::Model) continue;
      Codec codec = number_codec(1, 1000, 20);
      if (table.columns[c].cls == TypeClass::Text) {
        codec = category_codec(5);
        if (table.columns[c].name.rfind("cat", 0) != 0) codec.encoding = Encoding::Pattern;
      }
      model.codecs[c] = codec;
      std::vector<Code> nulls(table.columns[c].not_null ? 0 : 20, null_code);
      ColumnModel step{static_cast<int>(c), -1, {}, uniform_conditional(codec.codes, nulls)};
      if (db.plan.tables[t].driver >= 0) {
        // Low after high and high after low, so that history shows.
        std::vector<Code> before, target;
        for (int i = 0; i < 4000; ++i) {
          bool high = i % 2;
          before.push_back(static_cast<Code>(high ? codec.codes / 2 + 1 : 1));
          target.push_back(static_cast<Code>(high ? 1 + i / 2 % 2 : codec.codes - 1 - i / 2 % 2));
        }
        std::vector<uint32_t> entity(before.size());
        for (size_t i = 0; i < entity.size(); ++i) entity[i] = static_cast<uint32_t>(i);
        step.features = {{FeatureRef::Kind::Previous, -1, static_cast<int>(c)}};
        step.conditional = fit_conditional({{before.data(), true}}, target, true, entity, {}, {});
      }
      model.columns.push_back(step);
    }
    for (size_t f = 0; f < table.foreign_keys.size(); ++f) {
      const ForeignKey &key = schema.foreign_keys[table.foreign_keys[f]];
      ForeignKeyModel fk;
      fk.role = db.plan.tables[t].fk_roles[f];
      fk.null_share = key.nullable ? 0.1 : 0;
      double parents = std::max(1.0, schema.tables[key.parent].estimated_rows);
      fk.children = count_model(table.estimated_rows * (1 - fk.null_share) / parents);
      fk.depth_share = {0.2, 0.3, 0.3, 0.2};
      for (double mean : {1.5, 1.0, 0.7}) fk.fan_out.push_back(count_model(mean));
      fk.self_loop_share = key.nullable ? 0 : 1;
      model.foreign_keys.push_back(fk);
    }
  }
}

inline Database make_database(const SchemaBuilder &builder, double scale = 1, const Config &config = {}) {
  Database db;
  db.schema = builder.schema();
  Problems problems;
  PlanOptions options;
  options.scale = scale;
  db.plan = make_plan(db.schema, build_graph(db.schema), config, options, problems);
  EXPECT_TRUE(problems.empty()) << (problems.empty() ? "" : problems[0].message);
  db.options.seed = 42;
  db.options.scale = scale;
  make_model(db);
  return db;
}

inline void append(Block &to, const Block &from) {
  if (to.columns.empty()) {
    to = from;
    return;
  }
  to.rows += from.rows;
  for (size_t c = 0; c < to.columns.size(); ++c) {
    size_t at = to.columns[c].size();
    if (from.columns[c].size() == 0) continue;
    to.columns[c].resize(at + from.rows);
    for (size_t r = 0; r < from.rows; ++r) to.columns[c].copy(at + r, from.columns[c], r);
    to.codes[c].insert(to.codes[c].end(), from.codes[c].begin(), from.codes[c].end());
  }
}

// Draws every table as the writer would, `block` rows at a time; with several threads the next ones in the background.
inline void draw_all(Database &db, size_t block = 1000, int threads = 1) {
  db.options.threads = threads;
  db.tables.assign(db.schema.tables.size(), {});
  Sampler sampler(db.schema, db.plan, db.model, db.options);
  std::map<int, std::vector<Block>> waiting;
  for (int t : db.plan.order) {
    sampler.begin(t);
    std::vector<Block> blocks;
    auto end_of = [&](size_t first) { return threads > 1 ? sampler.block_end(t, first, block) : std::min(first + block, sampler.rows(t)); };
    for (size_t first = 0, end = 0; first == 0 || first < sampler.rows(t); first = std::max<size_t>(end, 1)) {
      end = end_of(first);
      Block b = sampler.draw(t, first, end - first);
      if (threads > 1) sampler.draw_ahead(t, end, end_of(end) - end);
      std::vector<Rejection> rejected = sampler.check_keys(b);
      for (int attempt = 1; !rejected.empty() && attempt < 1000; ++attempt) {
        sampler.redraw(b, rejected, attempt);
        rejected = sampler.check_keys(b);
      }
      ASSERT_TRUE(rejected.empty()) << rejected[0].constraint;
      sampler.keep(b);
      blocks.push_back(std::move(b));
    }
    waiting[t] = std::move(blocks);
    sampler.end(t);
    for (auto &[table, all] : waiting) {
      if (all.empty() || sampler.deferred(table)) continue;
      for (Block &b : all) {
        sampler.close(b);
        append(db.tables[table], b);
      }
      all.clear();
    }
  }
}

// NOT NULL, unique and foreign keys of everything drawn.
inline void check_all(const Database &db) {
  for (size_t t = 0; t < db.schema.tables.size(); ++t) {
    const Table &table = db.schema.tables[t];
    int id = static_cast<int>(t);
    size_t rows = db.tables[t].rows;
    for (size_t c = 0; c < table.columns.size() && rows > 0; ++c) {
      ASSERT_EQ(db.tables[t].columns[c].size(), rows) << table.name << "." << table.columns[c].name;
      for (size_t r = 0; r < rows; ++r) {
        bool wrong = table.columns[c].not_null && db.tables[t].columns[c].nulls[r];
        ASSERT_FALSE(wrong) << table.name << "." << table.columns[c].name << " row " << r;
      }
    }
    for (const UniqueKey &key : table.keys) {
      std::set<std::string> seen;
      for (size_t r = 0; r < rows; ++r) {
        bool free = !key.nulls_not_distinct && db.any_null(id, key.columns, r);
        ASSERT_TRUE(free || seen.insert(db.text(id, key.columns, r)).second) << key.name << " " << db.text(id, key.columns, r);
      }
    }
    for (int f : table.foreign_keys) {
      const ForeignKey &key = db.schema.foreign_keys[f];
      std::set<std::string> parents;
      for (size_t r = 0; r < db.tables[key.parent].rows; ++r) parents.insert(db.text(key.parent, key.parent_columns, r));
      for (size_t r = 0; r < rows; ++r) {
        bool found = db.any_null(id, key.child_columns, r) || parents.count(db.text(id, key.child_columns, r));
        ASSERT_TRUE(found) << key.name << " " << db.text(id, key.child_columns, r);
      }
    }
  }
}

inline bool same_rows(const Database &a, const Database &b) {
  for (size_t t = 0; t < a.tables.size(); ++t) {
    if (a.tables[t].rows != b.tables[t].rows) return false;
    for (size_t c = 0; c < a.tables[t].columns.size(); ++c)
      for (size_t r = 0; r < a.tables[t].rows; ++r)
        if (a.text(static_cast<int>(t), static_cast<int>(c), r) != b.text(static_cast<int>(t), static_cast<int>(c), r)) {
          ADD_FAILURE() << a.schema.tables[t].name << "." << a.schema.tables[t].columns[c].name << " row " << r;
          return false;
        }
  }
  return true;
}

}  // namespace relsynth::core::test
