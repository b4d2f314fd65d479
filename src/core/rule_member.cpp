#include "core/rule_member.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <unordered_set>

#include "core/keys.h"
#include "core/relative.h"
#include "core/sisters.h"
#include "core/support.h"
#include "core/world.h"

namespace relsynth::core {

namespace {

constexpr size_t most_steps = 100;   // from one value to the next that have a code of their own
constexpr size_t most_members = 3;   // columns of a table
constexpr size_t glance = 256;       // rows on which two columns must look alike to be measured ...
constexpr size_t glance_group = 64;  // and rows of the sister's group that are looked at
constexpr double glance_share = 0.1, glance_agreement = 0.4;
constexpr size_t least_rows = 50, least_entities = 20;
constexpr double least_bits = 40;         // of surprise
constexpr double least_kappa = 0.25;      // beyond what other parents' values would do, in both halves of the entities
constexpr double most_chance = 0.25;      // of being among other parents' values
constexpr double certain = 1e-3;          // chances below say no more
constexpr double least_time_kappa = 0.9;  // of times, which have an order to keep
constexpr size_t least_choices = 10;      // parents whose rows name other rows than the first ...
constexpr double least_choice = 0.05;     // and their share of the rows, for else it is a copy of that
constexpr double least_more = 1.5;        // rows than a copy of first or last rows
constexpr double least_agreement = 0.8;   // of the rows that follow, with the sister row

// The rows of a sister by parent, in their order.
struct SisterRows {
  int table = -1, key = -1;                           // its driver's foreign key of the schema
  std::vector<std::pair<uint32_t, uint32_t>> groups;  // per parent: begin and number, in `rows`
  std::vector<uint32_t> rows;
};

int driver_key(const Plan &plan, const Schema &schema, int table) { return schema.tables[table].foreign_keys[plan.tables[table].driver]; }

SisterRows rows_of(const Plan &plan, const Schema &schema, const SourceData &data, int sister) {
  SisterRows out{sister, driver_key(plan, schema, sister), {}, {}};
  out.groups.resize(data.tables[schema.foreign_keys[out.key].parent].rows);
  const std::vector<int32_t> &parents = data.tables[sister].parents[plan.tables[sister].driver];
  for (uint32_t row : grouped_rows(schema, plan, data, sister)) {
    if (static_cast<size_t>(parents[row]) >= out.groups.size()) continue;
    auto &[begin, size] = out.groups[static_cast<size_t>(parents[row])];
    if (size++ == 0) begin = static_cast<uint32_t>(out.rows.size());
    out.rows.push_back(row);
  }
  return out;
}

MemberPool pool_of(const SisterRows &sister, const Cells &values) {
  MemberPool pool(sister.groups.size());
  for (size_t p = 0; p < sister.groups.size(); ++p)
    for (uint32_t i = 0; i < sister.groups[p].second; ++i) {
      const uint32_t row = sister.rows[sister.groups[p].first + i];
      if (uint64_t value = values.at(row); value != hash_null) pool.add(p, value, row);
    }
  return pool;
}

}  // namespace

void MemberPool::add(size_t parent, uint64_t value, uint32_t row) {
  Group &group = groups_[parent];
  if (!numbers_.emplace(combine(value, parent), group.size).second) return;
  if (group.size++ == 0) group.begin = static_cast<uint32_t>(rows_.size());
  rows_.push_back(row);
}

int32_t MemberPool::find(int64_t parent, uint64_t value) const {
  if (!has(parent) || value == hash_null) return no_member;
  auto found = numbers_.find(combine(value, static_cast<uint64_t>(parent)));
  return found == numbers_.end() ? no_member : static_cast<int32_t>(found->second);
}

Code member_code(size_t values, int32_t last, int32_t now) {
  const size_t step = (static_cast<size_t>(now) + values - static_cast<size_t>(std::max(last, 0))) % values;
  return static_cast<Code>(rule_first + std::min(step, most_steps));
}

int32_t member_at(Code alternative, size_t values, int32_t last, Stream &random) {
  size_t step = static_cast<size_t>(alternative - rule_first);
  if (step >= most_steps && values > most_steps) step = most_steps + random.below(values - most_steps);
  return static_cast<int32_t>((static_cast<size_t>(std::max(last, 0)) + step) % values);
}

namespace {

class MemberSearch {
 public:
  MemberSearch(Plan &plan, const Schema &schema, const SourceData &data, int table, std::vector<int> columns,
               const std::map<int, Rule> &others = {})
      : plan_(plan),
        schema_(schema),
        data_(data),
        table_(table),
        columns_(std::move(columns)),
        others_(others),
        source_(data.tables[table]),
        parents_(source_.parents[plan.tables[table].driver]) {}
  void find();
  // How much the columns tell of a sister's rows.
  double score(int sister) const;

