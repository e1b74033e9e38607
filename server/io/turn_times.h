// A histogram of how long a loop's turns took, by powers of two of a microsecond.
#pragma once

#include "base/time.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lectern::io {

class TurnTimes {
 public:
  void add(Duration time) {
    const auto us = static_cast<std::uint64_t>(time.us() > 0 ? time.us() : 0);
    const auto bucket = static_cast<std::size_t>(std::bit_width(us));
    ++counts_[bucket < kBuckets ? bucket : kBuckets - 1];
    ++total_;
  }

  // The upper edge of the bucket that holds the 99th percentile since the last take; zero when
  // nothing was added.
  Duration take_p99() {
    const std::uint64_t target = total_ - total_ / 100;
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    while (bucket + 1 < kBuckets && (seen += counts_[bucket]) < target) {
      ++bucket;
    }
    const bool is_empty = total_ == 0;
    counts_ = {};
    total_ = 0;
    return is_empty ? Duration::zero() : Duration::microseconds(std::int64_t{1} << bucket);
  }

 private:
  static constexpr std::size_t kBuckets = 25;  // the last one: 16 s and more

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace lectern::io
