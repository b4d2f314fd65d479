// scan, the rows of one table: cells -> sample, parent row numbers, counts.
#include "pg/collect.h"

#include <algorithm>

#include "core/random.h"

namespace relsynth::pg {

namespace {

// Texts and verbatim copies of one table's sample are bounded: more tightens the sample as too many rows do.
constexpr size_t most_bytes = size_t{400} << 20;

constexpr size_t least_rows = 100;  // never fewer for that reason

constexpr size_t never = static_cast<size_t>(-1);

void add_once(std::vector<int> &columns, int column) {
  if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
}

// The key that names a row wherever it is stored: the primary key, else a plain key without NULLs.
std::vector<int> naming_key(const core::Table &table) {
  for (const core::UniqueKey &key : table.keys) {
    bool whole = key.plain() && !key.columns.empty();
    for (int c : key.columns) whole = whole && table.columns[c].not_null;
    if (whole) return key.columns;
  }
  return {};
}

// The largest threshold that lets at most `limit` rows through, and how many it lets; there are more than `limit` hashes.
uint64_t threshold_for(std::vector<uint64_t> hashes, size_t limit, size_t &rows) {
  std::nth_element(hashes.begin(), hashes.begin() + static_cast<ptrdiff_t>(limit), hashes.end());
  uint64_t excluded = hashes[limit];
  rows = static_cast<size_t>(std::count_if(hashes.begin(), hashes.end(), [=](uint64_t h) { return h < excluded; }));
  return excluded == 0 ? 0 : excluded - 1;
}

template <class T>
void keep_rows(std::vector<T> &values, const std::vector<uint32_t> &kept) {
  if (values.empty()) return;
  for (size_t i = 0; i < kept.size(); ++i)
    if (kept[i] != i) values[i] = std::move(values[kept[i]]);
  values.resize(kept.size());
}

}  // namespace

ScanState::ScanState(const core::Schema &s, const core::Plan &p, uint64_t seed)
    : schema(s), plan(p), seed(seed), tables(s.tables.size()), orphans(s.foreign_keys.size()) {
  for (const core::ForeignKey &fk : s.foreign_keys) {
    std::vector<std::pair<int, int>> pairs;
    for (size_t i = 0; i < fk.child_columns.size(); ++i) pairs.emplace_back(fk.parent_columns[i], fk.child_columns[i]);
    std::sort(pairs.begin(), pairs.end());
    Link link;
    std::vector<int> columns;
    for (const auto &[parent, child] : pairs) {
      columns.push_back(parent);
      link.child_columns.push_back(child);
    }
    auto same = std::find_if(keys.begin(), keys.end(), [&](const auto &k) { return k.table == fk.parent && k.columns == columns; });
    link.key = static_cast<int>(same - keys.begin());
    if (same == keys.end()) keys.push_back({fk.parent, columns, false, {}});
    keys[link.key].every_row = keys[link.key].every_row || fk.declared || !fk.validated;
    links.push_back(std::move(link));
  }
}

Collector::Collector(ScanState &state, int table, Grain grain)
    : state_(state), table_(state.schema.tables[table]), plan_(state.plan.tables[table]), index_(table), grain_(grain) {
  bool keep = plan_.role == core::TableRole::Keep;
  verbatim_ = keep || plan_.keep_candidate;
  limit_ = keep ? never : static_cast<size_t>(std::clamp<int64_t>(state.plan.sample_rows, 1, int64_t{1} << 30));
  salt_ = core::combine(state.seed, core::hash_name(table_.qualified()));
  choose_row_key();
  choose_columns();
  open_links();
}

size_t Collector::cell_of(int column) const {
  return static_cast<size_t>(std::find(columns_.begin(), columns_.end(), column) - columns_.begin());
}

void Collector::choose_row_key() { row_key_columns_ = naming_key(table_); }

// Keys first. Of a table outside only what is referenced; else all but what the server computes.
void Collector::choose_columns() {
  for (const ReferencedKey &key : state_.keys)
    if (key.table == index_)
      for (int c : key.columns) add_once(columns_, c);
  if (plan_.role != core::TableRole::External || columns_.empty())
    for (int c : row_key_columns_) add_once(columns_, c);
  else
    row_key_columns_ = columns_;
  for (int fk : table_.foreign_keys)
    for (int c : state_.schema.foreign_keys[fk].child_columns) add_once(columns_, c);
  keys_ = columns_.size();
  if (plan_.role != core::TableRole::External && !table_.external)
    for (size_t c = 0; c < table_.columns.size(); ++c) {
      bool in_key = std::any_of(table_.keys.begin(), table_.keys.end(), [&](const auto &k) {
        return std::find(k.columns.begin(), k.columns.end(), static_cast<int>(c)) != k.columns.end();
      });
      if (!table_.columns[c].generated || in_key) add_once(columns_, static_cast<int>(c));
    }
  for (int c : row_key_columns_) row_key_.push_back(cell_of(c));
}

void Collector::open_links() {
  for (size_t p = 0; p < table_.foreign_keys.size(); ++p) {
    int fk = table_.foreign_keys[p];
    const Link &link = state_.links[fk];
    int parent = state_.keys[link.key].table;
    Outgoing out{
        fk, static_cast<int>(p), {}, state_.tables[parent].done, false, {}, 0, 0, {index_, static_cast<int>(p), {}, {}}, core::no_parent};
    for (int c : link.child_columns) out.cells.push_back(cell_of(c));
    out.driver = out.ready && plan_.driver == out.position && limit_ != never;  // a kept table is read whole
    if (out.ready) out.children.resize(state_.tables[parent].hash.size());
    outgoing_.push_back(std::move(out));
  }
  for (size_t k = 0; k < state_.keys.size(); ++k) {
    if (state_.keys[k].table != index_) continue;
    Incoming in{static_cast<int>(k), {}, {}, {}, 0};
    for (int c : state_.keys[k].columns) in.cells.push_back(cell_of(c));
    incoming_.push_back(std::move(in));
  }
  for (Outgoing &out : outgoing_)
    if (out.driver) driver_ = &out;
  if (!driver_) return;
  driver_parent_ = &state_.tables[state_.schema.foreign_keys[driver_->fk].parent];
  share_ = driver_parent_->share;
  // 2^64 as the number of hashes: the threshold's share of them is the parent's chance of being in the sample.
  if (grain_ != Grain::Entity)
    share_ *= static_cast<double>(driver_parent_->threshold) * 0x1p-64;
  else
    threshold_ = driver_parent_->threshold;
}

void Collector::prepare() {
  decoders_ = make_decoders(table_, columns_);
  cells_.resize(columns_.size() * (verbatim_ ? 2 : 1));
  interners_.resize(columns_.size());
  scales_.resize(columns_.size());
  out_.columns.resize(table_.columns.size());
  out_.parents.resize(table_.foreign_keys.size());
  out_.null_share.resize(table_.foreign_keys.size());
  if (verbatim_) out_.verbatim.resize(table_.columns.size());
  for (size_t i = 0; i < columns_.size(); ++i) out_.columns[columns_[i]].repr = decoders_[i].repr;
  reserve();
}

// Room by the estimate, so that vectors rarely move; a wrong estimate costs only that.
void Collector::reserve() {
  size_t rows = static_cast<size_t>(std::clamp(table_.estimated_rows * 1.05, 16.0, 1e9));
  if (limit_ != never) rows = std::min(rows, limit_ + limit_ / 2 + 64);
  rows = std::min(rows, size_t{1} << 22);
  for (size_t i = 0; i < columns_.size(); ++i) {
    core::SourceColumn &column = out_.columns[columns_[i]];
    column.nulls.reserve(rows);
    if (column.repr == core::Repr::Int) column.ints.reserve(rows);
    if (column.repr == core::Repr::Float) column.floats.reserve(rows);
    if (column.repr == core::Repr::Text) column.ids.reserve(rows);
  }
  for (std::vector<int32_t> &parents : out_.parents) parents.reserve(rows);
  for (Incoming &in : incoming_) in.hashes.reserve(rows);
  hashes_.reserve(rows);
  own_.reserve(rows);
}

// Text equality is that of the referenced column; `null` if any cell is NULL.
uint64_t Collector::hash_cells(const std::vector<size_t> &cells, const core::Table &types, const std::vector<int> &columns,
                               bool &null) const {
  uint64_t h = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    null = null || cells_[cells[i]].null;
    h = core::combine(h, hash_cell(cells_[cells[i]], decoders_[cells[i]], types.columns[columns[i]]));
  }
  return h == 0 ? 1 : h;
}

