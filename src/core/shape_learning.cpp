// Learns the shapes of a text column: groups values by their runs, keeps what enough entities share of each group.
#include <algorithm>
#include <unordered_map>

#include "core/shapes.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t longest_shape = 24;  // runs; longer values are prose
constexpr size_t largest_dictionary = 250;
constexpr size_t counted_digits = 20;

using TokenCounts = std::unordered_map<std::string_view, Support>;

// The shared tokens by falling frequency, ties by text.
Weighted<std::string> shared_tokens(const TokenCounts &counts, uint32_t threshold) {
  std::vector<std::pair<std::string_view, uint32_t>> kept;
  for (const auto &[text, support] : counts)
    if (support.entities >= threshold) kept.push_back({text, support.rows});
  std::sort(kept.begin(), kept.end(),
            [](const auto &a, const auto &b) { return a.second > b.second || (a.second == b.second && a.first < b.first); });
  if (kept.size() > largest_dictionary) kept.resize(largest_dictionary);
  Weighted<std::string> result;
  for (const auto &[text, rows] : kept) result.add(std::string(text), rows);
  return result;
}

// Lengths that enough entities share; else the middle one.
Weighted<uint32_t> shared_lengths(const std::vector<std::pair<uint32_t, uint32_t>> &lengths, uint32_t threshold) {
  std::unordered_map<uint32_t, Support> counts;
  std::vector<uint32_t> sorted;
  for (auto [length, entity] : lengths) {
    counts[length].add(entity);
    sorted.push_back(length);
  }
  std::sort(sorted.begin(), sorted.end());
  Weighted<uint32_t> result;
  for (size_t i = 0; i < sorted.size(); ++i)
    if ((i == 0 || sorted[i] != sorted[i - 1]) && counts[sorted[i]].entities >= threshold) result.add(sorted[i], counts[sorted[i]].rows);
  if (result.empty() && !sorted.empty()) result.add(sorted[sorted.size() / 2], 1);
  return result;
}

// Digits by position, where enough entities have the digit there.
void learn_digits(Slot &slot, const std::vector<std::pair<std::string_view, uint32_t>> &tokens, uint32_t threshold) {
  std::vector<std::array<Support, 10>> counts;
  for (const auto &[text, entity] : tokens)
    for (size_t i = 0; i < std::min(text.size(), counted_digits); ++i) {
      if (i >= counts.size()) counts.emplace_back();
      if (text[i] >= '0' && text[i] <= '9') counts[i][static_cast<size_t>(text[i] - '0')].add(entity);
    }
  for (const auto &position : counts) {
    std::array<uint32_t, 10> kept{};
    for (size_t d = 0; d < 10; ++d) kept[d] = position[d].entities >= threshold ? position[d].rows : 0;
    slot.digits.push_back(kept);
  }
}

void learn_alphabet(Slot &slot, const std::vector<std::pair<std::string_view, uint32_t>> &tokens) {
  slot.hex = true;
  for (const auto &[text, entity] : tokens)
    for (size_t at = 0; at < text.size();) {
      char32_t c = next_character(text, at);
      if (c >= '0' && c <= '9') continue;
      slot.upper = slot.upper || is_upper(c);
      slot.lower = slot.lower || !is_upper(c);
      slot.hex = slot.hex && to_lower(c) >= 'a' && to_lower(c) <= 'f';
    }
}

void learn_endings(Slot &slot, const std::vector<std::pair<std::string_view, uint32_t>> &tokens, uint32_t threshold) {
  TokenCounts counts;
  for (const auto &[text, entity] : tokens) counts[text.substr(text.rfind('.') + 1)].add(entity);
  slot.endings = shared_tokens(counts, threshold);
}

// A slot from the tokens at one position of a shape.
Slot learn_slot(const TextRun &run, const std::vector<std::pair<std::string_view, uint32_t>> &tokens, uint32_t threshold) {
  Slot slot;
  slot.kind = run.kind;
  slot.mark = run.mark;
  if (run.kind == RunKind::Punct) return slot;
  TokenCounts counts;
  for (const auto &[text, entity] : tokens) counts[text].add(entity);
  slot.shared = shared_tokens(counts, threshold);
  std::unordered_map<std::string_view, bool> known;
  for (const std::string &text : slot.shared.items) known[text] = true;
  std::vector<std::pair<uint32_t, uint32_t>> lengths, all_lengths;
  std::vector<std::pair<std::string_view, uint32_t>> fresh;
  for (const auto &[text, entity] : tokens) {
    uint32_t length = static_cast<uint32_t>(count_characters(text));
    all_lengths.push_back({length, entity});
    if (known.count(text)) continue;
    lengths.push_back({length, entity});
    fresh.push_back({text, entity});
  }
  slot.fresh = fresh.size();
  slot.lengths = shared_lengths(lengths.empty() ? all_lengths : lengths, threshold);
  if (run.kind == RunKind::Digits) learn_digits(slot, fresh.empty() ? tokens : fresh, threshold);
  if (run.kind == RunKind::Code) learn_alphabet(slot, tokens);
  if (run.kind == RunKind::Domain) learn_endings(slot, tokens, threshold);
  return slot;
}

