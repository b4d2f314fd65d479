// unique: plain unique keys of drawn rows: which rows repeat a key, and other values for them.
#include "core/unique.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace relsynth::core {

namespace {

// Attempts at one row: drawn as modelled, then wider; then every value in turn; then those next to the first and last; then ever wider.
constexpr uint64_t conditional_attempts = 9, widened_attempts = 13, beyond_attempts = 100, last_attempts = 400, most_values = 5000000;
constexpr uint64_t few_values = 2000;  // of other parents, tried before values beyond the learned ones

// Goes through the numbers below `size` in an order of its own: rows that look for values side by side would queue up behind each other.
class Walk {
 public:
  Walk(uint64_t size, Stream random) : size_(size) {
    if (size == 0) return;
    start_ = random.below(size);
    do stride_ = 1 + random.below(size);
    while (std::gcd(stride_, size) != 1);
  }
  uint64_t at(uint64_t i) const { return static_cast<uint64_t>((static_cast<unsigned __int128>(i) * stride_ + start_) % size_); }

 private:
  uint64_t size_, start_ = 0, stride_ = 1;
};

bool has(const std::vector<int> &v, int x) { return std::find(v.begin(), v.end(), x) != v.end(); }

}  // namespace

KeyChecker::KeyChecker(World &world, int table, RowDrawer &drawer)
    : world_(world), table_(table), schema_(world.schema.tables[table]), state_(world.tables[table]), drawer_(drawer) {
  if (state_.fixed) return;
  const TablePlan &plan = world.plan.tables[table];
  for (KeyParts &parts : key_parts(world, table)) {
    Key key;
    const UniqueKey &unique = schema_.keys[parts.key];
    bool late = false, certain = false, generated = false, driver = plan.driver >= 0, line = false;
    for (size_t i = 0; i < unique.columns.size(); ++i) {
      int c = unique.columns[i];
      ColumnRole role = plan.columns[c].role;
      certain |= parts.owner[i] < 0 && (role == ColumnRole::Serial || role == ColumnRole::Uuid);
      generated |= role == ColumnRole::Generated;
      line |= parts.owner[i] < 0 && role == ColumnRole::LineNumber;
      if (parts.owner[i] < 0 && drawer.drawable(c)) key.drawn.push_back(c);
    }
    if (driver)
      for (int c : world.key(table, plan.driver).child_columns) driver &= has(unique.columns, c);
    for (int f : parts.foreign) {
      late |= world.role(table, f) == FkRole::Cut;
      if (world.drawn_choice(table, f)) key.choices.push_back(f);
    }
    if (certain || generated || (driver && line && !world.key(table, plan.driver).nullable)) continue;
    key.name = unique.name;
    key.columns = unique.columns;
    key.nulls_not_distinct = unique.nulls_not_distinct;
    key.parts = std::move(parts);
    key.domain = std::make_shared<Domain>(world, table, key.drawn, key.choices);
    for (int f : key.parts.foreign)
      if (movable(f, key)) key.dealt.push_back(f);
    (late ? late_ : keys_).push_back(std::move(key));
  }
  find_arcs();
  wish_grids();
  find_near();
}

// A grid's columns are like a unique key's, but for errors: what cannot be kept is let go.
void KeyChecker::wish_grids() {
  const std::vector<Grid> &grids = world_.plan.tables[table_].grids;
  const std::vector<int> order = assignment_order(world_, table_);
  for (size_t g = 0; g < grids.size(); ++g) {
    Key key;
    key.wished = true;
    key.name = "grid " + std::to_string(g + 1) + " of table " + schema_.name;
    key.columns = grids[g].columns;
    key.parts.key = static_cast<int>(schema_.keys.size() + g);
    bool late = false;
    for (int c : key.columns) {
      auto first = std::find_if(order.begin(), order.end(), [&](int f) { return has(world_.key(table_, f).child_columns, c); });
      key.parts.owner.push_back(first == order.end() ? -1 : *first);
      late |= first != order.end() && world_.role(table_, *first) == FkRole::Cut;
      if (first == order.end() && drawer_.drawable(c)) key.drawn.push_back(c);
    }
    if (late || !has(key.drawn, key.columns.front())) continue;
    key.domain = std::make_shared<Domain>(world_, table_, key.drawn, key.choices, true);
    keys_.push_back(std::move(key));
  }
}

