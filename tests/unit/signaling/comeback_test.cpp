// Workers that die, stand still or come back, a signaling that starts anew: rules P45, P51 and P97.
#include "signaling/gate/comebacks.h"
#include "signaling/terms/config.h"
#include "tests/unit/signaling/lesson.h"
#include "tests/unit/signaling/school.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lectern::signaling {
namespace {

using testing::SizeIs;

control::Hello hello(std::uint32_t schema, bool more) {
  control::Hello message;
  message.schema = schema;
  message.more = more;
  return message;
}

TEST(Workers, P45AWorkersDeathMovesItsPagesAndNoOthers) {
  School school;
  const Lesson lesson(school, 2);
  const ConnectionId on_dead = school.hello("demo", "student");
  const ConnectionId elsewhere = school.hello("demo", "student");
  school.say_media(on_dead, lesson.students.at(1));
  school.say_media(elsewhere, lesson.students.at(0));
  school.kill_worker(1);
  EXPECT_EQ(school.heard(on_dead, "move").at(0).at("reason"), "worker");
  EXPECT_THAT(school.heard(elsewhere, "move"), SizeIs(0));
  EXPECT_EQ(school.join("demo").worker, 0U);
  school.start_worker(1);
  school.advance(Duration::seconds(1));
  EXPECT_EQ(school.join("demo").worker, 1U);
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
}

TEST(Workers, P45TheDeathOfTheTeachersWorkerMovesTheTeacher) {
  School school;
  const Lesson lesson(school, 3);
  const ConnectionId teacher = school.hello("demo", "teacher", "page");
  const ConnectionId student = school.hello("demo", "student");
  school.say_media(teacher, lesson.publisher);
  school.kill_worker(0);
  EXPECT_EQ(school.heard(teacher, "move").at(0).at("reason"), "worker");
  EXPECT_EQ(school.heard(student, "class").back().at("teacher"), "away");
  EXPECT_EQ(school.signaling().census().legs, 0U);
  const SessionName back = school.teach("demo");
  EXPECT_EQ(school.heard(student, "class").back().at("teacher"), "live");
  for (const auto& [number, worker] : school.workers)
    EXPECT_TRUE(school.is_fed("demo", number, back.worker));
}

TEST(Workers, P97AWorkerThatStandsStillIsGivenUpWithinTwoSeconds) {
  Config config = School::dev_config();
  config.expected_workers = 2;
  School school(config);
  const Lesson lesson(school, 2);
  const ConnectionId page = school.hello("demo", "student");
  school.say_media(page, lesson.students.at(1));
  school.advance(Duration::seconds(30));
  ASSERT_TRUE(school.signaling().readiness().is_ready);
  school.worker(1).is_frozen = school.worker(1).is_mute = true;
  school.advance(Duration::milliseconds(1200));
  EXPECT_THAT(school.heard(page, "move"), SizeIs(0));  // a busy worker is no dead one
  EXPECT_TRUE(school.signaling().readiness().is_ready);
  school.advance(Duration::milliseconds(800));
  EXPECT_EQ(school.heard(page, "move").at(0).at("reason"), "worker");
  EXPECT_FALSE(school.signaling().readiness().is_ready);
  EXPECT_EQ(school.signaling().readiness().sentence,
            "1 of 2 media workers are ready. Worker 1 does not answer.");
  EXPECT_EQ(school.join("demo").worker, 0U);
}

TEST(Workers, P97ARequestThatWaitsForAFrozenWorkerIsAnsweredByAnother) {
  School school;
  school.start_worker(0);
  school.teach("demo");
  FakeWorker& frozen = school.start_worker(1);
  frozen.is_mute = frozen.is_frozen = true;
  const RequestId request = school.send(school.offer("/whep/demo"));
  ASSERT_EQ(school.answer(request), nullptr);
  school.advance(Duration::seconds(2));
  ASSERT_NE(school.answer(request), nullptr);
  EXPECT_EQ(school.answer(request)->status, 201);
  EXPECT_EQ(session_of(*school.answer(request)).worker, 0U);
}

TEST(Workers, P97AWorkerThatSpeaksAgainIsReadyAgainWithItsSessions) {
  School school;
  const Lesson lesson(school, 2);
  const std::size_t sessions = school.signaling().census().sessions;
  school.worker(1).is_frozen = true;
  school.advance(Duration::seconds(2));
  EXPECT_LT(school.signaling().census().sessions, sessions);
  school.worker(1).is_frozen = false;
  school.reconnect_worker(1);
  EXPECT_EQ(school.signaling().census().sessions, sessions);
  EXPECT_EQ(school.signaling().readiness().workers, 2U);
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
}

TEST(Workers, P97SignalingThatStoodStillItselfBlamesNobody) {
  School school;
  const Lesson lesson(school, 2);
  Events events;
  school.now = school.now + Duration::seconds(60);
  school.signaling().handle_timeout(school.now, events);
  EXPECT_EQ(school.signaling().readiness().workers, 2U);
  school.advance(Duration::seconds(5));
  EXPECT_EQ(school.signaling().readiness().workers, 2U);
}

TEST(Workers, AWorkerThatSaysHelloTwiceOverReplacesItsOlderLink) {
  School school;
  const Lesson lesson(school, 2);
  school.reconnect_worker(1);  // the old link is still open
  EXPECT_EQ(school.signaling().census().workers, 2U);
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
  EXPECT_EQ(school.signaling().readiness().workers, 2U);
}

TEST(Workers, WhoIsNotTakenIsToldWhyAndClosed) {
  School school;
  Events events;
  school.signaling().worker_connected(school.now, WorkerId(900), events);
  school.signaling().worker_message(school.now, WorkerId(900), hello(control::kSchema + 1, false),
                                    events);
  school.signaling().worker_connected(school.now, WorkerId(901), events);
  school.signaling().worker_message(school.now, WorkerId(901), control::Load{}, events);
  school.signaling().worker_connected(school.now, WorkerId(902), events);
  control::Hello recorder = hello(control::kSchema, false);
  recorder.kind = "recorder";
  school.signaling().worker_message(school.now, WorkerId(902), recorder, events);
  ASSERT_THAT(events, SizeIs(5));
  EXPECT_THAT(std::get<control::Unwelcome>(std::get<ToWorker>(events[0]).message).reason,
              testing::HasSubstr("schema 2"));
  EXPECT_EQ(std::get<CloseWorker>(events[1]).worker, WorkerId(900));
  EXPECT_EQ(std::get<CloseWorker>(events[1]).number, hello(control::kSchema, false).worker);
  EXPECT_EQ(std::get<CloseWorker>(events[2]).worker, WorkerId(901));
  EXPECT_EQ(std::get<CloseWorker>(events[2]).number, std::nullopt);
  EXPECT_THAT(std::get<control::Unwelcome>(std::get<ToWorker>(events[3]).message).reason,
              testing::HasSubstr("`recorder`"));
  EXPECT_EQ(std::get<CloseWorker>(events[4]).worker, WorkerId(902));
  EXPECT_EQ(school.signaling().census().workers, 0U);
  // What still comes from a closed link is not read.
  school.signaling().worker_message(school.now, WorkerId(901), control::Hello{}, events);
  EXPECT_THAT(events, SizeIs(5));
}

// Records come whole or not at all (SOCK_SEQPACKET), so who holds the first one back is silent.
TEST(Workers, ALinkOnWhichNobodySaysHelloIsClosed) {
  School school;
  Events events;
  school.signaling().worker_connected(school.now, WorkerId(900), events);
  ASSERT_LE(school.signaling().next_timeout(), school.now + kWorkerLook);
  const auto look_until = [&](Instant end) {
    for (; school.now < end; school.now += kWorkerLook)
      school.signaling().handle_timeout(school.now, events);
  };
  look_until(school.now + Duration::seconds(4));
  EXPECT_THAT(events, SizeIs(0));
  look_until(school.now + Duration::seconds(2));
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(std::get<CloseWorker>(events[0]).worker, WorkerId(900));
  EXPECT_TRUE(school.signaling().next_timeout().is_never());
  school.signaling().worker_message(school.now, WorkerId(900), hello(control::kSchema, false),
                                    events);
  EXPECT_EQ(school.signaling().census().workers, 0U);
}

TEST(Workers, ReadinessWaitsForAllWorkersAndTheirWholeList) {
  Config config = School::dev_config();
  config.expected_workers = 1;
  School school(config);
  EXPECT_FALSE(school.signaling().readiness().is_ready);
  Events events;
  school.signaling().worker_connected(school.now, WorkerId(900), events);
  school.signaling().worker_message(school.now, WorkerId(900), hello(control::kSchema, true),
                                    events);
  EXPECT_FALSE(school.signaling().readiness().is_ready);
  school.signaling().worker_message(school.now, WorkerId(900), control::SessionList{}, events);
  EXPECT_TRUE(school.signaling().readiness().is_ready);
  EXPECT_EQ(school.signaling().readiness().sentence, "1 of 1 media workers are ready.");
}

TEST(Restart, P51ARestartedSignalingRebuildsClassesPublishersAndLegs) {
  School school;
  const SessionName before = [&] {
    for (control::WorkerNumber k = 0; k < 3; ++k) school.start_worker(k);
    const SessionName publisher = school.teach("physics");
    for (int i = 0; i < 12; ++i) school.join("physics");
    return publisher;
  }();
  const std::size_t sessions = school.signaling().census().sessions;
  school.restart_signaling();
  for (control::WorkerNumber k : {2U, 0U, 1U}) school.reconnect_worker(k);
  school.arrive(before, {.camera = true, .microphone = true});
  EXPECT_EQ(school.signaling().census().sessions, sessions);
  EXPECT_EQ(school.signaling().census().legs, 2U);
  for (const control::WorkerNumber edge : {1U, 2U})
    EXPECT_TRUE(school.is_fed("physics", edge, before.worker));
  const ConnectionId student = school.hello("physics", "student");
  EXPECT_EQ(school.heard(student, "class").back().at("teacher"), "live");
  // Old resources still work.
  EXPECT_EQ(school.ask(school.request("DELETE", "/whip/physics/" + before.to_string())).status,
            200);
}

TEST(Restart, P51PagesComeBackWithTheSessionTheyHave) {
  School school;
  const Lesson lesson(school, 2);
  school.restart_signaling();
  // The page is faster than the workers.
  const ConnectionId student = school.hello("demo", "student");
  const ConnectionId teacher = school.hello("demo", "teacher", "page");
  school.say_media(student, lesson.students.at(1));
  school.say_media(teacher, lesson.publisher);
  EXPECT_THAT(school.heard(student, "move"), SizeIs(0));
  school.reconnect_worker(0);
  school.reconnect_worker(1);
  school.tell(1, control::SessionRung{lesson.students.at(1).id, "720p", 30, "bandwidth"});
  EXPECT_THAT(school.heard(student, "rung"), SizeIs(1));
  school.advance(Duration::seconds(10));
  EXPECT_THAT(school.heard(student, "move"), SizeIs(0));
  EXPECT_THAT(school.heard(teacher, "move"), SizeIs(0));
  // Its owner is known again: another page is told, the encoder refused.
  school.arrive(lesson.publisher, {.microphone = true});
  EXPECT_EQ(school.ask(school.offer("/whip/demo")).status, 409);
  school.teach("demo", "page-2");
  EXPECT_THAT(school.heard(teacher, "replaced"), SizeIs(1));
}

TEST(Restart, P51ASessionThatTheWorkerNoLongerHasIsMoved) {
  School school;
  const Lesson lesson(school, 2);
  school.restart_signaling();
  const ConnectionId student = school.hello("demo", "student");
  school.say_media(student, lesson.students.at(1));
  school.worker(1).sessions.clear();
  school.reconnect_worker(1);
  EXPECT_EQ(school.heard(student, "move").at(0).at("reason"), "gone");
}

TEST(Restart, P51AClassIsNotUnknownBeforeTheWorkersHaveSpoken) {
  Config config = School::dev_config();
  config.expected_workers = 2;
  School school(config);
  school.start_worker(0);
  school.start_worker(1);
  const SessionName publisher = school.teach("physics");
  const SessionName viewer = school.join("physics");
  school.restart_signaling();
  const ConnectionId page = school.hello("physics", "student");
  school.say_media(page, viewer);
  EXPECT_EQ(school.ask(school.offer("/whep/physics")).status, 503);
  school.reconnect_worker(viewer.worker);
  ASSERT_NE(publisher.worker, viewer.worker);
  EXPECT_THAT(school.heard(page, "welcome"), SizeIs(1));
  EXPECT_THAT(school.heard(page, "move"), SizeIs(0));
  EXPECT_THAT(school.heard(page, "error"), SizeIs(0));
  EXPECT_EQ(school.ask(school.offer("/whep/physics")).status, 201);
}

TEST(Restart, P51AClassThatNobodyKnowsIsUnknownThreeSecondsAfterTheStart) {
  School school;
  school.hello("demo", "student");  // the first thing that happens
  school.advance(Duration::milliseconds(500));
  const ConnectionId page = school.hello("physics", "student");
  for (int i = 0; i < 12; ++i) school.say(page, R"({"type":"ping"})");
  school.advance(Duration::seconds(2));
  EXPECT_FALSE(school.close_code(page).has_value());
  EXPECT_THAT(school.heard(page, "error"), SizeIs(0));
  school.advance(Duration::seconds(2));
  EXPECT_EQ(school.close_code(page), 4404);
  EXPECT_EQ(school.ask(school.offer("/whep/physics")).status, 404);
}

TEST(Comebacks, P70P73NobodyTakesThePlacesOfOthers) {
  Comebacks comebacks;
  const Instant start = Instant::from_ms(1'000);
  comebacks.left(start, "ann", "algebra/tab");
  for (std::size_t count = 0; count < Comebacks::kMaxRemembered + 10; ++count)
    comebacks.left(start, "eve", "algebra/" + std::to_string(count));
  EXPECT_EQ(comebacks.size(), 1 + Comebacks::kMaxOfPerson);
  EXPECT_TRUE(comebacks.knows(start, "ann", "algebra/tab"));
  EXPECT_TRUE(comebacks.knows(start, "eve", "algebra/16393"));
  EXPECT_FALSE(comebacks.knows(start, "eve", "algebra/1")) << "the oldest of her own gave way";
}

TEST(Comebacks, P73APageIsRememberedForTenMinutesAndTheTableIsBounded) {
  Comebacks comebacks;
  const Instant start = Instant::from_ms(1'000);
  comebacks.left(start, "ann", "algebra/tab");
  comebacks.left(start + Duration::seconds(300), "ann", "algebra/tab");
  EXPECT_TRUE(comebacks.knows(start + Duration::seconds(899), "ann", "algebra/tab"));
  EXPECT_FALSE(comebacks.knows(start + Duration::seconds(900), "ann", "algebra/tab"));
  comebacks.left(start + Duration::seconds(900), "bob", "algebra/tab");
  EXPECT_EQ(comebacks.size(), 1U) << "who is away for longer is forgotten";
  for (std::size_t count = 0; count < Comebacks::kMaxRemembered; ++count)
    comebacks.left(start + Duration::seconds(901), std::to_string(count), "algebra/tab");
  EXPECT_EQ(comebacks.size(), Comebacks::kMaxRemembered);
  EXPECT_FALSE(comebacks.knows(start + Duration::seconds(901), "bob", "algebra/tab"));
}

TEST(Timeouts, AnIdleSignalingSleeps) {
  School school;
  EXPECT_TRUE(school.signaling().next_timeout().is_never());
  school.start_worker(0);  // to be looked at, whether it lives
  EXPECT_EQ(school.signaling().next_timeout(), school.now + kWorkerLook);
  school.kill_worker(0);
  EXPECT_TRUE(school.signaling().next_timeout().is_never());
  const ConnectionId page = school.hello("demo", "student");
  EXPECT_FALSE(school.signaling().next_timeout().is_never());
  school.leave(page);
  school.advance(Duration::seconds(2));
  EXPECT_TRUE(school.signaling().next_timeout().is_never());
}

}  // namespace
}  // namespace lectern::signaling