 private:
  struct Found {
    const SisterRows *sister = nullptr;
    int column = -1, base = -1;
    double score = 0, share = 0;
    size_t rows = 0, entities = 0;
  };
  // A row and the one of the sister that it names.
  struct Named {
    size_t row = 0;
    uint32_t sister = 0;
  };
  struct Half {
    size_t rows = 0, hits = 0, chance = 0;
    double kappa() const {
      const double q = static_cast<double>(chance) / static_cast<double>(std::max<size_t>(1, rows));
      return (static_cast<double>(hits) / static_cast<double>(std::max<size_t>(1, rows)) - q) / std::max(1e-9, 1 - q);
    }
  };
  bool open(int column) const { return plan_.tables[table_].columns[column].rule.kind == Rule::Kind::None; }
  // Whether so many rows are more than another rule of the column has to do with.
  bool enough(int column, size_t rows) const {
    auto other = others_.find(column);
    return other == others_.end() || static_cast<double>(rows) >= least_more * static_cast<double>(other->second.rows);
  }
  bool may_tell(const SisterRows &sister, int base, int column) const;
  bool alike(const SisterRows &sister, int base, int column) const;
  std::vector<int32_t> strangers(const MemberPool &pool) const;
  Found measure(const SisterRows &sister, int base, int column) const;
  std::vector<Found> look(const SisterRows &sister) const;
  void take(const Found &found);
  Rule find_follower(const Found &member, const std::vector<Named> &named, int column) const;
  std::optional<Rule> follow(const std::vector<Named> &named, int sister, int base, int column) const;
  Cells cells(int table, int column) const { return Cells(data_.tables[table].columns[column], schema_.tables[table].columns[column]); }
  bool is_time_of(int column) const { return is_time(schema_.tables[table_].columns[column].cls); }
  uint32_t entity(size_t row) const { return entity_of(source_.entity, row); }

