// Definitions as the server deparses them, with the names of source objects replaced by those of the target.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relsynth::core {

using QualifiedName = std::pair<std::string, std::string>;  // schema, name; not quoted
using NameMap = std::map<QualifiedName, QualifiedName>;

// Replaces every schema-qualified name of `names` in SQL text that was deparsed with an empty search_path (so that every name outside
// pg_catalog is qualified): tokens ident.ident outside literals and comments, also inside string literals cast to a reg* type
// ('public.t_id_seq'::regclass). Quoting is kept minimal, as quote_identifier() would.
std::string repoint(std::string_view sql, const NameMap &names);

// The same for pg_get_functiondef(): also inside the body, whose text is the user's own (dynamic SQL in its literals included), and in the
// schema list of SET search_path.
std::string repoint_function(std::string_view definition, const NameMap &names, const std::map<std::string, std::string> &schemas);

// Every identifier that SQL text mentions, quoted text and function bodies included; unquoted names in lower case, sorted, each once.
// `unqualified`: only those that no schema or table precedes.
std::vector<std::string> identifiers(std::string_view sql, bool unqualified = false);

// The sequence of the first nextval('...') in a deparsed expression; the schema is empty where the literal has none. False: there is none.
bool nextval_sequence(std::string_view expression, QualifiedName &sequence);

// Whether `name` can stand unquoted: lower case, no reserved word. When in doubt, quoted.
std::string quote_identifier(std::string_view name);

}  // namespace relsynth::core
