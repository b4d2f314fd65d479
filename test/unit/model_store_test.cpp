#include "core/model_store.h"

#include <gtest/gtest.h>

#include "model_mutation.h"
#include "planted_source.h"

namespace relsynth::core::test {
namespace {

// Persons in a tree, with visits that have a price, a day, a note and one of a few kinds (a reference table).
Trained train_clinic() {
  PlantedSource source;
  source.table("kind", 4).texts("label",
                                [](size_t r) { return std::optional<std::string>(std::string(1, static_cast<char>('k' + r)) + "ind"); });
  source.table("person", 300);
  source.texts("email", [](size_t r) { return std::optional<std::string>(word(r, 1) + "@" + word(r, 2) + ".example"); });
  source.texts("city", [](size_t r) { return std::optional<std::string>(r % 3 ? "Oslo" : "Bergen"); });
  source.refers("boss", "person", [](size_t r) { return r < 30 ? -1 : static_cast<int32_t>(r / 10); });
  source.table("visit", 1500);
  source.refers("person", "person", [](size_t r) { return static_cast<int32_t>(r / 5); });
  source.refers("kind", "kind", [](size_t r) { return static_cast<int32_t>(chance(r, 3, 4)); });
  source.numbers("price", 2,
                 [](size_t r) { return r % 11 ? std::optional<double>(static_cast<double>(chance(r, 4, 90000)) / 100) : std::nullopt; });
  source.dates("day", [](size_t r) { return std::optional<int64_t>(8000 + static_cast<int64_t>(r % 5) * 30 + chance(r, 5, 20)); });
  source.dates("paid", [](size_t r) {
    return std::optional<int64_t>(8000 + static_cast<int64_t>(r % 5) * 30 + chance(r, 5, 20) + chance(r, 6, 9));
  });
  source.texts("note", [](size_t r) {
    return std::optional<std::string>("seen by " + word(static_cast<uint64_t>(chance(r, 7, 12)), 8) + ", " + word(r, 9));
  });
  source.data.tables[0].verbatim = {{"1", "2", "3", "4"}, {"kind", "lind", "mind", "nind"}};
  Database db = source.learn();
  Trained trained;
  trained.name = "clinic";
  trained.encoding = "UTF8";
  trained.schema = db.schema;
  trained.plan = db.plan;
  trained.model = db.model;
  trained.definition.sources = db.schema.names;
  for (const Table &t : db.schema.tables) {
    trained.summaries.push_back({static_cast<int64_t>(t.estimated_rows), ""});
    trained.definition.homes[{t.schema, t.name}] = db.schema.names[0];
    trained.definition.relations.push_back({t.schema, t.name});
    for (const Column &c : t.columns) trained.definition.columns[{t.schema, t.name}].push_back(c.name + " int");
  }
  trained.definition.indexes.push_back({{"public", "person_pkey"}, db.schema.names[0]});
  trained.definition.sealing.push_back(
      {"ALTER TABLE public.person ADD CONSTRAINT  PRIMARY KEY (id)", Statement::Kind::Plain, {"public", "person_pkey"}, 40});
  return trained;
}

const Trained &clinic() {
  static const Trained trained = train_clinic();
  return trained;
}

Database drawn(const Trained &trained) {
  Database db;
  db.schema = trained.schema;
  db.plan = trained.plan;
  db.model = trained.model;
  db.options.seed = 7;
  draw_all(db);
  return db;
}

std::string state_of(const std::function<void()> &f) {
  try {
    f();
  } catch (const Error &e) {
    return e.state;
  }
  return "";
}

TEST(ModelStore, GivesBackWhatItWasGiven) {
  const std::string bytes = write_model(clinic(), "1.2.3");
  const Trained again = read_model(bytes);
  EXPECT_EQ(write_model(again, "1.2.3"), bytes);
  EXPECT_EQ(again.name, "clinic");
  EXPECT_EQ(again.definition.sealing[0].index.second, "person_pkey");
  const Database before = drawn(clinic()), after = drawn(again);
  EXPECT_GT(before.tables[2].rows, 1000u);
  EXPECT_TRUE(same_rows(before, after));
}

TEST(ModelStore, HoldsNoTextOfOneRow) {
  const std::string bytes = write_model(clinic(), "1");
  EXPECT_NE(bytes.find("Bergen"), std::string::npos);
  for (size_t r = 0; r < 300; ++r) {
    EXPECT_EQ(bytes.find(word(r, 1)), std::string::npos) << r;
    EXPECT_EQ(bytes.find(word(r, 9)), std::string::npos) << r;
  }
}

TEST(ModelStore, TellsAnotherVersionFromDamage) {
  const std::string bytes = write_model(clinic(), "1.2.3");
  EXPECT_EQ(state_of([] { read_model(""); }), "22P03");
  EXPECT_EQ(state_of([] { read_model("relsynth"); }), "22P03");
  std::string other = bytes;
  other[8 + 1 + 5] ^= 1;  // of the fingerprint, behind magic and version
  EXPECT_EQ(state_of([&] { read_model(other); }), "0A000");
  EXPECT_EQ(state_of([&] { read_model(bytes + "x"); }), "22P03");
  for (size_t n = 1; n < bytes.size(); n = n * 3 / 2 + 1) EXPECT_EQ(state_of([&] { read_model(bytes.substr(0, n)); }), "22P03") << n;
  for (size_t at = 50; at < bytes.size(); at = at * 2 + 1) {
    std::string changed = bytes;
    changed[at] ^= 4;
    EXPECT_EQ(state_of([&] { read_model(changed); }), "22P03") << at;
  }
}

// Without the checksum to help: cut off or changed anywhere, the fields are an error or a model that can be drawn from.
TEST(ModelStore, TakesNoBytesForGranted) {
  const std::string body = write_model_body(clinic());
  for (size_t n = 0; n < body.size(); n += 1 + body.size() / 400)
    EXPECT_EQ(state_of([&] { read_model_body(body.substr(0, n)); }), "22P03") << n;
  std::mt19937_64 random(3);
  for (int i = 0; i < 60; ++i) {
    std::string changed = body;
    changed[random() % body.size()] = static_cast<char>(random());
    try {
      draw_some(read_model_body(changed), {});
    } catch (const Error &e) {
      EXPECT_EQ(e.state, "22P03");
    }
  }
}

TEST(ModelStore, DrawsFromWhateverItTakes) {
  const std::string body = write_model_body(clinic());
  ASSERT_TRUE(draw_some(read_model_body(body), {}));
  int taken = 0, refused = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    Trained changed = read_model_body(body);
    Mutator(seed).mutate(changed);
    try {
      changed = read_model_body(write_model_body(changed));
    } catch (const Error &e) {
      EXPECT_EQ(e.state, "22P03");
      ++refused;
      continue;
    }
    ++taken;
    int polls = 0;
    draw_some(std::move(changed), [&] {
      if (++polls > 200000) throw Enough();
    });
  }
  EXPECT_GT(taken, 30);
  EXPECT_GT(refused, 15);
}

TEST(ModelStore, ChecksWhatIsUsedAsAnIndex) {
  const std::string body = write_model_body(clinic());
  auto refused = [&](const std::function<void(Trained &)> &change) {
    Trained changed = read_model_body(body);
    change(changed);
    return state_of([&] { read_model_body(write_model_body(changed)); }) == "22P03";
  };
  EXPECT_FALSE(refused([](Trained &) {}));
  EXPECT_TRUE(refused([](Trained &t) { t.schema.foreign_keys[0].parent = 99; }));
  EXPECT_TRUE(refused([](Trained &t) { t.schema.tables[1].keys[0].columns[0] = 77; }));
  EXPECT_TRUE(refused([](Trained &t) { std::swap(t.plan.order[0], t.plan.order.back()); }));
  EXPECT_TRUE(refused([](Trained &t) { t.plan.tables[2].driver = 5; }));
  EXPECT_TRUE(refused([](Trained &t) { t.plan.tables.pop_back(); }));
  EXPECT_TRUE(refused([](Trained &t) { t.model.tables[2].codecs.pop_back(); }));
  EXPECT_TRUE(refused([](Trained &t) { t.definition.sealing[0].at = 1000; }));
  auto step = [](Trained &t) -> ColumnModel & {
    for (ColumnModel &s : t.model.tables[2].columns)
      if (!s.features.empty() && !s.conditional.tree.nodes.empty() && s.conditional.tree.nodes[0].feature >= 0) return s;
    throw Error("", "no tree");
  };
  EXPECT_TRUE(refused([&](Trained &t) { step(t).conditional.tree.nodes[0].left = 0; }));
  EXPECT_TRUE(refused([&](Trained &t) { step(t).conditional.tree.nodes[0].feature = 1000; }));
  EXPECT_TRUE(refused([&](Trained &t) { step(t).conditional.cell_begin.back() += 1; }));
  EXPECT_TRUE(refused([&](Trained &t) { step(t).conditional.probabilities[0] = NAN; }));
  EXPECT_TRUE(refused([&](Trained &t) { step(t).features[0] = {FeatureRef::Kind::Parent, 9, 0}; }));
}

}  // namespace
}  // namespace relsynth::core::test
