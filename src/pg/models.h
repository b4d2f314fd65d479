// The extension's table of models: rows of it <-> core::Trained. The caller's privileges on the table decide.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/trained.h"

#include "pg/pg.h"

namespace relsynth::pg {

std::string database_encoding();

// Before the work: 42710 if there is a model of the name and `replace` is false, 42501 if it is another's.
void check_new_model(const std::string &name, bool replace);
// Under its own name.
void store_model(const core::Trained &trained, bool replace);

// 42704 if there is none; 22P03 or 0A000 if it cannot be read.
core::Trained load_model(const std::string &name);
void drop_model(const std::string &name);

// The bytes of a model, in the caller's memory context, with or without its filters of texts.
bytea *export_model(const std::string &name, bool filters);
// Stores a model from bytes, verified, and returns its name: by default the one that it has.
std::string import_model(std::string_view bytes, const std::optional<std::string> &name, bool replace);

// A problem for each table outside the model that foreign keys of its schema refer to and that is not there.
void check_references(const core::Schema &schema, core::Problems &problems);

}  // namespace relsynth::pg
