// Packets and keys for the tests of this folder.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/rng.h"
#include "media/srtp/profile.h"
#include "media/srtp/protector.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace lectern::srtp {

using Packet = std::vector<uint8_t>;

inline Packet unhex(std::string_view text) {
  const auto bytes = from_hex(text);
  EXPECT_TRUE(bytes.has_value()) << text;
  return bytes.value_or(Packet());
}

inline MasterKey random_key(Rng& rng, Profile profile) {
  MasterKey master;
  rng.fill(master.key);
  rng.fill(MutableBytes(master.salt).first(salt_size(profile)));
  return master;
}

struct ClearRtp {
  Packet packet;
  size_t header_size = 12;
};

// A packet with up to 15 CSRCs, perhaps a header extension, and a payload of any size.
inline ClearRtp random_rtp(Rng& rng, uint32_t ssrc, uint16_t sequence_number) {
  const auto csrcs = static_cast<uint8_t>(rng.chance(0.3) ? rng.below(16) : 0);
  const bool has_extension = rng.chance(0.5);
  const auto extension_words = static_cast<uint16_t>(has_extension ? rng.below(6) : 0);
  ClearRtp rtp;
  rtp.header_size = 12U + 4U * csrcs + (has_extension ? 4U + 4U * extension_words : 0U);
  rtp.packet.resize(rtp.header_size + rng.below(1180));
  rng.fill(rtp.packet);
  rtp.packet[0] = static_cast<uint8_t>(0x80 | (has_extension ? 0x10 : 0) | csrcs);
  rtp.packet[1] = static_cast<uint8_t>(rng.chance(0.5) ? 96 : 111);
  store_be16(rtp.packet.data() + 2, sequence_number);
  store_be32(rtp.packet.data() + 8, ssrc);
  // The profile must not be one that RFC 6904 or cryptex give a meaning to.
  if (has_extension) {
    store_be16(rtp.packet.data() + 12 + 4U * csrcs, 0xBEDE);
    store_be16(rtp.packet.data() + 14 + 4U * csrcs, extension_words);
  }
  return rtp;
}

inline Packet random_rtcp(Rng& rng, uint32_t ssrc) {
  const auto words = static_cast<uint16_t>(1 + rng.below(40));
  Packet packet(4U + 4U * words);
  rng.fill(packet);
  packet[0] = 0x81;
  packet[1] = 201;
  store_be16(packet.data() + 2, words);
  store_be32(packet.data() + 4, ssrc);
  return packet;
}

inline Packet protect(Protector& protector, const ClearRtp& rtp, uint64_t index) {
  Packet buffer = rtp.packet;
  buffer.resize(buffer.size() + kMaxRtpOverhead);
  buffer.resize(protector.protect_rtp(buffer, rtp.header_size, rtp.packet.size(), index));
  return buffer;
}

inline Packet protect(Protector& protector, const Packet& rtcp) {
  Packet buffer = rtcp;
  buffer.resize(buffer.size() + kMaxRtcpOverhead);
  buffer.resize(protector.protect_rtcp(buffer, rtcp.size()));
  return buffer;
}

inline Packet copy(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

constexpr Profile kProfiles[] = {Profile::kAeadAes128Gcm, Profile::kAesCm128HmacSha1_80};

}  // namespace lectern::srtp
