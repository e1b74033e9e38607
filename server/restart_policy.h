// When a child that ended is started again: at once the first time, and later and later when it
// keeps dying young, so that a broken set-up does not eat the machine.
#pragma once

#include "base/time.h"

#include <algorithm>

namespace lectern::server {

class RestartPolicy {
 public:
  static constexpr Duration kLongLife = Duration::seconds(10);
  static constexpr Duration kFirstPause = Duration::milliseconds(100);
  static constexpr Duration kLongestPause = Duration::seconds(5);

  // How long to wait before the next start of a child that has lived for `life`.
  Duration on_exit(Duration life) {
    if (life >= kLongLife) {
      pause_ = Duration::zero();
    }
    const Duration pause = pause_;
    pause_ = std::clamp(pause * 2, kFirstPause, kLongestPause);
    return pause;
  }

 private:
  Duration pause_ = Duration::zero();
};

}  // namespace lectern::server
