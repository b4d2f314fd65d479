#include "pg/datums.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "pg/encoding.h"

namespace relsynth::pg {

namespace {

using Kind = Conversion::Kind;
constexpr int64_t no_begin = std::numeric_limits<int64_t>::min(), no_end = std::numeric_limits<int64_t>::max();

const int64_t power_of_ten[] = {1,
                                10,
                                100,
                                1000,
                                10000,
                                100000,
                                1000000,
                                10000000,
                                100000000,
                                1000000000,
                                10000000000,
                                100000000000,
                                1000000000000,
                                10000000000000,
                                100000000000000,
                                1000000000000000,
                                10000000000000000,
                                100000000000000000,
                                1000000000000000000};

// Rounds microseconds to the places of timestamp(p) and time(p), half away from zero as the server does.
int64_t round_microseconds(int64_t value, int32_t places) {
  if (places < 0 || places >= MAX_TIMESTAMP_PRECISION) return value;
  int64_t unit = power_of_ten[MAX_TIMESTAMP_PRECISION - places];
  return value >= 0 ? (value + unit / 2) / unit * unit : -((-value + unit / 2) / unit * unit);
}

bool to_date(int64_t days, Datum *out) {
  if (days == no_begin || days == no_end) {
    *out = DateADTGetDatum(days == no_begin ? DATEVAL_NOBEGIN : DATEVAL_NOEND);
    return true;
  }
  if (days < DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE || days >= DATE_END_JULIAN - POSTGRES_EPOCH_JDATE) return false;
  *out = DateADTGetDatum(static_cast<DateADT>(days));
  return true;
}

bool to_time(int64_t value, int32_t typmod, Datum *out) {
  if (value < 0 || value > USECS_PER_DAY) return false;
  *out = TimeADTGetDatum(round_microseconds(value, typmod));
  return true;
}

bool to_timestamp(int64_t value, int32_t typmod, Datum *out) {
  if (value != no_begin && value != no_end) {
    if (!IS_VALID_TIMESTAMP(value)) return false;
    value = round_microseconds(value, typmod);
    if (!IS_VALID_TIMESTAMP(value)) return false;
  }
  *out = TimestampGetDatum(value);
  return true;
}

// An integer in one of the types that hold integers; false when it is out of the type's range.
bool to_integer(Kind kind, int64_t value, Datum *out) {
  switch (kind) {
    case Kind::Bool: *out = BoolGetDatum(value != 0); return value == 0 || value == 1;
    case Kind::Int2: *out = Int16GetDatum(static_cast<int16_t>(value)); return value >= PG_INT16_MIN && value <= PG_INT16_MAX;
    case Kind::Int4: *out = Int32GetDatum(static_cast<int32_t>(value)); return value >= PG_INT32_MIN && value <= PG_INT32_MAX;
    case Kind::Oid: *out = ObjectIdGetDatum(static_cast<Oid>(value)); return value >= 0 && value <= PG_UINT32_MAX;
    default: *out = Int64GetDatum(value); return true;
  }
}

// The number of the last places of `value` at `scale` as the column's typmod wants it, when that is exact and small enough to be quick.
bool scaled(double value, int decimals, int32_t typmod, int64_t *units, int *scale) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  int precision = 18;
  *scale = decimals;
  if (typmod >= static_cast<int32_t>(VARHDRSZ)) {
    precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
    *scale = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
  }
  if (decimals < 0 || decimals > 15 || *scale < 0 || *scale > 15) return false;
  int places = std::min(decimals, *scale);
  double shifted = value * static_cast<double>(power_of_ten[places]);
  if (!(std::fabs(shifted) < exact)) return false;
  *units = std::llround(shifted);
  int64_t more = power_of_ten[*scale - places];
  if (std::abs(*units) > std::numeric_limits<int64_t>::max() / more) return false;
  *units *= more;
  return std::abs(*units) < power_of_ten[std::min(precision, 18)];
}

// Guarded. Characters of a text in the server's encoding.
int characters(Bytes text) {
  int bytes = static_cast<int>(text.size);
  return pg_database_encoding_max_length() == 1 ? bytes : pg_mbstrlen_with_len(text.data, bytes);
}

// Guarded. A text, varchar or char value; false when it is too long or the server's encoding lacks its characters.
bool to_text(const Conversion &c, const std::string &value, Datum *out) {
  Bytes text;
  if (!from_utf8({value.data(), value.size()}, &text)) return false;
  int bytes = static_cast<int>(text.size);
  if (c.limit < 0 || (!c.padded && bytes <= c.limit)) {
    *out = PointerGetDatum(cstring_to_text_with_len(text.data, bytes));
    return true;
  }
  int count = characters(text);
  for (; count > c.limit && bytes > 0 && text.data[bytes - 1] == ' '; --bytes) --count;
  if (count > c.limit) return false;
  int blanks = c.padded ? c.limit - count : 0;
  struct varlena *result = static_cast<struct varlena *>(palloc(VARHDRSZ + bytes + blanks));
  SET_VARSIZE(result, VARHDRSZ + bytes + blanks);
  memcpy(VARDATA(result), text.data, bytes);
  memset(VARDATA(result) + bytes, ' ', blanks);
  *out = PointerGetDatum(result);
  return true;
}

Kind kind_of_int(Oid type) {
  switch (type) {
    case BOOLOID: return Kind::Bool;
    case INT2OID: return Kind::Int2;
    case INT4OID: return Kind::Int4;
    case OIDOID: return Kind::Oid;
    case DATEOID: return Kind::Date;
    case TIMEOID: return Kind::Time;
    case TIMESTAMPOID:
    case TIMESTAMPTZOID: return Kind::Timestamp;
    case INT8OID:
    case MONEYOID: return Kind::Int8;
    default: return Kind::Input;
  }
}

Kind kind_of_float(Oid type) {
  switch (type) {
    case FLOAT4OID: return Kind::Float4;
    case FLOAT8OID: return Kind::Float8;
    case NUMERICOID: return Kind::Numeric;
    default: return Kind::Input;
  }
}

Kind kind_of_text(Oid type, bool is_enum) {
  if (type == TEXTOID || type == VARCHAROID || type == BPCHAROID) return Kind::Text;
  return is_enum ? Kind::Enum : Kind::Input;
}

}  // namespace

