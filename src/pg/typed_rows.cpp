#include "pg/typed_rows.h"

#include <algorithm>

#include "pg/gate.h"
#include "pg/interrupt.h"
#include "pg/row_batch.h"

namespace relsynth::pg {

namespace {

class NoGate : public RowGate {
 public:
  std::vector<core::Rejection> test(const core::Block &, const std::vector<size_t> &) override { return {}; }
  void accept(const core::Block &) override {}
  bool repair(core::Block &, const core::Rejection &) override { return false; }
  std::vector<uint8_t> inside(uint32_t) override { return {}; }
};

class NoSink : public RowSink {
 public:
  void write(RowGate &, const core::Block &) override {}
  void finish() override {}
};

// The columns of a table that a row type has, in its order.
core::Table as_typed(const core::Table &table, const std::vector<int> &columns) {
  core::Table typed;
  typed.schema = table.schema;
  typed.name = table.name;
  for (int c : columns) typed.columns.push_back(table.columns[c]);
  return typed;
}

// The live attributes of a row type; generated ones are columns like others.
TupleDesc live_attributes(TupleDesc desc, MemoryContext context) {
  return call([=] {
    MemoryContext before = MemoryContextSwitchTo(context);
    int live = 0;
    for (int i = 0; i < desc->natts; ++i) live += !TupleDescAttr(desc, i)->attisdropped;
    TupleDesc copy = CreateTemplateTupleDesc(live);
    for (int i = 0, to = 1; i < desc->natts; ++i)
      if (!TupleDescAttr(desc, i)->attisdropped)
        TupleDescCopyEntry(copy, static_cast<AttrNumber>(to++), desc, static_cast<AttrNumber>(i + 1));
    MemoryContextSwitchTo(before);
    return copy;
  });
}

class TypedGate final : public NoGate {
 public:
  TypedGate(const core::Table &table, std::vector<int> columns, TupleDesc desc)
      : columns_(std::move(columns)), table_(as_typed(table, columns_)), context_("relsynth rows") {
    MemoryContext context = context_.get();
    scratch_ = call([=] { return AllocSetContextCreateInternal(context, "relsynth row", ALLOCSET_DEFAULT_SIZES); });
    desc_ = live_attributes(desc, context);
    verdicts_.set_sources(std::vector<std::vector<int>>(columns_.size()));
    datums_ = std::make_unique<Datums>(table_, desc_, verdicts_, context);
  }

  std::vector<core::Rejection> test(const core::Block &block, const std::vector<size_t> &changed) override {
    check_interrupts();
    take(block);
    std::vector<uint32_t> rows(changed.begin(), changed.end());
    if (changed.empty()) {
      datums_->begin(block_);
      verdicts_.begin(block.rows);
      for (uint32_t r = 0; r < block.rows; ++r) rows.push_back(r);
    }
    for (uint32_t r : rows) verdicts_[r] = Verdicts::passed;
    MemoryContext before = MemoryContextSwitchTo(context_.get());
    datums_->convert(block_, rows);
    auto step = [this](uint32_t row) {
      if (verdicts_[row] != Verdicts::passed) return static_cast<ErrorData *>(nullptr);
      MemoryContextReset(scratch_);
      MemoryContextSwitchTo(scratch_);
      return datums_->convert_row(row, scratch_, &current_);
    };
    if (datums_->has_second_step()) for_rows(rows, step, [this](uint32_t row, const ErrorData *, bool) { verdicts_[row] = current_; });
    MemoryContextSwitchTo(before);
    return rejections(rows);
  }

  size_t columns() const { return columns_.size(); }
  Datum *values(size_t row) { return datums_->values(row); }
  bool *nulls(size_t row) { return datums_->nulls(row); }

