// Rules P30 to P46: the WebSocket and the state of a class.
#include "signaling/gate/jwt_authority.h"
#include "tests/unit/signaling/school.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lectern::signaling {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kPing = R"({"type":"ping"})";

TEST(WebSocket, P32AHelloIsAnsweredByWelcomeClassAndAudience) {
  School school;
  const ConnectionId page = school.hello("demo", "student");
  const auto welcome = school.heard(page, "welcome");
  ASSERT_THAT(welcome, SizeIs(1));
  EXPECT_EQ(welcome[0], (json{{"type", "welcome"},
                              {"version", 1},
                              {"server", "0.1.0"},
                              {"class", "demo"},
                              {"role", "student"},
                              {"ping_s", 20}}));
  const auto state = school.heard(page, "class");
  ASSERT_THAT(state, SizeIs(1));
  EXPECT_EQ(state[0].at("teacher"), "absent");
  EXPECT_EQ(state[0].at("sources"),
            (json{{"camera", false}, {"microphone", false}, {"screen", false}}));
  const auto audience = school.heard(page, "audience");
  ASSERT_THAT(audience, SizeIs(1));
  EXPECT_EQ(audience[0], (json{{"type", "audience"}, {"viewers", 0}}));
}

TEST(WebSocket, P30UnknownTypesAndMembersAreIgnored) {
  School school;
  const ConnectionId page = school.hello("demo", "student");
  school.say(page, R"({"type":"dance","steps":3})");
  school.say(page, R"({"type":"ping","extra":[1,{"a":2}]})");
  EXPECT_THAT(school.heard(page, "error"), SizeIs(0));
  EXPECT_THAT(school.heard(page, "pong"), SizeIs(1));
}

TEST(WebSocket, P30WhatIsNoMessageIsAnsweredAndTheConnectionStays) {
  School school;
  const ConnectionId page = school.hello("demo", "student");
  const std::vector<std::string> bad = {"",
                                        "{",
                                        "[]",
                                        "{}",
                                        R"({"type":1})",
                                        R"({"type":"media"})",
                                        R"({"type":"media","session":"nonsense"})",
                                        R"({"type":"limit","rung":"4320p"})",
                                        R"({"type":"ping","t":"now"})",
                                        R"({"type":"report","sound":"yes"})",
                                        R"({"type":"report","rung":720})",
                                        R"({"type":"report","loss":1.5})",
                                        R"({"type":"report","loss":null})",
                                        R"({"type":"report","bytes":-1})",
                                        R"({"type":"hello","class":"demo","role":"student"})"};
  for (const std::string& text : bad) {
    school.forget();
    school.advance(Duration::seconds(1));
    school.say(page, text);
    const auto errors = school.heard(page, "error");
    ASSERT_THAT(errors, SizeIs(1)) << text;
    EXPECT_EQ(errors[0].at("code"), "bad-message");
  }
  EXPECT_FALSE(school.close_code(page).has_value());
}

TEST(WebSocket, P30AMemberOfAnotherTypeIsNotReadAsIfItWereMissing) {
  School school;
  for (const char* member : {R"("version":"1")", R"("token":1)", R"("client":null)"}) {
    const ConnectionId page = school.open();
    school.say(page,
               R"({"type":"hello","class":"demo","role":"student",)" + std::string(member) + "}");
    EXPECT_THAT(school.heard(page, "welcome"), IsEmpty()) << member;
    ASSERT_THAT(school.heard(page, "error"), SizeIs(1)) << member;
    EXPECT_EQ(school.heard(page, "error")[0].at("code"), "bad-message");
  }
}

TEST(WebSocket, P31TheFirstMessageIsHelloWithinTenSeconds) {
  School school;
  const ConnectionId page = school.open();
  school.say(page, kPing);
  EXPECT_EQ(school.heard(page, "error").at(0).at("code"), "hello-first");
  school.advance(Duration::seconds(9));
  EXPECT_FALSE(school.close_code(page).has_value());
  school.advance(Duration::seconds(2));
  EXPECT_EQ(school.close_code(page), 4408);
  EXPECT_EQ(school.signaling().census().connections, 0U);
}

