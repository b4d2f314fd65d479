#include "core/category_codec.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/number_codec.h"
#include "core/shapes.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t most_values = max_codes - 1;  // one code is left for the rare
constexpr size_t most_grouped = 8192;          // texts that share codes
constexpr size_t most_groups = 128;            // that they come to
constexpr size_t rare_sample = 50000;

// Support per distinct value, keyed by pool id, integer or number.
template <class Key, class Get>
std::map<Key, Support> count_values(const std::vector<uint32_t> &rows, const std::vector<uint32_t> &entity, Get get) {
  std::map<Key, Support> counts;
  for (uint32_t row : rows) counts[get(row)].add(entity_of(entity, row));
  return counts;
}

// Values with enough entities, the most frequent ones if they are too many, in ascending order.
template <class Key>
std::vector<Key> kept_values(const std::map<Key, Support> &counts, uint32_t threshold, size_t most) {
  std::vector<std::pair<uint32_t, Key>> kept;
  for (const auto &[value, support] : counts)
    if (support.entities >= threshold) kept.push_back({support.rows, value});
  std::stable_sort(kept.begin(), kept.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
  if (kept.size() > most) kept.resize(most);
  std::vector<Key> values;
  values.reserve(kept.size());
  for (auto &[rows, value] : kept) values.push_back(value);
  return values;
}

bool lists(const Column &column, std::string_view text) {
  return std::find(column.labels.begin(), column.labels.end(), text) != column.labels.end();
}

// Texts, the most frequent first, come to groups of about equal mass.
void group_by_rows(CategoryCodec &category, const std::map<std::string_view, Support> &counts) {
  uint64_t left = 0, mass = 0;
  for (const std::string &text : category.texts) {
    category.rows.push_back(counts.at(text).rows);
    left += category.rows.back();
  }
  for (size_t i = 0; i < category.texts.size(); ++i) {
    if (mass == 0) category.begin.push_back(static_cast<uint32_t>(i));
    mass += category.rows[i];
    bool last = category.begin.size() == most_groups;
    if (last || mass * (most_groups - category.begin.size() + 1) < left) continue;
    left -= mass;
    mass = 0;
  }
  category.begin.push_back(static_cast<uint32_t>(category.texts.size()));
}

void learn_texts(Codec &codec, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &rows,
                 const std::vector<uint32_t> &entity, uint32_t threshold) {
  std::vector<Support> by_id(values.pool.size());
  for (uint32_t row : rows) by_id[values.ids[row]].add(entity_of(entity, row));
  std::map<std::string_view, Support> counts;
  for (size_t id = 0; id < by_id.size(); ++id)
    if (by_id[id].rows > 0) counts[column.blank_padded ? without_padding(values.pool[id]) : std::string_view(values.pool[id])] = by_id[id];
  // The labels of an enum are its type's, those of a text its check's, not the rows': every one that occurs has a code, in their order.
  bool labels = !column.labels.empty();
  if (column.cls != TypeClass::Enum)  // a check that is not valid may not hold
    std::erase_if(counts, [&](const auto &count) { return labels && !lists(column, count.first); });
  for (std::string_view text : kept_values(counts, labels ? 1 : threshold, labels ? most_values : most_grouped))
    codec.category.texts.emplace_back(text);
  if (labels && !column.labels.empty()) {
    auto place = [&](const std::string &text) {
      return std::find(column.labels.begin(), column.labels.end(), text) - column.labels.begin();
    };
    std::stable_sort(codec.category.texts.begin(), codec.category.texts.end(),
                     [&](const auto &a, const auto &b) { return place(a) < place(b); });
    codec.ordered = column.cls == TypeClass::Enum;
  }
  if (codec.category.texts.size() > most_values) group_by_rows(codec.category, counts);
  std::map<std::string_view, bool> known;
  for (const std::string &text : codec.category.texts) known[text] = true;
  std::vector<TextSample> rest;
  for (uint32_t row : rows) {
    std::string_view text = column.blank_padded ? without_padding(values.text(row)) : std::string_view(values.text(row));
    if (!labels && rest.size() < rare_sample && !known.count(text)) rest.push_back({text, entity_of(entity, row)});
  }
  codec.category.rare = !rest.empty();
  if (!rest.empty()) codec.shapes = std::make_shared<const TextShapes>(learn_shapes(rest, threshold, max_codes));
}

template <class T, class Get>
void learn_numbers(Codec &codec, std::vector<T> &kept, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &rows,
                   const std::vector<uint32_t> &entity, uint32_t threshold, Get get) {
  kept = kept_values(count_values<T>(rows, entity, get), threshold, most_values);
  std::sort(kept.begin(), kept.end());
  std::vector<Observation> rest;
  for (uint32_t row : rows)
    if (!std::binary_search(kept.begin(), kept.end(), get(row))) rest.push_back({static_cast<double>(get(row)), entity_of(entity, row)});
  codec.category.rare = !rest.empty();
  if (!rest.empty()) codec.number = make_number(rest, limits_of(column, values.decimals), threshold, max_codes);
}

}  // namespace

size_t category_size(const CategoryCodec &category) { return category.texts.size() + category.ints.size() + category.floats.size(); }

