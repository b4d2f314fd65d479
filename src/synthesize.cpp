#include "synthesize.h"

#include <cmath>
#include <limits>
#include <random>

#include "core/membership.h"
#include "core/sample.h"
#include "core/train.h"
#include "core/trained.h"
#include "fill.h"
#include "pg/catalog.h"
#include "pg/interrupt.h"
#include "pg/models.h"
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

void check_request(const std::vector<std::string> &targets, double scale, core::Problems &problems) {
  if (!std::isfinite(scale) || scale <= 0)
    problems.push_back(
        {core::sqlstate::invalid_parameter_value, "scale must be a positive number", "", "Use 1 for as many rows as the source has."});
  if (targets.empty())
    problems.push_back({core::sqlstate::invalid_parameter_value, "no target schema given", "", "Name the schema to write to."});
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

std::vector<core::Trained::Summary> summaries(const core::Trained &trained, const core::SourceData &data) {
  std::vector<core::Trained::Summary> out;
  for (size_t t = 0; t < data.tables.size(); ++t)
    out.push_back({static_cast<int64_t>(data.tables[t].total_rows), note(trained.schema, trained.plan, data, static_cast<int>(t))});
  return out;
}

// A line for each table that is written, in the order of the plan.
std::vector<TableResult> results_of(const core::Trained &trained) {
  const core::Schema &schema = trained.schema;
  std::vector<TableResult> results;
  for (int t : trained.plan.order)
    if (trained.plan.tables[t].role == core::TableRole::Learn || trained.plan.tables[t].role == core::TableRole::Keep)
      results.push_back({schema.names.size() > 1 ? schema.tables[t].qualified() : schema.tables[t].name, trained.summaries[t].rows, 0, 0,
                         trained.summaries[t].notes});
  return results;
}

// Rows of a table that others choose among, so that few rows are not all of one product.
constexpr double least_choice = 1000;

// So many rows of a table, of those that lead to it along drivers what goes with them, and enough of all others; returns the scale.
double aim_at(core::Trained &trained, int table, int64_t rows, core::Problems &problems) {
  auto source = [&](int t) { return std::max(1.0, static_cast<double>(trained.summaries[t].rows)); };
  const double scale = static_cast<double>(rows) / source(table);
  std::vector<core::TablePlan> &plans = trained.plan.tables;
  core::set_row_targets(trained.plan, trained.schema, {}, scale, problems);
  int root = table;
  while (plans[root].driver >= 0) root = trained.schema.foreign_keys[trained.schema.tables[root].foreign_keys[plans[root].driver]].parent;
  for (size_t t = 0; t < plans.size(); ++t) {
    plans[t].rows.reset();
    const bool other = plans[t].driver < 0 && static_cast<int>(t) != root;
    plans[t].scale = other ? std::max(scale, std::min(1.0, least_choice / source(static_cast<int>(t)))) : scale;
  }
  if (plans[table].role == core::TableRole::Learn) plans[table].rows = rows;
  return scale;
}

// What the halves of the story share.
struct Run {
  const char *failing;  // "cannot ...": what an error says that lists several problems
  uint64_t seed;
  pg::CurrentSettings settings;
  pg::Progress progress;
  core::Problems problems = {};
  void raise_if_any() const { core::raise_if_any(problems, failing); }
};

Run begin(const char *failing, const std::optional<int64_t> &seed) {
  const pg::CurrentSettings settings = pg::settings();
  return {failing, choose_seed(seed, settings.seed), settings, pg::Progress(settings.progress)};
}

// The most memory that the call took, with the table that is done last.
void note_memory(const Run &run, std::vector<TableResult> &results) {
  const size_t megabytes = run.progress.peak_memory() >> 20;
  if (results.empty() || megabytes == 0) return;
  std::string &notes = results.back().notes;
  notes += (notes.empty() ? "" : "; ") + ("peak memory " + std::to_string(megabytes) + " MB");
}

// The first half. `check` looks at what the catalog says before any row is read.
template <class Check>
core::Trained learn(Run &run, const std::vector<std::string> &sources, const core::Config &config, double scale,
                    pg::SharedSnapshot &snapshot, const Check &check) {
  core::Trained trained;
  core::Schema &schema = trained.schema;
  core::Plan &plan = trained.plan;

  // catalog
  schema = pg::read_schema(sources, config, snapshot, run.problems);
  core::check_config(config, schema, run.problems);
  trained.encoding = pg::database_encoding();
  trained.definition = pg::read_definition(schema, run.problems);
  check(trained);
  run.raise_if_any();

  // graph, plan
  const core::PlanOptions options{scale, run.settings.sample_rows, run.settings.min_count};
  plan = core::make_plan(schema, core::build_graph(schema), config, options, run.problems);
  run.raise_if_any();

  // scan, encode, train
  const core::Poll poll = [&] { run.progress.poll(); };
  core::SourceData data = pg::scan(schema, plan, run.seed, run.problems,
                                   [&](int t, size_t rows) { run.progress.tell("reading", schema.tables[t].qualified(), rows); });
  run.raise_if_any();
  poll();
  plan.poll = poll;
  core::settle(plan, schema, data);
  core::TrainOptions training{run.seed, run.settings.threads, poll, {}, {}};
  training.starting = [&](int t) { run.progress.tell("training", schema.tables[t].qualified()); };
  trained.model = core::train(schema, plan, data, training);
  trained.summaries = summaries(trained, data);
  return trained;
}

// The second half, which does not look at the source.
std::vector<TableResult> make(Run &run, const core::Trained &trained, const std::vector<std::string> &targets, pg::Mode mode, double scale,
                              pg::SharedSnapshot &snapshot) {
  std::vector<TableResult> results = results_of(trained);

  // sample, keys, write
  const pg::Target target = pg::create_target(trained.schema, trained.definition, targets, mode);
  snapshot.renew();
  fill(trained, target, {run.seed, scale, run.settings.threads}, run.progress, results);

  // seal
  pg::seal(target, [&](const std::string &object) { run.progress.tell("building", object); });
  note_memory(run, results);
  return results;
}

}  // namespace

