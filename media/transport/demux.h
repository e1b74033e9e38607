// Which protocol a UDP payload belongs to, by its first octets.
#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace lectern::transport {

enum class Protocol : uint8_t { kUnknown, kStun, kDtls, kRtp, kRtcp };

// RFC 7983 §7 for the first octet, RFC 5761 §4 for RTP against RTCP: second octets 192-223 are
// RTCP packet types. ZRTP and TURN channels are unknown here.
constexpr Protocol classify(Bytes datagram) {
  if (datagram.size() < 2) return Protocol::kUnknown;
  const uint8_t first = datagram[0];
  if (first <= 3) return Protocol::kStun;
  if (first >= 20 && first <= 63) return Protocol::kDtls;
  if (first < 128 || first > 191) return Protocol::kUnknown;
  return datagram[1] >= 192 && datagram[1] <= 223 ? Protocol::kRtcp : Protocol::kRtp;
}

}  // namespace lectern::transport
