// The extension's face to PostgreSQL: magic block and SQL entry points.
#include "pg/guard.h"

extern "C" {
PG_MODULE_MAGIC;
}