// Tries for a row what it can do without; then what was drawn given the old values is drawn again.
void KeyChecker::search_wished(Block &block, size_t r, const Key &key, const std::vector<HashSet> &local) {
  constexpr uint64_t most_tried = 4096, most_searches = 3;
  const size_t row = block.first + r;
  // What is drawn again after it may break a key, and that key's search this one.
  if (++attempts_[{row, key.parts.key}] > most_searches) {
    given_up_.insert({row, key.parts.key});
    return;
  }
  const uint64_t values = key.domain->size(), salt = static_cast<uint64_t>(key.parts.key + 1) << 40;
  const Walk walk(values, world_.stream(table_, row, Purpose::Adjust, static_cast<uint64_t>(key.parts.key), 1));
  bool found = false;
  for (uint64_t attempt = 1; attempt <= conditional_attempts && !found; ++attempt) {
    drawer_.redraw(block, r, key.drawn, {}, salt + attempt, RowDrawer::How::Conditional, 0);
    found = free(block, r, key, local);
  }
  for (uint64_t i = 0; i < std::min(values, most_tried) && !found; ++i)
    found = try_value(block, r, key, *key.domain, {}, walk.at(i)) && free(block, r, key, local);
  if (!found) given_up_.insert({row, key.parts.key});
  // What follows from the key's columns has followed; to draw it again would draw these.
  auto follows = [&](int c) {
    const std::vector<RuleInput> &inputs = world_.plan.tables[table_].columns[c].rule.inputs;
    return std::any_of(inputs.begin(), inputs.end(), [&](const RuleInput &i) { return i.path.empty() && has(key.columns, i.column); });
  };
  std::vector<int> rest;
  for (int c = 0; c < static_cast<int>(schema_.columns.size()); ++c)
    if (drawer_.drawable(c) && !settled(row, c) && !has(key.columns, c) && !follows(c)) rest.push_back(c);
  drawer_.redraw(block, r, rest, {}, salt, RowDrawer::How::Conditional, 0);
}

// Further keys of their own columns that are unique as they stand.
void KeyChecker::find_arcs() {
  for (int f = 0; f < world_.keys(table_); ++f) {
    const ForeignKey &key = world_.key(table_, f);
    if (!key.nullable || world_.role(table_, f) != FkRole::Further || world_.drawn_choice(table_, f)) continue;
    auto own = [&](const std::vector<int> &columns) {
      return std::all_of(columns.begin(), columns.end(), [&](int c) { return has(key.child_columns, c); });
    };
    auto touches = [&](const std::vector<int> &columns) {
      return std::any_of(columns.begin(), columns.end(), [&](int c) { return has(key.child_columns, c); });
    };
    bool unique = false, shared = false;
    for (const UniqueKey &k : schema_.keys) {
      unique |= k.plain() && touches(k.columns);
      shared |= touches(k.columns) && (!k.plain() || !own(k.columns) || k.nulls_not_distinct);
    }
    for (int other = 0; other < world_.keys(table_); ++other) shared |= other != f && touches(world_.key(table_, other).child_columns);
    if (unique && !shared) arcs_.push_back(f);
  }
}

bool KeyChecker::movable(int fk, const Key &key) const {
  if (world_.role(table_, fk) != FkRole::Further || world_.drawn_choice(table_, fk)) return false;
  for (int c : world_.key(table_, fk).child_columns) {
    for (size_t k = 0; k < schema_.keys.size(); ++k)
      if (static_cast<int>(k) != key.parts.key && has(schema_.keys[k].columns, c)) return false;
    for (int f = 0; f < world_.keys(table_); ++f)
      if (f != fk && has(world_.key(table_, f).child_columns, c)) return false;
  }
  return true;
}