 private:
  // The block's columns in the type's order; NULLs where it has none.
  void take(const core::Block &block) {
    block_.table = block.table;
    block_.first = block.first;
    block_.rows = block.rows;
    block_.columns.clear();
    for (int c : columns_) {
      block_.columns.push_back(block.columns[c]);
      core::ValueColumn &values = block_.columns.back();
      if (values.size() == block.rows) continue;
      values = {};
      values.repr = core::Repr::Text;
      values.resize(block.rows);
      std::fill(values.nulls.begin(), values.nulls.end(), 1);
    }
  }

  std::vector<core::Rejection> rejections(const std::vector<uint32_t> &rows) {
    std::vector<core::Rejection> out;
    for (uint32_t row : rows) {
      if (verdicts_[row] == Verdicts::passed) continue;
      const Reason &reason = verdicts_.reason(verdicts_[row]);
      core::Rejection r{row, reason.constraint, {}};
      for (int c : reason.columns) r.columns.push_back(columns_[c]);
      out.push_back(std::move(r));
    }
    return out;
  }

  std::vector<int> columns_;  // of the table, per live attribute
  core::Table table_;
  OwnContext context_;
  MemoryContext scratch_;
  TupleDesc desc_;
  Verdicts verdicts_;
  std::unique_ptr<Datums> datums_;
  core::Block block_;
  int32_t current_ = 0;
};

class TypedSink final : public NoSink {
 public:
  TypedSink(FunctionCallInfo fcinfo, size_t most) : set_(reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)), left_(most) {
    for (int i = 0; i < set_->setDesc->natts; ++i)
      if (!TupleDescAttr(set_->setDesc, i)->attisdropped) place_.push_back(i);
  }

  void write(RowGate &gate, const core::Block &block) override {
    TypedGate &own = static_cast<TypedGate &>(gate);
    const size_t rows = std::min(left_, block.rows);
    const auto natts = static_cast<size_t>(set_->setDesc->natts);
    std::vector<Datum> values(natts, Datum(0));
    const std::unique_ptr<bool[]> nulls = std::make_unique<bool[]>(natts);
    std::fill_n(nulls.get(), natts, true);
    Datum *v = values.data();
    bool *n = nulls.get();
    call([&] {
      for (size_t r = 0; r < rows; ++r) {
        for (size_t i = 0; i < place_.size(); ++i) {
          v[place_[i]] = own.values(r)[i];
          n[place_[i]] = own.nulls(r)[i];
        }
        tuplestore_putvalues(set_->setResult, set_->setDesc, v, n);
      }
    });
    left_ -= rows;
  }

 private:
  ReturnSetInfo *set_;
  size_t left_;
  std::vector<int> place_;  // of the live attributes
};

}  // namespace

RowType row_type(FunctionCallInfo fcinfo, int argument) {
  struct Found {
    const char *schema, *name;
    TupleDesc desc;
  };
  const Found found = call([=] {
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, argument);
    Oid relation = OidIsValid(type) ? get_typ_typrelid(type) : InvalidOid;
    if (!OidIsValid(relation)) return Found{nullptr, nullptr, nullptr};
    return Found{get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation), lookup_rowtype_tupdesc_copy(type, -1)};
  });
  if (!found.name) throw core::Error("42804", "argument \"row_type\" must be of the row type of a table", "", "Write NULL::schema.table.");
  RowType out{found.schema, found.name, {}};
  for (int i = 0; i < found.desc->natts; ++i)
    if (!TupleDescAttr(found.desc, i)->attisdropped) out.columns.emplace_back(NameStr(TupleDescAttr(found.desc, i)->attname));
  return out;
}

TypedRows open_typed_rows(FunctionCallInfo fcinfo, const core::Table &table, const RowType &type, size_t most) {
  std::vector<int> columns;
  for (const std::string &name : type.columns) columns.push_back(table.column_index(name));
  TupleDesc desc = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)->setDesc;
  return {std::make_unique<TypedGate>(table, std::move(columns), desc), std::make_unique<TypedSink>(fcinfo, most)};
}

TypedRows open_no_rows() { return {std::make_unique<NoGate>(), std::make_unique<NoSink>()}; }

}  // namespace relsynth::pg