TEST(WebSocket, P33APageThatIsSilentForNinetySecondsIsClosed) {
  School school;
  const ConnectionId page = school.hello("demo", "student");
  school.advance(Duration::seconds(80));
  school.say(page, R"({"type":"ping","t":7})");
  EXPECT_EQ(school.heard(page, "pong").at(0).at("t"), 7);
  school.advance(Duration::seconds(89));
  EXPECT_FALSE(school.close_code(page).has_value());
  school.advance(Duration::seconds(2));
  EXPECT_EQ(school.close_code(page), 4408);
}

TEST(WebSocket, P34FramesAreBoundedByRole) {
  School school;
  const ConnectionId student = school.hello("demo", "student");
  school.say(student, std::string(4 * 1024, ' '));
  EXPECT_FALSE(school.close_code(student).has_value());
  school.say(student, std::string(4 * 1024 + 1, ' '));
  EXPECT_EQ(school.close_code(student), 1009);
  const ConnectionId teacher = school.hello("demo", "teacher");
  school.say(teacher, std::string(64 * 1024, ' '));
  EXPECT_FALSE(school.close_code(teacher).has_value());
  school.say(teacher, std::string(64 * 1024 + 1, ' '));
  EXPECT_EQ(school.close_code(teacher), 1009);
  const ConnectionId stranger = school.open();
  school.say(stranger, std::string(8 * 1024, ' '));
  EXPECT_FALSE(school.close_code(stranger).has_value());
  school.say(stranger, std::string(8 * 1024 + 1, ' '));
  EXPECT_EQ(school.close_code(stranger), 1009);
}

TEST(WebSocket, P34AFloodIsDroppedComplainedAboutOnceASecondThenClosed) {
  School school;
  const ConnectionId page = school.hello("demo", "student");
  for (int i = 0; i < 150; ++i) school.say(page, kPing);
  EXPECT_THAT(school.heard(page, "pong"), SizeIs(15));  // hello was the sixteenth
  EXPECT_THAT(school.heard(page, "error"), SizeIs(1));
  EXPECT_EQ(school.heard(page, "error")[0].at("code"), "too-many-messages");
  EXPECT_FALSE(school.close_code(page).has_value());
  for (int i = 0; i < 65; ++i) school.say(page, kPing);
  EXPECT_EQ(school.close_code(page), 4429);
}

TEST(WebSocket, P35AMediaSessionGetsItsRungAndLosesItWithMove) {
  School school;
  school.start_worker(0);
  const ConnectionId page = school.hello("demo", "student");
  const SessionName name = school.join("demo");
  school.tell(0, control::SessionRung{name.id, "360p", 15, "join"});
  EXPECT_THAT(school.heard(page, "rung"), SizeIs(0));
  school.say(page, json{{"type", "media"}, {"session", "/whep/demo/" + name.to_string()}}.dump());
  ASSERT_THAT(school.heard(page, "rung"), SizeIs(1));
  school.tell(0, control::SessionRung{name.id, "720p", 30, "bandwidth"});
  EXPECT_EQ(school.heard(page, "rung").at(1),
            (json{{"type", "rung"}, {"rung", "720p"}, {"fps", 30}, {"reason", "bandwidth"}}));
  school.tell(0, control::SessionState{name.id, "demo", control::Role::kView,
                                       control::SessionPhase::kClosed, "consent"});
  EXPECT_EQ(school.heard(page, "move").at(0).at("reason"), "closed");
}

TEST(WebSocket, P47ATeachersPageIsToldWhichEncodingsSomebodyReceives) {
  School school;
  school.start_worker(0);
  const SessionName name = school.teach("demo", "page");
  school.tell(0, control::SourceDemand{"demo", name.id, {"l", "m"}, {}});
  const ConnectionId page = school.hello("demo", "teacher", "page");
  const ConnectionId student = school.hello("demo", "student");
  school.say_media(page, name);
  ASSERT_THAT(school.heard(page, "encodings"), SizeIs(1)) << "what was known before";
  EXPECT_EQ(school.heard(page, "encodings")[0],
            (json{{"type", "encodings"}, {"session", name.to_string()}, {"camera", {"l", "m"}}}));
  school.tell(0, control::SourceDemand{"demo", name.id, {"l", "m", "h"}, {"s"}});
  ASSERT_THAT(school.heard(page, "encodings"), SizeIs(2));
  EXPECT_EQ(school.heard(page, "encodings")[1].at("camera"), (json{"l", "m", "h"}));
  EXPECT_EQ(school.heard(page, "encodings")[1].at("screen"), (json{"s"}));
  EXPECT_THAT(school.heard(student, "encodings"), SizeIs(0));
  // Another's session, or a viewer's, is nobody's demand.
  school.tell(0, control::SourceDemand{"demo", school.join("demo").id, {"l"}, {}});
  EXPECT_THAT(school.heard(page, "encodings"), SizeIs(2));
}

