// The one include of PostgreSQL headers, with what differs between its versions. Include it after every C++ and library header.
#pragma once

// The module is compiled with hidden visibility; before version 16 the server's headers leave it to the module to show what it exports.
#ifndef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

extern "C" {
#include "postgres.h"

#include "access/attmap.h"
#include "access/detoast.h"
#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/copy.h"
#include "commands/progress.h"
#include "commands/tablecmds.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "storage/bufmgr.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/backend_progress.h"
#include "utils/builtins.h"
#include "utils/cash.h"
#include "utils/catcache.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/partcache.h"
#include "utils/ps_status.h"
#include "utils/rangetypes.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#endif
}

#if PG_VERSION_NUM < 150000
#error "relsynth needs PostgreSQL 15 or later"
#endif

// As from version 16 on: the function itself is exported too.
#if PG_VERSION_NUM < 160000
#undef PG_FUNCTION_INFO_V1
#define PG_FUNCTION_INFO_V1(funcname)                                         \
  extern PGDLLEXPORT Datum funcname(PG_FUNCTION_ARGS);                        \
  extern PGDLLEXPORT const Pg_finfo_record *CppConcat(pg_finfo_, funcname)(); \
  const Pg_finfo_record *CppConcat(pg_finfo_, funcname)() {                   \
    static const Pg_finfo_record info = {1};                                  \
    return &info;                                                             \
  }                                                                           \
  extern int no_such_variable
#endif

// NOT ENFORCED constraints came with version 18, further parameters of these functions with 16.
inline bool is_enforced([[maybe_unused]] const ConstrCheck &check) {
#if PG_VERSION_NUM >= 180000
  return check.ccenforced;
#else
  return true;
#endif
}
inline AttrMap *build_attrmap_by_name_if_required(TupleDesc in, TupleDesc out) {
#if PG_VERSION_NUM >= 160000
  return build_attrmap_by_name_if_req(in, out, false);
#else
  return build_attrmap_by_name_if_req(in, out);
#endif
}
inline RangeType *make_range_hard(TypeCacheEntry *type, RangeBound *lower, RangeBound *upper, bool empty) {
#if PG_VERSION_NUM >= 160000
  return make_range(type, lower, upper, empty, nullptr);
#else
  return make_range(type, lower, upper, empty);
#endif
}

// Virtual generated columns came with version 18: expressions that mention them read what they are computed from.
inline Node *expand_virtual_columns(Node *expression, [[maybe_unused]] Relation relation) {
#if PG_VERSION_NUM >= 180000
  return expand_generated_columns_in_expr(expression, relation, 1);
#else
  return expression;
#endif
}
inline Node *generation_expression(Relation relation, int attribute) {
#if PG_VERSION_NUM >= 180000
  if (TupleDescAttr(RelationGetDescr(relation), attribute - 1)->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL)
    return build_generation_expression(relation, attribute);
#endif
  return build_column_default(relation, attribute);
}

// Before version 16 walkers are declared without arguments, which C++ takes for none.
inline bool walk_raw_tree(Node *node, bool (*walker)(Node *, void *), void *context) {
#if PG_VERSION_NUM >= 160000
  return raw_expression_tree_walker(node, walker, context);
#else
  return raw_expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void *>(walker)), context);
#endif
}

// Macros of PostgreSQL that C++ code stumbles over.
#undef Abs
#undef gettext
#undef dgettext
#undef ngettext
#undef dngettext
#undef printf
#undef fprintf
#undef snprintf
#undef sprintf
#undef vsnprintf
#undef vsprintf
#undef vfprintf
#undef vprintf
#undef strerror
