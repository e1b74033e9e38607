// Class time: the one axis on which everything of a class has its place - sound, picture, ink,
// questions, recording.
//
// Signaling keeps it: a monotonic clock that was set to the wall clock once, when signaling
// started, and is never set again. It is told to workers, who put it into the sender reports of all
// media. No clock of a teacher or a student is trusted. A lesson's zero is a class time too; what
// people are shown is the difference.
#pragma once

#include "base/least_delay.h"
#include "base/time.h"

#include <compare>
#include <cstdint>
#include <optional>

namespace lectern {

// Microseconds since 1970 on signaling's clock.
class ClassTime {
 public:
  constexpr ClassTime() = default;
  static constexpr ClassTime from_us(int64_t us) { return ClassTime(us); }

  [[nodiscard]] constexpr int64_t us() const { return us_; }

  friend constexpr auto operator<=>(ClassTime, ClassTime) = default;
  friend constexpr ClassTime operator+(ClassTime t, Duration d) {
    return ClassTime(t.us_ + d.us());
  }
  friend constexpr Duration operator-(ClassTime a, ClassTime b) {
    return Duration::microseconds(a.us_ - b.us_);
  }

 private:
  constexpr explicit ClassTime(int64_t us) : us_(us) {}

  int64_t us_ = 0;
};

// Class time in a process that is told it now and then: behind signaling by what the fastest of the
// last messages took (on one machine 0.1 ms, within a site 1 ms).
class ToldClassTime {
 public:
  // A message of signaling, written at `sent`, arrives `now`.
  void on_told(Instant now, ClassTime sent) {
    behind_.add(now, Duration::microseconds(now.us() - sent.us()));
  }
  // Nothing before the first message.
  [[nodiscard]] std::optional<ClassTime> at(Instant now) const {
    const auto behind = behind_.at(now);
    return behind ? std::optional(ClassTime::from_us(now.us() - behind->us())) : std::nullopt;
  }

 private:
  LeastDelay behind_;
};

}  // namespace lectern
