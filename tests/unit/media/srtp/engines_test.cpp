// Engines must agree octet by octet: which of them a machine takes is nobody's business but its
// own.

#include "media/srtp/engine.h"
#include "media/srtp/evp_protector.h"
#include "media/srtp/ipsec_mb.h"
#include "media/srtp/self_check.h"
#include "tests/unit/media/srtp/srtp_packets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <typeinfo>
#include <utility>

namespace lectern::srtp {
namespace {

constexpr size_t kMaxPayload = 1500;

// `csrcs` and `extension_words` as asked, everything else random.
ClearRtp shaped_rtp(Rng& rng, uint8_t csrcs, std::optional<uint16_t> extension_words,
                    size_t payload, uint64_t index) {
  ClearRtp rtp;
  rtp.header_size = 12U + 4U * csrcs + (extension_words ? 4U + 4U * *extension_words : 0U);
  rtp.packet.resize(rtp.header_size + payload);
  rng.fill(rtp.packet);
  rtp.packet[0] = static_cast<uint8_t>(0x80 | (extension_words ? 0x10 : 0) | csrcs);
  store_be16(rtp.packet.data() + 2, static_cast<uint16_t>(index));
  if (extension_words) {
    store_be16(rtp.packet.data() + 12 + 4U * csrcs, 0xBEDE);
    store_be16(rtp.packet.data() + 14 + 4U * csrcs, *extension_words);
  }
  return rtp;
}

TEST(Engines, AgreeOnEverySizeAndHeader) {
  if (!ipsec_mb_works()) GTEST_SKIP() << "no libipsec-mb, or not this processor";
  Rng rng(7);
  const MasterKey master = random_key(rng, Profile::kAeadAes128Gcm);
  const auto evp = make_protector(Engine::kEvp, Profile::kAeadAes128Gcm, master);
  const auto ipsec_mb = make_protector(Engine::kIpsecMb, Profile::kAeadAes128Gcm, master);
  constexpr std::array<std::pair<int, int>, 6> kHeaders = {
      {{0, -1}, {0, 0}, {0, 2}, {1, -1}, {15, 3}, {15, 40}}};
  uint64_t index = 0xff00;  // the 16 bits wrap on the way
  for (const auto& [csrcs, words] : kHeaders) {
    const auto extension = words < 0 ? std::nullopt : std::optional(static_cast<uint16_t>(words));
    for (size_t payload = 0; payload <= kMaxPayload; ++payload) {
      ++index;
      const ClearRtp rtp = shaped_rtp(rng, static_cast<uint8_t>(csrcs), extension, payload, index);
      ASSERT_EQ(protect(*evp, rtp, index), protect(*ipsec_mb, rtp, index))
          << payload << " octets, " << csrcs << " CSRCs, extension of " << words << " words";
    }
  }
}

// Neighbours in memory are other packets of the batch.
TEST(Engines, TouchNothingBehindTheTag) {
  Rng rng(8);
  const MasterKey master = random_key(rng, Profile::kAeadAes128Gcm);
  const auto protector = make_protector(Profile::kAeadAes128Gcm, master);
  for (size_t payload = 0; payload <= 300; ++payload) {
    const ClearRtp rtp = shaped_rtp(rng, 0, 1, payload, payload);
    Packet buffer = rtp.packet;
    buffer.resize(rtp.packet.size() + kMaxRtpOverhead);
    buffer.resize(buffer.size() + 64, 0xA5);
    const size_t size = protector->protect_rtp(buffer, rtp.header_size, rtp.packet.size(), payload);
    ASSERT_TRUE(std::all_of(buffer.begin() + static_cast<ptrdiff_t>(size), buffer.end(),
                            [](uint8_t octet) { return octet == 0xA5; }))
        << payload;
  }
}

TEST(Engines, TheChosenOneIsTheFastestThatWorks) {
  EXPECT_EQ(fastest_engine(), ipsec_mb_works() ? Engine::kIpsecMb : Engine::kEvp);
  EXPECT_NE(name_of(Engine::kEvp), name_of(Engine::kIpsecMb));
  EXPECT_EQ(engine_in_use(), fastest_engine());
}

// Both write the same packets: what tells them apart is the object.
TEST(Engines, AProcessMayAskForOne) {
  Rng rng(9);
  const MasterKey master = random_key(rng, Profile::kAeadAes128Gcm);
  for (const Engine engine : {Engine::kEvp, fastest_engine()}) {
    use_engine(engine);
    EXPECT_EQ(engine_in_use(), engine);
    const auto asked = make_protector(Profile::kAeadAes128Gcm, master);
    const auto named = make_protector(engine, Profile::kAeadAes128Gcm, master);
    const Protector& of_asked = *asked;
    const Protector& of_named = *named;
    EXPECT_TRUE(typeid(of_asked) == typeid(of_named));
  }
}

TEST(SelfCheck, IsPassedByWhatWeHave) {
  EXPECT_TRUE(passes_self_check(make_evp_gcm_protector));
  EXPECT_EQ(ipsec_mb_works(), ipsec_mb_obstacle().empty());
}

// One bit, in packets of more than `kFrom` octets.
template <size_t kFrom>
class Damaged final : public Protector {
 public:
  explicit Damaged(const SessionKeys& keys) : protector_(make_evp_gcm_protector(keys)) {}

  size_t protect_rtp(MutableBytes buffer, size_t header_size, size_t size,
                     uint64_t index) override {
    const size_t written = protector_->protect_rtp(buffer, header_size, size, index);
    if (size >= kFrom) buffer[size - 1] ^= 1;
    return written;
  }
  size_t protect_rtcp(MutableBytes buffer, size_t size) override {
    return protector_->protect_rtcp(buffer, size);
  }
  Profile profile() const noexcept override { return protector_->profile(); }

  static std::unique_ptr<Protector> make(const SessionKeys& keys) {
    return std::make_unique<Damaged>(keys);
  }

 private:
  std::unique_ptr<Protector> protector_;
};

TEST(SelfCheck, IsFailedByWhatIsWrongInShortPackets) {
  EXPECT_FALSE(passes_self_check(Damaged<13>::make));
}

TEST(SelfCheck, IsFailedByWhatIsWrongInLongPacketsAlone) {
  EXPECT_FALSE(passes_self_check(Damaged<1400>::make));
}

}  // namespace
}  // namespace lectern::srtp
