// RTCP datagrams: the walk over the packets of a compound one (RFC 3550 §6.1) or a reduced-size one
// (RFC 5506), which is the same walk. Views over bytes, nothing is allocated.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::rtcp {

inline constexpr size_t kHeaderSize = 4;   // RFC 3550 §6.4.1
inline constexpr size_t kMaxPackets = 32;  // of one datagram; more are not looked at

enum class PacketType : uint8_t {
  kSenderReport = 200,  // RFC 3550 §12.1
  kReceiverReport = 201,
  kSourceDescription = 202,
  kBye = 203,
  kApplication = 204,
  kTransportFeedback = 205,  // RFC 4585 §6.1
  kPayloadFeedback = 206,    // RFC 4585 §6.1
  kExtendedReport = 207,     // RFC 3611 §2
};

struct PacketView {
  PacketType type{};  // any value of the wire, not only the named ones
  uint8_t count = 0;  // 5 bits: report count, source count or feedback message type
  Bytes body{};       // after the 4-byte header, without padding
};

class CompoundReader {
 public:
  // `datagram`: decrypted.
  explicit CompoundReader(Bytes datagram) : rest_(datagram) {}

  // The next packet; nothing at the end, after kMaxPackets, or where the datagram is malformed.
  std::optional<PacketView> next();

  // True if the walk ended before the end of the datagram.
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  std::optional<PacketView> fail();

  Bytes rest_;
  size_t packets_ = 0;
  bool malformed_ = false;
};

}  // namespace lectern::rtcp
