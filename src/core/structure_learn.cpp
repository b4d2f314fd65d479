// Learns fields from parsed items, place by place; finds the class of a text.
#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "core/structure.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr int bins_of_a_slot = 48;
constexpr size_t most_variants = 60;
constexpr int deepest_field = 8;

struct Seen {
  const Item *item;
  uint32_t entity;
};

NumberLimits clock_limits(bool date) {
  NumberLimits limits;
  limits.integral = true;
  limits.unit = 1;
  limits.clock = !date;
  limits.calendar = date;
  limits.low = date ? -730119.0 : -63113904e9;
  limits.high = date ? 2921939.0 : 252455616e9;
  return limits;
}

NumberLimits count_limits() {
  NumberLimits limits;
  limits.integral = true;
  limits.unit = 1;
  limits.low = 0;
  limits.high = 1e7;
  return limits;
}

NumberLimits decimal_limits(int decimals) {
  NumberLimits limits;
  limits.decimals = decimals;
  limits.unit = decimals < 15 ? std::pow(10, -decimals) : 0;
  return limits;
}

class Learner {
 public:
  Learner(Structure &structure, uint32_t threshold) : structure_(structure), threshold_(threshold) {}

  // Adds a field for the items and the fields below it; its index.
  int learn(const std::vector<Seen> &items, int depth) {
    int index = static_cast<int>(structure_.fields.size());
    structure_.fields.emplace_back();
    Field field;
    std::map<ItemKind, std::vector<Seen>> by_kind;
    for (const Seen &seen : items) by_kind[seen.item->kind].push_back(seen);
    for (auto &[kind, seen] : by_kind) {
      field.kinds.add(static_cast<uint8_t>(kind), seen.size());
      learn_kind(field, kind, seen, depth);
    }
    structure_.fields[static_cast<size_t>(index)] = std::move(field);
    return index;
  }

 private:
  void learn_kind(Field &field, ItemKind kind, const std::vector<Seen> &seen, int depth) {
    int decimals = 0;
    switch (kind) {
      case ItemKind::Number:
        for (const Seen &s : seen) decimals = std::max(decimals, s.item->decimals);
        field.number = learn_slot(numbers(seen), decimal_limits(decimals), threshold_);
        break;
      case ItemKind::Date: field.date = learn_slot(numbers(seen), clock_limits(true), threshold_); break;
      case ItemKind::Time: field.time = learn_slot(numbers(seen), clock_limits(false), threshold_); break;
      case ItemKind::Stamp: learn_stamp(field, seen); break;
      case ItemKind::Word: learn_words(field, seen); break;
      case ItemKind::List: learn_list(field, seen, depth); break;
      case ItemKind::Object: learn_object(field, seen, depth); break;
      case ItemKind::Range: learn_range(field, seen, depth); break;
      case ItemKind::Row:
      case ItemKind::Flat: learn_parts(field, seen, depth); break;
      default: break;
    }
  }

  static std::vector<Observation> numbers(const std::vector<Seen> &seen) {
    std::vector<Observation> values;
    values.reserve(seen.size());
    for (const Seen &s : seen) values.push_back({s.item->number, s.entity});
    return values;
  }

  void learn_stamp(Field &field, const std::vector<Seen> &seen) {
    field.stamp = learn_slot(numbers(seen), clock_limits(false), threshold_);
    std::map<std::string, uint64_t> forms;
    for (const Seen &s : seen) ++forms[s.item->text];
    for (auto &[form, rows] : forms) field.stamp_forms.add(form, rows);
  }

  void learn_words(Field &field, const std::vector<Seen> &seen) {
    std::map<std::string_view, Support> counts;
    for (const Seen &s : seen) counts[s.item->text].add(s.entity);
    size_t kept = 0;
    for (auto &[text, support] : counts)
      if (support.entities >= threshold_ && ++kept <= 2000) field.words.add(std::string(text), support.rows);
    std::vector<TextSample> rest;
    for (const Seen &s : seen)
      if (counts[s.item->text].entities < threshold_) rest.push_back({s.item->text, s.entity});
    field.fresh = seen.size() - field.words.total();
    if (rest.empty()) return;
    field.shapes = std::make_shared<const TextShapes>(learn_shapes(rest, threshold_, 40));
  }

