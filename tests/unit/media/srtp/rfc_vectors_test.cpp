// The published vectors start from session keys, so they are held against the ciphers, one level
// below Protector and Unprotector.

#include "media/srtp/aes.h"
#include "media/srtp/hmac_sha1.h"
#include "media/srtp/initialization_vector.h"
#include "media/srtp/rtcp_cipher.h"
#include "tests/unit/media/srtp/srtp_packets.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lectern::srtp {
namespace {

constexpr std::string_view kGcmKey = "000102030405060708090a0b0c0d0e0f";
constexpr std::string_view kGcmSalt = "517569642070726f2071756f";
constexpr std::string_view kRtp =
    "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e697320646976697361"
    "20696e207061727465732074726573";
constexpr std::string_view kSrtp =
    "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e"
    "6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce";
constexpr std::string_view kRtcp =
    "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeef"
    "deadbeefdeadbeefdeadbeefdeadbeef";
constexpr std::string_view kSrtcp =
    "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1"
    "730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4";

template <size_t kSize>
std::array<uint8_t, kSize> octets(std::string_view hex) {
  std::array<uint8_t, kSize> out{};
  std::ranges::copy(unhex(hex), out.begin());
  return out;
}

TEST(RfcVectors, Rfc3711B2KeyStream) {
  CtrCipher cipher(octets<16>("2b7e151628aed2a6abf7158809cf4f3c"));
  const auto iv = ctr_iv(octets<14>("f0f1f2f3f4f5f6f7f8f9fafbfcfd"), 0, 0);
  Packet stream(0xff02 * 16, 0);
  cipher.apply(iv, stream);
  EXPECT_EQ(to_hex(Bytes(stream).first(48)),
            "e03ead0935c95e80e166b16dd92b4eb4"
            "d23513162b02d0f72a43a2fe4a5f97ab"
            "41e95b3bb0a2e8dd477901e4fca894c0");
  EXPECT_EQ(to_hex(Bytes(stream).subspan(0xfeff * 16, 48)),
            "ec8cdf7398607cb0f2d21675ea9ea1e4"
            "362b7c3c6773516318a077d7fc5073ae"
            "6a2cc3787889374fbeb4c81b17ba6c44");
}

TEST(RfcVectors, Rfc2202HmacSha1) {
  const Packet key = unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
  EXPECT_EQ(to_hex(HmacSha1(key).of(as_bytes("Hi "), as_bytes("There"))),
            "b617318655057264e28bc0b6fb378c8ef146be00");
}

TEST(RfcVectors, Rfc7714Section16SealsRtp) {
  Packet packet = unhex(kRtp);
  const size_t size = packet.size();
  packet.resize(size + 16);
  const MutableBytes buffer(packet);
  const auto iv = rtp_gcm_iv(octets<14>(kGcmSalt), 0x5501a0b2, 0xf17b);
  EXPECT_EQ(to_hex(iv), "51753c6580c2726f20718414");
  GcmSealer(octets<16>(kGcmKey))
      .seal(iv, buffer.first(12), Bytes(), buffer.subspan(12, size - 12), buffer.last(16));
  EXPECT_EQ(to_hex(packet), kSrtp);
}

TEST(RfcVectors, Rfc7714Section16OpensRtp) {
  Packet packet = unhex(kSrtp);
  const MutableBytes buffer(packet);
  const auto iv = rtp_gcm_iv(octets<14>(kGcmSalt), 0x5501a0b2, 0xf17b);
  ASSERT_TRUE(GcmOpener(octets<16>(kGcmKey))
                  .open(iv, buffer.first(12), Bytes(), buffer.subspan(12, buffer.size() - 28),
                        buffer.last(16)));
  EXPECT_EQ(to_hex(buffer.first(buffer.size() - 16)), kRtp);
}

TEST(RfcVectors, Rfc7714Section17SealsAndOpensRtcp) {
  StreamKeys keys;
  keys.encryption = octets<16>(kGcmKey);
  keys.salt = octets<14>(kGcmSalt);
  const RtcpCipher cipher(Profile::kAeadAes128Gcm, keys);

  Packet packet = unhex(kRtcp);
  const size_t size = packet.size();
  packet.resize(size + kMaxRtcpOverhead);
  EXPECT_EQ(cipher.seal(packet, size, 0x5d4), packet.size());
  EXPECT_EQ(to_hex(packet), kSrtcp);

  const auto header = cipher.peek(packet);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->ssrc, 0x4d617273U);
  EXPECT_EQ(header->index, 0x5d4U);
  const auto clear = cipher.open(packet, *header);
  ASSERT_TRUE(clear);
  EXPECT_EQ(to_hex(*clear), kRtcp);
}

TEST(RfcVectors, Rfc7714Section17PacketThatIsOnlyTaggedIsRefused) {
  const Packet packet = unhex(
      "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeef"
      "deadbeefdeadbeefdeadbeefdeadbeef841dd9683dd78ec92ae58790125f62b3000005d4");
  StreamKeys keys;
  keys.encryption = octets<16>(kGcmKey);
  keys.salt = octets<14>(kGcmSalt);
  EXPECT_FALSE(RtcpCipher(Profile::kAeadAes128Gcm, keys).peek(packet));
}

}  // namespace
}  // namespace lectern::srtp
