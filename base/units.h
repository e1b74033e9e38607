// Amounts of data and rates, with their unit in the type.
#pragma once

#include "base/time.h"

#include <compare>
#include <cstdint>

namespace lectern {

class DataSize {
 public:
  constexpr DataSize() = default;
  static constexpr DataSize bytes(int64_t count) { return DataSize(count); }
  [[nodiscard]] constexpr int64_t bytes() const { return bytes_; }
  friend constexpr auto operator<=>(DataSize, DataSize) = default;
  friend constexpr DataSize operator+(DataSize a, DataSize b) {
    return DataSize(a.bytes_ + b.bytes_);
  }
  friend constexpr DataSize operator-(DataSize a, DataSize b) {
    return DataSize(a.bytes_ - b.bytes_);
  }
  constexpr DataSize& operator+=(DataSize other) { return *this = *this + other; }

 private:
  constexpr explicit DataSize(int64_t count) : bytes_(count) {}
  int64_t bytes_ = 0;
};

class DataRate {
 public:
  constexpr DataRate() = default;
  static constexpr DataRate bps(int64_t bits_per_second) { return DataRate(bits_per_second); }
  static constexpr DataRate kbps(int64_t kilobits) { return DataRate(kilobits * 1000); }
  [[nodiscard]] constexpr int64_t bps() const { return bps_; }
  [[nodiscard]] constexpr int64_t kbps() const { return bps_ / 1000; }
  friend constexpr auto operator<=>(DataRate, DataRate) = default;
  friend constexpr DataRate operator+(DataRate a, DataRate b) { return DataRate(a.bps_ + b.bps_); }
  friend constexpr DataRate operator-(DataRate a, DataRate b) { return DataRate(a.bps_ - b.bps_); }
  // Scaled by a percentage: 85 % of a rate is `rate.percent(85)`.
  [[nodiscard]] constexpr DataRate percent(int64_t p) const { return DataRate(bps_ * p / 100); }

 private:
  constexpr explicit DataRate(int64_t bits_per_second) : bps_(bits_per_second) {}
  int64_t bps_ = 0;
};

// The mean rate of `size` over `span`; zero for an empty or negative span.
constexpr DataRate operator/(DataSize size, Duration span) {
  if (span <= Duration::zero()) return {};
  return DataRate::bps(size.bytes() * 8 * 1'000'000 / span.us());
}

}  // namespace lectern
