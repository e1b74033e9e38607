#include "classroom/reactions/reactions.h"

#include <gtest/gtest.h>

namespace lectern::classroom {
namespace {

using Json = nlohmann::json;

TEST(Reactions, P120AreCountedByKindOverASecond) {
  Reactions reactions;
  EXPECT_FALSE(reactions.tick());
  for (const char* kind : {"clap", "clap", "wow"}) {
    const auto read = Reactions::read(Json{{"type", "reaction"}, {"kind", kind}});
    ASSERT_TRUE(read) << kind;
    reactions.apply(*read);
  }
  EXPECT_TRUE(reactions.needs_ticks());
  const auto telling = reactions.tick();
  ASSERT_TRUE(telling);
  EXPECT_EQ(telling->audience, Audience::kEverybody);
  EXPECT_EQ(telling->message, (Json{{"type", "reactions"}, {"counts", {{"clap", 2}, {"wow", 1}}}}));
  EXPECT_FALSE(reactions.needs_ticks());
  EXPECT_FALSE(reactions.tick());
}

TEST(Reactions, P120OtherKindsAreRefusedWithASentence) {
  for (const Json& message : {Json{{"type", "reaction"}}, Json{{"kind", "boo"}}, Json{{"kind", 1}},
                              Json{{"kind", nullptr}}, Json{{"kind", "Clap"}}}) {
    const auto read = Reactions::read(message);
    ASSERT_FALSE(read) << message;
    EXPECT_STREQ(read.error(), "The kind of a reaction is clap, heart, laugh, thumb or wow.");
  }
}

}  // namespace
}  // namespace lectern::classroom
