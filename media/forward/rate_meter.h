// The rate of a stream over the last two seconds, in eight buckets: cheap to feed, steady to read.
#pragma once

#include "base/time.h"
#include "base/units.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::forward {

class RateMeter {
 public:
  void add(Instant now, size_t bytes, bool is_frame);
  // Mean over the window, or over the time since the first packet (after a silence longer than the
  // window: since that) when that is shorter.
  [[nodiscard]] DataRate rate(Instant now) const;
  // Frames (for sound: packets) per second, rounded; nothing while the stream has just begun.
  [[nodiscard]] std::optional<uint32_t> frames_per_second(Instant now) const;

 private:
  static constexpr size_t kBuckets = 8;
  static constexpr int64_t kBucketSpan = 250'000;  // µs

  struct Bucket {
    int64_t index = -1;  // now / kBucketSpan
    uint32_t bytes = 0;
    uint32_t frames = 0;
  };

  // The index of the window's first bucket.
  [[nodiscard]] static int64_t window_begin(Instant now);
  // Of the buckets from `oldest` on.
  [[nodiscard]] Bucket sum(int64_t oldest) const;
  [[nodiscard]] Duration span(Instant now) const;

  std::array<Bucket, kBuckets> buckets_{};
  Instant first_ = Instant::never();
  int64_t newest_ = 0;  // index of the newest bucket
};

}  // namespace lectern::forward
