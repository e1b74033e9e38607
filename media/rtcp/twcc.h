// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01
// §3.1): which packets of a transport came, and when.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "media/rtcp/compound.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lectern::rtcp {

inline constexpr int64_t kTwccTick = 250;             // µs, resolution of arrival deltas
inline constexpr int64_t kTwccReferenceUnit = 64000;  // µs, resolution of the reference time

struct TwccHeader {
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;
  uint16_t base_sequence_number = 0;
  uint16_t status_count = 0;
  int32_t reference_time = 0;  // 24 bits signed, units of 64 ms
  uint8_t feedback_count = 0;  // of this packet among the feedback packets

  bool operator==(const TwccHeader&) const = default;
};

struct TwccStatus {
  uint16_t sequence_number = 0;
  // Arrival on the receiver's clock, counted from 0 of the reference time; nothing: not received.
  std::optional<Duration> arrival{};

  bool operator==(const TwccStatus&) const = default;
};

// One feedback packet, checked whole by parse(): next() gives its `status_count` statuses in order.
class TwccReader {
 public:
  [[nodiscard]] static Parsed<TwccReader> parse(const PacketView& packet);

  [[nodiscard]] const TwccHeader& header() const { return header_; }
  std::optional<TwccStatus> next();

 private:
  uint8_t next_symbol();

  TwccHeader header_;
  Bytes chunks_;
  Bytes deltas_;
  uint16_t given_ = 0;
  uint16_t chunk_ = 0;       // the chunk in hand
  uint16_t chunk_left_ = 0;  // statuses that it still gives
  int64_t ticks_ = 0;        // arrival of the last received packet
};

// At most so many statuses go into one packet that we write.
inline constexpr size_t kMaxTwccStatuses = 512;

// Writes one feedback packet. `arrivals`: element i is the arrival of base_sequence_number + i, on
// any clock that starts at 0; nothing: not received. `status_count` and `reference_time` of
// `header` are ignored: they follow from the arrivals. Returns how many statuses were written. Less
// than given when an arrival is more than 8.19 s away from the one before, when `out` is nearly
// full, or beyond kMaxTwccStatuses. 0: nothing was written, as there is no room or no arrival.
[[nodiscard]] size_t write_twcc(const TwccHeader& header,
                                std::span<const std::optional<Duration>> arrivals, ByteWriter& out);

}  // namespace lectern::rtcp
