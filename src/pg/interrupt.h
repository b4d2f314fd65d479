// Polling for cancel and timeout from long loops.
#pragma once

namespace relsynth::pg {

// Serves a pending interrupt; a cancel comes as pg::Error with SQLSTATE 57014. Cheap when there is none: call it every few thousand rows.
void check_interrupts();

// Has threads joined before a process that is told to go leaves: it unwinds nothing.
void join_threads_at_exit();

}  // namespace relsynth::pg
