#include "media/forward/keyframe_requests.h"

#include <algorithm>

namespace lectern::forward {
namespace {

// A publisher answers with its next frame, a round trip away; a lost request is repeated soon, a
// source that does not answer is not flooded.
constexpr Duration kFirstRepeat = Duration::milliseconds(300);
constexpr Duration kLongestRepeat = Duration::seconds(1);

}  // namespace

void KeyframeRequests::on_keyframe(Instant now) {
  is_wanted_ = false;
  asked_ = 0;
  last_keyframe_ = now;
}

bool KeyframeRequests::take_due(Instant now, Duration least_gap) {
  if (now < next_due(least_gap)) return false;
  ++asked_;
  last_asked_ = now;
  return true;
}

Instant KeyframeRequests::next_due(Duration least_gap) const {
  if (!is_wanted_) return Instant::never();
  Instant due;
  if (last_keyframe_) due = *last_keyframe_ + least_gap;
  if (asked_ > 0 && last_asked_)
    due = std::max(due, *last_asked_ + std::min(kFirstRepeat * asked_, kLongestRepeat));
  return due;
}

}  // namespace lectern::forward