std::vector<TableResult> synthesize(const Request &request) {
  Run run = begin("cannot synthesize", request.seed);
  check_request(request.targets, request.scale, run.problems);
  const core::Config config = core::parse_config(request.config, run.problems);
  run.raise_if_any();
  pg::SharedSnapshot snapshot;  // catalog, scan and target see one state of the source
  const core::Trained trained = learn(run, request.sources, config, request.scale, snapshot, [&](const core::Trained &t) {
    pg::check_target(t.schema, t.definition, request.targets, request.mode, t.schema.names, run.problems);
  });
  return make(run, trained, request.targets, request.mode, request.scale, snapshot);
}

std::vector<TableResult> train(const TrainRequest &request) {
  Run run = begin("cannot train", request.seed);
  const core::Config config = core::parse_config(request.config, run.problems);
  run.raise_if_any();
  pg::check_new_model(request.model, request.replace);
  pg::SharedSnapshot snapshot;
  core::Trained trained = learn(run, request.sources, config, 1.0, snapshot, [](const core::Trained &) {});
  trained.name = request.model;
  pg::store_model(trained, request.replace);
  std::vector<TableResult> results = results_of(trained);
  note_memory(run, results);
  return results;
}

std::vector<TableResult> generate(const GenerateRequest &request) {
  Run run = begin("cannot generate", request.seed);
  check_request(request.targets, request.scale, run.problems);
  const core::Config config = core::parse_config(request.config, run.problems);
  core::check_generation_config(config, run.problems);
  run.raise_if_any();
  core::Trained trained = pg::load_model(request.model);
  core::check_config(config, trained.schema, run.problems);
  core::set_row_targets(trained.plan, trained.schema, config, request.scale, run.problems);
  pg::SharedSnapshot snapshot;
  pg::check_references(trained.schema, run.problems);
  // A source that is no more may be made anew under its name, but never replaced.
  const std::vector<std::string> apart = request.mode == pg::Mode::Create ? std::vector<std::string>() : trained.schema.names;
  pg::check_target(trained.schema, trained.definition, request.targets, request.mode, apart, run.problems);
  run.raise_if_any();
  return make(run, trained, request.targets, request.mode, request.scale, snapshot);
}

void sample(const SampleRequest &request, FunctionCallInfo call, int row_type_argument) {
  Run run = begin("cannot sample", request.seed);
  if (request.rows < 0 || request.rows > std::numeric_limits<int32_t>::max())
    run.problems.push_back({core::sqlstate::invalid_parameter_value, "number of rows must be between 0 and 2147483647", "", ""});
  core::Trained trained = pg::load_model(request.model);
  const pg::RowType type = pg::row_type(call, row_type_argument);
  const int table = core::find_like(trained.schema, {type.schema, type.name}, type.columns, run.problems);
  run.raise_if_any();
  if (request.rows == 0) return;
  const double scale = aim_at(trained, table, request.rows, run.problems);
  run.raise_if_any();
  draw_rows(trained, table, pg::open_typed_rows(call, trained.schema.tables[table], type, static_cast<size_t>(request.rows)),
            {run.seed, scale, run.settings.threads}, run.progress);
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
