// Rule P70: nobody with one token, or with none, takes the places of others.
#include "signaling/gate/quotas.h"

#include "signaling/gate/ungreeted.h"
#include "tests/unit/signaling/strict_school.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lectern::signaling {
namespace {

using nlohmann::json;
using testing::EndsWith;
using Person = StrictSchool::Person;

constexpr Instant kStart = Instant::from_ms(5'000);

Party party(const std::string& person, const char* address) {
  return {person, Network::of(*Endpoint::parse(address, 1))};
}

void expect_429(const HttpResponse& response) {
  EXPECT_EQ(response.status, 429) << response.body;
  EXPECT_FALSE(header(response, "Retry-After").empty());
  EXPECT_THAT(json::parse(response.body).at("detail").get<std::string>(), EndsWith("."));
}

TEST(Network, P70AnAddressOfIpv4AndThe64OfIpv6) {
  const auto of = [](const char* address) { return Network::of(*Endpoint::parse(address, 7)); };
  EXPECT_EQ(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
  EXPECT_EQ(of("192.0.2.1"), of("::ffff:192.0.2.1"));
  EXPECT_NE(of("192.0.2.1"), of("192.0.2.2"));
}

TEST(Quotas, P70ABurstPassesThenTheRateAndOthersAreNotTouched) {
  Quotas quotas(QuotaLimits{});
  int passed = 0;
  for (int i = 0; i < 3000; ++i)
    passed +=
        quotas.join(kStart + Duration::milliseconds(i * 10), party("eve", "192.0.2.1"), {}, {}) ? 0
                                                                                                : 1;
  EXPECT_GE(passed, 24);
  EXPECT_LE(passed, 24 + 31);
  const Instant end = kStart + Duration::seconds(30);
  EXPECT_FALSE(quotas.join(end, party("ann", "192.0.2.1"), {}, {}).has_value());
}

TEST(Quotas, P70WhatAPersonIsRefusedIsNotTheNetworks) {
  Quotas quotas({.sessions_per_person = 1, .sessions_per_network = 20});
  for (int i = 0; i < 1000; ++i) (void)quotas.join(kStart, party("eve", "192.0.2.1"), {}, {});
  for (int i = 0; i < 19; ++i)
    EXPECT_FALSE(
        quotas.join(kStart, party("s" + std::to_string(i), "192.0.2.1"), {}, {}).has_value());
  EXPECT_TRUE(quotas.join(kStart, party("late", "192.0.2.1"), {}, {}).has_value());
  EXPECT_FALSE(quotas.join(kStart, party("other", "192.0.2.2"), {}, {}).has_value());
}

TEST(Quotas, P70ANetworksBoundMayBeSwitchedOff) {
  Quotas quotas({.sessions_per_person = 1, .sessions_per_network = 0});
  for (int i = 0; i < 10'000; ++i)
    EXPECT_FALSE(quotas
                     .join(kStart, party("s" + std::to_string(i), "192.0.2.1"), {},
                           {.sessions = 50'000, .connecting = 50'000})
                     .has_value());
}

TEST(Quotas, P70TheTablesAreBoundedAndEmptyThemselves) {
  Quotas quotas(QuotaLimits{});
  for (std::uint32_t i = 0; i < 80'000; ++i) {
    Network network;
    network.prefix[0] = 0x20;
    for (std::size_t k = 0; k < 4; ++k)
      network.prefix[4 + k] = static_cast<std::uint8_t>(i >> (8 * k));
    (void)quotas.fail_redeeming(kStart, network);
    (void)quotas.change_session(kStart, "p" + std::to_string(i));
  }
  EXPECT_LE(quotas.size(), 2 * Quotas::kMaxEntries);
  for (int s = 1; s < 120; ++s) quotas.expire(kStart + Duration::seconds(s));
  EXPECT_EQ(quotas.size(), 0U);
}

TEST(Quotas, P70AFloodOfJoinsByOneTokenLeavesTheSeatsToOthers) {
  StrictSchool s;
  s.school.start_worker(0);
  const Person eve{.subject = "eve", .class_id = "physics"};
  int taken = 0;
  for (int i = 0; i < 3000; ++i) {  // 150 a second for 20 s, without ICE
    const HttpResponse& response = s.post(eve, "/whep/physics");
    if (response.status == 201) {
      ++taken;
    } else {
      expect_429(response);
    }
    s.school.advance(Duration::microseconds(6667));
  }
  EXPECT_LE(taken, 8);
  EXPECT_EQ(s.status({.subject = "ann"}, "/whep/physics"), 201);
  EXPECT_EQ(s.status({.subject = "sari", .grants = kTeacherGrants}, "/whip/history"), 201);
}

TEST(Quotas, P70APersonsSessionsAreBoundedAndAnEndedOneMakesRoom) {
  StrictSchool s;
  s.school.start_worker(0);
  const Person ann{.subject = "ann"};
  SessionName last;
  for (int i = 0; i < 24; ++i) {
    s.school.advance(Duration::seconds(2));
    last = session_of(s.post(ann, "/whep/physics"));
    s.school.connect(last);
  }
  s.school.advance(Duration::seconds(60));
  expect_429(s.post(ann, "/whep/physics"));
  EXPECT_EQ(s.change(ann, "DELETE", "/whep/physics/" + last.to_string()).status, 200);
  EXPECT_EQ(s.status(ann, "/whep/physics"), 201);
}

TEST(Quotas, P70ASchoolBehindOneAddressJoinsInAMinute) {
  StrictSchool s;
  s.school.start_worker(0);
  for (int i = 0; i < 1000; ++i) {
    const HttpResponse& response = s.post({.subject = "s" + std::to_string(i)}, "/whep/physics");
    ASSERT_EQ(response.status, 201) << i;
    if (i % 2 == 0) s.school.connect(session_of(response));
    s.school.advance(Duration::milliseconds(60));
  }
}

TEST(Quotas, P70ANetworksJoinsAreBoundedButNotItsTeachers) {
  Config config = StrictSchool::default_config();
  config.quotas.sessions_per_network = 10;
  config.classes = {"physics", "history", "biology"};
  StrictSchool s(config);
  s.school.start_worker(0);
  int taken = 0;
  for (int i = 0; i < 50; ++i)
    taken += s.status({.subject = "s" + std::to_string(i)}, "/whep/physics") == 201 ? 1 : 0;
  EXPECT_EQ(taken, 5);  // half of them may be connecting
  EXPECT_EQ(s.status({.subject = "sari", .grants = kTeacherGrants}, "/whip/physics"), 201);
  s.peer = *Endpoint::parse("198.51.100.7", 1);
  for (const std::string lesson : {"history", "biology"}) {
    const Person teacher{.subject = lesson, .grants = kTeacherGrants};
    EXPECT_EQ(s.status(teacher, "/whip/" + lesson), 201);
  }
  taken = 0;
  for (int i = 0; i < 10; ++i)
    taken += s.status({.subject = "u" + std::to_string(i)}, "/whep/physics") == 201 ? 1 : 0;
  EXPECT_EQ(taken, 5) << "a teacher takes no student's place";
  s.peer = *Endpoint::parse("2001:db8::1", 1);
  EXPECT_EQ(s.status({.subject = "other"}, "/whep/physics"), 201);
}

TEST(Quotas, P70UnderDevThisMachineHasNone) {
  School school;
  school.start_worker(0);
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(school.ask(school.offer("/whep/demo")).status, 201);
  for (int i = 0; i < 500; ++i)
    EXPECT_FALSE(school.close_code(school.hello("demo", "student")).has_value());
  EXPECT_TRUE(school.signaling().next_timeout() > school.now);
}

TEST(Quotas, P70P5TooManyWaitingRequestsAre503ButATeachersIsTaken) {
  School school;
  FakeWorker& worker = school.start_worker(0, true);
  for (int i = 0; i < 8192; ++i) school.send(school.offer("/whep/demo"));
  const HttpResponse& response = school.ask(school.offer("/whep/demo"));
  EXPECT_EQ(response.status, 503);
  EXPECT_FALSE(header(response, "Retry-After").empty());
  const std::size_t orders = worker.orders.size();
  school.send(school.offer("/whip/demo"));
  EXPECT_EQ(worker.orders.size(), orders + 1);
}

TEST(Quotas, P70ChangesOfOnesSessionsAreBounded) {
  StrictSchool s;
  s.school.start_worker(0);
  const Person eve{.subject = "eve"};
  const Person ann{.subject = "ann"};
  const std::string mine = "/whep/physics/" + session_of(s.post(eve, "/whep/physics")).to_string();
  const std::string hers = "/whep/physics/" + session_of(s.post(ann, "/whep/physics")).to_string();
  int taken = 0;
  for (int i = 0; i < 1000; ++i) taken += s.change(eve, "PATCH", mine).status == 204 ? 1 : 0;
  EXPECT_EQ(taken, 100);
  expect_429(s.change(eve, "PATCH", mine));
  EXPECT_EQ(s.change(ann, "PATCH", hers).status, 204);
}

// ------------------------------------------------------------------------------------ WebSockets

TEST(Ungreeted, P70TheOldestOfItsNetworkGivesWay) {
  Ungreeted ungreeted(Config{}.max_ungreeted, Config{}.max_ungreeted_per_network);
  const Network flood = Network::of(Endpoint::v4(192, 0, 2, 1, 1));
  const Network other = Network::of(Endpoint::v4(192, 0, 2, 2, 1));
  EXPECT_EQ(ungreeted.add(ConnectionId(1), other), std::nullopt);
  for (std::uint64_t i = 0; i < Config{}.max_ungreeted_per_network; ++i)
    EXPECT_EQ(ungreeted.add(ConnectionId(10 + i), flood), std::nullopt);
  EXPECT_EQ(ungreeted.add(ConnectionId(90'000), flood), ConnectionId(10));
  EXPECT_EQ(ungreeted.size(), Config{}.max_ungreeted_per_network + 1);
  ungreeted.remove(ConnectionId(90'000));
  EXPECT_EQ(ungreeted.add(ConnectionId(90'001), flood), std::nullopt);
  // This machine under --dev has no network: only the bound of all.
  for (std::uint64_t i = 0; i < 2 * Config{}.max_ungreeted; ++i)
    (void)ungreeted.add(ConnectionId(100'000 + i), std::nullopt);
  EXPECT_EQ(ungreeted.size(), Config{}.max_ungreeted);
}

TEST(WebSocket, P70AFloodWithoutHelloKeepsNobodyOut) {
  Config config = StrictSchool::default_config();
  config.max_connections = 100;
  StrictSchool s(config);
  std::size_t refused = 0;
  for (int i = 0; i < 16'000; ++i) {
    WsPeer peer = School::local_peer();
    peer.address = Endpoint::v4(192, 0, 2, static_cast<std::uint8_t>(i % 7), 1);
    if (s.school.close_code(s.school.open(peer))) ++refused;
    if (i % 400 == 0) {
      const ConnectionId page = s.hello({.subject = "s" + std::to_string(i)}, "physics", "student");
      EXPECT_FALSE(s.school.close_code(page).has_value());
    }
  }
  EXPECT_EQ(refused, 0U);  // the newest never gives way
  EXPECT_LE(s.school.signaling().census().connections, Config{}.max_ungreeted + 40);
  s.school.advance(Duration::seconds(12));
  EXPECT_EQ(s.school.signaling().census().connections, 40U);
}

TEST(WebSocket, P70P39APersonsPagesAreBoundedAndASilentOneGivesWay) {
  StrictSchool s;
  const Person ann{.subject = "ann"};
  std::vector<ConnectionId> pages;
  for (int i = 0; i < 20; ++i) pages.push_back(s.hello(ann, "physics", "student"));
  const ConnectionId one_more = s.hello(ann, "physics", "student");
  EXPECT_EQ(s.error(one_more), "too-many-connections");
  EXPECT_EQ(s.school.close_code(one_more), 4429);
  EXPECT_FALSE(s.school.close_code(s.hello({.subject = "ben"}, "physics", "student")).has_value());
  s.school.advance(Duration::seconds(46));
  for (std::size_t i = 1; i < pages.size(); ++i) s.school.say(pages[i], R"({"type":"ping"})");
  EXPECT_FALSE(s.school.close_code(s.hello(ann, "physics", "student")).has_value());
  EXPECT_EQ(s.school.close_code(pages[0]), 4408);
  EXPECT_FALSE(s.school.close_code(pages[1]).has_value());
}

TEST(WebSocket, P39P17AServerFullOfClassesSaysSo) {
  Config config = StrictSchool::default_config();
  config.max_classes = 2;
  StrictSchool s(config);
  const ConnectionId page = s.hello(
      {.subject = "sari", .grants = kTeacherGrants, .class_id = "biology"}, "biology", "teacher");
  EXPECT_EQ(s.error(page), "classes-full");
  EXPECT_EQ(s.school.close_code(page), 4503);
}

// ------------------------------------------------------------------------------------------- API

class ApiQuotas : public testing::Test {
 protected:
  const HttpResponse& ask(const Person& person, const std::string& method, const std::string& path,
                          const json& body = json::object()) {
    return s_.school.ask(s_.as(person, s_.school.request(method, path, body.dump())));
  }
  const HttpResponse& redeem(const std::string& ticket) {
    HttpRequest http =
        s_.school.request("POST", "/api/v1/tickets/redeem", json{{"ticket", ticket}}.dump());
    http.peer = s_.peer;
    return s_.school.ask(std::move(http));
  }
  std::string ticket_of(const HttpResponse& response) {
    return json::parse(response.body).at("ticket").get<std::string>();
  }

  const Person admin_{.subject = "portal", .grants = {.admin = true}};
  StrictSchool s_;
};

TEST_F(ApiQuotas, P70P21AFloodOfTicketsTakesNobodyElses) {
  const std::string hers = ticket_of(ask({.subject = "ann"}, "POST", "/api/v1/tickets"));
  int taken = 0;
  for (int i = 0; i < 2000; ++i) {
    const HttpResponse& response = ask({.subject = "eve"}, "POST", "/api/v1/tickets");
    if (response.status == 201) {
      ++taken;
    } else {
      expect_429(response);
    }
  }
  EXPECT_EQ(taken, 100);
  EXPECT_EQ(s_.school.signaling().census().tickets, 101U);
  EXPECT_EQ(redeem(hers).status, 200);
}

TEST(Tickets, P70P5AFullTableIs503ToWhoHasNone) {
  Config config = StrictSchool::default_config();
  config.max_tickets = 2;
  StrictSchool s(config);
  const auto issue = [&s](const char* subject) -> const HttpResponse& {
    return s.school.ask(
        s.as({.subject = subject}, s.school.request("POST", "/api/v1/tickets", "{}")));
  };
  EXPECT_EQ(issue("ann").status, 201);
  EXPECT_EQ(issue("ben").status, 201);
  const HttpResponse& full = issue("eve");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(header(full, "Retry-After"), "10");
  s.school.advance(Duration::seconds(60));
  EXPECT_EQ(issue("eve").status, 201);
}

TEST_F(ApiQuotas, P70APortalMakesTheLinksOfASchoolAtOnce) {
  for (int i = 0; i < 1500; ++i) {
    ASSERT_EQ(
        ask(admin_, "POST", "/api/v1/tokens", {{"class", "physics"}, {"role", "student"}}).status,
        201);
    ASSERT_EQ(ask(admin_, "POST", "/api/v1/tickets").status, 201);
  }
  EXPECT_EQ(s_.school.signaling().census().tickets, 1500U);
}

TEST_F(ApiQuotas, P70ChangesOfClassesAreBoundedByPerson) {
  int taken = 0;
  for (int i = 0; i < 5000; ++i)
    taken += ask(admin_, "PUT", "/api/v1/classes/physics").status == 200 ? 1 : 0;
  EXPECT_EQ(taken, 4000);
  expect_429(ask(admin_, "DELETE", "/api/v1/classes/physics"));
  expect_429(ask(admin_, "GET", "/api/v1/classes"));
  expect_429(ask(admin_, "POST", "/api/v1/tokens", {{"class", "physics"}, {"role", "student"}}));
  EXPECT_EQ(
      ask({.subject = "other", .grants = {.admin = true}}, "PUT", "/api/v1/classes/physics").status,
      200);
}

TEST_F(ApiQuotas, P70P21GuessesAreBoundedAndARightTicketIsTakenAllTheSame) {
  const std::string good = ticket_of(ask({.subject = "ann"}, "POST", "/api/v1/tickets"));
  int guesses = 0;
  for (int i = 0; i < 5000; ++i) guesses += redeem("guess").status == 404 ? 1 : 0;
  EXPECT_EQ(guesses, 1000);
  expect_429(redeem("guess"));
  EXPECT_EQ(redeem(good).status, 200);
  s_.peer = Endpoint::v4(192, 0, 2, 9, 1);
  EXPECT_EQ(redeem("guess").status, 404);
}

TEST_F(ApiQuotas, P20P21BlanksAndADoubledSchemeAreNoDifference) {
  const std::string token = s_.token({.subject = "ann"});
  for (const std::string& authorization :
       {"Bearer " + token + " ", "bearer\t" + token, "BEARER   " + token + "\t ",
        "Bearer Bearer " + token, "Bearer bearer  " + token}) {
    HttpRequest http = s_.school.request("POST", "/api/v1/tickets", "{}");
    http.authorization = authorization;
    const HttpResponse& issued = s_.school.ask(std::move(http));
    ASSERT_EQ(issued.status, 201) << authorization;
    EXPECT_EQ(json::parse(redeem(ticket_of(issued)).body).at("token"), token) << authorization;
  }
  HttpRequest http = s_.school.request("POST", "/api/v1/tickets", "{}");
  http.authorization = "Bearer" + token;
  EXPECT_EQ(s_.school.ask(std::move(http)).status, 401);
}

}  // namespace
}  // namespace lectern::signaling
