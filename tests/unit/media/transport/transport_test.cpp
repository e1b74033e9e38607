#include "media/transport/transport.h"

#include "tests/unit/media/transport/transport_pair.h"

#include <gtest/gtest.h>

#include <tuple>

namespace lectern::transport {
namespace {

using Combination = std::tuple<dtls::Role, dtls::Profiles, srtp::Inbound>;

class TransportCombinations : public testing::TestWithParam<Combination> {};

TEST_P(TransportCombinations, ConnectsAndCarriesMediaBothWays) {
  const auto [role, profiles, inbound] = GetParam();
  TransportPair pair(role, profiles, inbound);
  ASSERT_TRUE(pair.connect());
  EXPECT_EQ(pair.server.transport->profile(), pair.client.transport->profile());
  EXPECT_EQ(pair.last_event(pair.server)->kind, Event::Kind::kConnected);
  EXPECT_EQ(pair.last_event(pair.client)->kind, Event::Kind::kConnected);
  for (uint16_t i = 1; i <= 20; ++i) {
    pair.send_rtp(pair.server, i);
    pair.send_rtp(pair.client, i);
    pair.send_rtcp(pair.client);
    pair.send_rtcp(pair.server);
  }
  pair.run(Duration::milliseconds(100));
  EXPECT_EQ(pair.client.rtp.size(), 20U);
  EXPECT_EQ(pair.client.rtcp.size(), 20U);
  EXPECT_EQ(pair.server.rtp.size(), inbound == srtp::Inbound::kRtcpOnly ? 0U : 20U);
  EXPECT_EQ(pair.server.rtcp.size(), 20U);
  EXPECT_EQ(pair.client.rtp.front().size(), 112U);
  EXPECT_EQ(pair.client.rtp.front()[100], 0x5a);
  if (inbound == srtp::Inbound::kRtcpOnly) {
    EXPECT_EQ(pair.server.dropped(DropReason::kRtpUnknownSsrc), 20U);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, TransportCombinations,
    testing::Combine(testing::Values(dtls::Role::kClient, dtls::Role::kServer),
                     testing::Values(dtls::Profiles::kGcmOnly, dtls::Profiles::kCmOnly),
                     testing::Values(srtp::Inbound::kLibsrtp, srtp::Inbound::kOwn,
                                     srtp::Inbound::kRtcpOnly)));

TEST(Transport, IsFasterByARoundTripWhenTheServerIsActive) {
  Duration taken[2];
  for (const auto role : {dtls::Role::kClient, dtls::Role::kServer}) {
    TransportPair pair(role);
    pair.begin();
    const Instant start = pair.now;
    while (pair.server.transport->state() != State::kConnected) {
      pair.run(Duration::milliseconds(1));
      ASSERT_LT(pair.now, start + Duration::seconds(1));
    }
    taken[role == dtls::Role::kClient ? 0 : 1] = pair.now - start;
  }
  EXPECT_LE(taken[0], Duration::milliseconds(31)) << "check, hello, flight";
  EXPECT_LE(taken[0] + 2 * TransportPair::kDelay, taken[1]);
}

TEST(Transport, WhatFollowsOurFinishedAtOnceIsUnderstood) {
  TransportPair pair(dtls::Role::kClient);
  pair.begin();
  while (pair.server.transport->state() != State::kConnected) pair.run(Duration::milliseconds(1));
  ASSERT_EQ(pair.client.transport->state(), State::kSecuring);
  for (uint16_t i = 1; i <= 5; ++i) pair.send_rtp(pair.server, i);
  pair.run(Duration::milliseconds(100));
  EXPECT_EQ(pair.client.rtp.size(), 5U);
  EXPECT_EQ(pair.client.dropped(DropReason::kSrtpBeforeDtls), 0U);
}

TEST(Transport, ClosesWhenTheFinishedThatItDidNotWaitForNeverComes) {
  TransportPair pair(dtls::Role::kClient);
  pair.begin();
  while (pair.server.transport->state() != State::kConnected) pair.run(Duration::milliseconds(1));
  // Checks go on, so it is not ICE that ends it: only DTLS is lost from here on.
  pair.loses_dtls = true;
  pair.run(Duration::seconds(25));
  EXPECT_EQ(pair.server.transport->state(), State::kClosed);
  EXPECT_EQ(pair.last_event(pair.server)->reason, CloseReason::kDtlsFailed);
  EXPECT_EQ(pair.server.transport->dtls_failure(), dtls::Failure::kTimeout);
}

// Media that comes before the handshake's end is no proof that its end has come: who is active does
// not wait for it.
TEST(Transport, ALostFinishedIsRepeatedThoughMediaFlows) {
  TransportPair pair(dtls::Role::kClient);
  pair.begin();
  while (pair.server.transport->state() != State::kConnected) pair.run(Duration::milliseconds(1));
  pair.send_rtp(pair.server, 1);
  pair.loses_dtls = true;
  pair.run(Duration::milliseconds(40));
  ASSERT_EQ(pair.client.transport->state(), State::kConnected);
  ASSERT_EQ(pair.client.rtp.size(), 1U);
  pair.loses_dtls = false;
  pair.run(Duration::seconds(25));
  EXPECT_EQ(pair.server.transport->state(), State::kConnected);
}

TEST(Transport, ConnectsWhateverDatagramIsLost) {
  for (size_t lost = 0; lost < 16; ++lost) {
    TransportPair pair;
    pair.fate = [lost](size_t number, bool) {
      return number == lost ? std::vector<Duration>() : std::vector{TransportPair::kDelay};
    };
    EXPECT_TRUE(pair.connect()) << lost;
  }
}

TEST(Transport, ConnectsOverAWireThatRepeatsAndSwapsDatagrams) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    TransportPair pair(seed % 2 == 0 ? dtls::Role::kClient : dtls::Role::kServer);
    pair.fate = [&rng](size_t, bool) {
      return std::vector{rng.jitter(Duration::milliseconds(60)),
                         rng.jitter(Duration::milliseconds(60))};
    };
    EXPECT_TRUE(pair.connect()) << seed;
  }
}

TEST(Transport, ClosesOnAWrongFingerprint) {
  TransportPair pair;
  pair.server_config.remote_fingerprint[0] ^= 1;
  EXPECT_FALSE(pair.connect());
  ASSERT_EQ(pair.server.transport->state(), State::kClosed);
  const auto event = pair.last_event(pair.server);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Event::Kind::kClosed);
  EXPECT_EQ(event->reason, CloseReason::kDtlsFailed);
  EXPECT_EQ(pair.server.transport->dtls_failure(), dtls::Failure::kWrongFingerprint);
  EXPECT_EQ(pair.client.transport->state(), State::kClosed) << "the alert went out after the end";
}

