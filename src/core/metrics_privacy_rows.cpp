// Rows of the source that the target has as they are, and attributes that single out a row in both.
#include <algorithm>
#include <bit>
#include <numeric>
#include <unordered_map>

#include "core/metrics_privacy.h"
#include "core/random.h"
#include "core/series.h"

namespace relsynth::core {

namespace {

constexpr size_t explained_rows = 50000, explained_copies = 200;  // of the source; copies whose chance is computed
constexpr double least_pairs = 20;                                // rows that agree in a column
constexpr double least_expected = 0.01;                           // copies that chance makes of all rows that are as rare
constexpr size_t attacked_rows = 100000, least_sets = 10, most_sets = 100, attacked_cells = 2000000;  // singling out
constexpr size_t least_guesses = 20;
constexpr double copies_allowed = 0.02, risk_allowed = 0.1;

uint64_t bits_of(double value) { return std::isfinite(value) ? std::bit_cast<uint64_t>(value + 0.0) : ~uint64_t{0}; }

class RowCopies {
 public:
  RowCopies(const Audited &a, int table, PrivacyScores &out) : a_(a), index_(table), table_(a.comparison.layout.tables[table]), out_(out) {
    for (size_t c = 0; c < table_.columns.size(); ++c)
      if (is_value(index_, c)) columns_.push_back(static_cast<int>(c));
  }

  void measure() {
    if (!columns_.empty()) {
      exact();
      singling_out();
    }
    if (table_.driver < 0) entities();
  }

 private:
  using Rows = std::vector<uint32_t>;
  const Rows &rows(const View &view) const { return view.rows[index_]; }

  bool is_value(int table, size_t c) const {
    return a_.comparison.layout.tables[table].columns[c].kind != ValueKind::Key && !a_.tables[table].key[c];
  }

  uint64_t code(const View &view, int c, uint32_t row) const { return code(view, index_, c, row); }
  uint64_t code(const View &view, int table, int c, uint32_t row) const {
    const ComparedValues &values = view.side->tables[table].columns[c];
    return is_numeric(a_.comparison.layout.tables[table].columns[c].kind) ? bits_of(values.numbers[row])
                                                                          : static_cast<uint64_t>(static_cast<int64_t>(values.levels[row]));
  }
  bool missing(const View &view, int c, uint32_t row) const { return code(view, c, row) == ~uint64_t{0}; }

  template <class Columns>
  uint64_t signature(const View &view, const Columns &columns, uint32_t row) const {
    uint64_t hash = 0;
    for (int c : columns) hash = combine(hash, code(view, c, row));
    return hash;
  }

  // Signatures of the rows; where one occurs once its row, else -1.
  template <class Columns>
  std::unordered_map<uint64_t, int64_t> index(const View &view, const Rows &among, const Columns &columns) const {
    std::unordered_map<uint64_t, int64_t> out;
    out.reserve(among.size());
    for (uint32_t r : among) {
      auto [it, fresh] = out.try_emplace(signature(view, columns, r), r);
      if (!fresh) it->second = -1;
    }
    return out;
  }

  using Index = std::unordered_map<uint64_t, int64_t>;

  struct Copies {
    size_t rows = 0, unique = 0;  // of the target; rows of the source that are unique
    Rows of;                      // rows of the source, each once
    double share = 0;
  };
  template <class Signature>
  Copies copies(const Index &known, const Rows &target, const Signature &signature_of) const {
    Copies out;
    out.rows = target.size();
    for (const auto &[hash, row] : known) out.unique += row >= 0;
    size_t copied = 0;
    for (uint32_t r : target) {
      auto it = known.find(signature_of(r));
      if (it == known.end() || it->second < 0) continue;
      ++copied;
      out.of.push_back(static_cast<uint32_t>(it->second));
    }
    std::sort(out.of.begin(), out.of.end());
    out.of.erase(std::unique(out.of.begin(), out.of.end()), out.of.end());
    out.share = out.rows ? static_cast<double>(copied) / static_cast<double>(out.rows) : 0;
    return out;
  }