TEST(WebSocket, P85ATeachersPageIsToldOfWhatCannotBeUsed) {
  School school;
  school.start_worker(0);
  const SessionName name = school.teach("demo", "page");
  school.tell(0, control::Unusable{"demo", name.id, "camera", "no-keyframe"});
  const ConnectionId page = school.hello("demo", "teacher", "page");
  const ConnectionId student = school.hello("demo", "student");
  school.say_media(page, name);
  ASSERT_THAT(school.heard(page, "unusable"), SizeIs(1)) << "what was known before";
  EXPECT_EQ(school.heard(page, "unusable")[0], (json{{"type", "unusable"},
                                                     {"session", name.to_string()},
                                                     {"track", "camera"},
                                                     {"reason", "no-keyframe"}}));
  school.tell(0, control::Unusable{"demo", name.id, "camera", ""});
  ASSERT_THAT(school.heard(page, "unusable"), SizeIs(2));
  EXPECT_FALSE(school.heard(page, "unusable")[1].contains("reason")) << "usable again";
  school.tell(0, control::Unusable{"demo", name.id, "", "unknown-stream"});
  EXPECT_FALSE(school.heard(page, "unusable")[2].contains("track"));
  EXPECT_THAT(school.heard(student, "unusable"), SizeIs(0));
  school.tell(0, control::Unusable{"demo", school.join("demo").id, "audio", "malformed"});
  EXPECT_THAT(school.heard(page, "unusable"), SizeIs(3)) << "a viewer's session sends nothing";
}

TEST(WebSocket, P35P45ASessionThatIsNotThereIsAnsweredByMove) {
  School school;
  school.start_worker(0);
  const ConnectionId page = school.hello("demo", "student");
  school.say_media(page, {0, std::string(32, '0')});
  EXPECT_EQ(school.heard(page, "move").at(0).at("reason"), "gone");
  // One whose worker is not there is waited for.
  school.forget();
  school.say_media(page, {5, std::string(32, '0')});
  school.advance(Duration::seconds(4));
  EXPECT_THAT(school.heard(page, "move"), SizeIs(0));
  school.advance(Duration::seconds(2));
  EXPECT_EQ(school.heard(page, "move").at(0).at("reason"), "gone");
}

TEST(WebSocket, P35AStudentCannotHaveAPublishersSessionNorOneOfAnotherClass) {
  Config config = School::dev_config();
  config.classes.emplace_back("other");
  School school(config);
  school.start_worker(0);
  const ConnectionId page = school.hello("demo", "student");
  school.say_media(page, school.teach("demo"));
  school.say_media(page, school.join("other"));
  EXPECT_THAT(school.heard(page, "move"), SizeIs(2));
}

TEST(WebSocket, P45APageThatDeletesItsSessionIsNotAskedToMove) {
  School school;
  school.start_worker(0);
  const ConnectionId page = school.hello("demo", "student");
  const SessionName name = school.join("demo");
  school.say_media(page, name);
  school.ask(school.request("DELETE", "/whep/demo/" + name.to_string()));
  EXPECT_THAT(school.heard(page, "move"), SizeIs(0));
}

TEST(WebSocket, P36P44ReportsOfTroubleReachTheTeacher) {
  School school;
  const ConnectionId teacher = school.hello("demo", "teacher");
  const ConnectionId student = school.hello("demo", "student");
  const auto trouble = [&] { return school.heard(teacher, "audience").back().at("trouble"); };
  school.say(student, R"({"type":"report","sound":false,"playing":true,"rtt_ms":40})");
  school.advance(Duration::seconds(1));
  EXPECT_EQ(trouble(), (json{{"sound", 1}, {"picture", 0}}));
  school.say(student, R"({"type":"report","sound":true,"playing":false})");
  school.advance(Duration::seconds(1));
  EXPECT_EQ(trouble(), (json{{"sound", 0}, {"picture", 1}}));
  school.advance(Duration::seconds(32));
  EXPECT_EQ(trouble(), (json{{"sound", 0}, {"picture", 0}}));
}

