// Whose a session is, for how long a person is one (rules P71 to P75), and what that means for
// taking over, for a restart of signaling and for a page that was away.
#include "tests/unit/signaling/strict_school.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace lectern::signaling {
namespace {

using nlohmann::json;
using testing::SizeIs;
using Person = StrictSchool::Person;

const Person kAnn{.subject = "ann"};
const Person kEve{.subject = "eve"};
const Person kTeacher{.subject = "sari", .grants = kTeacherGrants};
const Person kAdmin{.subject = "root", .grants = {.join = true, .publish = true, .admin = true}};

TEST(Ownership, P71ASessionIsChangedByWhoMadeItOrAnAdmin) {
  StrictSchool s;
  s.school.start_worker(0);
  const std::string path = "/whep/physics/" + session_of(s.post(kAnn, "/whep/physics")).to_string();
  EXPECT_EQ(s.change(kEve, "PATCH", path).status, 403);
  EXPECT_EQ(s.change(kEve, "DELETE", path).status, 403);
  EXPECT_EQ(s.change(kTeacher, "DELETE", path).status, 403);
  EXPECT_EQ(s.change(kAnn, "PATCH", path).status, 204);
  EXPECT_EQ(s.change({.subject = "ann", .id = "another token"}, "PATCH", path).status, 204);
  EXPECT_EQ(s.change(kAdmin, "DELETE", path).status, 200);
}

TEST(Ownership, P71P51ItOutlivesARestartOfSignaling) {
  StrictSchool s;
  s.school.start_worker(0);
  const SessionName viewer = session_of(s.post(kAnn, "/whep/physics"));
  const SessionName publisher = session_of(s.post(kTeacher, "/whip/physics?client=page"));
  s.school.connect(viewer);
  s.school.connect(publisher);
  s.school.restart_signaling();
  s.school.reconnect_worker(0);
  s.school.arrive(publisher, {.camera = true, .microphone = true});
  const std::string path = "/whep/physics/" + viewer.to_string();
  EXPECT_EQ(s.change(kEve, "PATCH", path).status, 403);
  EXPECT_EQ(s.change(kAnn, "PATCH", path, "\"e1\"").status, 204);
  EXPECT_EQ(s.change(kAnn, "PATCH", path, "\"e0\"").status, 412);
  // Taking over too: another teacher's page is refused, the teacher's encoder likewise.
  const Person rival{.subject = "budi", .grants = kTeacherGrants};
  EXPECT_EQ(s.status(rival, "/whip/physics?client=x"), 409);
  EXPECT_EQ(s.status(kTeacher, "/whip/physics"), 409);
  EXPECT_EQ(s.status(kTeacher, "/whip/physics?client=y"), 201);
}

TEST(Ownership, P71ASessionWithoutAnOwnerIsAnAdmins) {
  StrictSchool s;
  s.school.start_worker(0);
  const SessionName viewer = session_of(s.post(kAnn, "/whep/physics"));
  s.school.worker(0).sessions.at(viewer.id).owner.clear();
  s.school.restart_signaling();
  s.school.reconnect_worker(0);
  const std::string path = "/whep/physics/" + viewer.to_string();
  EXPECT_EQ(s.change(kAnn, "DELETE", path).status, 403);
  EXPECT_EQ(s.change(kAdmin, "DELETE", path).status, 200);
}

TEST(Ownership, P71P35APageTakesNobodyElsesSession) {
  StrictSchool s;
  s.school.start_worker(0);
  const SessionName hers = session_of(s.post(kAnn, "/whep/physics"));
  const ConnectionId ann = s.hello(kAnn, "physics", "student");
  s.school.say_media(ann, hers);
  const ConnectionId eve = s.hello(kEve, "physics", "student");
  s.school.say_media(eve, hers);
  EXPECT_EQ(s.school.heard(eve, "move").at(0).at("reason"), "gone");
  s.school.say(eve, R"({"type":"limit","rung":"audio"})");
  EXPECT_EQ(s.school.worker(0).limits.at(hers.id).limit, control::Limit::kNone);
  s.school.tell(0, control::SessionRung{hers.id, "720p", 30, "bandwidth"});
  EXPECT_THAT(s.school.heard(ann, "rung"), SizeIs(1));
}

TEST(Ownership, P75TwoTeachersWithoutSubjectDoNotTakeEachOtherOver) {
  StrictSchool s;
  s.school.start_worker(0);
  const Person first{.subject = "", .grants = kTeacherGrants, .id = "a"};
  const Person second{.subject = "", .grants = kTeacherGrants, .id = "b"};
  const Person nameless{.subject = "", .grants = kTeacherGrants, .id = ""};
  const SessionName live = session_of(s.post(first, "/whip/physics?client=1"));
  s.school.connect(live);
  EXPECT_EQ(s.status(second, "/whip/physics?client=2"), 409);
  EXPECT_EQ(s.status(nameless, "/whip/physics?client=3"), 409);
  EXPECT_EQ(s.change(second, "DELETE", "/whip/physics/" + live.to_string()).status, 403);
  EXPECT_EQ(s.status(first, "/whip/physics?client=4"), 201);
}

// ------------------------------------------------------------------------------- seats and workers

TEST(Seats, P15ACrowdOfViewersLeavesTheTeachersSeat) {
  Config config = StrictSchool::default_config();
  config.max_viewers_per_worker = 3;
  config.max_publishers_per_worker = 1;
  StrictSchool s(config);
  s.school.start_worker(0);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(s.status({.subject = std::to_string(i)}, "/whep/physics"), 201);
  EXPECT_EQ(s.status(kAnn, "/whep/physics"), 503);
  EXPECT_EQ(s.status(kTeacher, "/whip/physics?client=a"), 201);
  const Person other{.subject = "budi", .grants = kTeacherGrants};
  EXPECT_EQ(s.status(other, "/whip/history?client=b"), 503);
  // The one who has the seat may come again.
  EXPECT_EQ(s.status(kTeacher, "/whip/physics?client=a"), 201);
}

TEST(Seats, P15AWorkerWithoutASeatIsPassedByInTheSameRequest) {
  School school;
  FakeWorker& full = school.start_worker(0, true);
  const RequestId request = school.send(school.offer("/whep/demo"));
  school.start_worker(1);
  const auto create = std::get<control::CreateSession>(full.orders.at(0));
  school.tell(0, control::SessionRefused{create.request, RefusalCode::kFull, "No seat."});
  ASSERT_NE(school.answer(request), nullptr);
  EXPECT_EQ(session_of(*school.answer(request)).worker, 1U);
  // With no other worker left the answer is 503.
  school.kill_worker(1);
  const RequestId last = school.send(school.offer("/whip/demo"));
  const auto again = std::get<control::CreateSession>(full.orders.back());
  school.tell(0, control::SessionRefused{again.request, RefusalCode::kFull, "No seat."});
  ASSERT_NE(school.answer(last), nullptr);
  EXPECT_EQ(school.answer(last)->status, 503);
  EXPECT_EQ(header(*school.answer(last), "Retry-After"), "5");
  EXPECT_EQ(school.signaling().census().pending_requests, 0U);
}

TEST(Seats, P90WhatSoonTakesMoreSaysSoItself) {
  School school;
  FakeWorker& busy = school.start_worker(0, true);
  const RequestId request = school.send(school.offer("/whep/demo"));
  const auto create = std::get<control::CreateSession>(busy.orders.at(0));
  school.tell(0, control::SessionRefused{create.request, RefusalCode::kBusy,
                                         "Too many sessions are connecting at this moment.", 1});
  ASSERT_NE(school.answer(request), nullptr);
  EXPECT_EQ(school.answer(request)->status, 503);
  EXPECT_EQ(header(*school.answer(request), "Retry-After"), "1");
  EXPECT_THAT(school.answer(request)->body, testing::HasSubstr("connecting at this moment"));
}

TEST(Seats, P51OfTwoListedPublishersTheOtherIsDeletedAtItsWorker) {
  School school;
  school.start_worker(0);
  school.start_worker(1);
  const SessionName stale{0, std::string(32, 'a')};
  const SessionName live{1, std::string(32, 'b')};
  school.worker(0).sessions[stale.id] = {.id = stale.id,
                                         .class_id = "demo",
                                         .role = control::Role::kPublish,
                                         .phase = control::SessionPhase::kConnecting,
                                         .owner = {},
                                         .etag = {}};
  school.worker(1).sessions[live.id] = school.worker(0).sessions[stale.id];
  school.worker(1).sessions[live.id].id = live.id;
  school.worker(1).sessions[live.id].phase = control::SessionPhase::kConnected;
  school.restart_signaling();
  school.reconnect_worker(0);
  school.reconnect_worker(1);
  EXPECT_TRUE(school.worker(0).sessions.empty());
  EXPECT_TRUE(school.worker(1).sessions.contains(live.id));
  EXPECT_EQ(school.signaling().census().sessions, 1U);
}

// --------------------------------------------------------------------------- If-Match, public path

TEST(IfMatch, P12ListsWhiteSpaceAndWeakTagsAreReadAsRfc9110Says) {
  School school;
  school.start_worker(0);
  const SessionName name = school.join("demo");
  const auto status = [&](const char* method, const char* if_match) {
    HttpRequest http =
        school.request(method, "/whep/demo/" + name.to_string(), "a=ice-ufrag:x\r\n");
    http.content_type = "APPLICATION/trickle-ice-sdpfrag ; charset=utf-8";
    http.if_match = if_match;
    return school.ask(http).status;
  };
  for (const char* good : {"\"e1\"", "\"x\", \"e1\"", "\"e1\" ", "\t\"e1\" , \"y\"", "*", " * ", "",
                           "\"a,b\",\"e1\"", ",\"e1\"", "W/\"e1\", \"e1\""})
    EXPECT_EQ(status("PATCH", good), 204) << good;
  for (const char* stale : {"\"e0\"", "W/\"e1\"", "\"x\", \"y\"", "e1", "\"e1", "\"E1\"", ","})
    EXPECT_EQ(status("PATCH", stale), 412) << stale;
  EXPECT_EQ(status("DELETE", "\"e0\""), 412);
  for (const char* excluded : {"*", "\"e0\", \"e1\"", "W/\"e1\""}) {
    HttpRequest http = school.request("DELETE", "/whep/demo/" + name.to_string());
    http.if_none_match = excluded;
    EXPECT_EQ(school.ask(http).status, 412) << excluded;
  }
  EXPECT_EQ(status("DELETE", "\"e0\", \"e1\""), 200);
}

TEST(IfMatch, P12TheTagOfTheLatestRestartCounts) {
  School school;
  FakeWorker& worker = school.start_worker(0);
  const SessionName name = school.join("demo");
  HttpRequest http = school.request("PATCH", "/whep/demo/" + name.to_string(), "a=ice-ufrag:x\r\n");
  http.content_type = "application/trickle-ice-sdpfrag";
  worker.is_mute = true;
  school.send(http);
  const auto restart = std::get<control::PatchSession>(worker.orders.back());
  school.tell(0, control::SessionPatched{restart.request, "a=ice-ufrag:new\r\n", "\"e2\""});
  worker.is_mute = false;
  http.if_match = "\"e1\"";
  EXPECT_EQ(school.ask(http).status, 412);
  http.if_match = "\"e1\", \"e2\"";
  EXPECT_EQ(school.ask(http).status, 204);
  EXPECT_EQ(std::get<control::PatchSession>(worker.orders.back()).if_match, "\"e2\"");
}

TEST(PublicPath, P68LocationNamesTheSessionAsTheProxyShowsIt) {
  Config config = School::dev_config();
  config.public_path = "/kelas";
  School school(config);
  school.start_worker(0);
  const HttpResponse& response = school.ask(school.offer("/whep/demo"));
  EXPECT_THAT(header(response, "Location"), testing::StartsWith("/kelas/whep/demo/w0-"));
  // The page repeats that to the WebSocket.
  const ConnectionId page = school.hello("demo", "student");
  school.say(page, json{{"type", "media"}, {"session", header(response, "Location")}}.dump());
  EXPECT_THAT(school.heard(page, "move"), SizeIs(0));
}

// ------------------------------------------------------------------------------ pages that were
// away

TEST(ClassState, P42P38ABlipOfTheTeachersSocketDoesNotFlashTheClassAway) {
  School school;
  school.start_worker(0);
  const ConnectionId student = school.hello("demo", "student");
  const ConnectionId teacher = school.hello("demo", "teacher", "page");
  const SessionName name = school.teach("demo", "page");
  school.say_media(teacher, name);
  school.say(teacher, R"({"type":"sources","camera":false,"microphone":false,"screen":false})");
  school.arrive(name, {});
  ASSERT_EQ(school.heard(student, "class").back().at("teacher"), "live");
  school.forget();
  school.leave(teacher);
  school.advance(Duration::seconds(2));
  const ConnectionId back = school.hello("demo", "teacher", "page");
  school.say_media(back, name);
  EXPECT_THAT(school.heard(student, "class"), SizeIs(0));
  school.say(back, R"({"type":"sources","camera":true,"microphone":false,"screen":false})");
  school.arrive(name, {.camera = true});
  EXPECT_EQ(school.heard(student, "class").back().at("sources").at("camera"), true);
  // The next publisher session begins without wishes.
  school.ask(school.request("DELETE", "/whip/demo/" + name.to_string()));
  school.leave(back);
  school.teach("demo", "page");
  EXPECT_EQ(school.heard(student, "class").back().at("sources").at("microphone"), true);
}

TEST(Limit, P37APageThatComesBackWithoutALimitFreesItsSession) {
  School school;
  school.start_worker(0);
  const SessionName name = school.join("demo");
  const ConnectionId page = school.hello("demo", "student");
  school.say_media(page, name);
  school.say(page, R"({"type":"limit","rung":"audio"})");
  EXPECT_EQ(school.worker(0).limits.at(name.id).limit, control::Limit::kAudioOnly);
  school.leave(page);
  school.say_media(school.hello("demo", "student"), name);
  EXPECT_EQ(school.worker(0).limits.at(name.id).limit, control::Limit::kNone);
}

TEST(Comeback, P73APageThatWasAwayOverItsTokensExpiryComesBack) {
  StrictSchool s;
  s.school.start_worker(0);
  const Person ann{.subject = "ann", .life_s = 600};
  const ConnectionId page = s.hello(ann, "physics", "student", "tab");
  s.school.leave(page);
  s.school.advance(Duration::seconds(606));  // 606 s away, 6 s over: no longer known
  EXPECT_EQ(s.error(s.hello(ann, "physics", "student", "tab")), "token-expired");

  const Person ben{.subject = "ben", .life_s = 900};
  const ConnectionId other = s.hello(ben, "physics", "student", "tab");
  s.school.leave(other);
  s.school.advance(Duration::seconds(300));
  EXPECT_EQ(s.error(s.hello(ben, "physics", "student", "another")), "token-expired");
  EXPECT_EQ(s.error(s.hello(ben, "history", "student", "tab")), "token-expired");
  EXPECT_EQ(s.status(ben, "/whep/physics"), 401);
  const ConnectionId back = s.hello(ben, "physics", "student", "tab");
  EXPECT_EQ(s.error(back), "");
  EXPECT_EQ(s.status(ben, "/whep/physics"), 201);
  s.school.advance(Duration::seconds(2));
  ASSERT_THAT(s.school.heard(back, "token"), SizeIs(1));
}

TEST(Comeback, P73ALivingMediaSessionIsProofEvenAfterARestart) {
  StrictSchool s;
  s.school.start_worker(0);
  const Person ann{.subject = "ann", .life_s = 60};
  const SessionName name = session_of(s.post(ann, "/whep/physics"));
  s.school.connect(name);
  s.school.restart_signaling();
  s.school.signaling().set_wall_time(s.school.now, (StrictSchool::kNow + 120) * 1'000'000);
  s.school.reconnect_worker(0);
  EXPECT_EQ(s.change(ann, "PATCH", "/whep/physics/" + name.to_string()).status, 204);
  EXPECT_EQ(s.error(s.hello(ann, "physics", "student", "tab")), "");
  EXPECT_EQ(s.error(s.hello({.subject = "eve", .life_s = 60}, "physics", "student", "tab")),
            "token-expired");
}

constexpr std::int64_t kEnd = StrictSchool::kNow + 120;

TEST(Comeback, P72AtTheEndOfAllRenewalsThePageIsClosed) {
  StrictSchool s;
  const Person ann{.subject = "ann", .life_s = 60, .auth_until = StrictSchool::kNow + 120};
  const ConnectionId page = s.hello(ann, "physics", "student", "tab");
  for (int i = 0; i < 12; ++i) {
    s.school.advance(Duration::seconds(10));
    EXPECT_FALSE(s.school.close_code(page).has_value()) << i;
    s.school.say(page, R"({"type":"ping"})");
  }
  s.school.advance(Duration::seconds(10));
  EXPECT_EQ(s.error(page), "token-expired");
  EXPECT_EQ(s.school.close_code(page), 4401);
  EXPECT_EQ(s.error(s.hello(ann, "physics", "student", "tab")), "token-expired");
}

TEST(Comeback, P72TheMediaOfAClientWithoutAPageEndsWithAllRenewals) {
  StrictSchool s;
  s.school.start_worker(0);
  const Person teacher{
      .subject = "tom", .grants = kTeacherGrants, .life_s = 60, .auth_until = kEnd};
  const SessionName sent = session_of(s.post(teacher, "/whip/physics"));
  const Person ann{.subject = "ann", .life_s = 60, .auth_until = kEnd};
  const SessionName seen = session_of(s.post(ann, "/whep/physics"));
  const Person bob{.subject = "bob", .life_s = 60, .auth_until = kEnd + 600};
  const SessionName other = session_of(s.post(bob, "/whep/physics"));
  for (const SessionName& name : {sent, seen, other}) s.school.connect(name);
  s.school.advance(Duration::seconds(115));
  EXPECT_EQ(s.school.worker(0).sessions.size(), 3U) << "the token of an hour was for a whole class";
  // A signaling that starts anew learns it from the worker.
  s.school.restart_signaling();
  s.school.signaling().set_wall_time(s.school.now, (StrictSchool::kNow + 115) * 1'000'000);
  s.school.reconnect_worker(0);
  s.school.advance(Duration::seconds(12));
  EXPECT_FALSE(s.school.worker(0).sessions.contains(sent.id));
  EXPECT_FALSE(s.school.worker(0).sessions.contains(seen.id));
  EXPECT_TRUE(s.school.worker(0).sessions.contains(other.id));
}

TEST(Comeback, P72AnOwnerWhoShowsALaterTokenGoesOn) {
  StrictSchool s;
  s.school.start_worker(0);
  const Person early{.subject = "ann", .life_s = 60, .auth_until = kEnd};
  const Person late{.subject = "ann", .life_s = 3600, .id = "u", .auth_until = kEnd + 3600};
  const SessionName by_page = session_of(s.post(early, "/whep/physics"));
  const SessionName by_patch = session_of(s.post(early, "/whep/physics"));
  const SessionName by_neither = session_of(s.post(early, "/whep/physics"));
  for (const SessionName& name : {by_page, by_patch, by_neither}) s.school.connect(name);
  s.school.say_media(s.hello(late, "physics", "student", "tab"), by_page);
  s.change(late, "PATCH", "/whep/physics/" + by_patch.to_string());
  s.change(early, "PATCH", "/whep/physics/" + by_patch.to_string());
  s.school.advance(Duration::seconds(130));
  EXPECT_TRUE(s.school.worker(0).sessions.contains(by_page.id));
  EXPECT_TRUE(s.school.worker(0).sessions.contains(by_patch.id));
  EXPECT_FALSE(s.school.worker(0).sessions.contains(by_neither.id));
}

TEST(Renewal, P23TokensThatWereMadeTogetherAreNotRenewedTogether) {
  Config config = StrictSchool::default_config();
  StrictSchool s(config);
  std::vector<ConnectionId> pages;
  for (int i = 0; i < 200; ++i)
    pages.push_back(
        s.hello({.subject = "s" + std::to_string(i), .life_s = 600}, "physics", "student"));
  const auto renewed = [&] {
    std::size_t count = 0;
    for (const ConnectionId page : pages) count += s.school.heard(page, "token").size();
    return count;
  };
  std::size_t before = 0;
  std::size_t most = 0;
  for (int second = 0; second < 460; ++second) {
    s.school.advance(Duration::seconds(1));
    if (second % 30 == 0)
      for (const ConnectionId page : pages) s.school.say(page, R"({"type":"ping"})");
    const std::size_t now = renewed();
    most = std::max(most, now - before);
    before = now;
  }
  EXPECT_EQ(before, pages.size());
  EXPECT_LE(most, 10U);  // 200 over 150 s
}

}  // namespace
}  // namespace lectern::signaling
