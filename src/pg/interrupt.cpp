#include "pg/interrupt.h"

#include "pg/guard.h"

namespace relsynth::pg {

void check_interrupts() {
  if (!InterruptPending) return;
  call([] { CHECK_FOR_INTERRUPTS(); });
}

}  // namespace relsynth::pg
