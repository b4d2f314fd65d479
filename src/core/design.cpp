#include "core/design.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "core/metrics.h"
#include "core/series.h"

namespace relsynth::core {

namespace {

void add(Design &out, std::string name, bool category, int column, std::vector<double> values) {
  out.names.push_back(std::move(name));
  out.category.push_back(category);
  out.column.push_back(column);
  out.values.push_back(std::move(values));
}

void add_text(const Levels &levels, const ComparedValues &values, const std::vector<int32_t> &rows, const std::string &name, Design &out) {
  std::vector<double> parts[6];
  for (int32_t r : rows) {
    const int32_t level = r < 0 ? -1 : values.levels[r];
    const TextShape s = level < 0 ? TextShape() : text_shape(levels.texts[level]);
    const int numbers[6] = {s.length, s.words, s.digits, s.upper, s.punctuation, s.first};
    for (int i = 0; i < 6; ++i) parts[i].push_back(level < 0 ? no_score : numbers[i]);
  }
  static const char *const names[6] = {"length", "words", "digits", "capitals", "punctuation", "first letter"};
  for (int i = 0; i < 6; ++i) add(out, name + " (" + names[i] + ")", false, -1, std::move(parts[i]));
}

// Children of rows, grouped: those of row i are at [begin[i], begin[i + 1]).
struct Groups {
  std::vector<uint32_t> begin, members;
};

Groups group_children(const View &view, const ComparedLink &link, const std::vector<uint32_t> &rows) {
  const std::vector<int32_t> &parents = view.side->tables[link.child].parents[link.position];
  std::vector<int32_t> place(view.side->tables[link.parent].rows, -1);
  for (size_t i = 0; i < rows.size(); ++i) place[rows[i]] = static_cast<int32_t>(i);
  Groups out;
  out.begin.assign(rows.size() + 1, 0);
  auto group = [&](uint32_t r) { return parents[r] < 0 ? -1 : place[parents[r]]; };
  for (uint32_t r : view.rows[link.child])
    if (int32_t g = group(r); g >= 0) ++out.begin[g + 1];
  for (size_t i = 0; i < rows.size(); ++i) out.begin[i + 1] += out.begin[i];
  out.members.resize(out.begin.back());
  std::vector<uint32_t> at(out.begin.begin(), out.begin.end() - 1);
  for (uint32_t r : view.rows[link.child])
    if (int32_t g = group(r); g >= 0) out.members[at[g]++] = r;
  return out;
}

void add_numbers(const Groups &groups, const ComparedColumn &column, const ComparedValues &values, const std::string &name, Design &out) {
  const size_t n = groups.begin.size() - 1;
  std::vector<double> mean(n, no_score), least(n, no_score), most(n, no_score), spread(n, no_score), sum(n, no_score);
  for (size_t g = 0; g < n; ++g) {
    double k = 0, m = 0, square = 0, low = std::numeric_limits<double>::infinity(), high = -low;
    if (groups.begin[g] < groups.begin[g + 1]) sum[g] = 0;
    for (uint32_t i = groups.begin[g]; i < groups.begin[g + 1]; ++i) {
      const double v = values.numbers[groups.members[i]];
      if (!std::isfinite(v)) continue;
      ++k;
      const double d = v - m;
      m += d / k;
      square += d * (v - m);
      low = std::min(low, v);
      high = std::max(high, v);
      sum[g] += v;
    }
    if (k > 0) mean[g] = m, least[g] = low, most[g] = high;
    if (k > 1) spread[g] = std::sqrt(square / (k - 1));
  }
  add(out, name + " (mean)", false, -1, std::move(mean));
  add(out, name + " (min)", false, -1, std::move(least));
  add(out, name + " (max)", false, -1, std::move(most));
  add(out, name + " (stddev)", false, -1, std::move(spread));
  if (column.kind != ValueKind::Time) add(out, name + " (sum)", false, -1, std::move(sum));
}

void add_levels(const Groups &groups, const ComparedColumn &column, const ComparedValues &values, const std::string &name, Design &out) {
  const size_t n = groups.begin.size() - 1;
  std::vector<double> different(n, 0), mode(n, no_score);
  std::vector<int32_t> levels;
  for (size_t g = 0; g < n; ++g) {
    levels.clear();
    for (uint32_t i = groups.begin[g]; i < groups.begin[g + 1]; ++i)
      if (values.levels[groups.members[i]] >= 0) levels.push_back(values.levels[groups.members[i]]);
    std::sort(levels.begin(), levels.end());
    size_t most = 0;
    for (size_t i = 0; i < levels.size();) {
      size_t end = i;
      while (end < levels.size() && levels[end] == levels[i]) ++end;
      ++different[g];
      if (end - i > most) most = end - i, mode[g] = levels[i];
      i = end;
    }
  }
  add(out, name + " (distinct)", false, -1, std::move(different));
  if (column.kind == ValueKind::Category) add(out, name + " (mode)", true, -1, std::move(mode));
}

// Rows that the children refer to along another link; those that are not known count as different ones.
void add_references(const Groups &groups, const std::vector<int32_t> &parents, const std::string &name, Design &out) {
  const size_t n = groups.begin.size() - 1;
  std::vector<double> different(n, 0);
  std::unordered_set<int32_t> seen;
  for (size_t g = 0; g < n; ++g) {
    seen.clear();
    for (uint32_t i = groups.begin[g]; i < groups.begin[g + 1]; ++i) {
      const int32_t p = parents[groups.members[i]];
      if (p >= 0) seen.insert(p);
      different[g] += p == unknown_parent;
    }
    different[g] += static_cast<double>(seen.size());
  }
  add(out, name, false, -1, std::move(different));
}

std::vector<Code> codes_of(const std::vector<double> &values) {
  std::vector<double> sorted;
  for (double v : values)
    if (std::isfinite(v)) sorted.push_back(v);
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> upper = sorted;  // the highest value of each code
  upper.erase(std::unique(upper.begin(), upper.end()), upper.end());
  if (upper.size() > static_cast<size_t>(max_codes)) {
    upper.clear();
    for (size_t i = 1; i <= static_cast<size_t>(max_codes); ++i) upper.push_back(sorted[i * sorted.size() / max_codes - 1]);
    upper.erase(std::unique(upper.begin(), upper.end()), upper.end());
  }
  std::vector<Code> out(values.size(), null_code);
  for (size_t r = 0; r < values.size(); ++r)
    if (std::isfinite(values[r])) out[r] = static_cast<Code>(1 + (std::lower_bound(upper.begin(), upper.end(), values[r]) - upper.begin()));
  return out;
}

}  // namespace

std::vector<int32_t> as_rows(const std::vector<uint32_t> &rows) { return {rows.begin(), rows.end()}; }

void add_columns(const Comparison &comparison, const Side &side, int table, const std::vector<int32_t> &rows, const std::string &prefix,
                 Design &out) {
  const ComparedTable &t = comparison.layout.tables[table];
  for (size_t c = 0; c < t.columns.size(); ++c) {
    const ComparedColumn &column = t.columns[c];
    const ComparedValues &values = side.tables[table].columns[c];
    if (column.kind == ValueKind::Key) continue;
    if (column.kind == ValueKind::Text) {
      add_text(comparison.levels[table][c], values, rows, prefix + column.name, out);
      continue;
    }
    Series series = series_of(column.kind, values, rows);
    if (!series.numeric)
      for (int32_t level : series.levels) series.numbers.push_back(level < 0 ? no_score : level);
    add(out, prefix + column.name, !series.numeric, prefix.empty() ? static_cast<int>(c) : -1, std::move(series.numbers));
  }
}

void add_children(const Comparison &comparison, const View &view, int index, const std::vector<uint32_t> &rows, Design &out) {
  const ComparedLayout &layout = comparison.layout;
  const ComparedLink &link = layout.links[index];
  const ComparedTable &child = layout.tables[link.child];
  const Groups groups = group_children(view, link, rows);
  const std::string prefix = child.name + ".";
  std::vector<double> count;
  const std::vector<int> &links = layout.tables[link.parent].children;
  const std::vector<uint32_t> &whole = view.side->tables[link.parent].counts[std::find(links.begin(), links.end(), index) - links.begin()];
  for (size_t i = 0; i < rows.size(); ++i)
    count.push_back(view.whole && rows[i] < whole.size() ? whole[rows[i]] : groups.begin[i + 1] - groups.begin[i]);
  add(out, "number of " + child.name, false, -1, std::move(count));
  for (size_t c = 0; c < child.columns.size(); ++c) {
    const ComparedColumn &column = child.columns[c];
    const ComparedValues &values = view.side->tables[link.child].columns[c];
    if (is_numeric(column.kind)) add_numbers(groups, column, values, prefix + column.name, out);
    if (column.kind == ValueKind::Category || column.kind == ValueKind::Text) add_levels(groups, column, values, prefix + column.name, out);
  }
  for (int other : child.links)
    if (other != index)
      add_references(groups, view.side->tables[link.child].parents[layout.links[other].position],
                     prefix + layout.tables[layout.links[other].parent].name + " (distinct)", out);
}

CodedDesign::CodedDesign(const std::vector<const Design *> &designs) {
  constexpr size_t many_levels = 10;
  for (size_t f = 0; f < designs[0]->size(); ++f) {
    std::vector<double> values;
    for (const Design *design : designs) values.insert(values.end(), design->values[f].begin(), design->values[f].end());
    column_.push_back(f);
    if (!designs[0]->category[f]) {
      codes_.push_back(codes_of(values));
      continue;
    }
    Category category;
    for (double v : values) category.levels.push_back(std::isfinite(v) ? static_cast<int32_t>(v) : -1);
    category.rank = f;
    codes_.emplace_back(values.size(), null_code);
    categories_.push_back(std::move(category));
  }
  for (Category &category : categories_) {
    std::unordered_set<int32_t> seen(category.levels.begin(), category.levels.end());
    seen.erase(-1);
    if (seen.size() <= many_levels) continue;
    category.frequency = codes_.size();
    codes_.emplace_back(category.levels.size(), null_code);
    column_.push_back(category.rank);
  }
}

void CodedDesign::use(const std::vector<uint32_t> &train) {
  constexpr Code unknown = 1, first = 2;
  constexpr size_t most = static_cast<size_t>(max_codes) - first + 1;
  for (const Category &category : categories_) {
    struct Level {
      int32_t level;
      size_t rows;
    };
    std::unordered_map<int32_t, size_t> place;
    std::vector<Level> order;  // as they are met, so that levels that go together in several columns have ranks that do
    for (uint32_t r : train) {
      if (category.levels[r] < 0) continue;
      const auto [at, fresh] = place.try_emplace(category.levels[r], order.size());
      if (fresh) order.push_back({category.levels[r], 0});
      ++order[at->second].rows;
    }
    std::stable_sort(order.begin(), order.end(), [](const Level &a, const Level &b) { return a.rows > b.rows; });
    std::vector<size_t> frequencies;  // different ones, ascending
    for (auto level = order.rbegin(); level != order.rend(); ++level)
      if (frequencies.empty() || frequencies.back() != level->rows) frequencies.push_back(level->rows);
    std::unordered_map<int32_t, std::pair<Code, Code>> code;
    size_t before = 0, all = 0;
    for (const Level &level : order) all += level.rows;
    for (size_t rank = 0; rank < order.size(); ++rank) {
      const size_t scaled = order.size() <= most ? rank : std::min(rank, before * most / std::max<size_t>(all, 1));
      const auto frequency = std::lower_bound(frequencies.begin(), frequencies.end(), order[rank].rows) - frequencies.begin();
      code[order[rank].level] = {static_cast<Code>(first + scaled), static_cast<Code>(std::min<ptrdiff_t>(1 + frequency, max_codes))};
      before += order[rank].rows;
    }
    for (size_t r = 0; r < category.levels.size(); ++r) {
      const auto at = code.find(category.levels[r]);
      codes_[category.rank][r] = category.levels[r] < 0 ? null_code : at == code.end() ? unknown : at->second.first;
      if (category.frequency) codes_[category.frequency][r] = at == code.end() ? null_code : at->second.second;
    }
  }
}

}  // namespace relsynth::core
