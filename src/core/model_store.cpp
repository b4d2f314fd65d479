#include "core/model_store.h"

#include <boost/crc.hpp>

#include "core/archive.h"
#include "core/model_check.h"
#include "core/structure.h"

namespace relsynth::core {

namespace {

constexpr std::string_view magic = "relsynth";
// Raised when stored fields come to mean something else while the structs look the same.
constexpr uint64_t meaning = 1;
constexpr uint64_t format = combine(meaning, fingerprint<Trained>());

// Before the trained model itself.
struct Head {
  std::string version;  // of the extension
  uint64_t format = 0, length = 0, checksum = 0;
};

uint64_t checksum_of(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

template <class T>
void forget(T &x) {
  constexpr Stored as = stored_as<T>;
  if constexpr (std::is_same_v<T, KnownTexts>)
    x.bits.clear();
  else if constexpr (as == Stored::Vector || as == Stored::Array)
    for (auto &item : x) forget(item);
  else if constexpr (as == Stored::Option) {
    using Item = std::remove_const_t<std::remove_reference_t<decltype(*x)>>;
    if (x) forget(const_cast<Item &>(*x));  // a model that was read shares nothing
  } else if constexpr (as == Stored::Struct)
    std::apply([](auto &...field) { (forget(field), ...); }, fields(x));
}

}  // namespace

void forget_known_texts(Trained &trained) { forget(trained.model); }

std::string write_model_body(const Trained &trained) {
  Writer body;
  body.put(trained);
  return body.bytes();
}

std::string write_model(const Trained &trained, const std::string &version) {
  const std::string body = write_model_body(trained);
  Writer head;
  head.put(Head{version, format, body.size(), checksum_of(body)});
  return std::string(magic) + head.bytes() + body;
}

Trained read_model(std::string_view bytes) {
  if (!bytes.starts_with(magic)) Reader::fail("it does not begin as a model does");
  Reader all(bytes.substr(magic.size()));
  Head head;
  all.get(head);
  for (char c : head.version)
    if (c < ' ' || c > '~' || head.version.size() > 40) Reader::fail("its version is none");
  if (head.format != format)
    throw Error(sqlstate::feature_not_supported, "model is of another version of relsynth",
                "It was made by version \"" + head.version + "\", whose models have another format.", "Train it again.");
  if (head.length != all.rest().size()) Reader::fail("its length is not the one that it had");
  if (head.checksum != checksum_of(all.rest())) Reader::fail("its checksum does not fit");
  return read_model_body(all.rest());
}

Trained read_model_body(std::string_view bytes) {
  Reader reader(bytes);
  Trained trained;
  reader.get(trained);
  if (!reader.rest().empty()) Reader::fail("it goes on after its end");
  check_model(trained);
  return trained;
}

}  // namespace relsynth::core
