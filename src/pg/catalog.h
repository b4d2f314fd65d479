// catalog: the system catalogs -> core::Schema, and the locks and privilege checks that go with reading a schema.
#pragma once

#include <string>
#include <vector>

#include "core/config.h"
#include "core/error.h"
#include "core/schema.h"

#include "pg/scope.h"

namespace relsynth::pg {

// Splits 'person,sales' on commas; a name with a comma or quotes is given quoted. Trims blanks.
std::vector<std::string> parse_schema_names(const std::string &text, const char *argument);

// Locks every table of the schemas (ACCESS SHARE, held to the transaction's end), renews `snapshot` and reads them under it. The caller opens
// Spi and then the snapshot, and keeps it open until scan has ended: so read and scan see one state. `config` decides include, exclude,
// declared relationships and keys that lead outside.
// Problems: unknown schema 3F000, no table in it 42P01, no SELECT on a table or USAGE on a schema 42501 (all of them at once), an outside key
// under "outside": "error" 0A000, wrong declared relationships 22023. Rows that break a NOT VALID key or check are found by scan.
// A table that another session drops meanwhile is an error, 42P01.
core::Schema read_schema(const std::vector<std::string> &names, const core::Config &config, SharedSnapshot &snapshot,
                         core::Problems &problems);

}  // namespace relsynth::pg
