#include "media/ice/lite_agent.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <vector>

namespace lectern::ice {
namespace {

using stun::BindingRequest;

const Credentials kServer{.ufrag = "serverufrag12345", .password = "server-password-0123456789"};
const Credentials kRestarted{.ufrag = "serverufrag67890", .password = "server-password-9876543210"};
const Endpoint kLocal = Endpoint::v4(198, 51, 100, 1, 9000);

Path path_from(uint8_t host) {
  return {.remote = Endpoint::v4(192, 0, 2, host, 40000), .local = kLocal};
}

Instant at_ms(int64_t ms) {
  return Instant::from_ms(1'000'000 + ms);
}

class LiteAgentTest : public testing::Test {
 protected:
  struct Answer {
    LiteAgent::Outcome outcome;
    std::vector<uint8_t> reply;
  };

  Answer send(int64_t ms, const Path& path, const BindingRequest& request,
              std::string_view password) {
    std::array<uint8_t, stun::kMaxMessageSize> datagram{};
    const size_t size = stun::write_binding_request(request, as_bytes(password), datagram);
    return deliver(ms, path, Bytes(datagram).first(size));
  }

  Answer deliver(int64_t ms, const Path& path, Bytes datagram) {
    std::array<uint8_t, stun::kMaxMessageSize> reply{};
    Answer answer;
    answer.outcome = agent_.handle_datagram(at_ms(ms), path, datagram, reply);
    answer.reply.assign(reply.begin(),
                        reply.begin() + static_cast<ptrdiff_t>(answer.outcome.reply_size));
    return answer;
  }

  LiteAgent::Outcome check(int64_t ms, const Path& path, bool use_candidate = false,
                           const Credentials& server = kServer) {
    return send(ms, path, request_to(server, use_candidate), server.password).outcome;
  }

  static BindingRequest request_to(const Credentials& server, bool use_candidate = false) {
    return {.transaction_id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
            .receiver_ufrag = server.ufrag,
            .sender_ufrag = "peer",
            .priority = 1,
            .tie_breaker = 2,
            .is_controlling = true,
            .use_candidate = use_candidate};
  }

  LiteAgent agent_{at_ms(0), kServer};
};

TEST_F(LiteAgentTest, FirstCheckValidatesAndSelectsItsPath) {
  EXPECT_EQ(agent_.selected(), nullptr);
  const Answer answer = send(10, path_from(1), request_to(kServer), kServer.password);
  EXPECT_FALSE(answer.outcome.drop.has_value());
  EXPECT_TRUE(answer.outcome.newly_validated);
  EXPECT_TRUE(answer.outcome.selected_changed);
  ASSERT_NE(agent_.selected(), nullptr);
  EXPECT_EQ(*agent_.selected(), path_from(1));
  EXPECT_TRUE(agent_.is_validated(path_from(1)));
  EXPECT_FALSE(agent_.is_validated(path_from(2)));

  const auto reply = stun::parse(answer.reply);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->message_class, stun::Class::kSuccess);
  EXPECT_EQ(reply->transaction_id, request_to(kServer).transaction_id);
  EXPECT_EQ(reply->xor_mapped_address, path_from(1).remote);
  EXPECT_TRUE(stun::check_integrity(*reply, as_bytes(kServer.password)));

