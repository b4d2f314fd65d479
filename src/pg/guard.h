// All crossings between C++ and PostgreSQL's longjmp errors.
//
// call(f)   PostgreSQL error -> C++ exception pg::Error with the whole ErrorData. `f` holds only PostgreSQL calls and plain data and returns
//           a trivially copyable value: no C++ object may be created inside it, for a longjmp would skip its destructor.
// entry(f)  C++ exception -> ereport, after every destructor has run. The only place that catches pg::Error; nobody else may (the
//           transaction is lost then). To survive an error use Subtransaction (scope.h).
// Callbacks that PostgreSQL calls into C++ (DestReceiver, COPY source) catch everything, keep it in an exception_ptr and return "stop".
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include "core/error.h"

#include "pg/pg.h"

namespace relsynth::pg {

// A PostgreSQL error in flight. The ErrorData lives in the transaction's memory.
class Error : public std::exception {
 public:
  explicit Error(ErrorData *data) : data_(data) {}
  const char *what() const noexcept override { return data_->message ? data_->message : "PostgreSQL error"; }
  ErrorData *data() const { return data_; }
  int state() const { return data_->sqlerrcode; }

 private:
  ErrorData *data_;
};

// Runs fn(arg) under PG_TRY; the error it raised, or null.
ErrorData *capture(void (*fn)(void *), void *arg);

template <class F>
auto call(F &&f) {
  using R = std::invoke_result_t<F>;
  struct Frame {
    std::remove_reference_t<F> *f;
    std::exception_ptr thrown;
    std::conditional_t<std::is_void_v<R>, char, R> result;
  };
  static_assert(std::is_void_v<R> || std::is_trivially_copyable_v<R>, "a guarded call returns plain data");
  Frame frame{&f, nullptr, {}};
  ErrorData *error = capture(
      [](void *p) {
        Frame *fr = static_cast<Frame *>(p);
        try {
          if constexpr (std::is_void_v<R>)
            (*fr->f)();
          else
            fr->result = (*fr->f)();
        } catch (...) {
          fr->thrown = std::current_exception();
        }
      },
      &frame);
  if (error) throw Error(error);
  if (frame.thrown) std::rethrow_exception(frame.thrown);
  if constexpr (!std::is_void_v<R>) return frame.result;
}

// What entry() is to report, as plain data.
struct Report {
  ErrorData *error = nullptr;  // rethrow this, or report the following
  int state = 0;
  char *message = nullptr, *detail = nullptr, *hint = nullptr;
};
Report report_of_current_exception();
[[noreturn]] void raise(const Report &report);

// The body of an SQL-callable function: runs f(), turns whatever it throws into a PostgreSQL error.
template <class F>
Datum entry(F f) {
  static_assert(std::is_trivially_destructible_v<F>, "an entry's lambda captures plain data only");
  Report report;
  try {
    return f();
  } catch (...) {
    report = report_of_current_exception();
  }
  raise(report);
}

// A NOTICE (or lower) through the guard: even a NOTICE can longjmp, since it checks for interrupts.
void notice(int level, const std::string &message, const std::string &detail = {}, const std::string &hint = {});

}  // namespace relsynth::pg
