// Workers that die, drain or come back, a signaling that starts anew: rules P45 and P51, and the
// legs between workers that follow from it all.
#include "signaling/config.h"
#include "tests/unit/signaling/school.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lectern::signaling {
namespace {

using testing::SizeIs;

template <typename Kind>
std::size_t orders(const FakeWorker& worker) {
  std::size_t count = 0;
  for (const control::ToWorker& order : worker.orders)
    if (std::holds_alternative<Kind>(order)) ++count;
  return count;
}

control::Hello hello(std::uint32_t schema, bool more) {
  control::Hello message;
  message.schema = schema;
  message.more = more;
  return message;
}

// The teacher on worker 0, a student on each of `workers`.
struct Lesson {
  explicit Lesson(School& school, control::WorkerNumber workers) {
    for (control::WorkerNumber k = 0; k < workers; ++k) school.start_worker(k);
    publisher = school.teach("demo");
    for (control::WorkerNumber k = 0; k < workers; ++k) students[k] = {0, ""};
    // A publisher weighs as much as a viewer, so worker 0 comes last.
    while (school.worker(0).sessions.size() < 2) {
      const SessionName name = school.join("demo");
      students[name.worker] = name;
    }
  }
  SessionName publisher;
  std::map<control::WorkerNumber, SessionName> students;
};

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

TEST(Audience, GoesWithItsClass) {
  School school;
  school.start_worker(0);
  school.ask(school.request("PUT", "/api/v1/classes/maths"));
  school.tell(0, control::Audience{"maths", {{"720p", 1}}});
  EXPECT_EQ(school.signaling().census().audiences, 1U);
  school.ask(school.request("DELETE", "/api/v1/classes/maths"));
  EXPECT_EQ(school.signaling().census().audiences, 0U);
  school.tell(0, control::Audience{"maths", {{"720p", 1}}});
  EXPECT_EQ(school.signaling().census().audiences, 0U) << "of a class that is not";
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

TEST(Workers, AWorkerThatSaysHelloTwiceOverReplacesItsOlderLink) {
  School school;
  const Lesson lesson(school, 2);
  school.reconnect_worker(1);  // the old link is still open
  EXPECT_EQ(school.signaling().census().workers, 2U);
  EXPECT_TRUE(school.is_fed("demo", 1, 0));
  EXPECT_EQ(school.signaling().readiness().workers, 2U);
}

TEST(Workers, AnotherSchemaOrAnotherFirstMessageIsClosed) {
  School school;
  Events events;
  school.signaling().worker_connected(school.now, WorkerId(900), events);
  school.signaling().worker_message(school.now, WorkerId(900), hello(control::kSchema + 1, false),
                                    events);
  school.signaling().worker_connected(school.now, WorkerId(901), events);
  school.signaling().worker_message(school.now, WorkerId(901), control::Load{}, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(std::get<CloseWorker>(events[0]).worker, WorkerId(900));
  EXPECT_EQ(std::get<CloseWorker>(events[1]).worker, WorkerId(901));
  EXPECT_EQ(school.signaling().census().workers, 0U);
  // What still comes from a closed link is not read.
  school.signaling().worker_message(school.now, WorkerId(901), control::Hello{}, events);
  EXPECT_THAT(events, SizeIs(2));
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