// Finds the parent of the current row, or leaves the key's hash for later; counts.
void Collector::follow(Outgoing &link) {
  const ReferencedKey &key = state_.keys[state_.links[link.fk].key];
  bool null = false;
  uint64_t h = hash_cells(link.cells, state_.schema.tables[key.table], key.columns, null);
  link.parent = core::no_parent;
  if (null) ++link.nulls;
  if (!link.ready) {
    link.later.hashes.push_back(null ? 0 : h);
    return;
  }
  if (null) return;
  link.parent = key.rows.find(h);
  if (link.parent >= 0)
    ++link.children[link.parent];
  else if (!key.rows.contains(h))
    ++link.orphans;
}

// A row goes with its driver's parent. One that has none goes by its own hash, thinned out as the others are: so NULL keeps its share.
bool Collector::in_sample() {
  bool null = false;
  row_own_ = core::combine(salt_, row_key_.empty() ? seen_ : hash_cells(row_key_, table_, row_key_columns_, null));
  row_hash_ = row_own_;
  if (!driver_) return row_hash_ <= threshold_;
  int32_t parent = driver_->parent;
  if (parent == core::unknown_parent && !driver_parent_->complete) return false;
  if (parent < 0 && share_ < 1 && static_cast<double>(core::mix(row_own_ + 1)) * 0x1p-64 >= share_) return false;
  if (parent >= 0 && grain_ == Grain::Entity) row_hash_ = driver_parent_->hash[parent];
  if (parent >= 0 && grain_ == Grain::Group) row_hash_ = core::combine(salt_, driver_parent_->own[parent]);
  return row_hash_ <= threshold_;
}

