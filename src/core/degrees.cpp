// Numbers of children: learned counts per parent row, adjusted to a total.
#include "core/degrees.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace relsynth::core {

namespace {

constexpr size_t chunk = 4096;
constexpr uint64_t most_balancing = 8;     // passes
constexpr double most_unlike = 1.5;        // logarithm of how much less likely than on average a placed code may be
constexpr size_t most_compared = 64;       // rows that are looked at to place a code
constexpr uint64_t by_noise = 1ULL << 32;  // attempts from here on key other draws
constexpr uint64_t by_place = 2ULL << 32;
constexpr uint64_t by_balance = 3ULL << 32;
constexpr double most_noise = 0.05;  // standard deviation, of the count

}  // namespace

CountDrawer::CountDrawer(const World &world, int table, int fk, Purpose purpose, const CountModel &counts, int parent)
    : world_(world),
      table_(table),
      fk_(fk),
      parent_(parent),
      purpose_(purpose),
      counts_(counts),
      trained_(!counts.conditional.tree.nodes.empty() && !counts.steps.empty()),
      spans_(256) {
  for (const FeatureRef &ref : counts.features) {
    sources_.push_back(resolve(world, parent, ref, true));
    needs_place_ |= is_place(ref.kind);
  }
  for (size_t i = 0; i < counts.steps.size(); ++i) {
    Span &span = spans_[counts.steps[i].code];
    if (span.parents == 0) span.begin = i;
    span.end = i + 1;
    span.parents += counts.steps[i].parents;
    parents_ += counts.steps[i].parents;
  }
}

void CountDrawer::features_of(size_t row, std::vector<Code> &x) const {
  x.resize(sources_.size() + 1);
  Place place;
  place.row = row;
  if (needs_place_) place = place_of(world_.tables[parent_], row);
  for (size_t i = 0; i < sources_.size(); ++i) x[i] = feature_code(sources_[i], place);
}

Code CountDrawer::draw_code(size_t row, uint64_t attempt) const {
  thread_local std::vector<Code> x;
  features_of(row, x);
  Stream random = world_.stream(table_, row, purpose_, fk_, attempt);
  return counts_.conditional.draw(x.data(), random);
}

// The count at a place in [0, 1) among the parents of a code.
uint32_t CountDrawer::count_at(Code code, double place) const {
  const Span &span = spans_[code];
  double left = place * span.parents;
  for (size_t i = span.begin; i < span.end; ++i) {
    if (left < counts_.steps[i].parents || i + 1 == span.end) return counts_.steps[i].count;
    left -= counts_.steps[i].parents;
  }
  return 0;
}

uint32_t CountDrawer::operator()(size_t row, uint64_t attempt) const {
  if (!trained_) return 0;
  Stream random = world_.stream(table_, row, purpose_, fk_, by_place + attempt);
  return count_at(draw_code(row, attempt), random.uniform());
}

// How many of n rows, in the order of their counts, lie below so many of the learned parents. Of fewer rows than parents the last one stands
// for the heaviest parent, which must not be lost.
int64_t CountDrawer::places_below(double parents, size_t n) const {
  if (parents >= parents_) return static_cast<int64_t>(n);
  double rows = static_cast<double>(n);
  if (n == 0 || rows >= parents_) return std::llround(parents / parents_ * rows);
  return static_cast<int64_t>(std::ceil(parents / parents_ * (rows - 1)));
}

// Draws rows of codes that too many rows have again while they get codes that too few have.
void CountDrawer::balance(const std::vector<uint32_t> &rows, std::vector<Code> &codes) const {
  std::vector<int64_t> surplus(256, 0), have(256, 0);
  double below = 0;
  for (size_t code = 0; code < surplus.size(); ++code) {
    surplus[code] = places_below(below, rows.size());
    below += spans_[code].parents;
    surplus[code] -= places_below(below, rows.size());
  }
  for (Code code : codes) ++have[code];
  for (size_t code = 0; code < surplus.size(); ++code) surplus[code] += have[code];
  Stream random = world_.stream(table_, 0, purpose_, fk_, by_balance);
  for (uint64_t pass = 1; pass <= most_balancing; ++pass) {
    if (std::all_of(surplus.begin(), surplus.end(), [](int64_t s) { return s <= 0; })) return;
    for (size_t i = 0; i < rows.size(); ++i) {
      int64_t &off = surplus[codes[i]];
      if (off <= 0 || random.uniform() * static_cast<double>(have[codes[i]]) >= 2 * static_cast<double>(off)) continue;
      Code code = draw_code(rows[i], by_balance + pass);
      if (surplus[code] >= 0) continue;
      --off;
      --have[codes[i]];
      ++surplus[code];
      ++have[code];
      codes[i] = code;
    }
  }
  place_codes(rows, codes, surplus, random);
}

