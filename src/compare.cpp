#include "compare.h"

#include <map>

#include "core/graph.h"
#include "core/plan.h"
#include "pg/catalog.h"
#include "pg/interrupt.h"
#include "pg/progress.h"
#include "pg/scan.h"
#include "pg/scope.h"
#include "pg/settings.h"

namespace relsynth {

namespace {

constexpr uint64_t sampling_seed = 1;  // the same rows each time

std::map<std::string, std::string> pair_schemas(const std::vector<std::string> &sources, const std::vector<std::string> &others,
                                                const std::string &argument) {
  if (others.size() != 1 && others.size() != sources.size())
    throw core::Error(core::sqlstate::invalid_parameter_value,
                      "number of " + argument + " schemas does not fit the number of source schemas",
                      std::to_string(sources.size()) + " source schemas, " + std::to_string(others.size()) + " " + argument + " schemas.",
                      "Give one " + argument + " for all source schemas, or one for each.");
  std::map<std::string, std::string> out;
  for (size_t i = 0; i < sources.size(); ++i) out[sources[i]] = others[others.size() == 1 ? 0 : i];
  return out;
}

std::string joined(const std::vector<std::string> &names) {
  std::string out;
  for (const std::string &name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

class Reading {
 public:
  Reading(const CompareRequest &request, const std::string &what)
      : request_(request), what_(what), settings_(pg::settings()), progress_(settings_.progress) {
    config_ = core::parse_config(request.config, problems_);
    core::raise_if_any(problems_, what_);
    config_.keep_lookups = false;  // every table is compared
    sample_rows_ = config_.sample_rows > 0 ? config_.sample_rows : settings_.sample_rows;
  }

  ReadComparison read() {
    const auto targets = pair_schemas(request_.sources, request_.targets, "target");
    std::map<std::string, std::string> holdouts, same;
    if (!request_.holdouts.empty()) holdouts = pair_schemas(request_.sources, request_.holdouts, "holdout");
    for (const std::string &name : request_.sources) same[name] = name;

    pg::SharedSnapshot snapshot;
    ReadComparison out;
    out.schema = pg::read_schema(request_.sources, config_, snapshot, problems_);
    if (problems_.empty()) core::check_config(config_, out.schema, problems_);
    const core::Schema target = others_schema(request_.targets, snapshot);
    const core::Schema holdout = request_.holdouts.empty() ? core::Schema() : others_schema(request_.holdouts, snapshot);
    core::raise_if_any(problems_, what_);

    const core::Plan plan =
        core::make_plan(out.schema, core::build_graph(out.schema), config_, {1.0, sample_rows_, settings_.min_count}, problems_);
    core::raise_if_any(problems_, what_);
    out.comparison.layout = core::make_layout(out.schema, plan);
    add(out, request_.sources, out.schema, same);
    add(out, request_.targets, target, targets);
    if (!request_.holdouts.empty()) add(out, request_.holdouts, holdout, holdouts);
    return out;
  }

 private:
  // Without what the config says of the source's keys.
  core::Schema others_schema(const std::vector<std::string> &names, pg::SharedSnapshot &snapshot) {
    core::Config config;
    config.include = config_.include;
    config.exclude = config_.exclude;
    return pg::read_schema(names, config, snapshot, problems_);
  }

  void add(ReadComparison &out, const std::vector<std::string> &names, const core::Schema &there,
           const std::map<std::string, std::string> &schemas) {
    const core::Counterpart counterpart = core::make_counterpart(out.comparison.layout, out.schema, there, schemas, sample_rows_);
    core::SourceData data = pg::scan(counterpart.schema, counterpart.plan, sampling_seed, problems_, [&](int t, size_t rows) {
      progress_.tell("reading", counterpart.schema.tables[t].qualified(), rows);
    });
    core::raise_if_any(problems_, what_);
    core::add_side(out.comparison, joined(names), counterpart, std::move(data));
    pg::check_interrupts();
  }

  const CompareRequest &request_;
  const std::string &what_;
  const pg::CurrentSettings settings_;
  pg::Progress progress_;
  core::Problems problems_;
  core::Config config_;
  int64_t sample_rows_ = 0;
};

}  // namespace

ReadComparison read_comparison(const CompareRequest &request, const std::string &what) { return Reading(request, what).read(); }

}  // namespace relsynth
