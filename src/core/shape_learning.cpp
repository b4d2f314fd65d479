// Learns the shapes of a text column: groups values by their runs, keeps what enough entities share of each group.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/shapes.h"
#include "core/support.h"

namespace relsynth::core {

namespace {

constexpr size_t longest_shape = 24;  // runs; longer values are prose
constexpr size_t largest_dictionary = 250;
constexpr size_t most_samples = 20000, most_counted = 100000;  // texts, words that letters are learned from

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
  slot.lengths = learn_lengths(lengths.empty() ? all_lengths : lengths, threshold);
  if (run.kind == RunKind::Digits) slot.digits = learn_digits(fresh.empty() ? tokens : fresh, threshold);
  if (run.kind == RunKind::Code)
    for (const auto &[text, entity] : tokens) slot.alphabet.add(text);
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

// Words that are not shared: those that are drawn by their letters. All words, where these are too few.
std::vector<WordSample> fresh_words(const TextShapes &shapes, const std::vector<TextSample> &samples, uint32_t threshold) {
  std::unordered_set<std::string_view> shared;
  for (const Shape &shape : shapes.shapes)
    for (const Slot &slot : shape.slots) shared.insert(slot.shared.items.begin(), slot.shared.items.end());
  for (const Prose::Token &token : shapes.prose.tokens) shared.insert(token.text);
  std::vector<WordSample> fresh, all;
  std::vector<TextRun> runs;
  size_t stride = std::max<size_t>(1, samples.size() / most_samples);
  for (size_t i = 0; i < samples.size() && all.size() < most_counted; i += stride) {
    split_runs(samples[i].text, runs);
    for (const TextRun &run : runs) {
      if (run.kind > RunKind::Lower) continue;
      WordSample word{samples[i].text.substr(run.begin, run.end - run.begin), samples[i].entity, run.begin == 0};
      all.push_back(word);
      if (!shared.contains(word.text)) fresh.push_back(word);
    }
  }
  return fresh.size() >= 4ULL * threshold ? fresh : all;
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
    result.signatures.insert(group.signature);
    result.shapes.push_back(learn_shape(group, samples, threshold));
  }
  learn_others(result, others, samples, threshold, max_classes);
  result.letters = learn_letters(fresh_words(result, samples, threshold), threshold);
  forbid(result, samples, threshold);
  learn_marginal(result, samples);
  return result;
}

void forbid(TextShapes &shapes, const std::vector<TextSample> &samples, uint32_t threshold) {
  TokenCounts counts;
  for (const TextSample &sample : samples) counts[sample.text].add(sample.entity);
  shapes.known.reserve(counts.size());
  for (const auto &[text, support] : counts)
    if (support.entities < threshold && !text.empty()) shapes.known.add(text);
}

}  // namespace relsynth::core
