// The clock of a class's track, and the place of a source's timestamps on it.
//
// What it is: every encoding has one constant offset from its own timestamps to the track's, set by
// the arrival of its first packet. A step of the source's clock (clock_steps.h) changes the offset
// by as much the other way, so that towards viewers time goes on. The encodings of one camera are
// brought into line by their sender reports; that correction waits for a keyframe, where a viewer
// starts anew anyway.
//
// Sender reports to viewers go on along one straight line of wall clock and media clock, whatever
// steps, so that lips stay in step: a report of the source moves the line by what drifts, and no
// more. One that is off the line tells of a step of the wall clock, which is taken out for all
// tracks of the publisher (WallClock), or of the media clock: then the line waits until frames and
// reports agree again. A report may also speak of the media clock as it was before the last step.
#pragma once

#include "base/time.h"
#include "media/forward/clock_steps.h"

#include <array>
#include <cstdint>
#include <optional>

namespace lectern::forward {

// A moment on a publisher's wall clock (RFC 3550 §4, 32.32 seconds) and on a media clock.
struct ClockReport {
  uint64_t ntp = 0;
  uint32_t rtp = 0;
};

// What is added to a publisher's wall clock so that it goes on without steps; of all its tracks.
struct WallClock {
  uint64_t correction = 0;  // 32.32 seconds
};

// One track's timestamps towards viewers: they go on through every change of source.
class TrackClock {
 public:
  explicit TrackClock(uint32_t rate) : rate_(rate) {}

  [[nodiscard]] uint32_t rate() const { return rate_; }
  // The timestamp for a source that starts now: never before what was given out.
  [[nodiscard]] uint32_t begin(Instant now) const;
  void note(uint32_t timestamp);

 private:
  uint32_t rate_;
  std::optional<uint32_t> latest_;
};

class SourceClock {
 public:
  explicit SourceClock(uint32_t rate) : rate_(rate), steps_(rate) {}

  // The next packet is the first of another source.
  void restart() { *this = SourceClock(rate_); }
  [[nodiscard]] bool has_started() const { return started_; }
  void start(uint32_t source, uint32_t on_track_clock);

  // A frame begins with the packet `position`, the newest so far; `newest`: the source's timestamp
  // before it. True if the clock has stepped there.
  bool follow(const ClockSteps::Frame& frame, int64_t position, uint32_t newest);

  // The class timestamp of a source's timestamp. A late packet, of a position from before the last
  // changes of the offset, keeps the offset that its frame had.
  [[nodiscard]] uint32_t map(uint32_t source, int64_t position) const;

  // `wall`: of the publisher; nullptr: the report comes from a worker, whose line is straight.
  void handle_sender_report(Instant now, const ClockReport& report, WallClock* wall = nullptr);
  [[nodiscard]] bool has_report() const { return report_.has_value(); }
  // What a sender report to viewers says at `now`; nothing before the source's own first one.
  [[nodiscard]] std::optional<ClockReport> report_at(Instant now) const;

  // How far this encoding must move so that equal moments have equal timestamps in both; nothing
  // while a report is missing, or is of before a step. Positive: forward.
  [[nodiscard]] std::optional<int32_t> skew_against(const SourceClock& reference) const;
  // At the keyframe that begins with `source` at `position`; the result is never before
  // `not_before`.
  void correct(int32_t skew, uint32_t source, int64_t position, uint32_t not_before);

 private:
  // From the packet `position` on, which is of the timestamp `from`, this is the offset.
  struct Anchor {
    int64_t position = 0;
    uint32_t from = 0;
    uint32_t before = 0;  // the newest timestamp until then
    uint32_t offset = 0;
  };

  [[nodiscard]] uint32_t offset() const { return anchors_[anchor_].offset; }
  [[nodiscard]] int64_t ticks(Duration duration) const;
  // How far the report is ahead of the line if its timestamp is mapped by `offset`.
  [[nodiscard]] int64_t ahead(Instant now, const ClockReport& report, uint32_t offset) const;
  void put(const Anchor& anchor);
  void take(Instant now, const ClockReport& report, uint32_t offset);
  void judge_report(Instant now, ClockReport report, WallClock& wall);
  void distrust(Instant now, const ClockReport& report, int64_t ahead);

  uint32_t rate_;
  bool started_ = false;
  ClockSteps steps_;
  std::array<Anchor, 4> anchors_{};  // a packet is hardly late by more steps than that
  size_t anchor_ = 0;                // the last one
  size_t anchors_used_ = 0;

  // The line: the last report that was on it.
  std::optional<ClockReport> report_;
  uint32_t report_offset_ = 0;  // by which its timestamp is mapped
  Instant report_arrival_;
  std::optional<Instant> heard_report_;
  bool is_step_unreported_ = false;  // no report has been on the line since the last step
  // Reports off the line, one like the other.
  int distrusted_ = 0;
  int64_t distrusted_ahead_ = 0;
  Instant distrusted_at_;
};

}  // namespace lectern::forward
