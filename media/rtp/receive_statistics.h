// What a receiver has to know of one source to report on it: loss (RFC 3550 §A.3), jitter (§A.8)
// and the last sender report. Left out on purpose: the probation of new sources (§A.1), because
// only authenticated peers get here.
#pragma once

#include "base/time.h"
#include "media/rtp/report_block.h"
#include "media/rtp/sequence.h"

#include <cstdint>

namespace lectern::rtp {

class ReceiveStatistics {
 public:
  // `clock_rate`: timestamp units per second, above 0.
  explicit ReceiveStatistics(uint32_t clock_rate);

  // Each packet of the source that came by its own SSRC (not by RTX), duplicates included.
  void on_packet(Instant now, uint16_t sequence_number, uint32_t timestamp);

  // `ntp`: the 64-bit stamp of a sender report of this source.
  void on_sender_report(Instant now, uint64_t ntp);

  // The block for the next receiver report; starts a new interval of fraction_lost.
  [[nodiscard]] ReportBlock report(Instant now, uint32_t ssrc);

  [[nodiscard]] int64_t received() const { return received_; }
  // Expected less received; 0 before the first packet.
  [[nodiscard]] int64_t lost() const;
  [[nodiscard]] Duration jitter() const;

 private:
  int64_t expected() const;

  uint32_t clock_rate_;
  SequenceUnwrapper sequence_;
  int64_t base_ = 0;  // position of the first packet
  int64_t received_ = 0;
  int64_t expected_before_ = 0;  // at the last report
  int64_t received_before_ = 0;
  uint32_t last_transit_ = 0;
  uint32_t jitter_q4_ = 0;  // RFC 3550 §A.8 keeps jitter * 16
  uint32_t last_sender_report_ = 0;
  Instant sender_report_arrival_{};
};

}  // namespace lectern::rtp
