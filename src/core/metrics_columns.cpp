// Measures of single tables: numbers of rows, columns by themselves, pairs of columns, functions of one another, orders of dates.
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "core/metrics.h"
#include "core/series.h"

namespace relsynth::core {

namespace {

constexpr size_t least_ordered = 20, least_ordered_other = 5;  // rows with both dates
constexpr double ordered_share = 0.99;
constexpr size_t most_columns = 25, most_functions = 40;  // for functions between columns
constexpr size_t least_function = 40, least_known = 10;   // rows
constexpr size_t shown_pairs = 12;                        // of a table, beside the strong ones
constexpr double shown_below = 0.95;

class TableMeasure {
 public:
  TableMeasure(const Measured &m, int table, Scores &out)
      : m_(m),
        index_(table),
        table_(m.layout().tables[table]),
        real_(m.real.side->tables[table]),
        other_(m.other.side->tables[table]),
        out_(out) {
    real_rows_ = some_rows(m.real.rows[table], m.options.rows, m.options.seed);
    other_rows_ = some_rows(m.other.rows[table], m.options.rows, m.options.seed + 1);
  }

  void measure() {
    rows();
    if (m_.real.rows[index_].empty() || m_.real.is_shared(index_)) return;
    if (m_.other.rows[index_].empty()) {
      add("", "shapes", 0, other_.present ? "no rows" : "no such table");
      add("", "pairs", 0, "");
      return;
    }
    shapes();
    missing();
    pairs();
    functions();
    orders();
  }

 private:
  void add(const std::string &object, const char *metric, double value, std::string detail) {
    out_.push_back({index_, object, metric, value, std::move(detail)});
  }

  void rows() {
    if (!m_.real.whole) return;  // numbers of rows of two halves say nothing
    const double real = static_cast<double>(real_.total_rows), other = static_cast<double>(other_.total_rows);
    const double ratio = real == 0 && other == 0 ? 1 : std::min(real, other) / std::max(real, other);
    std::string detail = std::to_string(static_cast<int64_t>(other)) + " of " + std::to_string(static_cast<int64_t>(real)) + " rows";
    if (real_.rows < real_.total_rows || other_.rows < other_.total_rows) detail += ", measured on a sample";
    add("", "rows", real == 0 ? no_score : ratio, std::move(detail));
  }

  Series real(int c, const std::vector<uint32_t> &rows) const { return series_of(table_.columns[c].kind, real_.columns[c], rows); }
  Series other(int c, const std::vector<uint32_t> &rows) const { return series_of(table_.columns[c].kind, other_.columns[c], rows); }

  void shapes() {
    Mean mean;
    for (size_t i = 0; i < table_.columns.size(); ++i) {
      const int c = static_cast<int>(i);
      const ComparedColumn &column = table_.columns[c];
      if (column.kind == ValueKind::Key) continue;
      if (column.kind == ValueKind::Text) {
        text_length(c);
        continue;
      }
      const double value = similarity(real(c, m_.real.rows[index_]), other(c, m_.other.rows[index_]));
      if (!std::isfinite(value)) continue;
      mean.add(value);
      add(column.name, "shapes", value,
          column.kind == ValueKind::Category ? "TV complement"
          : column.kind == ValueKind::Length ? "KS complement of lengths"
                                             : "KS complement");
    }
    if (mean.count()) add("", "shapes", mean.value(), "mean of " + std::to_string(mean.count()) + " columns");
  }

  void text_length(int c) {
    const std::vector<std::string> &texts = m_.comparison.levels[index_][c].texts;
    auto lengths = [&](const ComparedValues &values, const std::vector<uint32_t> &rows) {
      std::vector<double> out;
      for (uint32_t r : rows)
        if (values.levels[r] >= 0) out.push_back(static_cast<double>(text_shape(texts[values.levels[r]]).length));
      return out;
    };
    const double value = ks_complement(lengths(real_.columns[c], real_rows_), lengths(other_.columns[c], other_rows_));
    if (std::isfinite(value)) add(table_.columns[c].name, "text_length", value, "KS complement of lengths; texts are not part of shapes");
  }

  void missing() {
    Mean mean;
    for (size_t c = 0; c < table_.columns.size(); ++c) {
      const ComparedColumn &column = table_.columns[c];
      if (column.kind == ValueKind::Key) continue;
      const double real = missing_share(column.kind, real_.columns[c], m_.real.rows[index_]);
      const double other = missing_share(column.kind, other_.columns[c], m_.other.rows[index_]);
      mean.add(1 - std::abs(real - other));
      if (real > 0 || other > 0) add(column.name, "missing", 1 - std::abs(real - other), percent(other) + " instead of " + percent(real));
    }
    if (mean.count()) add("", "missing", mean.value(), "");
  }

