// The reception report of one source (RFC 3550 §6.4.1), as data.
#pragma once

#include <cstdint>

namespace lectern::rtp {

struct ReportBlock {
  uint32_t ssrc = 0;                            // the source reported on
  uint8_t fraction_lost = 0;                    // /256, since the last report
  int32_t cumulative_lost = 0;                  // 24 bits signed; duplicates can make it negative
  uint32_t highest_sequence_number = 0;         // extended: cycles << 16 | number
  uint32_t jitter = 0;                          // timestamp units
  uint32_t last_sender_report = 0;              // middle 32 bits of its NTP stamp; 0: none yet
  uint32_t delay_since_last_sender_report = 0;  // 1/65536 s

  bool operator==(const ReportBlock&) const = default;
};

}  // namespace lectern::rtp
