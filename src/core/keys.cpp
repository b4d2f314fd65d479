// keys: values of key columns of generated rows. Input: structure, kept values; output: values copied into foreign keys, and their hashes.
#include "core/keys.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/civil.h"
#include "core/relative.h"

namespace relsynth::core {

void HashSet::grow() {
  std::vector<uint64_t> old(std::max<size_t>(64, slots_.size() * 2), 0);
  old.swap(slots_);
  size_t mask = slots_.size() - 1;
  for (uint64_t hash : old) {
    if (hash == 0) continue;
    size_t i = hash & mask;
    while (slots_[i] != 0) i = (i + 1) & mask;
    slots_[i] = hash;
  }
}

bool HashSet::insert(uint64_t hash) {
  if (hash == 0) hash = 1;
  if ((size_ + 1) * 3 > slots_.size() * 2) grow();
  size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  for (; slots_[i] != 0; i = (i + 1) & mask)
    if (slots_[i] == hash) return false;
  slots_[i] = hash;
  ++size_;
  return true;
}

bool HashSet::contains(uint64_t hash) const {
  if (slots_.empty()) return false;
  if (hash == 0) hash = 1;
  size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask; slots_[i] != 0; i = (i + 1) & mask)
    if (slots_[i] == hash) return true;
  return false;
}

