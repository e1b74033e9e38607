#include "media/srtp/unprotector.h"

#include "media/srtp/protector.h"
#include "tests/unit/media/srtp/srtp_packets.h"

#include <gtest/gtest.h>

#include <tuple>

namespace lectern::srtp {
namespace {

constexpr uint32_t kSsrc = 0xfeed;

class UnprotectorTest : public testing::TestWithParam<std::tuple<Inbound, Profile>> {
 protected:
  Profile profile() const { return std::get<1>(GetParam()); }

  // Makes a new receiver, so that no test sees another's replay window.
  std::unique_ptr<Unprotector> receiver() const {
    return make_unprotector(std::get<0>(GetParam()), profile(), master_);
  }
  Packet rtp(uint64_t index, uint32_t ssrc = kSsrc) {
    return protect(*protector_, random_rtp(rng_, ssrc, static_cast<uint16_t>(index)), index);
  }
  Packet rtcp(uint32_t ssrc = kSsrc) { return protect(*protector_, random_rtcp(rng_, ssrc)); }

  Rng rng_{3};
  MasterKey master_ = random_key(rng_, profile());
  std::unique_ptr<Protector> protector_ = make_protector(profile(), master_);
};

class RtpUnprotectorTest : public UnprotectorTest {};

Refusal refusal_of(const Unprotected& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Refusal{} : result.error();
}

TEST_P(RtpUnprotectorTest, RefusesARepeatedPacket) {
  const auto unprotector = receiver();
  const Packet packet = rtp(9);
  Packet first = packet;
  Packet again = packet;
  EXPECT_TRUE(unprotector->unprotect_rtp(first));
  EXPECT_EQ(refusal_of(unprotector->unprotect_rtp(again)), Refusal::kReplayed);
}

TEST_P(RtpUnprotectorTest, RefusesAPacketBehindTheWindow) {
  const auto unprotector = receiver();
  Packet late = rtp(100);
  Packet at_the_edge = rtp(101);
  Packet now = rtp(100 + kReplayWindow);
  EXPECT_TRUE(unprotector->unprotect_rtp(now));
  EXPECT_EQ(refusal_of(unprotector->unprotect_rtp(late)), Refusal::kTooOld);
  EXPECT_TRUE(unprotector->unprotect_rtp(at_the_edge));
}

TEST_P(RtpUnprotectorTest, RefusesEveryFlippedBitAndRemembersNothingOfIt) {
  const auto unprotector = receiver();
  const Packet packet = rtp(9);
  for (size_t i = 12; i < packet.size(); ++i) {
    Packet damaged = packet;
    damaged[i] ^= static_cast<uint8_t>(1U << (i % 8));
    ASSERT_FALSE(unprotector->unprotect_rtp(damaged)) << i;
  }
  Packet intact = packet;
  EXPECT_TRUE(unprotector->unprotect_rtp(intact));
}

TEST_P(RtpUnprotectorTest, RefusesEveryTruncation) {
  const auto unprotector = receiver();
  const Packet packet = rtp(9);
  for (size_t size = 0; size < packet.size(); ++size) {
    Packet cut(packet.begin(), packet.begin() + static_cast<ptrdiff_t>(size));
    ASSERT_FALSE(unprotector->unprotect_rtp(cut)) << size;
  }
}

TEST_P(RtpUnprotectorTest, RefusesAnotherPeersPacket) {
  MasterKey other = master_;
  other.key[0] ^= 1;
  const auto stranger = make_protector(profile(), other);
  Packet packet = protect(*stranger, random_rtp(rng_, kSsrc, 1), 1);
  EXPECT_EQ(refusal_of(receiver()->unprotect_rtp(packet)), Refusal::kBadTag);
}

TEST_P(RtpUnprotectorTest, FollowsABoundedNumberOfSources) {
  const auto unprotector = receiver();
  for (uint32_t ssrc = 1; ssrc <= kMaxSources; ++ssrc) {
    Packet packet = rtp(1, ssrc);
    ASSERT_TRUE(unprotector->unprotect_rtp(packet)) << ssrc;
  }
  Packet one_more = rtp(1, kMaxSources + 1);
  EXPECT_EQ(refusal_of(unprotector->unprotect_rtp(one_more)), Refusal::kTooManySources);
  Packet known = rtp(2, 1);
  EXPECT_TRUE(unprotector->unprotect_rtp(known));
}

TEST_P(UnprotectorTest, RefusesARepeatedRtcpPacket) {
  const auto unprotector = receiver();
  const Packet packet = rtcp();
  Packet first = packet;
  Packet again = packet;
  EXPECT_TRUE(unprotector->unprotect_rtcp(first));
  EXPECT_EQ(refusal_of(unprotector->unprotect_rtcp(again)), Refusal::kReplayed);
}

TEST_P(UnprotectorTest, TakesRtcpOutOfOrder) {
  const auto unprotector = receiver();
  Packet first = rtcp();
  Packet second = rtcp();
  EXPECT_TRUE(unprotector->unprotect_rtcp(second));
  EXPECT_TRUE(unprotector->unprotect_rtcp(first));
}

TEST_P(UnprotectorTest, RefusesEveryFlippedBitOfRtcp) {
  const auto unprotector = receiver();
  const Packet packet = rtcp();
  for (size_t i = 0; i < packet.size(); ++i) {
    Packet damaged = packet;
    damaged[i] ^= static_cast<uint8_t>(1U << (i % 8));
    ASSERT_FALSE(unprotector->unprotect_rtcp(damaged)) << i;
  }
  Packet intact = packet;
  EXPECT_TRUE(unprotector->unprotect_rtcp(intact));
}

TEST_P(UnprotectorTest, RefusesEveryTruncationOfRtcp) {
  const auto unprotector = receiver();
  const Packet packet = rtcp();
  for (size_t size = 0; size < packet.size(); ++size) {
    Packet cut(packet.begin(), packet.begin() + static_cast<ptrdiff_t>(size));
    ASSERT_FALSE(unprotector->unprotect_rtcp(cut)) << size;
  }
}

TEST(RtcpOnlyUnprotector, WantsNoRtp) {
  Rng rng(5);
  const MasterKey master = random_key(rng, Profile::kAeadAes128Gcm);
  const auto protector = make_protector(Profile::kAeadAes128Gcm, master);
  const auto unprotector = make_unprotector(Inbound::kRtcpOnly, Profile::kAeadAes128Gcm, master);
  Packet packet = protect(*protector, random_rtp(rng, kSsrc, 1), 1);
  EXPECT_EQ(refusal_of(unprotector->unprotect_rtp(packet)), Refusal::kNotWanted);
}

std::string name(const testing::TestParamInfo<std::tuple<Inbound, Profile>>& info) {
  constexpr std::string_view kKinds[] = {"Libsrtp", "Own", "RtcpOnly"};
  std::string text(kKinds[static_cast<size_t>(std::get<0>(info.param))]);
  text += std::get<1>(info.param) == Profile::kAeadAes128Gcm ? "Gcm" : "CmSha1";
  return text;
}

INSTANTIATE_TEST_SUITE_P(All, UnprotectorTest,
                         testing::Combine(testing::Values(Inbound::kLibsrtp, Inbound::kOwn,
                                                          Inbound::kRtcpOnly),
                                          testing::ValuesIn(kProfiles)),
                         name);
INSTANTIATE_TEST_SUITE_P(All, RtpUnprotectorTest,
                         testing::Combine(testing::Values(Inbound::kLibsrtp, Inbound::kOwn),
                                          testing::ValuesIn(kProfiles)),
                         name);

}  // namespace
}  // namespace lectern::srtp
