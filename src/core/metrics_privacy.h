// Measures of what a synthetic database gives away of its source: Comparison and views -> scores with a reference and a verdict.
// docs/privacy.md ("Audit") defines each and names its source. Rows of a holdout, or of the other half of the source, are the reference: what
// rows tell of a database that they are not from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics.h"

namespace relsynth::core {

struct PrivacyScore {
  int table = -1;      // -1: of the whole database
  std::string object;  // column; empty: of the whole table
  std::string metric;
  double value = no_score, reference = no_score;
  std::optional<bool> passed;  // nothing: not judged
  std::string detail;
};
using PrivacyScores = std::vector<PrivacyScore>;

// What is known of the source beside its values.
struct AuditedTable {
  bool kept = false;              // a reference table: its rows are meant to be the source's
  std::vector<uint8_t> personal;  // per column: the threshold of personal texts
  std::vector<uint8_t> key;       // per column: a number or code that only counts the rows; left out, as keys are
  std::vector<uint8_t> open;      // per column: every value may be shown (booleans, labels of enums, one value throughout)
  std::vector<uint32_t> entity;   // of each row of the source
};

struct Audited {
  const Comparison &comparison;
  const View &source, &target;
  const View &base,
      &other;  // what distances are taken to, and real rows in the target's place: halves of the source, or source and holdout
  bool holdout = false;
  const std::vector<AuditedTable> &tables;
  int min_count = 8;
  const MeasureOptions &options;
  void poll() const {  // workers do not
    if (options.threads <= 1 && options.poll) options.poll();
  }
};

// All of the following, and for each metric how many tables or columns failed, with table -1.
PrivacyScores measure_privacy(const Audited &a);

// metrics_privacy_values.cpp: verbatim_texts, rare_categories, extreme_values
void measure_value_leaks(const Audited &a, int table, PrivacyScores &out);
// metrics_privacy_rows.cpp: exact_copies, entity_copies, copied_rows, singling_out
void measure_row_copies(const Audited &a, int table, PrivacyScores &out);
// metrics_privacy_distances.cpp: near_copies, dcr_ratio, dcr_share, nndr, membership_auc, membership_auc_entity
void measure_distances(const Audited &a, int table, PrivacyScores &out);

// Four standard errors of a share measured on n rows; the share is taken as one of n + 2 at least.
double share_noise(double share, size_t n);

}  // namespace relsynth::core