  void learn_list(Field &field, const std::vector<Seen> &seen, int depth) {
    std::vector<Observation> lengths;
    std::vector<Seen> elements;
    for (const Seen &s : seen) {
      lengths.push_back({static_cast<double>(s.item->items.size()), s.entity});
      field.flags.add(s.item->flags, 1);
      for (const Item &item : s.item->items) elements.push_back({&item, s.entity});
    }
    compact_flags(field);
    field.length = learn_slot(lengths, count_limits(), threshold_);
    if (!elements.empty() && depth < deepest_field) field.element = learn(elements, depth + 1);
  }

  static void compact_flags(Field &field) {
    std::map<uint8_t, uint64_t> rows;
    for (uint8_t flags : field.flags.items) ++rows[flags];
    field.flags = {};
    for (auto [flags, n] : rows) field.flags.add(flags, n);
  }

  void learn_object(Field &field, const std::vector<Seen> &seen, int depth) {
    std::vector<std::string> order;
    std::unordered_map<std::string, std::vector<Seen>> by_key;
    for (const Seen &s : seen)
      for (size_t i = 0; i < s.item->keys.size(); ++i) {
        auto &values = by_key[s.item->keys[i]];
        if (values.empty()) order.push_back(s.item->keys[i]);
        values.push_back({&s.item->items[i], s.entity});
      }
    for (const std::string &key : order) {
      const auto &values = by_key[key];
      if (!std::binary_search(structure_.keys.begin(), structure_.keys.end(), key) || depth >= deepest_field) continue;
      field.keys.push_back(key);
      field.presence.push_back(static_cast<double>(values.size()) / static_cast<double>(seen.size()));
      field.children.push_back(learn(values, depth + 1));
    }
  }

  void learn_range(Field &field, const std::vector<Seen> &seen, int depth) {
    std::vector<Seen> lower, upper;
    std::vector<Observation> spans;
    ItemKind kind = ItemKind::Number;
    int decimals = 0;
    for (const Seen &s : seen) {
      field.flags.add(s.item->flags, 1);
      bool low = !(s.item->flags & (range_empty | range_no_lower)), high = !(s.item->flags & (range_empty | range_no_upper));
      if (low) lower.push_back({&s.item->items[0], s.entity});
      if (high) upper.push_back({&s.item->items[1], s.entity});
      if (!low || !high || s.item->items[0].kind != s.item->items[1].kind) continue;
      kind = s.item->items[0].kind;
      decimals = std::max({decimals, s.item->items[0].decimals, s.item->items[1].decimals});
      spans.push_back({s.item->items[1].number - s.item->items[0].number, s.entity});
    }
    compact_flags(field);
    if (!lower.empty()) field.lower = learn(lower, depth + 1);
    if (!upper.empty()) field.upper = learn(upper, depth + 1);
    NumberLimits limits = kind == ItemKind::Number ? decimal_limits(decimals) : clock_limits(kind == ItemKind::Date);
    limits.low = 0;
    if (!spans.empty()) field.span = learn_slot(spans, limits, threshold_);
  }

  // Rows and flat texts: one field per position; literals are those of the first, for all items of a variant agree on them.
  void learn_parts(Field &field, const std::vector<Seen> &seen, int depth) {
    const Item &first = *seen.front().item;
    field.keys = first.keys;
    for (size_t i = 0; i < first.items.size(); ++i) {
      std::vector<Seen> parts;
      for (const Seen &s : seen)
        if (i < s.item->items.size()) parts.push_back({&s.item->items[i], s.entity});
      field.children.push_back(depth < deepest_field ? learn(parts, depth + 1) : -1);
    }
  }

