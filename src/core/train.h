// train: plan + sample -> model.
#pragma once

#include <functional>

#include "core/model.h"
#include "core/parallel.h"
#include "core/plan.h"

namespace relsynth::core {

struct Membership;

struct TrainOptions {
  uint64_t seed = 0;
  int threads = 1;
  Poll poll;
  TreeOptions tree;
  // Called before each table, for progress.
  std::function<void(int table)> starting;
  // Leaves entities out, for the membership benchmark.
  Membership *membership = nullptr;
};

// Trains every table of the plan; columns in parallel. `data` may be freed table by table by the caller afterwards.
Model train(const Schema &schema, const Plan &plan, const SourceData &data, const TrainOptions &options);

}  // namespace relsynth::core
