// Polling for cancel and timeout from long loops.
#pragma once

namespace relsynth::pg {

// Serves a pending interrupt; a cancel comes as pg::Error with SQLSTATE 57014. Cheap when there is none: call it every few thousand rows.
void check_interrupts();

}  // namespace relsynth::pg
