// The target schema: checks, creation, sealing: a core::Definition in the names of a target, put into effect.
#include "pg/target.h"

#include <algorithm>

#include "pg/interrupt.h"
#include "pg/scope.h"
#include "pg/structure.h"

namespace relsynth::pg {

namespace {

namespace sqlstate = core::sqlstate;

// Read without SQL, for SQL would already run under it.
std::string current_search_path() {
  const char *path = call([] { return GetConfigOption("search_path", false, false); });
  return path ? path : "";
}

// Oids of the schemas that the search path leads to, as an array's text.
std::string schemas_on_path() {
  constexpr int most = 64;
  Oid schemas[most];
  Oid *list = schemas;
  int n = std::min(call([=] { return fetch_search_path_array(list, most); }), most);
  std::string out = "{";
  for (int i = 0; i < n; ++i) out += (i ? "," : "") + std::to_string(schemas[i]);
  return out + "}";
}

// Target schemas first, so that unqualified names in the bodies of functions find the target's objects.
std::string search_path_for(const std::vector<std::string> &targets, const std::string &callers) {
  std::string out;
  for (const std::string &t : targets) out += (out.empty() ? "" : ", ") + core::quote_identifier(t);
  return callers.empty() || callers == "\"\"" ? out : out + ", " + callers;
}

// For functions of the target: its schemas, then those of the caller that are no sources, then sources where extensions have put things.
std::string function_search_path(const core::Schema &schema, const std::vector<std::string> &targets, const std::string &path) {
  auto rows = query(
      "SELECT quote_ident(s.nspname) FROM unnest($3::oid[]) WITH ORDINALITY AS c(n, i) JOIN pg_namespace s ON s.oid = c.n"
      " WHERE s.nspname <> ALL ($1::text[]) AND s.nspname <> ALL ($2::text[]) AND s.nspname !~ '^pg_'"
      " UNION ALL SELECT DISTINCT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
      " WHERE n.nspname = ANY ($1::text[])",
      {array_of(schema.names), array_of(targets), path});
  std::string out = search_path_for(targets, "");
  for (const TextRow &r : rows) out += ", " + to_string(r[0]);
  return out + ", pg_temp";
}

bool schema_exists(const std::string &name) { return !query("SELECT 1 FROM pg_namespace WHERE nspname = $1", {name}).empty(); }

void check_names(const core::Schema &schema, const std::vector<std::string> &targets, const std::vector<std::string> &apart,
                 core::Problems &problems) {
  if (targets.empty() || (targets.size() != 1 && targets.size() != schema.names.size())) {
    problems.push_back({sqlstate::invalid_parameter_value, "number of target schemas does not fit the number of source schemas",
                        std::to_string(schema.names.size()) + " source schemas, " + std::to_string(targets.size()) + " target schemas.",
                        "Give one target for all source schemas, or one for each."});
    return;
  }
  for (const std::string &t : std::set<std::string>(targets.begin(), targets.end())) {
    if (std::find(apart.begin(), apart.end(), t) != apart.end())
      problems.push_back(
          {sqlstate::invalid_parameter_value, "schema \"" + t + "\" is both source and target", "", "Choose another target schema."});
    if (t.size() >= NAMEDATALEN)
      problems.push_back({sqlstate::invalid_parameter_value, "name of target schema \"" + t + "\" is too long",
                          "Names have at most " + std::to_string(NAMEDATALEN - 1) + " bytes.", ""});
    if (t == "relsynth")
      problems.push_back({sqlstate::invalid_parameter_value, "\"relsynth\" cannot be a target schema", "It belongs to the extension.",
                          "Choose another target schema."});
    if (t.empty() || t.starts_with("pg_") || t == "information_schema")
      problems.push_back(
          {sqlstate::invalid_parameter_value, "\"" + t + "\" cannot be a target schema", "Schemas of the system are not written.", ""});
  }
}

void check_privileges(const std::vector<std::string> &targets, Mode mode, core::Problems &problems) {
  for (const std::string &t : std::set<std::string>(targets.begin(), targets.end())) {
    if (schema_exists(t)) {
      const char *needed = mode == Mode::Append ? "USAGE" : "CREATE";
      if (!is_true(query("SELECT has_schema_privilege($1, $2) AND has_schema_privilege($1, 'USAGE')", {t, needed})[0][0]))
        problems.push_back({sqlstate::insufficient_privilege, "permission denied for schema " + t, "",
                            "Privileges USAGE and CREATE on the schema are needed."});
    } else if (mode == Mode::Append) {
      problems.push_back({sqlstate::invalid_schema_name, "schema \"" + t + "\" does not exist", "",
                          "Mode \"append\" needs the tables to exist; use mode \"create\"."});
    } else if (!is_true(query("SELECT has_database_privilege(current_database(), 'CREATE')")[0][0])) {
      problems.push_back({sqlstate::insufficient_privilege, "permission denied to create schema \"" + t + "\"",
                          "The privilege CREATE on the database is needed.", "Have the schema created for you, with CREATE on it."});
    }
  }
}

std::map<std::string, std::string> target_of(const core::Definition &definition, const std::vector<std::string> &targets) {
  std::map<std::string, std::string> out;
  for (size_t i = 0; i < definition.sources.size(); ++i) out[definition.sources[i]] = targets[targets.size() == 1 ? 0 : i];
  return out;
}

// Indexes apart, which get theirs when it is known what is taken.
core::NameMap target_names(const core::Definition &definition, const std::vector<std::string> &targets) {
  const std::map<std::string, std::string> schemas = target_of(definition, targets);
  core::NameMap names;
  for (const auto &[from, home] : definition.homes) names[from] = {schemas.at(home), from.second};
  return names;
}

// Two objects of the source that would have one name in the target.
void check_collisions(const core::Definition &definition, const core::NameMap &names, core::Problems &problems) {
  std::map<core::QualifiedName, core::QualifiedName> first;
  for (const core::QualifiedName &from : definition.relations) {
    const core::QualifiedName &to = names.at(from);
    auto [it, fresh] = first.emplace(to, from);
    if (!fresh)
      problems.push_back({sqlstate::duplicate_table, "two source schemas have a relation named \"" + from.second + "\"",
                          "Both " + name_of(it->second.first, it->second.second) + " and " + name_of(from.first, from.second) +
                              " would become " + name_of(to.first, to.second) + ".",
                          "Give one target schema for each source schema."});
  }
}

// Objects of the target that have names of the source's. Replace leaves only those that it does not drop.
void check_free(const core::Definition &definition, const core::NameMap &map, Mode mode, core::Problems &problems) {
  struct Wanted {
    std::set<std::string> names, routines;
  };
  std::map<std::string, Wanted> wanted;  // per schema
  for (const auto *list : {&definition.relations, &definition.types, &definition.others})
    for (const core::QualifiedName &from : *list) wanted[map.at(from).first].names.insert(from.second);
  for (const core::QualifiedName &from : definition.routines) wanted[map.at(from).first].routines.insert(from.second);
  for (const auto &[schema, objects] : wanted) {
    auto rows = query(
        "SELECT DISTINCT label FROM (SELECT pg_describe_object('pg_class'::regclass, c.oid, 0) AS label, c.relkind::text AS kind FROM "
        "pg_class c"
        "  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) AND c.relkind NOT IN ('i', "
        "'I')"
        " UNION ALL SELECT pg_describe_object('pg_type'::regclass, t.oid, 0), 'type' FROM pg_type t JOIN pg_namespace n ON n.oid = "
        "t.typnamespace"
        "  WHERE n.nspname = $1 AND t.typname = ANY ($2::text[]) AND t.typtype IN ('e', 'd', 'r', 'b') AND t.typcategory <> 'A'"
        " UNION ALL SELECT pg_describe_object('pg_proc'::regclass, p.oid, 0), 'function' FROM pg_proc p"
        "  JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 AND p.proname = ANY ($3::text[])) o"
        " WHERE $4 = 'create' OR kind IN ('v', 'm') ORDER BY 1",
        {schema, array_of({objects.names.begin(), objects.names.end()}), array_of({objects.routines.begin(), objects.routines.end()}),
         mode == Mode::Create ? "create" : "replace"});
    if (rows.empty()) continue;
    std::string list;
    for (size_t i = 0; i < rows.size() && i < 10; ++i) list += (i ? ", " : "") + to_string(rows[i][0]);
    if (rows.size() > 10) list += " and " + std::to_string(rows.size() - 10) + " more";
    problems.push_back({sqlstate::duplicate_table, "schema \"" + schema + "\" already has objects of the same names",
                        "They are: " + list + ".",
                        mode == Mode::Create ? "Choose another target schema, or use mode \"replace\" or \"append\"."
                                             : "Drop them, or choose another target schema."});
  }
}

// Columns of a relation as "name type", for comparison.
std::vector<std::string> columns_of(const std::string &schema, const std::string &table) {
  auto rows = query(
      "SELECT quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) FROM pg_attribute a JOIN pg_class c ON c.oid = "
      "a.attrelid"
      " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')"
      " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname",
      {schema, table});
  std::vector<std::string> out;
  for (const TextRow &r : rows) out.push_back(to_string(r[0]));
  return out;
}

void check_append(const core::Schema &schema, const core::Definition &definition, const core::NameMap &names, core::Problems &problems) {
  for (const core::Table &t : schema.tables) {
    auto to = names.find({t.schema, t.name});
    if (t.external || to == names.end() || !schema_exists(to->second.first)) continue;  // a missing schema is told once
    std::string name = name_of(to->second.first, to->second.second);
    std::vector<std::string> have = columns_of(to->second.first, to->second.second);
    if (have.empty()) {
      problems.push_back({sqlstate::undefined_table, "table " + name + " does not exist", "",
                          "Mode \"append\" needs every table; use mode \"create\" or exclude the table."});
      continue;
    }
    std::vector<std::string> want = definition.columns.at({t.schema, t.name});
    for (std::string &w : want) w = core::repoint(w, names);
    for (const std::string &w : want)
      if (std::find(have.begin(), have.end(), w) == have.end())
        problems.push_back({sqlstate::undefined_column, "table " + name + " has no column " + w, "The source table has it.", ""});
    for (const std::string &h : have)
      if (std::find(want.begin(), want.end(), h) == want.end())
        problems.push_back({sqlstate::undefined_column, "table " + name + " has a column that the source has not: " + h, "", ""});
  }
}

Oid32 relation_oid(const core::QualifiedName &name) {
  const char *schema = name.first.c_str(), *relation = name.second.c_str();
  return call([=] {
    Oid ns = get_namespace_oid(schema, true);
    return OidIsValid(ns) ? get_relname_relid(relation, ns) : InvalidOid;
  });
}

void find_relations(const core::Schema &schema, Target &target) {
  target.relations.assign(schema.tables.size(), 0);
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    auto to = target.names.find({schema.tables[t].schema, schema.tables[t].name});
    if (!schema.tables[t].external && to != target.names.end()) target.relations[t] = relation_oid(to->second);
  }
}

std::vector<Oid32> present(const std::vector<uint32_t> &relations) {
  std::vector<Oid32> out;
  for (uint32_t r : relations)
    if (r) out.push_back(r);
  return out;
}

void create_schemas(const std::vector<std::string> &targets) {
  for (const std::string &t : std::set<std::string>(targets.begin(), targets.end()))
    if (!schema_exists(t)) execute("CREATE SCHEMA " + core::quote_identifier(t));
}

// Relations in the target schemas, those to come included.
std::set<core::QualifiedName> taken_names(const core::Definition &definition, const core::NameMap &names,
                                          const std::vector<std::string> &targets) {
  OwnSnapshot now;
  std::set<core::QualifiedName> taken;
  auto rows =
      query("SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY ($1::text[])",
            {array_of(targets)});
  for (const TextRow &r : rows) taken.insert({to_string(r[0]), to_string(r[1])});
  for (const core::QualifiedName &from : definition.relations) taken.insert(names.at(from));
  return taken;
}

std::string clip(const std::string &name, size_t length) {
  if (name.size() <= length) return name;
  while (length > 0 && (name[length] & 0xC0) == 0x80) --length;
  return name.substr(0, length);
}

// The name itself, or with a number where the target has something of that name.
std::string free_name(const std::string &schema, const std::string &name, std::set<core::QualifiedName> &taken) {
  std::string candidate = name;
  for (int n = 1; !taken.insert({schema, candidate}).second; ++n) {
    std::string number = std::to_string(n);
    candidate = clip(name, NAMEDATALEN - 1 - number.size()) + number;
  }
  return candidate;
}

// Statements in the names of a target.
class Instance {
 public:
  Instance(const core::NameMap &names, std::map<std::string, std::string> schemas, std::string routine_path)
      : names_(names), schemas_(std::move(schemas)), routine_path_(std::move(routine_path)) {}