  EXPECT_FALSE(check(20, path_from(1)).newly_validated);
}

TEST_F(LiteAgentTest, FollowsUseCandidateAtOnce) {
  check(0, path_from(1), true);
  const auto moved = check(10, path_from(2), true);
  EXPECT_TRUE(moved.newly_validated);
  EXPECT_TRUE(moved.selected_changed);
  EXPECT_EQ(*agent_.selected(), path_from(2));
}

TEST_F(LiteAgentTest, StaysWhileTheOldPathIsHeard) {
  check(0, path_from(1), true);
  EXPECT_FALSE(check(1999, path_from(2)).selected_changed);
  EXPECT_EQ(*agent_.selected(), path_from(1));
  agent_.on_traffic(at_ms(2000), path_from(1));
  EXPECT_FALSE(check(3999, path_from(2)).selected_changed);
}

TEST_F(LiteAgentTest, FollowsAMovedPeerOnceTheOldPathIsSilent) {
  check(0, path_from(1), true);
  const auto moved = check(2000, path_from(2));
  EXPECT_TRUE(moved.selected_changed);
  EXPECT_EQ(*agent_.selected(), path_from(2));
}

TEST_F(LiteAgentTest, TheSameAddressTowardsAnotherOfOursIsAnotherPath) {
  check(0, path_from(1), true);
  Path other = path_from(1);
  other.local = Endpoint::v4(198, 51, 100, 2, 9000);
  EXPECT_TRUE(check(10, other, true).newly_validated);
  EXPECT_EQ(*agent_.selected(), other);
}

TEST_F(LiteAgentTest, RemembersEightPathsAndNeverDropsTheSelected) {
  check(0, path_from(1), true);
  for (uint8_t host = 2; host <= 30; ++host) {
    const int64_t ms = int64_t{host} * 10;
    agent_.on_traffic(at_ms(ms), path_from(1));
    check(ms, path_from(host));
  }
  EXPECT_EQ(*agent_.selected(), path_from(1));
  EXPECT_TRUE(agent_.is_validated(path_from(1)));
  int remembered = 0;
  for (uint8_t host = 1; host <= 30; ++host) remembered += agent_.is_validated(path_from(host));
  EXPECT_EQ(remembered, 8);
  for (uint8_t host = 24; host <= 30; ++host) EXPECT_TRUE(agent_.is_validated(path_from(host)));
}

TEST_F(LiteAgentTest, WrongPasswordIsRefusedAndChangesNothing) {
  const Answer answer = send(0, path_from(1), request_to(kServer), "another-password-0123456789");
  EXPECT_EQ(answer.outcome.drop, DropReason::kStunBadIntegrity);
  EXPECT_EQ(stun::parse(answer.reply)->error_code, stun::kUnauthenticated);
  EXPECT_EQ(agent_.selected(), nullptr);
  EXPECT_EQ(agent_.last_check(), at_ms(0));
}

TEST_F(LiteAgentTest, UnknownUsernameIsRefused) {
  const Answer answer = send(0, path_from(1), request_to(kRestarted), kServer.password);
  EXPECT_EQ(answer.outcome.drop, DropReason::kStunBadIntegrity);
  EXPECT_EQ(stun::parse(answer.reply)->error_code, stun::kUnauthenticated);
}

TEST_F(LiteAgentTest, MissingIntegrityIsABadRequest) {
  const Answer answer = send(0, path_from(1), request_to(kServer), "");
  EXPECT_EQ(answer.outcome.drop, DropReason::kStunMalformed);
  EXPECT_EQ(stun::parse(answer.reply)->error_code, stun::kBadRequest);
}

TEST_F(LiteAgentTest, ControlledPeerGetsARoleConflict) {
  BindingRequest request = request_to(kServer);
  request.is_controlling = false;
  const Answer answer = send(0, path_from(1), request, kServer.password);
  const auto reply = stun::parse(answer.reply);
  EXPECT_EQ(reply->error_code, stun::kRoleConflict);
  EXPECT_TRUE(stun::check_integrity(*reply, as_bytes(kServer.password)));
  EXPECT_EQ(agent_.selected(), nullptr);
}

TEST_F(LiteAgentTest, ResponsesAndJunkGetNoAnswer) {
  std::array<uint8_t, stun::kMaxMessageSize> response{};
  const size_t size =
      stun::write_binding_success({}, path_from(1).remote, as_bytes(kServer.password), response);
  EXPECT_EQ(deliver(0, path_from(1), Bytes(response).first(size)).outcome.drop,
            DropReason::kStunMalformed);
  const Answer junk = deliver(0, path_from(1), as_bytes("not STUN at all, but long enough"));
  EXPECT_EQ(junk.outcome.drop, DropReason::kStunMalformed);
  EXPECT_TRUE(junk.reply.empty());
}

TEST_F(LiteAgentTest, AnswersAreNotLargerThanQuestions) {
  std::array<uint8_t, stun::kMaxMessageSize> datagram{};
  const size_t size =
      stun::write_binding_request(request_to(kServer), as_bytes(kServer.password), datagram);
  EXPECT_LE(send(0, path_from(1), request_to(kServer), kServer.password).reply.size(), size);
  EXPECT_LE(send(0, path_from(1), request_to(kServer), "wrong").reply.size(), size);
}

TEST_F(LiteAgentTest, ConsentRunsOutThirtySecondsAfterTheLastCheck) {
  check(1000, path_from(1), true);
  EXPECT_EQ(agent_.next_timeout(), at_ms(31'000));
  agent_.on_traffic(at_ms(20'000), path_from(1));  // media is no consent (RFC 7675 §5.1)
  EXPECT_FALSE(agent_.has_expired(at_ms(30'999)));
  EXPECT_TRUE(agent_.has_expired(at_ms(31'000)));
  check(30'500, path_from(1));
  EXPECT_FALSE(agent_.has_expired(at_ms(31'000)));
}

TEST_F(LiteAgentTest, P94OfAPublisherItsMediaIsConsentToo) {
  agent_ = LiteAgent(at_ms(0), kServer, LiteAgent::Consent::kChecksAndMedia);
  agent_.on_traffic(at_ms(500), path_from(1));
  EXPECT_EQ(agent_.next_timeout(), at_ms(30'000)) << "not from an address without a check";
  check(1000, path_from(1), true);
  agent_.on_traffic(at_ms(20'000), path_from(1));
  EXPECT_FALSE(agent_.has_expired(at_ms(49'999)));
  EXPECT_TRUE(agent_.has_expired(at_ms(50'000)));
}

TEST_F(LiteAgentTest, APathIsProvenByMediaNotByChecks) {
  check(0, path_from(1), true);
  check(10, path_from(2), true);
  EXPECT_FALSE(agent_.is_proven(path_from(1)));
  agent_.on_traffic(at_ms(20), path_from(1));
  agent_.on_traffic(at_ms(20), path_from(3));
  EXPECT_TRUE(agent_.is_proven(path_from(1)));
  EXPECT_FALSE(agent_.is_proven(path_from(2)));
  EXPECT_FALSE(agent_.is_proven(path_from(3))) << "never validated";
  EXPECT_EQ(agent_.last_heard(), at_ms(20));
  EXPECT_EQ(agent_.last_heard(path_from(2)), at_ms(10));
}

TEST_F(LiteAgentTest, PeerThatNeverChecksExpiresToo) {
  EXPECT_FALSE(agent_.has_expired(at_ms(29'999)));
  EXPECT_TRUE(agent_.has_expired(at_ms(30'000)));
}

TEST_F(LiteAgentTest, OldCredentialsGoOnUntilTheFirstNew) {
  check(0, path_from(1), true);
  agent_.restart(kRestarted);
  EXPECT_EQ(agent_.local(), kRestarted);
  EXPECT_FALSE(check(10, path_from(1)).drop.has_value());
  EXPECT_EQ(*agent_.selected(), path_from(1));

  const auto first_new = check(20, path_from(2), true, kRestarted);
  EXPECT_TRUE(first_new.restarted);
  EXPECT_TRUE(first_new.selected_changed);
  EXPECT_FALSE(check(30, path_from(2), true, kRestarted).restarted);
  EXPECT_EQ(check(40, path_from(1)).drop, DropReason::kStunBadIntegrity);
}

TEST_F(LiteAgentTest, SecondRestartKeepsTheCredentialsInUse) {
  agent_.restart({.ufrag = "never-used-by-it", .password = "never-used-password-0123"});
  agent_.restart(kRestarted);
  EXPECT_FALSE(check(10, path_from(1)).drop.has_value());
  EXPECT_TRUE(check(20, path_from(1), false, kRestarted).restarted);
}

TEST_F(LiteAgentTest, ClockThatStepsBackDoesNotShortenConsent) {
  check(5000, path_from(1), true);
  check(1000, path_from(1), true);
  EXPECT_EQ(agent_.last_check(), at_ms(5000));
}

}  // namespace
}  // namespace lectern::ice