  Plan &plan_;
  const Schema &schema_;
  const SourceData &data_;
  int table_;
  std::vector<int> columns_;
  std::map<int, Rule> others_;
  const SourceTable &source_;
  const std::vector<int32_t> &parents_;
};

// What the sister's rows have when those of the table are drawn.
bool MemberSearch::may_tell(const SisterRows &sister, int base, int column) const {
  const Column &type = schema_.tables[sister.table].columns[base];
  const ColumnPlan &p = plan_.tables[sister.table].columns[base];
  return is_read(data_, sister.table, base) && same_kind(type, schema_.tables[table_].columns[column]) && !type.generated &&
         p.role == ColumnRole::Model && p.encoding != Encoding::Constant && p.rule.kind != Rule::Kind::Total;
}

bool MemberSearch::alike(const SisterRows &sister, int base, int column) const {
  const SourceColumn &values = source_.columns[column], &bases = data_.tables[sister.table].columns[base];
  const Column &type = schema_.tables[table_].columns[column], &base_type = schema_.tables[sister.table].columns[base];
  size_t seen = 0, equal = 0;
  const size_t stride = std::max<size_t>(1, values.size() / (8 * glance));
  for (size_t r = 0; r < values.size() && seen < glance; r += stride) {
    const int32_t p = parents_[r];
    if (values.nulls[r] || p < 0 || static_cast<size_t>(p) >= sister.groups.size() || sister.groups[p].second == 0) continue;
    ++seen;
    const uint64_t value = hash_value(values, r, type);
    bool found = false;
    for (size_t i = 0; i < std::min<size_t>(sister.groups[p].second, glance_group) && !found; ++i) {
      const uint32_t row = sister.rows[sister.groups[p].first + i];
      found = !bases.nulls[row] && hash_value(bases, row, base_type) == value;
    }
    equal += found;
  }
  return seen > 0 && static_cast<double>(equal) >= glance_share * static_cast<double>(seen);
}

// For each parent another one with about as many values.
std::vector<int32_t> MemberSearch::strangers(const MemberPool &pool) const {
  std::vector<int32_t> order, out(data_.tables[schema_.foreign_keys[driver_key(plan_, schema_, table_)].parent].rows, no_parent);
  for (size_t p = 0; p < out.size(); ++p)
    if (pool.size(static_cast<int64_t>(p)) > 0) order.push_back(static_cast<int32_t>(p));
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    auto key = [&](int32_t p) { return std::make_pair(pool.size(p), mix(static_cast<uint64_t>(p))); };
    return key(a) < key(b);
  });
  for (size_t i = 0; i < order.size(); ++i) out[order[i]] = order[(i + 1) % order.size()];
  return out;
}

MemberSearch::Found MemberSearch::measure(const SisterRows &sister, int base, int column) const {
  const Cells values = cells(table_, column);
  const MemberPool pool = pool_of(sister, cells(sister.table, base));
  const std::vector<int32_t> others = strangers(pool);
  std::unordered_map<uint64_t, uint32_t> counts;
  size_t valued = 0;
  for (size_t r = 0; r < values.size(); ++r) valued += values.at(r) != hash_null && ++counts[values.at(r)] > 0;
  Half halves[2], all;
  std::unordered_set<uint64_t> pairs;
  std::unordered_set<uint32_t> entities;
  std::unordered_set<int32_t> choosers;
  size_t not_first = 0;
  double bits = 0;
  for (size_t r = 0; r < values.size(); ++r) {
    const uint64_t value = values.at(r);
    if (value == hash_null || pool.size(parents_[r]) == 0) continue;
    Half &half = halves[mix(entity(r)) & 1];
    const int32_t found = pool.find(parents_[r], value);
    for (Half *h : {&half, &all}) {
      ++h->rows;
      h->hits += found >= 0;
      h->chance += pool.find(others[parents_[r]], value) >= 0;
    }
    if (found < 0) continue;
    entities.insert(entity(r));
    not_first += found > 0;
    if (found > 0) choosers.insert(parents_[r]);
    if (!pairs.insert(combine(value, static_cast<uint64_t>(parents_[r]))).second) continue;
    bits += std::log2(static_cast<double>(valued) / counts.at(value));
  }
  const double least = is_time_of(column) ? least_time_kappa : least_kappa;
  const double chance = static_cast<double>(all.chance) / static_cast<double>(std::max<size_t>(1, all.rows));
  Found out{&sister, column, base, 0, 0, all.hits, entities.size()};
  out.share = static_cast<double>(all.hits) / static_cast<double>(std::max<size_t>(1, all.rows));
  if (!enough(column, all.hits) || all.hits < least_rows || entities.size() < least_entities || bits < least_bits || chance > most_chance)
    return out;
  if (halves[0].kappa() < least || halves[1].kappa() < least || choosers.size() < least_choices) return out;
  if (static_cast<double>(not_first) < least_choice * static_cast<double>(all.hits)) return out;
  out.score = out.share * static_cast<double>(all.hits) * -std::log2(std::max(chance, certain));
  return out;
}

