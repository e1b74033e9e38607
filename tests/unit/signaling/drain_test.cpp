// Workers and servers that are told to stop: rules P95 and P96.
#include "tests/unit/signaling/lesson.h"
#include "tests/unit/signaling/school.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <variant>
#include <vector>

namespace lectern::signaling {
namespace {

using testing::SizeIs;

TEST(Workers, P95ADrainingWorkerKeepsItsSessionsUntilTheyMove) {
  School school;
  const Lesson lesson(school, 2);
  const ConnectionId page = school.hello("demo", "student");
  school.say_media(page, lesson.students.at(1));
  school.tell(1, control::Draining{});
  EXPECT_EQ(std::get<control::Drain>(school.worker(1).orders.back()), control::Drain{true});
  school.advance(Duration::milliseconds(100));
  ASSERT_THAT(school.heard(page, "move"), SizeIs(1));
  EXPECT_EQ(school.heard(page, "move").at(0).at("reason"), "drain");
  EXPECT_TRUE(school.worker(1).sessions.contains(lesson.students.at(1).id));
  EXPECT_EQ(school.join("demo").worker, 0U);
  EXPECT_TRUE(school.signaling().readiness().is_ready);
}

TEST(Workers, P95TheTeacherIsAskedFirstAndStudentsOneAfterAnother) {
  School school;
  school.start_worker(0);
  const SessionName publisher = school.teach("demo");
  const ConnectionId teacher = school.hello("demo", "teacher", "page");
  school.say_media(teacher, publisher);
  std::vector<ConnectionId> students;
  for (int i = 0; i < 50; ++i) {
    students.push_back(school.hello("demo", "student"));
    school.say_media(students.back(), school.join("demo"));
  }
  school.start_worker(1);
  const auto asked = [&] {
    std::size_t count = 0;
    for (const ConnectionId page : students) count += school.heard(page, "move").size();
    return count;
  };
  school.tell(0, control::Draining{});
  school.advance(Duration::milliseconds(10));
  EXPECT_THAT(school.heard(teacher, "move"), SizeIs(1));
  EXPECT_LE(asked(), 2U);
  school.advance(Duration::milliseconds(250));
  EXPECT_GT(asked(), 20U);
  EXPECT_LT(asked(), 30U);
  school.advance(Duration::milliseconds(500));
  EXPECT_EQ(asked(), 50U);
}

TEST(Workers, P95APageThatComesToADrainingWorkerMovesToo) {
  School school;
  const Lesson lesson(school, 2);
  school.tell(1, control::Draining{});
  school.advance(Duration::seconds(1));
  const ConnectionId page = school.hello("demo", "student");
  school.say_media(page, lesson.students.at(1));
  school.advance(Duration::milliseconds(10));
  ASSERT_THAT(school.heard(page, "move"), SizeIs(1));
  EXPECT_EQ(school.heard(page, "move").at(0).at("reason"), "drain");
}

TEST(Workers, P95WithoutARefugeAWorkerIsNotWaitedFor) {
  School school;
  const Lesson lesson(school, 1);
  const ConnectionId page = school.hello("demo", "student");
  school.say_media(page, lesson.students.at(0));
  school.tell(0, control::Draining{});
  EXPECT_EQ(std::get<control::Drain>(school.worker(0).orders.back()), control::Drain{false});
  school.advance(Duration::milliseconds(500));
  EXPECT_THAT(school.heard(page, "move"), SizeIs(0));
  school.kill_worker(0);
  EXPECT_EQ(school.heard(page, "move").at(0).at("reason"), "worker");
}

// The teacher of worker 0, on a page, has posted to worker 1 after `move drain`.
struct Move {
  explicit Move(School& the_school) : school(the_school), lesson(school, 2) {
    teacher = school.hello("demo", "teacher", "page");
    school.say_media(teacher, lesson.publisher);
    student = school.hello("demo", "student");
    school.tell(0, control::Draining{});
    school.forget();
    HttpRequest request = school.offer("/whip/demo");
    request.query = "client=page";
    next = session_of(school.ask(std::move(request)));
  }
  void connect() const {
    school.tell(1, control::SessionState{next.id, "demo", control::Role::kPublish,
                                         control::SessionPhase::kConnected, ""});
  }
  [[nodiscard]] bool is_old_kept() const {
    return school.worker(0).sessions.contains(lesson.publisher.id);
  }
  School& school;
  Lesson lesson;
  ConnectionId teacher;
  ConnectionId student;
  SessionName next;
};

TEST(Workers, P95ATeacherWhoMovesIsSeenFromTheOldWorkerUntilTheNewOneHasPictures) {
  School school;
  const Move move(school);
  EXPECT_EQ(move.next.worker, 1U);
  EXPECT_TRUE(move.is_old_kept());
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
  move.connect();
  EXPECT_TRUE(move.is_old_kept());
  school.arrive(move.next, {.microphone = true});
  EXPECT_TRUE(move.is_old_kept()) << "browsers begin with the sound";
  school.arrive(move.next, {.camera = true, .microphone = true});
  EXPECT_FALSE(move.is_old_kept());
  EXPECT_TRUE(school.is_fed("demo", 0, 1));
  school.advance(Duration::seconds(3));
  // Nobody was told that the teacher was away.
  for (const auto& shown : school.heard(move.student, "class"))
    EXPECT_EQ(shown.at("teacher"), "live");
  EXPECT_THAT(school.heard(move.teacher, "replaced"), SizeIs(0));
}

TEST(Workers, P95AMoveThatFailsLeavesTheTeacherWhereTheyWere) {
  School school;
  const Move move(school);
  school.tell(1, control::SessionState{move.next.id, "demo", control::Role::kPublish,
                                       control::SessionPhase::kClosed, "timeout"});
  EXPECT_TRUE(move.is_old_kept());
  school.advance(Duration::seconds(3));
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
}

TEST(Workers, P95TheOldSessionsEndLetsTheNewOneTakeOver) {
  School school;
  const Move move(school);
  move.connect();
  EXPECT_EQ(school.ask(school.request("DELETE", "/whip/demo/" + move.lesson.publisher.to_string()))
                .status,
            200);
  EXPECT_TRUE(school.is_fed("demo", 0, 1));
  school.arrive(move.next, {.camera = true});
  EXPECT_EQ(school.heard(move.student, "class").back().at("teacher"), "live");
}

TEST(Workers, P95ATeacherWhoSendsNothingAfterTheMoveHasMovedAllTheSame) {
  School school;
  const Move move(school);
  move.connect();
  school.advance(Duration::milliseconds(3500));
  EXPECT_FALSE(move.is_old_kept());
}

TEST(Stop, P96EveryPageIsSentAwayToComeBackAtOnce) {
  School school;
  const Lesson lesson(school, 2);
  const ConnectionId student = school.hello("demo", "student");
  const ConnectionId stranger = school.open();
  Events events;
  school.signaling().stop(school.now, events);
  std::map<ConnectionId, std::uint16_t> closed;
  for (const Event& event : events)
    if (const auto* close = std::get_if<CloseWs>(&event)) closed[close->connection] = close->code;
  EXPECT_EQ(closed[student], 1012);
  EXPECT_EQ(closed[stranger], 1012);
  EXPECT_EQ(school.close_code(school.open()), 1012);
  EXPECT_FALSE(school.signaling().readiness().is_ready);
  // Media goes on: no worker was told to end anything.
  EXPECT_EQ(orders<control::DeleteSession>(school.worker(0)), 0U);
}

TEST(Stop, P96NothingNewIsBegunAndWhatWaitsIsAnswered) {
  School school;
  school.start_worker(0, true);
  const RequestId waiting = school.send(school.offer("/whep/demo"));
  Events events;
  school.signaling().stop(school.now, events);
  const HttpResponse& refused = school.ask(school.offer("/whep/demo"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(header(refused, "Retry-After"), "1");
  ASSERT_EQ(school.signaling().census().pending_requests, 1U);
  const auto& create = std::get<control::CreateSession>(school.worker(0).orders.back());
  school.tell(0, control::SessionCreated{create.request, std::string(32, 'a'), "v=0", "\"e\""});
  EXPECT_EQ(school.answer(waiting)->status, 201);
}

}  // namespace
}  // namespace lectern::signaling
