// Checks of what values are drawn by: codecs, shapes of texts, conditionals.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/archive.h"
#include "core/category_codec.h"
#include "core/model_check.h"
#include "core/prose_contexts.h"
#include "core/structure.h"

namespace relsynth::core {

namespace {

constexpr uint32_t longest_text = 1 << 20;  // characters; scan reads no more than the beginning of longer ones
constexpr double most_boost = 80;           // of logarithms, added up: e to this is still a float
constexpr double most_items = 1e7;          // of lists within lists

template <class T>
bool ascends(const std::vector<T> &values) {
  return std::is_sorted(values.begin(), values.end());
}

template <class T>
void check_weighted(const Weighted<T> &weighted) {
  static_assert(field_count<Weighted<T>> == 2, "check what is new in it here");
  require(weighted.items.size() == weighted.cumulative.size() && ascends(weighted.cumulative) && weighted.total() < 1ULL << 62, "weights");
}

bool is_length(double x) { return x >= 0 && x <= longest_text; }
bool is_character(char32_t c) { return c > 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF); }

void check_lengths(const Lengths &l) {
  static_assert(field_count<Lengths> == 8, "check what is new in it here");
  check_weighted(l.shared);
  for (uint32_t length : l.shared.items) require(is_length(length), "length of a text");
  require(l.low <= l.high && is_length(l.high) && is_length(l.mean_below) && is_length(l.mean_above), "lengths of a text");
  require(std::max({l.between, l.below, l.above}) < 1ULL << 60, "weights of lengths");
}

void check_followers(const Followers &f) {
  static_assert(field_count<Followers> == 3 && field_count<Followers::Place> == 4, "check what is new in them here");
  const size_t n = f.places.size();
  require((n & (n - 1)) == 0 && f.items.size() == f.cumulative.size(), "table of followers");
  bool free = n == 0;
  for (const Followers::Place &place : f.places) {
    free |= place.end == 0;
    if (place.end == 0) continue;
    require(place.begin < place.end && place.end <= f.items.size(), "followers of a context");
    uint32_t before = 0;
    for (uint32_t i = place.begin; i < place.end; before = f.cumulative[i++]) require(f.cumulative[i] > before, "weights of followers");
    require(place.total >= before, "number of followers");
  }
  require(free, "a table of followers that is full");
}

void check_letters(const LetterModel &letters) {
  static_assert(field_count<LetterModel> == 2, "check what is new in it here");
  check_followers(letters.followers);
  for (uint32_t item : letters.followers.items) require(is_character(item), "a letter");
}

void check_digits(const std::vector<DigitPlaces> &digits) {
  static_assert(field_count<DigitPlaces> == 2 && field_count<Alphabet> == 3, "check what is new in them here");
  for (const DigitPlaces &d : digits) require(is_length(d.length), "digits");
}

void check_prose(const Prose &prose) {
  static_assert(field_count<Prose> == 9 && field_count<Prose::Token> == 6 && field_count<TextRun> == 5, "check what is new in them here");
  require(prose.class_low.size() == prose.class_high.size(), "classes of texts");
  for (const auto *list : {&prose.class_low, &prose.class_high})
    for (uint32_t length : *list) require(is_length(length), "length of a class of texts");
  for (const Prose::Token &token : prose.tokens) require(is_length(token.length), "length of a word");
  auto known = [&](uint32_t token) { return token < first_shared ? token <= rare_end : shared_at(token) < prose.tokens.size(); };
  check_followers(prose.followers);
  require(std::all_of(prose.followers.items.begin(), prose.followers.items.end(), known), "a word that follows");
  check_weighted(prose.marks);
  require(std::all_of(prose.marks.items.begin(), prose.marks.items.end(), [&](uint32_t m) { return known(m) && m >= first_shared; }),
          "a mark");
  for (const Lengths &lengths : prose.lengths) check_lengths(lengths);
  check_digits(prose.digits);
}

void check_slot(const Slot &slot) {
  static_assert(field_count<Slot> == 8, "check what is new in it here");
  require(slot.kind != RunKind::Punct || is_character(slot.mark), "a mark of a shape");
  check_weighted(slot.shared);
  check_weighted(slot.endings);
  check_lengths(slot.lengths);
  check_digits(slot.digits);
  require(slot.fresh < 1ULL << 60, "weight of fresh texts");
}

void check_structure(const Structure &structure);

void check_shapes(const TextShapes &shapes) {
  static_assert(field_count<TextShapes> == 9 && field_count<Shape> == 3 && field_count<KnownTexts> == 1, "check what is new in them here");
  for (const Shape &shape : shapes.shapes)
    for (const Slot &slot : shape.slots) check_slot(slot);
  check_prose(shapes.prose);
  check_letters(shapes.letters);
  check_weighted(shapes.marginal);
  require(is_index_or_none(shapes.plain_digits, shapes.shapes.size()) && is_index_or_none(shapes.plain_email, shapes.shapes.size()),
          "shape of plain texts");
  require(shapes.classes() <= 1000, "classes of texts");
  if (shapes.structure) check_structure(*shapes.structure);
}

void check_number_slot(const NumberSlot &slot) {
  static_assert(field_count<NumberSlot> == 3 && field_count<NumberLimits> == 9, "check what is new in them here");
  check_number(slot.codec);
  check_weighted(slot.codes);
  require(slot.limits.low <= slot.limits.high && std::isfinite(slot.limits.low) && std::isfinite(slot.limits.high) &&
              std::isfinite(slot.limits.unit) && slot.limits.unit >= 0 && slot.limits.decimals >= 0 && slot.limits.decimals <= 400,
          "limits of a number");
}

double longest_list(const Field &f) {
  double most = 1;
  for (const NumberCodec::Bin &bin : f.length.codec.bins) most = std::max(most, bin.high);
  return std::min(most, 10000.0);
}

void check_field(const Field &f, size_t fields) {
  static_assert(field_count<Field> == 18, "check what is new in it here");
  check_weighted(f.kinds);
  for (uint8_t kind : f.kinds.items) require(kind < enumerators<ItemKind>, "kind of an item");
  auto has = [&](ItemKind kind) {
    return std::find(f.kinds.items.begin(), f.kinds.items.end(), static_cast<uint8_t>(kind)) != f.kinds.items.end();
  };
  for (const NumberSlot *slot : {&f.number, &f.date, &f.stamp, &f.time, &f.length, &f.span}) check_number_slot(*slot);
  check_weighted(f.stamp_forms);
  require(!has(ItemKind::Stamp) || !f.stamp_forms.empty(), "form of a timestamp");
  check_weighted(f.words);
  check_weighted(f.flags);
  require(f.fresh < 1ULL << 60, "weight of fresh words");
  if (f.shapes) check_shapes(*f.shapes);
  for (double share : f.presence) require(is_share(share), "how often a key is there");
  for (int child : f.children) require(is_index_or_none(child, fields), "a part of a value");
  for (int child : {f.element, f.lower, f.upper}) require(is_index_or_none(child, fields), "a part of a value");
}

// Fields form trees, so that drawing comes to an end; `items`: how many there may be in all of the one looked at.
void check_nesting(const Structure &s, int field, double items, std::vector<uint8_t> &seen) {
  if (field < 0) return;
  const Field &f = s.fields[static_cast<size_t>(field)];
  require(!seen[static_cast<size_t>(field)], "parts of a value in a circle");
  seen[static_cast<size_t>(field)] = 1;
  require(items <= most_items, "lists within lists");
  for (int child : f.children) check_nesting(s, child, items, seen);
  check_nesting(s, f.element, items * longest_list(f), seen);
  check_nesting(s, f.lower, items, seen);
  check_nesting(s, f.upper, items, seen);
}

void check_structure(const Structure &s) {
  static_assert(field_count<Structure> == 12, "check what is new in it here");
  require(s.fields.size() < 1000000 && s.variants.size() <= 1000, "number of fields");
  // An object is drawn key by key, wherever one may be.
  for (const Field &f : s.fields) {
    check_field(f, s.fields.size());
    const bool flat = s.syntax == Syntax::Flat || s.syntax == Syntax::Xml || s.syntax == Syntax::Row || s.syntax == Syntax::Points;
    require(flat || f.keys.empty() || (f.presence.size() >= f.keys.size() && f.children.size() >= f.keys.size()) ||
                std::find(f.kinds.items.begin(), f.kinds.items.end(), static_cast<uint8_t>(ItemKind::Object)) == f.kinds.items.end(),
            "keys of an object");
  }
  std::vector<uint8_t> seen(s.fields.size(), 0);
  for (int v : s.variants) {
    require(is_index(v, s.fields.size()), "a variant");
    check_nesting(s, v, 1, seen);
  }
  check_number_slot(s.length);
  for (const NumberCodec::Bin &bin : s.length.codec.bins) require(is_length(std::max(0.0, bin.high)), "length of a binary value");
  for (double share : s.ones) require(is_share(share), "share of ones");
  check_weighted(s.prefixes);
  check_weighted(s.masks);
  require(s.fresh < 1ULL << 60 && is_share(s.version6), "addresses");
}

void check_category(const Codec &codec) {
  static_assert(field_count<CategoryCodec> == 6, "check what is new in it here");
  const CategoryCodec &c = codec.category;
  const size_t values = category_size(c);
  require((codec.repr == Repr::Text || c.texts.empty()) && (codec.repr == Repr::Int || c.ints.empty()) &&
              (codec.repr == Repr::Float || c.floats.empty()),
          "values of a category");
  require(values > 0 || c.rare, "a category without values");
  if (c.begin.empty()) return;
  require(c.begin.size() >= 2 && ascends(c.begin) && c.begin.front() == 0 && c.begin.back() == c.texts.size() &&
              c.rows.size() == c.texts.size() && codec.repr == Repr::Text,
          "values that share codes");
  require(std::adjacent_find(c.begin.begin(), c.begin.end()) == c.begin.end(), "a code without values");
}

void check_tree(const Tree &tree, size_t features) {
  static_assert(field_count<Tree> == 2 && field_count<Tree::Node> == 5, "check what is new in them here");
  const size_t n = tree.nodes.size();
  require(n > 0 && tree.leaves > 0 && static_cast<size_t>(tree.leaves) <= n, "a tree");
  for (size_t i = 0; i < n; ++i) {
    const Tree::Node &node = tree.nodes[i];
    if (node.feature < 0)
      require(is_index(node.leaf, static_cast<size_t>(tree.leaves)), "leaf of a tree");
    else  // children come after their parent, the right one next to the left one
      require(is_index(node.feature, features) && node.left > static_cast<int64_t>(i) && node.right == int64_t{node.left} + 1 &&
                  is_index(node.right, n),
              "node of a tree");
  }
}

void check_begins(const std::vector<uint32_t> &begin, size_t groups, size_t cells) {
  require(begin.size() == groups + 1 && begin.front() == 0 && ascends(begin) && begin.back() == cells, "cells of a tree");
}

void check_boosted(const Conditional &c, size_t features) {
  static_assert(field_count<BoostedTree> == 2, "check what is new in it here");
  double most = 0;
  require(c.boosted.size() <= 64, "number of boosted trees");
  for (const BoostedTree &boosted : c.boosted) {
    check_tree(boosted.tree, features);
    require(boosted.values.size() == static_cast<size_t>(boosted.tree.leaves) * static_cast<size_t>(c.classes) && is_finite(boosted.values),
            "values of a boosted tree");
    float own = 0;
    for (float value : boosted.values) own = std::max(own, std::fabs(value));
    most += own;
  }
  require(most <= most_boost, "sum of boosted trees");
}

}  // namespace