  Structure &structure_;
  uint32_t threshold_;
};

void collect_keys(const Item &item, uint32_t entity, std::unordered_map<std::string, Support> &counts) {
  if (item.kind == ItemKind::Object)
    for (const std::string &key : item.keys) counts[key].add(entity);
  for (const Item &inner : item.items) collect_keys(inner, entity, counts);
}

uint64_t kind_group(const Item &item) {
  return item.kind == ItemKind::Null || item.kind >= ItemKind::List ? static_cast<uint64_t>(item.kind) : 1;
}

struct Variant {
  uint64_t signature = 0;
  Support support;
  std::vector<Seen> seen;
};

std::vector<Variant> variants_of(const Structure &structure, const std::vector<Item> &items, const std::vector<uint32_t> &entities) {
  std::unordered_map<uint64_t, size_t> place;
  std::vector<Variant> variants;
  for (size_t i = 0; i < items.size(); ++i) {
    uint64_t signature = signature_of(structure, items[i]);
    auto [at, added] = place.try_emplace(signature, variants.size());
    if (added) variants.push_back({signature, {}, {}});
    variants[at->second].support.add(entities[i]);
    variants[at->second].seen.push_back({&items[i], entities[i]});
  }
  std::stable_sort(variants.begin(), variants.end(), [](const Variant &a, const Variant &b) { return a.support.rows > b.support.rows; });
  return variants;
}

// Skeletons whose literals are punctuation and units only can be kept when rare; markup holds words of its writer.
bool harmless(Syntax syntax) { return syntax != Syntax::Xml; }

void learn_variants(Structure &structure, const std::vector<Item> &items, const std::vector<uint32_t> &entities, uint32_t threshold) {
  std::vector<Variant> variants = variants_of(structure, items, entities);
  Learner learner(structure, threshold);
  std::vector<Seen> rest;
  bool flat = structure.syntax == Syntax::Flat || structure.syntax == Syntax::Xml;
  for (const Variant &variant : variants) {
    bool keep = variant.support.entities >= threshold || (flat && structure.variants.empty() && harmless(structure.syntax));
    if (keep && structure.variants.size() < most_variants) {
      structure.variants.push_back(learner.learn(variant.seen, 0));
      structure.signatures.push_back(variant.signature);
    } else {
      rest.insert(rest.end(), variant.seen.begin(), variant.seen.end());
    }
  }
  if (rest.empty() || flat || (!structure.variants.empty() && rest.size() < 2 * threshold)) return;
  std::stable_sort(rest.begin(), rest.end(), [](const Seen &a, const Seen &b) { return a.entity < b.entity; });
  structure.variants.push_back(learner.learn(rest, 0));
  structure.signatures.push_back(0);
}

}  // namespace

uint64_t signature_of(const Structure &structure, const Item &item) {
  uint64_t hash = mix(static_cast<uint64_t>(item.kind) + 1);
  switch (item.kind) {
    case ItemKind::Object: {
      uint64_t sum = 0;  // keys come in any order
      for (size_t i = 0; i < item.keys.size(); ++i)
        if (std::binary_search(structure.keys.begin(), structure.keys.end(), item.keys[i]))
          sum += mix(hash_name(item.keys[i]) + kind_group(item.items[i]));
      return combine(hash, sum) | 1;
    }
    case ItemKind::Range: return combine(hash, item.flags) | 1;
    case ItemKind::List: return combine(hash, item.items.empty()) | 1;
    case ItemKind::Row:
      for (const Item &inner : item.items) hash = combine(hash, inner.kind == ItemKind::Null);
      return hash | 1;
    case ItemKind::Flat:
      for (const std::string &literal : item.keys) hash = combine(hash, hash_name(literal));
      return hash | 1;
    default: return combine(hash, kind_group(item)) | 1;
  }
}

