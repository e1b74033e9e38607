#include "media/forward/source_clock.h"

#include "media/rtp/sequence.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace lectern::forward {
namespace {

constexpr int64_t kMicroseconds = 1'000'000;
// How far reports lie around the line: what a sender takes between its two clocks.
constexpr Duration kReportNoise = Duration::milliseconds(30);
// The same for the first one after a step, whose size is known by arrival times only.
constexpr Duration kStepNoise = Duration::milliseconds(250);
// Two clocks drift apart by 0.1 % at most (500 ppm each).
constexpr int64_t kDrift = 1000;
// As many reports in a row that tell the same are believed against the line.
constexpr int kBelieved = 3;
constexpr Duration kReportDistance = Duration::milliseconds(400);
// A source that has reported lately will report again: RFC 3550 §6.2 asks for 5 s, and senders
// take up to half as much more.
constexpr Duration kReportsExpected = Duration::seconds(12);

// Microseconds to ticks of `rate`; whole seconds apart, so that nothing overflows.
uint32_t to_ticks(int64_t us, uint32_t rate) {
  const int64_t ticks = us / kMicroseconds * rate + us % kMicroseconds * rate / kMicroseconds;
  return static_cast<uint32_t>(ticks);
}

// 32.32 seconds to ticks of `rate`, signed: differences of NTP stamps may be negative.
int64_t ntp_to_ticks(int64_t ntp, uint32_t rate) {
  const int64_t seconds = ntp >> 32;
  const int64_t fraction = ntp & 0xFFFF'FFFF;
  return seconds * rate + (fraction * rate >> 32);
}

uint64_t to_ntp(int64_t us) {
  const int64_t fraction = us % kMicroseconds * (int64_t{1} << 32) / kMicroseconds;
  return static_cast<uint64_t>((us / kMicroseconds) * (int64_t{1} << 32) + fraction);
}

}  // namespace

uint32_t TrackClock::begin(Instant now) const {
  const uint32_t timestamp = to_ticks(now.us(), rate_);
  // At least 10 ms of distance, so that no two sources ever share a timestamp.
  if (latest_ && !rtp::is_newer(timestamp, *latest_ + rate_ / 100)) return *latest_ + rate_ / 100;
  return timestamp;
}

void TrackClock::note(uint32_t timestamp) {
  if (!latest_ || rtp::is_newer(timestamp, *latest_)) latest_ = timestamp;
}

void SourceClock::start(uint32_t source, uint32_t on_track_clock) {
  started_ = true;
  anchors_used_ = 0;
  put({.position = std::numeric_limits<int64_t>::min(),
       .from = source,
       .before = source,
       .offset = on_track_clock - source});
  report_offset_ = offset();
}

void SourceClock::put(const Anchor& anchor) {
  anchor_ = (anchor_ + 1) % anchors_.size();
  anchors_[anchor_] = anchor;
  anchors_used_ = std::min(anchors_used_ + 1, anchors_.size());
}

int64_t SourceClock::ticks(Duration duration) const {
  return duration.us() * rate_ / kMicroseconds;
}

bool SourceClock::follow(const ClockSteps::Frame& frame, int64_t position, uint32_t newest) {
  const bool has_reports = heard_report_ && frame.arrival - *heard_report_ <= kReportsExpected;
  const int64_t step = steps_.follow(frame, has_reports);
  if (step == 0) return false;
  is_step_unreported_ = true;
  put({.position = position,
       .from = frame.timestamp,
       .before = newest,
       .offset = offset() + static_cast<uint32_t>(step)});
  return true;
}

uint32_t SourceClock::map(uint32_t source, int64_t position) const {
  size_t index = anchor_;
  for (size_t age = 1; age < anchors_used_; ++age) {
    const Anchor& anchor = anchors_[index];
    if (position >= anchor.position) break;
    // It came after the change though its number is before it: it may be of the very same frame.
    const auto after = static_cast<int32_t>(source - anchor.from);
    const auto before = static_cast<int32_t>(source - anchor.before);
    if (std::abs(int64_t{after}) < std::abs(int64_t{before})) break;
    index = (index + anchors_.size() - 1) % anchors_.size();
  }
  return source + anchors_[index].offset;
}

void SourceClock::handle_sender_report(Instant now, const ClockReport& report, WallClock* wall) {
  if (report.ntp == 0) return;  // RFC 3550 §6.4.1: a sender without a wall clock
  heard_report_ = now;
  if (wall == nullptr || !started_) return take(now, report, offset());
  ClockReport corrected = report;
  corrected.ntp += wall->correction;
  if (!report_) return take(now, corrected, offset());
  judge_report(now, corrected, *wall);
}

