// Schemas by hand, for unit tests.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/schema.h"

namespace relsynth::core::test {

// Collects tables and foreign keys by name; schema() resolves them as the catalog would.
class SchemaBuilder {
 public:
  SchemaBuilder &table(const std::string &name, double rows = 5000, const std::string &schema = "s") {
    Table t;
    t.schema = schema;
    t.name = name;
    t.estimated_rows = rows;
    tables_.push_back(t);
    return *this;
  }
  // A trailing '?' makes the column nullable.
  SchemaBuilder &column(std::string name, TypeClass cls = TypeClass::Int) {
    Column c;
    c.not_null = name.back() != '?';
    if (!c.not_null) name.pop_back();
    c.name = name;
    c.cls = cls;
    c.attnum = static_cast<int16_t>(tables_.back().columns.size() + 1);
    tables_.back().columns.push_back(c);
    return *this;
  }
  Column &last() { return tables_.back().columns.back(); }
  Table &current() { return tables_.back(); }
  SchemaBuilder &key(const std::vector<std::string> &columns, bool primary = false) {
    UniqueKey k;
    k.name = tables_.back().name + (primary ? "_pkey" : "_key" + std::to_string(tables_.back().keys.size()));
    k.primary = primary;
    for (const std::string &c : columns) k.columns.push_back(tables_.back().column_index(c));
    tables_.back().keys.push_back(k);
    return *this;
  }
  SchemaBuilder &primary(const std::vector<std::string> &columns) { return key(columns, true); }
  // A table with an integer primary key "id".
  SchemaBuilder &entity(const std::string &name, double rows = 5000) { return table(name, rows).column("id").primary({"id"}); }
  // From columns of the current table; they must exist.
  SchemaBuilder &references(const std::vector<std::string> &columns, const std::string &parent, const std::vector<std::string> &to = {"id"},
                            const std::string &name = {}) {
    std::string fk = name.empty() ? tables_.back().name + "_" + columns.back() + "_fkey" : name;
    links_.push_back({fk, tables_.back().name, parent, columns, to, false});
    return *this;
  }
  SchemaBuilder &deferrable() {
    links_.back().deferrable = true;
    return *this;
  }
  // A column of its own and the key on it.
  SchemaBuilder &refers(const std::string &column_name, const std::string &parent) {
    column(column_name);
    return references({last().name}, parent);
  }
  SchemaBuilder &shuffle(unsigned seed) {
    std::mt19937 random(seed);
    std::shuffle(tables_.begin(), tables_.end(), random);
    std::shuffle(links_.begin(), links_.end(), random);
    return *this;
  }
  Schema schema() const {
    Schema s;
    s.names = {"s"};
    s.tables = tables_;
    for (const Link &l : links_) {
      ForeignKey fk;
      fk.name = l.name;
      fk.child = index(l.child);
      fk.parent = index(l.parent);
      fk.deferrable = l.deferrable;
      for (const std::string &c : l.columns) fk.child_columns.push_back(s.tables[fk.child].column_index(c));
      for (const std::string &c : l.to) fk.parent_columns.push_back(s.tables[fk.parent].column_index(c));
      for (int c : fk.child_columns) fk.nullable = fk.nullable || !s.tables[fk.child].columns[c].not_null;
      s.tables[fk.child].foreign_keys.push_back(static_cast<int>(s.foreign_keys.size()));
      s.foreign_keys.push_back(fk);
    }
    return s;
  }
  int index(const std::string &name) const {
    for (size_t i = 0; i < tables_.size(); ++i)
      if (tables_[i].name == name) return static_cast<int>(i);
    return -1;
  }

 private:
  struct Link {
    std::string name, child, parent;
    std::vector<std::string> columns, to;
    bool deferrable;
  };
  std::vector<Table> tables_;
  std::vector<Link> links_;
};

inline int table_at(const Schema &schema, const std::string &name) {
  for (size_t i = 0; i < schema.tables.size(); ++i)
    if (schema.tables[i].name == name) return static_cast<int>(i);
  return -1;
}

inline int key_at(const Schema &schema, const std::string &name) {
  for (size_t i = 0; i < schema.foreign_keys.size(); ++i)
    if (schema.foreign_keys[i].name == name) return static_cast<int>(i);
  return -1;
}

}  // namespace relsynth::core::test
