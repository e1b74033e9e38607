// How a receiver that sends no media learns its round trip (RFC 3611 §4.4 and §4.5): it says what
// time it has, and the sender's next report says which of these it heard, and how long ago. Other
// blocks of extended reports are skipped.
#pragma once

#include "base/bytes.h"
#include "media/rtcp/compound.h"
#include "media/rtcp/reports.h"

#include <cstdint>
#include <optional>

namespace lectern::rtcp {

// Appends one packet with a Receiver Reference Time block and returns true, or leaves `out` as it
// is when it does not fit. `ntp`: 32.32 seconds on whatever clock the writer keeps, not 0.
[[nodiscard]] bool write_reference_time(uint32_t ssrc, uint64_t ntp, ByteWriter& out);
// The time in such a packet, and whose it is.
struct ReferenceTime {
  uint32_t ssrc = 0;
  uint64_t ntp = 0;
};
[[nodiscard]] std::optional<ReferenceTime> find_reference_time(const PacketView& packet);

// Appends one packet with a DLRR block about one receiver, likewise. Of `echo` the ssrc and the two
// fields about the last report count, here of the last reference time.
[[nodiscard]] bool write_echo(uint32_t ssrc, const ReportBlock& echo, ByteWriter& out);
// What a DLRR block says about the receiver `ssrc`, in the fields that round_trip() reads.
[[nodiscard]] std::optional<ReportBlock> find_echo(const PacketView& packet, uint32_t ssrc);

}  // namespace lectern::rtcp
