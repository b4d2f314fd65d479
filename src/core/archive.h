// Values <-> bytes, by the fields of their structs (fields.h). Numbers of variable length, little-endian; no names, no types: the fingerprint
// of a type tells whether bytes are of it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/fields.h"
#include "core/parallel.h"
#include "core/random.h"

namespace relsynth::core {

enum class Stored : uint8_t { Nothing, Enum, Raw, Signed, Unsigned, Text, Array, Vector, Option, Set, Map, Pair, Struct };

// How a type is stored. Raw: as it is in memory, so that vectors of it are copied at once.
template <class T>
struct StoredAs {
  static constexpr Stored value = std::is_same_v<T, Poll>                                                    ? Stored::Nothing
                                  : std::is_enum_v<T>                                                        ? Stored::Enum
                                  : std::is_floating_point_v<T> || (std::is_integral_v<T> && sizeof(T) == 1) ? Stored::Raw
                                  : std::is_same_v<T, uint64_t>                                              ? Stored::Raw
                                  : std::is_integral_v<T> && std::is_signed_v<T>                             ? Stored::Signed
                                  : std::is_integral_v<T>                                                    ? Stored::Unsigned
                                  : std::is_same_v<T, std::string>                                           ? Stored::Text
                                                                                                             : Stored::Struct;
};
template <class T, size_t N>
struct StoredAs<std::array<T, N>> {
  static constexpr Stored value = Stored::Array;
};
template <class T>
struct StoredAs<std::vector<T>> {
  static constexpr Stored value = Stored::Vector;
};
template <class T>
struct StoredAs<std::optional<T>> {
  static constexpr Stored value = Stored::Option;
};
template <class T>
struct StoredAs<std::shared_ptr<const T>> {
  static constexpr Stored value = Stored::Option;
};
template <class T>
struct StoredAs<std::unordered_set<T>> {
  static constexpr Stored value = Stored::Set;
};
template <class K, class V>
struct StoredAs<std::map<K, V>> {
  static constexpr Stored value = Stored::Map;
};
template <class A, class B>
struct StoredAs<std::pair<A, B>> {
  static constexpr Stored value = Stored::Pair;
};
template <class T>
inline constexpr Stored stored_as = StoredAs<T>::value;

// The types that a type is made of.
template <class... T>
struct Parts {};
template <class T>
struct PartsOf {
  template <class... F>
  static Parts<F...> without_references(std::tuple<F &...> *);
  using type = decltype(without_references(static_cast<decltype(fields(std::declval<T &>())) *>(nullptr)));
};
template <class T, size_t N>
struct PartsOf<std::array<T, N>> {
  using type = Parts<T>;
};
template <class T>
struct PartsOf<std::vector<T>> {
  using type = Parts<T>;
};
template <class T>
struct PartsOf<std::optional<T>> {
  using type = Parts<T>;
};
template <class T>
struct PartsOf<std::shared_ptr<const T>> {
  using type = Parts<T>;
};
template <class T>
struct PartsOf<std::unordered_set<T>> {
  using type = Parts<T>;
};
template <class K, class V>
struct PartsOf<std::map<K, V>> {
  using type = Parts<K, V>;
};
template <class A, class B>
struct PartsOf<std::pair<A, B>> {
  using type = Parts<A, B>;
};

template <class T, class... Above>
constexpr uint64_t fingerprint();

template <class... Above, class... T>
constexpr uint64_t fingerprint_of_parts(Parts<T...> *) {
  uint64_t hash = sizeof...(T);
  ((hash = combine(hash, fingerprint<T, Above...>())), ...);
  return hash;
}

// What a type within the types `Above` is made of, as a number that changes with it.
template <class T, class... Above>
constexpr uint64_t fingerprint() {
  constexpr Stored as = stored_as<T>;
  const uint64_t hash = static_cast<uint64_t>(as);
  if constexpr ((std::is_same_v<T, Above> || ...))
    return 1000;
  else if constexpr (as == Stored::Nothing || as == Stored::Text)
    return hash;
  else if constexpr (as == Stored::Enum)
    return combine(hash, enumerators<T>);
  else if constexpr (as <= Stored::Unsigned)
    return combine(hash, sizeof(T) * 2 + std::is_floating_point_v<T>);
  else if constexpr (as == Stored::Array)
    return combine(combine(hash, std::tuple_size_v<T>), fingerprint_of_parts<Above...>(static_cast<typename PartsOf<T>::type *>(nullptr)));
  else
    return combine(hash, fingerprint_of_parts<T, Above...>(static_cast<typename PartsOf<T>::type *>(nullptr)));
}

// The bytes of a raw value; the same on every machine.
template <class T>
T little_endian(T x) {
  if constexpr (std::endian::native == std::endian::big && sizeof(T) > 1) {
    auto *bytes = reinterpret_cast<unsigned char *>(&x);
    std::reverse(bytes, bytes + sizeof(T));
  }
  return x;
}

class Writer {
 public:
  template <class T>
  void put(const T &x) {
    constexpr Stored as = stored_as<T>;
    if constexpr (as == Stored::Enum) put_raw(static_cast<uint8_t>(x));
    if constexpr (as == Stored::Raw) put_raw(x);
    if constexpr (as == Stored::Signed) put_number(zigzag(x));
    if constexpr (as == Stored::Unsigned) put_number(x);
    if constexpr (as == Stored::Text) put_text(x);
    if constexpr (as == Stored::Array)
      for (const auto &item : x) put(item);
    if constexpr (as == Stored::Vector) put_list(x);
    if constexpr (as == Stored::Option) {
      put_raw(static_cast<uint8_t>(x ? 1 : 0));
      if (x) put(*x);
    }
    if constexpr (as == Stored::Set) {
      std::vector<typename T::value_type> items(x.begin(), x.end());
      std::sort(items.begin(), items.end());  // equal sets give equal bytes
      put_list(items);
    }
    if constexpr (as == Stored::Map) {
      put_number(x.size());
      for (const auto &[key, item] : x) {
        put(key);
        put(item);
      }
    }
    if constexpr (as == Stored::Pair) {
      put(x.first);
      put(x.second);
    }
    if constexpr (as == Stored::Struct) std::apply([this](const auto &...field) { (put(field), ...); }, fields(x));
  }
  const std::string &bytes() const { return bytes_; }

