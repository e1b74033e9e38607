// Rule P120: reactions on their way through the whole of signaling.
#include "tests/unit/signaling/strict_school.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lectern::signaling {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

std::string reaction(const char* kind) {
  return json{{"type", "reaction"}, {"kind", kind}}.dump();
}

TEST(ClassReactions, P120EverybodyHearsTheCountsOfEachSecond) {
  School school;
  const ConnectionId ani = school.hello("demo", "student");
  const ConnectionId budi = school.hello("demo", "student");
  const ConnectionId teacher = school.hello("demo", "teacher");
  const ConnectionId elsewhere = school.hello("other", "teacher");
  school.say(ani, reaction("clap"));
  school.say(budi, reaction("clap"));
  school.say(teacher, reaction("heart"));
  EXPECT_THAT(school.heard(ani, "reactions"), IsEmpty());
  school.advance(Duration::seconds(1));
  for (const ConnectionId page : {ani, budi, teacher}) {
    ASSERT_THAT(school.heard(page, "reactions"), SizeIs(1));
    EXPECT_EQ(school.heard(page, "reactions")[0].at("counts"), (json{{"clap", 2}, {"heart", 1}}));
  }
  EXPECT_THAT(school.heard(elsewhere, "reactions"), IsEmpty());
  school.advance(Duration::seconds(5));
  EXPECT_THAT(school.heard(ani, "reactions"), SizeIs(1)) << "nothing is said while nobody reacts";
}

TEST(ClassReactions, P120OthersThanTheFiveAreAnsweredByOneSentence) {
  School school;
  const ConnectionId page = school.hello("demo", "student");
  school.say(page, reaction("boo"));
  ASSERT_THAT(school.heard(page, "error"), SizeIs(1));
  EXPECT_EQ(school.heard(page, "error")[0].at("code"), "bad-message");
  school.advance(Duration::seconds(1));
  EXPECT_THAT(school.heard(page, "reactions"), IsEmpty());
}

TEST(ClassReactions, P120TheRateIsThePersonsOverAllTheirPages) {
  StrictSchool s;
  const StrictSchool::Person eager{.subject = "eager"};
  const ConnectionId one = s.hello(eager, "physics", "student");
  const ConnectionId two = s.hello(eager, "physics", "student");
  const ConnectionId other = s.hello({.subject = "other"}, "physics", "student");
  for (int i = 0; i < 4; ++i) {
    s.school.say(one, reaction("clap"));
    s.school.say(two, reaction("clap"));
  }
  s.school.say(other, reaction("wow"));
  EXPECT_THAT(s.school.heard(two, "error"), SizeIs(1));
  s.school.advance(Duration::seconds(1));
  ASSERT_THAT(s.school.heard(other, "reactions"), SizeIs(1));
  EXPECT_EQ(s.school.heard(other, "reactions")[0].at("counts"), (json{{"clap", 6}, {"wow", 1}}));
  EXPECT_FALSE(s.school.close_code(one));
}

}  // namespace
}  // namespace lectern::signaling