void KeyChecker::find_near() {
  for (Key &key : keys_)
    for (size_t k = 0; k < keys_.size(); ++k) {
      auto shared = [&](int c) { return has(keys_[k].drawn, c); };
      auto chosen = [&](int f) { return has(keys_[k].choices, f); };
      if (keys_[k].wished && &keys_[k] != &key) continue;
      if (&keys_[k] == &key || std::any_of(key.drawn.begin(), key.drawn.end(), shared) ||
          std::any_of(key.choices.begin(), key.choices.end(), chosen))
        key.near.push_back(k);
    }
}

uint64_t KeyChecker::column_hash(const Block &block, size_t r, int column, int owner) const {
  if (owner < 0 || world_.role(table_, owner) != FkRole::Self) return hash_value(block.columns[column], r, schema_.columns[column]);
  // The value may not be known yet; the row number says the same.
  int32_t parent = state_.parents[owner][block.first + r];
  return parent < 0 ? hash_null : mix(static_cast<uint64_t>(parent) + 1);
}

uint64_t KeyChecker::hash(const Block &block, size_t r, const Key &key) const {
  uint64_t sum = 0x6b6579ULL;
  for (size_t i = 0; i < key.columns.size(); ++i) {
    uint64_t value = column_hash(block, r, key.columns[i], key.parts.owner[i]);
    if (value == hash_null && !key.nulls_not_distinct) return 0;
    sum = combine(sum, value);
  }
  return sum == 0 ? 1 : sum;
}

// The same of the columns that redraws leave as they are.
uint64_t KeyChecker::fixed_hash(const Block &block, size_t r, const Key &key) const {
  uint64_t sum = 0x6b6579ULL;
  for (size_t i = 0; i < key.columns.size(); ++i)
    if (!has(key.drawn, key.columns[i]) && !has(key.choices, key.parts.owner[i]))
      sum = combine(sum, column_hash(block, r, key.columns[i], key.parts.owner[i]));
  return sum;
}

std::vector<Rejection> KeyChecker::check(const Block &block) const {
  std::vector<Rejection> rejections;
  std::vector<HashSet> local(keys_.size());
  std::vector<uint64_t> hashes(keys_.size());
  for (size_t r = 0; r < block.rows && !keys_.empty(); ++r) {
    if (r % 4096 == 0) world_.poll();
    size_t broken = keys_.size();
    for (size_t k = 0; k < keys_.size(); ++k) {
      hashes[k] = hash(block, r, keys_[k]);
      if (keys_[k].wished && given_up_.count({block.first + r, keys_[k].parts.key})) continue;
      if (hashes[k] != 0 && broken == keys_.size() && (keys_[k].used.contains(hashes[k]) || local[k].contains(hashes[k]))) broken = k;
    }
    if (broken < keys_.size()) {
      rejections.push_back({r, keys_[broken].name, keys_[broken].columns});
      continue;
    }
    for (size_t k = 0; k < keys_.size(); ++k)
      if (hashes[k] != 0) local[k].insert(hashes[k]);
  }
  return rejections;
}

bool KeyChecker::free(const Block &block, size_t r, const Key &key, const std::vector<HashSet> &local) const {
  for (size_t k : key.near) {
    uint64_t h = hash(block, r, keys_[k]);
    if (h != 0 && (keys_[k].used.contains(h) || local[k].contains(h))) return false;
  }
  return true;
}

void KeyChecker::add(const Block &block, size_t r, std::vector<HashSet> &local) const {
  for (size_t k = 0; k < keys_.size(); ++k)
    if (uint64_t h = hash(block, r, keys_[k])) local[k].insert(h);
}

void KeyChecker::redraw(Block &block, const std::vector<Rejection> &rejections) {
  std::map<size_t, const Rejection *> rows;
  bool unique = false;
  for (const Rejection &rejection : rejections) {
    if (!rows.try_emplace(rejection.row, &rejection).second) continue;
    for (const Key &key : keys_) unique |= key.name == rejection.constraint;
  }
  // Keys of the rows before each rejected one: a row may take what no earlier row has.
  std::vector<HashSet> local(keys_.size());
  size_t done = 0, count = 0;
  for (const auto &[r, rejection] : rows) {
    if (++count % 64 == 0) world_.poll();
    for (; unique && done < r; ++done) add(block, done, local);
    auto key = std::find_if(keys_.begin(), keys_.end(), [&, first = rejection](const Key &k) { return k.name == first->constraint; });
    if (key != keys_.end() && key->wished)
      search_wished(block, r, *key, local);
    else if (key != keys_.end())
      search(block, r, *key, local);
    else
      refuse(block, r, *rejection);
  }
}

