#include "media/rtp/nack_generator.h"

#include <algorithm>
#include <utility>

namespace lectern::rtp {
namespace {

constexpr Duration kDefaultRoundTrip = Duration::milliseconds(100);
// Requests for one packet at the pace of the round trip; those after them come slower.
constexpr int kQuickRequests = 4;
// A jump this large is another stream, not loss: nothing of it is asked for.
constexpr int64_t kMaxGap = 10'000;

}  // namespace

NackGenerator::NackGenerator(const NackTiming& timing)
    : timing_(timing), round_trip_(kDefaultRoundTrip) {
  missing_.reserve(kMaxMissing);
}

std::optional<Duration> NackGenerator::on_packet(Instant now, int64_t position) {
  if (!newest_) {
    newest_ = position;
    return std::nullopt;
  }
  if (position > *newest_) {
    if (position - *newest_ > kMaxGap) {
      missing_.clear();
      keyframe_wanted_ = true;
    } else {
      open_gap(now, position);
    }
    newest_ = position;
    return std::nullopt;
  }
  const auto found = std::ranges::lower_bound(missing_, position, {}, &Missing::position);
  if (found == missing_.end() || found->position != position) return std::nullopt;
  const Missing filled = *found;
  missing_.erase(found);
  return filled.requests == 1 ? std::optional(now - filled.asked) : std::nullopt;
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
  for (int64_t position = begin; position < end; ++position) {
    // RFC 4585 §3.5.1 has early feedback wait a little: reordering is no loss.
    missing_.push_back(
        {.position = position, .due = now + timing_.grace, .asked = now, .requests = 0});
  }
}

void NackGenerator::on_keyframe(int64_t position) {
  const auto end = std::ranges::lower_bound(missing_, position, {}, &Missing::position);
  missing_.erase(missing_.begin(), end);
}

void NackGenerator::set_round_trip(Duration round_trip) {
  round_trip_ = round_trip;
}

Duration NackGenerator::interval(int requests) const {
  const Duration base = std::max(round_trip_, timing_.least_interval);
  if (requests < kQuickRequests) return base;
  return std::min(base * (1 << (requests + 1 - kQuickRequests)),
                  std::max(base, timing_.longest_interval));
}

size_t NackGenerator::take_due(Instant now, std::span<uint16_t> out) {
  size_t count = 0;
  size_t kept = 0;
  for (Missing missing : missing_) {
    if (missing.due <= now && count < out.size()) {
      if (missing.requests == kMaxRequests) {
        keyframe_wanted_ = true;
        continue;
      }
      out[count++] = static_cast<uint16_t>(missing.position);
      ++missing.requests;
      missing.asked = now;
      missing.due = now + interval(missing.requests);
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
