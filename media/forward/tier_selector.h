// Which step of the ladder a receiver should have now: a plain function of what is known of its
// link, with a little memory.
//
// What it is: joins low, climbs quickly while nothing speaks against it, goes down at once to what
// the link carries, and comes up again after a hold that doubles after each try that failed. Loss
// on a link that is known to be wide is no lack of bandwidth: it takes the size down step by step,
// because fewer packets have to arrive, but never the picture away; on a far link, where a repair
// takes long, it does so from a little loss on. A receiver's estimate grows by 8 % a second at
// most: right after a step up it counts only when it falls, or when a queue builds up. Left out on
// purpose: measuring. An estimate may be missing: a receiver of sound alone sends none, and a
// browser's first one takes up to 5 s.
#pragma once

#include "base/time.h"
#include "base/units.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lectern::forward {

enum class RungReason : uint8_t { kJoin, kBandwidth, kLoss, kLimit, kSource, kCodec };

struct SelectorStep {
  DataRate rate;
  bool has_all_layers = true;
};

struct SelectorInputs {
  Instant now;
  std::span<const SelectorStep> ladder;  // cheapest first; not empty
  std::optional<size_t> current;         // index into the ladder; nullopt: sound alone
  bool is_switching = false;             // the current step was chosen but is not yet received
  std::optional<size_t> received;        // what is received meanwhile; nullopt: no picture
  // Other pictures that go to the receiver. Not the sound: estimates are of what carries
  // abs-send-time, and browsers leave sound out even then.
  DataRate other_pictures_rate;
  std::optional<DataRate> estimate;       // the receiver's (REMB), if fresh
  std::optional<DataRate> last_estimate;  // the same, however old
  DataRate sent_before_estimate;          // of pictures, in the second before the estimate came
  double loss = 0;                        // 0..1, of the last reports
  double lasting_loss = 0;                // the same over more reports: what is there to stay
  std::optional<Instant> reported;        // when this track was last reported on
  std::optional<Duration> round_trip;
};

// What is remembered from one decision to the next, per receiver.
struct SelectorMemory {
  std::optional<Instant> joined;   // the first decision
  Instant hold_until;              // no step up before
  Duration hold;                   // the last one; zero: never gone down
  std::optional<Instant> last_up;  // not set either once a step down has undone it
  std::optional<Instant> last_down;
  std::optional<Instant> doubted_at;         // an estimate fell and was not believed
  std::optional<DataRate> estimate_at_up;    // the receiver's at the later of both, however old
  std::optional<Duration> least_round_trip;  // what the link takes while nothing queues
  bool is_estimate_behind = false;           // it still grows towards what is sent: no limit
};

struct Decision {
  std::optional<size_t> step;  // nullopt: sound alone
  RungReason reason = RungReason::kJoin;
  // What is received now is so much over what the link carries that it must end at once, even if
  // the picture stands still until the step begins: else the sound is lost with it.
  bool is_urgent = false;
  Duration drain =
      Duration::zero();  // then: how long what is queued on the link takes to get through
};

// The decision at `inputs.now`; updates `memory`. Cost: a walk over the ladder.
[[nodiscard]] Decision select_tier(const SelectorInputs& inputs, SelectorMemory& memory);

}  // namespace lectern::forward