bool Collector::decide() {
  for (Outgoing &link : outgoing_) follow(link);
  for (Incoming &in : incoming_) {
    bool null = false;
    in.hash = hash_cells(in.cells, table_, state_.keys[in.key].columns, null);
    if (null) in.hash = 0;
  }
  bool kept = in_sample();
  if (!kept)
    for (Incoming &in : incoming_)
      if (state_.keys[in.key].every_row && in.hash) in.outside.push_back(in.hash);
  ++seen_;
  return kept;
}

void Collector::append(core::SourceColumn &column, size_t cell) {
  const Cell &c = cells_[cell];
  column.nulls.push_back(c.null);
  switch (column.repr) {
    case core::Repr::Int: column.ints.push_back(c.null ? 0 : c.integer); break;
    case core::Repr::Float:
      column.floats.push_back(c.null ? 0 : c.number);
      if (c.null || decoders_[cell].form != Form::Numeric) break;
      column.decimals = std::max(column.decimals, c.scale);
      if (c.number != 0) scales_[cell].add(c.scale, c.needed_scale);
      break;
    case core::Repr::Text: {
      size_t before = column.pool.size();
      column.ids.push_back(c.null ? 0 : interners_[cell].id({c.text, c.length}, column.pool));
      if (column.pool.size() > before) bytes_ += c.length + sizeof(std::string);
      break;
    }
  }
}

void Collector::store() {
  for (size_t i = 0; i < columns_.size(); ++i) append(out_.columns[columns_[i]], i);
  for (size_t i = 0; verbatim_ && i < columns_.size(); ++i) {
    const Cell &c = cells_[columns_.size() + i];
    std::vector<std::string> &texts = out_.verbatim[columns_[i]];
    texts.emplace_back(c.null ? std::string_view() : std::string_view(c.text, c.length));
    bytes_ += texts.back().size() + sizeof(std::string);
  }
  for (Outgoing &link : outgoing_) {
    out_.parents[link.position].push_back(link.parent);
    if (!link.ready) link.later.rows.push_back(static_cast<uint32_t>(seen_ - 1));
  }
  for (Incoming &in : incoming_) in.hashes.push_back(in.hash);
  hashes_.push_back(row_hash_);
  own_.push_back(row_own_);
  if (limit_ == never) return;
  if (hashes_.size() > limit_ + limit_ / 2 + 16) tighten(limit_);
  if (bytes_ > most_bytes && hashes_.size() > least_rows) {
    compact_pools();
    if (bytes_ > most_bytes / 2) tighten(hashes_.size() / 2);
    compact_pools();
  }
}

// Lowers the threshold until at most `limit` rows are left. Independent of the order of rows: a row is in the final sample if and only if
// its hash is up to the final threshold, which only the set of all hashes decides.
void Collector::tighten(size_t limit) {
  if (hashes_.size() <= limit) return;
  size_t rows = 0;
  uint64_t threshold = threshold_for(hashes_, limit, rows);
  if (driver_ && grain_ != Grain::Row && rows < limit / 2) {
    coarse_ = true;
    return;
  }
  drop_above(threshold);
}

