// The legs between workers that follow from who watches what where.
#include "tests/unit/signaling/lesson.h"
#include "tests/unit/signaling/school.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

namespace lectern::signaling {
namespace {

void end_viewers(School& school, control::WorkerNumber number) {
  for (const auto& [id, entry] : std::map(school.worker(number).sessions))
    if (entry.role == control::Role::kView)
      school.ask(school.request("DELETE", "/whep/demo/" + SessionName{number, id}.to_string()));
}

TEST(Legs, ALegIsOpenedForTheFirstViewerOnAnotherWorkerOnly) {
  School school;
  const Lesson lesson(school, 3);
  EXPECT_EQ(orders<control::OpenLeg>(school.worker(0)), 2U);
  EXPECT_EQ(orders<control::AcceptLeg>(school.worker(0)), 0U);
  for (const control::WorkerNumber edge : {1U, 2U}) {
    EXPECT_EQ(orders<control::AcceptLeg>(school.worker(edge)), 1U);
    EXPECT_TRUE(school.is_fed("demo", edge, 0));
  }
  EXPECT_EQ(school.signaling().census().legs, 2U);
}

TEST(Legs, ALegIsOrderedWithTheRequestNotAfterItsAnswer) {
  School school;
  school.start_worker(0);
  school.teach("demo");
  school.start_worker(1, true);  // mute: it never answers
  school.send(school.offer("/whep/demo"));
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
}

TEST(Legs, ALegEndsTenSecondsAfterItsLastViewer) {
  School school;
  const Lesson lesson(school, 2);
  end_viewers(school, 1);
  school.advance(Duration::seconds(9));
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
  const SessionName back = school.join("demo");  // a reload keeps the leg
  EXPECT_EQ(back.worker, 1U);
  school.advance(Duration::seconds(30));
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
  EXPECT_EQ(orders<control::AcceptLeg>(school.worker(1)), 1U);
  end_viewers(school, 1);
  school.advance(Duration::seconds(12));
  EXPECT_FALSE(school.is_fed("demo", 1, 0));
  EXPECT_EQ(school.signaling().census().legs, 0U);
  EXPECT_TRUE(school.worker(0).opened.empty());
}

TEST(Legs, ATeacherOnAnotherWorkerTurnsTheLegsRound) {
  School school;
  const Lesson lesson(school, 3);
  school.tell(0, control::Draining{});  // so that the teacher moves
  const SessionName moved = school.teach("demo");
  ASSERT_NE(moved.worker, 0U);
  for (const control::WorkerNumber edge : {0U, 1U, 2U})
    EXPECT_TRUE(school.is_fed("demo", edge, moved.worker)) << edge;
  EXPECT_TRUE(school.worker(0).opened.empty());
  EXPECT_FALSE(school.worker(moved.worker).accepted.contains("demo"));
  // An edge that only changes its sender is not told to close first.
  const control::WorkerNumber third = moved.worker == 1 ? 2 : 1;
  EXPECT_EQ(orders<control::CloseLeg>(school.worker(third)), 0U);
}

TEST(Legs, ARefusedLegIsClosedAtItsOtherEndAndOrderedAgain) {
  School school;
  const Lesson lesson(school, 2);
  const control::LegId first = school.worker(1).accepted.at("demo").leg;
  school.worker(0).opened.erase(first);
  school.tell(0, control::LegRefused{first, "demo", "legs"});
  EXPECT_FALSE(school.worker(1).accepted.contains("demo"));
  school.advance(Duration::milliseconds(900));
  EXPECT_FALSE(school.worker(1).accepted.contains("demo"));
  school.advance(Duration::milliseconds(1'200));
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
  // Refused again and again, it is ordered less and less often: 2, 4, 8, 16, 30, 30 s.
  const std::size_t before = orders<control::OpenLeg>(school.worker(0));
  for (int tick = 0; tick < 600; ++tick) {
    if (const auto accepted = school.worker(1).accepted.find("demo");
        accepted != school.worker(1).accepted.end())
      school.tell(1, control::LegRefused{accepted->second.leg, "demo", "classes"});
    school.worker(1).accepted.erase("demo");
    school.advance(Duration::milliseconds(200));
  }
  const std::size_t orders_in_two_minutes = orders<control::OpenLeg>(school.worker(0)) - before;
  EXPECT_GE(orders_in_two_minutes, 5U);
  EXPECT_LE(orders_in_two_minutes, 8U);
  EXPECT_TRUE(school.worker(0).opened.empty()) << "the other end does not keep it";
}

TEST(Legs, ARefusalOfALegThatIsNoMoreIsIgnored) {
  School school;
  const Lesson lesson(school, 2);
  school.tell(1, control::LegRefused{4711, "demo", "legs"});
  school.tell(1, control::LegRefused{4711, "nowhere", "legs"});
  school.advance(Duration::seconds(3));
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
  EXPECT_EQ(orders<control::OpenLeg>(school.worker(0)), 1U);
}

TEST(Audience, GoesWithTheLastSessionOfItsClass) {
  School school;
  school.start_worker(0);
  school.ask(school.request("PUT", "/api/v1/classes/maths"));
  school.tell(0, control::Audience{"maths", {{"720p", 1}}});
  EXPECT_EQ(school.signaling().census().audiences, 0U) << "of nobody";
  const SessionName viewer = school.join("maths");
  school.tell(0, control::Audience{"maths", {{"720p", 1}}});
  EXPECT_EQ(school.signaling().census().audiences, 1U);
  school.tell(0, control::SessionState{viewer.id, "maths", control::Role::kView,
                                       control::SessionPhase::kClosed, "consent"});
  EXPECT_EQ(school.signaling().census().audiences, 0U);
  (void)school.join("maths");
  school.tell(0, control::Audience{"maths", {{"720p", 1}}});
  school.ask(school.request("DELETE", "/api/v1/classes/maths"));
  EXPECT_EQ(school.signaling().census().audiences, 0U);
}

TEST(Legs, AClassWithoutATeacherForLongHasNoLegs) {
  School school;
  const Lesson lesson(school, 2);
  school.tell(0, control::SessionState{lesson.publisher.id, "demo", control::Role::kPublish,
                                       control::SessionPhase::kClosed, "consent"});
  school.advance(Duration::seconds(29));
  EXPECT_EQ(school.signaling().census().legs, 1U);
  school.advance(Duration::seconds(3));
  EXPECT_EQ(school.signaling().census().legs, 0U);
  EXPECT_TRUE(school.worker(1).accepted.empty());
}

}  // namespace
}  // namespace lectern::signaling
