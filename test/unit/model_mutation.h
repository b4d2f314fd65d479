// Changes a trained model at random places, field by field, so that what comes out can still be written and read: for tests of what a reader
// must find out (model_store_test) and for the fuzzer (test/fuzz).
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <typeinfo>
#include <vector>

#include "core/archive.h"
#include "core/sample.h"
#include "core/structure.h"
#include "core/trained.h"

namespace relsynth::core::test {

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  // Changes one place. Kinds of places (a field of a struct) are equally likely, however many there are of each. Shapes of texts are shared by
  // copies of a model: one that was read is changed alone.
  void mutate(Trained &trained) {
    counts_.clear();
    chosen_ = 0;
    visit(trained, 1);
    auto kind = counts_.begin();
    std::advance(kind, static_cast<ptrdiff_t>(below(counts_.size())));
    chosen_ = kind->first;
    left_ = below(kind->second);
    visit(trained, 1);
  }

 private:
  uint64_t below(uint64_t n) { return random_() % n; }

  // Whether this is the place.
  bool here(uint64_t kind) {
    if (chosen_ == 0) return ++counts_[kind], false;
    return kind == chosen_ && left_-- == 0;
  }

  template <class T>
  void visit(const T &x, uint64_t kind) {
    visit(const_cast<T &>(x), kind);
  }
  template <class T>
  void visit(T &x, uint64_t kind) {
    constexpr Stored as = stored_as<T>;
    if constexpr (as == Stored::Enum || as == Stored::Raw || as == Stored::Signed || as == Stored::Unsigned || as == Stored::Text)
      if (here(kind)) change(x);
    if constexpr (as == Stored::Vector) {
      if (here(kind)) change_list(x);
      for (auto &item : x) visit(item, kind + 1);
    }
    if constexpr (as == Stored::Array)
      for (auto &item : x) visit(item, kind + 1);
    if constexpr (as == Stored::Option) {
      if (x && here(kind))
        x.reset();
      else if (x)
        visit(*x, kind + 1);
    }
    if constexpr (as == Stored::Map)
      for (auto &[key, item] : x) visit(item, kind + 1);
    if constexpr (as == Stored::Pair) {
      visit(x.first, kind + 1);
      visit(x.second, kind + 2);
    }
    if constexpr (as == Stored::Struct) {
      uint64_t field = hash_name(typeid(T).name());
      std::apply([&](auto &...f) { (visit(f, field += 1000), ...); }, fields(x));
    }
  }

  template <class T>
  void change(T &x) {
    if constexpr (std::is_same_v<T, std::string>) {
      x = below(2) ? std::string() : x + "x";
    } else if constexpr (std::is_same_v<T, bool>) {
      x = !x;
    } else if constexpr (std::is_enum_v<T>) {
      x = static_cast<T>(below(enumerators<T>));
    } else if constexpr (std::is_floating_point_v<T>) {
      const T values[] = {0,     1,    -1, T(1e30), T(-1e30), std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(),
                          2 * x, x / 3};
      x = values[below(std::size(values))];
    } else {
      using Number = std::conditional_t<std::is_same_v<T, char32_t>, uint32_t, T>;
      const auto number = static_cast<uint64_t>(x);
      const uint64_t values[] = {0,
                                 1,
                                 2,
                                 number + 1,
                                 number - 1,
                                 ~uint64_t{0},
                                 static_cast<uint64_t>(std::numeric_limits<Number>::max()),
                                 static_cast<uint64_t>(std::numeric_limits<Number>::min()),
                                 below(20),
                                 random_()};
      x = static_cast<T>(values[below(std::size(values))]);
    }
  }

  template <class T>
  void change_list(std::vector<T> &x) {
    const size_t n = x.size();
    switch (below(5)) {
      case 0: x.clear(); break;
      case 1:
        if (n > 0) x.pop_back();
        break;
      case 2: x.emplace_back(); break;
      case 3:
        if (n > 0) x.push_back(T(x[below(n)]));
        break;
      default:
        if (n > 1) std::swap(x[below(n)], x[below(n)]);
    }
  }

  std::mt19937_64 random_;
  std::map<uint64_t, uint64_t> counts_;  // places by kind
  uint64_t chosen_ = 0, left_ = 0;
};

// Thrown when drawing takes too long.
struct Enough {};

// Draws some rows of every table, as fill does but for the server's own tests. True if it came to its end: an error is an answer, too.
inline bool draw_some(Trained trained, const Poll &poll) {
  double most = 1;
  for (const TableModel &t : trained.model.tables)
    if (t.role == TableRole::Learn) most = std::max(most, static_cast<double>(t.source_rows));
  SampleOptions options;
  options.seed = 1;
  options.scale = std::min(1.0, 200 / most);
  options.poll = poll;
  options.memory = 1e8;
  for (TablePlan &p : trained.plan.tables) {
    p.scale = options.scale;
    p.rows.reset();
  }
  try {
    Sampler sampler(trained.schema, trained.plan, trained.model, options);
    std::map<int, std::vector<Block>> waiting;
    for (int t : trained.plan.order) {
      sampler.begin(t);
      for (size_t first = 0, total = std::min<size_t>(sampler.rows(t), 2000); first < total; first += 128) {
        Block block = sampler.draw(t, first, std::min<size_t>(128, total - first));
        for (int attempt = 1; attempt < 40; ++attempt) {
          std::vector<Rejection> refused = sampler.check_keys(block);
          if (refused.empty() && attempt < 4)  // as if the server refused some
            for (size_t r = 0; r < block.rows; r += 7) refused.push_back({r, "check", {}});
          if (refused.empty()) break;
          if (poll) poll();
          sampler.redraw(block, refused, attempt);
        }
        sampler.keep(block);
        if (sampler.deferred(t)) waiting[t].push_back(std::move(block));
      }
      sampler.end(t);
      for (auto &[table, blocks] : waiting) {
        if (sampler.deferred(table)) continue;
        for (Block &block : blocks) sampler.close(block);
        blocks.clear();
      }
    }
    return true;
  } catch (const Error &) {
  } catch (const Enough &) {
  } catch (const std::bad_alloc &) {
  }
  return false;
}

}  // namespace relsynth::core::test