// Leaves texts of dropped rows out of the pool.
void Collector::compact_pool(core::SourceColumn &column) {
  std::vector<std::string> old;
  old.swap(column.pool);
  constexpr uint32_t unseen = std::numeric_limits<uint32_t>::max();
  std::vector<uint32_t> place(old.size(), unseen);
  for (size_t row = 0; row < column.ids.size(); ++row) {
    uint32_t &id = column.ids[row];
    if (column.nulls[row]) continue;
    if (place[id] == unseen) {
      place[id] = static_cast<uint32_t>(column.pool.size());
      bytes_ += old[id].size() + sizeof(std::string);
      column.pool.push_back(std::move(old[id]));
    }
    id = place[id];
  }
}

void Collector::compact_pools() {
  bytes_ = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    core::SourceColumn &column = out_.columns[columns_[i]];
    if (column.repr != core::Repr::Text) continue;
    compact_pool(column);
    interners_[i].rebuild(column.pool);
  }
  for (const std::vector<std::string> &texts : out_.verbatim)
    for (const std::string &text : texts) bytes_ += text.size() + sizeof(std::string);
}

void Collector::drop_above(uint64_t threshold) {
  threshold_ = threshold;
  std::vector<uint32_t> kept;
  for (size_t i = 0; i < hashes_.size(); ++i) {
    if (hashes_[i] <= threshold) {
      kept.push_back(static_cast<uint32_t>(i));
      continue;
    }
    for (Incoming &in : incoming_)
      if (state_.keys[in.key].every_row && in.hashes[i]) in.outside.push_back(in.hashes[i]);
  }
  for (core::SourceColumn &column : out_.columns) {
    keep_rows(column.nulls, kept);
    keep_rows(column.ints, kept);
    keep_rows(column.floats, kept);
    keep_rows(column.ids, kept);
  }
  for (std::vector<std::string> &texts : out_.verbatim) keep_rows(texts, kept);
  for (std::vector<int32_t> &parents : out_.parents) keep_rows(parents, kept);
  for (Outgoing &link : outgoing_) keep_rows(link.later.rows, kept);
  for (Incoming &in : incoming_) keep_rows(in.hashes, kept);
  keep_rows(hashes_, kept);
  keep_rows(own_, kept);
}

void Collector::give_keys() {
  for (Incoming &in : incoming_) {
    ReferencedKey &key = state_.keys[in.key];
    key.rows.reserve(in.hashes.size() + in.outside.size());
    for (size_t i = 0; i < in.hashes.size(); ++i)
      if (in.hashes[i]) key.rows.insert(in.hashes[i], static_cast<int32_t>(i));
    for (uint64_t h : in.outside) key.rows.insert(h, core::unknown_parent);
  }
}

bool Collector::finish(core::SourceData &data) {
  if (limit_ != never) tighten(limit_);
  if (coarse_) return false;
  if (hashes_.size() < seen_) compact_pools();
  for (size_t i = 0; i < columns_.size(); ++i) out_.columns[columns_[i]].padded = scales_[i].padded();
  out_.rows = hashes_.size();
  out_.total_rows = seen_;
  out_.children.resize(state_.schema.foreign_keys.size());
  if (verbatim_ && out_.rows < seen_) out_.verbatim.clear();
  for (Outgoing &link : outgoing_) {
    out_.null_share[link.position] = seen_ ? static_cast<double>(link.nulls) / static_cast<double>(seen_) : 0;
    const core::ForeignKey &fk = state_.schema.foreign_keys[link.fk];
    if (link.ready) {
      data.tables[fk.parent].children[link.fk] = std::move(link.children);
      state_.orphans[link.fk] = link.orphans;
    } else {
      state_.deferred.push_back(std::move(link.later));
    }
  }
  give_keys();
  Scanned &scanned = state_.tables[index_];
  scanned.done = true;
  scanned.complete = out_.rows == seen_;
  scanned.threshold = threshold_;
  scanned.share = share_;
  scanned.hash = std::move(hashes_);
  scanned.own = std::move(own_);
  data.tables[index_] = std::move(out_);
  return true;
}

}  // namespace relsynth::pg
