// The media of one class at this worker: its three tracks, who feeds them and who receives them.
// It survives publishers and legs; it goes when nobody is left.
//
// Left out on purpose: the sessions and legs themselves, which are named here by id only.
#pragma once

#include "base/slot_map.h"
#include "base/time.h"
#include "media/control/messages.h"
#include "media/forward/track.h"
#include "media/worker/class_times.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lectern::worker {

inline constexpr size_t kTracks = control::kTracks;
inline constexpr size_t kAudio = static_cast<size_t>(control::Track::kAudio);
inline constexpr size_t kCamera = static_cast<size_t>(control::Track::kCamera);
inline constexpr size_t kScreen = static_cast<size_t>(control::Track::kScreen);

class ClassMedia {
 public:
  // What feeds the tracks: the last publisher that connected here, or the last leg accepted.
  struct Source {
    enum class Kind : uint8_t { kNone, kPublisher, kLeg };
    Kind kind = Kind::kNone;
    SlotId id;
    friend bool operator==(const Source&, const Source&) = default;
  };

  ClassMedia(std::string name, forward::PacketSlab& slab, forward::Fanouts& fanouts,
             const ToldClassTime& clock);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] forward::Track& track(size_t index) { return tracks_[index]; }
  [[nodiscard]] const forward::Track& track(size_t index) const { return tracks_[index]; }

  [[nodiscard]] const Source& source() const { return source_; }
  // Receivers stay; they go on with the new source's first keyframes.
  void set_source(const Source& source);
  // Only if it is this one.
  void end_source(const Source& source);

  // Sessions and legs of this class, in no order.
  std::vector<SlotId> publishers;
  std::vector<SlotId> viewers;
  std::vector<SlotId> senders;
  std::vector<SlotId> receivers;
  [[nodiscard]] bool is_unused() const {
    return publishers.empty() && viewers.empty() && senders.empty() && receivers.empty();
  }

  // The choices of a track, looked up anew every 100 ms at most.
  [[nodiscard]] std::span<const forward::LadderStep> ladder(Instant now, size_t track);
  // Something may be there that was not a moment ago (a keyframe, the first sound).
  void note_change() { is_changed_ = true; }
  [[nodiscard]] bool has_change() const { return is_changed_; }
  // True when what receivers can choose from is not what it was at the last call.
  [[nodiscard]] bool take_change(Instant now);
  // Which encodings somebody receives may not be what it was at the last take_demand_change().
  void note_demand() { is_demand_changed_ = true; }
  [[nodiscard]] bool take_demand_change() { return std::exchange(is_demand_changed_, false); }
  [[nodiscard]] Instant next_keyframe_request() const;

  // A sender report of the publisher about an encoding. `wall`: see SourceClock.
  void on_publisher_report(Instant now, size_t track, size_t encoding,
                           const forward::ClockReport& report, forward::WallClock& wall);
  void on_publisher_round_trip(Instant now, Duration round_trip) {
    times_.on_publisher_round_trip(now, round_trip);
  }
  // What a sender report about a tier says, in class time.
  [[nodiscard]] std::optional<forward::ClockReport> report_at(Instant now, size_t track,
                                                              forward::TierId id) const;
  // Class time of the tracks, if it is not what was told last.
  [[nodiscard]] std::optional<std::vector<control::TrackTime>> take_times(Instant now) {
    return times_.take_change(now, tracks_);
  }
  void tell_times_anew() { times_.tell_anew(); }

  [[nodiscard]] std::array<control::TrackState, kTracks> track_states(Instant now);
  void expire(Instant now);

  // The class's own work: looking after change (often) and reporting (each second or two).
  [[nodiscard]] Instant next_timeout() const { return next_look_; }
  struct Due {
    bool source_state = false;
    bool audience = false;
  };
  // Moves the clockwork on and says what is due.
  Due handle_timeout(Instant now);
  bool audience_was_reported = false;

  Instant scheduled = Instant::never();  // by the worker's timers

 private:
  struct Ladder {
    std::optional<Instant> as_of;  // empty: made anew when it is next asked for
    std::vector<forward::LadderStep> steps;
  };

  std::string name_;
  std::array<forward::Track, kTracks> tracks_;
  std::array<Ladder, kTracks> ladders_;
  ClassTimes times_;
  Source source_;
  bool is_changed_ = false;
  bool is_demand_changed_ = false;
  uint64_t signature_ = 0;
  Instant next_look_;
  Instant next_source_state_;
  Instant next_audience_;
};

}  // namespace lectern::worker