int64_t SourceClock::ahead(Instant now, const ClockReport& report, uint32_t offset) const {
  const auto expected =
      report_->rtp + report_offset_ + static_cast<uint32_t>(ticks(now - report_arrival_));
  return static_cast<int32_t>(report.rtp + offset - expected);
}

void SourceClock::judge_report(Instant now, ClockReport report, WallClock& wall) {
  const int64_t waited = ticks(now - report_arrival_);
  // Both clocks against our own; a late report is behind by both, and as near to the line.
  const int64_t wall_ahead =
      ntp_to_ticks(static_cast<int64_t>(report.ntp - report_->ntp), rate_) - waited;
  const int64_t by_new = ahead(now, report, offset());
  const int64_t by_old = ahead(now, report, report_offset_);
  const int64_t noise = ticks(kReportNoise) + waited / kDrift;
  const int64_t new_noise = is_step_unreported_ ? std::max(noise, ticks(kStepNoise)) : noise;
  const bool is_new = std::abs(by_new - wall_ahead) <= std::abs(by_old - wall_ahead);
  if (is_new && std::abs(by_new - wall_ahead) <= new_noise) return take(now, report, offset());
  if (std::abs(by_old - wall_ahead) <= noise) return take(now, report, report_offset_);
  const int64_t media_ahead = std::abs(by_new) <= std::abs(by_old) ? by_new : by_old;
  // The media clock has kept time, so the wall clock has been set.
  if (std::abs(media_ahead) < std::abs(wall_ahead) && waited + media_ahead >= 0) {
    const int64_t passed_us = (waited + media_ahead) * kMicroseconds / rate_;
    const uint64_t right = report_->ntp + to_ntp(passed_us);
    wall.correction += right - report.ntp;
    report.ntp = right;
    return take(now, report, media_ahead == by_new ? offset() : report_offset_);
  }
  distrust(now, report, by_new - wall_ahead);
}

void SourceClock::take(Instant now, const ClockReport& report, uint32_t offset) {
  report_ = report;
  report_offset_ = offset;
  report_arrival_ = now;
  distrusted_ = 0;
  is_step_unreported_ = false;
}

void SourceClock::distrust(Instant now, const ClockReport& report, int64_t ahead) {
  if (steps_.confirm(-ahead) || steps_.is_in_doubt()) return;
  // Those that a stall has held back tell no more than one.
  if (distrusted_ > 0 && now - distrusted_at_ < kReportDistance) return;
  distrusted_at_ = now;
  const bool is_same =
      std::abs(ahead - distrusted_ahead_) <= ticks(kReportNoise) && distrusted_ > 0;
  distrusted_ = is_same ? distrusted_ + 1 : 1;
  distrusted_ahead_ = ahead;
  if (distrusted_ >= kBelieved) take(now, report, offset());
}

std::optional<ClockReport> SourceClock::report_at(Instant now) const {
  if (!report_ || !started_) return std::nullopt;
  const int64_t elapsed = (now - report_arrival_).us();
  return ClockReport{report_->ntp + to_ntp(elapsed),
                     report_->rtp + report_offset_ + to_ticks(elapsed, rate_)};
}

std::optional<int32_t> SourceClock::skew_against(const SourceClock& reference) const {
  const auto is_placed = [](const SourceClock& clock) {
    return clock.report_ && clock.started_ && clock.report_offset_ == clock.offset();
  };
  if (!is_placed(*this) || !is_placed(reference)) return std::nullopt;
  const auto apart = static_cast<int64_t>(report_->ntp - reference.report_->ntp);
  const uint32_t wanted = reference.report_->rtp + reference.report_offset_ +
                          static_cast<uint32_t>(ntp_to_ticks(apart, rate_));
  const auto skew = static_cast<int32_t>(wanted - (report_->rtp + report_offset_));
  // Over 10 s apart the reports do not speak of one clock (a publisher whose time was set).
  const auto limit = static_cast<int32_t>(rate_ * 10);
  if (skew > limit || skew < -limit) return std::nullopt;
  return skew;
}

void SourceClock::correct(int32_t skew, uint32_t source, int64_t position, uint32_t not_before) {
  uint32_t corrected = offset() + static_cast<uint32_t>(skew);
  if (rtp::is_newer(not_before, source + corrected)) corrected = not_before - source;
  if (report_offset_ == offset()) report_offset_ = corrected;
  put({.position = position, .from = source, .before = source - 1, .offset = corrected});
}

}  // namespace lectern::forward
