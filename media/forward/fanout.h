// What is due to whom: walks tier by tier and, within a tier, receiver by receiver, so that the
// packets of one receiver follow one another and its key stays in the cache.
//
// What it is: a list of tiers with something new, and a place in it. It is pulled one packet at a
// time and can stop anywhere: the next pull goes on where it stood. Left out on purpose: queues. A
// receiver is a cursor on the tier's ring; one that cannot be served in time finds the ring moved
// on.
#pragma once

#include "media/forward/subscription.h"
#include "media/forward/tier_stream.h"

#include <deque>
#include <optional>

namespace lectern::forward {

class Fanout {
 public:
  explicit Fanout(Route route) : route_(route) {}

  // `tier` has new packets, or a member that may switch.
  void note(TierStream& tier);
  // `tier` is about to go.
  void forget(TierStream& tier);
  // A waiting subscription was armed: takes it up at once, or has the walk do it.
  void note_armed(Subscription& subscription);

  struct Due {
    Subscription* subscription = nullptr;
    const TierStream::Entry* packet = nullptr;
  };
  // The next packet to be written, by subscription->write_next(); nothing when all are served.
  [[nodiscard]] std::optional<Due> next();

 private:
  std::optional<Due> walk(TierStream& tier);

  Route route_;
  std::deque<TierStream*> tiers_;
};

// One for each way out.
struct Fanouts {
  Fanout viewers{Route::kViewers};
  Fanout legs{Route::kLegs};

  [[nodiscard]] Fanout& of(Route route) { return route == Route::kViewers ? viewers : legs; }
  void note(TierStream& tier) {
    viewers.note(tier);
    legs.note(tier);
  }
  void forget(TierStream& tier) {
    viewers.forget(tier);
    legs.forget(tier);
  }
};

}  // namespace lectern::forward
