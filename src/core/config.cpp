// config: JSON text -> Config, with every problem of its form; and its names against the schema.
#include "core/config.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace relsynth::core {

namespace {

using Json = nlohmann::json;

constexpr size_t shown_length = 60;  // of a value or name in a message

// Cut to a length fit for a message, at a character's border.
std::string shown(std::string text) {
  if (text.size() <= shown_length) return text;
  size_t end = shown_length;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string shown(const Json &value) { return shown(value.dump(-1, ' ', false, Json::error_handler_t::replace)); }

std::string in_quotes(const std::string &text) { return "\"" + shown(text) + "\""; }

std::string list_of(const std::vector<std::string> &names) {
  constexpr size_t most = 12;
  std::string out;
  for (size_t i = 0; i < names.size() && i < most; ++i) out += (i ? ", " : "") + in_quotes(names[i]);
  return names.size() > most ? out + " ..." : out;
}

// "Perhaps you meant ..." or, when nothing is near, what there is.
std::string hint_for(const std::string &word, const std::vector<std::string> &candidates, const std::string &what) {
  std::string near = nearest(word, candidates);
  if (!near.empty()) return "Perhaps you meant " + in_quotes(near) + ".";
  if (candidates.empty()) return {};
  return what + ": " + list_of(candidates) + ".";
}

// Reads one document; every function takes the path of what it reads, for messages.
class Reader {
 public:
  Reader(Config &config, Problems &problems) : config_(config), problems_(problems) {}
  void document(const Json &json);

 private:
  void bad(const std::string &path, const std::string &wanted, const Json &value) {
    problems_.push_back({sqlstate::invalid_parameter_value,
                         "config key " + in_quotes(path) + " must be " + wanted,
                         "Its value is " + shown(value) + ".",
                         {}});
  }
  // The object's members, after a problem for each whose key is not known.
  bool object(const std::string &path, const Json &json, const std::vector<std::string> &known);
  std::optional<int64_t> integer(const std::string &path, const Json &json, int64_t low, int64_t high);
  std::optional<double> positive(const std::string &path, const Json &json);
  std::string text(const std::string &path, const Json &json);
  std::vector<std::string> texts(const std::string &path, const Json &json);
  bool choice(const std::string &path, const Json &json, const std::string &yes, const std::string &no);
  void privacy(const Json &json);
  void tables(const Json &json);
  void table(const std::string &name, const Json &json);
  void relationships(const Json &json);
  void relationship(const std::string &path, const Json &json);

  Config &config_;
  Problems &problems_;
};

std::string below(const std::string &path, const std::string &key) { return path.empty() ? key : path + "." + key; }

bool Reader::object(const std::string &path, const Json &json, const std::vector<std::string> &known) {
  if (!json.is_object()) {
    if (path.empty())
      problems_.push_back({sqlstate::invalid_parameter_value, "config must be a JSON object", "It is " + shown(json) + ".", {}});
    else
      bad(path, "an object", json);
    return false;
  }
  for (const auto &[key, value] : json.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      problems_.push_back({sqlstate::invalid_parameter_value,
                           "unrecognized config key " + in_quotes(below(path, key)),
                           {},
                           hint_for(key, known, path.empty() ? "Keys of the document" : "Keys of " + in_quotes(path))});
  return true;
}

std::optional<int64_t> Reader::integer(const std::string &path, const Json &json, int64_t low, int64_t high) {
  double value = json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
  if (value >= static_cast<double>(low) && value <= static_cast<double>(high) && value == std::floor(value))
    return static_cast<int64_t>(value);
  bad(path, "an integer from " + std::to_string(low) + " to " + std::to_string(high), json);
  return {};
}

std::optional<double> Reader::positive(const std::string &path, const Json &json) {
  double value = json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
  if (std::isfinite(value) && value > 0) return value;
  bad(path, "a number greater than 0", json);
  return {};
}

std::string Reader::text(const std::string &path, const Json &json) {
  if (json.is_string() && !json.get_ref<const std::string &>().empty()) return json.get<std::string>();
  bad(path, "a string that is not empty", json);
  return {};
}

std::vector<std::string> Reader::texts(const std::string &path, const Json &json) {
  std::vector<std::string> out;
  if (!json.is_array() || json.empty()) {
    bad(path, "an array of strings that is not empty", json);
    return out;
  }
  for (size_t i = 0; i < json.size(); ++i) {
    std::string value = text(path + "[" + std::to_string(i) + "]", json[i]);
    if (value.empty()) continue;
    if (std::find(out.begin(), out.end(), value) != out.end())
      problems_.push_back(
          {sqlstate::invalid_parameter_value, "config key " + in_quotes(path) + " names " + in_quotes(value) + " more than once", {}, {}});
    else
      out.push_back(std::move(value));
  }
  return out;
}

// True for `yes`.
bool Reader::choice(const std::string &path, const Json &json, const std::string &yes, const std::string &no) {
  if (json.is_string() && (json == yes || json == no)) return json == yes;
  bad(path, in_quotes(yes) + " or " + in_quotes(no), json);
  return true;
}

void Reader::document(const Json &json) {
  if (!object("", json, {"lookups", "outside", "include", "exclude", "keep", "sample_rows", "privacy", "rules", "tables", "relationships"}))
    return;
  constexpr int64_t most_rows = std::numeric_limits<int32_t>::max();
  for (const auto &[key, value] : json.items()) {
    if (key == "lookups") config_.keep_lookups = choice(key, value, "keep", "learn");
    if (key == "outside") config_.reference_outside = choice(key, value, "reference", "error");
    if (key == "include") config_.include = texts(key, value);
    if (key == "exclude") config_.exclude = texts(key, value);
    if (key == "keep") config_.keep = texts(key, value);
    if (key == "sample_rows") config_.sample_rows = integer(key, value, 1, most_rows).value_or(0);
    if (key == "privacy") privacy(value);
    if (key == "rules" && value.is_boolean()) config_.rules = value.get<bool>();
    if (key == "rules" && !value.is_boolean()) config_.without_rules = texts(key, value);
    if (key == "tables") tables(value);
    if (key == "relationships") relationships(value);
  }
}

void Reader::privacy(const Json &json) {
  if (!object("privacy", json, {"min_count"})) return;
  if (json.contains("min_count"))
    config_.min_count = static_cast<int>(integer("privacy.min_count", json["min_count"], 1, 1000000).value_or(0));
}

// A name that may be written with double quotes, as in SQL; case is kept either way. Empty when quotes do not close.
std::string take_name(const std::string &text, size_t &at, const std::string &stops) {
  auto blank = [&](size_t i) { return text[i] == ' ' || text[i] == '\t' || text[i] == '\n'; };
  std::string name;
  while (at < text.size() && blank(at)) ++at;
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] == '"' && (at + 1 >= text.size() || text[at + 1] != '"')) break;
      if (text[at] == '"') ++at;
      name += text[at];
    }
    if (at >= text.size()) return {};
    ++at;
  } else {
    while (at < text.size() && stops.find(text[at]) == std::string::npos) name += text[at++];
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t' || name.back() == '\n')) name.pop_back();
  }
  while (at < text.size() && blank(at)) ++at;
  return name;
}

