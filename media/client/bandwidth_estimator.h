// What a receiver believes its link carries, by the delays of what arrives: the receiver's side of
// draft-ietf-rmcat-gcc-02, as browsers compute it for REMB.
//
// What it is: packets sent within 5 ms are one group; from group to group the growth of the delay
// is followed by a line fitted through the last groups, and compared with a threshold that adapts.
// A queue that grows: the estimate becomes 0.85 of what is received. Otherwise it grows by 8 % a
// second, to half again what is received (more has never been tried). Nothing is estimated before
// the first such queue, or 5 s. Left out on purpose: loss, which the sender hears of by reports.
#pragma once

#include "base/time.h"
#include "base/units.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::client {

class BandwidthEstimator {
 public:
  // `abs_send_time`: 24 bits, see rtp::to_abs_send_time; `size`: of the datagram.
  void on_packet(Instant now, uint32_t abs_send_time, size_t size);

  [[nodiscard]] const std::optional<DataRate>& estimate() const { return estimate_; }

 private:
  static constexpr size_t kPoints = 20;
  static constexpr size_t kRateBuckets = 10;

  struct Group {
    uint32_t first_send = 0;
    uint32_t last_send = 0;
    Instant arrival;  // of its last packet
  };
  struct Point {
    double arrival_ms = 0;
    double delay_ms = 0;
  };
  enum class Usage : uint8_t { kNormal, kOver, kUnder };

  void on_group(Instant now, const Group& before, const Group& group);
  [[nodiscard]] double slope() const;
  Usage judge(Instant now, double slope, double send_ms);
  void adapt_threshold(Instant now, double trend);
  void update(Instant now, Usage usage);
  void count(Instant now, size_t size);
  [[nodiscard]] DataRate received(Instant now) const;

  std::optional<Group> group_;   // that is arriving
  std::optional<Group> before_;  // the last whole one
  std::array<Point, kPoints> points_{};
  size_t deltas_ = 0;
  double delay_ms_ = 0;
  double smoothed_ms_ = 0;
  double last_trend_ = 0;
  double threshold_ms_ = 12.5;
  double over_ms_ = 0;  // for how long, of sending
  Instant threshold_at_;

  std::array<int64_t, kRateBuckets> bytes_{};
  int64_t bucket_ = 0;
  std::optional<Instant> first_;
  std::optional<DataRate> estimate_;
  Instant updated_;
  Instant lowered_;
};

}  // namespace lectern::client
