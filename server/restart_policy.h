// When a child that ended is started again: at once the first time, and later and later when it
// keeps dying young, so that a broken set-up does not eat the machine.
#pragma once

#include "base/time.h"

#include <algorithm>
#include <cstdint>

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
      died_young_ = 0;
    }
    ++died_young_;
    const Duration pause = pause_;
    pause_ = std::clamp(pause * 2, kFirstPause, kLongestPause);
    return pause;
  }
  // Short lives in a row.
  [[nodiscard]] std::uint32_t died_young() const { return died_young_; }

 private:
  Duration pause_ = Duration::zero();
  std::uint32_t died_young_ = 0;
};

}  // namespace lectern::server