// "table" or "schema.table" up to `stops`; false when malformed.
bool take_table(const std::string &text, size_t &at, const std::string &stops, std::string &table) {
  table = take_name(text, at, "." + stops);
  if (table.empty()) return false;
  if (at < text.size() && text[at] == '.') {
    std::string name = take_name(text, ++at, stops);
    if (name.empty()) return false;
    table += "." + name;
  }
  return true;
}

// "table(column, ...)"; false when malformed.
bool take_reference(const std::string &text, std::string &table, std::vector<std::string> &columns) {
  size_t at = 0;
  if (!take_table(text, at, "(", table) || at >= text.size() || text[at] != '(') return false;
  do {
    std::string column = take_name(text, ++at, ",)");
    if (column.empty()) return false;
    columns.push_back(std::move(column));
  } while (at < text.size() && text[at] == ',');
  return at + 1 == text.size() && text[at] == ')';
}

void Reader::tables(const Json &json) {
  if (!json.is_object()) return bad("tables", "an object", json);
  for (const auto &[key, value] : json.items()) {
    size_t at = 0;
    std::string name = key;
    if (key.find('"') != std::string::npos && (!take_table(key, at, "", name) || at != key.size())) {
      bad("tables", "an object whose keys are table names", key);
      continue;
    }
    if (config_.tables.count(name))
      problems_.push_back(
          {sqlstate::invalid_parameter_value, "config key \"tables\" names table " + in_quotes(name) + " more than once", {}, {}});
    table(name, value);
  }
}

