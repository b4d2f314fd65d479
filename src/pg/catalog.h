// catalog: the system catalogs -> core::Schema, and the locks and privilege checks that go with reading a schema.
#pragma once

#include <string>
#include <vector>

#include "core/config.h"
#include "core/error.h"
#include "core/schema.h"

namespace relsynth::pg {

// Splits 'person,sales' on commas; a name with a comma or quotes is given quoted. Trims blanks.
std::vector<std::string> parse_schema_names(const std::string &text);

// Locks every table of the schemas (ACCESS SHARE, held to the transaction's end), then reads them under a fresh snapshot, which stays active
// for the scans: read and scan see one state. `config` decides include, exclude, declared relationships and keys that lead outside.
// Problems: unknown schema 3F000, no table in it 42P01, no SELECT on a table or USAGE on a schema 42501 (all of them at once), an outside key
// under "outside": "error" 0A000, a NOT VALID foreign key or check that rows violate is found by scan.
core::Schema read_schema(const std::vector<std::string> &names, const core::Config &config, core::Problems &problems);

}  // namespace relsynth::pg