void check_number(const NumberCodec &codec) {
  static_assert(field_count<NumberCodec> == 10 && field_count<NumberCodec::Bin> == 3 && field_count<NumberCodec::Grid> == 3,
                "check what is new in them here");
  require(codec.bins.size() <= max_codes, "number of bins");
  for (const NumberCodec::Bin &bin : codec.bins) {
    require(std::isfinite(bin.low) && std::isfinite(bin.high) && bin.low <= bin.high, "a bin");
    require(std::all_of(bin.quantiles.begin(), bin.quantiles.end(), [](double q) { return std::isfinite(q); }) &&
                std::is_sorted(bin.quantiles.begin(), bin.quantiles.end()),
            "quantiles of a bin");
  }
  require(std::isfinite(codec.step) && codec.step >= 0 && std::isfinite(codec.origin), "grid of a number");
  for (const NumberCodec::Grid &grid : codec.grids)
    require(std::isfinite(grid.step) && grid.step > 0 && std::isfinite(grid.origin) && is_share(grid.share), "a coarser grid");
  require(codec.decimals >= 0 && codec.decimals <= 400 && codec.padded >= -1, "decimals of a number");
}

void check_codec(const Codec &codec, const Column &column) {
  static_assert(field_count<Codec> == 8, "check what is new in it here");
  require(codec.codes >= 0 && codec.codes <= 1 + max_codes && codec.counts.size() <= 256, "codes of a column");
  require(codec.counts.size() <= static_cast<size_t>(std::max(codec.codes, 1)), "counts of codes");
  check_number(codec.number);
  if (codec.encoding == Encoding::None) return;
  require(codec.repr == repr_of(column.cls), "representation of a column");
  const bool text = codec.repr == Repr::Text;
  if (codec.codes > 1 && (codec.encoding == Encoding::Category || codec.encoding == Encoding::Constant)) check_category(codec);
  if (codec.encoding == Encoding::Number) require(!text, "a text as a number");
  if (codec.encoding == Encoding::Pattern || codec.encoding == Encoding::Structure) require(text, "a number as a text");
  if (codec.shapes) check_shapes(*codec.shapes);
}

