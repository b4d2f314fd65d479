#include "pg/row_batch.h"

namespace relsynth::pg {

bool is_refusal(const ErrorData *error) {
  if (error->elevel > ERROR) return false;
  if (error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE) return false;
  switch (ERRCODE_TO_CATEGORY(error->sqlerrcode)) {
    case ERRCODE_OPERATOR_INTERVENTION:
    case ERRCODE_INSUFFICIENT_RESOURCES:
    case ERRCODE_SYSTEM_ERROR:
    case ERRCODE_INTERNAL_ERROR:
    case ERRCODE_TRANSACTION_ROLLBACK:
    case ERRCODE_INVALID_TRANSACTION_STATE:
    case ERRCODE_CONNECTION_EXCEPTION: return false;
    default: return true;
  }
}

void drop(ErrorData *error) {
  call([=] { FreeErrorData(error); });
}

}  // namespace relsynth::pg
