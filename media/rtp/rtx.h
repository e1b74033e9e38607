// Retransmission payload format, SSRC-multiplexed (RFC 4588 §4).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "media/rtp/header.h"

#include <cstddef>
#include <cstdint>

namespace lectern::rtp {

inline constexpr size_t kRtxHeaderSize = 2;  // RFC 4588 §4: OSN

// Identity that a packet carries inside the other stream.
struct RtxIdentity {
  uint8_t payload_type = 0;
  uint16_t sequence_number = 0;
  uint32_t ssrc = 0;
};

// Writes the retransmission of `original` (as sent: header, extensions, payload, padding) with the
// number, type and SSRC of the RTX stream. Returns its size, original + 2; 0 when `out` is too
// small or `original` is not RTP. `out` must not overlap `original`.
[[nodiscard]] size_t write_rtx(Bytes original, const RtxIdentity& rtx, MutableBytes out);

// Turns a retransmission into the original, in place: the header moves forward by two bytes.
// `payload_type`, `ssrc`: of the original stream. Returns the original as a part of `packet`; fails
// on packets without an OSN, which padding probes on an RTX stream are.
[[nodiscard]] Parsed<MutableBytes> undo_rtx(MutableBytes packet, uint8_t payload_type,
                                            uint32_t ssrc);

}  // namespace lectern::rtp
