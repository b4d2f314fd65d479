// The texts that learned shapes allow, where they are few enough to be counted.
#include "core/text_space.h"

#include <algorithm>
#include <set>

#include "core/shapes.h"

namespace relsynth::core {

namespace {

constexpr uint64_t most_texts = 5000000;
constexpr size_t most_forms = 256;

const std::string upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", lower = "abcdefghijklmnopqrstuvwxyz", digits = "0123456789";

// Lengths that a run takes, in characters.
std::set<size_t> lengths_of(const Slot &slot) {
  std::set<size_t> lengths(slot.lengths.shared.items.begin(), slot.lengths.shared.items.end());
  for (const std::string &token : slot.shared.items) lengths.insert(count_characters(token));
  return lengths;
}

// Characters of place `at` of a run; empty for kinds that are not counted.
std::string choices_of(const Slot &slot, size_t at) {
  switch (slot.kind) {
    case RunKind::Upper: return upper;
    case RunKind::Lower: return lower;
    case RunKind::Capital: return at == 0 ? upper : lower;
    case RunKind::Digits: return digits;
    case RunKind::Code: {
      const std::string &letters = slot.alphabet.lower && !slot.alphabet.upper ? lower : upper;
      return digits + (slot.alphabet.hex ? letters.substr(0, 6) : letters);
    }
    case RunKind::Blank: return " ";
    case RunKind::Punct: {
      std::string mark;
      append_character(mark, slot.mark);
      return mark.size() == 1 ? mark : std::string();
    }
    case RunKind::Domain: break;
  }
  return {};
}

}  // namespace

TextSpace::TextSpace(const TextShapes &shapes, int max_length) {
  for (size_t s = 0; s < shapes.shapes.size(); ++s) {
    std::vector<std::vector<Place>> forms(1);
    for (const Slot &slot : shapes.shapes[s].slots) {
      std::set<size_t> lengths = lengths_of(slot);
      if (slot.kind == RunKind::Punct) lengths = {1};
      std::vector<std::vector<Place>> longer;
      for (const std::vector<Place> &form : forms)
        for (size_t length : lengths) {
          longer.push_back(form);
          for (size_t i = 0; i < length; ++i) longer.back().push_back({choices_of(slot, i)});
        }
      forms = std::move(longer);
      if (forms.size() > most_forms) break;
    }
    if (forms.size() > most_forms) continue;
    for (const std::vector<Place> &form : forms)
      if (max_length <= 0 || form.size() <= static_cast<size_t>(max_length)) add(static_cast<Code>(1 + s), form);
  }
}

void TextSpace::add(Code code, const std::vector<Place> &places) {
  uint64_t size = 1;
  for (const Place &place : places) {
    size *= place.choices.size();
    if (size == 0 || size > most_texts - size_) return;
  }
  if (places.empty()) return;
  forms_.push_back({code, places, size});
  size_ += size;
}

std::string TextSpace::at(uint64_t index, Code &code) const {
  auto form = forms_.begin();
  for (; form + 1 != forms_.end() && index >= form->size; ++form) index -= form->size;
  code = form->code;
  std::string text;
  for (const Place &place : form->places) {
    text += place.choices[index % place.choices.size()];
    index /= place.choices.size();
  }
  return text;
}

}  // namespace relsynth::core
