#include "media/ice/controlling_agent.h"

#include "media/ice/lite_agent.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace lectern::ice {
namespace {

const Credentials kServer{.ufrag = "server", .password = "server-password-0123456789"};
const Credentials kClient{.ufrag = "client", .password = "client-password-0123456789"};

// From the client: remote is the server.
Path client_path(uint8_t server_host) {
  return {.remote = Endpoint::v4(198, 51, 100, server_host, 9000),
          .local = Endpoint::v4(192, 0, 2, 1, 40000)};
}

Path reversed(const Path& path) {
  return {.remote = path.local, .local = path.remote};
}

// A client and a server with nothing between them, or with a cut line.
class ControllingAgentTest : public testing::Test {
 protected:
  struct Sent {
    Instant at;
    Path path;
    bool use_candidate = false;
  };

  void start(const std::vector<Path>& pairs) {
    client_.emplace(now_, kClient, kServer, pairs, rng_);
  }

  // Runs the client by its own timeouts up to `end`. The server hears what goes to `reachable`.
  void run_until(int64_t end_ms) {
    const Instant end = Instant::from_ms(end_ms);
    while (true) {
      while (exchange()) {
      }
      const Instant next = client_->next_timeout();
      if (next > end) break;
      ASSERT_GE(next, now_) << "a timeout in the past that nothing serves";
      now_ = next;
      client_->handle_timeout(now_);
    }
    now_ = end;
  }

  bool exchange() {
    std::array<uint8_t, stun::kMaxMessageSize> request{};
    const auto transmit = client_->poll_transmit(now_, request);
    if (!transmit) return false;
    const Bytes datagram = Bytes(request).first(transmit->size);
    sent_.push_back({now_, transmit->path, stun::parse(datagram)->use_candidate});
    if (transmit->path.remote != reachable_.remote || !is_connected_) return true;
    std::array<uint8_t, stun::kMaxMessageSize> reply{};
    const auto outcome = server_.handle_datagram(now_, reversed(transmit->path), datagram, reply);
    if (outcome.reply_size == 0) return true;
    EXPECT_TRUE(client_->handle_datagram(now_ + round_trip_, transmit->path,
                                         Bytes(reply).first(outcome.reply_size)));
    return true;
  }