 private:
  static uint64_t zigzag(int64_t x) { return (static_cast<uint64_t>(x) << 1) ^ static_cast<uint64_t>(x >> 63); }
  template <class T>
  void put_raw(T x) {
    x = little_endian(x);
    bytes_.append(reinterpret_cast<const char *>(&x), sizeof x);
  }
  void put_number(uint64_t x) {
    for (; x >= 0x80; x >>= 7) bytes_ += static_cast<char>(x | 0x80);
    bytes_ += static_cast<char>(x);
  }
  void put_text(const std::string &x) {
    put_number(x.size());
    bytes_ += x;
  }
  template <class T>
  void put_list(const std::vector<T> &x) {
    put_number(x.size());
    if constexpr (stored_as<T> == Stored::Raw && std::endian::native == std::endian::little)
      bytes_.append(reinterpret_cast<const char *>(x.data()), x.size() * sizeof(T));
    else
      for (const T &item : x) put(item);
  }

  std::string bytes_;
};

// Every length is held against what is left of the input before room is made for it; values that a type has not are errors.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  void get(T &x) {
    constexpr Stored as = stored_as<T>;
    if constexpr (as == Stored::Enum) {
      static_assert(enumerators<T> > 0, "an enum that does not count from 0");
      x = static_cast<T>(below(enumerators<T>));
    }
    if constexpr (as == Stored::Raw) get_raw(x);
    if constexpr (as == Stored::Signed) x = in_range<T>(zagzig(get_number()));
    if constexpr (as == Stored::Unsigned) x = in_range<T>(get_number());
    if constexpr (as == Stored::Text) x = take(get_length(1));
    if constexpr (as == Stored::Array)
      for (auto &item : x) get(item);
    if constexpr (as == Stored::Vector) get_list(x);
    if constexpr (as == Stored::Option) get_option(x);
    if constexpr (as == Stored::Set) get_set(x);
    if constexpr (as == Stored::Map) get_map(x);
    if constexpr (as == Stored::Pair) {
      get(x.first);
      get(x.second);
    }
    if constexpr (as == Stored::Struct) {
      if (++depth_ > most_depth) fail("structs are nested too deeply");
      std::apply([this](auto &...field) { (get(field), ...); }, fields(x));
      --depth_;
    }
  }
  std::string_view rest() const { return rest_; }
  [[noreturn]] static void fail(const char *why) {
    throw Error(sqlstate::invalid_binary_representation, "model is damaged", std::string("It cannot be read: ") + why + ".",
                "Export it again, or train it again.");
  }

 private:
  static constexpr int most_depth = 64;  // what train makes has about twenty

  static int64_t zagzig(uint64_t x) { return static_cast<int64_t>(x >> 1) ^ -static_cast<int64_t>(x & 1); }
  template <class T, class From>
  static T in_range(From x) {
    using Number = std::conditional_t<std::is_same_v<T, char32_t>, uint32_t, T>;
    if (!std::in_range<Number>(x)) fail("a number is out of range");
    return static_cast<T>(x);
  }
  std::string_view take(size_t n) {
    if (n > rest_.size()) fail("it ends too early");
    std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  uint8_t below(size_t n) {
    const auto x = static_cast<uint8_t>(take(1)[0]);
    if (x >= n) fail("a value does not exist");
    return x;
  }
  template <class T>
  void get_raw(T &x) {
    if constexpr (std::is_same_v<T, bool>) {
      x = below(2) == 1;
    } else {
      std::memcpy(&x, take(sizeof x).data(), sizeof x);
      x = little_endian(x);
    }
  }
  uint64_t get_number() {
    uint64_t x = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(take(1)[0]);
      if (shift == 63 && byte > 1) break;
      x |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return x;
    }
    fail("a number is too long");
  }
  // Of things that take so many bytes each at least.
  size_t get_length(size_t bytes_each) {
    const uint64_t n = get_number();
    if (n > rest_.size() / bytes_each) fail("it ends too early");
    return static_cast<size_t>(n);
  }
  template <class T>
  void get_list(std::vector<T> &x) {
    x.clear();
    if constexpr (stored_as<T> == Stored::Raw && std::endian::native == std::endian::little && !std::is_same_v<T, bool>) {
      x.resize(get_length(sizeof(T)));
      if (!x.empty()) std::memcpy(x.data(), take(x.size() * sizeof(T)).data(), x.size() * sizeof(T));
    } else {
      for (size_t n = get_length(1); n > 0; --n) get(x.emplace_back());  // grows with what has been read
    }
  }
  template <class T>
  void get_option(std::optional<T> &x) {
    if (below(2) == 1)
      get(x.emplace());
    else
      x.reset();
  }
  template <class T>
  void get_option(std::shared_ptr<const T> &x) {
    x.reset();
    if (below(2) == 0) return;
    auto value = std::make_shared<T>();
    get(*value);
    x = std::move(value);
  }
  template <class T>
  void get_set(std::unordered_set<T> &x) {
    std::vector<T> items;
    get_list(items);
    x = {items.begin(), items.end()};
    if (x.size() != items.size()) fail("a set has an item twice");
  }
  template <class K, class V>
  void get_map(std::map<K, V> &x) {
    x.clear();
    for (size_t n = get_length(1); n > 0; --n) {
      K key{};
      get(key);
      auto [at, fresh] = x.try_emplace(std::move(key));
      if (!fresh) fail("a map has a key twice");
      get(at->second);
    }
  }

  std::string_view rest_;
  int depth_ = 0;
};

// Calls f with every value that is not made of others: numbers, enums, texts.
template <class T, class F>
void visit_leaves(T &x, const F &f) {
  constexpr Stored as = stored_as<std::remove_const_t<T>>;
  if constexpr (as == Stored::Enum || as == Stored::Raw || as == Stored::Signed || as == Stored::Unsigned || as == Stored::Text) f(x);
  if constexpr (as == Stored::Array || as == Stored::Vector || as == Stored::Set)
    for (auto &item : x) visit_leaves(item, f);
  if constexpr (as == Stored::Option)
    if (x) visit_leaves(*x, f);
  if constexpr (as == Stored::Map)
    for (auto &[key, item] : x) {
      visit_leaves(key, f);
      visit_leaves(item, f);
    }
  if constexpr (as == Stored::Pair) {
    visit_leaves(x.first, f);
    visit_leaves(x.second, f);
  }
  if constexpr (as == Stored::Struct) std::apply([&f](auto &...field) { (visit_leaves(field, f), ...); }, fields(x));
}

}  // namespace relsynth::core