// The copy of a column in the sister rows that the rows name, if there is one.
std::optional<Rule> MemberSearch::follow(const std::vector<Named> &named, int sister, int base, int column) const {
  const Cells values = cells(table_, column), bases = cells(sister, base);
  const size_t n = named.size();
  size_t known = 0, equal = 0, by_chance = 0, nulls = 0, left_out = 0;
  std::unordered_set<uint32_t> entities;
  std::unordered_set<uint64_t> different;
  for (size_t i = 0; i < n; ++i) {
    const size_t r = named[i].row;
    const uint64_t value = values.at(r);
    const bool holds = bases.at(named[i].sister) == value;
    by_chance += bases.at(named[(i + n / 2) % n].sister) == value;
    ++known;
    equal += holds;
    nulls += value == hash_null;
    left_out += !holds && value == hash_null;
    if (holds && value != hash_null) entities.insert(entity(r));
    if (holds && value != hash_null) different.insert(value);
    if (known == glance && static_cast<double>(equal) < glance_agreement * static_cast<double>(known)) return std::nullopt;
  }
  const double share = static_cast<double>(equal) / static_cast<double>(std::max<size_t>(1, known));
  const double chance = static_cast<double>(by_chance) / static_cast<double>(std::max<size_t>(1, known));
  if (share < least_agreement || share - chance < least_agreement / 2 * (1 - chance)) return std::nullopt;
  if (entities.size() < least_entities || different.size() < 2 || 2 * nulls > known) return std::nullopt;
  if (is_time_of(column) && equal < known) return std::nullopt;
  Rule rule;
  rule.kind = Rule::Kind::Copy;
  rule.factors = {1};
  rule.always = equal == known;
  rule.or_null = 2 * left_out > known - equal;  // which a few entities may do, too few to be learned as their own draw
  rule.rows = equal;
  rule.entities = entities.size();
  rule.share = share;
  return rule;
}

Rule MemberSearch::find_follower(const Found &member, const std::vector<Named> &named, int column) const {
  Rule best;
  const int driver = plan_.tables[table_].driver, sister = member.sister->table, key = member.sister->key;
  for (int base = 0; base < static_cast<int>(schema_.tables[sister].columns.size()); ++base) {
    if (base == member.base || !may_tell(*member.sister, base, column)) continue;
    plan_.check();
    std::optional<Rule> rule = follow(named, sister, base, column);
    if (!rule || !enough(column, rule->rows) || (best.kind != Rule::Kind::None && rule->share <= best.share)) continue;
    best = *rule;
    best.inputs = {{{driver}, base, key}, {{}, member.column, -1}, {{driver}, member.base, key}};
  }
  return best;
}

void MemberSearch::take(const Found &found) {
  Rule &rule = plan_.tables[table_].columns[found.column].rule;
  rule.kind = Rule::Kind::Member;
  rule.inputs = {{{plan_.tables[table_].driver}, found.base, found.sister->key}};
  rule.rows = found.rows;
  rule.entities = found.entities;
  rule.share = found.share;
  const Cells values = cells(table_, found.column);
  const MemberPool pool = pool_of(*found.sister, cells(found.sister->table, found.base));
  std::vector<Named> named;
  for (size_t r = 0; r < values.size(); ++r)
    if (int32_t i = pool.find(parents_[r], values.at(r)); i >= 0) named.push_back({r, pool.row(parents_[r], static_cast<size_t>(i))});
  for (int c : columns_)
    if (open(c)) plan_.tables[table_].columns[c].rule = find_follower(found, named, c);
}

std::vector<MemberSearch::Found> MemberSearch::look(const SisterRows &sister) const {
  std::vector<Found> all;
  for (int column : columns_)
    for (int base = 0; base < static_cast<int>(schema_.tables[sister.table].columns.size()); ++base) {
      if (!may_tell(sister, base, column) || !alike(sister, base, column)) continue;
      plan_.check();
      if (Found found = measure(sister, base, column); found.score > 0) all.push_back(found);
    }
  return all;
}

double MemberSearch::score(int sister) const {
  double best = 0;
  for (const Found &found : look(rows_of(plan_, schema_, data_, sister))) best = std::max(best, found.score);
  return best;
}

