// One HTML page on a synthetic schema: valid, faithful, private.
#pragma once

#include <string>

#include "compare.h"

namespace relsynth {

// verify, read, evaluate and audit -> the page. `show_source`: values of the source however few entities share them. Needs an open Spi.
std::string report(const CompareRequest &request, bool show_source);

}  // namespace relsynth
