// Numbers of children: learned counts per parent row, adjusted to a total.
#include "core/degrees.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace relsynth::core {

CountDrawer::CountDrawer(const World &world, int table, int fk, Purpose purpose, const CountModel &counts, int parent)
    : world_(world),
      table_(table),
      fk_(fk),
      parent_(parent),
      purpose_(purpose),
      counts_(counts),
      trained_(!counts.conditional.tree.nodes.empty()) {
  using Kind = FeatureRef::Kind;
  for (const FeatureRef &ref : counts.features) {
    sources_.push_back(resolve(world, parent, ref, true));
    needs_place_ |= ref.kind == Kind::Position || ref.kind == Kind::GroupSize;
  }
}

uint32_t CountDrawer::operator()(size_t row, uint64_t attempt) const {
  if (!trained_) return 0;
  thread_local std::vector<Code> x;
  thread_local ValueColumn value;
  static const Column count_column = [] {
    Column column;
    column.cls = TypeClass::Int;
    return column;
  }();
  x.resize(sources_.size());
  Place place;
  place.row = row;
  if (needs_place_) place = place_of(world_.tables[parent_], row);
  for (size_t i = 0; i < sources_.size(); ++i) x[i] = feature_code(sources_[i], place);
  Stream random = world_.stream(table_, row, purpose_, fk_, attempt);
  Code code = counts_.conditional.draw(x.data(), random);
  value.resize(1);
  value.nulls[0] = 0;
  decode(counts_.codec, count_column, code, random, value, 0);
  int64_t count = value.nulls[0] ? 0 : std::max<int64_t>(0, value.ints[0]);
  if (counts_.maximum > 0) count = std::min(count, counts_.maximum);
  return static_cast<uint32_t>(std::min<int64_t>(count, 1LL << 30));
}

std::vector<uint32_t> CountDrawer::draw_all(size_t n) const {
  std::vector<uint32_t> counts(n);
  constexpr size_t chunk = 4096;
  parallel_for((n + chunk - 1) / chunk, world_.options.threads, world_.options.poll, [&](size_t i) {
    for (size_t row = i * chunk; row < std::min(n, (i + 1) * chunk); ++row) counts[row] = (*this)(row, 0);
  });
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
