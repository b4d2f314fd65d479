#include "audit.h"

#include <algorithm>

#include "core/lookup.h"
#include "core/metrics_privacy.h"
#include "pg/interrupt.h"
#include "pg/progress.h"
#include "pg/settings.h"
#include "synthesize.h"

namespace relsynth {

namespace {

constexpr size_t least_halved = 40;  // rows of a table that can be halved

// What synthesize would make of the source's tables, for those that are compared.
class Glance {
 public:
  Glance(const ReadComparison &read, const Outlook &outlook) : read_(read), outlook_(outlook), layout_(read.comparison.layout) {
    for (const core::ComparedTable &t : layout_.tables) planned_.push_back(planned_index(t));
  }

  std::vector<core::AuditedTable> tables() {
    std::vector<core::AuditedTable> out;
    for (size_t t = 0; t < layout_.tables.size(); ++t) out.push_back(table(t));
    number_entities(out);
    return out;
  }

 private:
  const core::Table &source(size_t t) const { return read_.schema.tables[layout_.tables[t].source]; }

  int planned_index(const core::ComparedTable &t) const {
    if (!outlook_.problems.empty()) return -1;
    const std::string name = read_.schema.tables[t.source].qualified();
    const std::vector<core::Table> &tables = outlook_.schema.tables;
    auto found = std::find_if(tables.begin(), tables.end(), [&](const core::Table &other) { return other.qualified() == name; });
    return found == tables.end() ? -1 : static_cast<int>(found - tables.begin());
  }

  core::AuditedTable table(size_t t) const {
    core::AuditedTable out;
    out.kept = planned_[t] >= 0 && outlook_.plan.tables[planned_[t]].role == core::TableRole::Keep;
    for (size_t c = 0; c < layout_.tables[t].columns.size(); ++c) {
      out.personal.push_back(personal(t, c));
      out.key.push_back(key(t, c));
      out.open.push_back(open(t, c));
    }
    return out;
  }

  bool personal(size_t t, size_t c) const {
    core::SourceColumn values;
    values.repr = core::Repr::Text;
    values.pool = read_.comparison.levels[t][c].texts;
    std::string why;
    const core::Column &column = source(t).columns[c];
    return column.cls == core::TypeClass::Text && core::looks_personal(source(t), column, values, why);
  }

  // The column as it is planned; null where it is not.
  const core::ColumnPlan *planned_column(size_t t, size_t c) const {
    if (planned_[t] < 0) return nullptr;
    const int at = outlook_.schema.tables[planned_[t]].column_index(source(t).columns[c].name);
    return at < 0 ? nullptr : &outlook_.plan.tables[planned_[t]].columns[at];
  }

  bool key(size_t t, size_t c) const {
    const core::ColumnPlan *plan = planned_column(t, c);
    if (!plan) return false;
    using core::ColumnRole;
    return plan->role == ColumnRole::Serial || plan->role == ColumnRole::LineNumber || plan->role == ColumnRole::Uuid;
  }

  // Booleans, labels of enums and texts that a check lists are shown however rare; so is what all rows have. Dates and numbers in texts are not the source's texts.
  bool open(size_t t, size_t c) const {
    const core::Column &column = source(t).columns[c];
    if (column.cls == core::TypeClass::Bool || column.cls == core::TypeClass::Enum || !column.labels.empty()) return true;
    const core::ColumnPlan *plan = planned_column(t, c);
    if (!plan) return false;
    // A code made of a category and the row's number is what it is, whoever makes it.
    if (!plan->pieces.empty() && !personal(t, c)) return true;
    const core::Table &planned = outlook_.schema.tables[planned_[t]];
    return planned.columns[planned.column_index(column.name)].cls != column.cls || plan->encoding == core::Encoding::Constant;
  }

  // The link that a table's rows hang on in the plan, -1 none.
  int planned_driver(size_t t) const {
    if (planned_[t] < 0) return layout_.tables[t].driver;
    const core::TablePlan &plan = outlook_.plan.tables[planned_[t]];
    if (plan.driver < 0) return -1;
    const std::string &name = outlook_.schema.foreign_keys[outlook_.schema.tables[planned_[t]].foreign_keys[plan.driver]].name;
    for (int link : layout_.tables[t].links)
      if (layout_.links[link].name == name) return link;
    return -1;
  }

  // Entities along the plan's drivers: those of the comparison know nothing of tables that are kept.
  void number_entities(std::vector<core::AuditedTable> &tables) const {
    core::ComparedLayout layout = layout_;
    for (size_t t = 0; t < layout.tables.size(); ++t) layout.tables[t].driver = planned_driver(t);
    if (outlook_.problems.empty()) {
      layout.order.clear();
      for (int p : outlook_.plan.order)
        for (size_t t = 0; t < planned_.size(); ++t)
          if (planned_[t] == p) layout.order.push_back(static_cast<int>(t));
    }
    core::Side side;
    for (const core::SideTable &from : read_.comparison.sides[source_side].tables) {
      core::SideTable &to = side.tables.emplace_back();
      to.rows = from.rows;
      to.parents = from.parents;
    }
    core::number_entities(layout, side);
    for (size_t t = 0; t < tables.size(); ++t) {
      tables[t].entity = std::move(side.tables[t].entity);
      tables[t].entity.resize(side.tables[t].rows);
    }
  }

  const ReadComparison &read_;
  const Outlook &outlook_;
  const core::ComparedLayout &layout_;
  std::vector<int> planned_;  // per compared table: its index in the outlook, -1
};

}  // namespace

std::vector<AuditRow> privacy_audit(const ReadComparison &read, const CompareRequest &request) {
  const pg::CurrentSettings settings = pg::settings();
  const core::Comparison &comparison = read.comparison;
  const Outlook planned = outlook(request.sources, request.config, true);
  const std::vector<core::AuditedTable> tables = Glance(read, planned).tables();
  core::MeasureOptions options;
  options.threads = settings.threads;
  options.poll = pg::check_interrupts;

  const core::View source = core::whole_view(comparison.sides[source_side]), target = core::whole_view(comparison.sides[target_side]);
  const bool holdout = comparison.sides.size() > holdout_side;
  std::pair<core::View, core::View> real;
  if (holdout)
    real = {source, core::whole_view(comparison.sides[holdout_side])};
  else
    real = core::halves(comparison, comparison.sides[source_side], least_halved);
  std::vector<AuditRow> rows;
  for (const core::PrivacyScore &s :
       core::measure_privacy({comparison, source, target, real.first, real.second, holdout, tables, planned.plan.min_count, options}))
    rows.push_back(
        {s.table < 0 ? "" : comparison.layout.tables[s.table].name, s.object, s.metric, s.value, s.reference, s.passed, s.detail});
  return rows;
}

std::vector<AuditRow> privacy_audit(const CompareRequest &request) {
  return privacy_audit(read_comparison(request, "cannot audit"), request);
}

}  // namespace relsynth
