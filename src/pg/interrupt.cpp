#include "pg/interrupt.h"

#include "core/parallel.h"

#include "pg/guard.h"

namespace relsynth::pg {

void check_interrupts() {
  if (!InterruptPending) return;
  call([] { CHECK_FOR_INTERRUPTS(); });
}

void join_threads_at_exit() {
  static int registered = 0;  // in this process: one that is forked later has lost it
  if (registered == MyProcPid) return;
  registered = MyProcPid;
  before_shmem_exit([](int, Datum) { core::Background::stop_all(); }, 0);
}

}  // namespace relsynth::pg
