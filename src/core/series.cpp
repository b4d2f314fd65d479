#include "core/series.h"

#include <algorithm>
#include <cstdio>
#include <unordered_map>

namespace relsynth::core {

double missing_share(ValueKind kind, const ComparedValues &values, const std::vector<uint32_t> &rows) {
  size_t missing = 0;
  for (uint32_t r : rows) missing += is_numeric(kind) ? !std::isfinite(values.numbers[r]) : values.levels[r] < 0;
  return rows.empty() ? 0 : static_cast<double>(missing) / static_cast<double>(rows.size());
}

std::vector<int> paired_columns(const ComparedTable &table) {
  std::vector<int> out;
  for (size_t c = 0; c < table.columns.size(); ++c)
    if (is_paired(table.columns[c].kind)) out.push_back(static_cast<int>(c));
  return out;
}

bool choose_pairs(std::vector<std::pair<int, int>> &pairs, const MeasureOptions &options) {
  if (pairs.size() <= options.pairs) return true;
  std::vector<uint32_t> places(pairs.size());
  for (uint32_t i = 0; i < places.size(); ++i) places[i] = i;
  std::vector<uint32_t> kept = some_rows(places, options.pairs, options.seed);
  std::sort(kept.begin(), kept.end());
  std::vector<std::pair<int, int>> some;
  for (uint32_t i : kept) some.push_back(pairs[i]);
  pairs = std::move(some);
  return false;
}

Numbered number_values(const Series &real, const Series &other) {
  Numbered out;
  std::unordered_map<double, int32_t> place;
  auto number = [&](const Series &from, std::vector<int32_t> &to) {
    for (size_t r = 0; r < from.size(); ++r) {
      const double value = from.numeric ? from.numbers[r] : from.levels[r];
      const bool null = from.numeric ? !std::isfinite(value) : value < 0;
      to.push_back(null ? -1 : place.try_emplace(value == 0 ? 0.0 : value, static_cast<int32_t>(place.size())).first->second);
    }
  };
  number(real, out.real);
  number(other, out.other);
  out.values = place.size();
  return out;
}

Ordered ordered(const std::vector<double> &a, const std::vector<double> &b) {
  Ordered out;
  size_t in_order = 0;
  for (size_t r = 0; r < a.size(); ++r) {
    if (!std::isfinite(a[r]) || !std::isfinite(b[r])) continue;
    ++out.rows;
    in_order += a[r] <= b[r];
  }
  if (out.rows) out.share = static_cast<double>(in_order) / static_cast<double>(out.rows);
  return out;
}

TextShape text_shape(std::string_view utf8) {
  TextShape out;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(utf8[i]);
    if ((c & 0xC0) == 0x80) {
      if (out.length == 1) out.first = (out.first << 6) | (c & 0x3F);
      continue;
    }
    if (++out.length == 1) out.first = c < 0x80 ? c : c < 0xE0 ? c & 0x1F : c < 0xF0 ? c & 0x0F : c & 0x07;
    out.words += c == ' ' || (c >= '\t' && c <= '\r');
    out.digits += c >= '0' && c <= '9';
    out.upper += c >= 'A' && c <= 'Z';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
    out.punctuation += !letter && !(c == ' ' || (c >= '\t' && c <= '\r'));
  }
  return out;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

}  // namespace relsynth::core
