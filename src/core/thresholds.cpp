#include "core/thresholds.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/config.h"

namespace relsynth::core {

namespace {

using Json = nlohmann::json;

std::string three_decimals(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

// "floor", "floor - 0.03", "floor+0.1"
bool parse_floor(std::string text, double &offset) {
  std::erase(text, ' ');
  if (!text.starts_with("floor")) return false;
  text.erase(0, 5);
  offset = 0;
  if (text.empty()) return true;
  const char sign = text[0];
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), offset);
  if (sign == '-') offset = -offset;
  return (sign == '-' || sign == '+') && error == std::errc() && end == text.data() + text.size() && std::isfinite(offset);
}

const MetricName *find_metric(const std::string &name) {
  for (const MetricName &metric : checked_metrics())
    if (metric.name == name) return &metric;
  return nullptr;
}

Problem unknown_metric(const std::string &name) {
  std::vector<std::string> names;
  std::string all;
  for (const MetricName &metric : checked_metrics()) {
    names.push_back(metric.name);
    all += (all.empty() ? "" : ", ") + names.back();
  }
  const std::string near = nearest(name, names);
  return {sqlstate::invalid_parameter_value,
          "unrecognized metric \"" + name + "\"",
          {},
          near.empty() ? "Metrics: " + all + "." : "Perhaps you meant \"" + near + "\"."};
}

}  // namespace

const std::vector<MetricName> &checked_metrics() {
  static const std::vector<MetricName> metrics = {
      {"overall", false},      {"rows", false},         {"shapes", false},        {"missing", false},       {"pairs", false},
      {"strong_pairs", false}, {"dependencies", false}, {"orders", false},        {"cardinality", false},   {"trends_1hop", false},
      {"trends_2hop", false},  {"co_parents", false},   {"strong_trends", false}, {"within_parent", false}, {"ml_utility", false},
      {"c2st", true},          {"c2st_entity", true},   {"c2st_agg", true},       {"c2st_join", true},      {violations_metric, true}};
  return metrics;
}

bool Threshold::met(double measured, double floor) const {
  constexpr double rounding = 1e-6;  // a sum in another order is no worse
  const double limit = asked(floor);
  return at_most ? measured <= limit + rounding : measured >= limit - rounding;
}

std::vector<Threshold> parse_thresholds(const std::string &text, Problems &problems) {
  std::vector<Threshold> out;
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.empty()) {
    problems.push_back({sqlstate::invalid_parameter_value,
                        "thresholds must be a JSON object of metrics and values",
                        {},
                        "For example {\"overall\": 0.85, \"violations\": 0}."});
    return out;
  }
  for (const auto &[name, value] : json.items()) {
    const MetricName *metric = find_metric(name);
    if (!metric) {
      problems.push_back(unknown_metric(name));
      continue;
    }
    Threshold threshold{name, metric->at_most, false, 0};
    if (value.is_number())
      threshold.value = value.get<double>();
    else
      threshold.of_floor = value.is_string() && parse_floor(value.get<std::string>(), threshold.value);
    if (!value.is_number() && !threshold.of_floor)
      problems.push_back({sqlstate::invalid_parameter_value,
                          "threshold of metric \"" + name + "\" must be a number, \"floor\" or \"floor - number\"",
                          {},
                          {}});
    out.push_back(std::move(threshold));
  }
  return out;
}

std::string describe_shortfall(const Threshold &t, double measured, double floor) {
  const double limit = t.asked(floor);
  if (!std::isfinite(measured)) return t.metric + " cannot be measured: there is nothing to compare";
  if (!std::isfinite(limit)) return t.metric + " has no floor";
  std::string text =
      t.metric + " is " + three_decimals(measured) + ", but has to be " + (t.at_most ? "at most " : "at least ") + three_decimals(limit);
  if (t.of_floor) text += " (its floor is " + three_decimals(floor) + ")";
  return text;
}

}  // namespace relsynth::core
