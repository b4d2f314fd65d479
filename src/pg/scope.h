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

// A subtransaction: the one way to survive a PostgreSQL error. run() returns null on success, else the error; its effects are then undone.
// The function obeys the rules of call().
ErrorData *in_subtransaction(void (*fn)(void *), void *arg);

}  // namespace relsynth::pg
