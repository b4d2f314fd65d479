// Rows taken through a step that may raise an error: a row that does is refused, the others go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pg/scope.h"

namespace relsynth::pg {

// Whether an error speaks of the row's values. The rest must end the call: cancel, shutdown, lack of memory or disk, a lost transaction,
// a missing privilege, a fault of the server.
bool is_refusal(const ErrorData *error);

// Frees an error that was a refusal.
void drop(ErrorData *error);

// Runs step(row) for the rows, all under one subtransaction as long as none fails; refuse(row, error, soft) is told of each that does, and the
// rest follow under a new one. The step obeys the rules of call() and throws nothing; it may return an error that it caught softly, in memory
// of its own.
template <class Step, class Refuse>
void for_rows(std::span<const uint32_t> rows, Step &step, Refuse &&refuse) {
  struct Batch {
    Step *step;
    std::span<const uint32_t> rows;
    size_t next;
    ErrorData *soft;
  } batch{&step, rows, 0, nullptr};
  while (batch.next < rows.size()) {
    ErrorData *error = in_subtransaction(
        [](void *p) {
          Batch *b = static_cast<Batch *>(p);
          for (b->soft = nullptr; b->next < b->rows.size(); ++b->next) {
            CHECK_FOR_INTERRUPTS();
            b->soft = (*b->step)(b->rows[b->next]);
            if (b->soft) return;
          }
        },
        &batch);
    if (!error && !batch.soft) return;
    if (!is_refusal(error ? error : batch.soft)) throw Error(error ? error : batch.soft);
    refuse(rows[batch.next], error ? error : batch.soft, !error);
    if (error) drop(error);
    ++batch.next;
  }
}

}  // namespace relsynth::pg
