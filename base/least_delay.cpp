#include "base/least_delay.h"

#include <algorithm>

namespace lectern {
namespace {

constexpr Duration kStretch = Duration::seconds(15);
constexpr int64_t kSlew = 200;  // 1/200 of the time that passes
constexpr Duration kJump = Duration::seconds(1);
constexpr Duration kSettling = Duration::seconds(10);

}  // namespace

Duration LeastDelay::target() const {
  return std::min(current_.least, previous_.least);
}

std::optional<Duration> LeastDelay::at(Instant now) const {
  if (!value_) return std::nullopt;
  const Duration most = std::max(now - value_at_, Duration::zero()) / kSlew;
  return *value_ + std::clamp(target() - *value_, -most, most);
}

void LeastDelay::add(Instant now, Duration difference) {
  if (!value_) began_ = now;
  value_ = at(now);
  value_at_ = now;
  if (now - current_.since >= kStretch) {
    // After a long silence, what was seen before it says nothing of the clocks now.
    previous_ = now - current_.since < 2 * kStretch ? current_ : Stretch{};
    current_ = {.since = now};
  }
  current_.least = std::min(current_.least, difference);
  const Duration wanted = target();
  const bool is_settling = now - began_ < kSettling;
  if (!value_ || is_settling || wanted - *value_ > kJump || *value_ - wanted > kJump)
    value_ = wanted;
}

}  // namespace lectern