void MemberSearch::find() {
  if (columns_.empty()) return;
  std::vector<SisterRows> sisters;
  for (int sister : sisters_of(plan_, schema_, table_)) sisters.push_back(rows_of(plan_, schema_, data_, sister));
  std::vector<Found> all;
  for (const SisterRows &sister : sisters) {
    std::vector<Found> found = look(sister);
    all.insert(all.end(), found.begin(), found.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const Found &a, const Found &b) { return a.score > b.score; });
  size_t taken = 0;
  for (const Found &found : all)
    if (taken < most_members && open(found.column)) {
      take(found);
      ++taken;
    }
}

// Columns that may name a sister's rows: not the one that orders the table's own.
std::vector<int> possible_members(const Plan &plan, const SourceData &data, int table, const std::vector<int> &columns) {
  const TablePlan &p = plan.tables[table];
  std::vector<int> out;
  for (int c : columns) {
    const bool orders = std::find(p.order_by.begin(), p.order_by.end(), c) != p.order_by.end();
    const bool drawn = p.columns[c].role == ColumnRole::Model && is_read(data, table, c);
    if (drawn && !orders && !p.columns[c].ascending && p.columns[c].rule.kind == Rule::Kind::None) out.push_back(c);
  }
  return out;
}

bool has_groups(const Plan &plan, const SourceData &data, int table) {
  const TablePlan &p = plan.tables[table];
  return p.role == TableRole::Learn && p.driver >= 0 && data.tables[table].parents[p.driver].size() == data.tables[table].rows;
}

}  // namespace

void find_members(Plan &plan, const Schema &schema, const SourceData &data, int table, const std::map<int, Rule> &others) {
  if (!has_groups(plan, data, table)) return;
  std::vector<int> columns;
  for (int c : plan.tables[table].column_order)
    if (others.contains(c)) columns.push_back(c);
  MemberSearch(plan, schema, data, table, possible_members(plan, data, table, columns), others).find();
}

namespace {

double score_of(Plan &plan, const Schema &schema, const SourceData &data, int table, int sister) {
  std::vector<int> columns(schema.tables[table].columns.size());
  std::iota(columns.begin(), columns.end(), 0);
  return MemberSearch(plan, schema, data, table, possible_members(plan, data, table, columns)).score(sister);
}

// Whether all that a table refers to comes before place `at` of the order.
bool may_stand(const Plan &plan, const Schema &schema, int table, size_t at) {
  const std::vector<int> &keys = schema.tables[table].foreign_keys;
  for (size_t f = 0; f < keys.size(); ++f) {
    const int parent = schema.foreign_keys[keys[f]].parent;
    const FkRole role = plan.tables[table].fk_roles[f];
    if (role == FkRole::Self || role == FkRole::Cut) continue;
    const auto stands = std::find(plan.order.begin(), plan.order.end(), parent);
    if (stands != plan.order.end() && stands - plan.order.begin() >= static_cast<ptrdiff_t>(at)) return false;
  }
  return true;
}

}  // namespace

void order_sisters(Plan &plan, const Schema &schema, const SourceData &data) {
  if (!plan.config.rules) return;
  for (size_t later = 1; later < plan.order.size(); ++later) {
    const int sister = plan.order[later];
    if (!has_groups(plan, data, sister)) continue;
    const int parent = schema.foreign_keys[driver_key(plan, schema, sister)].parent;
    for (size_t at = 0; at < later; ++at) {
      const int table = plan.order[at];
      plan.check();
      // Most rows name few others, not the other way round.
      if (!has_groups(plan, data, table) || data.tables[table].rows <= data.tables[sister].rows) continue;
      if (schema.foreign_keys[driver_key(plan, schema, table)].parent != parent || !may_stand(plan, schema, sister, at)) continue;
      if (score_of(plan, schema, data, table, sister) <= score_of(plan, schema, data, sister, table)) continue;
      std::rotate(plan.order.begin() + static_cast<ptrdiff_t>(at), plan.order.begin() + static_cast<ptrdiff_t>(later),
                  plan.order.begin() + static_cast<ptrdiff_t>(later) + 1);
      break;
    }
  }
}

