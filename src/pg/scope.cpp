#include "pg/scope.h"

namespace relsynth::pg {

Spi::Spi() {
  call([] {
    if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
  });
}

Spi::~Spi() {
  if (!unwinding_) SPI_finish();
}

MemoryScope::MemoryScope(const char *name) {
  context_ = call([=] { return AllocSetContextCreateInternal(CurrentMemoryContext, name, ALLOCSET_DEFAULT_SIZES); });
  before_ = MemoryContextSwitchTo(context_);
}

MemoryScope::~MemoryScope() {
  if (unwinding_) return;
  MemoryContextSwitchTo(before_);
  MemoryContextDelete(context_);
}

void MemoryScope::reset() { MemoryContextReset(context_); }

SharedSnapshot::SharedSnapshot() {
  call([] { PushActiveSnapshot(GetTransactionSnapshot()); });
}

SharedSnapshot::~SharedSnapshot() {
  if (!unwinding_) PopActiveSnapshot();
}

void SharedSnapshot::renew() {
  call([] {
    PopActiveSnapshot();
    PushActiveSnapshot(GetTransactionSnapshot());
  });
}

Settings::Settings() : level_(NewGUCNestLevel()) {}

Settings::~Settings() {
  if (!unwinding_) AtEOXact_GUC(true, level_);
}

void Settings::set(const char *name, const std::string &value) {
  const char *v = value.c_str();
  call([=] { (void)set_config_option(name, v, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false); });
}

OwnSnapshot::OwnSnapshot() {
  call([] {
    CommandCounterIncrement();
    PushCopiedSnapshot(ActiveSnapshotSet() ? GetActiveSnapshot() : GetTransactionSnapshot());
    UpdateActiveSnapshotCommandId();
  });
}

OwnSnapshot::~OwnSnapshot() {
  if (!unwinding_) PopActiveSnapshot();
}

ErrorData *in_subtransaction(void (*fn)(void *), void *arg, bool keep) {
  MemoryContext context = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  call([] { BeginInternalSubTransaction(nullptr); });
  MemoryContextSwitchTo(context);
  ErrorData *error = capture(fn, arg);
  call([=] {
    if (error || !keep)
      RollbackAndReleaseCurrentSubTransaction();
    else
      ReleaseCurrentSubTransaction();
  });
  MemoryContextSwitchTo(context);
  CurrentResourceOwner = owner;
  return error;
}

}  // namespace relsynth::pg
