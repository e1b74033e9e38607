// How long somebody has said nothing, as seen by one who looks every `period`. Time in which the
// looker itself stood still (a suspended machine, a SIGSTOP, a loop that was busy) counts as two
// periods at most: what was said meanwhile has not been read yet.
#pragma once

#include "base/time.h"

#include <algorithm>

namespace lectern {

class Silence {
 public:
  explicit Silence(Duration period) : longest_look_(period * 2) {}

  void heard() { lasted_ = Duration::zero(); }
  void look(Duration since_last_look) {
    lasted_ = lasted_ + std::clamp(since_last_look, Duration::zero(), longest_look_);
  }
  [[nodiscard]] Duration lasted() const { return lasted_; }

 private:
  Duration longest_look_;
  Duration lasted_ = Duration::zero();
};

}  // namespace lectern
