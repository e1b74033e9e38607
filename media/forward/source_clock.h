// The clock of a class's track, and the place of a source's timestamps on it.
//
// What it is: every encoding gets one constant offset from its own timestamps to the track's, set
// by the arrival of its first packet. The encodings of one camera are brought into line by their
// sender reports; that correction waits for a keyframe, where a viewer starts anew anyway. Sound is
// never corrected: a jump is heard. The exact relation to the publisher's wall clock travels in the
// sender reports to viewers, so that lips stay in step without touching a timestamp.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>

namespace lectern::forward {

// A moment on a publisher's wall clock (RFC 3550 §4, 32.32 seconds) and on a media clock.
struct ClockReport {
  uint64_t ntp = 0;
  uint32_t rtp = 0;
};

// One track's timestamps towards viewers: they go on through every change of source.
class ClassClock {
 public:
  explicit ClassClock(uint32_t rate) : rate_(rate) {}

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
  explicit SourceClock(uint32_t rate) : rate_(rate) {}

  // The next packet is the first of another source.
  void restart() { *this = SourceClock(rate_); }
  [[nodiscard]] bool has_started() const { return started_; }
  void start(uint32_t source, uint32_t on_class_clock);

  // The class timestamp of a source's timestamp. A packet older than the last correction keeps the
  // offset that its frame had.
  [[nodiscard]] uint32_t map(uint32_t source) const;

  void handle_sender_report(Instant now, const ClockReport& report);
  [[nodiscard]] bool has_report() const { return report_.has_value(); }
  // What a sender report to viewers says at `now`; nothing before the source's own first one.
  [[nodiscard]] std::optional<ClockReport> report_at(Instant now) const;

  // How far this encoding must move so that equal moments have equal timestamps in both; nothing
  // while a report is missing. Positive: forward.
  [[nodiscard]] std::optional<int32_t> skew_against(const SourceClock& reference) const;
  // At the keyframe that begins with `source`; the result is never before `not_before`.
  void correct(int32_t skew, uint32_t source, uint32_t not_before);

 private:
  uint32_t rate_;
  bool started_ = false;
  uint32_t offset_ = 0;
  uint32_t previous_offset_ = 0;
  uint32_t corrected_from_ = 0;
  std::optional<ClockReport> report_;
  Instant report_arrival_;
};

}  // namespace lectern::forward