namespace {

// The pool of the sample that a rule goes by.
MemberPool source_pool(const Plan &plan, const Schema &schema, const SourceData &data, const Rule &rule) {
  const RuleInput &by = rule.inputs.back();
  const int sister = schema.foreign_keys[by.sister].child;
  return pool_of(rows_of(plan, schema, data, sister),
                 Cells(data.tables[sister].columns[by.column], schema.tables[sister].columns[by.column]));
}

}  // namespace

RuleWay named_way(const Plan &plan, const Schema &schema, const SourceData &data, int table, const Rule &rule) {
  RuleWay way;
  way.path = rule.inputs[0].path;
  way.sister = rule.inputs[0].sister;
  way.table = schema.foreign_keys[way.sister].child;
  way.rows.assign(data.tables[table].rows, no_parent);
  const MemberPool pool = source_pool(plan, schema, data, rule);
  const int column = rule.inputs[1].column;
  const Cells values(data.tables[table].columns[column], schema.tables[table].columns[column]);
  const std::vector<int32_t> &parents = data.tables[table].parents[way.path[0]];
  for (size_t r = 0; r < way.rows.size(); ++r)
    if (int32_t i = pool.find(parents[r], values.at(r)); i >= 0)
      way.rows[r] = static_cast<int32_t>(pool.row(parents[r], static_cast<size_t>(i)));
  return way;
}

std::vector<Code> member_codes(const TrainSet &set, int table, int column) {
  const Rule &rule = set.plan.tables[table].columns[column].rule;
  const MemberPool pool = source_pool(set.plan, set.schema, set.data, rule);
  const Cells values(set.data.tables[table].columns[column], set.schema.tables[table].columns[column]);
  const std::vector<int32_t> &parents = set.data.tables[table].parents[rule.inputs[0].path[0]];
  std::vector<Code> codes(values.size(), rule_unknown);
  int32_t last = no_member;
  for (uint32_t r : set.tables[table].group_rows) {
    if (set.tables[table].previous[r] < 0) last = no_member;
    const size_t size = pool.size(parents[r]);
    if (size == 0) continue;
    const int32_t now = pool.find(parents[r], values.at(r));
    codes[r] = now < 0 ? rule_own : member_code(size, last, now);
    if (now >= 0) last = now;
  }
  return codes;
}

MemberPool drawn_pool(const World &world, int table, const Rule &rule) {
  const RuleInput &by = rule.inputs.back();
  const int sister = table_of(world.schema, table, by);
  const Column &type = world.schema.tables[sister].columns[by.column];
  const TableState &state = world.tables[sister];
  const size_t parents = state.group_begin.empty() ? 0 : state.group_begin.size() - 1;
  MemberPool pool(parents);
  const ValueColumn *values = static_cast<size_t>(by.column) < state.values.size() ? &state.values[by.column] : nullptr;
  for (size_t p = 0; p < parents && values; ++p)
    for (uint32_t row = state.group_begin[p]; row < state.group_begin[p + 1] && row < values->size(); ++row)
      if (!values->nulls[row]) pool.add(p, hash_value(*values, row, type), row);
  return pool;
}

std::string describe_member(const Rule &rule, const Schema &schema, int table) {
  auto name = [&](const RuleInput &input) {
    const Table &t = schema.tables[table_of(schema, table, input)];
    return t.name + "." + t.columns[input.column].name;
  };
  if (rule.kind == Rule::Kind::Member) {
    const Table &parent = schema.tables[schema.foreign_keys[rule.inputs[0].sister].parent];
    return "one of the values of " + name(rule.inputs[0]) + " for the same row of " + parent.name;
  }
  return "copy of " + name(rule.inputs[0]) + " where " + schema.tables[table].columns[rule.inputs[1].column].name + " is " +
         name(rule.inputs[2]);
}

}  // namespace relsynth::core