  std::string operator()(const core::Statement &s) const {
    std::string sql = s.sql;
    if (!s.index.second.empty()) sql.insert(s.at, core::quote_identifier(names_.at(s.index).second));
    if (s.kind == core::Statement::Kind::Routine) sql = core::repoint_function(sql, names_, schemas_);
    if (s.kind == core::Statement::Kind::SearchPath) sql += routine_path_;
    return core::repoint(sql, names_);
  }
  std::vector<std::string> all(const std::vector<core::Statement> &statements) const {
    std::vector<std::string> out;
    for (const core::Statement &s : statements) out.push_back((*this)(s));
    return out;
  }

 private:
  const core::NameMap &names_;
  std::map<std::string, std::string> schemas_;
  std::string routine_path_;
};

// The same wherever definitions are read and put into effect: constants in forms that read alike under any setting.
void fix_settings(Settings &settings) {
  settings.set("search_path", "");
  settings.set("jit", "off");  // many small queries
  settings.set("client_min_messages", "warning");
  settings.set("check_function_bodies", "off");
  settings.set("datestyle", "ISO");
  settings.set("intervalstyle", "postgres");
  settings.set("extra_float_digits", "3");
}

// What names are of, for checks and replacement.
void list_objects(const Structure &s, core::Definition &definition) {
  std::set<core::QualifiedName> listed;
  auto add = [&](std::vector<core::QualifiedName> &list, const core::QualifiedName &name) {
    if (!s.homes.count(name)) return;
    list.push_back(name);
    listed.insert(name);
  };
  for (const core::QualifiedName &name : s.relation_names) add(definition.relations, name);
  for (const Object &o : s.objects) {
    if (!o.wanted) continue;
    if (o.kind == Object::Type) add(definition.types, {o.schema, o.name});
    if (o.kind == Object::Function) add(definition.routines, {o.schema, o.name});
    if (o.kind == Object::Collation || o.kind == Object::Dictionary || o.kind == Object::Configuration)
      add(definition.others, {o.schema, o.name});
  }
  for (const auto &[name, home] : s.homes)
    if (!listed.count(name)) definition.types.push_back(name);  // multiranges
}

void list_statements(Structure &s, core::Definition &definition) {
  using Kind = core::Statement::Kind;
  define_types(s);
  define_functions(s);
  define_sequences(s);
  define_tables(s);
  for (int i : creation_order(s)) {
    const Object &o = s.objects[i];
    for (size_t k = 0; k < o.statements.size(); ++k)
      definition.creation.push_back({o.statements[k],
                                     o.kind != Object::Function ? Kind::Plain
                                     : k == 0                   ? Kind::Routine
                                                                : Kind::SearchPath,
                                     {},
                                     0});
  }
  definition.sealing = seal_statements(s, definition.indexes);
}

void run(const std::vector<std::string> &statements) {
  for (const std::string &sql : statements) {
    check_interrupts();
    execute(sql);
  }
}

void append_sequences(Target &target) {
  OwnSnapshot now;
  for (const std::string &sql : sequence_statements(present(target.relations))) target.after_load.push_back(sql);
}

// "ALTER TABLE ONLY synth.t ADD CONSTRAINT c ...": enough of it to say what goes on.
std::string summary(const std::string &sql) {
  size_t end = std::min(sql.find('('), sql.find(" IS "));
  return sql.substr(0, std::min<size_t>(end, 120));
}

}  // namespace