// What is still missing goes to the rows, of a few looked at, that it fits best.
void CountDrawer::place_codes(const std::vector<uint32_t> &rows, std::vector<Code> &codes, std::vector<int64_t> &surplus,
                              Stream &random) const {
  std::vector<uint32_t> spare;
  for (uint32_t i = 0; i < rows.size(); ++i)
    if (surplus[codes[i]] > 0) spare.push_back(i);
  std::vector<Code> x;
  for (size_t code = surplus.size(); code-- > 0;)
    for (; surplus[code] < 0; ++surplus[code]) {
      double best = -std::numeric_limits<double>::infinity(), least = std::log(spans_[code].parents / parents_) - most_unlike;
      uint32_t taken = UINT32_MAX;
      for (size_t k = 0; k < std::min(most_compared, spare.size()); ++k) {
        uint32_t i = spare[random.below(spare.size())];
        if (surplus[codes[i]] <= 0) continue;
        features_of(rows[i], x);
        double likely = counts_.conditional.log_likelihood(x.data(), static_cast<Code>(code));
        double gain = likely - counts_.conditional.log_likelihood(x.data(), codes[i]);
        if (likely < least || !(gain > best)) continue;
        best = gain;
        taken = i;
      }
      if (taken == UINT32_MAX) break;
      --surplus[codes[taken]];
      codes[taken] = static_cast<Code>(code);
    }
}

// As another sample of the same parents would differ. Noise of several parents leaves their sum as it is.
void CountDrawer::add_noise(const std::vector<uint32_t> &rows, std::vector<uint32_t> &counts) const {
  std::vector<size_t> heavy;
  std::vector<double> noisy;
  double before = 0, after = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (counts[i] <= counts_.steady) continue;
    Stream random = world_.stream(table_, rows[i], purpose_, fk_, by_noise);
    double count = counts[i], gauss = -6;
    for (int k = 0; k < 12; ++k) gauss += random.uniform();
    heavy.push_back(i);
    noisy.push_back(std::max(1.0, count + gauss * std::min(std::sqrt(count), most_noise * count)));
    before += count;
    after += noisy.back();
  }
  double factor = heavy.size() > 1 ? before / after : 1;
  for (size_t k = 0; k < heavy.size(); ++k) counts[heavy[k]] = static_cast<uint32_t>(std::llround(noisy[k] * factor));
}

std::vector<uint32_t> CountDrawer::draw(const std::vector<uint32_t> &rows) const {
  std::vector<uint32_t> counts(rows.size(), 0);
  if (!trained_) return counts;
  std::vector<Code> codes(rows.size());
  parallel_for((rows.size() + chunk - 1) / chunk, world_.options.threads, world_.options.poll, [&](size_t i) {
    for (size_t k = i * chunk; k < std::min(rows.size(), (i + 1) * chunk); ++k) codes[k] = draw_code(rows[k], 0);
  });
  balance(rows, codes);
  std::vector<std::vector<uint32_t>> of_code(256);
  for (uint32_t i = 0; i < rows.size(); ++i) of_code[codes[i]].push_back(i);
  Stream random = world_.stream(table_, 0, purpose_, fk_, by_place);
  for (size_t code = 0; code < of_code.size(); ++code) {
    std::vector<uint32_t> &own = of_code[code];
    for (size_t i = own.size(); i > 1; --i) std::swap(own[i - 1], own[random.below(i)]);
    // See places_below().
    double n = static_cast<double>(own.size()), step = n < spans_[code].parents && n > 1 ? 1 / (n - 1) : 1 / n;
    double place = n < spans_[code].parents ? 0 : 0.5 / n;
    for (uint32_t i : own) {
      counts[i] = count_at(static_cast<Code>(code), place);
      place += step;
    }
  }
  add_noise(rows, counts);
  return counts;
}