// Gives a row's key value number `index` of a domain; false when a parent of it cannot be referred to.
bool KeyChecker::try_value(Block &block, size_t r, const Key &key, const Domain &domain, const std::vector<int> &choices, uint64_t index) {
  std::vector<int32_t> parents;
  Stream random = world_.stream(table_, block.first + r, Purpose::Adjust, static_cast<uint64_t>(key.parts.key), 2);
  domain.set(index, block, r, parents, random);
  for (size_t i = 0; i < parents.size(); ++i)
    if (!referencable(world_, world_.key(table_, choices[i]), static_cast<size_t>(parents[i]))) return false;
  for (size_t i = 0; i < parents.size(); ++i) drawer_.set_parent(block, r, choices[i], parents[i]);
  return true;
}

void KeyChecker::search(Block &block, size_t r, Key &key, const std::vector<HashSet> &local) {
  size_t row = block.first + r;
  if (key.drawn.empty() && key.choices.empty())
    raise_capacity(world_, table_, key.parts.key, static_cast<double>(state_.rows), static_cast<double>(key.used.size()));
  const Domain &domain = *key.domain;
  const uint64_t salt = static_cast<uint64_t>(key.parts.key + 1) << 40;  // apart from redraws for other constraints
  const uint64_t fixed = fixed_hash(block, r, key);
  const uint64_t values = std::min(domain.size(), most_values);
  const Walk walk(domain.size(), world_.stream(table_, row, Purpose::Adjust, static_cast<uint64_t>(key.parts.key), 1));
  uint64_t &attempts = attempts_[{row, key.parts.key}];
  bool moved = false;
  while (attempts < widened_attempts + values + beyond_attempts + last_attempts) {
    ++attempts;
    if (attempts == widened_attempts + values && values == domain.size()) key.full.insert(fixed);
    // Not 0 values instead: the attempts that a row had while the domain had some would use up those that follow.
    if (attempts > widened_attempts && attempts <= widened_attempts + values && key.full.contains(fixed))
      attempts = widened_attempts + values + 1;
    if (attempts % 1024 == 0) world_.poll();
    // Another parent is better than a value that no row of the source comes near.
    if (attempts > widened_attempts + values && !moved) {
      moved = true;
      if (move_dealt(block, r, key, local, few_values)) return;
    }
    if (attempts <= conditional_attempts) {
      drawer_.redraw(block, r, key.drawn, key.choices, salt + attempts, RowDrawer::How::Conditional, 0);
    } else if (attempts > widened_attempts && attempts <= widened_attempts + values) {
      if (!try_value(block, r, key, domain, key.choices, walk.at(attempts - widened_attempts - 1))) continue;
    } else if (attempts > widened_attempts + values && attempts <= widened_attempts + values + beyond_attempts) {
      if (!domain.set_beyond(attempts - widened_attempts - values - 1, block, r)) continue;
    } else {
      uint64_t width = attempts - conditional_attempts - (attempts > widened_attempts ? values + beyond_attempts : 0);
      drawer_.redraw(block, r, key.drawn, key.choices, salt + attempts, RowDrawer::How::Widened, static_cast<int>(width));
    }
    if (free(block, r, key, local)) return;
  }
  if (move_dealt(block, r, key, local, most_values) || (set_null(block, r, key) && free(block, r, key, local))) return;
  double capacity = static_cast<double>(domain.size() > 0 ? domain.size() : key.used.size());
  raise_capacity(world_, table_, key.parts.key, static_cast<double>(state_.rows), capacity);
}

