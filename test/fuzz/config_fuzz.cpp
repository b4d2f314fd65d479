// usage: config_fuzz SECONDS SEED
//
// Puts together config documents out of pieces of valid ones, changes them byte by byte, and plans by what is accepted. A crash or a finding
// of a sanitizer ends the run; round N of a seed is always the same. With CMake: target config_fuzz.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <random>

#include "build_schema.h"
#include "core/config.h"
#include "core/graph.h"
#include "core/plan.h"

using relsynth::core::Config;
using relsynth::core::Problems;

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char *pieces[] = {"{",
                                  "}",
                                  "[",
                                  "]",
                                  ":",
                                  ",",
                                  "\"lookups\"",
                                  "\"keep\"",
                                  "\"learn\"",
                                  "\"outside\"",
                                  "\"error\"",
                                  "\"include\"",
                                  "\"exclude\"",
                                  "\"sample_rows\"",
                                  "\"rules\"",
                                  "\"privacy\"",
                                  "\"min_count\"",
                                  "\"tables\"",
                                  "\"orders\"",
                                  "\"s.orders\"",
                                  "\"rows\"",
                                  "\"scale\"",
                                  "\"driver\"",
                                  "\"order_by\"",
                                  "\"orders_customer_id_fkey\"",
                                  "\"amount\"",
                                  "\"relationships\"",
                                  "\"child\"",
                                  "\"parent\"",
                                  "\"orders(amount)\"",
                                  "\"customer(id)\"",
                                  "\"%\"",
                                  "\"cust_mer\\\\\"",
                                  "\"orders.amount\"",
                                  "true",
                                  "false",
                                  "null",
                                  "0",
                                  "1",
                                  "-1",
                                  "1e308",
                                  "1e999",
                                  "0.5",
                                  "2147483648",
                                  "18446744073709551616",
                                  "\"\"",
                                  "\"\\u0000\"",
                                  "\"\\ud800\"",
                                  "\"a(b\"",
                                  "\"\\\"quoted\\\"\""};

std::string whole(const char *const *from, size_t n, std::mt19937_64 &random) {
  std::string text = "{";
  for (size_t i = 0, keys = random() % 4; i < keys; ++i) {
    if (i > 0) text += ',';
    text += from[6 + random() % 20];
    text += ':';
    for (size_t k = 0, more = 1 + random() % 6; k < more; ++k) text += from[random() % n];
  }
  return text + "}";
}

constexpr const char *valid[] = {
    R"json({"exclude": ["audit_%"], "keep": ["customer"], "tables": {"orders": {"rows": 5000, "order_by": "amount"}}})json",
    R"json({"tables": {"s.orders": {"scale": 0.5, "driver": "orders_customer_id_fkey", "order_by": ["amount", "id"]}}})json",
    R"json({"lookups": "learn", "outside": "error", "include": ["%"], "sample_rows": 1000, "privacy": {"min_count": 3}})json",
    R"json({"rules": ["orders.amount"], "relationships": [{"child": "orders(amount)", "parent": "customer(id)"}]})json"};

std::string document(std::mt19937_64 &random) {
  std::string text = random() % 3 ? valid[random() % std::size(valid)] : whole(pieces, std::size(pieces), random);
  for (size_t n = random() % 4; n > 0 && !text.empty(); --n) {
    const size_t at = random() % text.size();
    switch (random() % 4) {
      case 0: text[at] = static_cast<char>(random()); break;
      case 1: text.erase(at, 1 + random() % 8); break;
      case 2: text.insert(at, pieces[random() % std::size(pieces)]); break;
      default: text.insert(at, std::string(random() % 300, "[{\"("[random() % 4]));
    }
  }
  return text;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: config_fuzz SECONDS SEED\n"), 2;
  relsynth::core::test::SchemaBuilder builder;
  builder.entity("customer", 100).column("segment");
  builder.entity("orders", 1000).column("amount").column("customer_id").references({"customer_id"}, "customer");
  const relsynth::core::Schema schema = builder.schema();
  const auto until = Clock::now() + std::chrono::seconds(std::atoi(argv[1]));
  uint64_t round = std::strtoull(argv[2], nullptr, 10), rounds = 0, accepted = 0;
  for (; Clock::now() < until; ++round, ++rounds) {
    alarm(20);
    std::mt19937_64 random(round);
    Problems problems;
    const Config config = relsynth::core::parse_config(document(random), problems);
    relsynth::core::check_config(config, schema, problems);
    relsynth::core::check_generation_config(config, problems);
    relsynth::core::Plan plan = relsynth::core::make_plan(schema, relsynth::core::build_graph(schema), config, {}, problems);
    accepted += problems.empty();
    relsynth::core::set_row_targets(plan, schema, config, 0.5, problems);
  }
  std::printf("%llu rounds, %llu documents accepted\n", static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(accepted));
  return accepted > 0 || rounds < 1000 ? 0 : 1;
}
