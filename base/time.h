// Time as the cores see it: values handed in by the shell, never read from a clock.
// `Instant` counts microseconds from an arbitrary origin of the process; only differences mean
// anything. Wall-clock time enters a core only as an offset in its configuration.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>

namespace lectern {

// A signed span of time with microsecond resolution (about 292,000 years of range).
class Duration {
 public:
  constexpr Duration() = default;

  static constexpr Duration microseconds(int64_t us) { return Duration(us); }
  static constexpr Duration milliseconds(int64_t ms) { return Duration(ms * 1000); }
  static constexpr Duration seconds(int64_t s) { return Duration(s * 1'000'000); }
  static constexpr Duration zero() { return Duration(0); }
  static constexpr Duration infinite() { return Duration(std::numeric_limits<int64_t>::max()); }

  [[nodiscard]] constexpr int64_t us() const { return us_; }
  [[nodiscard]] constexpr int64_t ms() const { return us_ / 1000; }
  [[nodiscard]] constexpr double to_seconds() const { return static_cast<double>(us_) * 1e-6; }

  constexpr Duration& operator+=(Duration other) {
    us_ += other.us_;
    return *this;
  }
  constexpr Duration& operator-=(Duration other) {
    us_ -= other.us_;
    return *this;
  }

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.us_ + b.us_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.us_ - b.us_); }
  friend constexpr Duration operator-(Duration a) { return Duration(-a.us_); }
  friend constexpr Duration operator*(Duration a, int64_t k) { return Duration(a.us_ * k); }
  friend constexpr Duration operator*(int64_t k, Duration a) { return a * k; }
  friend constexpr Duration operator/(Duration a, int64_t k) { return Duration(a.us_ / k); }
  friend constexpr int64_t operator/(Duration a, Duration b) { return a.us_ / b.us_; }

 private:
  constexpr explicit Duration(int64_t us) : us_(us) {}

  int64_t us_ = 0;
};

// A point on the process's monotonic time line. `never()` is later than every other instant and
// is what an idle machine answers to next_timeout().
class Instant {
 public:
  constexpr Instant() = default;

  static constexpr Instant from_us(int64_t us) { return Instant(us); }
  static constexpr Instant from_ms(int64_t ms) { return Instant(ms * 1000); }
  static constexpr Instant never() { return Instant(std::numeric_limits<int64_t>::max()); }

  [[nodiscard]] constexpr int64_t us() const { return us_; }
  [[nodiscard]] constexpr int64_t ms() const { return us_ / 1000; }
  [[nodiscard]] constexpr bool is_never() const { return *this == never(); }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  // never() + anything stays never(): an idle machine does not wake up by arithmetic.
  friend constexpr Instant operator+(Instant t, Duration d) {
    if (t.is_never() || d == Duration::infinite()) return never();
    return Instant(t.us_ + d.us());
  }
  friend constexpr Instant operator-(Instant t, Duration d) { return t + (-d); }
  friend constexpr Duration operator-(Instant a, Instant b) {
    return Duration::microseconds(a.us_ - b.us_);
  }
  constexpr Instant& operator+=(Duration d) { return *this = *this + d; }

 private:
  constexpr explicit Instant(int64_t us) : us_(us) {}

  int64_t us_ = 0;
};

// True when `then` is less than `span` before `now`; what has never happened is not recent.
constexpr bool is_recent(std::optional<Instant> then, Instant now, Duration span) {
  return then && now - *then < span;
}

}  // namespace lectern
