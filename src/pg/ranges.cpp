#include "pg/ranges.h"

#include <limits>

#include "pg/row_batch.h"

namespace relsynth::pg {

namespace {

constexpr int64_t first = std::numeric_limits<int64_t>::min(), last = std::numeric_limits<int64_t>::max();

int64_t to_number(Oid type, Datum value) {
  switch (type) {
    case INT4OID: return DatumGetInt32(value);
    case DATEOID: {
      DateADT date = DatumGetDateADT(value);
      return DATE_IS_NOBEGIN(date) ? first : DATE_IS_NOEND(date) ? last : date;
    }
    default: return DatumGetInt64(value);
  }
}

// Guarded. Moves a bound; an infinite one stays.
void move(Oid type, RangeBound *bound, int64_t shift) {
  if (bound->infinite) return;
  int64_t number = to_number(type, bound->val), moved;
  if (number == first || number == last) return;
  if (__builtin_add_overflow(number, shift, &moved) ||
      ((type == INT4OID || type == DATEOID) && (moved < PG_INT32_MIN || moved > PG_INT32_MAX)))
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("range bound out of range")));
  bound->val = type == INT4OID || type == DATEOID ? Int32GetDatum(static_cast<int32>(moved)) : Int64GetDatum(moved);
}

}  // namespace

bool has_steps(const TypeCacheEntry *range) {
  if (!range->rngelemtype) return false;
  switch (range->rngelemtype->type_id) {
    case INT4OID:
    case INT8OID:
    case DATEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID: return true;
    default: return false;
  }
}

bool to_interval(const TypeCacheEntry *range, Datum value, int64_t *low, int64_t *high) {
  RangeBound lower, upper;
  bool empty;
  range_deserialize(const_cast<TypeCacheEntry *>(range), DatumGetRangeTypeP(value), &lower, &upper, &empty);
  if (empty) return false;
  Oid element = range->rngelemtype->type_id;
  *low = lower.infinite ? first : to_number(element, lower.val);
  *high = upper.infinite ? last : to_number(element, upper.val);
  if (!lower.inclusive && *low != first && *low != last) ++*low;
  if (upper.inclusive && *high != first && *high != last) ++*high;
  return *low < *high;
}

bool shifted_range(Oid type, Datum value, int64_t shift, std::string *text) {
  struct Shift {
    Oid type;
    Datum value;
    int64_t shift;
    char *text;
  } s{type, value, shift, nullptr};
  ErrorData *error = in_subtransaction(
      [](void *p) {
        Shift *s = static_cast<Shift *>(p);
        TypeCacheEntry *range = lookup_type_cache(getBaseType(s->type), TYPECACHE_RANGE_INFO);
        RangeBound lower, upper;
        bool empty, is_varlena;
        range_deserialize(range, DatumGetRangeTypeP(s->value), &lower, &upper, &empty);
        move(range->rngelemtype->type_id, &lower, s->shift);
        move(range->rngelemtype->type_id, &upper, s->shift);
        RangeType *moved = make_range_hard(range, &lower, &upper, empty);
        Oid output;
        getTypeOutputInfo(s->type, &output, &is_varlena);
        s->text = OidOutputFunctionCall(output, RangeTypePGetDatum(moved));
      },
      &s);
  if (!error) {
    *text = s.text;
    call([&s] { pfree(s.text); });
    return true;
  }
  if (!is_refusal(error)) throw Error(error);
  drop(error);
  return false;
}

}  // namespace relsynth::pg
