// rules: columns that are a function of another column of the row, or of the row that a foreign key leads to.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/features.h"
#include "core/rules.h"
#include "core/support.h"
#include "core/text_runs.h"

namespace relsynth::core {

namespace {

constexpr double least_bits = 40;       // of surprise that the function is, were the columns independent
constexpr size_t least_repeats = 20;    // agreements between entities of one input, or rows of one parent
constexpr double least_repeated = 0.5;  // of the rows have an input that another entity has, too
constexpr size_t least_parents = 30;    // that are not kept, so that no single draw weighs much
constexpr double least_kept = 0.8;      // of the rows have an input that may be kept
constexpr double least_known = 0.2;     // of the rows have an input

// The values of an input and what is known of a group of rows that share one.
struct Group {
  uint64_t value;  // of the column
  uint32_t rows = 0, entities = 0, last = UINT32_MAX;
};

class LookupSearch {
 public:
  LookupSearch(const Plan &plan, const Schema &schema, const SourceData &data, int table, int column)
      : plan_(plan),
        schema_(schema),
        table_(table),
        source_(data.tables[table]),
        type_(schema.tables[table].columns[column]),
        values_(source_.columns[column], type_),
        column_(column),
        order_(by_entity(source_)) {
    for (size_t r = 0; r < values_.size(); ++r) ++counts_[values_.at(r)];
  }

  // `input` gives the value of each row's input, hash_null for none; rows are its units of evidence if `by_row`, else entities.
  template <class Input>
  void measure(const RuleInput &what, const Input &input, bool by_row);
  void look_at(int base, const Column &type);
  void look_along(const RuleWay &way);
  const Rule &best() const { return best_; }
  bool varies() const { return counts_.size() > 1; }

