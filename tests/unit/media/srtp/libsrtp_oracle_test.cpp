// What we protect, libsrtp2 must open; what libsrtp2 protects, we must open.

#include "media/srtp/engine.h"
#include "media/srtp/protector.h"
#include "media/srtp/unprotector.h"
#include "tests/unit/media/srtp/srtp_packets.h"

#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <memory>

namespace lectern::srtp {
namespace {

constexpr uint32_t kSsrc = 0x1234abcd;

class LibsrtpSender {
 public:
  LibsrtpSender(Profile profile, const MasterKey& master) {
    srtp_policy_t policy{};
    if (profile == Profile::kAeadAes128Gcm) {
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    }
    std::ranges::copy(master.key, key_.begin());
    std::ranges::copy(master.salt, key_.begin() + kKeySize);
    policy.key = key_.data();
    policy.ssrc.type = ssrc_any_outbound;
    policy.window_size = 1024;
    EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
  }
  LibsrtpSender(const LibsrtpSender&) = delete;
  LibsrtpSender& operator=(const LibsrtpSender&) = delete;
  ~LibsrtpSender() { srtp_dealloc(session_); }

  Packet rtp(const Packet& clear) { return run(srtp_protect, clear); }
  Packet rtcp(const Packet& clear) { return run(srtp_protect_rtcp, clear); }

 private:
  Packet run(srtp_err_status_t (*function)(srtp_t, void*, int*), const Packet& clear) {
    Packet buffer = clear;
    int size = static_cast<int>(buffer.size());
    buffer.resize(buffer.size() + SRTP_MAX_TRAILER_LEN);
    EXPECT_EQ(function(session_, buffer.data(), &size), srtp_err_status_ok);
    buffer.resize(static_cast<size_t>(size));
    return buffer;
  }

  std::array<uint8_t, kKeySize + kMaxSaltSize> key_{};
  srtp_t session_ = nullptr;
};

struct Variant {
  Profile profile;
  Engine engine;
};

class LibsrtpOracle : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    if (engine_ == Engine::kIpsecMb && !ipsec_mb_works()) {
      GTEST_SKIP() << "no libipsec-mb, or not this processor";
    }
  }

  Profile profile_ = GetParam().profile;
  Engine engine_ = GetParam().engine;
  Rng rng_{42};
  MasterKey master_ = random_key(rng_, profile_);
};

TEST_P(LibsrtpOracle, OpensTheRtpThatWeProtect) {
  const auto protector = make_protector(engine_, profile_, master_);
  const auto oracle = make_unprotector(Inbound::kLibsrtp, profile_, master_);
  // Past two wraps of the 16 bits, with the gaps that loss would leave.
  for (uint64_t index = 65'000; index < 200'000; index += 1 + rng_.below(200)) {
    const ClearRtp rtp = random_rtp(rng_, kSsrc, static_cast<uint16_t>(index));
    // A receiver starts at ROC 0: so does this stream.
    Packet packet = protect(*protector, rtp, index);
    const auto clear = oracle->unprotect_rtp(packet);
    ASSERT_TRUE(clear) << index << " refusal " << static_cast<int>(clear.error());
    ASSERT_EQ(copy(*clear), rtp.packet) << index;
  }
}

TEST_P(LibsrtpOracle, OpensTheRtcpThatWeProtect) {
  const auto protector = make_protector(engine_, profile_, master_);
  const auto oracle = make_unprotector(Inbound::kLibsrtp, profile_, master_);
  for (int i = 0; i < 500; ++i) {
    const Packet rtcp = random_rtcp(rng_, kSsrc + static_cast<uint32_t>(rng_.below(3)));
    Packet packet = protect(*protector, rtcp);
    const auto clear = oracle->unprotect_rtcp(packet);
    ASSERT_TRUE(clear) << i;
    ASSERT_EQ(copy(*clear), rtcp);
  }
}

TEST_P(LibsrtpOracle, ProtectsRtpThatWeOpen) {
  LibsrtpSender sender(profile_, master_);
  const auto ours = make_unprotector(Inbound::kOwn, profile_, master_);
  for (uint64_t index = 65'000; index < 200'000; index += 1 + rng_.below(200)) {
    const ClearRtp rtp = random_rtp(rng_, kSsrc, static_cast<uint16_t>(index));
    Packet packet = sender.rtp(rtp.packet);
    const auto clear = ours->unprotect_rtp(packet);
    ASSERT_TRUE(clear) << index << " refusal " << static_cast<int>(clear.error());
    ASSERT_EQ(copy(*clear), rtp.packet) << index;
  }
}

TEST_P(LibsrtpOracle, ProtectsRtcpThatWeOpen) {
  LibsrtpSender sender(profile_, master_);
  const auto own = make_unprotector(Inbound::kOwn, profile_, master_);
  const auto rtcp_only = make_unprotector(Inbound::kRtcpOnly, profile_, master_);
  for (int i = 0; i < 500; ++i) {
    const Packet rtcp = random_rtcp(rng_, kSsrc + static_cast<uint32_t>(rng_.below(3)));
    const Packet protected_packet = sender.rtcp(rtcp);
    for (const auto& receiver : {own.get(), rtcp_only.get()}) {
      Packet packet = protected_packet;
      const auto clear = receiver->unprotect_rtcp(packet);
      ASSERT_TRUE(clear) << i;
      ASSERT_EQ(copy(*clear), rtcp);
    }
  }
}

TEST_P(LibsrtpOracle, AgreesOnReorderedRepeatedAndDamagedPackets) {
  const auto protector = make_protector(engine_, profile_, master_);
  const auto libsrtp = make_unprotector(Inbound::kLibsrtp, profile_, master_);
  const auto own = make_unprotector(Inbound::kOwn, profile_, master_);
  std::vector<Packet> sent;
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 4'000; ++i) {
    const uint64_t index = 100 + sent.size();
    sent.push_back(
        protect(*protector, random_rtp(rng_, kSsrc, static_cast<uint16_t>(index)), index));
    const size_t back = std::min<size_t>(sent.size() - 1, rng_.below(40));
    Packet first = sent[sent.size() - 1 - back];
    if (rng_.chance(0.05)) first[rng_.below(first.size())] ^= uint8_t{1};
    if (rng_.chance(0.02)) first.resize(rng_.below(first.size()));
    Packet second = first;
    const auto theirs = libsrtp->unprotect_rtp(first);
    const auto ours = own->unprotect_rtp(second);
    ASSERT_EQ(theirs.has_value(), ours.has_value()) << i;
    ASSERT_TRUE(!ours || copy(*ours) == copy(*theirs)) << i;
    ours ? ++accepted : ++refused;
  }
  EXPECT_GT(accepted, 1'000);
  EXPECT_GT(refused, 500);
}

INSTANTIATE_TEST_SUITE_P(Variants, LibsrtpOracle,
                         testing::Values(Variant{Profile::kAeadAes128Gcm, Engine::kEvp},
                                         Variant{Profile::kAeadAes128Gcm, Engine::kIpsecMb},
                                         Variant{Profile::kAesCm128HmacSha1_80, Engine::kEvp}),
                         [](const auto& variant) {
                           if (variant.param.profile == Profile::kAesCm128HmacSha1_80)
                             return "CmSha1";
                           return variant.param.engine == Engine::kEvp ? "Gcm" : "GcmByIpsecMb";
                         });

}  // namespace
}  // namespace lectern::srtp
