// train, what its files share: the trainer, which takes the sample to a model table by table, and the conditionals it is to fit.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/relative.h"
#include "core/train.h"
#include "core/trainset.h"

namespace relsynth::core {

// A conditional to fit on the rows of a table.
struct Fit {
  std::vector<FeatureRef> candidates;
  std::vector<Code> own_target;  // where the target is no column of the training set
  std::span<const Code> target;
  bool ordered = true;
  std::vector<FeatureRef> *features;
  Conditional *conditional;
  std::vector<uint32_t> rows = {};  // of the table that it is fitted on; empty: all
  int column = -1;                  // that it draws
  bool boost = true;
  std::vector<float> *again = nullptr;  // where its codes may recur in groups more or less often than it knows
};

class Trainer {
 public:
  Trainer(const Schema &schema, const Plan &plan, const SourceData &data, const TrainOptions &options)
      : schema_(schema),
        plan_(plan),
        data_(data),
        options_(options),
        set_(make_train_set(schema, plan, data, options.poll)),
        order_(order()) {}

  Model train();

 private:
  bool used(int table) const { return plan_.tables[table].role != TableRole::Skip; }
  bool learned(int table) const { return plan_.tables[table].role == TableRole::Learn; }
  std::vector<int> order() const;
  void run(size_t jobs, size_t rows, const std::function<void(size_t, const Poll &)> &work) const;
  // Codecs, codes, keys and kept rows: train_codes.cpp
  Encoding encoding_of(int table, int column) const;
  Encoding kept_encoding(int table, int column) const;
  void encode_all();
  void encode_column(int table, int column);
  void group_categories(int table);
  void learn_keys(int table);
  void keep_rows(int table);
  void find_all_sisters();
  // What is to be fitted: train_steps.cpp
  void add_steps(int table, std::deque<Fit> &fits);
  void find_history(int table);
  void make_history(int table);
  bool recurs(int table, const Fit &fit) const;
  void add_relatives(int table, std::deque<Fit> &fits);
  void add_grains(int table, std::deque<Fit> &fits);
  void add_rules(int table, std::deque<Fit> &fits);
  void add_lookup(int table, ColumnModel &step, std::deque<Fit> &fits);
  void leave_ruled_rows(int table, int column, Fit &fit) const;
  struct Found {
    Differences relative, chain, guard;
  };
  Differences learn_relative(int table, int column, const BaseRef &base, const std::vector<int> &partners, bool first,
                             std::optional<Relative> &relative) const;
  void try_linear(int table, ColumnModel &step, const TreeOptions &tree, const Poll &poll, Found &found) const;
  Found find_differences(int table, ColumnModel &step, const Poll &poll) const;
  void weigh_times(int table);
  void add_nulls(int table, std::deque<Fit> &fits);
  void add_counts(int parent, std::deque<Fit> &fits);
  void learn_affinity(int table);
  // Fitting: train.cpp
  void fit_all(int table, std::deque<Fit> &fits) const;
  void fit_members(int table, Fit &fit, const std::vector<Feature> &features, const TreeOptions &tree, const Poll &poll) const;
  TreeOptions tree_options(int table) const;

  const Schema &schema_;
  const Plan &plan_;
  const SourceData &data_;
  const TrainOptions &options_;
  TrainSet set_;
  std::vector<int> order_;
  Model model_;
};

}  // namespace relsynth::core
