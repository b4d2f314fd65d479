#include "pg/user_query.h"

#include "pg/interrupt.h"
#include "pg/scope.h"

namespace relsynth::pg {

namespace {

// What a raw parse tree is searched for. Lives while the tree does.
struct Search {
  const char *sql;
  const char *const *schemas;
  int schema_count;
  const char *refusal, *schema;
};

bool find_effects(Node *node, void *context) {
  if (!node) return false;
  Search *search = static_cast<Search *>(context);
  switch (nodeTag(node)) {
    case T_InsertStmt:
    case T_UpdateStmt:
    case T_DeleteStmt:
    case T_MergeStmt: search->refusal = "It modifies data."; return true;
    case T_IntoClause: search->refusal = "SELECT INTO creates a table."; return true;
    case T_LockingClause: search->refusal = "It locks rows."; return true;
    case T_RangeVar:
      for (int i = 0; i < search->schema_count; ++i) {
        const char *named = reinterpret_cast<RangeVar *>(node)->schemaname;
        if (named && strcmp(named, search->schemas[i]) == 0) search->schema = search->schemas[i];
      }
      return false;
    default: return walk_raw_tree(node, find_effects, context);
  }
}

void search_statement(void *arg) {
  Search *search = static_cast<Search *>(arg);
  List *statements = raw_parser(search->sql, RAW_PARSE_DEFAULT);
  if (list_length(statements) != 1) {
    search->refusal = statements == NIL ? "It is empty." : "It is more than one command.";
    return;
  }
  Node *statement = linitial_node(RawStmt, statements)->stmt;
  if (!IsA(statement, SelectStmt))
    search->refusal = "It is another command.";
  else
    find_effects(statement, search);
}

// A query to run, and its rows as C strings in `memory`, which outlives the subtransaction.
struct Ask {
  const char *sql, *search_path;
  bool read_only;
  uint64 most_rows;
  MemoryContext memory;
  int columns;
  uint64 rows;
  bool whole;
  char **names, **cells;
  bool *numbers;
};

void set_locally(const char *name, const char *value) {
  (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

bool is_number(Oid type) {
  switch (getBaseType(type)) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID: return true;
    default: return false;
  }
}

void copy_rows(Ask *ask, SPITupleTable *table) {
  MemoryContextSwitchTo(ask->memory);
  ask->columns = table->tupdesc->natts;
  ask->whole = table->numvals <= ask->most_rows;
  ask->rows = Min(table->numvals, ask->most_rows);
  ask->names = static_cast<char **>(palloc0((ask->columns + 1) * sizeof(char *)));
  ask->numbers = static_cast<bool *>(palloc0(ask->columns + 1));
  ask->cells = static_cast<char **>(MemoryContextAllocHuge(ask->memory, (ask->rows * ask->columns + 1) * sizeof(char *)));
  for (int c = 0; c < ask->columns; ++c) {
    ask->names[c] = SPI_fname(table->tupdesc, c + 1);
    ask->numbers[c] = is_number(SPI_gettypeid(table->tupdesc, c + 1));
  }
  for (uint64 r = 0; r < ask->rows; ++r) {
    CHECK_FOR_INTERRUPTS();
    for (int c = 0; c < ask->columns; ++c) ask->cells[r * ask->columns + c] = SPI_getvalue(table->vals[r], table->tupdesc, c + 1);
  }
}

// transaction_read_only stops functions too, which SPI's own read-only way does not; temporary tables go with the rollback.
void execute_without_effects(void *arg) {
  Ask *ask = static_cast<Ask *>(arg);
  set_locally("transaction_read_only", "on");
  set_locally("extra_float_digits", "1");
  set_locally("search_path", ask->search_path);
  const int code = SPI_execute(ask->sql, ask->read_only, static_cast<long>(ask->most_rows + 1));
  if (code < 0 || !SPI_tuptable) elog(ERROR, "query failed: %s", SPI_result_code_string(code));
  copy_rows(ask, SPI_tuptable);
}

bool ends_the_call(const ErrorData *error) {
  const int category = ERRCODE_TO_CATEGORY(error->sqlerrcode);
  return category == ERRCODE_OPERATOR_INTERVENTION || category == ERRCODE_INSUFFICIENT_RESOURCES ||
         category == ERRCODE_TRANSACTION_ROLLBACK;
}

std::string message_of(const ErrorData *error) { return error->message ? error->message : "unknown error"; }

QueryRun run(const std::string &sql, const std::string &search_path, bool read_only, size_t most_rows) {
  check_interrupts();
  MemoryScope memory("relsynth user query");
  Ask ask{sql.c_str(), search_path.c_str(), read_only, most_rows, memory.context(), 0, 0, true, nullptr, nullptr, nullptr};
  ErrorData *error = in_subtransaction(execute_without_effects, &ask, false);
  if (error && ends_the_call(error)) throw Error(error);
  QueryRun out;
  if (error) {
    out.error = message_of(error);
    return out;
  }
  out.result.whole = ask.whole;
  for (int c = 0; c < ask.columns; ++c) out.result.columns.push_back({ask.names[c], ask.numbers[c]});
  for (uint64 r = 0; r < ask.rows; ++r) {
    auto &row = out.result.rows.emplace_back();
    for (int c = 0; c < ask.columns; ++c) {
      const char *cell = ask.cells[r * ask.columns + c];
      row.push_back(cell ? std::optional<std::string>(cell) : std::nullopt);
    }
  }
  return out;
}

}  // namespace

QueryCheck check_query(const std::string &sql, const std::vector<std::string> &schemas) {
  MemoryScope memory("relsynth user query check");
  std::vector<const char *> names;
  for (const std::string &schema : schemas) names.push_back(schema.c_str());
  Search search{sql.c_str(), names.data(), static_cast<int>(names.size()), nullptr, nullptr};
  ErrorData *error = in_subtransaction(search_statement, &search, false);
  if (error && ends_the_call(error)) throw Error(error);
  QueryCheck out;
  if (error) out.error = message_of(error);
  if (search.refusal) out.refusal = search.refusal;
  if (search.schema) out.schema = search.schema;
  return out;
}

QueryRun run_query(const std::string &sql, const std::string &search_path, size_t most_rows) {
  return run(sql, search_path, true, most_rows);
}

QueryRun explain_query(const std::string &sql, const std::string &search_path) {
  return run("EXPLAIN (FORMAT JSON) " + sql, search_path, false, 1);  // SPI takes no EXPLAIN for read-only
}

}  // namespace relsynth::pg
