// Which path a transport trusts, follows and gives up.

#include "tests/unit/media/transport/transport_pair.h"

#include <gtest/gtest.h>

namespace lectern::transport {
namespace {

const Path kPath{.remote = kClientAddress, .local = kServerAddress};
const Path kRebound{.remote = kReboundAddress, .local = kServerAddress};

TEST(TransportPath, ReadsNothingButStunBeforeIceHasValidatedThePath) {
  TransportPair pair;
  pair.begin();
  Transport& server = *pair.server.transport;
  std::vector<uint8_t> dtls = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  std::vector<uint8_t> rtp(40, 0x80);
  std::vector<uint8_t> rtcp = {0x80, 201, 0, 1, 0, 0, 0, 1};
  EXPECT_EQ(server.handle_datagram(pair.now, kPath, dtls).kind, Received::Kind::kNone);
  EXPECT_EQ(server.handle_datagram(pair.now, kPath, rtp).kind, Received::Kind::kNone);
  EXPECT_EQ(server.handle_datagram(pair.now, kPath, rtcp).kind, Received::Kind::kNone);
  EXPECT_EQ(pair.server.dropped(DropReason::kDtlsBeforeIce), 1U);
  EXPECT_EQ(pair.server.dropped(DropReason::kUnknownPath), 2U);
  SendBatch batch;
  EXPECT_FALSE(server.fill(pair.now, batch));
  EXPECT_TRUE(batch.is_empty());
}

TEST(TransportPath, IgnoresMediaBeforeTheHandshakeIsOver) {
  TransportPair pair;
  pair.begin();
  while (pair.server.transport->state() == State::kConnecting) {
    pair.run(Duration::milliseconds(1));
  }
  ASSERT_EQ(pair.server.transport->state(), State::kSecuring);
  std::vector<uint8_t> rtp(40, 0x80);
  pair.server.transport->handle_datagram(pair.now, kPath, rtp);
  EXPECT_EQ(pair.server.dropped(DropReason::kSrtpBeforeDtls), 1U);
}

TEST(TransportPath, TakesNothingFromAnUnvalidatedAddressWhileConnected) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  pair.client_outside = kReboundAddress;
  pair.send_rtp(pair.client, 1);
  pair.run(Duration::milliseconds(50));
  EXPECT_TRUE(pair.server.rtp.empty());
  EXPECT_EQ(pair.server.dropped(DropReason::kUnknownPath), 1U);
  EXPECT_EQ(pair.server.transport->path(), kPath);
}

TEST(TransportPath, IgnoresChecksWithAWrongPassword) {
  TransportPair pair;
  pair.client_config.remote.password = "anotherpasswordanotherpassword";
  EXPECT_FALSE(pair.connect());
  EXPECT_EQ(pair.server.transport->state(), State::kConnecting);
  EXPECT_FALSE(pair.server.transport->path());
  EXPECT_GT(pair.server.dropped(DropReason::kStunBadIntegrity), 0U);
}

TEST(TransportPath, FollowsAClientThroughANatRebinding) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  pair.send_rtp(pair.client, 1);
  pair.run(Duration::milliseconds(50));
  pair.client_outside = kReboundAddress;
  pair.run(Duration::seconds(15));  // the client's next consent checks
  ASSERT_EQ(pair.server.transport->state(), State::kConnected);
  EXPECT_EQ(pair.server.transport->path(), kRebound);
  EXPECT_EQ(pair.last_event(pair.server)->kind, Event::Kind::kPathChanged);
  EXPECT_TRUE(pair.server.transport->is_validated(kRebound));

  pair.send_rtp(pair.client, 2);
  pair.send_rtp(pair.server, 1);
  pair.run(Duration::milliseconds(50));
  EXPECT_EQ(pair.server.rtp.size(), 2U);
  EXPECT_EQ(pair.client.rtp.size(), 1U);
}

TEST(TransportPath, FollowsAClientThatHasMovedAndSaysSo) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  pair.run(Duration::seconds(3));
  pair.client_outside = kReboundAddress;
  const Path moved{.remote = kServerAddress, .local = kClientAddress};
  pair.client.transport->replace_pairs(pair.now, std::span(&moved, 1));
  pair.run(Duration::milliseconds(200));
  EXPECT_EQ(pair.server.transport->path(), kRebound);
}

TEST(TransportPath, ClosesWithoutConsent) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  pair.fate = [](size_t, bool) { return std::vector<Duration>(); };
  pair.run(Duration::seconds(24));
  EXPECT_EQ(pair.server.transport->state(), State::kConnected);
  pair.run(Duration::seconds(12));
  EXPECT_EQ(pair.last_event(pair.server)->reason, CloseReason::kConsentExpired);
  EXPECT_EQ(pair.last_event(pair.client)->reason, CloseReason::kConsentExpired);
}

TEST(TransportPath, KeepsConsentAsLongAsTheClientChecks) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  pair.run(Duration::seconds(300));
  EXPECT_EQ(pair.server.transport->state(), State::kConnected);
  EXPECT_EQ(pair.client.transport->state(), State::kConnected);
}

TEST(TransportPath, RestartsIceWithMediaFlowing) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  const ice::Credentials server{"newserver", "newserverpasswordnewserver"};
  const ice::Credentials client{"newclient", "newclientpasswordnewclient"};
  pair.server.transport->restart_ice(pair.now, server, client);
  pair.send_rtp(pair.client, 1);
  pair.send_rtp(pair.server, 1);
  pair.run(Duration::milliseconds(50));
  EXPECT_EQ(pair.server.rtp.size(), 1U) << "the old path goes on";
  EXPECT_EQ(pair.client.rtp.size(), 1U);

  pair.client.transport->restart_ice(pair.now, client, server);
  pair.client_outside = kReboundAddress;
  pair.run(Duration::seconds(1));
  EXPECT_EQ(pair.server.transport->path(), kRebound);
  pair.send_rtp(pair.client, 2);
  pair.send_rtp(pair.server, 2);
  pair.run(Duration::seconds(60));
  EXPECT_EQ(pair.server.rtp.size(), 2U);
  EXPECT_EQ(pair.client.rtp.size(), 2U);
  EXPECT_EQ(pair.server.transport->state(), State::kConnected);
}

}  // namespace
}  // namespace lectern::transport
