// The little of an RTP header that SRTP needs. Padding is encrypted, so the parser of media/rtp
// cannot be asked before decryption.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>

namespace lectern::srtp {

struct RtpShape {
  size_t header_size = 0;  // fixed header, CSRCs, header extension: what stays clear
  uint32_t ssrc = 0;
  uint16_t sequence_number = 0;
};

// RFC 3550 §5.1, §5.3.1. Nothing for another version or a header that leaves the packet.
inline std::optional<RtpShape> rtp_shape(Bytes packet) {
  constexpr size_t kFixedSize = 12;
  constexpr size_t kExtensionHeaderSize = 4;
  if (packet.size() < kFixedSize || packet[0] >> 6 != 2) return std::nullopt;
  size_t size = kFixedSize + size_t{4} * (packet[0] & 0x0fU);
  if ((packet[0] & 0x10U) != 0) {
    if (packet.size() < size + kExtensionHeaderSize) return std::nullopt;
    size += kExtensionHeaderSize + size_t{4} * load_be16(packet.data() + size + 2);
  }
  if (packet.size() < size) return std::nullopt;
  return RtpShape{size, load_be32(packet.data() + 8), load_be16(packet.data() + 2)};
}

}  // namespace lectern::srtp