void check_conditional(const Conditional &c, size_t features) {
  static_assert(field_count<Conditional> == 11 && field_count<Conditional::Cell> == 2, "check what is new in them here");
  if (c.root_cells.empty() && c.tree.nodes.empty()) return;
  require(c.classes > 0 && c.classes <= 256 && c.class_of.size() == 256, "classes of a conditional");
  const auto classes = static_cast<size_t>(c.classes);
  for (Code k : c.class_of) require(k < classes, "class of a code");
  check_tree(c.tree, features);
  if (c.root_cells.empty()) return;
  const size_t leaves = static_cast<size_t>(c.tree.leaves);
  require(c.probabilities.size() == leaves * classes && is_finite(c.probabilities), "probabilities");
  for (size_t leaf = 0; leaf < leaves; ++leaf) {
    const auto first = c.probabilities.begin() + static_cast<ptrdiff_t>(leaf * classes);
    require(std::all_of(first, first + c.classes, [](float p) { return p >= 0 && p <= 1.01f; }) &&
                std::accumulate(first, first + c.classes, 0.0) > 0.5,
            "probabilities of a leaf");
  }
  check_begins(c.cell_begin, leaves * classes, c.cells.size());
  check_begins(c.root_begin, classes, c.root_cells.size());
  require(std::adjacent_find(c.root_begin.begin(), c.root_begin.end()) == c.root_begin.end(), "a class without codes");
  require(c.root_cells.size() <= 256 && std::isfinite(c.cell_shrinkage) && c.cell_shrinkage >= 0, "cells of a conditional");
  for (const auto *cells : {&c.cells, &c.root_cells})
    for (const Conditional::Cell &cell : *cells) require(cell.count > 0, "an empty cell");
  check_boosted(c, features);
  require(c.null_step.size() <= 1, "steps of a conditional");
  for (const Conditional &step : c.null_step) check_conditional(step, features);
}

}  // namespace relsynth::core