TEST(WebSocket, P122AfterFallingBehindAPageIsToldAnewHowThingsAre) {
  School school;
  school.start_worker(0);
  const ConnectionId page = school.hello("demo", "student");
  const SessionName name = school.join("demo");
  school.say_media(page, name);
  school.tell(0, control::SessionRung{name.id, "360p", 15, "join"});
  const ConnectionId teacher = school.hello("demo", "teacher");
  const SessionName publisher = school.teach("demo");
  school.say_media(teacher, publisher);
  school.tell(0, control::SourceDemand{"demo", publisher.id, {"l"}, {}});
  school.forget();
  school.catch_up(page);
  EXPECT_EQ(school.heard(page, "class").at(0).at("teacher"), "live");
  EXPECT_EQ(school.heard(page, "audience").at(0).at("viewers"), 1);
  EXPECT_EQ(school.heard(page, "rung").at(0).at("rung"), "360p");
  EXPECT_THAT(school.heard(teacher, "class"), SizeIs(0));
  school.catch_up(teacher);
  EXPECT_EQ(school.heard(teacher, "encodings").at(0).at("camera"), json::array({"l"}));
  EXPECT_THAT(school.heard(teacher, "class"), SizeIs(1));
  school.catch_up(school.open());  // one that has said no hello has nothing to be told
}

