// Rule P130: a refusal says why by a code, and brings the numbers that a page needs for its words.
#include "tests/unit/signaling/strict_school.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lectern::signaling {
namespace {

using nlohmann::json;
using Person = StrictSchool::Person;

json problem_of(const HttpResponse& response) {
  return json::parse(response.body);
}

TEST(Refusals, P130AProblemHasACodeAndWhenToTryAgain) {
  StrictSchool s;
  const json starting = problem_of(s.post({.subject = "ann"}, "/whep/physics"));
  EXPECT_EQ(starting.at("code"), "starting");
  EXPECT_EQ(starting.at("status"), 503);
  EXPECT_EQ(starting.at("retry_after"), 1);
  EXPECT_FALSE(starting.contains("limit"));
  s.school.start_worker(0);
  const Person elsewhere{.subject = "ann", .class_id = "history"};
  EXPECT_EQ(problem_of(s.post(elsewhere, "/whep/physics")).at("code"), "forbidden");
  EXPECT_EQ(problem_of(s.school.ask(s.school.offer("/whep/physics"))).at("code"), "token-missing");
  s.school.advance(Duration::seconds(5));
  const json unknown = problem_of(s.post({.subject = "ann"}, "/whep/biology"));
  EXPECT_EQ(unknown.at("code"), "unknown-class");
  EXPECT_FALSE(unknown.contains("retry_after"));
}

TEST(Refusals, P130AQuotaSaysHowManyAreAllowed) {
  Config config = StrictSchool::default_config();
  config.quotas.sessions_per_person = 3;
  StrictSchool s(config);
  s.school.start_worker(0);
  const Person ann{.subject = "ann"};
  EXPECT_EQ(s.status(ann, "/whep/physics"), 201);
  const json connecting = problem_of(s.post(ann, "/whep/physics"));
  EXPECT_EQ(connecting.at("code"), "too-many-tries");
  EXPECT_EQ(connecting.at("limit"), 1);
  EXPECT_EQ(connecting.at("retry_after"), 5);
}

TEST(Refusals, P130SomebodyElsesClassIsTaken) {
  StrictSchool s;
  s.school.start_worker(0);
  const Person sari{.subject = "sari", .grants = kTeacherGrants};
  const Person budi{.subject = "budi", .grants = kTeacherGrants};
  s.school.connect(session_of(s.post(sari, "/whip/physics?client=a")));
  EXPECT_EQ(problem_of(s.post(budi, "/whip/physics?client=b")).at("code"), "class-taken");
}

TEST(Refusals, P130P39AnErrorThatClosesSaysHowManyAreAllowed) {
  Config config = StrictSchool::default_config();
  config.quotas.connections_per_person = 2;
  StrictSchool s(config);
  const Person ann{.subject = "ann"};
  for (int i = 0; i < 2; ++i) s.hello(ann, "physics", "student");
  const ConnectionId page = s.hello(ann, "physics", "student");
  const json error = s.school.heard(page, "error").at(0);
  EXPECT_EQ(error.at("code"), "too-many-connections");
  EXPECT_EQ(error.at("limit"), 2);
  EXPECT_FALSE(error.at("text").get<std::string>().empty());
  EXPECT_EQ(s.school.close_code(page), 4429);
}

TEST(Refusals, P130P70WhoGivesWayWithoutAHelloIsToldThatTheNetworkIsBusy) {
  Config config = StrictSchool::default_config();
  config.max_ungreeted_per_network = 1;
  StrictSchool s(config);
  WsPeer peer = School::local_peer();
  peer.address = s.peer;
  const ConnectionId oldest = s.school.open(peer);
  s.school.open(peer);
  const json error = s.school.heard(oldest, "error").at(0);
  EXPECT_EQ(error.at("code"), "network-busy");
  EXPECT_EQ(error.at("retry_after"), 5);
  EXPECT_EQ(s.school.close_code(oldest), 4429);
}

TEST(Refusals, P130P34P120TooFastSaysHowManyASecondAreAllowed) {
  StrictSchool s;
  const ConnectionId page = s.hello({.subject = "ann"}, "physics", "student");
  for (int i = 0; i < 7; ++i) s.school.say(page, R"({"type":"reaction","kind":"clap"})");
  EXPECT_EQ(s.school.heard(page, "error").at(0).at("rate"), 2);
  s.school.advance(Duration::seconds(5));
  for (int i = 0; i < 17; ++i) s.school.say(page, R"({"type":"ping"})");
  const json error = s.school.heard(page, "error").at(1);
  EXPECT_EQ(error.at("code"), "too-many-messages");
  EXPECT_EQ(error.at("rate"), 8);
}

}  // namespace
}  // namespace lectern::signaling
