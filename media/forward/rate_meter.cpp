#include "media/forward/rate_meter.h"

#include <algorithm>

namespace lectern::forward {
namespace {

// A leg begins with all frames since the last keyframe in one burst, which says nothing of their
// rate.
constexpr Duration kFirstBurst = Duration::milliseconds(100);

}  // namespace

void RateMeter::add(Instant now, size_t bytes, bool is_frame) {
  const int64_t index = now.us() / kBucketSpan;
  // After a silence longer than the window the stream begins anew.
  if (first_.is_never() || index - newest_ >= static_cast<int64_t>(kBuckets)) first_ = now;
  newest_ = std::max(newest_, index);
  Bucket& bucket = buckets_[static_cast<uint64_t>(index) % kBuckets];
  if (bucket.index != index) bucket = {.index = index};
  bucket.bytes += static_cast<uint32_t>(bytes);
  if (is_frame) ++bucket.frames;
}

int64_t RateMeter::window_begin(Instant now) {
  return now.us() / kBucketSpan - static_cast<int64_t>(kBuckets) + 1;
}

RateMeter::Bucket RateMeter::sum(int64_t oldest) const {
  Bucket total;
  for (const Bucket& bucket : buckets_) {
    if (bucket.index < oldest) continue;
    total.bytes += bucket.bytes;
    total.frames += bucket.frames;
  }
  return total;
}

Duration RateMeter::span(Instant now) const {
  const int64_t window =
      (static_cast<int64_t>(kBuckets) - 1) * kBucketSpan + now.us() % kBucketSpan;
  const int64_t since_first = first_.is_never() ? 0 : (now - first_).us();
  // A stream that has just begun: not less than a quarter second, or its first frame alone
  // would look like a flood.
  return Duration::microseconds(std::clamp(since_first, kBucketSpan, window));
}

DataRate RateMeter::rate(Instant now) const {
  // A stream begins with a keyframe: over less than a second that would look like a flood.
  return DataSize::bytes(sum(window_begin(now)).bytes) / std::max(span(now), Duration::seconds(1));
}

std::optional<uint32_t> RateMeter::frames_per_second(Instant now) const {
  if (first_.is_never()) return std::nullopt;
  const int64_t begin = std::max(window_begin(now), (first_ + kFirstBurst).us() / kBucketSpan + 1);
  const int64_t microseconds = now.us() - begin * kBucketSpan;
  if (microseconds < kBucketSpan) return std::nullopt;
  const int64_t frames = sum(begin).frames;
  return static_cast<uint32_t>((frames * 1'000'000 + microseconds / 2) / microseconds);
}

}  // namespace lectern::forward