int Verdicts::add(std::string constraint, const std::vector<int> &columns) {
  Reason reason{std::move(constraint), {}};
  for (int c : columns) {
    if (static_cast<size_t>(c) < sources_.size() && !sources_[c].empty())
      reason.columns.insert(reason.columns.end(), sources_[c].begin(), sources_[c].end());
    else
      reason.columns.push_back(c);
  }
  std::sort(reason.columns.begin(), reason.columns.end());
  reason.columns.erase(std::unique(reason.columns.begin(), reason.columns.end()), reason.columns.end());
  for (size_t i = 0; i < reasons_.size(); ++i)
    if (reasons_[i].constraint == reason.constraint && reasons_[i].columns == reason.columns) return static_cast<int>(i);
  reasons_.push_back(std::move(reason));
  return static_cast<int>(reasons_.size()) - 1;
}

Datums::Datums(const core::Table &table, TupleDesc desc, Verdicts &verdicts, MemoryContext context)
    : table_(&table), desc_(desc), verdicts_(&verdicts), context_(context), columns_(desc->natts) {
  memory_ = call([=] { return AllocSetContextCreateInternal(context, "relsynth block", ALLOCSET_DEFAULT_SIZES); });
  conversions_.resize(columns_);
  labels_.resize(columns_);
  for (int i = 0; i < columns_; ++i) {
    Form_pg_attribute attribute = TupleDescAttr(desc, i);
    Conversion &c = conversions_[i];
    c.by_value = attribute->attbyval;
    c.length = attribute->attlen;
    c.typmod = attribute->atttypmod;
    Conversion *p = &c;
    c.base = call([=] { return getBaseTypeAndTypmod(attribute->atttypid, &p->typmod); });
    if (c.base != attribute->atttypid) c.domain = attribute->atttypid;
    c.padded = c.base == BPCHAROID;
    if (c.padded || c.base == VARCHAROID) c.limit = c.typmod >= static_cast<int32_t>(VARHDRSZ) ? c.typmod - VARHDRSZ : -1;
    c.padded = c.padded && c.limit >= 0;
    const char *name = call([=] { return static_cast<const char *>(format_type_with_typemod(attribute->atttypid, attribute->atttypmod)); });
    c.reason = verdicts.add(std::string("type ") + name, {i});
    prepare_input(&c);
    load_enum(i);
  }
}

