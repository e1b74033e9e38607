// Which encodings of one picture its publisher needs to send: those that somebody receives, here or
// behind a leg, and the smallest one, with which everybody begins and on which everybody falls
// back.
//
//   awake ── nobody wants it for kPatience ──► asleep ── somebody does ──► waking ── media comes,
//     ▲                                                                       │   or kLongestWaking
//     └───────────────────────────────────────────────────────────────────────┘
//
// What it is: while an encoding is not awake the track has it on offer as it was last, so that it
// stays a choice. One that does not come when it is woken (the publisher's link does not carry it
// now) is no choice until it comes by itself. Left out on purpose: telling the publisher.
#pragma once

#include "base/time.h"
#include "media/forward/track.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace lectern::worker {

class EncodingDemand {
 public:
  static constexpr Duration kPatience = Duration::seconds(10);
  static constexpr Duration kLongestWaking = Duration::seconds(5);

  // To be called often, and at once when somebody has chosen. `ladder`: of `track`.
  void update(Instant now, forward::Track& track, std::span<const forward::LadderStep> ladder);
  // The publisher needs to send encoding `index`.
  [[nodiscard]] bool is_needed(size_t index) const {
    return encodings_[index].state != State::kAsleep;
  }

 private:
  enum class State : uint8_t { kAwake, kAsleep, kWaking };
  struct Encoding {
    State state = State::kAwake;
    Instant since;
    Instant wanted_at;
    std::optional<forward::Track::Offer> last;
  };

  void step(Instant now, bool is_live, bool is_wanted, bool is_smallest, Encoding& encoding) const;

  std::array<Encoding, forward::kMaxEncodings> encodings_;
};

}  // namespace lectern::worker