  Instant now_ = Instant::from_ms(0);
  Rng rng_{7};
  LiteAgent server_{now_, kServer};
  std::optional<ControllingAgent> client_;
  std::vector<Sent> sent_;
  Path reachable_ = client_path(1);
  bool is_connected_ = true;
  Duration round_trip_ = Duration::zero();
};

TEST_F(ControllingAgentTest, OnePairIsNominatedByTheFirstCheck) {
  start({client_path(1)});
  round_trip_ = Duration::milliseconds(12);
  while (exchange()) {
  }
  EXPECT_EQ(sent_.size(), 1U);
  EXPECT_EQ(client_->state(), ControllingAgent::State::kConnected);
  EXPECT_EQ(client_->selected(), client_path(1));
  EXPECT_EQ(client_->round_trip(), Duration::milliseconds(12));
  ASSERT_NE(server_.selected(), nullptr);
  EXPECT_EQ(*server_.selected(), reversed(client_path(1)));
}

TEST_F(ControllingAgentTest, NominatesTheFirstPairThatAnswers) {
  reachable_ = client_path(2);
  start({client_path(1), client_path(2), client_path(3)});
  run_until(300);
  EXPECT_EQ(client_->state(), ControllingAgent::State::kConnected);
  EXPECT_EQ(client_->selected(), client_path(2));
  // Pacing (RFC 8445 §14.2), then the nominating check at once.
  ASSERT_GE(sent_.size(), 3U);
  EXPECT_EQ(sent_[0].at, Instant::from_ms(0));
  EXPECT_EQ(sent_[1].at, Instant::from_ms(50));
  EXPECT_FALSE(sent_[1].use_candidate);
  EXPECT_TRUE(sent_[2].use_candidate);
  EXPECT_EQ(sent_[2].path, client_path(2));
}

TEST_F(ControllingAgentTest, RepeatsByRfc8489AndThenFails) {
  is_connected_ = false;
  start({client_path(1)});
  run_until(60'000);
  std::vector<int64_t> times;
  times.reserve(sent_.size());
  for (const Sent& sent : sent_) times.push_back(sent.at.ms());
  // RFC 8489 §6.2.1: the sample times for an RTO of 500 ms; given up 16 RTO after the last.
  EXPECT_EQ(times, (std::vector<int64_t>{0, 500, 1500, 3500, 7500, 15500, 31500}));
  EXPECT_EQ(client_->state(), ControllingAgent::State::kFailed);
  EXPECT_FALSE(client_->selected().has_value());
  EXPECT_TRUE(client_->next_timeout().is_never());
}

TEST_F(ControllingAgentTest, KeepsConsentFresh) {
  start({client_path(1)});
  run_until(60'000);
  ASSERT_GE(sent_.size(), 12U);
  ASSERT_LE(sent_.size(), 25U);
  for (size_t i = 1; i < sent_.size(); ++i) {
    const Duration gap = sent_[i].at - sent_[i - 1].at;
    EXPECT_GE(gap, Duration::milliseconds(2500));
    EXPECT_LE(gap, Duration::milliseconds(5000));
  }
  EXPECT_EQ(client_->state(), ControllingAgent::State::kConnected);
  EXPECT_FALSE(server_.has_expired(now_));
}

TEST_F(ControllingAgentTest, LosesConsentThirtySecondsAfterTheLastAnswer) {
  start({client_path(1)});
  run_until(1000);
  is_connected_ = false;
  run_until(29'999);
  EXPECT_EQ(client_->state(), ControllingAgent::State::kConnected);
  run_until(30'001);
  EXPECT_EQ(client_->state(), ControllingAgent::State::kFailed);
}

TEST_F(ControllingAgentTest, MovesToReplacedPairs) {
  start({client_path(1)});
  run_until(1000);
  reachable_ = client_path(2);
  client_->replace_pairs(now_, std::vector{client_path(2)});
  EXPECT_EQ(client_->selected(), client_path(1)) << "until the new one is nominated";
  run_until(1001);
  EXPECT_EQ(client_->selected(), client_path(2));
}

TEST_F(ControllingAgentTest, RestartsWithNewCredentials) {
  start({client_path(1)});
  run_until(1000);
  const Credentials next{.ufrag = "again", .password = "again-password-0123456789"};
  server_.restart(next);
  client_->restart(now_, {.ufrag = "clientagain", .password = "client-again-0123456789"}, next);
  run_until(1001);
  EXPECT_EQ(server_.last_check(), Instant::from_ms(1000));
  run_until(40'000);
  EXPECT_EQ(client_->state(), ControllingAgent::State::kConnected);
}

TEST_F(ControllingAgentTest, ForeignResponsesAreIgnored) {
  start({client_path(1)});
  std::array<uint8_t, stun::kMaxMessageSize> request{};
  std::array<uint8_t, stun::kMaxMessageSize> reply{};
  const auto transmit = client_->poll_transmit(now_, request);
  ASSERT_TRUE(transmit.has_value());
  const auto id = stun::parse(Bytes(request).first(transmit->size))->transaction_id;
  const Endpoint mapped = client_path(1).local;

  size_t size = stun::write_binding_success(id, mapped, as_bytes("somebody else's"), reply);
  EXPECT_FALSE(client_->handle_datagram(now_, transmit->path, Bytes(reply).first(size)));
  size = stun::write_binding_success(id, mapped, as_bytes(kServer.password), reply);
  EXPECT_FALSE(client_->handle_datagram(now_, client_path(9), Bytes(reply).first(size)));
  EXPECT_EQ(client_->state(), ControllingAgent::State::kChecking);
  EXPECT_TRUE(client_->handle_datagram(now_, transmit->path, Bytes(reply).first(size)));
  EXPECT_EQ(client_->state(), ControllingAgent::State::kConnected);
}

TEST_F(ControllingAgentTest, RefusedPairMakesWayForAReserve) {
  start({client_path(1), client_path(2)});
  std::array<uint8_t, stun::kMaxMessageSize> buffer{};
  std::array<uint8_t, stun::kMaxMessageSize> reply{};
  const auto answer = [&](bool refuse) {
    const auto transmit = client_->poll_transmit(now_, buffer);
    ASSERT_TRUE(transmit.has_value());
    const auto id = stun::parse(Bytes(buffer).first(transmit->size))->transaction_id;
    const size_t size = refuse
                            ? stun::write_binding_error(id, stun::kUnauthenticated, {}, {}, reply)
                            : stun::write_binding_success(id, client_path(1).local,
                                                          as_bytes(kServer.password), reply);
    EXPECT_TRUE(client_->handle_datagram(now_, transmit->path, Bytes(reply).first(size)));
  };
  answer(false);                // pair 1 is valid and to be nominated
  now_ = Instant::from_ms(50);  // pair 2's turn, but the nomination is first in line
  answer(true);                 // refused
  answer(false);                // pair 2 answers
  answer(false);                // and is nominated
  EXPECT_EQ(client_->selected(), client_path(2));
}

TEST_F(ControllingAgentTest, AnswersTheChecksOfAFullPeer) {
  start({client_path(1)});
  run_until(1000);
  const auto check = [&](const char* receiver, const std::string& password) {
    std::array<uint8_t, stun::kMaxMessageSize> request{};
    const size_t size = stun::write_binding_request({.transaction_id = {1, 2, 3},
                                                     .receiver_ufrag = receiver,
                                                     .sender_ufrag = kServer.ufrag,
                                                     .is_controlling = false},
                                                    as_bytes(password), request);
    return client_->handle_datagram(now_, client_path(1), Bytes(request).first(size));
  };
  EXPECT_FALSE(check("somebody", kClient.password));
  EXPECT_FALSE(check("client", "somebody else's password"));
  EXPECT_GT(client_->next_timeout(), now_);
  EXPECT_TRUE(check("client", kClient.password));
  EXPECT_EQ(client_->next_timeout(), now_);

  std::array<uint8_t, stun::kMaxMessageSize> reply{};
  const auto transmit = client_->poll_transmit(now_, reply);
  ASSERT_TRUE(transmit.has_value());
  EXPECT_EQ(transmit->path, client_path(1));
  const auto answer = stun::parse(Bytes(reply).first(transmit->size));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->message_class, stun::Class::kSuccess);
  EXPECT_EQ(answer->transaction_id, (stun::TransactionId{1, 2, 3}));
  EXPECT_TRUE(stun::check_integrity(*answer, as_bytes(kClient.password)));
  EXPECT_FALSE(client_->poll_transmit(now_, reply).has_value());
}

}  // namespace
}  // namespace lectern::ice
