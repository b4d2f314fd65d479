// CopySink: the gate's Datums -> COPY in text format, where the executor must work: partitions, and tables that existed before with their
// indexes, triggers and foreign keys.
#include <cstring>

#include "pg/gate.h"
#include "pg/interrupt.h"
#include "pg/sinks.h"

namespace relsynth::pg {

namespace {

constexpr int batch_bytes = 8 * 1024 * 1024;

// What COPY reads. It hands its callback no argument; one COPY of ours runs at a time, and one that a trigger starts saves the outer one.
struct Source {
  const char *data;
  int left;
};
Source *source = nullptr;

int read_source(void *out, int, int most) {
  int count = source->left < most ? source->left : most;
  std::memcpy(out, source->data, count);
  source->data += count;
  source->left -= count;
  return count;
}

// Guarded. A field of COPY's text format.
void append_field(StringInfo line, const char *text) {
  for (const char *from = text;; ++from) {
    size_t plain = strcspn(from, "\\\t\n\r");
    appendBinaryStringInfo(line, from, static_cast<int>(plain));
    from += plain;
    if (!*from) return;
    appendStringInfoChar(line, '\\');
    appendStringInfoChar(line, *from == '\t' ? 't' : *from == '\n' ? 'n' : *from == '\r' ? 'r' : '\\');
  }
}

class CopySink final : public RowSink {
 public:
  explicit CopySink(Oid relation);
  void write(RowGate &gate, const core::Block &block) override;
  void finish() override;

 private:
  void check_privileges();
  size_t fill(Gate &gate, size_t row, size_t rows, StringInfo lines);
  void copy(StringInfo lines);

  OwnContext context_;   // of the sink
  MemoryContext batch_;  // of one COPY
  OpenTable relation_;
  List *columns_ = NIL, *options_ = NIL;
  struct Field {
    int column;
    FmgrInfo output;
  };
  std::vector<Field> fields_;
};

CopySink::CopySink(Oid relation) : context_("relsynth copy"), relation_(relation, RowExclusiveLock) {
  check_privileges();
  TupleDesc desc = RelationGetDescr(relation_.get());
  for (int i = 0; i < desc->natts; ++i)
    if (!TupleDescAttr(desc, i)->attgenerated) fields_.push_back({i, {}});
  call([&] {
    MemoryContext before = MemoryContextSwitchTo(context_.get());
    batch_ = AllocSetContextCreateInternal(context_.get(), "relsynth copy batch", ALLOCSET_DEFAULT_SIZES);
    for (Field &field : fields_) {
      Oid function;
      bool is_varlena;
      getTypeOutputInfo(TupleDescAttr(desc, field.column)->atttypid, &function, &is_varlena);
      fmgr_info_cxt(function, &field.output, context_.get());
      columns_ = lappend(columns_, makeString(pstrdup(NameStr(TupleDescAttr(desc, field.column)->attname))));
    }
    char *encoding = pstrdup(pg_encoding_to_char(GetDatabaseEncoding()));
    options_ = list_make1(makeDefElem(pstrdup("encoding"), reinterpret_cast<Node *>(makeString(encoding)), -1));
    MemoryContextSwitchTo(before);
  });
}

// COPY's own checks are made before BeginCopyFrom(), so they are ours to make.
void CopySink::check_privileges() {
  Relation rel = relation_.get();
  call([=] {
    AclResult result = pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_INSERT);
    if (result != ACLCHECK_OK) aclcheck_error(result, get_relkind_objtype(rel->rd_rel->relkind), RelationGetRelationName(rel));
    if (check_enable_rls(RelationGetRelid(rel), InvalidOid, false) == RLS_ENABLED)
      ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                      errmsg("cannot write to table \"%s\" with row-level security", RelationGetRelationName(rel)),
                      errhint("Run as the table's owner or as a role with BYPASSRLS.")));
  });
}

// Guarded. Lines of the rows from `row` on until a batch is full; returns the row after them.
size_t CopySink::fill(Gate &gate, size_t row, size_t rows, StringInfo lines) {
  MemoryContext line = AllocSetContextCreateInternal(CurrentMemoryContext, "relsynth copy line", ALLOCSET_DEFAULT_SIZES);
  for (; row < rows && lines->len < batch_bytes; ++row) {
    CHECK_FOR_INTERRUPTS();
    for (size_t i = 0; i < fields_.size(); ++i) {
      Field *field = &fields_[i];
      if (i > 0) appendStringInfoChar(lines, '\t');
      if (gate.nulls(row)[field->column]) {
        appendStringInfoString(lines, "\\N");
        continue;
      }
      MemoryContext before = MemoryContextSwitchTo(line);
      const char *text = OutputFunctionCall(&field->output, gate.values(row)[field->column]);
      MemoryContextSwitchTo(before);
      append_field(lines, text);
    }
    appendStringInfoChar(lines, '\n');
    MemoryContextReset(line);
  }
  MemoryContextDelete(line);
  return row;
}

// Guarded.
void CopySink::copy(StringInfo lines) {
  Relation rel = relation_.get();
  Source own{lines->data, lines->len}, *outer = source;
  source = &own;
  PG_TRY();
  {
    ParseState *parse = make_parsestate(nullptr);
    (void)addRangeTableEntryForRelation(parse, rel, RowExclusiveLock, nullptr, false, false);
    CopyFromState state = BeginCopyFrom(parse, rel, nullptr, nullptr, false, read_source, columns_, options_);
    CopyFrom(state);
    EndCopyFrom(state);
    free_parsestate(parse);
  }
  PG_FINALLY();
  { source = outer; }
  PG_END_TRY();
}

void CopySink::write(RowGate &gate, const core::Block &block) {
  Gate &own = static_cast<Gate &>(gate);
  own.check_passed(block);
  Settings settings;
  settings.set("datestyle", "ISO, YMD");
  settings.set("intervalstyle", "postgres");
  settings.set("extra_float_digits", "3");
  SharedSnapshot snapshot;
  MemoryContext before = MemoryContextSwitchTo(batch_);
  for (size_t row = 0; row < block.rows && !fields_.empty();) {
    row = call([&, row] {
      MemoryContextReset(batch_);
      StringInfoData lines;
      initStringInfo(&lines);
      size_t next = fill(own, row, block.rows, &lines);
      copy(&lines);
      CommandCounterIncrement();
      return next;
    });
  }
  MemoryContextSwitchTo(before);
}

void CopySink::finish() {
  call([] { CommandCounterIncrement(); });
}

}  // namespace

std::unique_ptr<RowSink> open_copy_sink(uint32_t relation) { return std::make_unique<CopySink>(relation); }

}  // namespace relsynth::pg
