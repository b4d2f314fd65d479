#include "core/membership.h"

#include <algorithm>

#include "core/random.h"
#include "core/trainset.h"

namespace relsynth::core {

namespace {

constexpr double least_log = -16;  // of codes that no training row had: one row should not decide

}  // namespace

void Membership::divide(const TrainSet &set, const std::vector<int> &order) {
  root.resize(set.tables.size());
  uint32_t next = 0;
  for (int t : order) {
    int driver = set.fixed(t) ? -1 : set.plan.tables[t].driver;
    std::span<const int32_t> parents;
    if (driver >= 0) parents = set.parents(t, driver);
    root[t].resize(set.tables[t].rows);
    for (size_t r = 0; r < root[t].size(); ++r) {
      int32_t up = r < parents.size() ? parents[r] : no_parent;
      root[t][r] = up >= 0 ? root[set.key(t, driver).parent][up] : next++;
    }
  }
  log_likelihood.assign(next, 0);
  held.resize(next);
  for (uint32_t e = 0; e < next; ++e) held[e] = Stream(seed, hash_name("membership"), e, Purpose::Train).uniform() < held_share;
}

std::vector<uint32_t> Membership::training_rows(int table, const std::vector<uint32_t> &rows) const {
  std::vector<uint32_t> kept;
  for (uint32_t i = 0, n = static_cast<uint32_t>(rows.empty() ? root[table].size() : rows.size()); i < n; ++i) {
    uint32_t row = rows.empty() ? i : rows[i];
    if (!held[root[table][row]]) kept.push_back(i);
  }
  return kept;
}

std::pair<SourceColumn, std::vector<uint32_t>> Membership::training_column(int table, const SourceColumn &all,
                                                                           const std::vector<uint32_t> &entity) const {
  std::pair<SourceColumn, std::vector<uint32_t>> out;
  SourceColumn &some = out.first;
  some.repr = all.repr;
  some.pool = all.pool;
  some.decimals = all.decimals;
  some.padded = all.padded;
  for (uint32_t r : training_rows(table, {})) {
    some.nulls.push_back(all.nulls[r]);
    if (!all.ints.empty()) some.ints.push_back(all.ints[r]);
    if (!all.floats.empty()) some.floats.push_back(all.floats[r]);
    if (!all.ids.empty()) some.ids.push_back(all.ids[r]);
    out.second.push_back(entity[r]);
  }
  return out;
}

void Membership::add(int table, int column, const Conditional &conditional, const std::vector<Feature> &features,
                     std::span<const Code> target, const std::vector<uint32_t> &rows) {
  std::vector<double> logs(target.size());
  std::vector<Code> x(features.size());
  for (uint32_t i = 0; i < target.size(); ++i) {
    uint32_t row = rows.empty() ? i : rows[i];
    for (size_t f = 0; f < features.size(); ++f) x[f] = features[f].codes[row];
    logs[i] = std::max(least_log, conditional.log_likelihood(x.data(), target[i]));
  }
  std::lock_guard<std::mutex> lock(mutex_);
  Step &step = steps.emplace_back();
  step.table = table;
  step.column = column;
  for (uint32_t i = 0; i < target.size(); ++i) {
    uint32_t entity = root[table][rows.empty() ? i : rows[i]];
    log_likelihood[entity] += logs[i];
    ++step.rows[held[entity]];
    step.sum[held[entity]] += logs[i];
  }
}

double Membership::auc() const {
  std::vector<uint32_t> order;
  for (uint32_t e = 0; e < held.size(); ++e)
    if (log_likelihood[e] != 0) order.push_back(e);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return log_likelihood[a] < log_likelihood[b]; });
  double pairs = 0, below = 0, members = 0;
  for (size_t i = 0, j = 0; i < order.size(); i = j) {
    double in = 0, out = 0;
    for (; j < order.size() && log_likelihood[order[j]] == log_likelihood[order[i]]; ++j) (held[order[j]] ? out : in) += 1;
    pairs += in * (below + out / 2);
    below += out;
    members += in;
  }
  return members > 0 && below > 0 ? pairs / (members * below) : 0.5;
}

}  // namespace relsynth::core