std::vector<uint32_t> CountDrawer::draw_usable(const std::vector<uint8_t> &usable) const {
  std::vector<uint32_t> rows, counts(usable.size(), 0);
  for (uint32_t row = 0; row < usable.size(); ++row)
    if (usable[row]) rows.push_back(row);
  std::vector<uint32_t> drawn = draw(rows);
  for (size_t i = 0; i < rows.size(); ++i) counts[rows[i]] = drawn[i];
  return counts;
}

namespace {

struct Adjuster {
  std::vector<uint32_t> &counts;
  const std::vector<uint32_t> &caps;
  Stream &random;
  uint64_t sum = 0;

  uint32_t cap(size_t i) const { return caps.empty() ? UINT32_MAX : caps[i]; }
  void set(size_t i, uint32_t count) {
    sum += count;
    sum -= counts[i];
    counts[i] = count;
  }

  void scale(double factor) {
    for (size_t i = 0; i < counts.size(); ++i) {
      double wanted = counts[i] * factor;
      double whole = std::floor(wanted);
      double up = random.uniform() < wanted - whole ? 1 : 0;
      set(i, static_cast<uint32_t>(std::min<double>(whole + up, cap(i))));
    }
  }

  void redraw(uint64_t total, const Redraw &draw) {
    size_t tries = 4 * counts.size() + 16;
    for (uint64_t attempt = 1; sum != total && attempt <= tries; ++attempt) {
      size_t i = random.below(counts.size());
      uint32_t count = std::min(draw(i, attempt), cap(i));
      int64_t gap = static_cast<int64_t>(total) - static_cast<int64_t>(sum);
      int64_t next = gap - static_cast<int64_t>(count) + static_cast<int64_t>(counts[i]);
      if (std::llabs(next) < std::llabs(gap)) set(i, count);
    }
  }

  // Moves counts[i] by up to `amount` towards the total; says by how much. `zeros`: rows without children may get the first and lose the last.
  uint64_t step(size_t i, uint64_t total, uint64_t amount, bool zeros) {
    bool up = sum < total;
    if (up && !zeros && counts[i] == 0) return 0;
    uint64_t floor = zeros || counts[i] == 0 ? 0 : 1;
    uint64_t room = up ? cap(i) - std::min(cap(i), counts[i]) : counts[i] - floor;
    uint64_t moved = std::min({room, amount, up ? total - sum : sum - total});
    set(i, static_cast<uint32_t>(up ? counts[i] + moved : counts[i] - moved));
    return moved;
  }

  void steps(uint64_t total, bool zeros) {
    size_t misses = 0;
    while (sum != total && misses < 64) misses = step(random.below(counts.size()), total, 1, zeros) > 0 ? 0 : misses + 1;
    // Few rows can still move: pass over all, by larger and larger steps so that the passes stay few.
    uint64_t moved = 1;
    for (uint64_t amount = 1; sum != total && moved > 0; amount *= 2) {
      moved = 0;
      size_t start = random.below(counts.size());
      for (size_t k = 0; k < counts.size() && sum != total; ++k) moved += step((start + k) % counts.size(), total, amount, zeros);
    }
  }
};

}  // namespace

uint64_t adjust_counts(std::vector<uint32_t> &counts, uint64_t total, const std::vector<uint32_t> &caps, const Redraw &redraw,
                       Stream random) {
  if (counts.empty()) return total;
  Adjuster adjuster{counts, caps, random};
  for (size_t i = 0; i < counts.size(); ++i) {
    counts[i] = std::min(counts[i], adjuster.cap(i));
    adjuster.sum += counts[i];
  }
  double gap = std::fabs(static_cast<double>(total) - static_cast<double>(adjuster.sum));
  if (adjuster.sum > 0 && gap > 0.1 * static_cast<double>(total) + 2)
    adjuster.scale(static_cast<double>(total) / static_cast<double>(adjuster.sum));
  else if (adjuster.sum > 0 && redraw)
    adjuster.redraw(total, redraw);
  adjuster.steps(total, false);
  adjuster.steps(total, true);
  return total > adjuster.sum ? total - adjuster.sum : 0;
}

}  // namespace relsynth::core
