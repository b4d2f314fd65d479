#include "core/recall.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "core/rules.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t least_rows = 50, least_entities = 20;  // that have a value again
constexpr double least_share = 0.1;                     // of the rows that could, beyond chance
constexpr double least_nats = 30;                       // that this tells of the values
constexpr double least_more = 0.02;                     // of that, by another column of the kind
constexpr double nats_per_kind = 2;
constexpr size_t most_kinds = 64;       // values of a column of the kind
constexpr size_t most_columns = 2;      // of the kind
constexpr size_t most_remembered = 32;  // kinds in a group

// How often rows of a kind could have the last value of their kind, and have it.
struct Tally {
  size_t rows = 0, again = 0;
  std::vector<uint32_t> entities;  // that have it
  double share() const { return static_cast<double>(again) / static_cast<double>(std::max<size_t>(1, rows)); }
};

// Fewest rows of a kind, as a share, that have a value again: of numbers most, for what codes tell of the others would be lost.
double least_of_kind(Encoding encoding) { return encoding == Encoding::Number ? 0.5 : 0; }

double n_log(double n, double of) { return n <= 0 ? 0 : n * std::log(n / of); }

class RecallFinder {
 public:
  RecallFinder(Plan &plan, const Schema &schema, const SourceData &data, int table)
      : plan_(plan), schema_(schema), data_(data), table_(table), p_(plan.tables[table]), rows_(grouped_rows(schema, plan, data, table)) {}

  void find() {
    for (size_t at = 0; at < p_.column_order.size(); ++at) {
      const int c = p_.column_order[at];
      plan_.check();
      if (may_recall(c)) p_.columns[c].recall = find(c, {p_.column_order.begin(), p_.column_order.begin() + static_cast<ptrdiff_t>(at)});
    }
  }

 private:
  Cells cells(int column) const { return {data_.tables[table_].columns[column], schema_.tables[table_].columns[column]}; }
  int32_t parent(size_t row) const { return data_.tables[table_].parents[p_.driver][row]; }

  // Columns whose values are made up and no rule tells.
  bool may_recall(int column) const {
    const ColumnPlan &c = p_.columns[column];
    const bool made_up = c.encoding != Encoding::Category && c.encoding != Encoding::Constant && c.encoding != Encoding::None;
    const bool told = c.rule.kind != Rule::Kind::None;
    const bool free =
        !c.unique && !c.constant && !c.ascending && c.within < 0 && c.base.column < 0 && c.chain.column < 0 && c.pieces.empty();
    // What a running total adds up must stay free to follow it: the same amounts again and again would carry it away.
    const bool added = std::any_of(p_.columns.begin(), p_.columns.end(), [&](const ColumnPlan &other) {
      return std::find(other.partners.begin(), other.partners.end(), column) != other.partners.end();
    });
    const bool orders = !p_.order_by.empty() && p_.order_by[0] == column;
    return c.role == ColumnRole::Model && made_up && !told && free && !orders && !added && is_read(data_, table_, column) &&
           !without_rule(plan_, schema_, table_, column);
  }

  // The kind of every row by the values of some columns.
  std::vector<uint64_t> kinds_of(const std::vector<int> &columns) const {
    std::vector<uint64_t> out(data_.tables[table_].rows, 1);
    for (int c : columns) {
      const Cells values = cells(c);
      for (size_t r = 0; r < out.size(); ++r) out[r] = combine(out[r], values.at(r));
    }
    return out;
  }

  // Whether a column's values are few enough to be a kind.
  bool may_tell(int column) const {
    if (p_.columns[column].encoding != Encoding::Category || !is_read(data_, table_, column)) return false;
    const Cells values = cells(column);
    std::unordered_map<uint64_t, size_t> counts;
    for (size_t r = 0; r < values.size() && counts.size() <= most_kinds; ++r) ++counts[values.at(r)];
    return counts.size() > 1 && counts.size() <= most_kinds;
  }

  RecallRule find(int column, const std::vector<int> &before) {
    values_.clear();
    least_of_kind_ = least_of_kind(p_.columns[column].encoding);
    const Cells own = cells(column);
    std::unordered_map<uint64_t, double> counts;
    double all = 0, collisions = 0;
    for (size_t r = 0; r < own.size(); ++r) {
      values_.push_back(own.at(r));
      if (values_[r] == hash_null) continue;
      ++counts[values_[r]];
      ++all;
    }
    for (const auto &[value, n] : counts) collisions += n * n;
    if (all < static_cast<double>(least_rows)) return {};
    chance_ = std::max(collisions / (all * all), 1 / all);
    if (chance_ > 0.5) return {};
    RecallRule best;
    double most = tell({}, best);
    while (best.kinds.size() < most_columns) {
      RecallRule next;
      double more = most;
      for (int c : before) {
        if (std::find(best.kinds.begin(), best.kinds.end(), c) != best.kinds.end() || !may_tell(c)) continue;
        std::vector<int> kinds = best.kinds;
        kinds.push_back(c);
        RecallRule tried;
        if (double nats = tell(kinds, tried); nats > more) {
          more = nats;
          next = std::move(tried);
        }
      }
      if (next.kinds.empty() || more < most + std::max(least_nats, least_more * std::fabs(most))) break;
      best = std::move(next);
      most = more;
    }
    const bool often = best.share - chance_ >= least_share * (1 - chance_);
    return most >= least_nats && often && best.rows >= least_rows && best.entities >= least_entities ? best : RecallRule{};
  }