// No value is free beside the parents that the row was dealt: goes through other parents too.
bool KeyChecker::move_dealt(Block &block, size_t r, const Key &key, const std::vector<HashSet> &local, uint64_t most) {
  if (key.dealt.empty()) return false;
  for (int f : key.dealt)
    if (state_.parents[f][block.first + r] < 0) return false;
  std::vector<int> choices = key.choices;
  choices.insert(choices.end(), key.dealt.begin(), key.dealt.end());
  std::vector<int32_t> before;
  before.reserve(key.dealt.size());
  for (int f : key.dealt) before.push_back(state_.parents[f][block.first + r]);
  const Domain domain(world_, table_, key.drawn, choices);
  const Walk walk(domain.size(), world_.stream(table_, block.first + r, Purpose::Adjust, static_cast<uint64_t>(key.parts.key), 3));
  for (uint64_t i = 0; i < std::min(domain.size(), most); ++i) {
    if (i % 1024 == 0) world_.poll();
    if (try_value(block, r, key, domain, choices, walk.at(i)) && free(block, r, key, local)) return true;
  }
  for (size_t i = 0; i < before.size(); ++i) drawer_.set_parent(block, r, key.dealt[i], before[i]);
  return false;
}

// No value is free: NULL, where the key allows any number of them.
bool KeyChecker::set_null(Block &block, size_t r, const Key &key) {
  if (key.nulls_not_distinct) return false;
  for (int c : key.drawn) {
    if (schema_.columns[c].not_null) continue;
    block.columns[c].set_null(r);
    block.codes[c][r] = null_code;
    return true;
  }
  for (int f : key.choices) {
    if (!world_.key(table_, f).nullable) continue;
    drawer_.set_parent(block, r, f, no_parent);
    return true;
  }
  return false;
}

// A column that a row may no longer change: the row is kept, and its keys are taken or copied by others.
bool KeyChecker::settled(size_t row, int column) const {
  if (row >= state_.kept) return false;
  if (static_cast<size_t>(column) < state_.values.size() && state_.values[column].size() > 0) return true;
  return std::any_of(schema_.keys.begin(), schema_.keys.end(), [&](const UniqueKey &key) { return has(key.columns, column); });
}

// A constraint other than a plain key: what it mentions is drawn again, then the whole row, then by turns the row and wider values.
void KeyChecker::refuse(Block &block, size_t r, const Rejection &rejection) {
  size_t row = block.first + r;
  uint64_t attempt = ++attempts_[{row, -1}];
  std::vector<int> named, all, named_choices, all_choices;
  for (int c = 0; c < static_cast<int>(schema_.columns.size()); ++c) {
    if (!drawer_.drawable(c) || settled(row, c)) continue;
    bool total = row < state_.kept && world_.plan.tables[table_].columns[c].rule.kind == Rule::Kind::Total;
    if (total && !has(rejection.columns, c)) continue;
    all.push_back(c);
    if (has(rejection.columns, c)) named.push_back(c);
  }
  for (int f = 0; f < world_.keys(table_); ++f) {
    const std::vector<int> &columns = world_.key(table_, f).child_columns;
    bool mentioned = std::any_of(columns.begin(), columns.end(), [&](int c) { return has(rejection.columns, c); });
    bool fixed = std::any_of(columns.begin(), columns.end(), [&](int c) { return settled(row, c); });
    if (!world_.drawn_choice(table_, f) || fixed) continue;
    all_choices.push_back(f);
    if (mentioned) named_choices.push_back(f);
  }
  bool whole = named.empty() && named_choices.empty();
  if (attempt > 9 && (attempt < 20 || attempt % 2 == 0)) whole = true;
  bool widen = attempt >= 20 && attempt % 2 == 1;
  int width = widen ? static_cast<int>((attempt - 20) / 2 + 1) : 0;
  drawer_.redraw(block, r, whole ? all : named, whole ? all_choices : named_choices, attempt,
                 widen ? RowDrawer::How::Widened : RowDrawer::How::Conditional, width);
  // Nothing that is drawn bears on the constraint alone: another parent may.
  auto move = [&](int f) {
    const std::vector<int> &columns = world_.key(table_, f).child_columns;
    bool mentioned = std::any_of(columns.begin(), columns.end(), [&](int c) { return has(rejection.columns, c); });
    bool fixed = std::any_of(columns.begin(), columns.end(), [&](int c) { return settled(row, c); });
    if (mentioned && !fixed && (attempt >= 3 || named.empty())) move_loose(block, r, f, attempt);
  };
  for (int f : drawer_.loose_keys()) move(f);
  for (int f : arcs_) move(f);
}