TEST(WebSocket, P121BinaryMessagesAreCountedAndIgnored) {
  School school;
  const ConnectionId page = school.hello("demo", "student");
  Events events;
  school.signaling().ws_binary(school.now, page, std::string("\x07\0ink", 5), events);
  EXPECT_THAT(events, SizeIs(0));
  for (int i = 0; i < 16; ++i) school.signaling().ws_binary(school.now, page, "\x07", events);
  EXPECT_THAT(events, SizeIs(1)) << "too fast";
  school.signaling().ws_binary(school.now, page, std::string(4097, 'x'), events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(std::get<CloseWs>(events[1]).code, 1009);
}

TEST(WebSocket, P101AFormatThatABrowserCannotShowIsTroubleOfItsOwn) {
  School school;
  const ConnectionId teacher = school.hello("demo", "teacher");
  const ConnectionId student = school.hello("demo", "student");
  const auto trouble = [&] { return school.heard(teacher, "audience").back().at("trouble"); };
  school.say(student, R"({"type":"report","sound":true,"playing":true,"codec":true})");
  school.advance(Duration::seconds(1));
  EXPECT_EQ(trouble(), (json{{"sound", 0}, {"picture", 1}, {"codec", 1}}));
  school.say(student, R"({"type":"report","sound":true,"playing":true,"codec":false})");
  school.advance(Duration::seconds(1));
  EXPECT_EQ(trouble(), (json{{"sound", 0}, {"picture", 0}}));
}

TEST(WebSocket, P103ALimitThatWasTakenBackIsToldToTheWorkerToo) {
  School school;
  school.start_worker(0);
  const ConnectionId before = school.hello("demo", "student");
  const SessionName name = school.join("demo");
  school.say_media(before, name);
  school.say(before, R"({"type":"limit","rung":"audio"})");
  EXPECT_EQ(school.worker(0).limits.at(name.id).limit, control::Limit::kAudioOnly);
  // The WebSocket broke; the student chose "automatic" meanwhile. The media went on.
  const ConnectionId after = school.hello("demo", "student");
  school.say(after, R"({"type":"limit","rung":null})");
  school.say_media(after, name);
  EXPECT_EQ(school.worker(0).limits.at(name.id).limit, control::Limit::kNone);
}

TEST(WebSocket, P37ALimitReachesTheWorkerNowAndForLaterSessions) {
  School school;
  school.start_worker(0);
  const ConnectionId page = school.hello("demo", "student");
  const SessionName first = school.join("demo");
  school.say_media(page, first);
  school.say(page, R"({"type":"limit","rung":"360p"})");
  EXPECT_EQ(school.worker(0).limits.at(first.id),
            (control::LimitTier{first.id, control::Limit::kHeight, 360}));
  const SessionName second = school.join("demo");
  school.say_media(page, second);
  EXPECT_EQ(school.worker(0).limits.at(second.id).max_height, 360U);
  school.say(page, R"({"type":"limit","rung":"audio"})");
  EXPECT_EQ(school.worker(0).limits.at(second.id).limit, control::Limit::kAudioOnly);
  school.say(page, R"({"type":"limit","rung":null})");
  EXPECT_EQ(school.worker(0).limits.at(second.id).limit, control::Limit::kNone);
}

TEST(WebSocket, P38P43OnlyTheTeacherSaysWhatIsSwitchedOn) {
  School school;
  school.start_worker(0);
  const ConnectionId teacher = school.hello("demo", "teacher");
  const ConnectionId student = school.hello("demo", "student");
  school.say_media(teacher, school.teach("demo"));
  const std::string off = R"({"type":"sources","camera":true,"microphone":false,"screen":false})";
  school.say(student, off);
  EXPECT_EQ(school.heard(student, "error").at(0).at("code"), "not-allowed");
  EXPECT_EQ(school.heard(student, "class").back().at("sources").at("microphone"), true);
  school.say(teacher, off);
  EXPECT_EQ(school.heard(student, "class").back().at("sources"),
            (json{{"camera", true}, {"microphone", false}, {"screen", false}}));
}

TEST(WebSocket, P3P39FatalErrorsSayWhyAndClose) {
  Config config;
  config.classes = {"demo"};
  const auto authority = *make_hs256_authority(std::string(32, 'k'));
  School school(config, authority.get());
  school.start_worker(0);
  const auto fate = [&](json hello) {
    const ConnectionId page = school.open();
    hello["type"] = "hello";
    school.say(page, hello.dump());
    return std::pair(school.heard(page, "error").at(0).at("code").get<std::string>(),
                     school.close_code(page).value_or(0));
  };
  const auto token = [&](std::string_view class_id, Grants grants, std::int64_t expires) {
    return *authority->mint({.subject = "s",
                             .class_id = std::string(class_id),
                             .grants = grants,
                             .not_before = 1'700'000'000,
                             .expires = expires,
                             .id = ""},
                            1'700'000'000);
  };
  constexpr std::int64_t kLater = 1'900'000'000;
  using Fate = std::pair<std::string, std::uint16_t>;
  EXPECT_EQ(fate({{"class", "demo"}, {"role", "student"}}), Fate("token-missing", 4401));
  EXPECT_EQ(fate({{"class", "demo"}, {"role", "student"}, {"token", "x"}}),
            Fate("token-invalid", 4401));
  EXPECT_EQ(fate({{"class", "demo"},
                  {"role", "student"},
                  {"token", token("demo", kStudentGrants, 1'700'000'600)}}),
            Fate("token-expired", 4401));
  EXPECT_EQ(fate({{"class", "demo"},
                  {"role", "teacher"},
                  {"token", token("demo", kStudentGrants, kLater)}}),
            Fate("forbidden", 4403));
  EXPECT_EQ(fate({{"class", "demo"},
                  {"role", "student"},
                  {"token", token("other", kStudentGrants, kLater)}}),
            Fate("forbidden", 4403));
  EXPECT_EQ(
      fate({{"class", "none"}, {"role", "student"}, {"token", token("*", kStudentGrants, kLater)}}),
      Fate("unknown-class", 4404));
  EXPECT_EQ(fate({{"class", "demo"}, {"role", "student"}, {"version", 2}}), Fate("version", 4400));
  EXPECT_EQ(school.signaling().census().connections, 0U);
}

TEST(WebSocket, P39AFullServerSaysSo) {
  Config config = School::dev_config();
  config.max_connections = 1;
  School school(config);
  school.hello("demo", "student");
  const ConnectionId second = school.hello("demo", "student");
  EXPECT_EQ(school.heard(second, "error").at(0).at("code"), "full");
  EXPECT_EQ(school.close_code(second), 4503);
}

TEST(WebSocket, P7AForeignOriginIsClosed) {
  School school;
  WsPeer peer = School::local_peer();
  peer.origin = "http://evil.example";
  EXPECT_EQ(school.close_code(school.open(peer)), 4403);
  EXPECT_EQ(school.signaling().census().connections, 0U);
}

TEST(WebSocket, P17ATeachersHelloMakesAClassUnderDev) {
  School school;
  school.start_worker(0);
  EXPECT_EQ(school.close_code(school.hello("physics", "student")), 4404);
  school.hello("physics", "teacher");
  EXPECT_FALSE(school.close_code(school.hello("physics", "student")).has_value());
  EXPECT_EQ(school.close_code(school.hello("No Name", "teacher")), 4404);
}

TEST(ClassState, P40P42StudentsSeeTheTeacherComeAndGo) {
  School school;
  school.start_worker(0);
  const ConnectionId student = school.hello("demo", "student");
  const SessionName name = school.teach("demo");
  EXPECT_EQ(school.heard(student, "class").back().at("teacher"), "live");
  school.arrive(name, {});
  EXPECT_EQ(school.heard(student, "class").back().at("teacher"), "away");
  school.arrive(name, {.microphone = true});
  EXPECT_EQ(school.heard(student, "class").back().at("teacher"), "live");
  school.tell(0, control::SessionState{name.id, "demo", control::Role::kPublish,
                                       control::SessionPhase::kClosed, "consent"});
  EXPECT_EQ(school.heard(student, "class").back().at("teacher"), "away");
  school.advance(Duration::seconds(31));
  EXPECT_EQ(school.heard(student, "class").back().at("teacher"), "absent");
  const SessionName again = school.teach("demo");
  school.ask(school.request("DELETE", "/whip/demo/" + again.to_string()));
  EXPECT_EQ(school.heard(student, "class").back().at("teacher"), "absent");
}

TEST(ClassState, P40NothingIsSaidWhenNothingChanges) {
  School school;
  school.start_worker(0);
  const ConnectionId student = school.hello("demo", "student");
  const SessionName name = school.teach("demo");
  school.forget();
  school.arrive(name, {.camera = true, .microphone = true});
  school.advance(Duration::seconds(20));
  EXPECT_THAT(school.heard(student, "class"), SizeIs(0));
  EXPECT_THAT(school.heard(student, "audience"), SizeIs(testing::Le(1)));
}

TEST(ClassState, P41P44TeachersSeeRungsStudentsARoundedNumberRarely) {
  School school;
  school.start_worker(0);
  school.start_worker(1);
  const ConnectionId teacher = school.hello("demo", "teacher");
  const ConnectionId student = school.hello("demo", "student");
  school.advance(Duration::seconds(6));
  school.forget();
  for (int i = 0; i < 120; ++i) {
    school.join("demo");
    school.advance(Duration::milliseconds(50));
  }
  school.tell(0, control::Audience{"demo", {{"720p", 50}, {"audio", 10}}});
  school.tell(1, control::Audience{"demo", {{"720p", 60}}});
  school.advance(Duration::seconds(6));
  const auto exact = school.heard(teacher, "audience").back();
  EXPECT_EQ(exact.at("viewers"), 120);
  EXPECT_EQ(exact.at("rungs"), (json{{"720p", 110}, {"audio", 10}}));
  const auto rough = school.heard(student, "audience");
  EXPECT_EQ(rough.back(), (json{{"type", "audience"}, {"viewers", 120}}));
  EXPECT_LE(rough.size(), 3U);
  school.tell(1, control::Audience{"demo", {}});
  school.advance(Duration::seconds(1));
  EXPECT_EQ(school.heard(teacher, "audience").back().at("rungs").at("720p"), 50);
}

TEST(ClassState, P46APageThatIsReplacedHearsItOneThatRetriesDoesNot) {
  School school;
  school.start_worker(0);
  const ConnectionId first = school.hello("demo", "teacher", "page-1");
  school.say_media(first, school.teach("demo", "page-1"));
  school.say_media(first, school.teach("demo", "page-1"));
  EXPECT_THAT(school.heard(first, "replaced"), SizeIs(0));
  school.teach("demo", "page-2");
  EXPECT_THAT(school.heard(first, "replaced"), SizeIs(1));
  EXPECT_THAT(school.heard(first, "move"), SizeIs(0));
}

}  // namespace
}  // namespace lectern::signaling
