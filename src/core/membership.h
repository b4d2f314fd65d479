// membership: the white-box attack that test/bench/membership measures. Some entities are left out of training; what the model's own
// likelihood, summed over all that belongs to an entity, tells of who was in it is what the model remembers.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/data.h"
#include "core/tree.h"

namespace relsynth::core {

struct TrainSet;

struct Membership {
  double held_share = 0.5;
  uint64_t seed = 0;

  // One conditional: its rows on both sides and the sums of their log-likelihoods.
  struct Step {
    int table, column;  // -1: a key or a number of children
    size_t rows[2] = {0, 0};
    double sum[2] = {0, 0};  // [0] of training rows, [1] of those left out
  };
  std::vector<Step> steps;
  std::vector<uint8_t> held;                // per entity of the whole database
  std::vector<double> log_likelihood;       // the same
  std::vector<std::vector<uint32_t>> root;  // per table and row: its entity

  // Numbers the entities and picks those to leave out.
  void divide(const TrainSet &set, const std::vector<int> &order);
  // Of `rows` of the table (empty: all), those of training entities.
  std::vector<uint32_t> training_rows(int table, const std::vector<uint32_t> &rows) const;
  // A column of training entities alone, and the entity of each of its rows.
  std::pair<SourceColumn, std::vector<uint32_t>> training_column(int table, const SourceColumn &all,
                                                                 const std::vector<uint32_t> &entity) const;
  // Adds what a conditional says of `target`, the codes of `rows` (empty: all); features are of all rows of the table.
  void add(int table, int column, const Conditional &conditional, const std::vector<Feature> &features, std::span<const Code> target,
           const std::vector<uint32_t> &rows);
  // Chance that an entity of the training has a higher likelihood than one left out; ties count half.
  double auc() const;

 private:
  std::mutex mutex_;
};

}  // namespace relsynth::core