struct Group {
  uint64_t signature = 0;
  Support support;
  std::vector<uint32_t> members;
};

Shape learn_shape(const Group &group, const std::vector<TextSample> &samples, uint32_t threshold) {
  Shape shape;
  shape.signature = group.signature;
  shape.rows = group.support.rows;
  std::vector<std::vector<std::pair<std::string_view, uint32_t>>> tokens;
  std::vector<TextRun> runs, first;
  for (uint32_t member : group.members) {
    split_runs(samples[member].text, runs);
    if (first.empty()) first = runs, tokens.resize(runs.size());
    for (size_t i = 0; i < std::min(runs.size(), tokens.size()); ++i)
      tokens[i].push_back({samples[member].text.substr(runs[i].begin, runs[i].end - runs[i].begin), samples[member].entity});
  }
  for (size_t i = 0; i < first.size(); ++i) shape.slots.push_back(learn_slot(first[i], tokens[i], threshold));
  return shape;
}

// word@domain, for addresses whose own shape is rare.
Shape learn_plain_email(const std::vector<TextSample> &emails, uint32_t threshold) {
  std::vector<std::pair<std::string_view, uint32_t>> locals, domains;
  for (const TextSample &sample : emails) {
    size_t at = sample.text.find('@');
    locals.push_back({sample.text.substr(0, at), sample.entity});
    domains.push_back({sample.text.substr(at + 1), sample.entity});
  }
  Shape shape;
  shape.rows = static_cast<uint32_t>(emails.size());
  shape.slots.push_back(learn_slot({RunKind::Lower, 0, 0, 0, 0}, locals, threshold));
  shape.slots.push_back(learn_slot({RunKind::Punct, 0, 0, 0, '@'}, {}, threshold));
  shape.slots.push_back(learn_slot({RunKind::Domain, 0, 0, 0, 0}, domains, threshold));
  return shape;
}

// Groups by signature, most frequent first; ties by first occurrence, for the same result on every machine.
std::vector<Group> group_by_signature(const std::vector<TextSample> &samples) {
  std::unordered_map<uint64_t, size_t> place;
  std::vector<Group> groups;
  std::vector<TextRun> runs;
  for (size_t i = 0; i < samples.size(); ++i) {
    split_runs(samples[i].text, runs);
    uint64_t signature = runs.size() > longest_shape ? 0 : signature_of(runs);
    auto [at, added] = place.try_emplace(signature, groups.size());
    if (added) groups.push_back({signature, {}, {}});
    groups[at->second].support.add(samples[i].entity);
    groups[at->second].members.push_back(static_cast<uint32_t>(i));
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group &a, const Group &b) { return a.support.rows > b.support.rows; });
  return groups;
}

void learn_marginal(TextShapes &shapes, const std::vector<TextSample> &samples) {
  std::vector<TextRun> scratch;
  std::vector<uint64_t> rows(static_cast<size_t>(shapes.classes()), 0);
  for (const TextSample &sample : samples) {
    int c = class_of(shapes, sample.text, scratch);
    if (c >= 0) ++rows[static_cast<size_t>(c)];
  }
  for (size_t c = 0; c < rows.size(); ++c) shapes.marginal.add(static_cast<uint32_t>(c), rows[c]);
}

bool without_letters(std::string_view text) {
  std::vector<TextRun> runs;
  split_runs(text, runs);
  return is_digits(runs);
}

// What has no shape of its own: e-mail addresses and numbers take a plain one, the rest is prose.
void learn_others(TextShapes &shapes, const std::vector<const Group *> &groups, const std::vector<TextSample> &samples, uint32_t threshold,
                  int max_classes) {
  std::vector<TextSample> rest, emails;
  for (const Group *group : groups)
    for (uint32_t member : group->members) {
      std::string_view text = samples[member].text;
      if (shapes.plain_digits >= 0 && without_letters(text)) continue;
      (is_email(text) ? emails : rest).push_back(samples[member]);
    }
  auto by_entity = [](const TextSample &a, const TextSample &b) { return a.entity < b.entity; };
  std::stable_sort(rest.begin(), rest.end(), by_entity);
  std::stable_sort(emails.begin(), emails.end(), by_entity);
  if (!emails.empty()) {
    shapes.plain_email = static_cast<int>(shapes.shapes.size());
    shapes.shapes.push_back(learn_plain_email(emails, threshold));
  }
  int classes = std::max(1, max_classes - static_cast<int>(shapes.shapes.size()));
  if (!rest.empty()) shapes.prose = learn_prose(samples, rest, threshold, classes);
}

}  // namespace

