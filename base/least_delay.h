// How far one clock is from another, learnt from stamps of the other as they arrive.
//
// Each stamp is late by what its way took, so of the differences seen lately the least is the
// nearest to the truth: it is off by the shortest way alone. The answer moves towards it by 5 ms a
// second at most, so that a time that is made of it does not jump. It is set at once from over a
// second away, and in the first ten seconds: on a busy start the first stamps come late.
//
// Example: our clock is 3 s ahead; stamps take 20 to 90 ms. The differences are 3.020 to 3.090 s;
// the answer is 3.020 s as long as one in 15 s is so fast.
#pragma once

#include "base/time.h"

#include <optional>

namespace lectern {

class LeastDelay {
 public:
  // `difference`: our clock when a stamp arrived, minus the stamp.
  void add(Instant now, Duration difference);
  // Our clock minus the other; nothing before the first stamp. Cost: no loop.
  [[nodiscard]] std::optional<Duration> at(Instant now) const;

 private:
  // The least of a stretch of time; two follow each other, so the window is 15 to 30 s.
  struct Stretch {
    Instant since;
    Duration least = Duration::infinite();
  };

  [[nodiscard]] Duration target() const;

  std::optional<Duration> value_;  // at value_at_
  Instant value_at_;
  Instant began_;  // the first stamp
  Stretch current_;
  Stretch previous_;
};

}  // namespace lectern