// Closes the gap by moving later entries of the run back, so that probing needs no marks of the deleted.
void HashSet::erase(uint64_t hash) {
  if (hash == 0) hash = 1;
  if (!contains(hash)) return;
  size_t mask = slots_.size() - 1;
  size_t hole = hash & mask;
  while (slots_[hole] != hash) hole = (hole + 1) & mask;
  for (size_t i = (hole + 1) & mask; slots_[i] != 0; i = (i + 1) & mask) {
    if (((i - slots_[i]) & mask) < ((i - hole) & mask)) continue;  // its run begins after the hole
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = 0;
  --size_;
}

std::string uuid_text(Stream &random) {
  uint64_t high = (random.next() & 0xffffffffffff0fffULL) | 0x4000ULL;
  uint64_t low = (random.next() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(36, '-');
  for (int i = 0, at = 0; i < 32; ++i, ++at) {
    if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
    uint64_t half = i < 16 ? high : low;
    text[at] = digits[(half >> (60 - 4 * (i % 16))) & 15];
  }
  return text;
}

namespace {

bool is_infinite(int64_t v) { return v == std::numeric_limits<int64_t>::min() || v == std::numeric_limits<int64_t>::max(); }

int64_t convert_int(int64_t value, TypeClass from, TypeClass to) {
  if (is_infinite(value)) return value;
  if (from == TypeClass::Date && is_timestamp(to)) return value * usecs_per_day;
  if (is_timestamp(from) && to == TypeClass::Date) return day_of(value);
  return value;
}

std::string trimmed(const std::string &text) {
  size_t end = text.find_last_not_of(' ');
  return end == std::string::npos ? std::string() : text.substr(0, end + 1);
}

std::string print(double value, int decimals, int padded) {
  char buffer[400];
  decimals = std::clamp(decimals, 0, 60);
  int n = std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  if (n <= 0 || n >= static_cast<int>(sizeof buffer)) return std::to_string(value);
  for (; padded >= 0 && decimals > padded && buffer[n - 1] == '0'; --decimals) --n;
  return std::string(buffer, decimals == 0 && buffer[n - 1] == '.' ? n - 1 : n);
}

void convert_text(const std::string &text, ValueColumn &to, size_t row) {
  if (to.repr == Repr::Int) to.ints[row] = std::strtoll(text.c_str(), nullptr, 10);
  if (to.repr == Repr::Float) to.floats[row] = std::strtod(text.c_str(), nullptr);
}

ValueColumn one_value(Repr repr) {
  ValueColumn column;
  column.repr = repr;
  column.resize(1);
  return column;
}

// A value for a moment, per representation and thread.
ValueColumn &scratch(Repr repr) {
  thread_local ValueColumn columns[3] = {one_value(Repr::Int), one_value(Repr::Float), one_value(Repr::Text)};
  return columns[static_cast<int>(repr)];
}

void set_int(int64_t value, TypeClass from, ValueColumn &to, size_t row, const Column &type) {
  to.nulls[row] = 0;
  if (to.repr == Repr::Int) to.ints[row] = convert_int(value, from, type.cls);
  if (to.repr == Repr::Float) to.floats[row] = static_cast<double>(value);
  if (to.repr == Repr::Text) to.texts[row] = std::to_string(value);
}

// Values kept of a column: the model's for fixed tables; nullptr when the value follows from the structure.
const ValueColumn *stored(const World &world, int table, int column, size_t row) {
  const auto &all = world.tables[table].fixed ? world.model.tables[table].kept_values : world.tables[table].values;
  if (static_cast<size_t>(column) >= all.size() || row >= all[column].size()) return nullptr;
  if (!world.tables[table].fixed && row >= world.tables[table].kept_rows()) return nullptr;
  return &all[column];
}

}  // namespace

void convert(const ValueColumn &from, size_t from_row, const Column &from_type, ValueColumn &to, size_t row, const Column &to_type) {
  if (from.nulls[from_row]) {
    to.set_null(row);
    return;
  }
  to.nulls[row] = 0;
  switch (from.repr) {
    case Repr::Int: set_int(from.ints[from_row], from_type.cls, to, row, to_type); return;
    case Repr::Float:
      if (to.repr == Repr::Int) to.ints[row] = static_cast<int64_t>(std::llround(from.floats[from_row]));
      if (to.repr == Repr::Float) to.floats[row] = from.floats[from_row];
      if (to.repr == Repr::Text) to.texts[row] = print(from.floats[from_row], from.decimals, from.padded);
      return;
    case Repr::Text: break;
  }
  const std::string &text = from.texts[from_row];
  if (to.repr != Repr::Text)
    convert_text(text, to, row);
  else
    to.texts[row] = from_type.blank_padded != to_type.blank_padded ? trimmed(text) : text;
}

namespace {

// Key columns that are not stored: they follow from the row number and the structure.
void structural_key(const World &world, int table, int column, size_t row, const Column &type, ValueColumn &to, size_t out) {
  const Column &own = world.schema.tables[table].columns[column];
  switch (world.plan.tables[table].columns[column].role) {
    case ColumnRole::Serial: {
      const TableState &state = world.tables[table];
      const bool listed = static_cast<size_t>(column) < state.serials.size() && row < state.serials[column].size();
      set_int(listed ? state.serials[column][row] : state.first_serial[column] + static_cast<int64_t>(row), own.cls, to, out, type);
      return;
    }
    case ColumnRole::Uuid: {
      Stream random(world.options.seed, world.tables[table].name, row, static_cast<uint64_t>(column));
      to.nulls[out] = 0;
      if (to.repr == Repr::Text) to.texts[out] = uuid_text(random);
      return;
    }
    case ColumnRole::LineNumber: set_int(static_cast<int64_t>(place_of(world.tables[table], row).position), own.cls, to, out, type); return;
    default: break;
  }
  size_t index = 0;
  int fk = writer_of(world, table, row, column, index);
  if (fk < 0) {
    to.set_null(out);
    return;
  }
  const ForeignKey &key = world.key(table, fk);
  copy_key(world, key.parent, key.parent_columns[index], world.tables[table].parents[fk][row], type, to, out);
}

}  // namespace

void copy_key(const World &world, int parent, int column, size_t parent_row, const Column &type, ValueColumn &to, size_t row) {
  const ValueColumn *values = stored(world, parent, column, parent_row);
  if (!values) return structural_key(world, parent, column, parent_row, type, to, row);
  convert(*values, parent_row, world.schema.tables[parent].columns[column], to, row, type);
}

double stored_number(const World &world, int table, int column, size_t row) {
  const Column &type = world.schema.tables[table].columns[column];
  const ValueColumn *values = stored(world, table, column, row);
  if (values) return number_at(*values, row, type.cls);
  ValueColumn &one = scratch(repr_of(type.cls));
  copy_key(world, table, column, row, type, one, 0);
  return number_at(one, 0, type.cls);
}

uint64_t key_hash(const World &world, int parent, int column, size_t parent_row, const Column &type) {
  const ValueColumn *values = stored(world, parent, column, parent_row);
  if (values && values->repr == repr_of(type.cls) && world.schema.tables[parent].columns[column].cls == type.cls)
    return hash_value(*values, parent_row, type);
  ValueColumn &to = scratch(repr_of(type.cls));
  copy_key(world, parent, column, parent_row, type, to, 0);
  return hash_value(to, 0, type);
}

bool referencable(const World &world, const ForeignKey &key, size_t parent_row) {
  const auto &inside = world.tables[key.parent].inside;
  if (!inside.empty()) {
    auto found = inside.find(static_cast<int>(&key - world.schema.foreign_keys.data()));
    if (found != inside.end() && parent_row < found->second.size() && !found->second[parent_row]) return false;
  }
  for (int column : key.parent_columns) {
    const ValueColumn *values = stored(world, key.parent, column, parent_row);
    if (values && values->nulls[parent_row]) return false;
  }
  return true;
}

int writer_of(const World &world, int table, size_t row, int column, size_t &index) {
  const TableState &state = world.tables[table];
  for (int f = 0; f < static_cast<int>(state.parents.size()); ++f) {
    if (row >= state.parents[f].size() || state.parents[f][row] < 0) continue;
    const ForeignKey &key = world.key(table, f);
    // A self reference repeats what another key wrote in a column that is part of both; by itself it is not yet known.
    for (size_t i = 0; i < key.child_columns.size(); ++i) {
      if (key.child_columns[i] != column) continue;
      if (key.self() && key.parent_columns[i] == column) continue;
      index = i;
      return f;
    }
  }
  return -1;
}

uint64_t foreign_hash(const World &world, int table, size_t row, int column) {
  size_t index = 0;
  int fk = writer_of(world, table, row, column, index);
  if (fk < 0) return hash_null;
  const ForeignKey &key = world.key(table, fk);
  return key_hash(world, key.parent, key.parent_columns[index], world.tables[table].parents[fk][row],
                  world.schema.tables[table].columns[column]);
}

}  // namespace relsynth::core
