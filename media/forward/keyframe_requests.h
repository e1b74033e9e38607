// When to ask the source of one encoding for a keyframe: wishes are merged, keyframes have a least
// distance, a request without result is repeated.
#pragma once

#include "base/time.h"

#include <optional>

namespace lectern::forward {

class KeyframeRequests {
 public:
  // Somebody needs a keyframe that begins after `now`.
  void want() { is_wanted_ = true; }
  // One has begun to arrive.
  void on_keyframe(Instant now);
  // True: ask now; counted as asked. `least_gap`: between the last keyframe and a request for
  // another.
  [[nodiscard]] bool take_due(Instant now, Duration least_gap);
  // Instant::never() while nobody wants one.
  [[nodiscard]] Instant next_due(Duration least_gap) const;
  // Nobody waits any more, or the source is another.
  void reset() { *this = {}; }

 private:
  bool is_wanted_ = false;
  int asked_ = 0;  // since the last keyframe
  std::optional<Instant> last_asked_;
  std::optional<Instant> last_keyframe_;
};

}  // namespace lectern::forward