  Copies row_copies(const View &source, const View &target) const {
    return copies(index(source, rows(source), columns_), rows(target), [&](uint32_t r) { return signature(target, columns_, r); });
  }

  void add_copies(const char *metric, const Copies &found, const Copies &real, const char *what) {
    if (found.unique == 0) return;
    // Half the rows meet half as many by chance.
    const double reference = a_.holdout ? real.share : 2 * real.share;
    const bool passed = found.share <= reference + copies_allowed + share_noise(reference, found.rows);
    out_.push_back({index_, "", metric, found.share, reference, passed,
                    std::to_string(found.of.size()) + " of " + std::to_string(found.unique) + what});
  }

  void exact() {
    const Copies found = row_copies(a_.source, a_.target), real = row_copies(a_.base, a_.other);
    add_copies("exact_copies", found, real, " unique rows of the source");
    if (found.unique == 0) return;
    // As many copies as there are pairs of rows.
    const double pairs = static_cast<double>(found.rows) * static_cast<double>(found.unique),
                 real_pairs = std::max(1.0, static_cast<double>(real.rows) * static_cast<double>(real.unique));
    const double value = unexplained(a_.source, found), same = unexplained(a_.base, real) * pairs / real_pairs;
    out_.push_back({index_, "", "copied_rows", value, same, value <= same + 4 * std::sqrt(same),
                    "unique rows of the source that chance does not make"});
  }

  // Values of some rows of the source, and how often rows that agree in one column agree in another.
  struct Agreement {
    std::vector<std::vector<uint64_t>> codes;  // per column
    std::vector<std::vector<double>> given;    // [i][j]: share that agrees in i of those that agree in j
    size_t rows() const { return codes.empty() ? 0 : codes[0].size(); }
  };
  Agreement agreement(const View &source) const {
    Agreement out;
    const Rows among = some_rows(rows(source), explained_rows, a_.options.seed);
    const size_t d = std::min<size_t>(columns_.size(), 64);
    for (size_t i = 0; i < d; ++i) {
      out.codes.emplace_back();
      for (uint32_t r : among) out.codes[i].push_back(code(source, columns_[i], r));
    }
    out.given.assign(d, std::vector<double>(d, 0));
    for (size_t j = 0; j < d; ++j) {
      // Two rows of each value, so that frequent values do not count for more.
      std::unordered_map<uint64_t, int64_t> first;
      std::vector<double> same(d, 0);
      double pairs = 0;
      for (size_t r = 0; r < among.size(); ++r) {
        auto [it, fresh] = first.try_emplace(out.codes[j][r], static_cast<int64_t>(r));
        if (fresh || it->second < 0) continue;
        ++pairs;
        for (size_t i = 0; i < d; ++i) same[i] += out.codes[i][r] == out.codes[i][static_cast<size_t>(it->second)];
        it->second = -1;
      }
      for (size_t i = 0; i < d; ++i) out.given[i][j] = pairs >= least_pairs ? same[i] / pairs : 0;
    }
    return out;
  }

  // Copies of rows so rare that chance makes less than least_expected of all like them.
  double unexplained(const View &source, const Copies &found) const {
    if (found.of.empty()) return 0;
    const Agreement among = agreement(source);
    const Rows some = some_rows(found.of, explained_copies, a_.options.seed);
    const double needed = std::log(static_cast<double>(found.rows) * static_cast<double>(found.unique) / least_expected);
    size_t n = 0;
    for (uint32_t r : some) {
      a_.poll();
      n += surprise(source, among, r) > needed;
    }
    return std::round(static_cast<double>(n) * static_cast<double>(found.of.size()) / static_cast<double>(some.size()));
  }