NumberSlot learn_slot(const std::vector<Observation> &values, const NumberLimits &limits, uint32_t threshold) {
  NumberSlot slot;
  slot.limits = limits;
  double least = 0;
  for (const Observation &value : values) least = std::min(least, value.value);
  slot.limits.low = std::max(slot.limits.low, least < 0 ? slot.limits.low : 0.0);  // lengths and radii stay so, however wide
  slot.codec = make_number(values, limits, threshold, bins_of_a_slot);
  NumberEncoder encoder(slot.codec);
  std::vector<uint64_t> rows(slot.codec.bins.size() + 2, 0);
  for (const Observation &value : values) ++rows[encoder.encode(value.value)];
  for (size_t code = 1; code <= slot.codec.bins.size(); ++code) slot.codes.add(static_cast<uint32_t>(code), rows[code]);
  return slot;
}

Structure learn_structure(const Column &column, const std::vector<TextSample> &samples, uint32_t threshold) {
  Structure structure;
  structure.syntax = syntax_of(column, samples.empty() ? std::string_view() : samples.front().text);
  structure.ranges_inside = column.type_name.find("range") != std::string::npos;
  if (is_binary(structure.syntax)) {
    learn_binary(structure, column, samples, threshold);
    return structure;
  }
  std::vector<Item> items;
  std::vector<uint32_t> entities;
  std::unordered_map<std::string, Support> keys;
  for (const TextSample &sample : samples) {
    std::optional<Item> item = parse_item(structure.syntax, sample.text, structure.ranges_inside);
    if (!item) continue;
    collect_keys(*item, sample.entity, keys);
    items.push_back(std::move(*item));
    entities.push_back(sample.entity);
  }
  for (auto &[key, support] : keys)
    if (support.entities >= threshold) structure.keys.push_back(key);
  std::sort(structure.keys.begin(), structure.keys.end());
  learn_variants(structure, items, entities, threshold);
  return structure;
}

int class_of(const Structure &structure, std::string_view text) {
  if (is_binary(structure.syntax) || structure.variants.empty()) return 0;
  std::optional<Item> item = parse_item(structure.syntax, text, structure.ranges_inside);
  if (!item) return 0;
  uint64_t signature = signature_of(structure, *item);
  for (size_t i = 0; i < structure.signatures.size(); ++i)
    if (structure.signatures[i] == signature) return static_cast<int>(i);
  return structure.signatures.back() == 0 ? static_cast<int>(structure.signatures.size()) - 1 : 0;
}

Syntax syntax_of(const Column &column, std::string_view example) {
  switch (column.cls) {
    case TypeClass::Json: return Syntax::Json;
    case TypeClass::Array: return column.type_name.find("box[]") == std::string::npos ? Syntax::Array : Syntax::Flat;  // its delimiter is ;
    case TypeClass::Range: return Syntax::Range;
    case TypeClass::Multirange: return Syntax::Multirange;
    case TypeClass::Composite: return Syntax::Row;
    case TypeClass::Xml: return Syntax::Xml;
    case TypeClass::Uuid: return Syntax::Uuid;
    case TypeClass::Bytea: return Syntax::Bytea;
    case TypeClass::Bit: return Syntax::Bit;
    case TypeClass::TextSearch: return column.base_oid == 3615 ? Syntax::Query : Syntax::Vector;
    case TypeClass::Network: return column.base_oid == 869 ? Syntax::Inet : column.base_oid == 650 ? Syntax::Cidr : Syntax::Mac;
    case TypeClass::Geometric: return column.base_oid == 602 || column.base_oid == 604 ? Syntax::Points : Syntax::Flat;
    case TypeClass::Interval:
    case TypeClass::TimeTz: return Syntax::Flat;
    default: break;
  }
  for (Syntax syntax : {Syntax::Hstore, Syntax::Json, Syntax::Array, Syntax::Row, Syntax::Range})
    if (example.size() >= 2 && parse_item(syntax, example, false)) return syntax;
  return Syntax::Words;
}

}  // namespace relsynth::core