core::Definition read_definition(const core::Schema &schema, core::Problems &problems) {
  Spi spi;
  Settings settings;
  fix_settings(settings);
  core::Definition definition;
  definition.sources = schema.names;
  const size_t before = problems.size();
  Structure s = read_structure(schema, problems);
  definition.homes = s.homes;
  list_objects(s, definition);
  for (const auto &[oid, t] : s.tables) {
    const Object &o = s.objects[s.find("pg_class", oid)];
    std::vector<std::string> &columns = definition.columns[{o.schema, o.name}];
    for (const TableColumn &c : t.columns) columns.push_back(core::quote_identifier(c.name) + " " + c.type);
  }
  if (problems.size() > before) return definition;
  list_statements(s, definition);
  definition.homes = s.homes;  // names of statistics objects are new
  return definition;
}

void check_target(const core::Schema &schema, const core::Definition &definition, const std::vector<std::string> &targets, Mode mode,
                  const std::vector<std::string> &apart, core::Problems &problems) {
  Spi spi;
  Settings settings;
  fix_settings(settings);
  const size_t before = problems.size();
  check_names(schema, targets, apart, problems);
  if (problems.size() > before) return;
  check_privileges(targets, mode, problems);
  const core::NameMap names = target_names(definition, targets);
  check_collisions(definition, names, problems);
  if (mode == Mode::Append)
    check_append(schema, definition, names, problems);
  else
    check_free(definition, names, mode, problems);
}

