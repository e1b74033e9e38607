// One stream that we receive (an SSRC of a publisher, or an encoding of a leg): what is missing of
// it, and what there is to report.
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "media/rtp/nack_generator.h"
#include "media/rtp/receive_statistics.h"
#include "media/rtp/sequence.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace lectern::worker {

class ReceiveStream {
 public:
  // `repairs`: whether missing packets are asked for, at the pace of `timing`.
  ReceiveStream(uint32_t ssrc, uint32_t clock_rate, bool repairs,
                const rtp::NackTiming& timing = {});

  [[nodiscard]] uint32_t ssrc() const { return ssrc_; }
  // A packet by the stream's own SSRC, or (`is_repair`) by RTX. Returns its position.
  int64_t on_packet(Instant now, uint16_t sequence_number, uint32_t timestamp, bool is_repair);
  void on_keyframe(int64_t position) { nack_.on_keyframe(position); }
  void on_sender_report(Instant now, uint64_t ntp) { statistics_.on_sender_report(now, ntp); }
  void set_round_trip(Duration round_trip) { nack_.set_round_trip(round_trip); }

  // Once after a packet that came by RTX: how long its repair took from the request. (What comes
  // again under its own number gives no sample: it may be late or repeated.)
  [[nodiscard]] std::optional<Duration> take_repair_time() {
    return std::exchange(repair_time_, std::nullopt);
  }

  [[nodiscard]] rtp::ReportBlock report(Instant now) { return statistics_.report(now, ssrc_); }
  // Appends a NACK when one is due; counts what it asks for.
  size_t write_nack(Instant now, uint32_t own_ssrc, ByteWriter& out);
  [[nodiscard]] Instant next_nack() const { return repairs_ ? nack_.next_due() : Instant::never(); }
  // Once after something was given up: only a keyframe helps.
  [[nodiscard]] bool take_keyframe_wanted() { return nack_.take_keyframe_wanted(); }

 private:
  uint32_t ssrc_;
  bool repairs_;
  rtp::SequenceUnwrapper sequence_;
  rtp::ReceiveStatistics statistics_;
  rtp::NackGenerator nack_;
  std::optional<Duration> repair_time_;
};

}  // namespace lectern::worker
