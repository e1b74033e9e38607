// Class time of the media of one class: what is written into sender reports, and what pages are
// told of RTP times.
//
// A publisher's reports say when its frames were taken, on a clock of its own that may be hours
// off. One offset turns that clock into class time, for all its tracks: the least of the latest
// differences (class time when a report arrived, minus the time it says; base/least_delay.h), less
// the time of the way, which is half of the least round trip (RFC 3611: browsers answer; for an
// encoder that does not, the way counts as no time). What comes by a leg is in class time already.
//
// Left out on purpose: the line from RTP times to the publisher's clock, and the steps of either
// (forward/source_clock.h).
#pragma once

#include "base/class_time.h"
#include "base/least_delay.h"
#include "base/time.h"
#include "media/control/messages.h"
#include "media/forward/track.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace lectern::worker {

class ClassTimes {
 public:
  using Tracks = std::array<forward::Track, control::kTracks>;

  // `clock` is the worker's and outlives this object.
  explicit ClassTimes(const ToldClassTime& clock) : clock_(clock) {}

  // Another source feeds the class.
  void restart(bool is_publisher);
  // A report of the publisher has come: its clock, steps taken out, shows `ntp` now.
  void on_publisher_report(Instant now, uint64_t ntp);
  void on_publisher_round_trip(Instant now, Duration round_trip) {
    round_trip_.add(now, round_trip);
  }
  // `report`, of a track with this clock rate at `now`, in class time: its `ntp` is the class time
  // now, its `rtp` what is due then. Nothing while class time is not known, here or where the
  // report comes from.
  [[nodiscard]] std::optional<forward::ClockReport> in_class_time(
      Instant now, uint32_t rate, const forward::ClockReport& report) const;

  // What has changed for viewers since the last call; nothing while class time is not known.
  [[nodiscard]] std::optional<std::vector<control::TrackTime>> take_change(Instant now,
                                                                           const Tracks& tracks);
  // What was told is forgotten: all of it is a change.
  void tell_anew() { told_.reset(); }

 private:
  // Class time minus the clock of what the tracks report; nothing while it is not known.
  [[nodiscard]] std::optional<Duration> offset(Instant now) const;
  [[nodiscard]] std::vector<control::TrackTime> times(Instant now, const Tracks& tracks) const;

  const ToldClassTime& clock_;
  bool has_publisher_ = false;
  LeastDelay publisher_;  // class time when reports came, minus the publisher's clock
  LeastDelay round_trip_;
  std::optional<std::vector<control::TrackTime>> told_;
};

}  // namespace lectern::worker