  void pairs() {
    const std::vector<int> columns = paired_columns(table_);
    std::vector<PairColumn> ready;
    for (int c : columns) ready.push_back(pair_column(real(c, real_rows_), other(c, other_rows_)));
    std::vector<std::pair<int, int>> todo;
    for (size_t i = 0; i < columns.size(); ++i)
      for (size_t j = i + 1; j < columns.size(); ++j) todo.emplace_back(i, j);
    const bool all = choose_pairs(todo, m_.options);
    Mean mean, strong;
    Scores weak;
    for (auto [i, j] : todo) {
      const std::optional<PairScore> score = pair_score(ready[i], ready[j]);
      if (!score) continue;
      mean.add(score->value);
      if (score->strong) strong.add(score->value);
      Score row{index_, table_.columns[columns[i]].name + ", " + table_.columns[columns[j]].name, score->strong ? "strong_pairs" : "pairs",
                score->value, score->correlation ? "correlation similarity" : "contingency similarity"};
      if (score->strong)
        out_.push_back(std::move(row));
      else if (score->value < shown_below)
        weak.push_back(std::move(row));
    }
    std::stable_sort(weak.begin(), weak.end(), [](const Score &a, const Score &b) { return a.value < b.value; });
    weak.resize(std::min(weak.size(), shown_pairs));
    std::move(weak.begin(), weak.end(), std::back_inserter(out_));
    const std::string of = std::to_string(mean.count()) + (all ? " pairs" : " pairs, some of all");
    if (mean.count()) add("", "pairs", mean.value(), "mean of " + of);
    if (strong.count()) add("", "strong_pairs", strong.value(), "mean of " + std::to_string(strong.count()) + " of " + of);
  }

  // What is a function of another column in the real rows, and in how many others it is the same one.
  void functions() {
    const std::vector<int> columns = paired_columns(table_);
    if (columns.size() > most_columns) return;
    std::vector<Numbered> ready;
    for (int c : columns) ready.push_back(number_values(real(c, real_rows_), other(c, other_rows_)));
    Mean mean;
    for (size_t a = 0; a < columns.size(); ++a)
      for (size_t b = 0; b < columns.size() && mean.count() < most_functions; ++b) {
        if (a == b) continue;
        const std::optional<double> value = function_kept(ready[a], ready[b]);
        if (!value) continue;
        mean.add(*value);
        add(table_.columns[columns[a]].name + ", " + table_.columns[columns[b]].name, "dependencies", *value,
            "the first determines the second");
      }
    if (mean.count()) add("", "dependencies", mean.value(), "");
  }

  static std::optional<double> function_kept(const Numbered &a, const Numbered &b) {
    std::vector<int32_t> image(a.values, -1);
    std::vector<uint8_t> seen(b.values, 0);
    size_t rows = 0, distinct_a = 0, distinct_b = 0;
    for (size_t r = 0; r < a.real.size(); ++r) {
      if (a.real[r] < 0 || b.real[r] < 0) continue;
      ++rows;
      int32_t &to = image[a.real[r]];
      if (to >= 0 && to != b.real[r]) return {};
      distinct_a += to < 0;
      to = b.real[r];
      distinct_b += !seen[b.real[r]];
      seen[b.real[r]] = 1;
    }
    if (rows < least_function || distinct_a < 2 || distinct_b < 2 || distinct_a > rows / 4 || distinct_b > distinct_a) return {};
    size_t known = 0, same = 0;
    for (size_t r = 0; r < a.other.size(); ++r) {
      if (a.other[r] < 0 || b.other[r] < 0 || image[a.other[r]] < 0) continue;
      ++known;
      same += image[a.other[r]] == b.other[r];
    }
    if (known < least_known) return {};
    return static_cast<double>(same) / static_cast<double>(known);
  }

  void orders() {
    std::vector<int> dates;
    for (size_t c = 0; c < table_.columns.size(); ++c)
      if (table_.columns[c].kind == ValueKind::Time) dates.push_back(static_cast<int>(c));
    for (int a : dates)
      for (int b : dates) {
        if (a == b) continue;
        const Ordered real_order = ordered(real(a, real_rows_).numbers, real(b, real_rows_).numbers);
        const Ordered other_order = ordered(other(a, other_rows_).numbers, other(b, other_rows_).numbers);
        if (real_order.rows < least_ordered || other_order.rows < least_ordered_other || real_order.share < ordered_share) continue;
        add(table_.columns[a].name + ", " + table_.columns[b].name, "orders", std::min(1.0, other_order.share / real_order.share),
            "the first is not after the second");
      }
  }

  const Measured &m_;
  int index_;
  const ComparedTable &table_;
  const SideTable &real_, &other_;
  Scores &out_;
  std::vector<uint32_t> real_rows_, other_rows_;
};

}  // namespace

Scores measure_columns(const Measured &m) {
  Scores out =
      gather(m, m.layout().tables.size(), [&](size_t t, Scores &scores) { TableMeasure(m, static_cast<int>(t), scores).measure(); });
  for (const char *metric : {"rows", "shapes", "missing", "pairs", "strong_pairs", "dependencies"}) {
    Mean mean;
    for (const Score &s : out)
      if (s.metric == metric && s.object.empty()) mean.add(s.value);
    if (mean.count()) out.push_back({-1, "", metric, mean.value(), "mean of " + std::to_string(mean.count()) + " tables"});
  }
  return out;
}

}  // namespace relsynth::core
