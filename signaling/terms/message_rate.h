// A token bucket: `burst` messages at once, refilled at `per_second`.
#pragma once

#include "base/time.h"

#include <algorithm>
#include <cstdint>

namespace lectern::signaling {

class MessageRate {
 public:
  constexpr MessageRate(std::int64_t per_second, std::int64_t burst)
      : cost_(Duration::seconds(1) / per_second), capacity_(cost_ * burst) {}

  // Whether one more message may pass now; if so it is counted.
  [[nodiscard]] bool take(Instant now) {
    // Kept as the instant at which the bucket would be full: one number, no drift.
    full_at_ = std::max(full_at_, now);
    if (full_at_ + cost_ - now > capacity_) return false;
    full_at_ += cost_;
    return true;
  }

  [[nodiscard]] std::int64_t per_second() const { return Duration::seconds(1) / cost_; }

  // As good as new: nothing has been taken, or it has been refilled.
  [[nodiscard]] bool is_full(Instant now) const { return full_at_ <= now; }

 private:
  Duration cost_;
  Duration capacity_;
  Instant full_at_;
};

}  // namespace lectern::signaling
