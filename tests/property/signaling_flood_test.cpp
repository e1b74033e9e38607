// Floods at random: a few attackers, each with one token and any number of addresses, do all that
// can be asked of signaling as fast as they can, and honest people join between. Whatever the
// attackers do, each honest one is let in, and what is remembered stays bounded.
#include "base/rng.h"
#include "signaling/gate/quotas.h"
#include "signaling/gate/ungreeted.h"
#include "tests/unit/signaling/strict_school.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace lectern::signaling {
namespace {

using nlohmann::json;
using Person = StrictSchool::Person;

constexpr std::uint64_t kAttackers = 4;

class Siege {
 public:
  explicit Siege(std::uint64_t seed) : rng_(seed), s_(config()) {
    for (control::WorkerNumber k = 0; k < 2; ++k) s_.school.start_worker(k);
  }

  void attack() {
    const Person eve{.subject = "eve-" + std::to_string(rng_.below(kAttackers)), .life_s = 7200};
    s_.peer = any_address();
    switch (rng_.below(7)) {
      case 0:
        return remember(s_.school.open(peer()));
      case 1:
        return remember(s_.hello(eve, "physics", "student", client()));
      case 2:
        return (void)s_.school.ask(s_.as(eve, s_.school.request("POST", "/api/v1/tickets", "{}")));
      case 3:
        return guess();
      case 4:
        return change(eve);
      default:
        return join(eve);
    }
  }

  // A student: a link, a page, a media session, the end.
  void expect_student_gets_in() {
    const Person ann{.subject = "ann-" + std::to_string(++people_), .life_s = 7200};
    s_.peer = Endpoint::v4(192, 0, 2, 77, 50'000);
    const HttpResponse& issued =
        s_.school.ask(s_.as(ann, s_.school.request("POST", "/api/v1/tickets", "{}")));
    ASSERT_EQ(issued.status, 201) << issued.body;
    HttpRequest redeem = s_.school.request("POST", "/api/v1/tickets/redeem", issued.body);
    redeem.peer = s_.peer;
    ASSERT_EQ(s_.school.ask(std::move(redeem)).status, 200);
    const ConnectionId page = s_.hello(ann, "physics", "student", "tab");
    ASSERT_EQ(s_.error(page), "");
    const HttpResponse& joined = s_.post(ann, "/whep/physics");
    ASSERT_EQ(joined.status, 201) << joined.body;
    const SessionName name = session_of(joined);
    s_.school.connect(name);
    const std::string path = "/whep/physics/" + name.to_string();
    ASSERT_EQ(s_.change(ann, "PATCH", path, "\"e1\"").status, 204);
    ASSERT_EQ(s_.change(ann, "DELETE", path).status, 200);
    s_.school.leave(page);
  }

  void expect_teacher_gets_in() {
    const Person sari{
        .subject = "sari-" + std::to_string(++people_), .grants = kTeacherGrants, .life_s = 7200};
    const HttpResponse& taught = s_.post(sari, "/whip/history?client=page");
    ASSERT_EQ(taught.status, 201) << taught.body;
    const SessionName name = session_of(taught);
    s_.school.connect(name);
    ASSERT_EQ(s_.change(sari, "DELETE", "/whip/history/" + name.to_string()).status, 200);
  }

  void expect_bounded() {
    const Signaling::Census census = s_.school.signaling().census();
    EXPECT_LE(census.sessions, kAttackers * 24);
    EXPECT_LE(census.tickets, kAttackers * 100);
    EXPECT_LE(census.connections, kAttackers * 20 + Config{}.max_ungreeted);
    EXPECT_LE(census.classes, 2U);
    EXPECT_LE(census.remembered, 4 * Quotas::kMaxEntries);
  }

  void pass() {
    s_.school.advance(Duration::milliseconds(static_cast<std::int64_t>(rng_.below(40))));
  }

  void expect_empty_in_the_end() {
    for (const ConnectionId page : pages_) s_.school.leave(page);
    for (const SessionName& name : sessions_)
      if (s_.school.worker(name.worker).sessions.erase(name.id) != 0)
        s_.school.tell(name.worker, control::SessionState{name.id, "physics", control::Role::kView,
                                                          control::SessionPhase::kClosed, "ice"});
    s_.school.advance(Duration::seconds(180));
    const Signaling::Census census = s_.school.signaling().census();
    EXPECT_EQ(census.connections + census.sessions + census.tickets + census.pending_requests, 0U);
  }

 private:
  static Config config() {
    Config config = StrictSchool::default_config();
    config.expected_workers = 2;
    config.max_viewers_per_worker = 100;
    config.max_connections = 200;
    return config;
  }

  Endpoint any_address() {
    if (rng_.chance(0.5)) return Endpoint::v4(198, 51, 100, 1, 1);
    Endpoint address = *Endpoint::parse("2001:db8::1", 1);
    for (std::size_t i = 4; i < 16; ++i)
      address.address[i] = static_cast<std::uint8_t>(rng_.below(256));
    return address;
  }
  WsPeer peer() const {
    WsPeer from = School::local_peer();
    from.address = s_.peer;
    return from;
  }
  std::string client() { return "c" + std::to_string(rng_.below(1000)); }

  void remember(ConnectionId page) { pages_.push_back(page); }
  void guess() {
    HttpRequest http =
        s_.school.request("POST", "/api/v1/tickets/redeem", json{{"ticket", "x"}}.dump());
    http.peer = s_.peer;
    (void)s_.school.ask(std::move(http));
  }
  void join(const Person& eve) {
    const HttpResponse& response = s_.post(eve, "/whep/physics");
    if (response.status == 201) {
      sessions_.push_back(session_of(response));
      if (rng_.chance(0.3)) s_.school.connect(sessions_.back());
    } else {
      EXPECT_EQ(response.status, 429) << response.body;
      EXPECT_FALSE(header(response, "Retry-After").empty());
    }
  }
  void change(const Person& eve) {
    if (sessions_.empty()) return;
    const SessionName& name = sessions_[rng_.below(sessions_.size())];
    (void)s_.change(eve, rng_.chance(0.8) ? "PATCH" : "DELETE",
                    "/whep/physics/" + name.to_string());
  }

  Rng rng_;
  StrictSchool s_;
  std::uint64_t people_ = 0;
  std::vector<ConnectionId> pages_;
  std::vector<SessionName> sessions_;
};

class SiegeTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SiegeTest, P70HonestPeopleGetInAndTheTablesStayBounded) {
  Siege siege(GetParam());
  for (int i = 0; i < 40; ++i) {
    for (int k = 0; k < 40; ++k) siege.attack();
    siege.expect_student_gets_in();
    siege.expect_teacher_gets_in();
    siege.expect_bounded();
    siege.pass();
    if (testing::Test::HasFailure()) FAIL() << "seed " << GetParam() << ", step " << i;
  }
  siege.expect_empty_in_the_end();
}

INSTANTIATE_TEST_SUITE_P(Seeds, SiegeTest, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace lectern::signaling