TEST(Transport, ClosesForWhoNeverChecks) {
  TransportPair pair;
  pair.fate = [](size_t, bool) { return std::vector<Duration>(); };
  pair.begin();
  pair.run(Duration::seconds(29));
  EXPECT_EQ(pair.server.transport->state(), State::kConnecting);
  pair.run(Duration::seconds(2));
  EXPECT_EQ(pair.last_event(pair.server)->reason, CloseReason::kConnectTimeout);
  EXPECT_TRUE(pair.server.transport->next_timeout().is_never());
}

TEST(Transport, ClosesForWhoChecksButNeverSpeaksDtls) {
  TransportPair pair;
  pair.fate = [](size_t, bool is_from_client) {
    return is_from_client ? std::vector{TransportPair::kDelay} : std::vector<Duration>();
  };
  pair.begin();
  pair.run(Duration::seconds(21));
  EXPECT_EQ(pair.last_event(pair.server)->reason, CloseReason::kDtlsFailed);
  EXPECT_EQ(pair.server.transport->dtls_failure(), dtls::Failure::kTimeout);
}

TEST(Transport, TellsItsPeerThatItCloses) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  pair.server.transport->close();
  pair.run(Duration::milliseconds(100));
  EXPECT_EQ(pair.last_event(pair.server)->reason, CloseReason::kClosedHere);
  EXPECT_EQ(pair.last_event(pair.client)->reason, CloseReason::kPeerClosed);
}

TEST(Transport, SendsNoMoreThanABatchHolds) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  SendBatch batch;
  while (!batch.is_full()) batch.commit(1, *pair.server.transport->path());
  pair.server.transport->close();
  EXPECT_TRUE(pair.server.transport->fill(pair.now, batch)) << "one alert is waiting";
  batch.clear();
  EXPECT_FALSE(pair.server.transport->fill(pair.now, batch));
  EXPECT_EQ(batch.count(), 1U);
}

TEST(Transport, MeasuresTheRoundTripAsAClient) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  EXPECT_EQ(pair.client.transport->round_trip(), 2 * TransportPair::kDelay);
  EXPECT_FALSE(pair.server.transport->round_trip());
}

}  // namespace
}  // namespace lectern::transport