void Datums::prepare_input(Conversion *conversion) {
  call([=, this] {
    Oid function;
    getTypeInputInfo(conversion->base, &function, &conversion->io_parameter);
    fmgr_info_cxt(function, &conversion->input, context_);
  });
}

void Datums::load_enum(int column) {
  struct Labels {
    int count = 0;
    char **names = nullptr;
    Oid *oids = nullptr;
  };
  Oid type = conversions_[column].base;
  Labels labels = call([=] {
    Labels found;
    if (get_typtype(type) != TYPTYPE_ENUM) return found;
    CatCList *list = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
    found.names = static_cast<char **>(palloc(sizeof(char *) * (list->n_members + 1)));
    found.oids = static_cast<Oid *>(palloc(sizeof(Oid) * (list->n_members + 1)));
    for (int i = 0; i < list->n_members; ++i) {
      Form_pg_enum label = reinterpret_cast<Form_pg_enum>(GETSTRUCT(&list->members[i]->tuple));
      found.names[found.count] = pstrdup(NameStr(label->enumlabel));
      found.oids[found.count++] = label->oid;
    }
    ReleaseCatCacheList(list);
    return found;
  });
  for (int i = 0; i < labels.count; ++i) labels_[column].emplace(utf8_of(labels.names[i]), ObjectIdGetDatum(labels.oids[i]));
}

Conversion::Kind Datums::kind_of(const core::ValueColumn &values, int column) const {
  const Conversion &c = conversions_[column];
  if (TupleDescAttr(desc_, column)->attgenerated) return Kind::Generated;
  if (values.size() != block_->rows)
    throw core::Error(core::sqlstate::internal_error, "column \"" + table_->columns[column].name + "\" of \"" + table_->qualified() +
                                                          "\" has " + std::to_string(values.size()) + " values for " +
                                                          std::to_string(block_->rows) + " rows");
  const bool text = kind_of_text(c.base, false) == Kind::Text;
  if (table_->columns[column].form.any() && values.repr != core::Repr::Text && text) return Kind::Formed;
  if (values.repr == core::Repr::Text) return kind_of_text(c.base, !labels_[column].empty());
  Kind kind = values.repr == core::Repr::Int ? kind_of_int(c.base) : kind_of_float(c.base);
  if (kind != Kind::Input) return kind;
  std::string type = verdicts_->reason(c.reason).constraint;
  throw core::Error("42804", "column \"" + table_->columns[column].name + "\" of \"" + table_->qualified() +
                                 "\" holds numbers in the source, but has " + type + " in the target");
}

void Datums::set_kinds(const core::Block &block) {
  block_ = &block;
  if (block.columns.size() != static_cast<size_t>(columns_))
    throw core::Error(core::sqlstate::internal_error, "table \"" + table_->qualified() + "\" has " + std::to_string(columns_) +
                                                          " columns in the target, but rows of " + std::to_string(block.columns.size()));
  in_step_.clear();
  for (int i = 0; i < columns_; ++i) {
    conversions_[i].kind = kind_of(block.columns[i], i);
    if (conversions_[i].kind != Kind::Generated && conversions_[i].in_step()) in_step_.push_back(i);
  }
}

void Datums::begin(const core::Block &block) {
  MemoryContextReset(memory_);
  size_t cells = block.rows * columns_;
  values_.assign(cells, Datum(0));
  if (cells > capacity_) nulls_ = std::make_unique<bool[]>(capacity_ = cells);
  std::fill_n(nulls_.get(), cells, true);
}

