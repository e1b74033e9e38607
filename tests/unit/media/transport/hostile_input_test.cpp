// Any octets are legal input: counted, survived, and the session goes on.

#include "tests/unit/media/transport/transport_pair.h"

#include <gtest/gtest.h>

#include <numeric>

namespace lectern::transport {
namespace {

uint64_t total(const DropCounters& drops) {
  return std::accumulate(drops.all().begin(), drops.all().end(), uint64_t{0});
}

TEST(HostileInput, EveryJunkDatagramIsCountedOnceAndTheSessionGoesOn) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  Rng rng(17);
  const Path path = *pair.server.transport->path();
  const uint64_t before = total(pair.server.drops);
  constexpr int kCount = 5'000;
  for (int i = 0; i < kCount; ++i) {
    std::vector<uint8_t> junk(rng.below(2'401));  // up to twice what we announce
    rng.fill(junk);
    EXPECT_EQ(pair.server.transport->handle_datagram(pair.now, path, junk).kind,
              Received::Kind::kNone);
  }
  EXPECT_EQ(total(pair.server.drops) - before, static_cast<uint64_t>(kCount));
  pair.send_rtp(pair.client, 1);
  pair.run(Duration::milliseconds(50));
  EXPECT_EQ(pair.server.rtp.size(), 1U);
  EXPECT_EQ(pair.server.transport->state(), State::kConnected);
}

TEST(HostileInput, TakesDatagramsOfTwiceTheMtu) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  std::vector<uint8_t> packet(12 + 2'400 + srtp::kMaxRtpOverhead, 1);
  packet[0] = 0x80;
  packet[1] = 96;
  store_be16(packet.data() + 2, 5);
  packet.resize(pair.client.transport->protect_rtp(packet, 12, 2'412, 5));
  pair.post(pair.client, *pair.client.transport->path(), packet);
  pair.run(Duration::milliseconds(50));
  ASSERT_EQ(pair.server.rtp.size(), 1U);
  EXPECT_EQ(pair.server.rtp.front().size(), 2'412U);
}

TEST(HostileInput, MutationsOfRealDatagramsDoNotStopAHandshake) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    TransportPair pair(seed % 2 == 0 ? dtls::Role::kClient : dtls::Role::kServer);
    pair.begin();
    // Each datagram also arrives once damaged, ahead of itself.
    for (int round = 0; round < 200 && pair.server.transport->state() != State::kConnected;
         ++round) {
      std::vector<uint8_t> junk(1 + rng.below(1'400));
      rng.fill(junk);
      junk[0] = static_cast<uint8_t>(rng.below(192));
      pair.server.transport->handle_datagram(
          pair.now, {.remote = kClientAddress, .local = kServerAddress}, junk);
      pair.run(Duration::milliseconds(2));
    }
    EXPECT_EQ(pair.server.transport->state(), State::kConnected) << seed;
  }
}

TEST(HostileInput, ReplayedMediaIsCountedAsReplay) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  pair.fate = [](size_t, bool) {
    return std::vector{TransportPair::kDelay, 2 * TransportPair::kDelay};
  };
  pair.send_rtp(pair.client, 1);
  pair.send_rtcp(pair.client);
  pair.run(Duration::milliseconds(50));
  EXPECT_EQ(pair.server.rtp.size(), 1U);
  EXPECT_EQ(pair.server.rtcp.size(), 1U);
  EXPECT_EQ(pair.server.dropped(DropReason::kSrtpReplay), 2U);
}

TEST(HostileInput, MediaOfAnotherSessionIsCountedAsForged) {
  TransportPair pair;
  TransportPair other;
  ASSERT_TRUE(other.connect());
  ASSERT_TRUE(pair.connect());
  std::vector<uint8_t> packet(12 + 20 + srtp::kMaxRtpOverhead, 0);
  packet[0] = 0x80;
  packet.resize(other.client.transport->protect_rtp(packet, 12, 32, 0));
  pair.post(pair.client, *pair.client.transport->path(), packet);
  pair.run(Duration::milliseconds(50));
  EXPECT_TRUE(pair.server.rtp.empty());
  EXPECT_EQ(pair.server.dropped(DropReason::kSrtpAuthFailed), 1U);
  const Path path{.remote = kClientAddress, .local = kServerAddress};
  EXPECT_TRUE(pair.server.transport->handle_datagram(pair.now, path, packet).is_unopened_rtp);
}

TEST(HostileInput, AFloodOfChecksIsAnsweredWithinABound) {
  TransportPair pair;
  ASSERT_TRUE(pair.connect());
  // A genuine check, again and again before anybody fetches the answers.
  std::vector<uint8_t> check;
  pair.fate = [](size_t, bool) { return std::vector<Duration>(); };
  SendBatch batch;
  for (int second = 0; second < 20 && check.empty(); ++second) {
    pair.now += Duration::seconds(1);
    pair.client.transport->handle_timeout(pair.now);
    pair.client.transport->fill(pair.now, batch);
    if (batch.is_empty()) continue;
    const Bytes bytes = std::as_const(batch).bytes(batch.datagrams().front());
    check.assign(bytes.begin(), bytes.end());
  }
  ASSERT_FALSE(check.empty());
  const Path path = *pair.server.transport->path();
  for (int i = 0; i < 1'000; ++i) pair.server.transport->handle_datagram(pair.now, path, check);
  batch.clear();
  EXPECT_FALSE(pair.server.transport->fill(pair.now, batch));
  EXPECT_EQ(batch.count(), 16U);
}

}  // namespace
}  // namespace lectern::transport