  // -log of the chance of a row: of its rarest value, times that of each further value given the one before that tells most of it. Shares
  // are those of the other rows, so that a row does not explain itself; of values that few have, with the column's usual agreement.
  double surprise(const View &source, const Agreement &among, uint32_t row) const {
    const size_t d = among.codes.size(), rows = among.rows();
    std::vector<uint64_t> same(rows, 0);
    for (size_t i = 0; i < d; ++i) {
      const uint64_t value = code(source, columns_[i], row);
      for (size_t r = 0; r < rows; ++r) same[r] |= uint64_t{among.codes[i][r] == value} << i;
    }
    std::vector<std::vector<double>> both(d, std::vector<double>(d, 0));
    const uint64_t all = d == 64 ? ~uint64_t{0} : (uint64_t{1} << d) - 1;
    for (uint64_t s : same) {
      if (s == all) continue;  // the row itself: it is unique
      for (uint64_t x = s; x; x &= x - 1)
        for (uint64_t y = s; y; y &= y - 1) ++both[static_cast<size_t>(std::countr_zero(x))][static_cast<size_t>(std::countr_zero(y))];
    }
    const double n = static_cast<double>(rows);
    auto share = [&](size_t i) { return std::max(both[i][i], 0.5) / n; };
    std::vector<size_t> order(d);
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return both[i][i] < both[j][j]; });
    double out = 0;
    for (size_t k = 0; k < d; ++k) {
      const size_t i = order[k];
      double chance = share(i);
      for (size_t l = 0; l < k; ++l) {
        const size_t j = order[l];
        chance = std::max(chance, (both[i][j] + std::max(share(i), among.given[i][j])) / (both[j][j] + 1));
      }
      out -= std::log(std::min(1.0, chance));
    }
    return out;
  }

  // Rows with all that hangs on them along drivers, as one signature each; children in any order.
  std::vector<uint64_t> entity_signatures(const Side &side, std::vector<uint32_t> &parts) const {
    const ComparedLayout &layout = a_.comparison.layout;
    View view;
    view.side = &side;
    std::vector<std::vector<uint64_t>> sums(layout.tables.size());
    std::vector<std::vector<uint32_t>> sizes(layout.tables.size());
    for (size_t t = 0; t < layout.tables.size(); ++t) {
      sums[t].assign(side.tables[t].rows, 0);
      sizes[t].assign(side.tables[t].rows, 0);
    }
    for (auto it = layout.order.rbegin(); it != layout.order.rend(); ++it) {
      const int t = *it;
      const ComparedTable &table = layout.tables[t];
      for (uint32_t r = 0; r < side.tables[t].rows; ++r) {
        uint64_t hash = sums[t][r];
        for (size_t c = 0; c < table.columns.size(); ++c)
          if (is_value(t, c)) hash = combine(hash, code(view, t, static_cast<int>(c), r));
        sums[t][r] = hash;
        if (table.driver < 0) continue;
        const ComparedLink &link = layout.links[table.driver];
        const int32_t parent = side.tables[t].parents[link.position][r];
        if (parent < 0 || link.self() || static_cast<size_t>(parent) >= sums[link.parent].size()) continue;
        sums[link.parent][parent] += mix(combine(hash, static_cast<uint64_t>(table.driver)));
        sizes[link.parent][parent] += 1 + sizes[t][r];
      }
    }
    parts = std::move(sizes[index_]);
    return std::move(sums[index_]);
  }

  // Whole entities of three rows and more.
  void entities() {
    if (table_.children.empty()) return;
    std::vector<uint32_t> source_parts, target_parts, other_parts;
    const std::vector<uint64_t> source = entity_signatures(*a_.source.side, source_parts),
                                target = entity_signatures(*a_.target.side, target_parts),
                                other = entity_signatures(*a_.other.side, other_parts);
    auto whole = [&](const View &view, const std::vector<uint32_t> &parts) {
      Rows out;
      for (uint32_t r : rows(view))
        if (parts[r] >= 2) out.push_back(r);
      return out;
    };
    auto known = [&](const View &view) {
      Index out;
      for (uint32_t r : whole(view, source_parts)) {
        auto [it, fresh] = out.try_emplace(source[r], r);
        if (!fresh) it->second = -1;
      }
      return out;
    };
    const Copies found = copies(known(a_.source), whole(a_.target, target_parts), [&](uint32_t r) { return target[r]; });
    const Copies real = copies(known(a_.base), whole(a_.other, other_parts), [&](uint32_t r) { return other[r]; });
    if (found.rows) add_copies("entity_copies", found, real, " unique entities of three rows and more");
  }