void Datums::convert(const core::Block &block, const std::vector<uint32_t> &rows) {
  set_kinds(block);
  for (int i = 0; i < columns_; ++i)
    if (conversions_[i].kind != Kind::Generated) convert_column(i, rows);
}

// Guarded. f(row, &datum) converts a value that is not NULL, or returns false.
template <class F>
void Datums::each(int column, const std::vector<uint32_t> &rows, F f) {
  const uint8_t *is_null = block_->columns[column].nulls.data();
  int reason = conversions_[column].reason;
  for (uint32_t row : rows) {
    Datum *out = values(row) + column;
    nulls(row)[column] = is_null[row] != 0;
    *out = 0;
    if (is_null[row] || f(row, out)) continue;
    if ((*verdicts_)[row] == Verdicts::passed) (*verdicts_)[row] = reason;
    *out = 0;
    nulls(row)[column] = true;
  }
}

void Datums::convert_column(int column, const std::vector<uint32_t> &rows) {
  const core::ValueColumn &source = block_->columns[column];
  const Conversion &c = conversions_[column];
  const int64_t *ints = source.ints.data();
  MemoryContext before = MemoryContextSwitchTo(memory_);
  call([&] {
    switch (c.kind) {
      case Kind::Date: each(column, rows, [=](size_t r, Datum *out) { return to_date(ints[r], out); }); break;
      case Kind::Time: each(column, rows, [=, &c](size_t r, Datum *out) { return to_time(ints[r], c.typmod, out); }); break;
      case Kind::Timestamp: each(column, rows, [=, &c](size_t r, Datum *out) { return to_timestamp(ints[r], c.typmod, out); }); break;
      case Kind::Float4:
      case Kind::Float8: convert_floats(column, rows); break;
      case Kind::Formed: convert_formed(column, rows); break;
      case Kind::Text:
      case Kind::Enum: convert_texts(column, rows); break;
      case Kind::Numeric:
      case Kind::Input: each(column, rows, [](size_t, Datum *) { return true; }); break;
      default: each(column, rows, [=, &c](size_t r, Datum *out) { return to_integer(c.kind, ints[r], out); });
    }
  });
  MemoryContextSwitchTo(before);
}

void Datums::convert_floats(int column, const std::vector<uint32_t> &rows) {
  const double *floats = block_->columns[column].floats.data();
  if (conversions_[column].kind == Kind::Float8)
    each(column, rows, [=](size_t r, Datum *out) {
      *out = Float8GetDatum(floats[r]);
      return true;
    });
  else
    each(column, rows, [=](size_t r, Datum *out) {
      float value = static_cast<float>(floats[r]);
      *out = Float4GetDatum(value);
      return std::isinf(value) == std::isinf(floats[r]);
    });
}

void Datums::convert_texts(int column, const std::vector<uint32_t> &rows) {
  const std::string *texts = block_->columns[column].texts.data();
  const Conversion &c = conversions_[column];
  if (c.kind == Kind::Text)
    each(column, rows, [=, &c](size_t r, Datum *out) { return to_text(c, texts[r], out); });
  else
    each(column, rows, [=, &labels = labels_[column]](size_t r, Datum *out) {
      auto label = labels.find(texts[r]);
      if (label == labels.end()) return false;
      *out = label->second;
      return true;
    });
}

// Dates, times and numbers that a text column holds.
void Datums::convert_formed(int column, const std::vector<uint32_t> &rows) {
  const core::ValueColumn &values = block_->columns[column];
  const core::TextForm &form = table_->columns[column].form;
  const Conversion &c = conversions_[column];
  std::string text;
  each(column, rows, [&](size_t r, Datum *out) {
    const bool written =
        values.repr == core::Repr::Int ? core::render_time(form, values.ints[r], text) : core::render_number(form, values.floats[r], text);
    return written && to_text(c, text, out);
  });
}

