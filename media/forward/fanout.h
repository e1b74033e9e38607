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
#include <vector>

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
  // Who will be walked `ahead` members after the one of the last next(); nullptr when the walk ends
  // before. For fetching from memory what it will take.
  [[nodiscard]] const Subscription* upcoming(size_t ahead) const;

 private:
  std::optional<Due> walk(TierStream& tier);

  Route route_;
  std::deque<TierStream*> tiers_;
};

// One for each way out.
//
// A frame that is still arriving is held for a few milliseconds: a receiver can do nothing with a
// part of it, and a whole one costs a walk over the audience and a message to each member instead
// of several.
struct Fanouts {
  Fanout viewers{Route::kViewers};
  Fanout legs{Route::kLegs};

  [[nodiscard]] Fanout& of(Route route) { return route == Route::kViewers ? viewers : legs; }
  // What `tier` has is to go out now.
  void note(TierStream& tier);
  // What `tier` has may wait for more, until kPatience from the first time.
  void hold(TierStream& tier, Instant now);
  // Lets go what has been held for long enough by `now`.
  void release(Instant now);
  [[nodiscard]] Instant next_release() const { return next_release_; }
  void forget(TierStream& tier);

 private:
  static constexpr Duration kPatience = Duration::milliseconds(4);

  void let_go(TierStream& tier);

  std::vector<TierStream*> held_;
  Instant next_release_ = Instant::never();
};

}  // namespace lectern::forward