void Reader::table(const std::string &name, const Json &json) {
  std::string path = "tables." + shown(name);
  if (!object(path, json, {"rows", "scale", "driver", "order_by"})) return;
  TableConfig &t = config_.tables[name];
  if (json.contains("rows")) t.rows = integer(path + ".rows", json["rows"], 0, std::numeric_limits<int32_t>::max());
  if (json.contains("scale")) t.scale = positive(path + ".scale", json["scale"]);
  if (json.contains("driver")) t.driver = text(path + ".driver", json["driver"]);
  if (json.contains("order_by")) {
    const Json &columns = json["order_by"];
    t.order_by = texts(path + ".order_by", columns.is_string() ? Json::array({columns}) : columns);
  }
  if (t.rows && t.scale)
    problems_.push_back({sqlstate::invalid_parameter_value,
                         "config gives both \"rows\" and \"scale\" for table " + in_quotes(name),
                         {},
                         "Give one of the two."});
}

void Reader::relationships(const Json &json) {
  if (!json.is_array() || json.empty()) return bad("relationships", "an array of objects that is not empty", json);
  for (size_t i = 0; i < json.size(); ++i) relationship("relationships[" + std::to_string(i) + "]", json[i]);
}

void Reader::relationship(const std::string &path, const Json &json) {
  if (!object(path, json, {"child", "parent"})) return;
  RelationshipConfig r;
  bool good = true;
  for (const char *key : {"child", "parent"}) {
    bool child = key == std::string("child");
    std::string &table = child ? r.child_table : r.parent_table;
    std::vector<std::string> &columns = child ? r.child_columns : r.parent_columns;
    Json value = json.contains(key) ? json[key] : Json();
    if (value.is_string() && take_reference(value.get<std::string>(), table, columns)) continue;
    bad(path + "." + key, "of the form \"table(column, ...)\"", value);
    good = false;
  }
  if (good && r.child_columns.size() != r.parent_columns.size()) {
    bad(path, "a child and a parent with the same number of columns", json);
    good = false;
  }
  std::set<std::string> distinct(r.child_columns.begin(), r.child_columns.end());
  if (good && distinct.size() != r.child_columns.size()) {
    bad(path + ".child", "a list of different columns", json["child"]);
    good = false;
  }
  auto same = [&](const RelationshipConfig &o) {
    return o.child_table == r.child_table && o.parent_table == r.parent_table && o.child_columns == r.child_columns &&
           o.parent_columns == r.parent_columns;
  };
  if (good && std::any_of(config_.relationships.begin(), config_.relationships.end(), same)) {
    bad(path, "different from the relationships before it", json);
    good = false;
  }
  if (good) config_.relationships.push_back(std::move(r));
}

std::vector<std::string> table_names(const Schema &schema) {
  std::vector<std::string> out;
  for (const Table &t : schema.tables) {
    if (t.external) continue;
    out.push_back(t.name);
    if (schema.names.size() > 1) out.push_back(t.qualified());
  }
  return out;
}

