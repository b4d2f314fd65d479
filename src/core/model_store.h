// A trained model as bytes: magic, version, fingerprint of the structs that are stored, length, checksum, then the fields of the structs one
// after the other. Reading takes nothing for granted: input that was cut off or tampered with is an error, whatever its checksum says.
#pragma once

#include <string>
#include <string_view>

#include "core/trained.h"

namespace relsynth::core {

// `version`: of the extension, for messages.
std::string write_model(const Trained &trained, const std::string &version);

// Throws Error 22P03 for bytes that are no valid model, 0A000 for a model of another version.
Trained read_model(std::string_view bytes);

// The same without what comes before the fields, its checksum among it.
std::string write_model_body(const Trained &trained);
Trained read_model_body(std::string_view bytes);

// Takes the filters of texts that are not to be drawn (known_texts.h) out of a model that was read, for they answer whether a text was there.
void forget_known_texts(Trained &trained);

}  // namespace relsynth::core
