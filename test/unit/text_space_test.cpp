#include "core/text_space.h"

#include <gtest/gtest.h>

#include <set>

#include "core/shapes.h"

namespace relsynth::core {
namespace {

TextShapes shapes_of(const std::vector<std::string> &texts) {
  std::vector<TextSample> samples;
  for (size_t i = 0; i < texts.size(); ++i) samples.push_back({texts[i], static_cast<uint32_t>(i)});
  return learn_shapes(samples, 2, max_codes);
}

TEST(TextSpace, CountsEveryTextOnce) {
  TextSpace space(shapes_of({"AB-1", "QX-7", "ZZ-0", "KD-4"}), 0);
  ASSERT_EQ(space.size(), 26u * 26 * 10);
  std::set<std::string> all;
  for (uint64_t i = 0; i < space.size(); ++i) {
    Code code = 0;
    std::string text = space.at(i, code);
    EXPECT_EQ(code, 1);
    EXPECT_EQ(text.size(), 4u);
    EXPECT_EQ(text[2], '-');
    all.insert(text);
  }
  EXPECT_EQ(all.size(), space.size());
}

TEST(TextSpace, KeepsToTheLength) { EXPECT_EQ(TextSpace(shapes_of({"AB", "QX", "ZZZ", "KDE"}), 2).size(), 26u * 26); }

TEST(TextSpace, GivesUpWhereTextsAreTooMany) {
  EXPECT_EQ(TextSpace(shapes_of({"ABCDEFGHIJ", "ZYXWVUTSRQ", "QWERTZUIOP"}), 0).size(), 0u);
  EXPECT_EQ(TextSpace(TextShapes{}, 0).size(), 0u);
}

}  // namespace
}  // namespace relsynth::core
