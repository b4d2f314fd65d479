// train, foreign keys: numbers of children, choices among kept rows, the forest of a self reference, NULLs. Conditionals are fitted by
// train.cpp; here are their targets and what is counted.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model.h"
#include "core/trainset.h"

namespace relsynth::core {

// Fewest distinct entities that must share a thing for the model to hold it: min_count, but 2 in a table of few entities.
uint32_t least_support(int min_count, uint32_t entities);

// Share of NULL along a foreign key over the whole source.
double null_share(const TrainSet &set, int table, int fk);

// Steps and mean of the numbers of children of the rows `rows` of `parent` (all of them when empty); returns the code of each. A count that
// few parents have stays as it is where `backed` says so of the parent: enough entities stand behind it. (train_counts.cpp)
std::vector<Code> learn_counts(const TrainSet &set, int parent, const std::vector<uint32_t> &counts, const std::vector<uint32_t> &rows,
                               const std::vector<uint8_t> &backed, CountModel &model);

// Rows of the parent whose children along a key come from enough entities, none of which has most of them. (train_counts.cpp)
std::vector<uint8_t> backed_parents(const TrainSet &set, int child, int fk);

// Children per parent over the whole source, where the scan has counted both tables; else the sample's mean.
double mean_children(const TrainSet &set, int child, int fk, const std::vector<uint32_t> &counts);

// choice, choice_rows, choice_counts and other_weight of a choice key; returns the choice code of every row.
std::vector<Code> learn_choice(const TrainSet &set, int table, int fk, ForeignKeyModel &model);

// Blocks of the parents along a Further key that follow what is known of the row; none when nothing does. (train_blocks.cpp)
void learn_blocks(const TrainSet &set, int table, int fk, const TreeOptions &options, const Poll &poll, BlockModel &model);

// Keys before a Further one whose parent is often the same. (train_blocks.cpp)
std::vector<SameParent> learn_same(const TrainSet &set, int table, int fk);

// How parents repeat within a group; no tree where they do no more often than by chance. (train_paths.cpp)
void learn_repeats(const TrainSet &set, int table, int fk, const TreeOptions &options, const Poll &poll, RepeatModel &model);

// Ancestors along a Further key that are those along other keys of the row. (train_paths.cpp)
std::vector<PathRule> learn_paths(const TrainSet &set, int table, int fk);

// How rows refer to earlier rows of their group. (train_trees.cpp)
void learn_group_tree(const TrainSet &set, int table, int fk, const TreeOptions &options, const Poll &poll, GroupTreeModel &model);

// depth_share, self_loop_share, cyclic_share and fan_out of a self reference.
void learn_forest(const TrainSet &set, int table, int fk, ForeignKeyModel &model);

}  // namespace relsynth::core
