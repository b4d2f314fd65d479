// Definitions as the server deparses them, with the names of source objects replaced by those of the target.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace relsynth::core {

using QualifiedName = std::pair<std::string, std::string>;  // schema, name; not quoted
using NameMap = std::map<QualifiedName, QualifiedName>;

// Replaces every schema-qualified name of `names` in SQL text that was deparsed with an empty search_path (so that every name outside
// pg_catalog is qualified): tokens ident.ident outside literals and comments, also inside string literals cast to a reg* type
// ('public.t_id_seq'::regclass). Quoting is kept minimal, as quote_identifier() would.
std::string repoint(std::string_view sql, const NameMap &names);

// Whether `name` can stand unquoted: lower case, no reserved word. When in doubt, quoted.
std::string quote_identifier(std::string_view name);

}  // namespace relsynth::core