TextShapes learn_shapes(const std::vector<TextSample> &samples, uint32_t threshold, int max_classes) {
  TextShapes result;
  std::vector<Group> groups = group_by_signature(samples);
  size_t most_shapes = static_cast<size_t>(std::max(1, max_classes * 3 / 4));
  bool any_shared = false;
  for (const Group &group : groups) any_shared = any_shared || (group.signature != 0 && group.support.entities >= threshold);
  bool tiny = !any_shared && samples.size() <= 4ULL * threshold;
  std::vector<const Group *> others;
  for (const Group &group : groups) {
    bool keep = group.signature != 0 && (tiny || group.support.entities >= threshold) && result.shapes.size() < most_shapes;
    if (!keep) {
      others.push_back(&group);
      continue;
    }
    if (result.plain_digits < 0 && without_letters(samples[group.members.front()].text))
      result.plain_digits = static_cast<int>(result.shapes.size());
    result.shapes.push_back(learn_shape(group, samples, threshold));
  }
  learn_others(result, others, samples, threshold, max_classes);
  result.letters = learn_letters(samples, threshold);
  learn_marginal(result, samples);
  return result;
}

namespace {

// Words and separators of all values.
struct ProseCounts {
  TokenCounts words, separators, ends;
  std::vector<std::pair<std::string_view, RunKind>> tokens;

  void count(const TextSample &sample) {
    split_runs(sample.text, runs_);
    size_t gap = 0;
    bool word_seen = false;
    for (const TextRun &run : runs_) {
      if (run.kind == RunKind::Blank || run.kind == RunKind::Punct) continue;
      std::string_view text = sample.text.substr(run.begin, run.end - run.begin);
      if (word_seen && run.begin > gap) separators[sample.text.substr(gap, run.begin - gap)].add(sample.entity);
      words[text].add(sample.entity);
      tokens.push_back({text, run.kind});
      gap = run.end;
      word_seen = true;
    }
    if (word_seen) ends[sample.text.substr(gap)].add(sample.entity);
  }

 private:
  std::vector<TextRun> runs_;
};

// Classes of equal mass by length, trimmed at both ends.
void learn_length_classes(Prose &prose, const std::vector<TextSample> &rest, uint32_t threshold, int max_classes) {
  std::vector<uint32_t> lengths;
  lengths.reserve(rest.size());
  for (const TextSample &sample : rest) lengths.push_back(static_cast<uint32_t>(count_characters(sample.text)));
  std::sort(lengths.begin(), lengths.end());
  size_t trim = lengths.size() > 4ULL * threshold ? threshold : 0, n = lengths.size() - 2 * trim;
  size_t classes = std::clamp<size_t>(n / (4 * static_cast<size_t>(threshold)), 1, static_cast<size_t>(std::min(12, max_classes)));
  for (size_t c = 0; c < classes; ++c) {
    uint32_t low = lengths[trim + n * c / classes], high = lengths[trim + n * (c + 1) / classes - 1];
    if (!prose.class_high.empty() && high <= prose.class_high.back()) continue;
    if (!prose.class_high.empty()) low = prose.class_high.back() + 1;
    prose.class_low.push_back(low);
    prose.class_high.push_back(high);
  }
}

}  // namespace

Prose learn_prose(const std::vector<TextSample> &all, const std::vector<TextSample> &rest, uint32_t threshold, int max_classes) {
  Prose prose;
  ProseCounts counts;
  size_t stride = std::max<size_t>(1, all.size() / 20000);
  for (size_t i = 0; i < all.size(); i += stride) counts.count(all[i]);
  prose.words = shared_tokens(counts.words, threshold);
  prose.separators = shared_tokens(counts.separators, threshold);
  prose.ends = shared_tokens(counts.ends, threshold);
  std::unordered_map<std::string_view, bool> known;
  for (const std::string &word : prose.words.items) known[word] = true;
  std::unordered_map<uint32_t, uint64_t> forms;  // kind and length
  for (const auto &[text, kind] : counts.tokens) {
    if (known.count(text)) continue;
    ++prose.fresh;
    ++forms[static_cast<uint32_t>(kind) << 8 | static_cast<uint32_t>(std::min<size_t>(count_characters(text), 20))];
  }
  std::vector<std::pair<uint32_t, uint64_t>> sorted(forms.begin(), forms.end());
  std::sort(sorted.begin(), sorted.end());
  for (auto [form, rows] : sorted) prose.forms.add({static_cast<RunKind>(form >> 8), form & 255}, rows);
  learn_length_classes(prose, rest, threshold, max_classes);
  return prose;
}

}  // namespace relsynth::core