void Datums::store(size_t row, int column, Datum value, bool null) {
  nulls(row)[column] = null;
  if (null) {
    values(row)[column] = 0;
    return;
  }
  MemoryContext before = MemoryContextSwitchTo(memory_);
  values(row)[column] = datumCopy(value, conversions_[column].by_value, conversions_[column].length);
  MemoryContextSwitchTo(before);
}

// Guarded. The type's input function; a soft error, where the server has them, comes back as a value.
ErrorData *Datums::call_input(Conversion *conversion, char *text, Datum *value) {
#if PG_VERSION_NUM >= 160000
  ErrorSaveContext context;
  memset(&context, 0, sizeof context);
  context.type = T_ErrorSaveContext;
  context.details_wanted = true;
  if (!InputFunctionCallSafe(&conversion->input, text, conversion->io_parameter, conversion->typmod, reinterpret_cast<Node *>(&context),
                             value))
    return context.error_data;
#else
  *value = InputFunctionCall(&conversion->input, text, conversion->io_parameter, conversion->typmod);
#endif
  return nullptr;
}

ErrorData *Datums::input_value(size_t row, int column, MemoryContext scratch) {
  const std::string &source = block_->columns[column].texts[row];
  Bytes text;
  MemoryContext before = MemoryContextSwitchTo(scratch);
  if (!from_utf8({source.c_str(), source.size()}, &text)) {
    MemoryContextSwitchTo(before);
    (*verdicts_)[row] = conversions_[column].reason;
    return nullptr;
  }
  Datum value = 0;
  ErrorData *error = call_input(&conversions_[column], const_cast<char *>(text.data), &value);
  MemoryContextSwitchTo(before);
  if (!error) store(row, column, value, false);
  return error;
}

ErrorData *Datums::numeric_value(size_t row, int column, MemoryContext scratch) {
  Conversion *c = &conversions_[column];
  const core::ValueColumn &source = block_->columns[column];
  int64_t units;
  int scale;
  bool trim = source.padded >= 0 && c->typmod < static_cast<int32_t>(VARHDRSZ);
  if (scaled(source.floats[row], source.decimals, c->typmod, &units, &scale)) {
    for (; trim && scale > source.padded && units % 10 == 0; units /= 10) --scale;
    MemoryContext before = MemoryContextSwitchTo(memory_);
    values(row)[column] = NumericGetDatum(int64_div_fast_to_numeric(units, scale));
    MemoryContextSwitchTo(before);
    return nullptr;
  }
  char text[400] = {};  // 309 digits, sign, point and 15 decimals at most
  // More decimals than a double carries would print noise: then as many digits as tell it from its neighbours.
  if (!std::isfinite(source.floats[row]))
    std::snprintf(text, sizeof text, "%s", std::isnan(source.floats[row]) ? "NaN" : source.floats[row] > 0 ? "Infinity" : "-Infinity");
  else if (source.decimals <= 15)
    std::snprintf(text, sizeof text, "%.*f", std::max(source.decimals, 0), source.floats[row]);
  else
    std::to_chars(text, text + sizeof text - 1, source.floats[row], std::chars_format::scientific);
  MemoryContext before = MemoryContextSwitchTo(scratch);
  Datum value = 0;
  ErrorData *error = call_input(c, text, &value);
  MemoryContextSwitchTo(before);
  if (!error) store(row, column, value, false);
  return error;
}

ErrorData *Datums::convert_row(size_t row, MemoryContext scratch, int32_t *current) {
  for (int column : in_step_) {
    Conversion *c = &conversions_[column];
    *current = c->reason;
    ErrorData *error = nullptr;
    if (!nulls(row)[column] && c->kind == Kind::Numeric) error = numeric_value(row, column, scratch);
    if (!nulls(row)[column] && c->kind == Kind::Input) error = input_value(row, column, scratch);
    if (error) return error;
    if ((*verdicts_)[row] != Verdicts::passed) return nullptr;
    if (c->domain != InvalidOid) domain_check(values(row)[column], nulls(row)[column], c->domain, &c->domain_extra, context_);
  }
  return nullptr;
}

}  // namespace relsynth::pg