 private:
  const Plan &plan_;
  const Schema &schema_;
  int table_;
  const SourceTable &source_;
  const Column &type_;
  Cells values_;
  int column_;
  std::vector<uint32_t> order_;
  std::unordered_map<uint64_t, uint32_t> counts_;  // rows per value
  Rule best_;
  size_t best_groups_ = SIZE_MAX;
};

template <class Input>
void LookupSearch::measure(const RuleInput &what, const Input &input, bool by_row) {
  std::unordered_map<uint64_t, Group> groups;
  size_t known = 0;
  for (uint32_t r : order_) {
    uint64_t x = input(r);
    if (x == hash_null) continue;
    auto [at, fresh] = groups.try_emplace(x);
    Group &group = at->second;
    if (fresh) group.value = values_.at(r);
    if (group.value != values_.at(r)) return;
    ++known;
    ++group.rows;
    uint32_t unit = by_row ? r : entity_of(source_.entity, r);
    group.entities += unit != group.last;
    group.last = unit;
  }
  uint32_t threshold = support_threshold(source_.entities, plan_.min_count, false);
  double bits = 0;
  size_t repeats = 0, repeated = 0, kept = 0;
  for (const auto &[x, group] : groups) {
    if (group.entities >= threshold) kept += group.rows;
    if (group.entities < 2) continue;
    repeats += group.entities - 1;
    repeated += group.rows;
    bits += (group.entities - 1) * std::log2(static_cast<double>(values_.size()) / counts_.at(group.value));
  }
  auto share = [&](size_t rows) { return static_cast<double>(rows) / std::max(1.0, static_cast<double>(known)); };
  if (bits < least_bits || repeats < least_repeats || share(repeated) < least_repeated) return;
  bool dealt = by_row && !is_choice(schema_, plan_, table_, what.path[0]);
  if ((!by_row && share(kept) < least_kept) || (dealt && groups.size() < least_parents) || groups.size() >= best_groups_ ||
      static_cast<double>(known) < least_known * static_cast<double>(values_.size()))
    return;
  best_groups_ = groups.size();
  best_.kind = Rule::Kind::Lookup;
  best_.inputs = {what};
  best_.always = true;
  best_.rows = known;
  best_.entities = repeats;
  best_.share = 1;
}

// Of two columns that determine each other, the one before in the table is the input.
void LookupSearch::look_at(int base, const Column &type) {
  const Cells bases(source_.columns[base], type);
  if (base > column_) {
    std::unordered_map<uint64_t, uint64_t> back;
    bool both = true;
    for (size_t r = 0; r < values_.size() && both; ++r)
      if (uint64_t y = values_.at(r); y != hash_null) both = back.try_emplace(y, bases.at(r)).first->second == bases.at(r);
    if (both) return;
  }
  measure(
      {{}, base}, [&](size_t r) { return bases.at(r); }, false);
}

// The way is one foreign key long: the parent itself tells.
void LookupSearch::look_along(const RuleWay &way) {
  measure(
      {{way.path[0]}, -1}, [&](size_t r) { return way.at(r) < 0 ? hash_null : mix(static_cast<uint64_t>(way.at(r)) + 1); }, true);
}

}  // namespace

Rule find_lookup(const Plan &plan, const Schema &schema, const SourceData &data, const std::vector<RuleWay> &ways, int table, int column,
                 const std::vector<int> &bases) {
  LookupSearch search(plan, schema, data, table, column);
  if (!search.varies()) return {};
  for (int base : bases) {
    plan.check();
    Encoding encoding = plan.tables[table].columns[base].encoding;
    if (base != column && (encoding == Encoding::Category || encoding == Encoding::Number))
      search.look_at(base, schema.tables[table].columns[base]);
  }
  for (const RuleWay &way : ways)
    if (way.path.size() == 1 && way.path[0] != plan.tables[table].driver) search.look_along(way);
  return search.best();
}

namespace {

// The input of every row as a number; hash_null for none.
std::vector<uint64_t> inputs_of(const TrainSet &set, int table, const RuleInput &input) {
  std::vector<uint64_t> out;
  size_t rows = set.tables[table].rows;
  out.reserve(rows);
  if (input.column >= 0) {
    const Cells cells(set.data.tables[table].columns[input.column], set.schema.tables[table].columns[input.column]);
    for (size_t r = 0; r < rows; ++r) out.push_back(cells.at(r));
    return out;
  }
  const RuleWay way = way_to(set.plan, set.schema, set.data, table, input);
  for (size_t r = 0; r < rows; ++r) out.push_back(way.at(r) < 0 ? hash_null : mix(static_cast<uint64_t>(way.at(r)) + 1));
  return out;
}

// Whether a code of the input stands for one value that may be kept.
bool stands_for_one(const Codec &codec, Code code) {
  if (codec.encoding == Encoding::Category) return !codec.category.rare || code < codec.codes - 1;
  size_t bin = code - 1u;
  return codec.encoding == Encoding::Number && bin < codec.number.bins.size() && codec.number.bins[bin].low == codec.number.bins[bin].high;
}

// The place of every row's text among those of a category; -1 where it is none of them.
std::vector<int32_t> places_of(const CategoryCodec &category, const SourceColumn &values) {
  std::unordered_map<std::string_view, int32_t> known;
  for (size_t i = 0; i < category.texts.size(); ++i) known[category.texts[i]] = static_cast<int32_t>(i);
  std::vector<int32_t> by_id(values.pool.size(), -1), places(values.size(), -1);
  for (size_t id = 0; id < by_id.size(); ++id)
    if (auto found = known.find(without_padding(values.pool[id])); found != known.end()) by_id[id] = found->second;
  for (size_t r = 0; r < places.size(); ++r)
    if (!values.nulls[r]) places[r] = by_id[values.ids[r]];
  return places;
}

void put_value(const SourceColumn &from, size_t row, ValueColumn &to, size_t at) {
  to.nulls[at] = from.nulls[row];
  if (to.repr == Repr::Int) to.ints[at] = from.ints[row];
  if (to.repr == Repr::Float) to.floats[at] = from.floats[row];
}

}  // namespace

std::vector<uint32_t> learn_lookup(const TrainSet &set, int table, int column, const std::vector<Codec> &codecs, RuleModel &model) {
  const RuleInput &input = model.rule.inputs[0];
  const TrainTable &train = set.tables[table];
  const std::vector<uint64_t> inputs = inputs_of(set, table, input);
  std::unordered_map<uint64_t, uint8_t> seen;
  std::vector<uint32_t> first;  // rows of each input
  for (uint32_t r = 0; r < inputs.size(); ++r)
    if (inputs[r] != hash_null && seen.try_emplace(inputs[r], 1).second) first.push_back(r);
  const CategoryCodec *grouped = nullptr;  // values share codes: each looks up by itself
  if (input.column >= 0 && !codecs[input.column].category.begin.empty()) grouped = &codecs[input.column].category;
  const std::vector<Code> &input_codes = input.column >= 0 ? train.codes[input.column] : train.choice[input.path[0]];
  if (input_codes.empty()) return first;
  const Codec &own = codecs[column];
  const SourceColumn &values = set.data.tables[table].columns[column];
  const size_t places = grouped ? grouped->texts.size() : 256;
  const std::vector<int32_t> place = grouped ? places_of(*grouped, set.data.tables[table].columns[input.column]) : std::vector<int32_t>();
  model.lookup.assign(places, missing_code);
  if (own.encoding == Encoding::Number) {
    model.values.repr = own.repr;
    model.values.decimals = own.number.decimals;
    model.values.padded = own.number.padded;
    model.values.resize(places);
  }
  std::vector<uint32_t> open;
  for (uint32_t r : first) {
    int32_t x = grouped ? place[r] : input_codes[r];
    bool one = grouped ? x >= 0 : input.column >= 0 ? stands_for_one(codecs[input.column], input_codes[r]) : x != choice_other;
    if (input_codes[r] == null_code || !one) {
      open.push_back(r);
      continue;
    }
    model.lookup[x] = train.codes[column][r];
    if (own.encoding == Encoding::Number) put_value(values, r, model.values, static_cast<size_t>(x));
  }
  return open;
}

std::vector<FeatureRef> lookup_candidates(const Plan &plan, int table, const RuleInput &input, std::vector<FeatureRef> candidates) {
  using Kind = FeatureRef::Kind;
  std::erase_if(candidates, [&](const FeatureRef &ref) {
    if (ref.kind == Kind::Own) {
      const Rule &other = plan.tables[table].columns[ref.column].rule;
      bool same = other.kind == Rule::Kind::Lookup && other.inputs[0] == input;
      return !same && (input.column < 0 || ref.column != input.column);
    }
    bool parent = ref.kind == Kind::Parent || ref.kind == Kind::Choice;
    return !parent || input.column >= 0 || ref.fk != input.path[0];
  });
  return candidates;
}

}  // namespace relsynth::core
