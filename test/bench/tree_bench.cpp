// What training costs: one column of a table, in rows x features.
#include <benchmark/benchmark.h>

#include "core/tree.h"

namespace relsynth::core {
namespace {

// Features of mixed kinds; a target that depends on five of them. Groups of four rows are one entity.
struct Data {
  std::vector<std::vector<Code>> columns;
  std::vector<Feature> features;
  std::vector<Code> target;
  std::vector<uint32_t> entity;

  Data(size_t rows, int count) : columns(count), target(rows), entity(rows) {
    for (int f = 0; f < count; ++f) {
      int codes = f % 3 == 0 ? 254 : f % 3 == 1 ? 40 : 6;
      columns[f].resize(rows);
      for (size_t i = 0; i < rows; ++i) {
        Stream s(1, 2, i, static_cast<uint64_t>(f));
        columns[f][i] = s.below(20) == 0 ? null_code : static_cast<Code>(1 + s.below(codes) * s.below(codes) / codes);
      }
      features.push_back({columns[f].data(), f % 3 != 1});
    }
    for (size_t i = 0; i < rows; ++i) {
      Stream s(1, 3, i, 0);
      int sum = columns[0][i] + columns[3][i] / 2 + (columns[1][i] % 7) * 8 + (columns[2][i] == 3 ? 60 : 0) + static_cast<int>(s.below(60));
      target[i] = s.below(30) == 0 ? null_code : static_cast<Code>(1 + sum / 2);
      entity[i] = static_cast<uint32_t>(i / 4);
    }
  }
};

void fit(benchmark::State &state) {
  Data data(static_cast<size_t>(state.range(0)), static_cast<int>(state.range(1)));
  int leaves = 0;
  for (auto _ : state) {
    Conditional c = fit_conditional(data.features, data.target, true, data.entity, {}, {});
    leaves = c.tree.leaves;
    benchmark::DoNotOptimize(leaves);
  }
  state.counters["leaves"] = leaves;
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1));
}
BENCHMARK(fit)->Args({10000, 30})->Args({250000, 30})->Args({1000000, 15})->Unit(benchmark::kMillisecond);

void draw(benchmark::State &state) {
  Data data(50000, 12);
  Conditional c = fit_conditional(data.features, data.target, true, data.entity, {}, {});
  std::vector<std::vector<Code>> rows(data.target.size(), std::vector<Code>(12));
  for (size_t i = 0; i < rows.size(); ++i)
    for (int f = 0; f < 12; ++f) rows[i][f] = data.columns[f][i];
  size_t i = 0;
  for (auto _ : state) {
    Stream s(1, 9, i, 0);
    benchmark::DoNotOptimize(c.draw(rows[i++ % rows.size()].data(), s));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(draw);

}  // namespace
}  // namespace relsynth::core
