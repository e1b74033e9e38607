// When to ask the source of one encoding for a keyframe: wishes are merged, keyframes have a least
// distance, a request without result is repeated.
#pragma once

#include "base/time.h"

#include <optional>

namespace lectern::forward {

class KeyframeRequests {
 public:
  // `least_gap`: between the last keyframe and a request for another.
  explicit KeyframeRequests(Duration least_gap) : least_gap_(least_gap) {}

  // Somebody needs a keyframe that begins after `now`.
  void want() { is_wanted_ = true; }
  // One has begun to arrive.
  void on_keyframe(Instant now);
  // True: ask now; counted as asked.
  [[nodiscard]] bool take_due(Instant now);
  // Instant::never() while nobody wants one.
  [[nodiscard]] Instant next_due() const;
  // Nobody waits any more, or the source is another.
  void reset() { *this = KeyframeRequests(least_gap_); }

 private:
  Duration least_gap_;
  bool is_wanted_ = false;
  int asked_ = 0;  // since the last keyframe
  std::optional<Instant> last_asked_;
  std::optional<Instant> last_keyframe_;
};

}  // namespace lectern::forward
