#include "media/srtp/key_derivation.h"

#include "tests/unit/media/srtp/srtp_packets.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lectern::srtp {
namespace {

MasterKey rfc_3711_master() {
  MasterKey master;
  std::ranges::copy(unhex("e1f97a0d3e018be0d64fa32c06de4139"), master.key.begin());
  std::ranges::copy(unhex("0ec675ad498afeebb6960b3aabe6"), master.salt.begin());
  return master;
}

TEST(KeyDerivation, GivesTheSessionKeysOfRfc3711B3) {
  const SessionKeys keys = derive_session_keys(Profile::kAesCm128HmacSha1_80, rfc_3711_master());
  EXPECT_EQ(to_hex(keys.rtp.encryption), "c61e7a93744f39ee10734afe3ff7a087");
  EXPECT_EQ(to_hex(keys.rtp.salt), "30cbbc08863d8c85d49db34a9ae1");
  EXPECT_EQ(to_hex(keys.rtp.authentication), "cebe321f6ff7716b6fd4ab49af256a156d38baa4");
}

TEST(KeyDerivation, GivesRtcpKeysOfItsOwn) {
  const SessionKeys keys = derive_session_keys(Profile::kAesCm128HmacSha1_80, rfc_3711_master());
  EXPECT_NE(keys.rtcp.encryption, keys.rtp.encryption);
  EXPECT_NE(keys.rtcp.salt, keys.rtp.salt);
  EXPECT_NE(keys.rtcp.authentication, keys.rtp.authentication);
}

TEST(KeyDerivation, LeavesGcmASaltOfTwelveOctetsAndNoAuthenticationKey) {
  MasterKey master = rfc_3711_master();
  master.salt[12] = master.salt[13] = 0;
  const SessionKeys keys = derive_session_keys(Profile::kAeadAes128Gcm, master);
  EXPECT_EQ(keys.rtp.salt[12], 0);
  EXPECT_EQ(keys.rtp.salt[13], 0);
  EXPECT_NE(keys.rtp.salt[11], 0);
  EXPECT_EQ(keys.rtp.authentication, decltype(keys.rtp.authentication){});
}

}  // namespace
}  // namespace lectern::srtp
