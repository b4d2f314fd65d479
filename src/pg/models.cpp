#include "pg/models.h"

#include "core/archive.h"
#include "core/model_store.h"
#include "core/structure.h"

#include "pg/guard.h"
#include "pg/scope.h"
#include "pg/spi.h"

namespace relsynth::pg {

namespace {

namespace sqlstate = core::sqlstate;

std::string in_quotes(const std::string &name) { return "\"" + name + "\""; }

std::string extension_version() { return to_string(query("SELECT extversion FROM pg_extension WHERE extname = 'relsynth'").at(0).at(0)); }

// Queries of the functions below: under the server's own names alone, seeing what this transaction has done.
class Access {
 public:
  Access() { settings_.set("search_path", "pg_catalog, pg_temp"); }

 private:
  Spi spi_;
  Settings settings_;
  OwnSnapshot now_;
};

struct Found {
  bool exists = false, own = false;
};

Found find(const std::string &name) {
  auto rows = query(
      "SELECT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = m.owner AND pg_has_role(r.oid, 'USAGE')) FROM relsynth.model m"
      " WHERE m.name = $1::name",
      {name});
  return rows.empty() ? Found{} : Found{true, is_true(rows[0][0])};
}

[[noreturn]] void raise_not_own(const std::string &name) {
  throw core::Error(sqlstate::insufficient_privilege, "must be owner of model " + in_quotes(name));
}

[[noreturn]] void raise_unknown(const std::string &name) {
  throw core::Error(sqlstate::undefined_object, "model " + in_quotes(name) + " does not exist", "", "The view relsynth.models lists them.");
}

// In memory of the caller's context.
bytea *to_bytea(const std::string &bytes) {
  if (bytes.size() > MaxAllocSize - VARHDRSZ)
    throw core::Error(sqlstate::program_limit_exceeded, "model is too large to be stored",
                      "It takes " + std::to_string(bytes.size()) + " bytes; a value has at most " + std::to_string(MaxAllocSize) + ".",
                      "Train on fewer tables, or use synthesize(), which stores nothing.");
  const char *data = bytes.data();
  const size_t size = bytes.size();
  return call([=] {
    auto *value = static_cast<bytea *>(palloc(size + VARHDRSZ));
    SET_VARSIZE(value, size + VARHDRSZ);
    memcpy(VARDATA(value), data, size);
    return value;
  });
}

// Every text of the model is one of this database: where they go, nobody looks at their bytes again.
void check_encoding(const core::Trained &trained) {
  const std::string here = database_encoding();
  if (trained.encoding != here)
    throw core::Error(sqlstate::feature_not_supported, "model was trained in a database of another encoding",
                      "Its texts are in " + trained.encoding + ", those of this database in " + here + ".",
                      "Import it into a database of the same encoding.");
  // Names and definitions are in it, what was learned of texts in UTF-8 (encoding.h).
  const int database = call([] { return GetDatabaseEncoding(); });
  auto check = [](const auto &part, int encoding) {
    core::visit_leaves(part, [encoding](const auto &leaf) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(leaf)>, std::string>) {
        const char *text = leaf.data();
        const int size = static_cast<int>(leaf.size());
        if (!call([=] { return pg_verify_mbstr(encoding, text, size, true); })) core::Reader::fail("a text is not in its encoding");
      }
    });
  };
  const int learned = database == PG_UTF8 ? PG_UTF8 : PG_SQL_ASCII;
  check(trained.definition, database);
  check(trained.schema, learned);
  check(trained.plan, learned);
  check(trained.model, learned);
}

std::string_view bytes_of(const bytea *data) { return {VARDATA_ANY(data), static_cast<size_t>(VARSIZE_ANY_EXHDR(data))}; }

core::Trained read(std::string_view bytes) {
  core::Trained trained = core::read_model(bytes);
  check_encoding(trained);
  return trained;
}

// The bytes of a model, where it is stored or was given.
bytea *stored(const std::string &name) {
  const char *text = name.c_str();
  bytea *value = call([=]() -> bytea * {
    Oid type = TEXTOID;
    Datum argument = CStringGetTextDatum(text);
    const char *sql = "SELECT data FROM relsynth.model WHERE name = $1::name";
    if (SPI_execute_with_args(sql, 1, &type, &argument, " ", true, 1) != SPI_OK_SELECT) elog(ERROR, "query failed");
    if (SPI_processed == 0) return nullptr;
    bool null;
    Datum data = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null);
    return null ? nullptr : DatumGetByteaP(data);
  });
  if (!value) raise_unknown(name);
  return value;
}