  // What it tells of the values that they come again by kind, in nats: without it each would have to be told by itself.
  double tell(const std::vector<int> &kinds, RecallRule &rule) const {
    const std::vector<uint64_t> kind = kinds_of(kinds);
    std::unordered_map<uint64_t, uint64_t> last;
    std::map<uint64_t, Tally> tallies;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const uint32_t r = rows_[i];
      if (i > 0 && parent(r) != parent(rows_[i - 1])) last.clear();
      if (values_[r] == hash_null) continue;
      auto [known, fresh] = last.try_emplace(kind[r], values_[r]);
      if (!fresh) {
        Tally &tally = tallies[kind[r]];
        ++tally.rows;
        tally.again += known->second == values_[r];
        if (known->second == values_[r]) tally.entities.push_back(entity_of(data_.tables[table_].entity, r));
      }
      known->second = values_[r];
    }
    double nats = 0;
    size_t rows = 0;
    std::vector<uint32_t> entities;
    for (const auto &[k, tally] : tallies) {
      if (tally.share() < least_of_kind_) continue;
      const auto n = static_cast<double>(tally.rows), again = static_cast<double>(tally.again);
      nats += n_log(again, n) + n_log(n - again, n) - again * std::log(chance_) - nats_per_kind;
      rows += tally.rows;
      entities.insert(entities.end(), tally.entities.begin(), tally.entities.end());
    }
    rule.kinds = kinds;
    rule.rows = entities.size();
    rule.share = static_cast<double>(entities.size()) / static_cast<double>(std::max<size_t>(1, rows));
    std::sort(entities.begin(), entities.end());
    rule.entities = static_cast<size_t>(std::unique(entities.begin(), entities.end()) - entities.begin());
    return nats;
  }

  Plan &plan_;
  const Schema &schema_;
  const SourceData &data_;
  int table_;
  TablePlan &p_;
  std::vector<uint32_t> rows_;    // group by group
  std::vector<uint64_t> values_;  // of the column looked at, hash_null for NULL
  double least_of_kind_ = 0;
  double chance_ = 1;  // that two of them are alike
};

}  // namespace

void find_recalls(Plan &plan, const Schema &schema, const SourceData &data, int table) {
  const TablePlan &p = plan.tables[table];
  if (p.role != TableRole::Learn || p.driver < 0 || !plan.config.rules) return;
  if (data.tables[table].parents[p.driver].size() == data.tables[table].rows) RecallFinder(plan, schema, data, table).find();
}

uint32_t RecallModel::kind_of(const std::vector<std::vector<Code>> &codes, size_t row) const {
  uint32_t kind = 0;
  for (int c : kinds) kind = kind * 256 + codes[static_cast<size_t>(c)][row];
  return kind;
}

double RecallModel::share_of(uint32_t kind) const {
  auto found = std::lower_bound(shares.begin(), shares.end(), kind, [](const Share &s, uint32_t k) { return s.kind < k; });
  return found != shares.end() && found->kind == kind ? found->share : share;
}

RecallModel learn_recall(const TrainSet &set, int table, int column) {
  const RecallRule &rule = set.plan.tables[table].columns[column].recall;
  RecallModel model;
  if (rule.rows == 0) return model;
  for (int c : rule.kinds)
    if (!set.tables[table].codes[c].empty()) model.kinds.push_back(c);
  const Cells values(set.data.tables[table].columns[column], set.schema.tables[table].columns[column]);
  std::unordered_map<uint32_t, uint64_t> last;
  std::map<uint32_t, Tally> tallies;
  Tally all;
  for (uint32_t r : set.tables[table].group_rows) {
    if (set.tables[table].previous[r] < 0) last.clear();
    const uint64_t value = values.at(r);
    if (value == hash_null) continue;
    const uint32_t kind = model.kind_of(set.tables[table].codes, r);
    if (auto known = last.find(kind); known != last.end()) {
      for (Tally *tally : {&tallies[kind], &all}) {
        ++tally->rows;
        tally->again += known->second == value;
      }
    }
    last[kind] = value;
  }
  model.share = (static_cast<double>(all.again) + 0.5) / (static_cast<double>(all.rows) + 1);
  const double least = least_of_kind(set.plan.tables[table].columns[column].encoding);
  for (const auto &[kind, tally] : tallies) {
    const double share = (static_cast<double>(tally.again) + model.share) / (static_cast<double>(tally.rows) + 1);
    model.shares.push_back({kind, tally.share() < least ? 0 : share});
  }
  return model;
}

const Recalled::Value *Recalled::find(uint32_t kind) const {
  auto found = std::find_if(values_.begin(), values_.end(), [&](const Value &v) { return v.kind == kind; });
  return found == values_.end() ? nullptr : &*found;
}

void Recalled::put(uint32_t kind, const ValueColumn &values, size_t row, Code code) {
  auto found = std::find_if(values_.begin(), values_.end(), [&](const Value &v) { return v.kind == kind; });
  if (found == values_.end()) {
    if (values_.size() == most_remembered) return;
    found = values_.insert(found, Value{kind, {}, null_code});
    found->value.repr = values.repr;
    found->value.resize(1);
  }
  found->value.copy(0, values, row);
  found->code = code;
}

std::string describe_recall(const RecallRule &recall, const Schema &schema, int table) {
  std::string text;
  for (int c : recall.kinds) text += (text.empty() ? " with the same " : ", ") + schema.tables[table].columns[c].name;
  return "again as in the last row of the group" + text;
}

std::string evidence(const RecallRule &recall) {
  return std::to_string(recall.rows) + " rows, " + percent_text(recall.share) + " % of those that could, " +
         std::to_string(recall.entities) + " entities";
}

}  // namespace relsynth::core
