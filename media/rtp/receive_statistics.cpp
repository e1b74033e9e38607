#include "media/rtp/receive_statistics.h"

#include "base/check.h"

#include <algorithm>

namespace lectern::rtp {
namespace {

constexpr int64_t kMaxCumulativeLost = 0x7FFFFF;  // RFC 3550 §A.3: 24 bits, clamped

// `now` on a clock of `rate`, modulo 2^32: only differences of it are used.
uint32_t in_units(Instant now, uint32_t rate) {
  const int64_t seconds = now.us() / 1'000'000;
  const int64_t fraction = now.us() % 1'000'000;
  return static_cast<uint32_t>(seconds * rate + fraction * rate / 1'000'000);
}

}  // namespace

ReceiveStatistics::ReceiveStatistics(uint32_t clock_rate) : clock_rate_(clock_rate) {
  LECTERN_CHECK(clock_rate > 0);
}

void ReceiveStatistics::on_packet(Instant now, uint16_t sequence_number, uint32_t timestamp) {
  const bool is_first = !sequence_.last().has_value();
  const int64_t position = sequence_.unwrap(sequence_number);
  if (is_first) base_ = position;
  // A packet from before the first one was expected too.
  base_ = std::min(base_, position);
  ++received_;

  const uint32_t transit = in_units(now, clock_rate_) - timestamp;
  if (!is_first) {
    // RFC 3550 §A.8, the integer form: J += |D| - (J + 8) / 16, with J kept 16 times as large.
    const auto difference = static_cast<int32_t>(transit - last_transit_);
    const uint32_t magnitude =
        difference < 0 ? 0U - static_cast<uint32_t>(difference) : static_cast<uint32_t>(difference);
    jitter_q4_ = jitter_q4_ - ((jitter_q4_ + 8) >> 4) + magnitude;
  }
  last_transit_ = transit;
}

void ReceiveStatistics::on_sender_report(Instant now, uint64_t ntp) {
  last_sender_report_ = static_cast<uint32_t>(ntp >> 16);
  sender_report_arrival_ = now;
}

ReportBlock ReceiveStatistics::report(Instant now, uint32_t ssrc) {
  ReportBlock block;
  block.ssrc = ssrc;
  const int64_t expected_interval = expected() - expected_before_;
  const int64_t lost_interval = expected_interval - (received_ - received_before_);
  expected_before_ = expected();
  received_before_ = received_;
  // RFC 3550 §A.3: no loss where duplicates outweigh it.
  if (expected_interval > 0 && lost_interval > 0)
    block.fraction_lost =
        static_cast<uint8_t>(std::min<int64_t>(255, (lost_interval << 8) / expected_interval));
  block.cumulative_lost =
      static_cast<int32_t>(std::clamp(lost(), -kMaxCumulativeLost - 1, kMaxCumulativeLost));
  block.highest_sequence_number = static_cast<uint32_t>(sequence_.last().value_or(0));
  block.jitter = jitter_q4_ >> 4;
  if (last_sender_report_ != 0) {
    const int64_t delay = std::max<int64_t>(0, (now - sender_report_arrival_).us());
    block.last_sender_report = last_sender_report_;
    block.delay_since_last_sender_report = static_cast<uint32_t>((delay << 16) / 1'000'000);
  }
  return block;
}

int64_t ReceiveStatistics::lost() const {
  return expected() - received_;
}

Duration ReceiveStatistics::jitter() const {
  return Duration::microseconds(int64_t{jitter_q4_ >> 4} * 1'000'000 / clock_rate_);
}

int64_t ReceiveStatistics::expected() const {
  return sequence_.last() ? *sequence_.last() - base_ + 1 : 0;
}

}  // namespace lectern::rtp
