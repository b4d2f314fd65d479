#include "synthesize.h"

#include <cmath>
#include <random>

#include "core/membership.h"
#include "core/sample.h"
#include "core/train.h"
#include "fill.h"
#include "pg/catalog.h"
#include "pg/interrupt.h"
#include "pg/progress.h"
#include "pg/scan.h"
#include "pg/scope.h"
#include "pg/settings.h"

namespace relsynth {

namespace {

// Rows of each table that explain() looks at.
constexpr int64_t glance_rows = 10000;

uint64_t choose_seed(const std::optional<int64_t> &seed, int setting) {
  if (seed) return static_cast<uint64_t>(*seed);
  if (setting) return static_cast<uint64_t>(setting);
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32 | device()) >> 1;
}

void check_request(const Request &request, core::Problems &problems) {
  if (!std::isfinite(request.scale) || request.scale <= 0)
    problems.push_back(
        {core::sqlstate::invalid_parameter_value, "scale must be a positive number", "", "Use 1 for as many rows as the source has."});
  if (request.targets.empty())
    problems.push_back({core::sqlstate::invalid_parameter_value, "no target schema given", "", "Name the schema to write to."});
}

core::PlanOptions plan_options(const Request &request, const pg::CurrentSettings &settings) {
  return {request.scale, settings.sample_rows, settings.min_count};
}

std::string note(const core::Schema &schema, const core::Plan &plan, const core::SourceData &data, int table) {
  std::string text;
  auto add = [&](const std::string &part) { text += (text.empty() ? "" : "; ") + part; };
  const core::TablePlan &tp = plan.tables[table];
  if (tp.role == core::TableRole::Keep) add("kept as it is: " + tp.reason);
  if (data.tables[table].rows < data.tables[table].total_rows) add("learned from " + std::to_string(data.tables[table].rows) + " rows");
  for (const core::LostKey &lost : schema.lost)
    if (lost.child == table) add("foreign key " + lost.name + " left out with table " + lost.parent);
  for (int f : schema.tables[table].foreign_keys) {
    const core::Table &parent = schema.tables[schema.foreign_keys[f].parent];
    if (parent.external) add("foreign key " + schema.foreign_keys[f].name + " refers to " + parent.qualified() + " where it stands");
  }
  if (schema.tables[table].row_security) add("row security: learned from visible rows only");
  return text;
}

}  // namespace

std::vector<TableResult> synthesize(const Request &request) {
  const pg::CurrentSettings settings = pg::settings();
  const uint64_t seed = choose_seed(request.seed, settings.seed);
  pg::Progress progress(settings.progress);
  core::Problems problems;

  // catalog
  check_request(request, problems);
  const core::Config config = core::parse_config(request.config, problems);
  core::raise_if_any(problems, "cannot synthesize");
  pg::SharedSnapshot snapshot;  // catalog, scan and target see one state of the source
  core::Schema schema = pg::read_schema(request.sources, config, snapshot, problems);
  core::check_config(config, schema, problems);
  pg::check_target(schema, request.targets, request.mode, problems);
  core::raise_if_any(problems, "cannot synthesize");

  // graph, plan
  core::Plan plan = core::make_plan(schema, core::build_graph(schema), config, plan_options(request, settings), problems);
  core::raise_if_any(problems, "cannot synthesize");

  // scan, encode, train
  core::SourceData data =
      pg::scan(schema, plan, seed, problems, [&](int t, size_t rows) { progress.tell("reading", schema.tables[t].qualified(), rows); });
  core::raise_if_any(problems, "cannot synthesize");
  plan.poll = pg::check_interrupts;
  core::settle(plan, schema, data);
  core::TrainOptions training{seed, settings.threads, pg::check_interrupts, {}, {}};
  training.starting = [&](int t) { progress.tell("training", schema.tables[t].qualified()); };
  const core::Model model = core::train(schema, plan, data, training);

  std::vector<TableResult> results;
  for (int t : plan.order)
    if (plan.tables[t].role == core::TableRole::Learn || plan.tables[t].role == core::TableRole::Keep)
      results.push_back({schema.names.size() > 1 ? schema.tables[t].qualified() : schema.tables[t].name,
                         static_cast<int64_t>(data.tables[t].total_rows), 0, 0, note(schema, plan, data, t)});
  data = {};

  // sample, keys, write
  std::vector<bool> skipped;
  for (const core::TablePlan &tp : plan.tables) skipped.push_back(tp.role == core::TableRole::Skip);
  const pg::Target target = pg::create_target(schema, request.targets, request.mode, skipped);
  snapshot.renew();
  fill(schema, plan, model, target, {seed, request.scale, settings.threads}, progress, results);

  // seal
  pg::seal(schema, target, [&](const std::string &object) { progress.tell("building", object); });
  return results;
}

Outlook outlook(const std::vector<std::string> &sources, const std::string &config_text, bool look) {
  Outlook out;
  const core::Config config = core::parse_config(config_text, out.problems);
  core::raise_if_any(out.problems, "cannot explain");
  pg::SharedSnapshot snapshot;
  out.schema = pg::read_schema(sources, config, snapshot, out.problems);
  core::raise_if_any(out.problems, "cannot explain");
  core::check_config(config, out.schema, out.problems);
  const pg::CurrentSettings settings = pg::settings();
  const core::PlanOptions options{1.0, std::min<int64_t>(settings.sample_rows, glance_rows), settings.min_count};
  out.plan = core::make_plan(out.schema, core::build_graph(out.schema), config, options, out.problems);
  if (!look || !out.problems.empty()) return out;
  core::SourceData data = pg::scan(out.schema, out.plan, 1, out.problems, [](int, size_t) {});
  out.plan.poll = pg::check_interrupts;
  core::settle(out.plan, out.schema, data);
  return out;
}

std::vector<MembershipStep> membership(const std::vector<std::string> &sources, const std::string &config_text, uint64_t seed,
                                       double &auc) {
  const pg::CurrentSettings settings = pg::settings();
  core::Problems problems;
  const core::Config config = core::parse_config(config_text, problems);
  core::raise_if_any(problems, "cannot train");
  pg::SharedSnapshot snapshot;
  core::Schema schema = pg::read_schema(sources, config, snapshot, problems);
  core::check_config(config, schema, problems);
  core::raise_if_any(problems, "cannot train");
  core::Plan plan = core::make_plan(schema, core::build_graph(schema), config, {1.0, settings.sample_rows, settings.min_count}, problems);
  core::SourceData data = pg::scan(schema, plan, seed, problems, [](int, size_t) {});
  core::raise_if_any(problems, "cannot train");
  plan.poll = pg::check_interrupts;
  core::settle(plan, schema, data);
  core::Membership members;
  members.seed = seed;
  core::TrainOptions training{seed, settings.threads, pg::check_interrupts, {}, {}};
  training.membership = &members;
  core::train(schema, plan, data, training);
  auc = members.auc();
  std::vector<MembershipStep> steps;
  for (const core::Membership::Step &s : members.steps) {
    const core::Table &t = schema.tables[s.table];
    auto mean = [&](int side) { return s.sum[side] / std::max<double>(1, static_cast<double>(s.rows[side])); };
    steps.push_back({t.name, s.column < 0 ? "" : t.columns[s.column].name, s.rows[0] + s.rows[1], mean(0), mean(1)});
  }
  return steps;
}

}  // namespace relsynth
