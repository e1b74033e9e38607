#include "media/rtp/nack_generator.h"

#include <algorithm>
#include <utility>

namespace lectern::rtp {
namespace {

constexpr Duration kDefaultRoundTrip = Duration::milliseconds(100);
// Between two requests for one packet at least, however near the peer is.
constexpr Duration kMinInterval = Duration::milliseconds(20);
// A jump this large is another stream, not loss: nothing of it is asked for.
constexpr int64_t kMaxGap = 10'000;
// Reordering by a packet or two is no loss (RFC 4585 §3.5.1 has early feedback wait a little).
constexpr Duration kReorderGrace = Duration::milliseconds(5);

}  // namespace

NackGenerator::NackGenerator() : round_trip_(kDefaultRoundTrip) {
  missing_.reserve(kMaxMissing);
}

void NackGenerator::on_packet(Instant now, int64_t position) {
  if (!newest_) {
    newest_ = position;
    return;
  }
  if (position > *newest_) {
    if (position - *newest_ > kMaxGap) {
      missing_.clear();
      keyframe_wanted_ = true;
    } else {
      open_gap(now, position);
    }
    newest_ = position;
    return;
  }
  const auto found = std::ranges::lower_bound(missing_, position, {}, &Missing::position);
  if (found != missing_.end() && found->position == position) missing_.erase(found);
}

void NackGenerator::open_gap(Instant now, int64_t end) {
  const int64_t begin = std::max(*newest_ + 1, end - static_cast<int64_t>(kMaxMissing));
  const auto gap = static_cast<size_t>(end - begin);
  const bool is_cut = begin > *newest_ + 1;
  if (is_cut || missing_.size() + gap > kMaxMissing) {
    // The oldest are given up: without them the picture cannot be completed.
    const size_t surplus = std::min(missing_.size(), missing_.size() + gap - kMaxMissing);
    missing_.erase(missing_.begin(), missing_.begin() + static_cast<ptrdiff_t>(surplus));
    keyframe_wanted_ = true;
  }
  for (int64_t position = begin; position < end; ++position)
    missing_.push_back({.position = position, .due = now + kReorderGrace, .requests = 0});
}

void NackGenerator::on_keyframe(int64_t position) {
  const auto end = std::ranges::lower_bound(missing_, position, {}, &Missing::position);
  missing_.erase(missing_.begin(), end);
}

void NackGenerator::set_round_trip(Duration round_trip) {
  round_trip_ = round_trip;
}

size_t NackGenerator::take_due(Instant now, std::span<uint16_t> out) {
  size_t count = 0;
  size_t kept = 0;
  const Duration interval = std::max(round_trip_, kMinInterval);
  for (Missing missing : missing_) {
    if (missing.due <= now && count < out.size()) {
      if (missing.requests == kMaxRequests) {
        keyframe_wanted_ = true;
        continue;
      }
      out[count++] = static_cast<uint16_t>(missing.position);
      ++missing.requests;
      missing.due = now + interval;
    }
    missing_[kept++] = missing;
  }
  missing_.erase(missing_.begin() + static_cast<ptrdiff_t>(kept), missing_.end());
  return count;
}

Instant NackGenerator::next_due() const {
  Instant due = Instant::never();
  for (const Missing& missing : missing_) due = std::min(due, missing.due);
  return due;
}

bool NackGenerator::take_keyframe_wanted() {
  return std::exchange(keyframe_wanted_, false);
}

void NackGenerator::reset() {
  missing_.clear();
  newest_.reset();
  keyframe_wanted_ = false;
}

}  // namespace lectern::rtp