size_t category_codes(const CategoryCodec &category) {
  return category.begin.empty() ? category_size(category) : category.begin.size() - 1;
}

Code category_code(const CategoryCodec &category, size_t i) {
  if (category.begin.empty()) return static_cast<Code>(1 + i);
  return static_cast<Code>(std::upper_bound(category.begin.begin(), category.begin.end(), i) - category.begin.begin());
}

void regroup(Codec &codec, const std::vector<uint32_t> &group) {
  CategoryCodec &category = codec.category;
  std::vector<uint32_t> order(group.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return group[a] < group[b]; });
  std::vector<std::string> texts;
  std::vector<uint32_t> rows;
  category.begin.clear();
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || group[order[i]] != group[order[i - 1]]) category.begin.push_back(static_cast<uint32_t>(i));
    texts.push_back(std::move(category.texts[order[i]]));
    rows.push_back(category.rows[order[i]]);
  }
  category.begin.push_back(static_cast<uint32_t>(order.size()));
  category.texts = std::move(texts);
  category.rows = std::move(rows);
  codec.codes = 1 + static_cast<int>(category_codes(category)) + category.rare;
}

void learn_category(Codec &codec, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &rows,
                    const std::vector<uint32_t> &entity, uint32_t threshold) {
  bool flag = column.cls == TypeClass::Bool;
  codec.ordered = flag;
  if (codec.repr == Repr::Text) learn_texts(codec, column, values, rows, entity, threshold);
  if (codec.repr == Repr::Int)
    learn_numbers(codec, codec.category.ints, column, values, rows, entity, flag ? 1 : threshold,
                  [&](uint32_t row) { return values.ints[row]; });
  if (codec.repr == Repr::Float)
    learn_numbers(codec, codec.category.floats, column, values, rows, entity, threshold,
                  [&](uint32_t row) { return values.floats[row] == values.floats[row] ? values.floats[row] : 0.0; });
  codec.codes = 1 + static_cast<int>(category_codes(codec.category)) + codec.category.rare;
}

void learn_constant(Codec &codec, const Column &column, const SourceColumn &values, const std::vector<uint32_t> &rows) {
  if (rows.empty()) return;
  uint32_t row = rows.front();
  if (codec.repr == Repr::Text)
    codec.category.texts.emplace_back(column.blank_padded ? without_padding(values.text(row)) : values.text(row));
  if (codec.repr == Repr::Int) codec.category.ints.push_back(values.ints[row]);
  if (codec.repr == Repr::Float) codec.category.floats.push_back(values.floats[row]);
  codec.codes = 2;
}

void encode_category(const Codec &codec, const SourceColumn &values, std::vector<Code> &codes) {
  const CategoryCodec &category = codec.category;
  Code other = static_cast<Code>(std::max<size_t>(1, category_codes(category) + category.rare));
  std::vector<Code> by_id(values.pool.size(), other);
  if (codec.repr == Repr::Text) {
    std::unordered_map<std::string_view, Code> known;
    for (size_t i = 0; i < category.texts.size(); ++i) known[category.texts[i]] = category_code(category, i);
    for (size_t id = 0; id < values.pool.size(); ++id) {
      auto found = known.find(values.pool[id]);
      if (found == known.end()) found = known.find(without_padding(values.pool[id]));
      if (found != known.end()) by_id[id] = found->second;
    }
  }
  auto find = [&](const auto &kept, auto value) {
    auto at = std::lower_bound(kept.begin(), kept.end(), value);
    return at != kept.end() && *at == value ? static_cast<Code>(1 + (at - kept.begin())) : other;
  };
  for (size_t row = 0; row < values.size(); ++row) {
    if (values.nulls[row]) continue;
    if (codec.repr == Repr::Text) codes[row] = by_id[values.ids[row]];
    if (codec.repr == Repr::Int) codes[row] = find(category.ints, values.ints[row]);
    if (codec.repr == Repr::Float) codes[row] = find(category.floats, values.floats[row]);
  }
}

Code put_category(const CategoryCodec &category, size_t i, ValueColumn &out, size_t row) {
  out.nulls[row] = 0;
  if (out.repr == Repr::Text) out.texts[row] = category.texts[i];
  if (out.repr == Repr::Int) out.ints[row] = category.ints[i];
  if (out.repr == Repr::Float) out.floats[row] = category.floats[i];
  return category_code(category, i);
}

bool draw_category(const CategoryCodec &category, Code code, Stream &random, ValueColumn &out, size_t row) {
  size_t n = category_codes(category), i = std::max<Code>(code, 1) - 1u;
  if (i >= n && category.rare) return false;
  if (n == 0) return false;
  i = std::min(i, n - 1);
  if (!category.begin.empty()) {
    const size_t first = category.begin[i], last = category.begin[i + 1];
    uint64_t total = 0;
    for (size_t v = first; v < last; ++v) total += category.rows[v];
    uint64_t at = last - first > 1 ? random.below(std::max<uint64_t>(total, 1)) : 0;
    for (i = first; i + 1 < last && at >= category.rows[i]; ++i) at -= category.rows[i];
  }
  put_category(category, i, out, row);
  return true;
}

}  // namespace relsynth::core
