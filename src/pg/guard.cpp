#include "pg/guard.h"

#include <new>

namespace relsynth::pg {

ErrorData *capture(void (*fn)(void *), void *arg) {
  MemoryContext caller = CurrentMemoryContext;
  ErrorData *volatile error = nullptr;
  PG_TRY();
  { fn(arg); }
  PG_CATCH();
  {
    // The copy must outlive SPI's and our own contexts, which go while the exception unwinds.
    MemoryContextSwitchTo(TopTransactionContext ? TopTransactionContext : caller);
    error = CopyErrorData();
    FlushErrorState();
    MemoryContextSwitchTo(caller);
  }
  PG_END_TRY();
  return error;
}

namespace {

struct Copy {
  const char *from;
  char *to;
};

char *copy_string(const std::string &text) {
  if (text.empty()) return nullptr;
  Copy copy{text.c_str(), nullptr};
  ErrorData *failed = capture(
      [](void *p) {
        Copy *c = static_cast<Copy *>(p);
        c->to = MemoryContextStrdup(TopTransactionContext, c->from);
      },
      &copy);
  return failed ? nullptr : copy.to;
}

int state_code(const std::string &state) {
  return state.size() == 5 ? MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]) : ERRCODE_INTERNAL_ERROR;
}

}  // namespace

Report report_of_current_exception() {
  Report report;
  try {
    throw;
  } catch (const Error &e) {
    report.error = e.data();
  } catch (const core::Error &e) {
    report.state = state_code(e.state);
    report.message = copy_string(e.message);
    report.detail = copy_string(e.detail);
    report.hint = copy_string(e.hint);
  } catch (const std::bad_alloc &) {
    report.state = ERRCODE_OUT_OF_MEMORY;
    report.message = copy_string("out of memory");
    report.hint = copy_string("Lower relsynth.sample_rows or synthesize fewer tables at once.");
  } catch (const std::exception &e) {
    report.state = ERRCODE_INTERNAL_ERROR;
    report.message = copy_string(std::string("unexpected error: ") + e.what());
  } catch (...) {
    report.state = ERRCODE_INTERNAL_ERROR;
    report.message = copy_string("unexpected error of unknown type");
  }
  return report;
}

void raise(const Report &report) {
  if (report.error) ReThrowError(report.error);
  ereport(ERROR, (errcode(report.state), errmsg_internal("%s", report.message ? report.message : "out of memory"),
                  report.detail ? errdetail_internal("%s", report.detail) : 0, report.hint ? errhint("%s", report.hint) : 0));
  pg_unreachable();
}

void notice(int level, const std::string &message, const std::string &detail, const std::string &hint) {
  const char *m = message.c_str(), *d = detail.empty() ? nullptr : detail.c_str(), *h = hint.empty() ? nullptr : hint.c_str();
  call([=] { ereport(level, (errmsg_internal("%s", m), d ? errdetail_internal("%s", d) : 0, h ? errhint("%s", h) : 0)); });
}

}  // namespace relsynth::pg
