// unique: plain unique keys of drawn rows: which rows repeat a key, and other values for them.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/domain.h"
#include "core/rows.h"

namespace relsynth::core {

// The unique keys of one table while its rows are drawn and kept. A row's final values are those of its first draw that repeats no key of an
// earlier row, whatever the blocks.
class KeyChecker {
 public:
  KeyChecker(World &world, int table, RowDrawer &drawer);

  // Rows that repeat a key of a kept row or of an earlier row of the block.
  std::vector<Rejection> check(const Block &block) const;

  // Draws the rejected rows again: rows that repeat a key until they do not, others once.
  void redraw(Block &block, const std::vector<Rejection> &rejections);

  void keep(const Block &block);

 private:
  struct Key {
    KeyParts parts;
    std::string name;
    std::vector<int> columns;
    std::vector<int> choices;  // drawn choice keys among them
    std::vector<int> dealt;    // other Further keys among them that stand in no other unique key and share no column: may move at last
    std::vector<int> drawn;    // columns among them that can be drawn again
    std::vector<size_t> near;  // this key and those that share such columns with it: positions in keys_
    bool nulls_not_distinct = false;
    bool wished = false;  // of a grid: gives way where it cannot be kept
    std::shared_ptr<const Domain> domain;
    HashSet used;
    HashSet full;  // hashes of the columns that stay, where the domain has no value left
  };
  // Parents along a key and their numbers of children.
  struct Degrees {
    std::vector<uint32_t> children;
    std::vector<int32_t> idle;  // have none, or had none
  };
  // Hash of a row's key; 0 where a NULL frees it.
  uint64_t hash(const Block &block, size_t r, const Key &key) const;
  uint64_t fixed_hash(const Block &block, size_t r, const Key &key) const;
  uint64_t column_hash(const Block &block, size_t r, int column, int owner) const;
  bool free(const Block &block, size_t r, const Key &key, const std::vector<HashSet> &local) const;
  void add(const Block &block, size_t r, std::vector<HashSet> &local) const;
  void search(Block &block, size_t r, Key &key, const std::vector<HashSet> &local);
  void search_wished(Block &block, size_t r, const Key &key, const std::vector<HashSet> &local);
  bool set_null(Block &block, size_t r, const Key &key);
  void refuse(Block &block, size_t r, const Rejection &rejection);
  void find_near();
  bool try_value(Block &block, size_t r, const Key &key, const Domain &domain, const std::vector<int> &choices, uint64_t index);
  bool movable(int fk, const Key &key) const;
  bool move_dealt(Block &block, size_t r, const Key &key, const std::vector<HashSet> &local, uint64_t most);
  void move_loose(Block &block, size_t r, int fk, uint64_t attempt);
  int32_t idle_parent(int fk, Stream &random);
  Degrees &degrees(int fk);
  void find_arcs();
  void wish_grids();
  bool settled(size_t row, int column) const;
  void note_late(const Block &block);

  World &world_;
  int table_;
  const Table &schema_;
  TableState &state_;
  RowDrawer &drawer_;
  std::vector<int> arcs_;                      // nullable keys, one child a parent: not loose, but may move to a parent without a child
  std::map<int, Degrees> degrees_;             // of loose keys and arcs that had to move
  std::vector<Key> keys_;                      // those that rows can break
  std::vector<Key> late_;                      // those that close() completes
  std::set<std::pair<size_t, int>> given_up_;  // wishes of rows
  // Redraws so far, per row and position of the unique key; -1: for any other constraint.
  std::map<std::pair<size_t, int>, uint64_t> attempts_;
};

}  // namespace relsynth::core
