// The receiver's side of transport-wide congestion control: notes arrivals and emits feedback.
// Bounded: at most kWindow numbers between two feedback packets; what falls out is reported lost.
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "media/rtcp/twcc.h"
#include "media/rtp/sequence.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::rtcp {

class TwccRecorder {
 public:
  static constexpr size_t kWindow = 1024;  // power of two

  // `interval`: from one feedback packet to the next, 50-100 ms.
  TwccRecorder(uint32_t sender_ssrc, Duration interval);

  // Each packet with the transport-wide-cc extension. `media_ssrc`: of the packet; the feedback
  // names the last one. A packet whose number was already reported lost is not reported again.
  void on_packet(Instant now, uint16_t transport_sequence_number, uint32_t media_ssrc);

  // Instant::never() while nothing new came.
  [[nodiscard]] Instant next_timeout() const;

  // Appends the feedback due at `now` to `out`; false when nothing is due. Call again while it
  // returns true: one interval can need more than one packet.
  [[nodiscard]] bool write_due(Instant now, ByteWriter& out);

 private:
  std::optional<Duration>& slot(int64_t position);
  void forget_before(int64_t position);

  uint32_t sender_ssrc_;
  Duration interval_;
  rtp::SequenceUnwrapper unwrapper_;
  std::array<std::optional<Duration>, kWindow> arrivals_{};
  int64_t begin_ = 0;                     // first position not yet reported
  int64_t end_ = 0;                       // newest + 1
  std::optional<Instant> first_arrival_;  // zero of the reference time
  Instant due_ = Instant::never();
  uint32_t media_ssrc_ = 0;
  uint8_t feedback_count_ = 0;
};

}  // namespace lectern::rtcp