Target create_target(const core::Schema &schema, const core::Definition &definition, const std::vector<std::string> &targets, Mode mode) {
  Spi spi;
  Settings settings;
  std::string callers_path = current_search_path();
  std::string schemas = schemas_on_path();
  fix_settings(settings);
  Target target;
  target.targets = targets;
  target.mode = mode;
  target.names = target_names(definition, targets);
  if (mode != Mode::Append) {
    create_schemas(targets);
    if (mode == Mode::Replace) drop_existing(definition, target.names);
    std::set<core::QualifiedName> taken = taken_names(definition, target.names, targets);
    const std::map<std::string, std::string> to = target_of(definition, targets);
    for (const core::Definition::Index &i : definition.indexes)
      target.names[i.name] = {to.at(i.home), free_name(to.at(i.home), i.name.second, taken)};
    const Instance instance(target.names, to, function_search_path(schema, targets, schemas));
    target.after_load = instance.all(definition.sealing);
    settings.set("search_path", search_path_for(targets, callers_path));
    run(instance.all(definition.creation));
    settings.set("search_path", "");
  }
  find_relations(schema, target);
  if (mode == Mode::Append)
    for (Oid32 r : present(target.relations))
      target.after_load.push_back("ANALYZE " + to_string(query("SELECT $1::oid::regclass", {std::to_string(r)})[0][0]));
  append_sequences(target);
  return target;
}

void seal(const Target &target, const std::function<void(const std::string &)> &progress) {
  Spi spi;
  Settings settings;
  settings.set("search_path", search_path_for(target.targets, current_search_path()));
  settings.set("client_min_messages", "warning");
  for (const std::string &sql : target.after_load) {
    check_interrupts();
    if (progress) progress(summary(sql));
    execute(sql);
  }
}

}  // namespace relsynth::pg