std::string source_of(const core::Trained &trained) {
  std::string out;
  for (const std::string &s : trained.schema.names) out += (out.empty() ? "" : ",") + quote_name(s);
  return out;
}

void insert(const std::string &name, const core::Trained &trained, bytea *data) {
  int64_t tables = 0, rows = 0;
  for (size_t t = 0; t < trained.schema.tables.size(); ++t) {
    if (trained.schema.tables[t].external) continue;
    ++tables;
    rows += trained.summaries[t].rows;
  }
  const std::string source = source_of(trained), version = extension_version();
  const char *texts[] = {name.c_str(), source.c_str(), version.c_str()};
  call([=, &texts] {
    Oid types[] = {TEXTOID, TEXTOID, TEXTOID, INT8OID, INT8OID, BYTEAOID};
    Datum values[] = {CStringGetTextDatum(texts[0]), CStringGetTextDatum(texts[1]), CStringGetTextDatum(texts[2]),
                      Int64GetDatum(tables),         Int64GetDatum(rows),           PointerGetDatum(data)};
    int code = SPI_execute_with_args(
        "INSERT INTO relsynth.model (name, source, version, tables, rows, data) VALUES ($1::name, $2, $3, $4::int, $5, $6)", 6, types,
        values, nullptr, false, 0);
    if (code != SPI_OK_INSERT) elog(ERROR, "model could not be stored: %s", SPI_result_code_string(code));
  });
}

void erase(const std::string &name) {
  if (execute("DELETE FROM relsynth.model WHERE name = " + quote_literal(name)) == 0) raise_unknown(name);
}

}  // namespace

std::string database_encoding() {
  return call([] { return GetDatabaseEncodingName(); });
}

namespace {

void check_free(const std::string &name, bool replace) {
  const Found there = find(name);
  if (!there.exists) return;
  if (!replace)
    throw core::Error(sqlstate::duplicate_object, "model " + in_quotes(name) + " already exists", "",
                      "Choose another name, or give replace => true.");
  if (!there.own) raise_not_own(name);
}

void put(const std::string &name, const core::Trained &trained, bytea *data, bool replace) {
  check_free(name, replace);
  if (replace && find(name).exists) erase(name);
  insert(name, trained, data);
}

}  // namespace

void check_new_model(const std::string &name, bool replace) {
  Access access;
  check_free(name, replace);
}

void store_model(const core::Trained &trained, bool replace) {
  Access access;
  put(trained.name, trained, to_bytea(core::write_model(trained, extension_version())), replace);
}

core::Trained load_model(const std::string &name) {
  Access access;
  return read(bytes_of(stored(name)));
}

void drop_model(const std::string &name) {
  Access access;
  const Found there = find(name);
  if (!there.exists) raise_unknown(name);
  if (!there.own) raise_not_own(name);
  erase(name);
}

bytea *export_model(const std::string &name, bool filters) {
  std::string bytes;
  {
    Access access;
    bytes = bytes_of(stored(name));
    if (!filters) {
      core::Trained trained = read(bytes);
      core::forget_known_texts(trained);
      bytes = core::write_model(trained, extension_version());
    }
  }
  return to_bytea(bytes);
}

std::string import_model(std::string_view bytes, const std::optional<std::string> &name, bool replace) {
  Access access;
  core::Trained trained = read(bytes);
  if (name) trained.name = *name;
  put(trained.name, trained, to_bytea(core::write_model(trained, extension_version())), replace);
  return trained.name;
}

void check_references(const core::Schema &schema, core::Problems &problems) {
  Access access;
  for (const core::Table &t : schema.tables) {
    if (!t.external) continue;
    const std::string name = quote_name(t.schema, t.name);
    if (query("SELECT to_regclass($1)", {name})[0][0]) continue;
    problems.push_back({sqlstate::undefined_table, "table " + name + " does not exist",
                        "Foreign keys of the model refer to it; it is outside the model's schemas.", "Create it with the rows it had."});
  }
}

}  // namespace relsynth::pg
