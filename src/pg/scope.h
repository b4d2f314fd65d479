// RAII for what PostgreSQL hands out. Destructors release on the normal path only and do nothing while an exception unwinds: the
// transaction's abort and its resource owners clean up then.
#pragma once

#include <exception>

#include "pg/guard.h"

namespace relsynth::pg {

// True while a newer exception than at construction unwinds the stack.
class Unwinding {
 public:
  explicit operator bool() const { return std::uncaught_exceptions() > before_; }

 private:
  int before_ = std::uncaught_exceptions();
};

// An SPI connection.
class Spi {
 public:
  Spi();
  ~Spi();
  Spi(const Spi &) = delete;
  Spi &operator=(const Spi &) = delete;

 private:
  Unwinding unwinding_;
};

// A memory context that is current for the scope's life and deleted at its end.
class MemoryScope {
 public:
  explicit MemoryScope(const char *name);  // name: a string literal
  ~MemoryScope();
  MemoryScope(const MemoryScope &) = delete;
  MemoryScope &operator=(const MemoryScope &) = delete;
  MemoryContext context() const { return context_; }
  void reset();

 private:
  Unwinding unwinding_;
  MemoryContext context_, before_;
};

// A snapshot that is active for the scope's life: everything that SPI reads (read-only) meanwhile sees one state of the database. In READ
// COMMITTED a fresh one, in REPEATABLE READ and SERIALIZABLE the transaction's. Commands that come later see their own effects only
// through execute() or after the scope's end, for the snapshot does not move.
class SharedSnapshot {
 public:
  SharedSnapshot();
  ~SharedSnapshot();
  SharedSnapshot(const SharedSnapshot &) = delete;
  SharedSnapshot &operator=(const SharedSnapshot &) = delete;
  void renew();  // sees what has been committed up to now

 private:
  Unwinding unwinding_;
};

// GUC settings for a scope; undone at its end, or by the transaction's abort.
class Settings {
 public:
  Settings();
  ~Settings();
  Settings(const Settings &) = delete;
  Settings &operator=(const Settings &) = delete;
  void set(const char *name, const std::string &value);

 private:
  Unwinding unwinding_;
  int level_;
};

// A snapshot that sees what this transaction has done so far, and otherwise what the active one sees.
class OwnSnapshot {
 public:
  OwnSnapshot();
  ~OwnSnapshot();
  OwnSnapshot(const OwnSnapshot &) = delete;
  OwnSnapshot &operator=(const OwnSnapshot &) = delete;

 private:
  Unwinding unwinding_;
};

// A subtransaction: the one way to survive a PostgreSQL error. run() returns null on success, else the error; its effects are then undone.
// The function obeys the rules of call(). With keep = false its effects are undone on success, too.
ErrorData *in_subtransaction(void (*fn)(void *), void *arg, bool keep = true);

}  // namespace relsynth::pg
