// What train makes and generate needs, as one value: it can be stored, sent elsewhere and read again (model_store.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/definition.h"
#include "core/model.h"
#include "core/plan.h"
#include "core/schema.h"

namespace relsynth::core {

struct Trained {
  // What is told of a table beside the rows that it gets.
  struct Summary {
    int64_t rows = 0;  // of the source
    std::string notes;
  };
  std::string name;
  std::string encoding;  // of the database: that of all texts
  Schema schema;
  Definition definition;
  Plan plan;
  Model model;
  std::vector<Summary> summaries;  // per Schema::tables
};

}  // namespace relsynth::core
