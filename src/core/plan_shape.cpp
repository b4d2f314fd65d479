#include "core/plan_shape.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace relsynth::core {

namespace {

using Json = nlohmann::json;

// Names come in whatever encoding the server has, JSON is read as UTF-8: bytes beyond ASCII go through it as characters of their number.
std::string bytes_as_characters(const std::string &json) {
  std::string out;
  for (const unsigned char c : json) {
    char escape[8];
    if (c >= 0x80) std::snprintf(escape, sizeof escape, "\\u%04x", c);
    out += c >= 0x80 ? escape : std::string(1, static_cast<char>(c));
  }
  return out;
}

std::string characters_as_bytes(const std::string &text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = text[i];
    const bool two = c >= 0x80 && i + 1 < text.size();
    out += two ? static_cast<char>((c & 0x03) << 6 | (text[++i] & 0x3f)) : text[i];
  }
  return out;
}

std::string text(const Json &node, const char *key) {
  auto it = node.find(key);
  return it != node.end() && it->is_string() ? characters_as_bytes(it->get<std::string>()) : std::string();
}

PlanNode read_node(const Json &node) {
  PlanNode out{text(node, "Node Type"), {}};
  for (const char *key : {"Strategy", "Partial Mode", "Join Type", "Command", "Parent Relationship", "Subplan Name"}) {
    const std::string value = text(node, key);
    // What nearly every node has goes unsaid.
    if (!value.empty() && value != "Simple" && value != "Plain" && value != "Outer" && value != "Inner" && value != "Member")
      out.what += ", " + value;
  }
  if (const std::string index = text(node, "Index Name"); !index.empty()) out.what += " using " + index;
  for (const char *key : {"Relation Name", "Function Name", "CTE Name"})
    if (const std::string name = text(node, key); !name.empty()) out.what += " on " + name;
  if (auto plans = node.find("Plans"); plans != node.end() && plans->is_array())
    for (const Json &child : *plans) out.children.push_back(read_node(child));
  return out;
}

}  // namespace

QueryPlan parse_plan(const std::string &json) {
  const Json document = Json::parse(bytes_as_characters(json), nullptr, false);
  if (!document.is_array() || document.empty() || !document[0].is_object() || !document[0].contains("Plan"))
    throw Error(sqlstate::internal_error, "plan cannot be read", json.substr(0, 200));
  const Json &top = document[0]["Plan"];
  return {read_node(top), top.value("Plan Rows", 0.0), top.value("Total Cost", 0.0)};
}

std::string plan_difference(const PlanNode &source, const PlanNode &target) {
  if (source.what != target.what) return target.what + ", not " + source.what;
  for (size_t i = 0; i < std::min(source.children.size(), target.children.size()); ++i)
    if (std::string found = plan_difference(source.children[i], target.children[i]); !found.empty()) return found;
  if (source.children.size() != target.children.size())
    return source.what + " with " + std::to_string(target.children.size()) + " inputs, not " + std::to_string(source.children.size());
  return {};
}

}  // namespace relsynth::core
