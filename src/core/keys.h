// keys: values of key columns of generated rows. Input: structure, kept values; output: values copied into foreign keys, and their hashes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/world.h"

namespace relsynth::core {

// A set of 64-bit hashes, open addressing; 8 to 16 bytes an entry.
class HashSet {
 public:
  // False if it was there already.
  bool insert(uint64_t hash);
  bool contains(uint64_t hash) const;
  void erase(uint64_t hash);
  size_t size() const { return size_; }
  size_t memory() const { return slots_.capacity() * sizeof(uint64_t); }
  void clear() {
    std::vector<uint64_t>().swap(slots_);
    size_ = 0;
  }

 private:
  void grow();
  std::vector<uint64_t> slots_;  // 0: free
  size_t size_ = 0;
};

// A random uuid, version 4.
std::string uuid_text(Stream &random);

// Converts a value between the representations that two columns of a foreign key may have.
void convert(const ValueColumn &from, size_t from_row, const Column &from_type, ValueColumn &to, size_t row, const Column &to_type);

// Copies the key value of a row of `parent` into a foreign key column of type `type`.
void copy_key(const World &world, int parent, int column, size_t parent_row, const Column &type, ValueColumn &to, size_t row);

// Hash of what copy_key would copy; hash_null for NULL.
// A number or time of a row that is stored; NaN for NULL.
double stored_number(const World &world, int table, int column, size_t row);

uint64_t key_hash(const World &world, int parent, int column, size_t parent_row, const Column &type);

// Whether every referenced column of foreign key `key`, one of the schema's, is known and not NULL in the parent row, and the row is in the
// partition that the key refers to.
bool referencable(const World &world, const ForeignKey &key, size_t parent_row);

// The foreign key position that writes `column` in a row: one that holds the column and is not NULL; -1 none. `index`: of the column in it.
int writer_of(const World &world, int table, size_t row, int column, size_t &index);

// Hash of a foreign key column's value in a row, from the structure alone; hash_null where every key on it is NULL or not assigned yet.
uint64_t foreign_hash(const World &world, int table, size_t row, int column);

}  // namespace relsynth::core