std::vector<std::string> column_names(const Table &table) {
  std::vector<std::string> out;
  for (const Column &c : table.columns) out.push_back(c.name);
  return out;
}

// The table, or -1 after a problem.
int resolve_table(const Schema &schema, const std::string &name, const std::string &where, Problems &problems) {
  int t = find_table(schema, name);
  if (t == -1)
    problems.push_back({sqlstate::undefined_table,
                        "table " + in_quotes(name) + " in config key " + in_quotes(where) + " does not exist",
                        {},
                        hint_for(name, table_names(schema), "Tables are")});
  if (t == -2)
    problems.push_back({sqlstate::undefined_table, "table " + in_quotes(name) + " in config key " + in_quotes(where) + " is ambiguous",
                        "More than one of the chosen schemas has a table of that name.", "Write \"schema.table\"."});
  return t < 0 ? -1 : t;
}

// The column, or -1 after a problem.
int resolve_column(const Table &table, const std::string &name, const std::string &where, Problems &problems) {
  int c = table.column_index(name);
  if (c < 0)
    problems.push_back(
        {sqlstate::undefined_column,
         "column " + in_quotes(name) + " of table " + in_quotes(table.name) + " in config key " + in_quotes(where) + " does not exist",
         {},
         hint_for(name, column_names(table), "Columns are")});
  return c;
}

void check_table(const Schema &schema, const std::string &name, const TableConfig &config, std::set<int> &seen, Problems &problems) {
  std::string path = "tables." + shown(name);
  int index = resolve_table(schema, name, "tables", problems);
  if (index < 0) return;
  const Table &table = schema.tables[index];
  if (!seen.insert(index).second)
    problems.push_back(
        {sqlstate::invalid_parameter_value, "config key \"tables\" names table " + in_quotes(table.name) + " more than once", {}, {}});
  std::vector<std::string> names;
  for (int f : table.foreign_keys) names.push_back(schema.foreign_keys[f].name);
  if (!config.driver.empty() && std::find(names.begin(), names.end(), config.driver) == names.end())
    problems.push_back({sqlstate::undefined_object,
                        "foreign key " + in_quotes(config.driver) + " in config key " + in_quotes(path + ".driver") + " does not exist",
                        names.empty() ? "Table " + in_quotes(table.name) + " has no foreign key." : "",
                        hint_for(config.driver, names, "Foreign keys of the table are")});
  for (const std::string &column : config.order_by) {
    int c = resolve_column(table, column, path + ".order_by", problems);
    if (c >= 0 && table.columns[c].generated)
      problems.push_back({sqlstate::invalid_parameter_value,
                          "generated column " + in_quotes(column) + " cannot order the rows of table " + in_quotes(table.name),
                          {},
                          "Name the columns it is computed from in " + in_quotes(path + ".order_by") + "."});
  }
}

// "table.column" or "schema.table.column".
void check_ruled(const Schema &schema, const std::string &name, Problems &problems) {
  size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) {
    problems.push_back({sqlstate::invalid_parameter_value,
                        "config key \"rules\" names " + in_quotes(name) + ", which is no column",
                        {},
                        "Write \"table.column\"."});
    return;
  }
  int table = resolve_table(schema, name.substr(0, dot), "rules", problems);
  if (table >= 0) resolve_column(schema.tables[table], name.substr(dot + 1), "rules", problems);
}

}  // namespace