  // Sets of two and three attributes that one row alone has: how many of them are one row's in the others, too.
  void singling_out() {
    const size_t n = std::min({rows(a_.target).size(), rows(a_.base).size(), rows(a_.other).size(), attacked_rows});
    const std::vector<std::vector<int>> sets = attribute_sets(std::clamp(attacked_cells / std::max<size_t>(1, n), least_sets, most_sets));
    if (n < least_guesses || sets.empty()) return;
    const Rows target = some_rows(rows(a_.target), n, a_.options.seed), base = some_rows(rows(a_.base), n, a_.options.seed + 1),
               other = some_rows(rows(a_.other), n, a_.options.seed + 2);
    Guesses attack, control;
    for (const std::vector<int> &columns : sets) {
      a_.poll();
      const auto of_target = index(a_.target, target, columns), of_base = index(a_.base, base, columns),
                 of_other = index(a_.other, other, columns);
      guess(a_.target, columns, of_target, of_base, attack);
      // Against rows that the target was not made from; without such rows, real rows guess in the target's place.
      if (a_.holdout)
        guess(a_.target, columns, of_target, of_other, control);
      else
        guess(a_.other, columns, of_other, of_base, control);
    }
    if (attack.made < least_guesses) return;
    const double value = attack.rate(), reference = control.rate();
    const double risk = (value - reference) / std::max(1e-9, 1 - reference);
    out_.push_back({index_, "", "singling_out", value, reference, risk <= risk_allowed + share_noise(reference, n),
                    std::to_string(attack.made) + " guesses of " + std::to_string(sets.size()) + " sets of attributes, " +
                        std::to_string(n) + " rows of each side"});
  }

  struct Guesses {
    size_t made = 0, right = 0;
    double rate() const { return made ? static_cast<double>(right) / static_cast<double>(made) : 0; }
  };
  void guess(const View &view, const std::vector<int> &columns, const std::unordered_map<uint64_t, int64_t> &from,
             const std::unordered_map<uint64_t, int64_t> &at, Guesses &out) const {
    for (const auto &[hash, row] : from) {
      if (row < 0) continue;
      if (std::any_of(columns.begin(), columns.end(), [&](int c) { return missing(view, c, static_cast<uint32_t>(row)); })) continue;
      auto it = at.find(hash);
      ++out.made;
      out.right += it != at.end() && it->second >= 0;
    }
  }

  std::vector<std::vector<int>> attribute_sets(size_t most) const {
    std::vector<int> columns = paired_columns(table_);
    std::erase_if(columns, [&](int c) { return !is_value(index_, static_cast<size_t>(c)); });
    std::vector<std::vector<int>> out;
    for (size_t i = 0; i < columns.size(); ++i)
      for (size_t j = i + 1; j < columns.size(); ++j) {
        out.push_back({columns[i], columns[j]});
        for (size_t k = j + 1; k < columns.size(); ++k) out.push_back({columns[i], columns[j], columns[k]});
      }
    std::vector<uint32_t> all(out.size());
    std::iota(all.begin(), all.end(), 0u);
    std::vector<std::vector<int>> some;
    for (uint32_t i : some_rows(all, most, a_.options.seed)) some.push_back(std::move(out[i]));
    return some;
  }

  const Audited &a_;
  int index_;
  const ComparedTable &table_;
  PrivacyScores &out_;
  std::vector<int> columns_;
};

}  // namespace

void measure_row_copies(const Audited &a, int table, PrivacyScores &out) { RowCopies(a, table, out).measure(); }

}  // namespace relsynth::core
