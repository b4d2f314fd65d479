// typed texts: text columns that hold dates, times or numbers written alike. Input: roles of the tables, sample; output: columns of the type
// they hold, with the form (text_form.h) to write it in, so that every later stage sees dates and numbers.
#pragma once

#include "core/data.h"
#include "core/plan.h"
#include "core/schema.h"

namespace relsynth::core {

// Gives columns of learned tables that hold such texts their type, and the sample their values. Columns of foreign keys and what looks
// like a code (digits, all as many) stay texts.
void read_typed_texts(Schema &schema, const Plan &plan, SourceData &data);

}  // namespace relsynth::core