bool like(const std::string &text, const std::string &pattern) {
  size_t t = 0, p = 0, star = std::string::npos, mark = 0;
  while (t < text.size()) {
    bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    char c = p < pattern.size() ? pattern[p + escaped] : '\0';
    if (p < pattern.size() && !escaped && c == '%') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && !escaped && c == '_') {
      ++p;
      while (++t < text.size() && (static_cast<unsigned char>(text[t]) & 0xC0) == 0x80) continue;
    } else if (p < pattern.size() && c == text[t]) {
      p += escaped ? 2 : 1;
      ++t;
    } else if (star != std::string::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

int find_table(const Schema &schema, const std::string &name) {
  int found = -1;
  for (size_t i = 0; i < schema.tables.size(); ++i) {
    const Table &t = schema.tables[i];
    if (t.qualified() == name) return static_cast<int>(i);
    if (!t.external && t.name == name) found = found == -1 ? static_cast<int>(i) : -2;
  }
  return found;
}

int find_like(const Schema &schema, const std::pair<std::string, std::string> &name, const std::vector<std::string> &columns,
              Problems &problems) {
  int table = find_table(schema, name.first + "." + name.second);
  if (table < 0) table = find_table(schema, name.second);
  if (table < 0 || schema.tables[table].external) {
    problems.push_back({sqlstate::undefined_table, "model has no table " + in_quotes(name.second),
                        table == -2 ? "More than one of its schemas has a table of that name." : "",
                        hint_for(name.second, table_names(schema), "Tables are")});
    return -1;
  }
  for (const std::string &column : columns)
    if (schema.tables[table].column_index(column) < 0)
      problems.push_back({sqlstate::undefined_column,
                          "table " + in_quotes(name.second) + " of the model has no column " + in_quotes(column),
                          {},
                          hint_for(column, column_names(schema.tables[table]), "Columns are")});
  return table;
}

Config parse_config(const std::string &json, Problems &problems) {
  Config config;
  try {
    Reader(config, problems).document(Json::parse(json));
  } catch (const Json::exception &e) {
    std::string what = e.what();  // "[json.exception.parse_error.101] parse error at ..."
    size_t end = what.find("] ");
    problems.push_back({sqlstate::invalid_parameter_value,
                        "config cannot be read as JSON",
                        shown(end == std::string::npos ? what : what.substr(end + 2)) + ".",
                        {}});
  }
  return config;
}

void check_generation_config(const Config &config, Problems &problems) {
  std::vector<std::string> late;
  auto note = [&](bool given, const std::string &key) {
    if (given) late.push_back(in_quotes(key));
  };
  note(!config.keep_lookups, "lookups");
  note(!config.reference_outside, "outside");
  note(!config.include.empty(), "include");
  note(!config.exclude.empty(), "exclude");
  note(!config.keep.empty(), "keep");
  note(config.sample_rows != 0, "sample_rows");
  note(!config.rules || !config.without_rules.empty(), "rules");
  note(config.min_count != 0, "privacy");
  note(!config.relationships.empty(), "relationships");
  for (const auto &[name, table] : config.tables) {
    note(!table.driver.empty(), "tables." + shown(name) + ".driver");
    note(!table.order_by.empty(), "tables." + shown(name) + ".order_by");
  }
  for (const std::string &key : late)
    problems.push_back({sqlstate::invalid_parameter_value,
                        "config key " + key + " has no effect on a trained model",
                        {},
                        "Give it to train(). Here \"tables\" may give \"rows\" and \"scale\"."});
}

void check_config(const Config &config, const Schema &schema, Problems &problems) {
  std::set<int> seen;
  for (const auto &[name, table] : config.tables) check_table(schema, name, table, seen, problems);
  for (const std::string &name : config.without_rules) check_ruled(schema, name, problems);
  for (const std::string &pattern : config.keep) {
    bool any = false;
    for (const Table &t : schema.tables) any = any || (!t.external && (like(t.name, pattern) || like(t.qualified(), pattern)));
    if (!any)
      problems.push_back({sqlstate::undefined_table,
                          "no table matches " + in_quotes(pattern) + " in config key \"keep\"",
                          {},
                          hint_for(pattern, table_names(schema), "Tables are")});
  }
}

}  // namespace relsynth::core