// Another parent along a loose key: any, or by turns one without children, for a partial unique key may want one each. Later also none, or
// one instead of none: exclusive arcs.
void KeyChecker::move_loose(Block &block, size_t r, int fk, uint64_t attempt) {
  const ForeignKey &key = world_.key(table_, fk);
  const size_t row = block.first + r, rows = world_.tables[key.parent].rows;
  if (rows == 0) return;
  Stream random = world_.stream(table_, row, Purpose::Parent, static_cast<uint64_t>(fk), attempt);
  const int32_t now = state_.parents[fk][row];
  const bool turn = key.nullable && attempt >= 10 && random.below(2) == 1, arc = has(arcs_, fk);
  if (now < 0 && !turn) return;
  int32_t other = no_parent;
  if (now < 0 || !turn) {
    if (arc || attempt % 2 == 0) other = idle_parent(fk, random);
    if (other < 0 && !arc) other = static_cast<int32_t>(random.below(rows));
    if (other < 0 || !referencable(world_, key, static_cast<size_t>(other))) return;
  }
  Degrees &known = degrees(fk);
  if (now >= 0 && --known.children[now] == 0) known.idle.push_back(now);
  if (other >= 0) ++known.children[other];
  drawer_.set_parent(block, r, fk, other);
}

KeyChecker::Degrees &KeyChecker::degrees(int fk) {
  Degrees &degrees = degrees_[fk];
  if (!degrees.children.empty()) return degrees;
  degrees.children.assign(world_.tables[world_.key(table_, fk).parent].rows, 0);
  for (int32_t parent : state_.parents[fk])
    if (parent >= 0) ++degrees.children[parent];
  for (size_t p = 0; p < degrees.children.size(); ++p)
    if (degrees.children[p] == 0) degrees.idle.push_back(static_cast<int32_t>(p));
  return degrees;
}

// A parent without children along a key, if one is found soon; else no_parent.
int32_t KeyChecker::idle_parent(int fk, Stream &random) {
  constexpr size_t most_looks = 256;
  const Degrees &known = degrees(fk);
  const size_t n = known.idle.size(), start = n == 0 ? 0 : random.below(n);
  for (size_t i = 0; i < std::min(n, most_looks); ++i)
    if (int32_t p = known.idle[(start + i) % n]; known.children[p] == 0) return p;
  return no_parent;
}

// What close() needs of keys that a Cut key completes.
void KeyChecker::note_late(const Block &block) {
  for (const Key &key : late_) {
    std::vector<uint64_t> &prefix = state_.late_prefix[key.parts.key];
    prefix.resize(state_.rows, 0);
    for (size_t r = 0; r < block.rows; ++r) {
      uint64_t sum = 0x6b6579ULL;
      bool null = false;
      for (size_t i = 0; i < key.columns.size(); ++i) {
        if (key.parts.owner[i] >= 0) continue;
        uint64_t value = hash_value(block.columns[key.columns[i]], r, schema_.columns[key.columns[i]]);
        null |= value == hash_null && !key.nulls_not_distinct;
        sum = combine(sum, value);
      }
      prefix[block.first + r] = null ? 0 : sum == 0 ? 1 : sum;
    }
  }
}

void KeyChecker::keep(const Block &block) {
  for (size_t r = 0; r < block.rows; ++r)
    for (Key &key : keys_)
      if (uint64_t h = hash(block, r, key)) key.used.insert(h);
  note_late(block);
  given_up_.erase(given_up_.lower_bound({block.first, -1}), given_up_.lower_bound({block.first + block.rows, -1}));
  attempts_.erase(attempts_.lower_bound({block.first, -1}), attempts_.lower_bound({block.first + block.rows, -1}));
}

}  // namespace relsynth::core
