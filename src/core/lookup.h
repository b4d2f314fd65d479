// Reference tables: small dictionaries that others refer to (countries, categories, status codes) and that hold nothing personal.
#pragma once

#include <string>

#include "core/plan.h"

namespace relsynth::core {

// Whether candidate table `t` is a dictionary by its rows. `reason` says why (not). Not one: a table with personal columns
// (looks_personal), with history of its own (timestamps that vary beyond a load date), with a driver that is learned, or with too many rows.
bool is_lookup(const Schema &schema, const Plan &plan, const SourceData &data, int table, std::string &reason);

// Whether a column holds something about a person, by name, comment and content: e-mail addresses, phone numbers, person names, street
// addresses, birth dates, account and card numbers, IP addresses, logins, free text. `why` names the sign.
bool looks_personal(const Table &table, const Column &column, const SourceColumn &values, std::string &why);

// Whether it is a column of remarks (note, comment): personal for what may be written there.
bool holds_remarks(const Column &column);

// Whether a column holds what nobody may learn even if many share it: passwords, tokens, keys; by its name.
bool holds_secret(const Column &column);

}  // namespace relsynth::core
