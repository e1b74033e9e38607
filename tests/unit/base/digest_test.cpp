#include "base/digest.h"

#include "base/rng.h"

#include <gtest/gtest.h>

#include <numeric>

namespace lectern {
namespace {

TEST(Digest, HmacSha1OfRfc2202) {
  const std::vector<uint8_t> key(20, 0x0b);
  EXPECT_EQ(to_hex(hmac_sha1(key, as_bytes("Hi There"))),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(
      to_hex(hmac_sha1(as_bytes("Jefe"), as_bytes("what do ya want "), as_bytes("for nothing?"))),
      "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  const std::vector<uint8_t> long_key(80, 0xaa);
  EXPECT_EQ(to_hex(hmac_sha1(long_key, as_bytes("Test Using Larger Than Block-Size Key - Hash "
                                                "Key First"))),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(Digest, HmacSha256OfRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Digest, Crc32CheckValue) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
}

// The reference vectors of the SipHash paper: key 00..0f, message 00..(n-1).
TEST(Digest, SipHashReferenceVectors) {
  SipKey key;
  std::iota(key.begin(), key.end(), uint8_t{0});
  std::array<uint8_t, 15> message;
  std::iota(message.begin(), message.end(), uint8_t{0});
  EXPECT_EQ(siphash(key, {}), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(siphash(key, message), 0xa129ca6149be45e5U);
}

TEST(Digest, CodingsRoundTrip) {
  Rng rng(7);
  for (size_t size = 0; size < 40; ++size) {
    std::vector<uint8_t> data(size);
    rng.fill(data);
    EXPECT_EQ(from_hex(to_hex(data)), data);
    EXPECT_EQ(from_base64url(to_base64url(data)), data);
  }
}

TEST(Digest, CodingsRefuseWhatTheyNeverWrite) {
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("zz"));
  EXPECT_FALSE(from_base64url("A"));
  EXPECT_FALSE(from_base64url("A+"));
  EXPECT_FALSE(from_base64url("AB"));  // trailing bits not zero
  EXPECT_TRUE(from_base64url("AA"));
}

TEST(Digest, ConstantTimeComparison) {
  EXPECT_TRUE(equal_in_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("ab")));
}

}  // namespace
}  // namespace lectern
